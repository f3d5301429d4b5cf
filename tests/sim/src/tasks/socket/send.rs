//! Sending: a datagram, and how it ended.

use core::future::poll_fn;
use core::task::{Context, Poll};

use anydgram_core::{
    Datagram, Destination, Errno, Error, Misuse, Payload, SendToken, Syscall, SystemError,
};

use super::bind::as_given;
use super::{Socket, Waiting};
use crate::tasks::Inner;
use crate::tasks::inbox::Interest;

impl Socket<'_> {
    /// Sends a datagram, and returns the number of its bytes when the stack has taken it. Binds the socket first if it is
    /// unbound.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` on a connected socket, `ERR_SOCKET_BAD_PORT` for port 0,
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, also if it is closed meanwhile; `ERR_IP_BLOCKED`;
    /// `getaddrinfo CODE name`; `send CODE address:port`: `EMSGSIZE` for what neither the network nor the queue could
    /// hold, `ENETUNREACH`, `EACCES`; `ECANCELED` for what a close overtakes.
    ///
    /// # Cancel safety
    /// Waits for room in the queue: a datagram whose future is dropped before is not sent. Then it waits for the datagram to
    /// leave, which it does in any case.
    ///
    /// Node: `socket.send`
    #[doc(alias = "sendto")]
    pub async fn send_to<'p, 'a>(
        &self,
        payload: impl Into<Payload<'p>>,
        destination: impl Into<Destination<'a>>,
    ) -> Result<usize, Error<'a>> {
        let given = destination.into();
        let sent = self.send_now(Datagram::new(payload).to(given)).await;
        sent.map_err(|error| as_given(error, given.host, given.port))
    }

    /// Sends a datagram to the connected peer, and returns the number of its bytes.
    ///
    /// # Errors
    /// `ERR_SOCKET_BAD_PORT` if it is not connected; else as [`send_to`](Self::send_to).
    ///
    /// # Cancel safety
    /// As [`send_to`](Self::send_to).
    ///
    /// Node: `socket.send`
    pub async fn send<'p>(&self, payload: impl Into<Payload<'p>>) -> Result<usize, Error<'static>> {
        self.send_now(Datagram::new(payload)).await
    }

    /// Sends a datagram without waiting for it. Nobody learns how it ended: what the stack refuses is counted in
    /// [`stats`](Self::stats), a failed lookup is an [`Event::Error`](crate::tasks::Event::Error).
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to) as far as the call can tell; `ERR_SOCKET_DGRAM_QUEUE_FULL` when there is no room in the
    /// queue: [`Event::Drained`](crate::tasks::Event::Drained) follows when there is.
    ///
    /// Node: `socket.send` without a callback
    pub fn queue(&self, datagram: Datagram<'_>) -> Result<(), Error<'static>> {
        self.command(|core| core.send(datagram.unreported()).map(drop))
    }

    /// Bytes of the datagrams in the queue that wait for the stack to have room; 0 on a closed socket.
    ///
    /// Node: `socket.getSendQueueSize`
    #[doc(alias = "getSendQueueSize")]
    #[must_use]
    pub fn send_queue_size(&self) -> usize {
        let size = self.command(|core| Ok::<_, Misuse>(core.send_queue_size()));
        size.unwrap_or(0)
    }

    /// How many datagrams in the queue wait for the stack to have room; 0 on a closed socket.
    ///
    /// Node: `socket.getSendQueueCount`
    #[doc(alias = "getSendQueueCount")]
    #[must_use]
    pub fn send_queue_count(&self) -> usize {
        let count = self.command(|core| Ok::<_, Misuse>(core.send_queue_count()));
        count.unwrap_or(0)
    }

    async fn send_now(&self, datagram: Datagram<'_>) -> Result<usize, Error<'static>> {
        let mut sending = Sending {
            waiting: Waiting::new(self),
            token: None,
        };
        poll_fn(|context| sending.poll(datagram, context)).await
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
        datagram: Datagram<'_>,
        context: &Context<'_>,
    ) -> Poll<Result<usize, Error<'static>>> {
        let waker = context.waker();
        let Waiting { socket, ticket } = &mut self.waiting;
        let id = socket.id;
        socket.host.with(|inner| {
            let Inner { sockets, inbox, .. } = inner;
            let core = sockets.as_mut().and_then(|sockets| sockets.get_mut(id));
            let (Some(core), Some(place)) = (core, inbox.get(id)) else {
                return Poll::Ready(Err(Misuse::NotRunning.into()));
            };
            if let Some(token) = self.token {
                let ended = place.poll_send(token, waker);
                return ended.map(|ended| ended.unwrap_or_else(|| Err(Misuse::NotRunning.into())));
            }
            match core.send(datagram) {
                Ok(token) => {
                    self.token = Some(token);
                    place.await_send(token, waker);
                    Poll::Pending
                }
                Err(Misuse::QueueFull) if datagram.payload.len() <= place.longest => {
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
                if let Some(place) = inner.inbox.get(socket.id) {
                    place.forget_send(token);
                }
            });
        }
    }
}
