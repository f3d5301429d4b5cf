//! The generator against the standard library's `SipHash`, and how even its numbers are.

#![expect(
    deprecated,
    reason = "the standard library's SipHash-2-4, and nothing else there, is this function"
)]

extern crate alloc;

use alloc::vec::Vec;
use core::hash::{Hasher, SipHasher};
use core::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

/// A message of any length as blocks.
fn blocks(message: &[u8]) -> Vec<u64> {
    let mut padded = message.to_vec();
    padded.resize(message.len() / 8 * 8 + 7, 0);
    padded.push(u8::try_from(message.len() % 256).unwrap());
    padded
        .chunks_exact(8)
        .map(|block| u64::from_le_bytes(block.try_into().unwrap()))
        .collect()
}

fn reference([k0, k1]: [u64; 2], message: &[u8]) -> u64 {
    let mut hasher = SipHasher::new_with_keys(k0, k1);
    hasher.write(message);
    hasher.finish()
}

fn key(seed: [u8; 16]) -> [u64; 2] {
    Random::new(Seed::new(seed)).key
}

fn seed() -> [u8; 16] {
    core::array::from_fn(|byte| u8::try_from(byte).unwrap())
}

/// Appendix A of the paper.
#[test]
fn the_papers_example_has_the_papers_hash() {
    let message: Vec<u8> = (0..15).collect();
    let hash = siphash(&key(seed()), &blocks(&message));
    assert_eq!(hash, 0xa129_ca61_49be_45e5);
}

#[test]
fn the_reference_vectors_of_all_lengths_agree() {
    let message: Vec<u8> = (0..64).collect();
    for length in 0..=64 {
        let message = &message[..length];
        let hash = siphash(&key(seed()), &blocks(message));
        assert_eq!(hash, reference(key(seed()), message), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn any_key_and_message_hash_as_in_the_standard_library(
        seed: [u8; 16],
        message in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let key = key(seed);
        prop_assert_eq!(siphash(&key, &blocks(&message)), reference(key, &message));
    }

    #[test]
    fn a_number_is_scaled_as_in_wide_arithmetic(number: u64, bound: u32) {
        let exact = (u128::from(number) * u128::from(bound)) >> 64;
        prop_assert_eq!(u128::from(scale(number, bound)), exact);
    }
}

#[test]
fn numbers_are_hashes_of_a_counter() {
    let mut random = Random::new(Seed::new(seed()));
    for count in 1..=3_u64 {
        let expected = reference(key(seed()), &count.to_le_bytes());
        assert_eq!(random.next(), expected);
    }
}

#[test]
fn numbers_follow_from_the_seed() {
    let numbers = |seed| {
        let mut random = Random::new(Seed::new(seed));
        [random.next(), random.next(), random.next()]
    };
    assert_eq!(numbers(seed()), numbers(seed()));
    // Every bit of the seed counts.
    for bit in 0..128 {
        let mut other = seed();
        other[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(numbers(seed()), numbers(other), "bit {bit}");
    }
}

#[test]
fn a_number_below_nothing_is_zero() {
    let mut random = Random::new(Seed::new(seed()));
    assert_eq!(random.below(0), 0);
    assert_eq!(random.below(1), 0);
}

/// Pearson's statistic of `draws` numbers below `bound`, which are drawn here.
fn chi_square(bound: u32, draws: u32, mut draw: impl FnMut(u32) -> u32) -> f64 {
    let mut counts = alloc::vec![0_u32; bound as usize];
    for round in 0..draws {
        counts[draw(round) as usize] += 1;
    }
    let expected = f64::from(draws) / f64::from(bound);
    counts
        .iter()
        .map(|&count| (f64::from(count) - expected) * (f64::from(count) - expected) / expected)
        .sum()
}

#[test]
fn numbers_are_equally_likely() {
    let mut random = Random::new(Seed::new(seed()));
    let statistic = chi_square(1_000, 100_000, |_| random.below(1_000));
    // p = 0.001 at 999 degrees of freedom.
    assert!(statistic < 1_142.8, "{statistic}");
}

#[test]
fn choices_are_equally_likely() {
    let random = Random::new(Seed::new(seed()));
    let here = Endpoint::from((Ipv4Addr::LOCALHOST, 9));
    let statistic = chi_square(16, 100_000, |round| {
        let sender = Ipv4Addr::from(round >> 8);
        let source = Endpoint::from((sender, (round & 0xff) as u16));
        random.choice(source, here, 16)
    });
    // p = 0.001 at 15 degrees of freedom.
    assert!(statistic < 37.7, "{statistic}");
}

#[test]
fn a_choice_is_the_hash_of_both_ends() {
    let random = Random::new(Seed::new(seed()));
    let a = Endpoint::from((Ipv4Addr::new(192, 0, 2, 1), 7));
    let b = Endpoint::from((Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1), 0x1234));
    let mut message = Vec::new();
    message.extend(
        Ipv4Addr::new(192, 0, 2, 1)
            .to_ipv6_mapped()
            .to_bits()
            .to_le_bytes(),
    );
    message.extend(
        Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1)
            .to_bits()
            .to_le_bytes(),
    );
    message.extend([7, 0, 0x34, 0x12]);
    let expected = scale(reference(key(seed()), &message), u32::MAX);
    assert_eq!(random.choice(a, b, u32::MAX), expected);
    assert_ne!(random.choice(b, a, u32::MAX), expected);
}

#[test]
fn debug_hides_the_bytes() {
    let shown = alloc::format!(
        "{:?} {:?}",
        Seed::new([7; 16]),
        Random::new(Seed::new([7; 16]))
    );
    assert_eq!(shown, "Seed(..) Random(..)");
}
