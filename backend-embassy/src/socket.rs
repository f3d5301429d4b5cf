//! The async socket: one file of `socket/` for each concern.

#[cfg(any(feature = "edge-nal", feature = "embedded-nal-async"))]
mod adapter;
mod bind;
mod lookup;
mod membership;
mod options;
mod readable;
mod receive;
mod send;

use core::fmt;
use core::future::poll_fn;
use core::task::Poll;

use anydgram_core::{
    BindState, ConnectState, Errno, Error, Options, Socket as CoreSocket, SocketId, SocketType,
    Stats, Storage, Syscall, SystemError,
};

use crate::event::Event;
use crate::host::{Host, Inner};
use crate::inbox::{DatagramSlot, Inbox, Interest, Place, Ring};

/// A datagram socket with async methods, which any number of tasks of its executor may use at the same time. Dropping it
/// closes it, and its memory serves the next one.
///
/// # Cancel safety
/// Every future may be dropped at any time, for example as the loser of a `select`. Until it is ready it has taken nothing:
/// no datagram and no event is lost. A datagram that a [`send_to`](Self::send_to) has put into the socket's queue leaves,
/// whoever waits for it or does not.
///
/// # Examples
/// ```
/// # use anydgram_embassy::Host;
/// use anydgram_core::{Options, SocketType};
///
/// async fn echo(host: &'static Host<'static>) -> Result<(), anydgram_core::Error<'static>> {
///     let socket = host.socket(Options::new(SocketType::Udp4))?;
///     socket.bind(7).await?;
///     let mut buffer = [0; 1472];
///     loop {
///         let (length, meta) = socket.recv_from(&mut buffer).await?;
///         if let (Some(data), Some(sender)) = (buffer.get(..length), meta.sender) {
///             socket.send_to(data, sender).await?;
///         }
///     }
/// }
/// ```
pub struct Socket<'m> {
    host: &'m Host<'m>,
    id: SocketId,
}

impl<'m> Host<'m> {
    /// Gives the host memory for one more socket: its queue and tables, and places and bytes for datagrams that wait to
    /// be received.
    ///
    /// # Errors
    /// `ENOBUFS` if there is no place for another socket.
    pub fn lend<
        const BYTES: usize,
        const SENDS: usize,
        const MEMBERSHIPS: usize,
        const EVENTS: usize,
        const RULES: usize,
    >(
        &self,
        storage: &'m mut Storage<BYTES, SENDS, MEMBERSHIPS, EVENTS, RULES>,
        datagrams: &'m mut [DatagramSlot],
        bytes: &'m mut [u8],
    ) -> Result<(), Errno> {
        let socket = CoreSocket::new(Options::new(SocketType::Udp4), storage);
        self.lend_socket(socket, BYTES, Ring::new(datagrams, bytes))
    }

    /// The part that is there only once.
    fn lend_socket(
        &self,
        socket: CoreSocket<'m>,
        longest: usize,
        datagrams: Ring<'m>,
    ) -> Result<(), Errno> {
        let inner = &mut *self.inner().borrow_mut();
        let id = inner.sockets.add(socket).map_err(|_| Errno::ENOBUFS)?;
        let Some(place) = inner.handler.places.get_mut(id.index()) else {
            inner.sockets.remove(id);
            return Err(Errno::ENOBUFS);
        };
        *place = Place {
            id: Some(id),
            longest,
            datagrams,
            ..Place::new()
        };
        Ok(())
    }

    /// A new socket, unbound, in memory that was [lent](Self::lend) and that no other socket has.
    ///
    /// # Errors
    /// `open ENOBUFS` if there is none.
    ///
    /// Node: `dgram.createSocket`
    #[doc(alias = "createSocket")]
    pub fn socket(&'m self, options: Options) -> Result<Socket<'m>, Error<'static>> {
        let inner = &mut *self.inner().borrow_mut();
        let id = inner.open(options);
        let id = id.ok_or_else(|| SystemError::new(Syscall::Open, Errno::ENOBUFS))?;
        Ok(Socket { host: self, id })
    }
}

impl<'m> Inner<'m, Inbox<'m>> {
    fn open(&mut self, options: Options) -> Option<SocketId> {
        let mut places = self.handler.places.iter_mut();
        let place = places.find(|place| place.id.is_some() && !place.is_taken)?;
        let socket = self.sockets.remove(place.id?)?;
        // Only the place that has just become free is free: those behind it have no memory.
        let id = self.sockets.add(socket.renew(options)).ok()?;
        place.clear();
        place.id = Some(id);
        place.is_taken = true;
        Some(id)
    }
}

impl<'m> Socket<'m> {
    /// Closes the socket: its port is free, and its memberships are released. What has not left is canceled, and calls
    /// that wait, in any task, fail with `ERR_SOCKET_DGRAM_NOT_RUNNING`; [`Event::Close`] is the last event.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` if it has been closed before.
    ///
    /// Node: `socket.close`
    #[expect(clippy::unused_async, reason = "a stack may have to be waited for")]
    pub async fn close(&self) -> Result<(), Error<'static>> {
        let result = self.command(|core| core.close().map_err(Error::from));
        self.with(|inner| {
            if let Some(place) = inner.handler.places.get_mut(self.id.index()) {
                place.datagrams.clear();
            }
        });
        result
    }

    /// The next event; `None` when [`Event::Close`] was the last. Each goes to one caller. The last four, and of
    /// errors the last two, are kept for whoever asks; a program need not.
    ///
    /// # Cancel safety
    /// An event that was not returned is still there.
    pub async fn next_event(&self) -> Option<Event> {
        poll_fn(|context| {
            self.with(|inner| {
                let at = self.id.index();
                let place = inner.handler.places.get_mut(at);
                if let Some(event) = place.and_then(|place| place.events.pop()) {
                    return Poll::Ready(Some(event));
                }
                if inner
                    .sockets
                    .get(self.id)
                    .is_none_or(CoreSocket::is_finished)
                {
                    return Poll::Ready(None);
                }
                inner
                    .handler
                    .waits
                    .register(at, Interest::Event, context.waker());
                Poll::Pending
            })
        })
        .await
    }

    /// `udp4` or `udp6`.
    ///
    /// Node: `socket.type`
    #[doc(alias = "type")]
    #[must_use]
    pub fn socket_type(&self) -> SocketType {
        self.look(|core| core.options().socket_type)
            .unwrap_or(SocketType::Udp4)
    }

    /// Whether the socket is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.look(CoreSocket::is_closed).unwrap_or(true)
    }

    /// Whether the socket is bound. A closed socket is as far as it was.
    #[must_use]
    pub fn bind_state(&self) -> BindState {
        self.look(CoreSocket::bind_state)
            .unwrap_or(BindState::Unbound)
    }

    /// Whether the socket is connected.
    #[must_use]
    pub fn connect_state(&self) -> ConnectState {
        self.look(CoreSocket::connect_state)
            .unwrap_or(ConnectState::Disconnected)
    }

    /// What has been counted since the socket was created: datagrams, drops by reason, failures.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.look(|core| core.stats()).unwrap_or_default()
    }

    /// Datagrams that were lost because nobody had received those before them.
    #[must_use]
    pub fn lost(&self) -> u32 {
        self.with(|inner| {
            let place = inner.handler.places.get(self.id.index());
            place.map_or(0, |place| place.lost)
        })
    }

    /// Looks at the core's socket. It is there as long as this one is.
    fn look<R>(&self, look: impl FnOnce(&CoreSocket<'m>) -> R) -> Option<R> {
        self.with(|inner| inner.sockets.get(self.id).map(look))
    }

    /// One command, and everything that it asks for; what fails of that is the result.
    fn command(
        &self,
        command: impl FnOnce(&mut CoreSocket<'m>) -> Result<(), Error<'static>>,
    ) -> Result<(), Error<'static>> {
        self.with(|inner| {
            let Some(core) = inner.sockets.get_mut(self.id) else {
                return Ok(());
            };
            let outcome = command(core);
            // A command that is refused may have asked for something all the same: `connect_sync` binds.
            let carried_out = inner.carry_out(self.id);
            inner.wake();
            outcome.and(carried_out)
        })
    }

    /// Works on what the host has.
    fn with<R>(&self, work: impl FnOnce(&mut Inner<'m, Inbox<'m>>) -> R) -> R {
        work(&mut self.host.inner().borrow_mut())
    }
}

impl Drop for Socket<'_> {
    fn drop(&mut self) {
        self.with(|inner| {
            if let Some(core) = inner.sockets.get_mut(self.id)
                && core.close().is_ok()
            {
                // Nobody is left to be told what fails.
                inner.carry_out(self.id).ok();
                inner.wake();
            }
            if let Some(place) = inner.handler.places.get_mut(self.id.index()) {
                place.is_taken = false;
            }
        });
    }
}

impl fmt::Debug for Socket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Socket<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Socket {{ id: {} }}", self.id);
    }
}
