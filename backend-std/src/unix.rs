//! Unix datagram sockets of the event loop: Node's `unix_dgram`, as it was until 0.5, with today's callbacks and events.
//!
//! [`UnixSocket`] is to [`anydgram_core::UnixSocket`] what [`Socket`](crate::Socket) is to the core's socket: calls go to the
//! core, which checks them, and what is to be done is carried out in a turn of the event loop. Where a system has no Unix
//! datagrams, [`EventLoop::create_unix_socket`](crate::EventLoop::create_unix_socket) says so.

mod ancillary;
mod event;
mod listeners;
mod send;
mod step;

use core::cell::{Cell, RefCell};
use core::fmt;

use alloc::rc::Rc;

use anydgram_core::{
    BindState, ConnectState, Limits, Stats, Syscall, SystemError, UnixAddress, UnixAddressBuf,
    UnixBind, UnixSocket as CoreSocket,
};
use mio::Interest;

pub use ancillary::{UnixAncillary, UnixCredentials};
pub use event::{UnixEvent, UnixListener};
pub(crate) use step::{Flushed, Step, flush, step};

use crate::backlog::Backlog;
use crate::emitter::{Emitter, EventName};
use crate::error::Error;
use crate::event_loop::Shared;
use crate::send_calls::SendCalls;
use crate::sys::OsUnixSocket;

/// A Unix datagram socket. Clones are handles of the same socket.
///
/// It is closed by [`close`](Self::close), or at the end of its event loop, or, while it is unbound and has nothing to do, with
/// its last handle. Its file goes with it. A process that is killed leaves the file; the next bind replaces it if nobody
/// answers on it, see [`UnixBind::replace_stale`].
///
/// # Examples
/// ```
/// # #[cfg(unix)] {
/// use anydgram_std::{EventLoop, UnixDatagram};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("server.sock");
/// # let path = path.to_str().expect("it is text");
/// let event_loop = EventLoop::new()?;
/// let server = event_loop.create_unix_socket()?;
/// server.on_message(|server, message| {
///     assert_eq!(message.data, b"hello");
///     server.close().expect("it is open");
/// });
/// server.bind(path)?;
///
/// let client = event_loop.create_unix_socket()?;
/// server.on_listening({
///     let path = path.to_owned();
///     move |_| client.send(UnixDatagram::new("hello").to(path.as_str())).expect("it is open")
/// });
/// event_loop.run()?;
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Node: `dgram.createSocket('unix_dgram')`, until 0.5
#[derive(Clone)]
pub struct UnixSocket(pub(crate) Rc<Inner>);

/// A socket, shared by its handles.
pub(crate) struct Inner {
    pub(crate) state: RefCell<State>,
    emitter: Emitter<UnixListener>,
    pub(crate) shared: Rc<Shared>,
    /// Its place in the event loop.
    pub(crate) place: Cell<Option<usize>>,
    /// What the system is asked to tell.
    pub(crate) watched: Cell<Option<Interest>>,
    /// Whether it keeps the event loop running while it is bound.
    is_referenced: Cell<bool>,
    is_alive: Cell<bool>,
    pub(crate) is_scheduled: Cell<bool>,
    pub(crate) is_readable: Cell<bool>,
    pub(crate) backlog: Backlog,
}

/// What is never borrowed while the application's code runs.
pub(crate) struct State {
    pub(crate) core: CoreSocket<'static>,
    /// Until it is closed.
    pub(crate) os: Option<OsUnixSocket>,
    pub(crate) sent: SendCalls,
}

impl UnixSocket {
    pub(crate) fn create(shared: &Rc<Shared>) -> Result<Self, Error> {
        let os = OsUnixSocket::open().map_err(|errno| SystemError::new(Syscall::Open, errno))?;
        let state = State {
            core: CoreSocket::with_heap(Limits::new()),
            os: Some(os),
            sent: SendCalls::default(),
        };
        Ok(Self(Rc::new(Inner {
            state: RefCell::new(state),
            emitter: Emitter::new(),
            shared: Rc::clone(shared),
            place: Cell::new(None),
            watched: Cell::new(None),
            is_referenced: Cell::new(true),
            is_alive: Cell::new(false),
            is_scheduled: Cell::new(false),
            is_readable: Cell::new(false),
            backlog: Backlog::default(),
        })))
    }

    /// Binds the socket to a path, an abstract name (`@name`, Linux), or with [`UnixBind`]; `listening` follows, or `error` and
    /// the socket is unbound again.
    ///
    /// # Errors
    /// `ERR_SOCKET_ALREADY_BOUND` unless it is unbound, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket,
    /// `ERR_SOCKET_DGRAM_BAD_PATH` for an address that no system can take. As an event: what bind(2) says, with the path, for
    /// example `bind EADDRINUSE /run/app.sock` where something is that must not be replaced; `ENAMETOOLONG` for a path that is
    /// longer than this system's paths (103 bytes but on Linux); `ENOTSUP` for abstract names but on Linux; `EINVAL` for a
    /// [`mode`](UnixBind::mode) that is more than permission bits, or that there is no file for.
    ///
    /// Node: `socket.bind(path)`, until 0.5
    pub fn bind<'a>(&self, options: impl Into<UnixBind<'a>>) -> Result<(), Error> {
        self.0.state.borrow_mut().core.bind(options)?;
        self.0.shared.schedule_unix(self);
        Ok(())
    }

    /// [`bind`](Self::bind), with a listener of the next `listening`.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub fn bind_with<'a>(
        &self,
        options: impl Into<UnixBind<'a>>,
        callback: impl Fn(&Self) + 'static,
    ) -> Result<(), Error> {
        self.bind(options)?;
        self.once(EventName::Listening, move |socket, _| callback(socket));
        Ok(())
    }

    /// Connects the socket to a peer; `connect` follows, or `error` and the socket is disconnected again. Datagrams need no
    /// destination then, wait while the peer's queue is full, and come from the peer only, which the system sees to.
    ///
    /// A peer that has gone fails the next send with `ECONNREFUSED`; to reach its successor at the same path, disconnect and
    /// connect again.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` while it is connected or connecting, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket,
    /// `ERR_SOCKET_DGRAM_BAD_PATH` for an address that no system can take.
    pub fn connect<'a>(&self, peer: impl Into<UnixAddress<'a>>) -> Result<(), Error> {
        self.0.state.borrow_mut().core.connect(peer)?;
        self.0.shared.schedule_unix(self);
        Ok(())
    }

    /// Lets the peer go.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected; else `connect` with the system's reason, and it stays connected.
    pub fn disconnect(&self) -> Result<(), Error> {
        self.0.state.borrow_mut().core.disconnect()?;
        let refused = self.0.shared.advance_unix(self);
        self.0.shared.schedule_unix(self);
        refused.map_or(Ok(()), Err)
    }

    /// Closes the socket and removes its file, at once; `close` follows. Sends that have not left complete with `ECANCELED`.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` if it has been closed before.
    ///
    /// Node: `socket.close`
    pub fn close(&self) -> Result<(), Error> {
        self.0.state.borrow_mut().core.close()?;
        let refused = self.0.shared.advance_unix(self);
        debug_assert!(refused.is_none(), "a closed socket asks for nothing else");
        self.0.shared.schedule_unix(self);
        Ok(())
    }

    /// The address the socket is bound to.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `getsockname EBADF` before it is bound.
    ///
    /// Node: `socket.address`
    pub fn address(&self) -> Result<UnixAddressBuf, Error> {
        let state = self.0.state.borrow();
        let address = state.core.address()?;
        Ok(UnixAddressBuf::new(address)?)
    }

    /// The peer.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected.
    ///
    /// Node: `socket.remoteAddress`
    #[doc(alias = "remoteAddress")]
    pub fn remote_address(&self) -> Result<UnixAddressBuf, Error> {
        let state = self.0.state.borrow();
        let peer = state.core.remote_address()?;
        Ok(UnixAddressBuf::new(peer)?)
    }

    /// How far binding is.
    #[must_use]
    pub fn bind_state(&self) -> BindState {
        self.0.state.borrow().core.bind_state()
    }

    /// How far connecting is.
    #[must_use]
    pub fn connect_state(&self) -> ConnectState {
        self.0.state.borrow().core.connect_state()
    }

    /// Whether the socket takes no more calls.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.state.borrow().core.is_closed()
    }

    /// What has been counted since the socket was created.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.state.borrow().core.stats()
    }

    /// Has the socket keep the event loop running while it is bound. The default.
    ///
    /// Node: `socket.ref`
    #[doc(alias = "ref")]
    pub fn reference(&self) {
        self.0.is_referenced.set(true);
        self.count_alive();
    }

    /// Lets the event loop end while the socket is bound.
    ///
    /// Node: `socket.unref`
    #[doc(alias = "unref")]
    pub fn unreference(&self) {
        self.0.is_referenced.set(false);
        self.count_alive();
    }

    /// Tells the event loop whether it has to wait for the socket.
    pub(crate) fn count_alive(&self) {
        let is_alive = self.0.is_referenced.get() && self.bind_state() == BindState::Bound;
        if self.0.is_alive.replace(is_alive) != is_alive {
            self.0.shared.count_alive(is_alive);
        }
    }

    /// Whether nothing can happen with it by itself.
    pub(crate) fn is_idle(&self) -> bool {
        let state = self.0.state.borrow();
        state.core.bind_state() == BindState::Unbound && !state.core.is_ready()
    }

    /// Ends a socket whose event loop has ended.
    pub(crate) fn abandon(&self) {
        self.0.place.set(None);
        let mut state = self.0.state.borrow_mut();
        if state.core.close().is_err() {
            log::debug!("the socket was closed already");
        }
        let taken = (state.os.take(), core::mem::take(&mut state.sent));
        drop(state);
        drop(taken);
        self.0.emitter.remove_all(self, None);
    }
}

impl fmt::Debug for UnixSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.state.try_borrow();
        let core = state.as_ref().map(|state| &state.core);
        f.debug_struct("UnixSocket")
            .field("core", &core.ok())
            .field("listeners", &self.0.emitter)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
