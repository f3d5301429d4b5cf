//! Sending: a datagram, and how it ended.

use core::future::poll_fn;

use anydgram_core::{Datagram, Destination, Error, Misuse, Payload};

use super::Socket;
use super::bind::as_given;
use crate::tasks::waiting::Sending;

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
        let mut sending = Sending::new(self);
        let size = datagram.payload.len();
        poll_fn(|context| sending.poll(size, context, |core| core.send(datagram))).await
    }
}
