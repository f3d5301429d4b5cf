//! The async Unix socket: datagrams to paths and abstract names of the same host.

mod inbox;
mod receive;
mod send;

use core::fmt;
use core::future::poll_fn;
use core::task::Poll;

use anydgram_core::{
    BindState, ConnectState, Error, ErrorAddress, Limits, Misuse, Stats, SystemError, UnixAddress,
    UnixAddressBuf, UnixBind, UnixSocket as CoreSocket,
};

pub(in crate::tasks) use inbox::UnixInbox;

use super::event::Event;
use super::inbox::{Interest, Place};
use super::waiting::{Seat, Waiting};
use super::{Host, Inner};
use crate::unix::UnixId;

/// A Unix datagram socket with async methods.
///
/// Any number of tasks of its application may use it at the same time. It reaches the sockets of all
/// [processes](crate::World::add_process) of its host. Dropping it closes it.
///
/// The calls are those of `anydgram_std::UnixSocket`, with their results in place of its listeners and callbacks. Nothing is lost:
/// datagrams that no task receives fill the socket, and connected senders wait; others are told `EAGAIN`.
///
/// See the [module](super) for cancel safety.
///
/// # Examples
/// ```
/// use core::time::Duration;
///
/// use anydgram_core::Error;
/// use anydgram_sim::{HostOptions, WorldOptions, simulate, tasks};
///
/// async fn serve(host: tasks::Host<'_>) -> Result<(), Error<'static>> {
///     let socket = host.unix_socket();
///     socket.bind("/run/log").await.map_err(Error::without_name)?;
///     let mut buffer = [0; 100];
///     let (length, sender) = socket.recv_from(&mut buffer).await?;
///     assert_eq!((buffer.get(..length), sender), (Some(&b"hello"[..]), None));
///     host.note("it has come");
///     Ok(())
/// }
///
/// simulate(&WorldOptions::new(7), |world| {
///     let host = world.add_async_host("host", HostOptions::new(), |host| async {
///         serve(host).await.expect("nothing is wrong");
///     });
///     world.add_async_process(host, "client", |host| async move {
///         let socket = host.unix_socket();
///         let sent = socket.send_to("hello", "/run/log").await;
///         assert_eq!(sent, Ok(5));
///     });
///     world.run_for(Duration::from_secs(1)).expect("nothing is wrong");
/// });
/// ```
pub struct UnixSocket<'m> {
    host: Host<'m>,
    id: UnixId,
}

impl<'m> Host<'m> {
    /// A new Unix socket, unbound, with the default [`Limits`].
    #[must_use]
    pub fn unix_socket(&self) -> UnixSocket<'m> {
        self.unix_socket_with(Limits::new())
    }

    /// A new Unix socket, unbound, that holds so much.
    ///
    /// # Panics
    /// Outside of the tasks of the host.
    #[must_use]
    pub fn unix_socket_with(&self, limits: Limits) -> UnixSocket<'m> {
        let id = self.with(|inner| {
            let unix = inner.unix.as_mut().expect("a task runs");
            let id = unix.open_with(limits);
            inner.unix_inbox.open(id, limits.bytes);
            id
        });
        UnixSocket {
            host: self.clone(),
            id,
        }
    }
}

impl UnixSocket<'_> {
    /// Binds the socket to a path, an abstract name (`@name`), or as [`UnixBind`] says, and returns the address;
    /// [`Event::Listening`] follows.
    ///
    /// # Errors
    /// `ERR_SOCKET_ALREADY_BOUND` unless it is unbound, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket,
    /// `ERR_SOCKET_DGRAM_BAD_PATH` for an address that no system can take; `bind CODE path`: `EADDRINUSE` where something is that
    /// must not be replaced, `EACCES`, `EINVAL` for a mode that there is no file for. The socket is unbound then.
    ///
    /// # Cancel safety
    /// A future that was polled has begun to bind.
    pub async fn bind<'a>(
        &self,
        options: impl Into<UnixBind<'a>>,
    ) -> Result<UnixAddressBuf, Error<'a>> {
        let options = options.into();
        self.command(|core| core.bind(options))?;
        self.host.with(|inner| {
            if let Some(place) = inner.unix_inbox.get(self.id) {
                place.failed_bind = None;
            }
        });
        let bound = self.wait(Interest::State, |core, place| {
            if let Some(error) = place.failed_bind.take() {
                return Poll::Ready(Err(error));
            }
            if core.is_closed() || core.bind_state() == BindState::Bound {
                let address = core.address().map(UnixAddressBuf::new);
                return Poll::Ready(address.and_then(|address| address.map_err(Into::into)));
            }
            Poll::Pending
        });
        bound.await.map_err(|error| named(error, options.address))
    }

    /// Connects the socket to a peer: sends need no destination, wait while the peer has no room, and what is received is the
    /// peer's. [`Event::Connect`] follows.
    ///
    /// A peer that has gone fails the next send with `ECONNREFUSED`; to reach its successor, disconnect and connect again.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` while it is connected or connecting, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket,
    /// `ERR_SOCKET_DGRAM_BAD_PATH`; `connect CODE path`: `ENOENT`, `ECONNREFUSED`, `EPERM`.
    ///
    /// # Cancel safety
    /// A future that was polled has begun to connect.
    pub async fn connect<'a>(&self, peer: impl Into<UnixAddress<'a>>) -> Result<(), Error<'a>> {
        let peer = peer.into();
        self.command(|core| core.connect(peer))?;
        self.host.with(|inner| {
            if let Some(place) = inner.unix_inbox.get(self.id) {
                place.failed_connect = None;
            }
        });
        let connected = self.wait(Interest::State, |core, place| {
            if let Some(error) = place.failed_connect.take() {
                return Poll::Ready(Err(error));
            }
            if core.is_closed() {
                return Poll::Ready(Err(Misuse::NotRunning.into()));
            }
            match core.connect_state() {
                ConnectState::Connected => Poll::Ready(Ok(())),
                ConnectState::Disconnected | ConnectState::Connecting => Poll::Pending,
            }
        });
        connected.await.map_err(|error| named(error, Some(peer)))
    }

    /// Lets the peer go.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected.
    pub fn disconnect(&self) -> Result<(), Error<'static>> {
        self.command(CoreSocket::disconnect)
    }

    /// Closes the socket, and returns when its name is free and its file removed. What has not left is canceled, and calls that
    /// wait, in any task, fail with `ERR_SOCKET_DGRAM_NOT_RUNNING`; [`Event::Close`] is the last event.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` if it has been closed before.
    ///
    /// # Cancel safety
    /// A future that was polled has closed the socket.
    pub async fn close(&self) -> Result<(), Error<'static>> {
        self.command(CoreSocket::close)?;
        self.host.with(|inner| {
            if let Some(place) = inner.unix_inbox.get(self.id) {
                place.clear();
            }
        });
        // The socket is gone when it has ended, and no call waits for it any more.
        let ended = self.wait::<()>(Interest::State, |_, _| Poll::Pending);
        ended.await.or(Ok(()))
    }

    /// The next event; `None` when [`Event::Close`] was the last. Each goes to one caller. The last 64 are kept for whoever asks;
    /// a program need not.
    ///
    /// # Cancel safety
    /// An event that was not returned is still there.
    pub async fn next_event(&self) -> Option<Event> {
        let mut waiting = Waiting::new(self);
        poll_fn(|context| {
            let next = self.at(|core, place| {
                let event = place.and_then(|place| place.events.pop_front());
                if event.is_some() || core.is_none() {
                    return Poll::Ready(event);
                }
                Poll::Pending
            });
            if next.is_pending() {
                waiting.register(Interest::Event, context);
            }
            next
        })
        .await
    }

    /// The address the socket is bound to.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `getsockname EBADF` before it is bound.
    pub fn address(&self) -> Result<UnixAddressBuf, Error<'static>> {
        self.command(|core| core.address().map(UnixAddressBuf::new))?
            .map_err(Into::into)
    }

    /// The peer.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected.
    pub fn remote_address(&self) -> Result<UnixAddressBuf, Error<'static>> {
        self.command(|core| core.remote_address().map(UnixAddressBuf::new))?
            .map_err(Into::into)
    }

    /// How far binding is; a closed socket is unbound.
    #[must_use]
    pub fn bind_state(&self) -> BindState {
        self.look(CoreSocket::bind_state)
            .unwrap_or(BindState::Unbound)
    }

    /// How far connecting is; a closed socket has no peer.
    #[must_use]
    pub fn connect_state(&self) -> ConnectState {
        self.look(CoreSocket::connect_state)
            .unwrap_or(ConnectState::Disconnected)
    }

    /// Whether the socket takes no more calls.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.look(CoreSocket::is_closed).unwrap_or(true)
    }

    /// What has been counted since the socket was created; nothing when it has ended.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.look(CoreSocket::stats).unwrap_or_default()
    }

    /// Looks at the core's socket.
    fn look<R>(&self, look: impl FnOnce(&CoreSocket<'static>) -> R) -> Option<R> {
        self.host
            .with(|inner| inner.unix.as_ref()?.get(self.id).map(look))
    }

    /// One command.
    fn command<T, E: Into<Error<'static>>>(
        &self,
        command: impl FnOnce(&mut CoreSocket<'static>) -> Result<T, E>,
    ) -> Result<T, Error<'static>> {
        self.host.with(|inner| {
            let core = inner.unix.as_mut().and_then(|unix| unix.get_mut(self.id));
            let core = core.ok_or(Error::Misuse(Misuse::NotRunning))?;
            command(core).map_err(Into::into)
        })
    }

    /// Waits until `poll` is ready, which is asked again when there is news of the kind.
    async fn wait<T>(
        &self,
        interest: Interest,
        mut poll: impl FnMut(&CoreSocket<'static>, &mut Place) -> Poll<Result<T, Error<'static>>>,
    ) -> Result<T, Error<'static>> {
        let mut waiting = Waiting::new(self);
        poll_fn(|context| waiting.poll(interest, context, &mut poll)).await
    }
}

impl Seat for UnixSocket<'_> {
    type Core = CoreSocket<'static>;

    fn at<R>(&self, look: impl FnOnce(Option<&mut Self::Core>, Option<&mut Place>) -> R) -> R {
        self.host.with(|inner| {
            let Inner {
                unix, unix_inbox, ..
            } = inner;
            let core = unix.as_mut().and_then(|unix| unix.get_mut(self.id));
            look(core, unix_inbox.get(self.id))
        })
    }
}

impl Drop for UnixSocket<'_> {
    fn drop(&mut self) {
        // It may have been closed before.
        self.command(CoreSocket::close).ok();
        self.host.with(|inner| inner.unix_inbox.remove(self.id));
    }
}

impl fmt::Debug for UnixSocket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnixSocket")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The failure with the address as the caller gave it, if it is text.
fn named<'a>(error: Error<'static>, address: Option<UnixAddress<'a>>) -> Error<'a> {
    let name = address.and_then(|address| str::from_utf8(address.as_bytes()).ok());
    match (error, name) {
        (Error::System(system), Some(name)) => {
            let name = ErrorAddress::Name(name);
            SystemError::at(system.syscall, system.errno, name, 0).into()
        }
        _ => error,
    }
}
