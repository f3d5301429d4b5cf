//! What the datagrams in a socket's queue wait for: the same in the event loop and in the driver.
//!
//! Invariant: once the system has said that it is full, it is not asked before it tells of room, or [`RETRY`] is over. Only
//! the second of it helps where the system has no memory (`ENOBUFS`), as nobody tells when it has; and where a sign got lost.

use core::time::Duration;

use anydgram_core::Full;

use crate::marks::{Mark, Marks};

/// How long a datagram that the system had no room for waits before it is tried again without a sign of the system.
pub(crate) const RETRY: Duration = Duration::from_millis(10);

/// What the queue of one socket waits for.
#[derive(Debug, Default)]
pub(crate) struct Backlog(Marks);

/// The socket's buffer was full when the system was asked last.
const BUFFER_FULL: Mark = Mark::new(0);
/// The system's memory was.
const MEMORY_FULL: Mark = Mark::new(1);
/// The system is not asked now.
const PAUSED: Mark = Mark::new(2);
/// On the list of those that are tried again.
const LISTED: Mark = Mark::new(3);

impl Backlog {
    /// Whether the system may be asked.
    pub(crate) const fn may_ask(&self) -> bool {
        !self.0.has(PAUSED)
    }

    /// Whether something waits for room.
    pub(crate) const fn is_blocked(&self) -> bool {
        self.0.has(BUFFER_FULL) || self.0.has(MEMORY_FULL)
    }

    /// Whether the system is to tell of room.
    pub(crate) const fn awaits_sign(&self) -> bool {
        self.0.has(BUFFER_FULL)
    }

    /// The system was asked, and this is full; whether something else is awaited of it than before.
    pub(crate) fn asked(&self, full: Option<Full>) -> bool {
        let did_await = self.awaits_sign();
        self.0.set(BUFFER_FULL, full == Some(Full::Buffer));
        self.0.set(MEMORY_FULL, full == Some(Full::Memory));
        self.0.set(PAUSED, full.is_some());
        did_await != self.awaits_sign()
    }

    /// The system tells of room. It may do so at any time, and means nothing by it where the memory was full.
    pub(crate) fn has_room(&self) {
        if self.awaits_sign() {
            self.0.set(PAUSED, false);
        }
    }

    /// The time is over.
    pub(crate) fn is_due(&self) {
        self.0.set(PAUSED, false);
    }

    /// Nothing waits any more, or for another system socket.
    pub(crate) fn forget(&self) {
        self.0.set(BUFFER_FULL, false);
        self.0.set(MEMORY_FULL, false);
        self.0.set(PAUSED, false);
    }

    /// Notes whether it is on the list; whether it was.
    pub(crate) fn list(&self, is_listed: bool) -> bool {
        self.0.replace(LISTED, is_listed)
    }
}
