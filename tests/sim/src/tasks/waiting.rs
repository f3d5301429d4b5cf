//! What tasks wait for at a socket of either kind: news of it, and how a send has ended.

use core::task::{Context, Poll};

use anydgram_core::{Errno, Error, Misuse, SendToken, Syscall, SystemError};

use super::inbox::{Interest, Place};

/// A socket of an application.
pub(super) trait Seat {
    /// The core's socket.
    type Core;

    /// Shows the core's socket, and the place where news of it are kept, as far as they are there.
    fn at<R>(&self, look: impl FnOnce(Option<&mut Self::Core>, Option<&mut Place>) -> R) -> R;
}

/// A task that waits, until this is dropped.
pub(super) struct Waiting<'s, S: Seat> {
    socket: &'s S,
    ticket: Option<u64>,
}

impl<'s, S: Seat> Waiting<'s, S> {
    pub(super) const fn new(socket: &'s S) -> Self {
        Self {
            socket,
            ticket: None,
        }
    }

    /// Asks `poll`. If that is not ready, the task is woken when there is news of the kind.
    pub(super) fn poll<T>(
        &mut self,
        interest: Interest,
        context: &Context<'_>,
        poll: impl FnOnce(&S::Core, &mut Place) -> Poll<Result<T, Error<'static>>>,
    ) -> Poll<Result<T, Error<'static>>> {
        self.socket.at(|core, place| {
            let (Some(core), Some(place)) = (core, place) else {
                return Poll::Ready(Err(Misuse::NotRunning.into()));
            };
            let outcome = poll(core, place);
            if outcome.is_pending() {
                place.register(&mut self.ticket, interest, context.waker());
            }
            outcome
        })
    }

    /// Has the task woken when there is news of the kind.
    pub(super) fn register(&mut self, interest: Interest, context: &Context<'_>) {
        self.socket.at(|_, place| {
            if let Some(place) = place {
                place.register(&mut self.ticket, interest, context.waker());
            }
        });
    }
}

impl<S: Seat> Drop for Waiting<'_, S> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.socket.at(|_, place| {
                if let Some(place) = place {
                    place.unregister(ticket);
                }
            });
        }
    }
}

/// A send that a task waits for.
pub(super) struct Sending<'s, S: Seat> {
    waiting: Waiting<'s, S>,
    /// Once it is in the queue.
    token: Option<SendToken>,
}

impl<'s, S: Seat> Sending<'s, S> {
    pub(super) const fn new(socket: &'s S) -> Self {
        Self {
            waiting: Waiting::new(socket),
            token: None,
        }
    }

    /// How it has ended. `send` puts it into the queue, of which it takes `size` bytes; while that is full, the task waits.
    pub(super) fn poll(
        &mut self,
        size: usize,
        context: &Context<'_>,
        send: impl FnOnce(&mut S::Core) -> Result<SendToken, Misuse>,
    ) -> Poll<Result<usize, Error<'static>>> {
        let waker = context.waker();
        let Waiting { socket, ticket } = &mut self.waiting;
        socket.at(|core, place| {
            let Some(place) = place else {
                return Poll::Ready(Err(Misuse::NotRunning.into()));
            };
            if let Some(token) = self.token {
                let ended = place.poll_send(token, waker);
                return ended.map(|ended| ended.unwrap_or_else(|| Err(Misuse::NotRunning.into())));
            }
            let Some(core) = core else {
                return Poll::Ready(Err(Misuse::NotRunning.into()));
            };
            match send(core) {
                Ok(token) => {
                    self.token = Some(token);
                    place.await_send(token, waker);
                    Poll::Pending
                }
                Err(Misuse::QueueFull) if size <= place.longest => {
                    place.register(ticket, Interest::Room, waker);
                    Poll::Pending
                }
                Err(Misuse::QueueFull) => {
                    Poll::Ready(Err(SystemError::new(Syscall::Send, Errno::EMSGSIZE).into()))
                }
                Err(misuse) => Poll::Ready(Err(misuse.into())),
            }
        })
    }
}

impl<S: Seat> Drop for Sending<'_, S> {
    fn drop(&mut self) {
        if let Some(token) = self.token {
            self.waiting.socket.at(|_, place| {
                if let Some(place) = place {
                    place.forget_send(token);
                }
            });
        }
    }
}
