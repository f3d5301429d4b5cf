//! embassy's time on the board's two timers.

use core::cell::RefCell;
use core::task::Waker;

use critical_section::Mutex;
use embassy_time_driver::{Driver, time_driver_impl};
use embassy_time_queue_utils::Queue;

use crate::clock::Clock;
use crate::sys::{self, Block, Interrupt, TIMER_0, TIMER_1};

#[derive(Debug)]
struct Time {
    clock: Clock<Block>,
    queue: Queue,
}

impl Time {
    /// Wakes whose time has come, and sets the alarm for who is next.
    fn wake(&mut self) {
        let next = self.queue.next_expiration(self.clock.now());
        self.clock.set_alarm(next);
    }
}

struct TimeDriver(Mutex<RefCell<Time>>);

impl TimeDriver {
    fn with<T>(&self, f: impl FnOnce(&mut Time) -> T) -> T {
        critical_section::with(|cs| f(&mut self.0.borrow_ref_mut(cs)))
    }
}

time_driver_impl!(static TIME: TimeDriver = TimeDriver(Mutex::new(RefCell::new(Time {
    clock: Clock::new(TIMER_0, TIMER_1),
    queue: Queue::new(),
}))));

impl Driver for TimeDriver {
    fn now(&self) -> u64 {
        self.with(|time| time.clock.now())
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        self.with(|time| {
            if time.queue.schedule_wake(at, waker) {
                time.wake();
            }
        });
    }
}

/// Lets the time begin.
pub(crate) fn start() {
    TIME.with(|time| time.clock.start());
    sys::unmask(Interrupt::Timer0);
    sys::unmask(Interrupt::Timer1);
}

/// The interrupt of the timer that counts.
pub(crate) extern "C" fn timer_0() {
    TIME.with(|time| time.clock.handle_wrap());
}

/// The interrupt of the timer that is the alarm.
pub(crate) extern "C" fn timer_1() {
    TIME.with(|time| {
        time.clock.handle_alarm();
        time.wake();
    });
}
