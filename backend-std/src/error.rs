//! The error of this crate: the core's error, with the host name it borrowed.

use core::fmt;
use std::io;

use crate::interfaces::Zoned;
use anydgram_core::{Errno, Error as CoreError, ErrorAddress, Misuse, Syscall, SystemError};

/// Why a call or an operation failed: Node's codes and texts, owned.
///
/// `Display` is Node's `error.message`, [`code`](Self::code) its `error.code`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: CoreError<'static>,
    /// The host as it was given, where the message names it.
    given: Option<Box<str>>,
}

impl Error {
    /// Node's `error.code`: `EADDRINUSE`, `ERR_SOCKET_DGRAM_NOT_RUNNING`, …
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The system error's number; `None` for a mistake of the caller.
    #[must_use]
    pub const fn errno(&self) -> Option<Errno> {
        self.kind.errno()
    }

    /// What failed; `None` for a mistake of the caller.
    #[must_use]
    pub const fn syscall(&self) -> Option<Syscall> {
        if let CoreError::System(error) = self.kind {
            Some(error.syscall)
        } else {
            None
        }
    }

    /// The caller's mistake; `None` for a system error.
    #[must_use]
    pub const fn misuse(&self) -> Option<Misuse> {
        if let CoreError::Misuse(misuse) = self.kind {
            Some(misuse)
        } else {
            None
        }
    }

    /// The same error as the core has it, with the host name lent.
    #[must_use]
    pub fn as_core(&self) -> CoreError<'_> {
        match (self.kind, self.given.as_deref()) {
            (CoreError::System(error), Some(name)) => {
                let name = ErrorAddress::Name(name);
                SystemError::at(error.syscall, error.errno, name, error.port).into()
            }
            (kind, _) => kind,
        }
    }

    /// The host, where the error names one that was given as text.
    pub(crate) fn naming(mut self, given: &str) -> Self {
        self.given = Some(given.into());
        self
    }
}

impl From<CoreError<'_>> for Error {
    fn from(error: CoreError<'_>) -> Self {
        let given = if let CoreError::System(error) = error {
            given_text(error.address)
        } else {
            None
        };
        Self {
            kind: error.without_name(),
            given,
        }
    }
}

impl From<Misuse> for Error {
    fn from(misuse: Misuse) -> Self {
        CoreError::from(misuse).into()
    }
}

impl From<SystemError<'_>> for Error {
    fn from(error: SystemError<'_>) -> Self {
        CoreError::from(error).into()
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = error.errno().map_or(io::ErrorKind::InvalidInput, |errno| {
            crate::errno::to_io(errno).kind()
        });
        Self::new(kind, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_core().fmt(f)?;
        match (&self.given, self.kind) {
            (Some(given), CoreError::Misuse(Misuse::NotNumeric { .. })) => {
                write!(f, " Received '{given}'")
            }
            _ => Ok(()),
        }
    }
}

impl core::error::Error for Error {}

/// The host as Node prints it, where that is not what the core prints: names, and zones by interface name.
fn given_text(address: ErrorAddress<'_>) -> Option<Box<str>> {
    if let ErrorAddress::Name(name) = address {
        return Some(name.into());
    }
    if let ErrorAddress::Ip(address) = address
        && address.scope_id() != 0
    {
        return Some(Zoned(address).to_string().into());
    }
    None
}
