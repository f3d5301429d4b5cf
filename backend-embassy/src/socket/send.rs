//! Sending: into the socket's queue at once or when there is room, and out of it when the driver takes it.

use core::future::poll_fn;
use core::task::{Context, Poll};

use anydgram_core::{
    Datagram, Destination, Errno, Error, ErrorAddress, Host as GivenHost, Misuse, Payload, Syscall,
    SystemError,
};

use super::Socket;
use crate::inbox::{Interest, Ticket};

impl Socket<'_> {
    /// Sends a datagram, and returns the number of its bytes when the driver has it, or it waits for its neighbour's
    /// address. Binds the socket first if it is unbound.
    ///
    /// A task that sends much, and need not know how each datagram fares, is faster with [`queue`](Self::queue).
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` on a connected socket, `ERR_SOCKET_BAD_PORT` for port 0,
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, also if it is closed meanwhile; `ERR_IP_BLOCKED`;
    /// `getaddrinfo CODE name`; `send CODE address:port`: `EMSGSIZE` for what neither the network nor the queue could
    /// hold, `ENETUNREACH`, `EHOSTUNREACH`, `EACCES`; `ECANCELED` for what a close overtakes.
    ///
    /// # Cancel safety
    /// Waits for the lookup of a name, then for room in the queue: a datagram whose future is dropped before is not sent.
    /// Then it waits for the datagram to leave, which it does in any case.
    ///
    /// Node: `socket.send`
    #[doc(alias = "sendto")]
    pub async fn send_to<'p, 'a>(
        &self,
        payload: impl Into<Payload<'p>>,
        destination: impl Into<Destination<'a>>,
    ) -> Result<usize, Error<'a>> {
        let given = destination.into();
        let mut datagram = Datagram::new(payload).to(given);
        if matches!(given.host, GivenHost::Name(_)) {
            let checked = self.look(|core| {
                core.check_send(&datagram)?;
                Ok::<_, Misuse>(core.family())
            });
            let family = checked.unwrap_or(Err(Misuse::NotRunning))?;
            let host = self.host.resolve(given.host, family).await?;
            datagram = datagram.to(Destination::new(host, given.port));
        }
        let sent = self.send_now(datagram).await;
        sent.map_err(|error| as_given(error, given))
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
    pub async fn send<'a>(&self, payload: impl Into<Payload<'a>>) -> Result<usize, Error<'static>> {
        self.send_now(Datagram::new(payload)).await
    }

    /// Puts a datagram into the queue without waiting for anything. Nobody learns how it ended: what the network refuses is
    /// counted in [`stats`](Self::stats).
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to) as far as the call can tell; `ERR_SOCKET_DGRAM_QUEUE_FULL` when there is no room:
    /// [`Event::Drained`](crate::Event::Drained) follows when there is.
    ///
    /// Node: `socket.send` without a callback
    pub fn queue(&self, datagram: Datagram<'_>) -> Result<(), Error<'static>> {
        self.with(|inner| {
            let core = inner.sockets.get_mut(self.id);
            let core = core.ok_or(Misuse::NotRunning)?;
            core.send(datagram.unreported())?;
            inner.wake_runner();
            Ok(())
        })
    }

    /// Bytes of the datagrams in the queue; 0 on a closed socket.
    ///
    /// Node: `socket.getSendQueueSize`
    #[doc(alias = "getSendQueueSize")]
    #[must_use]
    pub fn send_queue_size(&self) -> usize {
        self.with(|inner| {
            let core = inner.sockets.poll_mut(self.id);
            core.map_or(0, |core| core.send_queue_size())
        })
    }

    /// How many datagrams are in the queue; 0 on a closed socket.
    ///
    /// Node: `socket.getSendQueueCount`
    #[doc(alias = "getSendQueueCount")]
    #[must_use]
    pub fn send_queue_count(&self) -> usize {
        self.with(|inner| {
            let core = inner.sockets.poll_mut(self.id);
            core.map_or(0, |core| core.send_queue_count())
        })
    }

    /// Sends a datagram that needs no lookup.
    async fn send_now(&self, datagram: Datagram<'_>) -> Result<usize, Error<'static>> {
        let mut sending = Sending {
            socket: self,
            ticket: None,
        };
        poll_fn(|context| sending.poll(context, &datagram)).await
    }
}

/// A send under way.
struct Sending<'s, 'm> {
    socket: &'s Socket<'m>,
    /// Where its outcome will be, once it has begun.
    ticket: Option<Ticket>,
}

impl Sending<'_, '_> {
    fn poll(
        &mut self,
        context: &Context<'_>,
        datagram: &Datagram<'_>,
    ) -> Poll<Result<usize, Error<'static>>> {
        let waker = context.waker();
        let Some(ticket) = self.ticket else {
            return self.begin(context, datagram);
        };
        let outcome = self
            .socket
            .with(|inner| inner.handler.waits.outcome(ticket, waker));
        outcome.map_or(Poll::Pending, Poll::Ready)
    }

    /// Puts the datagram into the queue, if there is room.
    fn begin(
        &mut self,
        context: &Context<'_>,
        datagram: &Datagram<'_>,
    ) -> Poll<Result<usize, Error<'static>>> {
        let Socket { id, .. } = *self.socket;
        let at = id.index();
        let waker = context.waker();
        self.socket.with(|inner| {
            let waits = &mut inner.handler.waits;
            let Some(ticket) = waits.reserve(at, waker) else {
                // All places have sends that end by themselves.
                waker.wake_by_ref();
                return Poll::Pending;
            };
            let core = inner.sockets.get_mut(id);
            let sent = core.map_or(Err(Misuse::NotRunning), |core| core.send(*datagram));
            let error = match sent {
                Ok(token) => {
                    waits.begin(ticket, token);
                    self.ticket = Some(ticket);
                    inner.wake_runner();
                    return Poll::Pending;
                }
                Err(Misuse::QueueFull) => {
                    waits.release(ticket);
                    let longest = inner
                        .handler
                        .places
                        .get(at)
                        .map_or(0, |place| place.longest);
                    if datagram.payload.len() <= longest {
                        waits.register(at, Interest::Room, waker);
                        return Poll::Pending;
                    }
                    SystemError::new(Syscall::Send, Errno::EMSGSIZE).into()
                }
                Err(misuse) => {
                    waits.release(ticket);
                    misuse.into()
                }
            };
            Poll::Ready(Err(error))
        })
    }
}

impl Drop for Sending<'_, '_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.socket
                .with(|inner| inner.handler.waits.release(ticket));
        }
    }
}

/// The failure with the host as the caller gave it, as Node has it.
pub(super) fn as_given<'a>(error: Error<'a>, given: Destination<'a>) -> Error<'a> {
    match (given.host, error) {
        (GivenHost::Name(name), Error::System(system))
            if matches!(system.address, ErrorAddress::Ip(_)) && system.syscall != Syscall::Bind =>
        {
            let name = ErrorAddress::Name(name);
            SystemError::at(system.syscall, system.errno, name, system.port).into()
        }
        _ => error,
    }
}
