//! Binding, and the addresses of both ends.

use anydgram_core::{BindOptions, Endpoint, Errno, Host, Operation, Syscall, SystemError};

use super::Socket;
use crate::emitter::EventName;
use crate::error::Error;
use crate::event::Listener;
use crate::sys::OsSocket;

impl Socket {
    /// Binds the socket; `listening` follows, or `error` and the socket is unbound again.
    ///
    /// A descriptor ([`BindOptions::fd`]) is adopted within the call: `listening` is emitted before it returns, and
    /// a failure is its result.
    ///
    /// In a worker of a [cluster](crate::cluster), a bind that is not exclusive asks the primary, whose descriptor it is
    /// then; it ends later, by event.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, `ERR_SOCKET_ALREADY_BOUND` unless it is unbound; for a
    /// descriptor `ERR_INVALID_FD_TYPE` and `open CODE`.
    ///
    /// # Examples
    /// ```no_run
    /// # use anydgram_std::{BindOptions, EventLoop, SocketType};
    /// # let event_loop = EventLoop::new()?;
    /// let socket = event_loop.create_socket(SocketType::Udp4)?;
    /// socket.bind(BindOptions::port(41_234).address("127.0.0.1"))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Node: `socket.bind`
    pub fn bind<'a>(&self, options: impl Into<BindOptions<'a>>) -> Result<(), Error> {
        self.bind_calling(options.into(), None)
    }

    /// Binds the socket, and has `callback` called with its next `listening` event.
    ///
    /// # Errors
    /// As [`bind`](Self::bind); `callback` is not a listener then.
    ///
    /// Node: `socket.bind(options, callback)`
    pub fn bind_with<'a>(
        &self,
        options: impl Into<BindOptions<'a>>,
        callback: impl Fn(&Self) + 'static,
    ) -> Result<(), Error> {
        let callback = Listener::new(move |socket, _| callback(socket));
        self.bind_calling(options.into(), Some(callback))
    }

    /// Binds the socket within the call, and returns the address. `listening` follows unless it is closed by then.
    ///
    /// # Errors
    /// As [`bind`](Self::bind); `ERR_INVALID_ARG_VALUE` for a host name, which this call never looks up; what the
    /// system refuses, as `bind CODE address:port`. The socket is unbound then.
    ///
    /// Node: `socket.bindSync`
    #[doc(alias = "bindSync")]
    pub fn bind_sync<'a>(&self, options: impl Into<BindOptions<'a>>) -> Result<Endpoint, Error> {
        let options = numeric(options.into());
        let outcome = self.0.state.borrow_mut().core.bind_sync(options);
        outcome.map_err(|misuse| refusal(misuse, options.host))?;
        self.within_call(Operation::Bind)?;
        Ok(self.0.state.borrow().core.address()?)
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

    /// Takes the bind's callback out of the listeners: it has failed.
    pub(crate) fn forget_bind_callback(&self) {
        let mut state = self.0.state.borrow_mut();
        let listener = state.calls_in_use().and_then(|calls| calls.bind.take());
        drop(state);
        if let Some(listener) = listener {
            self.off(EventName::Listening, &listener);
        }
    }

    /// Does everything now, and returns how the operation of this call ended.
    pub(super) fn within_call(&self, operation: Operation) -> Result<(), Error> {
        let advanced = self.0.shared.advance(self, Some(operation));
        self.0.shared.schedule(self);
        advanced.claimed.map_or(Ok(()), Err)
    }

    fn bind_calling(
        &self,
        options: BindOptions<'_>,
        callback: Option<Listener>,
    ) -> Result<(), Error> {
        let host = super::lookup::numeric_if_known(options.host);
        let options = options.address(host);
        // In a worker it is a descriptor of the primary, and the answer comes later.
        let is_shared = self.0.shared.is_worker() && !options.exclusive;
        let own_fd = options.fd.filter(|_| !is_shared);
        if let Some(fd) = own_fd {
            self.0.shared.check_unknown(fd)?;
        }
        let mut state = self.0.state.borrow_mut();
        state.core.bind(options)?;
        let zoned = match host {
            Host::Name(name) if name.contains('%') => Some(name.into()),
            Host::Default | Host::Ip(_) | Host::Name(_) => None,
        };
        if zoned.is_some() || state.rare.is_some() {
            state.rare_mut().calls.bind_zoned = zoned;
        }
        drop(state);
        if let Some(callback) = callback {
            self.once_listener(EventName::Listening, &callback);
            self.0.state.borrow_mut().rare_mut().calls.bind = Some(callback);
        }
        if own_fd.is_some() {
            let advanced = self.0.shared.advance(self, Some(Operation::Bind));
            if let Some(error) = advanced.claimed {
                self.forget_bind_callback();
                return Err(error);
            }
            self.0.shared.tell_now(self);
        } else if self.has_own_lookup() {
            self.0.shared.advance_now(self);
        }
        self.0.shared.schedule(self);
        Ok(())
    }

    fn ask(
        &self,
        syscall: Syscall,
        check: impl FnOnce(
            &anydgram_core::Socket<'static>,
        ) -> Result<Endpoint, anydgram_core::Error<'static>>,
        ask: impl FnOnce(&OsSocket) -> Result<Endpoint, Errno>,
    ) -> Result<Endpoint, Error> {
        let state = self.0.state.borrow();
        let known = check(&state.core)?;
        let told = state.os.as_ref().map_or(Ok(known), ask);
        told.map_err(|errno| SystemError::new(syscall, errno).into())
    }
}

/// The options with a zone's name resolved.
fn numeric(options: BindOptions<'_>) -> BindOptions<'_> {
    let host = super::lookup::numeric(options.host);
    options.address(host)
}

/// What a call that never looks names up says of one.
pub(super) fn refusal(misuse: anydgram_core::Misuse, host: Host<'_>) -> Error {
    let error = Error::from(misuse);
    match host {
        Host::Name(name) => error.naming(name),
        Host::Default | Host::Ip(_) => error,
    }
}
