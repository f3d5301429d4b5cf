//! An application that only looks at the clock.

use core::time::Duration;

use anydgram_core::{Event, Handler, Instant, SocketId, Sockets};

/// Wants to be woken three times, each 10 ms after the time before.
pub(crate) struct Ticker {
    /// When next.
    pub(crate) next: Option<Instant>,
    /// When it was.
    pub(crate) woken: Vec<Instant>,
}

impl Ticker {
    pub(crate) const fn new(first: Option<Instant>) -> Self {
        Self {
            next: first,
            woken: Vec::new(),
        }
    }
}

impl Handler for Ticker {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, _: Event<'_>) {}

    fn wake_at(&self) -> Option<Instant> {
        self.next
    }

    fn wake(&mut self, _: &mut Sockets<'_, '_>, now: Instant) {
        self.woken.push(now);
        let is_last = self.woken.len() == 3;
        self.next = (!is_last).then(|| now.saturating_add(Duration::from_millis(10)));
    }
}
