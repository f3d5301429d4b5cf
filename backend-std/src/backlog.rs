//! What the datagrams in a socket's queue wait for: the same in the event loop and in the driver.
//!
//! Invariant: once the system has said that it is full, it is not asked before it tells of room, or [`RETRY`] is over. Only
//! the second of it helps where the system has no memory (`ENOBUFS`), as nobody tells when it has; and where a sign got lost.

use core::cell::Cell;
use core::time::Duration;

use anydgram_core::Full;

/// How long a datagram that the system had no room for waits before it is tried again without a sign of the system.
pub(crate) const RETRY: Duration = Duration::from_millis(10);

/// What the queue of one socket waits for.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    /// What was full when the system was asked last.
    full: Cell<Option<Full>>,
    /// The system is not asked now.
    is_paused: Cell<bool>,
    /// On the list of those that are tried again.
    is_listed: Cell<bool>,
}

impl Backlog {
    /// Whether the system may be asked.
    pub(crate) const fn may_ask(&self) -> bool {
        !self.is_paused.get()
    }

    /// Whether something waits for room.
    pub(crate) const fn is_blocked(&self) -> bool {
        self.full.get().is_some()
    }

    /// Whether the system is to tell of room.
    pub(crate) fn awaits_sign(&self) -> bool {
        self.full.get() == Some(Full::Buffer)
    }

    /// The system was asked, and this is full; whether something else is awaited of it than before.
    pub(crate) fn asked(&self, full: Option<Full>) -> bool {
        let did_await = self.awaits_sign();
        self.full.set(full);
        self.is_paused.set(full.is_some());
        did_await != self.awaits_sign()
    }

    /// The system tells of room. It may do so at any time, and means nothing by it where the memory was full.
    pub(crate) fn has_room(&self) {
        if self.awaits_sign() {
            self.is_paused.set(false);
        }
    }

    /// The time is over.
    pub(crate) fn is_due(&self) {
        self.is_paused.set(false);
    }

    /// Nothing waits any more, or for another system socket.
    pub(crate) fn forget(&self) {
        self.full.set(None);
        self.is_paused.set(false);
    }

    /// Notes whether it is on the list; whether it was.
    pub(crate) const fn list(&self, is_listed: bool) -> bool {
        self.is_listed.replace(is_listed)
    }
}
