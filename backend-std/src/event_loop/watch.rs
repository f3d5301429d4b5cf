//! Watching: which sockets the system is to tell of, and what.
//!
//! A socket that was opened has a turn to come, and is watched from that on, as nobody waits before it: one that is
//! closed until then costs the system no watch. What came meanwhile is told when the watch begins.

use anydgram_core::{Operation, Syscall, SystemError};
use mio::{Interest, Token};

use super::Shared;
use crate::errno;
use crate::socket::Socket;
use crate::sys::OsSocket;

impl Shared {
    /// Notes that a socket has a system socket, which may be another one than before.
    pub(super) fn opened(&self, socket: &Socket) {
        self.forget_unread(socket);
        self.attach(socket);
        socket.0.is_watched.set(false);
        socket.count_alive();
    }

    /// Makes the system tell of a socket that is open, if it does not yet.
    pub(super) fn watch(&self, socket: &Socket) {
        if socket.0.is_watched.get() {
            return;
        }
        let mut state = socket.0.state.borrow_mut();
        let Some(os) = state.os.as_mut() else { return };
        let place = self.attach(socket);
        let interest = interest(socket.0.is_blocked.get());
        socket.0.is_watched.set(true);
        if let Err(error) = self.registry.register(os, Token(place), interest) {
            // It would never be told of a datagram.
            let error = SystemError::new(Syscall::RecvMsg, errno::from_io(&error));
            state.core.handle_failure(Operation::Receive, error);
        }
    }

    /// Closes a system socket. Its descriptor may have a twin elsewhere, so closing alone does not end the watch.
    pub(super) fn close(&self, socket: &Socket, os: Option<OsSocket>) {
        let Some(mut os) = os else { return };
        if socket.0.is_watched.replace(false)
            && let Err(error) = self.registry.deregister(&mut os)
        {
            log::debug!("a socket was not watched: {error}");
        }
    }

    /// Makes the system tell when it has room again, while there is none.
    pub(crate) fn watch_room(&self, socket: &Socket, is_blocked: bool) {
        if is_blocked {
            self.blocked.add(socket);
        }
        let was_blocked = socket.0.is_blocked.replace(is_blocked);
        if was_blocked == is_blocked || !socket.0.is_watched.get() {
            return;
        }
        let Some(place) = socket.0.place.get() else {
            return;
        };
        let mut state = socket.0.state.borrow_mut();
        let Some(os) = state.os.as_mut() else { return };
        let interest = interest(is_blocked);
        if let Err(error) = self.registry.reregister(os, Token(place), interest) {
            log::warn!("watching a socket failed: {error}");
        }
    }
}

fn interest(is_blocked: bool) -> Interest {
    if is_blocked {
        Interest::READABLE | Interest::WRITABLE
    } else {
        Interest::READABLE
    }
}
