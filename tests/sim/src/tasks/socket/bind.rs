//! Binding, connecting, and the addresses that come of it.

use core::task::Poll;

use anydgram_core::{
    BindOptions, BindState, ConnectState, Destination, Endpoint, Error, ErrorAddress, Host, Misuse,
    Socket as CoreSocket, Syscall, SystemError,
};

use super::Socket;
use crate::tasks::inbox::Interest;

impl Socket<'_> {
    /// Binds the socket, and returns the address; [`Event::Listening`](crate::tasks::Event::Listening) follows.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `ERR_SOCKET_ALREADY_BOUND` on a bound one;
    /// `getaddrinfo CODE name`; `bind CODE address:port`: `EADDRINUSE`, `EADDRNOTAVAIL`. The socket is unbound then.
    ///
    /// # Cancel safety
    /// A future that was polled has begun to bind.
    ///
    /// Node: `socket.bind`
    pub async fn bind<'a>(
        &self,
        options: impl Into<BindOptions<'a>>,
    ) -> Result<Endpoint, Error<'a>> {
        let options = options.into();
        self.command(|core| core.bind(options))?;
        self.host.with(|inner| {
            if let Some(place) = inner.inbox.get(self.id) {
                place.failed_bind = None;
            }
        });
        let bound = self.wait(Interest::State, |core, place| {
            if let Some(error) = place.failed_bind.take() {
                return Poll::Ready(Err(error));
            }
            if core.is_closed() || core.bind_state() == BindState::Bound {
                return Poll::Ready(core.address());
            }
            Poll::Pending
        });
        bound
            .await
            .map_err(|error| as_given(error, options.host, options.port))
    }

    /// Connects the socket to a peer: only its datagrams are received, and sends need no destination. Binds it first if it is
    /// unbound. [`Event::Connect`](crate::tasks::Event::Connect) follows.
    ///
    /// # Errors
    /// `ERR_SOCKET_BAD_PORT` for port 0, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket,
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` on a connected one, `ERR_IP_BLOCKED`; `getaddrinfo CODE name`;
    /// `connect CODE address:port`: `ENETUNREACH`.
    ///
    /// # Cancel safety
    /// A future that was polled has begun to connect.
    ///
    /// Node: `socket.connect`
    pub async fn connect<'a>(
        &self,
        destination: impl Into<Destination<'a>>,
    ) -> Result<(), Error<'a>> {
        let given = destination.into();
        self.command(|core| core.connect(given))?;
        self.host.with(|inner| {
            if let Some(place) = inner.inbox.get(self.id) {
                place.failed_bind = None;
                place.failed_connect = None;
            }
        });
        let connected = self.wait(Interest::State, |core, place| {
            let failed = place.failed_connect.take();
            if let Some(error) = failed.or_else(|| place.failed_bind.take()) {
                return Poll::Ready(Err(error));
            }
            if core.is_closed() {
                return Poll::Ready(Err(Misuse::NotRunning.into()));
            }
            if core.connect_state() == ConnectState::Connected {
                return Poll::Ready(Ok(()));
            }
            Poll::Pending
        });
        connected
            .await
            .map_err(|error| as_given(error, given.host, given.port))
    }

    /// Lets the peer go.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected.
    ///
    /// Node: `socket.disconnect`
    pub fn disconnect(&self) -> Result<(), Error<'static>> {
        self.call(CoreSocket::disconnect)
    }

    /// The address the socket is bound to.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `getsockname EBADF` before it is bound.
    ///
    /// Node: `socket.address`
    pub fn address(&self) -> Result<Endpoint, Error<'static>> {
        self.look(CoreSocket::address)
            .unwrap_or(Err(Error::Misuse(Misuse::NotRunning)))
    }

    /// The connected peer.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected.
    ///
    /// Node: `socket.remoteAddress`
    #[doc(alias = "remoteAddress")]
    pub fn remote_address(&self) -> Result<Endpoint, Error<'static>> {
        self.look(CoreSocket::remote_address)
            .unwrap_or(Err(Error::Misuse(Misuse::NotRunning)))
    }
}

/// The failure with the host as the caller gave it, as Node has it.
pub(super) fn as_given<'a>(error: Error<'static>, host: Host<'a>, port: u16) -> Error<'a> {
    let (Error::System(system), Host::Name(name)) = (error, host) else {
        return error;
    };
    let is_bind = system.syscall == Syscall::Bind;
    match system.address {
        ErrorAddress::Undefined => SystemError::at(
            system.syscall,
            system.errno,
            ErrorAddress::Name(name),
            system.port,
        )
        .into(),
        ErrorAddress::Ip(_) if !is_bind => {
            SystemError::at(system.syscall, system.errno, ErrorAddress::Name(name), port).into()
        }
        ErrorAddress::None | ErrorAddress::Ip(_) | ErrorAddress::Name(_) | _ => error,
    }
}
