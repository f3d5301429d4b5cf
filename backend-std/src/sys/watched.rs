//! A socket whose readiness tokio's reactor tells.
//!
//! Invariant: readiness is forgotten only after a call that was made while it was known has found the end of what there
//! was: the system has said "not now", or given less than was asked for. What comes meanwhile brings an edge of its own, and
//! the reactor forgets only what it knew before the call, so that no edge is lost.

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android"))] {
        mod linux;
        use linux as system;
    } else {
        mod other;
        use other as system;
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;

use core::task::{Context, Poll, ready};
use std::io;
use std::os::fd::AsRawFd;

use anydgram_core::{Errno, Full};
use tokio::io::Interest;
use tokio::io::unix::{AsyncFd, AsyncFdRegisterError};

use super::{OsSocket, OsUnixSocket};

/// How to go on when there is nothing to take.
#[derive(Debug)]
pub(crate) enum Wait<'c, 'w> {
    /// Not at all; and nothing is taken that the reactor has not told of.
    Told,
    /// Not at all.
    Never,
    /// Has somebody woken when there may be something. Only who asked last is woken.
    For(&'c mut Context<'w>),
}

/// A socket in tokio's reactor. Dropping it takes it out and closes it.
#[derive(Debug)]
pub(crate) struct Watched<S: Watchable = OsSocket>(AsyncFd<S>);

/// A socket whose descriptor is its own, and the same for as long as it lives.
pub(crate) trait Watchable: AsRawFd {}

impl Watchable for OsSocket {}
impl Watchable for OsUnixSocket {}

impl<S: Watchable> Watched<S> {
    /// Puts a socket into the reactor of the current runtime.
    ///
    /// # Errors
    /// The socket, and what the system has against it.
    ///
    /// # Panics
    /// Outside of a tokio runtime, or in one without I/O.
    pub(crate) fn new(os: S) -> Result<Self, (S, io::Error)> {
        if let Err(error) = system::show_errors(&os) {
            log::debug!("errors will be told with the next datagram only: {error}");
        }
        // SAFETY: the descriptor is the socket's own and never another, as `Watchable` says; `Watched` gives the socket
        // away after it was taken out of the reactor.
        let registered = unsafe { AsyncFd::register_with_interest(os, system::INTEREST) };
        registered
            .map(Self)
            .map_err(AsyncFdRegisterError::into_parts)
    }

    /// The socket itself.
    pub(crate) fn os(&self) -> &S {
        self.0.get_ref()
    }

    /// The socket itself, for a change.
    pub(crate) fn os_mut(&mut self) -> &mut S {
        self.0.get_mut()
    }

    /// Takes the socket out of the reactor.
    pub(crate) fn into_inner(self) -> S {
        self.0.into_inner()
    }

    /// Whether the runtime has ended, so that nobody will be woken any more. If not, `cx` is woken when it does.
    pub(crate) fn has_ended(&self, cx: &mut Context<'_>) -> bool {
        matches!(self.0.poll_write_ready(cx), Poll::Ready(Err(_)))
    }

    /// Takes what there is, which gives `EAGAIN` when there is nothing.
    pub(crate) fn poll_take<T>(
        &self,
        wait: &mut Wait<'_, '_>,
        take: impl FnMut(&S) -> Result<T, Errno>,
    ) -> Poll<Result<T, Errno>> {
        self.poll_take_all(wait, take, |_| false)
    }

    /// [`poll_take`](Self::poll_take) of something that may be all there was, which the system will not be asked for
    /// again before it has told of more.
    pub(crate) fn poll_take_all<T>(
        &self,
        wait: &mut Wait<'_, '_>,
        mut take: impl FnMut(&S) -> Result<T, Errno>,
        is_all: impl Fn(&T) -> bool,
    ) -> Poll<Result<T, Errno>> {
        let is_drained = |taken: &Poll<Result<T, Errno>>| match taken {
            Poll::Ready(Ok(taken)) => is_all(taken),
            Poll::Ready(Err(_)) => false,
            Poll::Pending => true,
        };
        let cx = match wait {
            Wait::Never => return told(take(self.os())),
            Wait::Told => {
                let mut taken = Poll::Pending;
                // "Would block" is how the reactor hears that what it knows is over.
                let known = self.0.try_io(Interest::READABLE, |os| {
                    taken = told(take(os));
                    if is_drained(&taken) {
                        Err(io::ErrorKind::WouldBlock.into())
                    } else {
                        Ok(())
                    }
                });
                debug_assert!(known.is_err() || taken.is_ready(), "it was asked");
                return taken;
            }
            Wait::For(cx) => cx,
        };
        loop {
            let Ok(mut readiness) = ready!(self.0.poll_read_ready(cx)) else {
                // The runtime ends: the only reason there is.
                return Poll::Ready(Err(Errno::ECANCELED));
            };
            let taken = told(take(self.os()));
            if is_drained(&taken) {
                readiness.clear_ready();
            }
            if taken.is_ready() {
                return taken;
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

    /// Tries something that needs room to send until there is; or has `cx` woken when there may be some. Only the last `cx` is
    /// woken, and none where nobody says when there is room again ([`Full::Memory`]): the caller tries again by itself after
    /// a while.
    pub(crate) fn poll_room<T>(
        &self,
        cx: &mut Context<'_>,
        mut attempt: impl FnMut(&S) -> Result<T, Full>,
    ) -> Poll<Result<T, Errno>> {
        // More than once, because what is known may be old. Not for ever: after an error tokio takes a socket for
        // writable for good.
        for _ in 0..3 {
            let Ok(mut readiness) = ready!(self.0.poll_write_ready(cx)) else {
                // The runtime ends: the only reason there is.
                return Poll::Ready(Err(Errno::ECANCELED));
            };
            match attempt(self.os()) {
                Ok(value) => return Poll::Ready(Ok(value)),
                Err(Full::Buffer) => readiness.clear_ready(),
                // It stays writable: there is no edge to come.
                Err(Full::Memory) => return Poll::Pending,
            }
        }
        Poll::Pending
    }
}

/// `EAGAIN` is no answer yet.
fn told<T>(taken: Result<T, Errno>) -> Poll<Result<T, Errno>> {
    match taken {
        Err(Errno::EAGAIN) => Poll::Pending,
        taken => Poll::Ready(taken),
    }
}

/// Whether a datagram or an error waits, which the question leaves there: `poll`, since a peek would take an error.
fn is_readable(os: &impl AsRawFd) -> bool {
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
