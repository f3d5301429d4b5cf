//! Sending from Unix sockets: a datagram, and how it ended.

use core::future::poll_fn;

use anydgram_core::{Error, Misuse, Payload, UnixAddress, UnixDatagram};

use super::{UnixSocket, named};
use crate::tasks::waiting::Sending;

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
        let name = destination.map_or(0, |to| to.as_bytes().len());
        let size = datagram.payload.len().saturating_add(name);
        let datagram = match destination {
            Some(to) => datagram.to(to),
            None => datagram,
        };
        let mut sending = Sending::new(self);
        poll_fn(|context| sending.poll(size, context, |core| core.send(datagram))).await
    }
}
