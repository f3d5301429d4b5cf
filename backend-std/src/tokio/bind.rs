//! Binding and connecting, and the addresses of both ends.

use core::future::Future;

use anydgram_core::{
    BindOptions, BindState, ConnectState, Destination, Endpoint, Errno, Host, Misuse,
    Socket as CoreSocket, Syscall, SystemError,
};

use super::Socket;
use super::lookup::{as_given, resolve};
use crate::error::Error;
use crate::options::SocketOptions;
use crate::step::Home as _;
use crate::sys::OsSocket;

impl Socket {
    /// Creates a socket and binds it: [`new`](Self::new), then [`bind`](Self::bind).
    ///
    /// # Errors
    /// As those.
    ///
    /// # Panics
    /// As [`bind`](Self::bind).
    ///
    /// # Examples
    /// ```
    /// # use anydgram_std::{BindOptions, SocketType, tokio::Socket};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), anydgram_std::Error> {
    /// let socket = Socket::bound(SocketType::Udp4, BindOptions::port(0).address("127.0.0.1")).await?;
    /// assert_ne!(socket.address()?.port, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn bound<'a>(
        options: impl Into<SocketOptions>,
        address: impl Into<BindOptions<'a>>,
    ) -> impl Future<Output = Result<Self, Error>> + Send {
        // The options may not leave this thread, but what is made of them may.
        let socket = Self::new(options);
        let address = address.into();
        async move {
            let socket = socket?;
            socket.bind(address).await?;
            Ok(socket)
        }
    }

    /// Binds the socket, and returns the address; [`Event::Listening`](super::Event::Listening) follows.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `ERR_SOCKET_ALREADY_BOUND` on a bound one;
    /// `getaddrinfo CODE name`; what the system refuses, as `bind CODE address:port`; for a descriptor
    /// `ERR_INVALID_FD_TYPE` and `open CODE`. The socket is unbound then.
    ///
    /// # Panics
    /// Outside of a tokio runtime, or in one without I/O.
    ///
    /// # Cancel safety
    /// Waits for the lookup of a name only; the socket is unbound until the future is ready.
    ///
    /// Node: `socket.bind`
    pub async fn bind<'a>(&self, options: impl Into<BindOptions<'a>>) -> Result<Endpoint, Error> {
        let options = options.into();
        let family = self.shared.with(|state| {
            check_unbound(&state.core)?;
            Ok::<_, Misuse>(state.core.family())
        })?;
        let host = if options.fd.is_some() {
            Host::Default
        } else {
            resolve(options.host, family).await?
        };
        self.call(|core| core.bind(options.address(host)))?;
        self.address()
    }

    /// Connects the socket to a peer: only its datagrams are received, and sends need no destination. Binds it first
    /// if it is unbound. [`Event::Connect`](super::Event::Connect) follows.
    ///
    /// # Errors
    /// `ERR_SOCKET_BAD_PORT` for port 0, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket,
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` on a connected one, `ERR_IP_BLOCKED`; `getaddrinfo CODE name`; what the system
    /// refuses, as `connect CODE address:port`.
    ///
    /// # Panics
    /// As [`bind`](Self::bind).
    ///
    /// # Cancel safety
    /// Waits for the lookup of a name only; the socket is not connected until the future is ready.
    ///
    /// Node: `socket.connect`
    pub async fn connect<'a>(&self, destination: impl Into<Destination<'a>>) -> Result<(), Error> {
        let given = destination.into();
        let family = self.shared.with(|state| {
            check_disconnected(&state.core, given.port)?;
            Ok::<_, Misuse>(state.core.family())
        })?;
        let host = resolve(given.host, family).await?;
        let peer = Destination::new(host, given.port);
        let outcome = self.call(|core| core.connect_sync(peer));
        outcome.map_err(|error| as_given(error, given))
    }

    /// Lets the peer go.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected; what the system refuses, as `connect CODE`.
    ///
    /// Node: `socket.disconnect`
    pub fn disconnect(&self) -> Result<(), Error> {
        self.call(CoreSocket::disconnect)
    }

    /// The address the socket is bound to, asked of the system.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `getsockname EBADF` before it is bound.
    ///
    /// Node: `socket.address`
    pub fn address(&self) -> Result<Endpoint, Error> {
        self.ask(
            Syscall::GetSockName,
            |core| core.address(),
            OsSocket::local_address,
        )
    }

    /// The connected peer, asked of the system.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected.
    ///
    /// Node: `socket.remoteAddress`
    #[doc(alias = "remoteAddress")]
    pub fn remote_address(&self) -> Result<Endpoint, Error> {
        self.ask(
            Syscall::GetPeerName,
            |core| core.remote_address(),
            OsSocket::peer_address,
        )
    }

    /// What only the system knows, if the core lets it be asked.
    pub(super) fn ask<C, T>(
        &self,
        syscall: Syscall,
        check: impl FnOnce(&CoreSocket<'static>) -> Result<C, anydgram_core::Error<'static>>,
        ask: impl FnOnce(&OsSocket) -> Result<T, Errno>,
    ) -> Result<T, Error> {
        self.shared.with(|state| {
            check(&state.core)?;
            let told = state.home.os().map_or(Err(Errno::EBADF), ask);
            told.map_err(|errno| SystemError::new(syscall, errno).into())
        })
    }
}

fn check_unbound(core: &CoreSocket<'_>) -> Result<(), Misuse> {
    if core.is_closed() {
        return Err(Misuse::NotRunning);
    }
    if core.bind_state() == BindState::Unbound {
        Ok(())
    } else {
        Err(Misuse::AlreadyBound)
    }
}

fn check_disconnected(core: &CoreSocket<'_>, port: u16) -> Result<(), Misuse> {
    if port == 0 {
        return Err(Misuse::BadPort { port: Some(port) });
    }
    if core.is_closed() {
        return Err(Misuse::NotRunning);
    }
    if core.connect_state() == ConnectState::Disconnected {
        Ok(())
    } else {
        Err(Misuse::IsConnected)
    }
}
