//! Binding a Unix socket: to a path, an abstract name, or a name of the system's choice.

use super::{Progress, UnixAddress, UnixAddressBuf, UnixBindRequest, UnixSocket};
use crate::error::{Errno, Error, Misuse, Syscall, SystemError};
use crate::event::{Event, PendingEvent};
use crate::payload::Payload;
use crate::queue::Kind;
use crate::socket::BindState;
use crate::stats::count;

/// Where to bind a [`UnixSocket`].
///
/// ```
/// use anydgram_core::UnixBind;
/// let private = UnixBind::new("/run/app.sock").mode(0o600);
/// let reply_to_me = UnixBind::automatic();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct UnixBind<'a> {
    /// The address; `None`: an abstract name of the system's choice.
    pub address: Option<UnixAddress<'a>>,
    /// See [`UnixBind::mode`].
    pub mode: Option<u32>,
    /// See [`UnixBind::replace_stale`].
    pub replace_stale: bool,
}

impl<'a> UnixBind<'a> {
    /// Binds to `address`.
    #[must_use]
    pub fn new(address: impl Into<UnixAddress<'a>>) -> Self {
        Self {
            address: Some(address.into()),
            ..Self::automatic()
        }
    }

    /// Binds to an abstract name of the system's choice, so that others can answer. Linux only.
    ///
    /// Linux: unix(7), autobind
    #[must_use]
    pub const fn automatic() -> Self {
        Self {
            address: None,
            mode: None,
            replace_stale: true,
        }
    }

    /// Gives the file these permission bits, at most `0o777`; without, the process' umask decides. Who may write to the file
    /// may send to the socket. Abstract names have no permissions, and ignore nothing: the bind fails with `EINVAL`.
    #[must_use]
    pub const fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Whether a socket file that nobody answers on is replaced, such as one that a crash has left. Default `true`. A socket
    /// that is in use, and a file that is none, is `EADDRINUSE` with either.
    #[must_use]
    pub const fn replace_stale(mut self, on: bool) -> Self {
        self.replace_stale = on;
        self
    }
}

impl<'a, A: Into<UnixAddress<'a>>> From<A> for UnixBind<'a> {
    fn from(address: A) -> Self {
        Self::new(address)
    }
}

/// What a bind was asked for, besides its address.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Details {
    mode: Option<u32>,
    replace_stale: bool,
}

impl Details {
    pub(super) const fn request(self, address: Option<UnixAddress<'_>>) -> UnixBindRequest<'_> {
        UnixBindRequest {
            address,
            mode: self.mode,
            replace_stale: self.replace_stale,
        }
    }
}

impl UnixSocket<'_> {
    /// Binds the socket; `Listening` follows, or `Error` and the socket is unbound again.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, [`Misuse::AlreadyBound`] unless it is unbound, [`Misuse::BadPath`] for an
    /// address that no system can take, [`Misuse::QueueFull`] when there is no memory for the address or for the event to
    /// come.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Storage, UnixBind, UnixSocket};
    /// # let mut storage: Storage<64, 1, 0, 4, 0> = Storage::new();
    /// # let mut socket = UnixSocket::new(&mut storage);
    /// socket.bind(UnixBind::new("/run/app.sock").mode(0o660))?;
    /// # Ok::<(), anydgram_core::Misuse>(())
    /// ```
    ///
    /// Node: `socket.bind(path)`, until 0.5
    pub fn bind<'a>(&mut self, options: impl Into<UnixBind<'a>>) -> Result<(), Misuse> {
        let UnixBind {
            address,
            mode,
            replace_stale,
        } = options.into();
        self.check_running()?;
        if self.bind != Progress::None {
            return Err(Misuse::AlreadyBound);
        }
        let nothing = Payload::Slice(&[]);
        self.push_reserving(Kind::Bind, address, &nothing, true)?;
        self.bind = Progress::Queued;
        self.details = Details {
            mode,
            replace_stale,
        };
        Ok(())
    }

    /// The backend has done [`UnixAction::Bind`](crate::UnixAction::Bind): the address the socket is bound to, or why not.
    pub fn handle_bind(&mut self, outcome: Result<UnixAddress<'_>, Errno>) {
        let entry = self.first_open(|entry| entry.kind == Kind::Bind);
        let (Progress::Issued, Some(entry)) = (self.bind, entry) else {
            count(&mut self.stats.stale);
            return;
        };
        match outcome {
            Ok(local) => {
                self.bind = Progress::Done;
                // A backend that tells an address that can be none has none to tell.
                self.local = UnixAddressBuf::new(local).unwrap_or_default();
                self.release(entry.number);
                self.push_reserved(PendingEvent::Ready(Event::Listening));
            }
            Err(errno) => {
                self.bind = Progress::None;
                self.settle(entry.number, errno);
                self.cancel_calls();
            }
        }
    }

    /// The address the socket is bound to.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, `getsockname EBADF` before it is bound, as in
    /// [`Socket::address`](crate::Socket::address).
    ///
    /// Node: `socket.address`
    pub fn address(&self) -> Result<UnixAddress<'_>, Error<'static>> {
        self.check_running()?;
        let local = self.local.address();
        local.ok_or_else(|| SystemError::new(Syscall::GetSockName, Errno::EBADF).into())
    }

    /// How far binding is.
    #[must_use]
    pub const fn bind_state(&self) -> BindState {
        match self.bind {
            Progress::None => BindState::Unbound,
            Progress::Queued | Progress::Issued => BindState::Binding,
            Progress::Done => BindState::Bound,
        }
    }

    pub(super) const fn check_running(&self) -> Result<(), Misuse> {
        if self.is_closed {
            Err(Misuse::NotRunning)
        } else {
            Ok(())
        }
    }
}
