//! Sockets with datagrams that the system had no room for.
//!
//! All of them are tried again after a while: not earlier, however often the loop turns, or a loop that is busy with other
//! things would ask in vain each time.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::time::Instant;

use crate::backlog::{Backlog, RETRY};
use crate::socket::Socket;
use crate::unix::UnixSocket;

/// A handle of a socket that can have a backlog.
pub(super) trait Waiting: Clone {
    fn backlog(&self) -> &Backlog;
}

impl Waiting for Socket {
    fn backlog(&self) -> &Backlog {
        &self.0.backlog
    }
}

impl Waiting for UnixSocket {
    fn backlog(&self) -> &Backlog {
        &self.0.backlog
    }
}

pub(super) struct Blocked<S> {
    /// Those that were blocked when last seen, each once.
    sockets: RefCell<Vec<S>>,
    /// When they are to be tried again.
    retry_at: Cell<Option<Instant>>,
}

impl<S> Default for Blocked<S> {
    fn default() -> Self {
        Self {
            sockets: RefCell::default(),
            retry_at: Cell::default(),
        }
    }
}

impl<S: Waiting> Blocked<S> {
    /// Whether any is blocked.
    pub(super) fn is_any(&self) -> bool {
        let sockets = self.sockets.borrow();
        sockets.iter().any(|socket| socket.backlog().is_blocked())
    }

    /// Notes a socket that is blocked.
    pub(super) fn add(&self, socket: &S) {
        if !socket.backlog().list(true) {
            self.sockets.borrow_mut().push(socket.clone());
            let at = self.retry_at.get();
            self.retry_at
                .set(at.or_else(|| super::now().checked_add(RETRY)));
        }
    }

    /// How long to wait at most until they are to be tried.
    pub(super) fn wait(&self) -> Option<Duration> {
        let at = self.retry_at.get()?;
        if !self.is_any() {
            return None;
        }
        Some(at.saturating_duration_since(super::now()))
    }

    /// Whether they are to be tried now.
    #[inline]
    pub(super) fn is_due(&self) -> bool {
        let at = self.retry_at.get();
        at.is_some_and(|at| at <= super::now())
    }

    /// All of them, which are to be tried now.
    pub(super) fn take_due(&self) -> Vec<S> {
        self.retry_at.set(None);
        let due = self.sockets.take();
        for socket in &due {
            socket.backlog().list(false);
            socket.backlog().is_due();
        }
        due
    }

    /// The loop has ended.
    pub(super) fn forget(&self) {
        // Outside of the borrow, as these may be the last handles.
        drop(self.sockets.take());
    }
}
