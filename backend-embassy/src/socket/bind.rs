//! Binding, connecting, and the addresses that come of it.

use anydgram_core::{
    BindOptions, BindState, ConnectState, Destination, Endpoint, Error, Host as GivenHost, Misuse,
    Socket as CoreSocket,
};

use super::{Socket, send};

impl Socket<'_> {
    /// Binds the socket, and returns the address; [`Event::Listening`](crate::Event::Listening) follows.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `ERR_SOCKET_ALREADY_BOUND` on a bound one;
    /// `getaddrinfo CODE name`; `bind CODE address:port`: `EADDRINUSE`, `EADDRNOTAVAIL`. The socket is unbound then.
    ///
    /// # Cancel safety
    /// Waits for the lookup of a name only; the socket is unbound until the future is ready.
    ///
    /// Node: `socket.bind`
    pub async fn bind<'a>(
        &self,
        options: impl Into<BindOptions<'a>>,
    ) -> Result<Endpoint, Error<'a>> {
        let options = options.into();
        let checked = self.look(|core| {
            check_unbound(core)?;
            Ok::<_, Misuse>(core.family())
        });
        let family = checked.unwrap_or(Err(Misuse::NotRunning))?;
        let host = self.host.resolve(options.host, family).await?;
        self.bind_now(options.address(host))
    }

    fn bind_now(&self, options: BindOptions<'_>) -> Result<Endpoint, Error<'static>> {
        self.command(|core| core.bind_sync(options).map_err(Error::from))?;
        self.address()
    }

    /// Connects the socket to a peer: only its datagrams are received, and sends need no destination. Binds it first
    /// if it is unbound. [`Event::Connect`](crate::Event::Connect) follows.
    ///
    /// # Errors
    /// `ERR_SOCKET_BAD_PORT` for port 0, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket,
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` on a connected one, `ERR_IP_BLOCKED`; `getaddrinfo CODE name`;
    /// `connect CODE address:port`: `ENETUNREACH`.
    ///
    /// # Cancel safety
    /// Waits for the lookup of a name only; the socket is not connected until the future is ready.
    ///
    /// Node: `socket.connect`
    pub async fn connect<'a>(
        &self,
        destination: impl Into<Destination<'a>>,
    ) -> Result<(), Error<'a>> {
        let given = destination.into();
        let checked = self.look(|core| {
            check_disconnected(core, given.port)?;
            Ok::<_, Misuse>(core.family())
        });
        let family = checked.unwrap_or(Err(Misuse::NotRunning))?;
        let host = self.host.resolve(given.host, family).await?;
        let outcome = self.connect_now(host, given.port);
        outcome.map_err(|error| send::as_given(error, given))
    }

    fn connect_now(&self, host: GivenHost<'_>, port: u16) -> Result<(), Error<'static>> {
        self.command(|core| {
            core.connect_sync(Destination::new(host, port))
                .map_err(Error::from)
        })
    }

    /// Lets the peer go.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_CONNECTED` unless it is connected.
    ///
    /// Node: `socket.disconnect`
    pub fn disconnect(&self) -> Result<(), Error<'static>> {
        self.command(|core| core.disconnect().map_err(Error::from))
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
