//! The Internet checksum (RFC 1071).

use core::net::{IpAddr, Ipv6Addr};

use crate::address::Ip;
use crate::features::IPV6;

/// A sum of 16-bit words in the byte order of this machine. Summed in the other order it would be the same with its
/// bytes swapped (RFC 1071 § 2 (B)), so no word is swapped. Carries come back in at the low end, which is the same for
/// words of 64 bits as for words of 16, as 2¹⁶ − 1 divides 2⁶⁴ − 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum(u64);

impl Sum {
    /// The sum of a pseudo-header for `len` bytes; nothing for addresses of two families.
    ///
    /// RFC 768, RFC 8200 § 8.1
    #[inline]
    pub(super) fn pseudo_header(source: Ip, destination: Ip, protocol: u8, len: u16) -> Self {
        let addresses = match (source.get(), destination.get()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                Self::of(&[source.octets(), destination.octets()])
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) if IPV6 => {
                Self::of_v6(source, destination)
            }
            _ => Self::default(),
        };
        let [high, low] = len.to_be_bytes();
        addresses.add_4([0, protocol, high, low])
    }

    /// The sum of two addresses.
    #[inline]
    pub(super) fn of_v6(source: Ipv6Addr, destination: Ipv6Addr) -> Self {
        let [s0, s1] = halves(u128::from_ne_bytes(source.octets()));
        let [d0, d1] = halves(u128::from_ne_bytes(destination.octets()));
        Self(s0).add_word(s1).add_word(d0).add_word(d1)
    }

    /// The sum of a few pieces of four bytes each, which carries nothing out of 64 bits.
    #[inline]
    pub(super) fn of<const N: usize>(pieces: &[[u8; 4]; N]) -> Self {
        Self(pieces.iter().fold(0, |sum: u64, piece| {
            sum.wrapping_add(u64::from(u32::from_ne_bytes(*piece)))
        }))
    }

    /// Adds four bytes.
    #[inline]
    pub(super) const fn add_4(self, bytes: [u8; 4]) -> Self {
        self.add_word(u32::from_ne_bytes(bytes) as u64)
    }

    /// Adds eight bytes.
    #[inline]
    pub(super) const fn add_8(self, bytes: [u8; 8]) -> Self {
        self.add_word(u64::from_ne_bytes(bytes))
    }

    /// Adds bytes that begin at an even place of what is summed.
    #[inline]
    pub(super) fn add(self, bytes: &[u8]) -> Self {
        // Four words in a row, for the sake of speed alone.
        let blocks = bytes.chunks_exact(32);
        let words = blocks.remainder().chunks_exact(8);
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(words.remainder()) {
            *to = *from;
        }
        let sum = blocks.fold(self, |sum, block| {
            block.chunks_exact(8).fold(sum, Self::add_chunk)
        });
        words.fold(sum, Self::add_chunk).add_8(last)
    }

    /// The same where speed is worth less than the room that a copy of it takes.
    #[inline(never)]
    pub(super) fn add_rare(self, bytes: &[u8]) -> Self {
        self.add(bytes)
    }

    /// Adds eight bytes.
    #[inline]
    fn add_chunk(self, bytes: &[u8]) -> Self {
        self.add_8(bytes.first_chunk().copied().unwrap_or_default())
    }

    #[inline]
    const fn add_word(self, word: u64) -> Self {
        let (sum, carry) = self.0.overflowing_add(word);
        Self(sum.wrapping_add(carry as u64))
    }

    /// The checksum of what was summed, as the number that is written. If the checksum itself was in the sum, 0 says
    /// that it is right.
    #[inline]
    pub(super) const fn checksum(self) -> u16 {
        let sum = (self.0 & 0xffff_ffff).wrapping_add(self.0 >> 32);
        // Below 2³³, then below 2¹⁸, then at most 2¹⁶ + 2.
        let sum = (sum & 0xffff).wrapping_add(sum >> 16);
        let sum = (sum & 0xffff).wrapping_add(sum >> 16);
        let sum = (sum & 0xffff).wrapping_add(sum >> 16);
        let [low, high, ..] = (!sum).to_le_bytes();
        u16::from_be(u16::from_le_bytes([low, high]))
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "each half is taken")]
const fn halves(word: u128) -> [u64; 2] {
    [word as u64, (word >> 64) as u64]
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use super::Sum;
    use alloc::vec::Vec;
    use core::net::{Ipv4Addr, Ipv6Addr};
    use proptest::prelude::*;

    /// RFC 1071 § 1, word by word.
    fn slow(bytes: &[u8]) -> u16 {
        let mut sum = 0_u32;
        for pair in bytes.chunks(2) {
            sum += u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
            sum = (sum & 0xffff) + (sum >> 16);
        }
        !u16::try_from(sum).unwrap()
    }

    #[test]
    fn the_example_of_the_rfc() {
        let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(Sum::default().add(&bytes).checksum(), !0xddf2);
    }

    #[test]
    fn carries_come_back_in() {
        for sum in [0xffff, 0xffff_ffff, 0x1_fffe_ffff, u64::MAX] {
            assert_eq!(Sum(sum).checksum(), 0, "{sum:x}");
        }
        assert_eq!(
            Sum(0xffff_ffff_0001_0000).checksum(),
            slow(&1_u16.to_ne_bytes())
        );
    }

    #[test]
    fn a_pseudo_header_is_summed_as_it_would_lie_in_memory() {
        let (v4, v6) = (Ipv4Addr::new(192, 0, 2, 1), Ipv6Addr::LOCALHOST);
        let mut bytes: Vec<u8> = [v4.octets(), v4.octets()].concat();
        bytes.extend([0, 17, 1, 2]);
        let sum = Sum::pseudo_header(v4.into(), v4.into(), 17, 0x102);
        assert_eq!(sum.checksum(), slow(&bytes));
        let mut bytes: Vec<u8> = [v6.octets(), v6.octets()].concat();
        bytes.extend([0, 0, 1, 2, 0, 0, 0, 58]);
        let sum = Sum::pseudo_header(v6.into(), v6.into(), 58, 0x102);
        assert_eq!(sum.checksum(), slow(&bytes));
    }

    proptest! {
        #[test]
        fn sums_are_those_of_the_rfc(bytes: Vec<u8>, more: Vec<u8>) {
            prop_assert_eq!(Sum::default().add(&bytes).checksum(), slow(&bytes));
            if bytes.len() % 2 == 0 {
                let whole = [&bytes[..], &more[..]].concat();
                prop_assert_eq!(Sum::default().add(&bytes).add(&more).checksum(), slow(&whole));
            }
        }

        #[test]
        fn a_sum_with_its_checksum_is_zero(mut bytes: Vec<u8>) {
            if bytes.len() % 2 == 1 {
                bytes.push(7);
            }
            let checksum = Sum::default().add(&bytes).checksum();
            bytes.extend(checksum.to_be_bytes());
            let is_empty_sum = bytes.iter().all(|byte| *byte == 0);
            prop_assert_eq!(Sum::default().add(&bytes).checksum() == 0, !is_empty_sum);
        }
    }
}
