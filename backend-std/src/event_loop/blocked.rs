//! Sockets with datagrams that the system had no room for.
//!
//! A system that is full (`EAGAIN`) tells when it has room again. One that has no memory (`ENOBUFS`) does not, so that all
//! of them are tried again after a while: not earlier, however often the loop turns, or a loop that is busy with other
//! things would ask in vain each time.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::time::Instant;

use crate::socket::Socket;

/// How long a datagram that the system had no room for waits before it is tried again without a sign of the system.
pub(super) const RETRY: Duration = Duration::from_millis(10);

#[derive(Default)]
pub(super) struct Blocked {
    /// Those that were blocked when last seen, each once.
    sockets: RefCell<Vec<Socket>>,
    /// When they are to be tried again.
    retry_at: Cell<Option<Instant>>,
}

impl Blocked {
    /// Whether any is blocked.
    pub(super) fn is_any(&self) -> bool {
        let sockets = self.sockets.borrow();
        sockets.iter().any(|socket| socket.0.is_blocked.get())
    }

    /// Notes a socket that is blocked.
    pub(super) fn add(&self, socket: &Socket) {
        if !socket.0.is_listed.replace(true) {
            self.sockets.borrow_mut().push(socket.clone());
            let at = self.retry_at.get();
            self.retry_at
                .set(at.or_else(|| super::now().checked_add(RETRY)));
        }
    }

    /// How long to wait at most until they are to be tried.
    pub(super) fn wait(&self) -> Option<Duration> {
        let at = self.retry_at.get().filter(|_| self.is_any())?;
        Some(at.saturating_duration_since(super::now()))
    }

    /// Those that are to be tried now.
    pub(super) fn take_due(&self) -> Vec<Socket> {
        let at = self.retry_at.get();
        if at.is_none_or(|at| at > super::now()) {
            return Vec::new();
        }
        self.retry_at.set(None);
        let due = self.sockets.take();
        for socket in &due {
            socket.0.is_listed.set(false);
        }
        due
    }

    /// The loop has ended.
    pub(super) fn forget(&self) {
        // Outside of the borrow, as these may be the last handles.
        drop(self.sockets.take());
    }
}
