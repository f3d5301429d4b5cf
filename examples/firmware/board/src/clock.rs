//! Microseconds since the start, and one alarm, from two CMSDK APB timers that count down at 25 MHz.
//!
//! The first never stops; its period is 2²⁷ µs, so that the time is told with a 32-bit division by a constant. The
//! second is the alarm: it counts down once. Nothing ticks in between, so a processor that waits can sleep.
//!
//! Source: ARM DDI 0479 § 4.3 (Cortex-M System Design Kit, APB timer).

use crate::{Offset, Registers};

/// Enables counting (bit 0) and the interrupt (bit 3).
const CONTROL: Offset = Offset::new(0x0);
/// What is left. The interrupt comes when it gets 0; a tick later it is what `RELOAD` says.
const VALUE: Offset = Offset::new(0x4);
const RELOAD: Offset = Offset::new(0x8);
/// Bit 0: the interrupt is pending. Writing 1 ends it.
const INTERRUPT: Offset = Offset::new(0xC);

const RUN: u32 = 0b1001;
const TICKS_PER_MICROSECOND: u32 = 25;
/// The logarithm of the first timer's period in microseconds: 134 s.
const PERIOD_LOG2: u32 = 27;
const PERIOD_TICKS: u32 = TICKS_PER_MICROSECOND << PERIOD_LOG2;

/// A clock of microseconds with one alarm.
///
/// Its user calls [`handle_wrap`](Self::handle_wrap) and [`handle_alarm`](Self::handle_alarm) from the interrupts of
/// the timers, the first within a period (134 s), and lets no interrupt in during any call.
#[derive(Debug)]
pub struct Clock<R> {
    counter: R,
    alarm: R,
    wraps: u32,
}

impl<R: Registers> Clock<R> {
    /// A clock on two timers, which do not run yet.
    pub const fn new(counter: R, alarm: R) -> Self {
        Self {
            counter,
            alarm,
            wraps: 0,
        }
    }

    /// Lets the time begin.
    pub fn start(&mut self) {
        self.wraps = 0;
        for timer in [&self.counter, &self.alarm] {
            timer.write(CONTROL, 0);
            timer.write(INTERRUPT, 1);
        }
        self.counter.write(RELOAD, PERIOD_TICKS - 1);
        self.counter.write(VALUE, PERIOD_TICKS - 1);
        self.counter.write(CONTROL, RUN);
        // Nothing to reload: the alarm stops at 0.
        self.alarm.write(RELOAD, 0);
    }

    /// Microseconds since the start; never less than before.
    pub fn now(&self) -> u64 {
        let mut value = self.counter.read(VALUE);
        let mut wraps = self.wraps;
        let mut wrapped_at_zero = PERIOD_TICKS - 1;
        if self.counter.read(INTERRUPT) & 1 != 0 {
            // The period has ended, perhaps after the value was read, and `handle_wrap` has not counted it yet.
            value = self.counter.read(VALUE);
            wraps = wraps.wrapping_add(1);
            wrapped_at_zero = 0;
        }
        // A period begins with 0, with the interrupt; if that does not show yet, the last one has not ended.
        let elapsed = if value == 0 {
            wrapped_at_zero
        } else {
            PERIOD_TICKS.saturating_sub(value)
        };
        (u64::from(wraps) << PERIOD_LOG2) + u64::from(elapsed / TICKS_PER_MICROSECOND)
    }

    /// The first timer has ended a period: counts it.
    pub fn handle_wrap(&mut self) {
        if self.counter.read(INTERRUPT) & 1 == 0 {
            return;
        }
        // For one tick more the value is 0, which without its interrupt would be the end of a period and not its start.
        while self.counter.read(VALUE) == 0 {}
        self.counter.write(INTERRUPT, 1);
        self.wraps = self.wraps.wrapping_add(1);
    }

    /// Has the second timer's interrupt come at `at`, or at most 1 µs later; at once if that is over.
    ///
    /// If `at` is more than a period (134 s) away, the interrupt comes after a period: whoever waits sets it again.
    /// `u64::MAX` is never.
    pub fn set_alarm(&mut self, at: u64) {
        self.alarm.write(CONTROL, 0);
        self.alarm.write(INTERRUPT, 1);
        if at == u64::MAX {
            return;
        }
        let longest = 1 << PERIOD_LOG2;
        let left = at.saturating_sub(self.now()).clamp(1, longest);
        let left = u32::try_from(left).unwrap_or(1 << PERIOD_LOG2);
        self.alarm.write(VALUE, left * TICKS_PER_MICROSECOND);
        self.alarm.write(CONTROL, RUN);
    }

    /// The alarm has gone off: ends its interrupt.
    pub fn handle_alarm(&mut self) {
        self.alarm.write(CONTROL, 0);
        self.alarm.write(INTERRUPT, 1);
    }
}

#[cfg(test)]
mod tests;
