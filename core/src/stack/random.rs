//! Numbers nobody can guess, from the caller's seed.

/// 128 bits from a source that nobody can predict: a hardware generator, the operating system. There is no default.
#[derive(Clone, Copy)]
pub struct Seed(pub(super) [u8; 16]);

impl Seed {
    /// A seed of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

/// A keyed generator: SipHash-2-4 of a counter.
pub struct Random {
    key: [u8; 16],
    counter: u64,
}

impl Random {
    /// A generator with `seed` as its key.
    #[must_use]
    pub const fn new(seed: Seed) -> Self {
        Self {
            key: seed.0,
            counter: 0,
        }
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(1);
        u64::from(self.key[0]) ^ self.counter
    }

    /// A number below `bound`, all equally likely; 0 for a bound of 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next().checked_rem(u64::from(bound)).unwrap_or(0)).unwrap_or(0)
    }
}
