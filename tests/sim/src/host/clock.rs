//! The clock of a host, which may be fast or slow.

use anydgram_core::Instant;

/// Since a moment of the world, microseconds last longer or less long. It never goes back.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// A moment, by the world's clock and by this one.
    world: u64,
    local: u64,
    /// How much faster it is than the world's, in parts of a million: more than −1,000,000.
    parts: i32,
}

impl Clock {
    /// The host's time.
    pub(super) fn local(&self, world: u64) -> Instant {
        let passed = u128::from(world.saturating_sub(self.world));
        let local = passed.saturating_mul(self.rate()) / MILLION;
        Instant::from_micros(self.local.saturating_add(narrow(local)))
    }

    /// The first moment of the world at which the host's time is `local`, or later.
    pub(super) fn world(&self, local: Instant) -> u64 {
        let passed = u128::from(local.as_micros().saturating_sub(self.local));
        let world = passed.saturating_mul(MILLION).div_ceil(self.rate());
        self.world.saturating_add(narrow(world))
    }

    /// Has it run at another speed from now on.
    pub(super) fn skew(&mut self, now: u64, parts: i32) {
        self.local = self.local(now).as_micros();
        self.world = now;
        self.parts = parts.clamp(-900_000, 9_000_000);
    }

    fn rate(&self) -> u128 {
        u128::try_from(1_000_000_i64.saturating_add(self.parts.into())).unwrap_or(1)
    }
}

fn narrow(wide: u128) -> u64 {
    u64::try_from(wide).unwrap_or(u64::MAX)
}

const MILLION: u128 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_right_until_it_is_skewed() {
        let mut clock = Clock::default();
        assert_eq!(clock.local(1_234), Instant::from_micros(1_234));
        assert_eq!(clock.world(Instant::from_micros(1_234)), 1_234);
        clock.skew(1_000_000, 1_000);
        assert_eq!(clock.local(1_000_000), Instant::from_micros(1_000_000));
        assert_eq!(clock.local(2_000_000), Instant::from_micros(2_001_000));
        clock.skew(2_000_000, -500);
        assert_eq!(clock.local(3_000_000), Instant::from_micros(3_000_500));
    }

    #[test]
    fn what_is_waited_for_has_come_then_and_not_before() {
        for parts in [-900_000, -1, 0, 1, 333, 9_000_000] {
            let mut clock = Clock::default();
            clock.skew(10, parts);
            for wanted in [10, 11, 17, 1_000, 123_456] {
                let at = clock.world(Instant::from_micros(wanted));
                assert!(clock.local(at).as_micros() >= wanted);
                assert!(at == 10 || clock.local(at - 1).as_micros() < wanted);
            }
        }
    }
}
