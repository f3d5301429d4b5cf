//! The two error families of Node's `dgram`, with exact codes and texts.
//!
//! * [`Misuse`]: the caller's fault, returned by the call itself, nothing changed.
//! * [`SystemError`]: the world's fault: a system call, its [`Errno`], and where it was aimed.
//!
//! [`Error`] is either of them, for the calls and events where both can occur.

cfg_if::cfg_if! {
    if #[cfg(feature = "embedded-io")] {
        mod embedded;
    }
}
mod errno;
cfg_if::cfg_if! {
    if #[cfg(feature = "std")] {
        mod io;
    }
}
mod misuse;
mod system;

pub use errno::Errno;
pub use misuse::{Bound, Misuse};
pub use system::{ErrorAddress, Syscall, SystemError};

use core::fmt;

/// Either error family, where a call or an event can carry both.
///
/// `'a` is the lifetime of the host name in a [`SystemError`]; errors returned by calls are `'static`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Error<'a> {
    /// The caller's fault.
    Misuse(Misuse),
    /// The world's fault.
    System(SystemError<'a>),
}

impl<'a> Error<'a> {
    /// Node's `error.code`: `ERR_SOCKET_DGRAM_NOT_RUNNING`, `EADDRINUSE`, …
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Misuse(misuse) => misuse.code(),
            Self::System(error) => error.code(),
        }
    }

    /// The system error's number, `None` for a [`Misuse`].
    #[must_use]
    pub const fn errno(&self) -> Option<Errno> {
        match self {
            Self::Misuse(_) => None,
            Self::System(error) => Some(error.errno),
        }
    }

    /// The same error without a borrowed host name.
    #[must_use]
    pub fn without_name(self) -> Error<'static> {
        match self {
            Self::Misuse(misuse) => Error::Misuse(misuse),
            Self::System(error) => Error::System(error.without_name()),
        }
    }
}

impl From<Misuse> for Error<'_> {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl<'a> From<SystemError<'a>> for Error<'a> {
    fn from(error: SystemError<'a>) -> Self {
        Self::System(error)
    }
}

impl fmt::Display for Error<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misuse(misuse) => misuse.fmt(f),
            Self::System(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Error<'_> {}
