//! Running a stack on a computer: a clock, and waiting for frames.

use core::time::Duration;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time;

use alloc::vec::Vec;

use anydgram_core::{Handler, Instant, Sockets};
use smoltcp::phy::Device;

use crate::stack::Stack;
use crate::wait::{Waker, wait};

/// The time since it was made, by the computer's monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: time::Instant,
}

impl Clock {
    /// A clock that shows 0 now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "here, and in `now`, the stack's time comes from"
    )]
    pub fn new() -> Self {
        Self {
            start: time::Instant::now(),
        }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_micros(0).saturating_add(self.start.elapsed())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl<D: Device + AsFd, const NICS: usize> Stack<'_, D, NICS> {
    /// Waits until a device has a frame, `waker` is woken, or `limit` is over (`None`: for as long as it takes).
    ///
    /// # Errors
    /// What the system has against waiting.
    pub fn wait(&self, waker: Option<&Waker>, limit: Option<Duration>) -> io::Result<()> {
        let devices: Vec<BorrowedFd<'_>> = self.devices().map(AsFd::as_fd).collect();
        wait(&devices, waker, limit)
    }

    /// Polls and waits until nothing can happen any more, as [`is_idle`](Self::is_idle) has it, and the application does not
    /// want to be woken.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn run<H: Handler + ?Sized>(
        &mut self,
        clock: &Clock,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> io::Result<()> {
        loop {
            let deadline = self.poll(clock.now(), sockets, handler);
            if self.is_idle(sockets) && handler.wake_at().is_none() {
                return Ok(());
            }
            let limit = deadline.map(|at| at.saturating_since(clock.now()));
            self.wait(None, limit)?;
        }
    }

    /// Runs as [`run`](Self::run), for `limit` at most; returns whether nothing could happen any more before that.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn run_for<H: Handler + ?Sized>(
        &mut self,
        limit: Duration,
        clock: &Clock,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> io::Result<bool> {
        let end = clock.now().saturating_add(limit);
        loop {
            let deadline = self.poll(clock.now(), sockets, handler);
            if self.is_idle(sockets) && handler.wake_at().is_none() {
                return Ok(true);
            }
            let now = clock.now();
            if now >= end {
                return Ok(false);
            }
            let until = deadline.map_or(end, |at| at.min(end));
            self.wait(None, Some(until.saturating_since(now)))?;
        }
    }
}
