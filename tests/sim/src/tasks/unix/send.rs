//! Sending from Unix sockets: a datagram, and how it ended.

use core::future::poll_fn;
use core::task::{Context, Poll};

use anydgram_core::{
    Errno, Error, Misuse, Payload, SendToken, Syscall, SystemError, UnixAddress, UnixDatagram,
};

use super::{UnixSocket, Waiting, named};
use crate::tasks::Inner;
use crate::tasks::inbox::Interest;

impl UnixSocket<'_> {
    /// Sends a datagram to an address, and returns the number of its bytes when the receiver has it.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` on a connected socket, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed one, also if it is closed
    /// meanwhile, `ERR_SOCKET_DGRAM_BAD_PATH`; `send CODE path`: `EAGAIN` when the receiver has no room, `ENOENT`,
    /// `ECONNREFUSED`, `EPERM`, `ENOBUFS`, `EMSGSIZE` for what the queue could not hold; `ECANCELED` for what a close overtakes.
    ///
    /// # Cancel safety
    /// Waits for room in the queue: a datagram whose future is dropped before is not sent. Then it waits for the datagram to
    /// leave, which it does in any case.
    pub async fn send_to<'p, 'a>(
        &self,
        payload: impl Into<Payload<'p>>,
        destination: impl Into<UnixAddress<'a>>,
    ) -> Result<usize, Error<'a>> {
        let to = destination.into();
        let sent = self.send_now(UnixDatagram::new(payload), Some(to)).await;
        sent.map_err(|error| named(error, Some(to)))
    }

    /// Sends a datagram to the peer, and returns the number of its bytes when the peer has it. Waits while that has no room.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected; else as [`send_to`](Self::send_to) but for `EAGAIN`.
    ///
    /// # Cancel safety
    /// As [`send_to`](Self::send_to).
    pub async fn send<'p>(&self, payload: impl Into<Payload<'p>>) -> Result<usize, Error<'static>> {
        self.send_now(UnixDatagram::new(payload), None).await
    }

    /// Sends a datagram without waiting for it. Nobody learns how it ended; failures are counted in [`stats`](Self::stats).
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to) as far as the call can tell; `ERR_SOCKET_DGRAM_QUEUE_FULL` when there is no room in the
    /// queue: [`Event::Drained`](crate::tasks::Event::Drained) follows when there is.
    pub fn queue(&self, datagram: UnixDatagram<'_>) -> Result<(), Error<'static>> {
        self.command(|core| core.send(datagram.unreported()).map(drop))
    }

    /// Bytes of the datagrams that wait; 0 on a closed socket.
    #[must_use]
    pub fn send_queue_size(&self) -> usize {
        let size = self.command(|core| Ok::<_, Misuse>(core.send_queue_size()));
        size.unwrap_or(0)
    }

    /// How many datagrams wait; 0 on a closed socket.
    #[must_use]
    pub fn send_queue_count(&self) -> usize {
        let count = self.command(|core| Ok::<_, Misuse>(core.send_queue_count()));
        count.unwrap_or(0)
    }

    async fn send_now(
        &self,
        datagram: UnixDatagram<'_>,
        destination: Option<UnixAddress<'_>>,
    ) -> Result<usize, Error<'static>> {
        let mut sending = Sending {
            waiting: Waiting::new(self),
            token: None,
        };
        poll_fn(|context| sending.poll(datagram, destination, context)).await
    }
}

/// A send that a task waits for.
struct Sending<'s, 'm> {
    waiting: Waiting<'s, 'm>,
    /// Once it is in the queue.
    token: Option<SendToken>,
}

impl Sending<'_, '_> {
    fn poll(
        &mut self,
        datagram: UnixDatagram<'_>,
        destination: Option<UnixAddress<'_>>,
        context: &Context<'_>,
    ) -> Poll<Result<usize, Error<'static>>> {
        let waker = context.waker();
        let Waiting { socket, ticket } = &mut self.waiting;
        let id = socket.id;
        socket.host.with(|inner| {
            let Inner {
                unix, unix_inbox, ..
            } = inner;
            let core = unix.as_mut().and_then(|unix| unix.get_mut(id));
            let Some(place) = unix_inbox.get(id) else {
                return Poll::Ready(Err(Misuse::NotRunning.into()));
            };
            if let Some(token) = self.token {
                let ended = place.poll_send(token, waker);
                return ended.map(|ended| ended.unwrap_or_else(|| Err(Misuse::NotRunning.into())));
            }
            let Some(core) = core else {
                return Poll::Ready(Err(Misuse::NotRunning.into()));
            };
            let length = datagram.payload.len();
            let name = destination.map_or(0, |to| to.as_bytes().len());
            let datagram = match destination {
                Some(to) => datagram.to(to),
                None => datagram,
            };
            match core.send(datagram) {
                Ok(token) => {
                    self.token = Some(token);
                    place.await_send(token, waker);
                    Poll::Pending
                }
                Err(Misuse::QueueFull) if length.saturating_add(name) <= place.longest => {
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

impl Drop for Sending<'_, '_> {
    fn drop(&mut self) {
        if let Some(token) = self.token {
            let socket = self.waiting.socket;
            socket.host.with(|inner| {
                if let Some(place) = inner.unix_inbox.get(socket.id) {
                    place.forget_send(token);
                }
            });
        }
    }
}
