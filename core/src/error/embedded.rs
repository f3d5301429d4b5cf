//! Errors as [`embedded_io::Error`]: feature `embedded-io`.
//!
//! Owns which [`ErrorKind`] belongs to which [`Errno`], for the adapters of every backend. `embedded-io-async` has the
//! same trait.

use embedded_io::ErrorKind;

use super::{Errno, Error, Misuse, SystemError};

impl embedded_io::Error for Errno {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::EACCES | Self::EPERM => ErrorKind::PermissionDenied,
            Self::EADDRINUSE => ErrorKind::AddrInUse,
            // For embedded-io one kind: an interface that does not exist, an address that is not local.
            Self::EADDRNOTAVAIL | Self::ENODEV | Self::ENXIO => ErrorKind::AddrNotAvailable,
            Self::ECONNABORTED => ErrorKind::ConnectionAborted,
            Self::ECONNREFUSED => ErrorKind::ConnectionRefused,
            Self::ECONNRESET => ErrorKind::ConnectionReset,
            Self::EEXIST => ErrorKind::AlreadyExists,
            Self::EINTR => ErrorKind::Interrupted,
            Self::EDESTADDRREQ
            | Self::EFAULT
            | Self::EINVAL
            | Self::EMSGSIZE
            | Self::ENAMETOOLONG => ErrorKind::InvalidInput,
            Self::EAIMEMORY | Self::ENOBUFS | Self::ENOMEM => ErrorKind::OutOfMemory,
            Self::ENOTCONN => ErrorKind::NotConnected,
            Self::ENOENT | Self::ENOTFOUND => ErrorKind::NotFound,
            Self::EAFNOSUPPORT
            | Self::ENOPROTOOPT
            | Self::ENOSYS
            | Self::ENOTSUP
            | Self::EPROTONOSUPPORT => ErrorKind::Unsupported,
            Self::EPIPE => ErrorKind::BrokenPipe,
            Self::ETIMEDOUT => ErrorKind::TimedOut,
            Self::EAGAIN
            | Self::EAIAGAIN
            | Self::EAIFAIL
            | Self::EBADF
            | Self::ECANCELED
            | Self::EHOSTDOWN
            | Self::EHOSTUNREACH
            | Self::EIO
            | Self::EISCONN
            | Self::ELOOP
            | Self::EMFILE
            | Self::ENETDOWN
            | Self::ENETUNREACH
            | Self::ENFILE
            | Self::ENONET
            | Self::ENOTDIR
            | Self::ENOTSOCK
            | Self::EPROTO
            | Self::EPROTOTYPE
            | Self::EROFS
            | Self::Other(_) => ErrorKind::Other,
        }
    }
}

impl embedded_io::Error for Misuse {
    /// [`ErrorKind::InvalidInput`].
    fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl embedded_io::Error for SystemError<'_> {
    /// The kind of its [`Errno`].
    fn kind(&self) -> ErrorKind {
        self.errno.kind()
    }
}

impl embedded_io::Error for Error<'_> {
    /// The kind of the [`Misuse`] or of the [`SystemError`].
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Misuse(misuse) => misuse.kind(),
            Self::System(error) => error.kind(),
        }
    }
}

#[cfg(test)]
mod tests {
    use embedded_io::Error as _;

    use super::*;
    use crate::error::Syscall;

    #[test]
    fn every_error_has_the_kind_of_its_cause() {
        for (errno, kind) in [
            (Errno::EADDRINUSE, ErrorKind::AddrInUse),
            (Errno::EADDRNOTAVAIL, ErrorKind::AddrNotAvailable),
            (Errno::ENODEV, ErrorKind::AddrNotAvailable),
            (Errno::EACCES, ErrorKind::PermissionDenied),
            (Errno::ECONNREFUSED, ErrorKind::ConnectionRefused),
            (Errno::EMSGSIZE, ErrorKind::InvalidInput),
            (Errno::ENOBUFS, ErrorKind::OutOfMemory),
            (Errno::ENOTSUP, ErrorKind::Unsupported),
            (Errno::ENOTFOUND, ErrorKind::NotFound),
            (Errno::ENETUNREACH, ErrorKind::Other),
            (Errno::Other(4_000), ErrorKind::Other),
        ] {
            assert_eq!(errno.kind(), kind, "{errno}");
            let error = SystemError::new(Syscall::Send, errno);
            assert_eq!(error.kind(), kind);
            assert_eq!(Error::from(error).kind(), kind);
        }
        let error = Error::from(Misuse::NotRunning);
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
