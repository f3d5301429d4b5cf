//! Async Unix datagram sockets on tokio.
//!
//! What [`Socket`](super::Socket) is for UDP: no background task, a lock that is never held across an `.await`, futures
//! that have changed nothing until they are ready. Only sending and receiving may have to wait; to bind and to connect are
//! calls on the file system, which are carried out at once.

mod receive;
mod send;

use core::fmt;
use std::sync::{Mutex, PoisonError};

use alloc::sync::Arc;

use anydgram_core::{
    BindState, ConnectState, Errno, Event, Limits, Stats, Syscall, SystemError, UnixAddress,
    UnixAddressBuf, UnixBind, UnixSocket as CoreSocket,
};
use tokio::runtime::Handle;

pub use receive::UnixRecvMeta;

use super::signal::Signal;
use crate::errno;
use crate::error::Error;
use crate::sys::OsUnixSocket;
use crate::sys::watched::Watched;
use crate::unix::{Step, step};

/// A Unix datagram socket with async methods. Clones are the same socket; it is closed, and its file removed, with the
/// last one, at the latest.
///
/// Its methods have the names of [`Socket`](super::Socket)'s, with paths (or abstract names, `@name`, on Linux) in place of hosts
/// and ports, and what they do is what the event loop's [`UnixSocket`](crate::UnixSocket) does.
///
/// # Examples
/// ```
/// use anydgram_std::tokio::UnixSocket;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("server.sock");
/// # let path = path.to_str().expect("it is text");
/// let server = UnixSocket::bound(path)?;
/// let client = UnixSocket::new()?;
/// client.send_to("hello", path).await?;
///
/// let mut buffer = [0; 2048];
/// let (length, _meta) = server.recv_from(&mut buffer).await?;
/// assert_eq!(&buffer[..length], b"hello");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct UnixSocket {
    shared: Arc<Shared>,
}

/// What the clones of a socket share.
struct Shared {
    state: Mutex<State>,
    /// There may be a datagram.
    readable: Arc<Signal>,
    /// There may be room to send.
    room: Arc<Signal>,
}

/// Invariant: between two calls the core has nothing to do, and nothing to tell.
struct State {
    core: CoreSocket<'static>,
    /// Until it is closed.
    os: Option<Watched<OsUnixSocket>>,
    runtime: Handle,
}

impl UnixSocket {
    /// Creates a socket. It is unbound, and can send, but nobody can answer it.
    ///
    /// # Errors
    /// `open` with what the system has against another socket.
    ///
    /// # Panics
    /// Outside of a tokio runtime, or in one without I/O.
    ///
    /// Node: `dgram.createSocket('unix_dgram')`, until 0.5
    #[doc(alias = "createSocket")]
    pub fn new() -> Result<Self, Error> {
        let failed = |errno| SystemError::new(Syscall::Open, errno);
        let os = OsUnixSocket::open().map_err(failed)?;
        let watched = Watched::new(os).map_err(|(_os, error)| failed(errno::from_io(&error)))?;
        let state = State {
            core: CoreSocket::with_heap(Limits::new()),
            os: Some(watched),
            runtime: Handle::current(),
        };
        Ok(Self {
            shared: Arc::new(Shared {
                state: Mutex::new(state),
                readable: Arc::default(),
                room: Arc::default(),
            }),
        })
    }

    /// Creates a socket that is bound.
    ///
    /// # Errors
    /// As [`new`](Self::new) and [`bind`](Self::bind).
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn bound<'a>(options: impl Into<UnixBind<'a>>) -> Result<Self, Error> {
        let socket = Self::new()?;
        socket.bind(options)?;
        Ok(socket)
    }

    /// Binds the socket to a path, an abstract name (`@name`, Linux), or with [`UnixBind`].
    ///
    /// # Errors
    /// `ERR_SOCKET_ALREADY_BOUND` unless it is unbound, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket,
    /// `ERR_SOCKET_DGRAM_BAD_PATH` for an address that no system can take; what bind(2) says, with the path, for example
    /// `bind EADDRINUSE /run/app.sock`, and the other reasons of the event loop's [`bind`](crate::UnixSocket::bind).
    ///
    /// Node: `socket.bind(path)`, until 0.5
    pub fn bind<'a>(&self, options: impl Into<UnixBind<'a>>) -> Result<(), Error> {
        self.call(|core| core.bind(options))
    }

    /// Connects the socket to a peer. Datagrams need no destination then, wait while the peer's queue is full, and come from
    /// the peer only, which the system sees to.
    ///
    /// A peer that has gone fails the next send with `ECONNREFUSED`; to reach its successor at the same path, disconnect and
    /// connect again.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` while it is connected, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket,
    /// `ERR_SOCKET_DGRAM_BAD_PATH` for an address that no system can take; what connect(2) says, with the path.
    pub fn connect<'a>(&self, peer: impl Into<UnixAddress<'a>>) -> Result<(), Error> {
        self.call(|core| core.connect(peer))
    }

    /// Lets the peer go.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected; else `connect` with the system's reason, and it stays connected.
    pub fn disconnect(&self) -> Result<(), Error> {
        let disconnected = self.call(CoreSocket::disconnect);
        // Those that wait for room need a destination now.
        self.shared.room.wake_all();
        disconnected
    }

    /// Closes the socket and removes its file. Calls that wait, in any task, fail with `ERR_SOCKET_DGRAM_NOT_RUNNING`.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` if it has been closed before.
    ///
    /// Node: `socket.close`
    pub fn close(&self) -> Result<(), Error> {
        let closed = self.call(CoreSocket::close);
        self.shared.readable.wake_all();
        self.shared.room.wake_all();
        closed
    }

    /// The address the socket is bound to.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `getsockname EBADF` before it is bound.
    ///
    /// Node: `socket.address`
    pub fn address(&self) -> Result<UnixAddressBuf, Error> {
        self.shared
            .with(|state| Ok(UnixAddressBuf::new(state.core.address()?)?))
    }

    /// The peer.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected.
    ///
    /// Node: `socket.remoteAddress`
    #[doc(alias = "remoteAddress")]
    pub fn remote_address(&self) -> Result<UnixAddressBuf, Error> {
        self.shared
            .with(|state| Ok(UnixAddressBuf::new(state.core.remote_address()?)?))
    }

    /// Has datagrams tell [who sent them](crate::UnixAncillary::credentials), or no longer: as the event loop's
    /// [`pass_credentials`](crate::UnixSocket::pass_credentials).
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `recvmsg ENOTSUP` but on Linux.
    pub fn pass_credentials(&self, on: bool) -> Result<(), Error> {
        self.configure(|os| os.pass_credentials(on))
    }

    /// Has datagrams bring [descriptors](crate::UnixAncillary::take_descriptors): as the event loop's
    /// [`receive_descriptors`](crate::UnixSocket::receive_descriptors).
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `recvmsg EINVAL` for more than 253, `recvmsg ENOTSUP` but on
    /// Linux.
    pub fn receive_descriptors(&self, most: usize) -> Result<(), Error> {
        self.configure(|os| os.receive_descriptors(most))
    }

    /// Whether the socket is closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.with(|state| state.core.is_closed())
    }

    /// Whether the socket is bound.
    #[must_use]
    pub fn bind_state(&self) -> BindState {
        self.shared.with(|state| state.core.bind_state())
    }

    /// Whether the socket is connected.
    #[must_use]
    pub fn connect_state(&self) -> ConnectState {
        self.shared.with(|state| state.core.connect_state())
    }

    /// What has been counted since the socket was created.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.with(|state| state.core.stats())
    }

    /// One command, and everything that it asks for.
    fn call<E: Into<Error>>(
        &self,
        command: impl FnOnce(&mut CoreSocket<'static>) -> Result<(), E>,
    ) -> Result<(), Error> {
        self.shared.with(|state| {
            command(&mut state.core).map_err(Into::into)?;
            state.advance()
        })
    }

    fn configure(
        &self,
        work: impl FnOnce(&mut OsUnixSocket) -> Result<(), Errno>,
    ) -> Result<(), Error> {
        self.shared.with(|state| {
            let Some(watched) = state.os.as_mut() else {
                return Err(anydgram_core::Misuse::NotRunning.into());
            };
            work(watched.os_mut()).map_err(|errno| SystemError::new(Syscall::RecvMsg, errno).into())
        })
    }
}

impl Shared {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        // Nothing of the application's runs under the lock, so a poisoned one is as good as any.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut state)
    }
}

impl State {
    /// Carries out what the core asks for; what failed of that.
    fn advance(&mut self) -> Result<(), Error> {
        let mut result = Ok(());
        while let Some(step) = step(&mut self.core, self.os.as_mut().map(Watched::os_mut)) {
            match step {
                Step::Done => {}
                Step::Refused(error) => result = Err(error.into()),
                Step::Closed => self.os = None,
            }
        }
        while let Some(event) = self.core.poll_event() {
            if let Event::Error { error, .. } = event {
                result = Err(error.into());
            }
        }
        result
    }
}

impl fmt::Debug for UnixSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.with(|state| {
            f.debug_struct("UnixSocket")
                .field("core", &state.core)
                .finish_non_exhaustive()
        })
    }
}
