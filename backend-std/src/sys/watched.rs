//! A socket whose readiness tokio's reactor tells.
//!
//! Invariant: readiness is forgotten only after the system has said "not now" to a call that was made while it was
//! known, so that no edge is lost.

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android"))] {
        mod linux;
        use linux as system;
    } else {
        mod other;
        use other as system;
    }
}

use core::task::{Context, Poll, ready};
use std::io;
use std::os::fd::AsRawFd as _;

use anydgram_core::{Errno, RecvMeta};
use tokio::io::unix::{AsyncFd, AsyncFdRegisterError};

use super::OsSocket;

/// How the next datagram is taken: [`OsSocket::receive`], or a way that tells more.
pub(crate) type Receive = fn(&OsSocket, &mut [u8]) -> Result<(usize, RecvMeta), Errno>;

/// A socket in tokio's reactor. Dropping it takes it out and closes it.
#[derive(Debug)]
pub(crate) struct Watched(AsyncFd<OsSocket>);

impl Watched {
    /// Puts a socket into the reactor of the current runtime.
    ///
    /// # Errors
    /// The socket, and what the system has against it.
    ///
    /// # Panics
    /// Outside of a tokio runtime, or in one without I/O.
    pub(crate) fn new(os: OsSocket) -> Result<Self, (OsSocket, io::Error)> {
        if let Err(error) = system::show_errors(&os) {
            log::debug!("errors will be told with the next datagram only: {error}");
        }
        // SAFETY: the descriptor is the socket's own and never another; `Watched` lends the socket shared only, and
        // gives it away after it was taken out of the reactor.
        let registered = unsafe { AsyncFd::register_with_interest(os, system::INTEREST) };
        registered
            .map(Self)
            .map_err(AsyncFdRegisterError::into_parts)
    }

    /// The socket itself.
    pub(crate) fn os(&self) -> &OsSocket {
        self.0.get_ref()
    }

    /// Takes the socket out of the reactor.
    pub(crate) fn into_inner(self) -> OsSocket {
        self.0.into_inner()
    }

    /// Whether the runtime has ended, so that nobody will be woken any more. If not, `cx` is woken when it does.
    pub(crate) fn has_ended(&self, cx: &mut Context<'_>) -> bool {
        matches!(self.0.poll_write_ready(cx), Poll::Ready(Err(_)))
    }

    /// Takes the next datagram, or has `cx` woken when there may be one. Only the last `cx` is woken.
    pub(crate) fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
        receive: Receive,
    ) -> Poll<Result<(usize, RecvMeta), Errno>> {
        loop {
            let Ok(mut readiness) = ready!(self.0.poll_read_ready(cx)) else {
                // The runtime ends: the only reason there is.
                return Poll::Ready(Err(Errno::ECANCELED));
            };
            match receive(self.os(), buffer) {
                Err(Errno::EAGAIN) => readiness.clear_ready(),
                result => return Poll::Ready(result),
            }
        }
    }

    /// Ready when there is something to receive, which is left there; or has `cx` woken when there may be. Only the last
    /// `cx` is woken.
    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<Result<(), Errno>> {
        loop {
            let Ok(mut readiness) = ready!(self.0.poll_read_ready(cx)) else {
                // The runtime ends: the only reason there is.
                return Poll::Ready(Err(Errno::ECANCELED));
            };
            if is_readable(self.os()) {
                return Poll::Ready(Ok(()));
            }
            readiness.clear_ready();
        }
    }

    /// Tries something that needs room to send, which gives `None` when there was none, until there is; or has `cx`
    /// woken when there may be some. Only the last `cx` is woken, and none on a system that does not say when it has
    /// room again: the caller tries again by itself after a while.
    pub(crate) fn poll_room<T>(
        &self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&OsSocket) -> Option<T>,
    ) -> Poll<Result<T, Errno>> {
        // More than once, because what is known may be old. Not for ever: after an error tokio takes a socket for
        // writable for good.
        for _ in 0..3 {
            let Ok(mut readiness) = ready!(self.0.poll_write_ready(cx)) else {
                // The runtime ends: the only reason there is.
                return Poll::Ready(Err(Errno::ECANCELED));
            };
            match attempt(self.os()) {
                Some(value) => return Poll::Ready(Ok(value)),
                None => readiness.clear_ready(),
            }
        }
        Poll::Pending
    }
}

/// Whether a datagram or an error waits, which the question leaves there: `poll`, since a peek would take an error.
fn is_readable(os: &OsSocket) -> bool {
    let mut one = libc::pollfd {
        fd: os.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: `one` is the one entry there is, and the call does not wait.
    let count = unsafe { libc::poll(&raw mut one, 1, 0) };
    // Of a failed question a receive makes what is right.
    count != 0
}
