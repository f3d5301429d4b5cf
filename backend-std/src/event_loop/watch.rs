//! Watching: which sockets the system is to tell of, and what.
//!
//! A socket that was opened has a turn to come, and is watched from that on, as nobody waits before it: one that is
//! closed until then costs the system no watch. What came meanwhile is told when the watch begins.

use anydgram_core::{Full, Operation, Syscall, SystemError};
use mio::{Interest, Token};

use super::Shared;
use crate::errno;
use crate::socket::{Socket, WATCHED};
use crate::sys::OsSocket;

impl Shared {
    /// Notes that a socket has a system socket, which may be another one than before.
    pub(super) fn opened(&self, socket: &Socket) {
        self.forget_unread(socket);
        self.attach(socket);
        socket.0.marks.set(WATCHED, false);
        socket.0.backlog.forget();
        socket.count_alive();
    }

    /// Makes the system tell of a socket that is open, if it does not yet.
    pub(super) fn watch(&self, socket: &Socket) {
        if socket.0.marks.has(WATCHED) {
            return;
        }
        let mut state = socket.0.state.borrow_mut();
        let Some(os) = state.os.as_mut() else { return };
        let place = self.attach(socket);
        let interest = interest(socket);
        socket.0.marks.set(WATCHED, true);
        if let Err(error) = self.registry.register(os, Token(place), interest) {
            // It would never be told of a datagram.
            let error = SystemError::new(Syscall::RecvMsg, errno::from_io(&error));
            state.core.handle_failure(Operation::Receive, error);
        }
    }

    /// Closes a system socket. Its descriptor may have a twin elsewhere, so closing alone does not end the watch.
    pub(super) fn close(&self, socket: &Socket, os: Option<OsSocket>) {
        let Some(mut os) = os else { return };
        socket.0.backlog.forget();
        if socket.0.marks.replace(WATCHED, false)
            && let Err(error) = self.registry.deregister(&mut os)
        {
            log::debug!("a socket was not watched: {error}");
        }
    }

    /// Offers what waits to the system, unless it has said that it is full and nothing has changed since.
    pub(crate) fn flush(&self, socket: &Socket) {
        if socket.0.backlog.may_ask() {
            let full = socket.0.state.borrow_mut().flush();
            self.asked(socket, full);
        }
    }

    /// Notes what was full when the system was asked, and has it tell when it has room again.
    pub(crate) fn asked(&self, socket: &Socket, full: Option<Full>) {
        let is_changed = socket.0.backlog.asked(full);
        if full.is_some() {
            self.blocked.add(socket);
        }
        if !is_changed || !socket.0.marks.has(WATCHED) {
            return;
        }
        let Some(place) = socket.0.place.get() else {
            return;
        };
        let interest = interest(socket);
        let mut state = socket.0.state.borrow_mut();
        let Some(os) = state.os.as_mut() else { return };
        if let Err(error) = self.registry.reregister(os, Token(place), interest) {
            log::warn!("watching a socket failed: {error}");
        }
    }
}

fn interest(socket: &Socket) -> Interest {
    if socket.0.backlog.awaits_sign() {
        Interest::READABLE | Interest::WRITABLE
    } else {
        Interest::READABLE
    }
}
