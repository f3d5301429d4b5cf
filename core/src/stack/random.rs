//! Numbers nobody can guess, from the caller's seed.
//!
//! SipHash-2-4 is a pseudorandom function (Aumasson and Bernstein, 2012): without its key, what it gives for one input says
//! nothing about any other. So one key serves for numbers, which are hashes of a counter, and for choices, which are
//! hashes of a longer input.

use core::fmt;
use core::net::IpAddr;

use crate::address::{Endpoint, Ip};

/// 128 bits from a source that nobody can predict: a hardware generator, the operating system. There is no default.
///
/// `Debug` does not show them.
#[derive(Clone, Copy)]
pub struct Seed(pub(super) [u8; 16]);

impl Seed {
    /// A seed of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Seed {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Seed(..)");
    }
}

/// A keyed generator: SipHash-2-4 of a counter.
///
/// The same seed gives the same numbers. `Debug` shows neither the key nor the counter.
pub struct Random {
    key: [u64; 2],
    counter: u64,
}

impl Random {
    /// A generator with `seed` as its key.
    #[must_use]
    pub const fn new(seed: Seed) -> Self {
        let key = u128::from_le_bytes(seed.0);
        Self {
            key: halves(key),
            counter: 0,
        }
    }

    /// The next 64 bits.
    #[expect(
        clippy::should_implement_trait,
        reason = "numbers have no end; an iterator would be asked for one"
    )]
    pub fn next(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(1);
        siphash(&self.key, &[self.counter, 8 << 56])
    }

    /// A number below `bound`, all equally likely (to 1 in 2³²); 0 for a bound of 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        scale(self.next(), bound)
    }

    /// A number below `bound` for datagrams from `source` to `destination`: always the same one for the same pair, and
    /// one that nobody else can tell. 0 for a bound of 0.
    pub(super) fn choice(&self, source: Endpoint, destination: Endpoint, bound: u32) -> u32 {
        let [source_low, source_high] = halves(bits(source.address.ip));
        let [low, high] = halves(bits(destination.address.ip));
        let ports = u64::from(source.port) | (u64::from(destination.port) << 16);
        let blocks = [source_low, source_high, low, high, ports | (36 << 56)];
        scale(siphash(&self.key, &blocks), bound)
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random(..)")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Random {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Random(..)");
    }
}

/// SipHash-2-4 of a message in blocks of eight bytes, little-endian. The last block is the padding: what is left of the
/// message, zeros, and the message's length modulo 256 as its highest byte.
fn siphash(key: &[u64; 2], blocks: &[u64]) -> u64 {
    let [k0, k1] = *key;
    let mut state = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    for &block in blocks {
        state[3] ^= block;
        state = round(round(state));
        state[0] ^= block;
    }
    state[2] ^= 0xff;
    let [v0, v1, v2, v3] = round(round(round(round(state))));
    v0 ^ v1 ^ v2 ^ v3
}

// Once for all of its places: ports of the host's choice are rare.
#[inline(never)]
const fn round([mut v0, mut v1, mut v2, mut v3]: [u64; 4]) -> [u64; 4] {
    v0 = v0.wrapping_add(v1);
    v2 = v2.wrapping_add(v3);
    v1 = v1.rotate_left(13) ^ v0;
    v3 = v3.rotate_left(16) ^ v2;
    v0 = v0.rotate_left(32).wrapping_add(v3);
    v2 = v2.wrapping_add(v1);
    v1 = v1.rotate_left(17) ^ v2;
    v3 = v3.rotate_left(21) ^ v0;
    [v0, v1, v2.rotate_left(32), v3]
}

/// `number × bound ÷ 2⁶⁴`: brings 64 random bits below `bound` without a division or a loop.
const fn scale(number: u64, bound: u32) -> u32 {
    let bound = bound as u64;
    let high = (number >> 32).wrapping_mul(bound);
    let low = (number & 0xffff_ffff).wrapping_mul(bound) >> 32;
    (high.wrapping_add(low) >> 32) as u32
}

/// The low and the high half.
const fn halves(number: u128) -> [u64; 2] {
    [
        (number & 0xffff_ffff_ffff_ffff) as u64,
        (number >> 64) as u64,
    ]
}

fn bits(ip: Ip) -> u128 {
    match ip.get() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

#[cfg(test)]
mod tests;
