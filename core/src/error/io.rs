//! Errors as [`std::io::Error`] and back: feature `std`.
//!
//! Owns which kind belongs to which [`Errno`]. The error itself travels inside of the [`io::Error`], so that nothing is
//! lost on a way there and back. An error number of a foreign [`io::Error`] is read on Linux only; what the numbers of
//! other systems mean is their backends' business.

use std::io;

use super::{Errno, Error, Misuse, SystemError};

impl From<Errno> for io::Error {
    /// The error with the kind that the standard library gives it, and the [`Errno`] inside.
    fn from(errno: Errno) -> Self {
        Self::new(kind(errno), errno)
    }
}

impl From<Misuse> for io::Error {
    /// The error of kind [`InvalidInput`](io::ErrorKind::InvalidInput), and the [`Misuse`] inside.
    fn from(misuse: Misuse) -> Self {
        Self::new(io::ErrorKind::InvalidInput, misuse)
    }
}

impl From<SystemError<'static>> for io::Error {
    /// The error with the kind of its [`Errno`], and the [`SystemError`] inside. One that borrows a host name gives it
    /// up first: [`SystemError::without_name`].
    fn from(error: SystemError<'static>) -> Self {
        Self::new(kind(error.errno), error)
    }
}

impl From<Error<'static>> for io::Error {
    /// The conversion of the [`Misuse`] or of the [`SystemError`]. One that borrows a host name gives it up first:
    /// [`Error::without_name`].
    fn from(error: Error<'static>) -> Self {
        match error {
            Error::Misuse(misuse) => misuse.into(),
            Error::System(error) => error.into(),
        }
    }
}

impl From<&io::Error> for Errno {
    /// The [`Errno`] that is inside; else that of the error number, on Linux; else the nearest one to the kind. What
    /// has no name is [`Errno::Other`] with the number, 0 if there is none.
    ///
    /// # Examples
    /// ```
    /// use anydgram_core::Errno;
    ///
    /// let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    /// assert_eq!(Errno::from(&refused), Errno::ECONNREFUSED);
    /// ```
    fn from(error: &io::Error) -> Self {
        if let Some(errno) = inside(error) {
            return errno;
        }
        let number = error.raw_os_error();
        if HAS_LINUX_NUMBERS {
            if let Some(number) = number {
                return Self::from_linux(number);
            }
        }
        let kind = error.kind();
        match KINDS.iter().find(|(_, of)| *of == kind) {
            Some((errno, _)) => *errno,
            None => Self::Other(number.unwrap_or_default()),
        }
    }
}

impl From<io::Error> for Errno {
    /// As the conversion of a reference.
    fn from(error: io::Error) -> Self {
        Self::from(&error)
    }
}

/// What one of the conversions above has put in.
fn inside(error: &io::Error) -> Option<Errno> {
    let inner = error.get_ref()?;
    inner.downcast_ref::<Errno>().copied().or_else(|| {
        let system = inner.downcast_ref::<SystemError<'static>>();
        system.map(|error| error.errno)
    })
}

fn kind(errno: Errno) -> io::ErrorKind {
    KINDS
        .iter()
        .find(|(known, _)| *known == errno)
        .map_or(io::ErrorKind::Other, |(_, kind)| *kind)
}

/// MIPS and SPARC number their errors in their own ways.
const HAS_LINUX_NUMBERS: bool = cfg!(all(
    any(target_os = "linux", target_os = "android"),
    not(any(
        target_arch = "mips",
        target_arch = "mips32r6",
        target_arch = "mips64",
        target_arch = "mips64r6",
        target_arch = "sparc",
        target_arch = "sparc64"
    ))
));

/// The standard library's kinds. Of errors with one kind, the first is what the kind is read as.
const KINDS: [(Errno, io::ErrorKind); 25] = [
    (Errno::EACCES, io::ErrorKind::PermissionDenied),
    (Errno::EPERM, io::ErrorKind::PermissionDenied),
    (Errno::EADDRINUSE, io::ErrorKind::AddrInUse),
    (Errno::EADDRNOTAVAIL, io::ErrorKind::AddrNotAvailable),
    (Errno::EAGAIN, io::ErrorKind::WouldBlock),
    (Errno::ECONNABORTED, io::ErrorKind::ConnectionAborted),
    (Errno::ECONNREFUSED, io::ErrorKind::ConnectionRefused),
    (Errno::ECONNRESET, io::ErrorKind::ConnectionReset),
    (Errno::EEXIST, io::ErrorKind::AlreadyExists),
    (Errno::EHOSTUNREACH, io::ErrorKind::HostUnreachable),
    (Errno::EINTR, io::ErrorKind::Interrupted),
    (Errno::EINVAL, io::ErrorKind::InvalidInput),
    (Errno::ENAMETOOLONG, io::ErrorKind::InvalidFilename),
    (Errno::ENETDOWN, io::ErrorKind::NetworkDown),
    (Errno::ENETUNREACH, io::ErrorKind::NetworkUnreachable),
    (Errno::ENOENT, io::ErrorKind::NotFound),
    (Errno::ENOMEM, io::ErrorKind::OutOfMemory),
    (Errno::EAIMEMORY, io::ErrorKind::OutOfMemory),
    (Errno::ENOTCONN, io::ErrorKind::NotConnected),
    (Errno::ENOTDIR, io::ErrorKind::NotADirectory),
    (Errno::ENOTSUP, io::ErrorKind::Unsupported),
    (Errno::ENOSYS, io::ErrorKind::Unsupported),
    (Errno::EPIPE, io::ErrorKind::BrokenPipe),
    (Errno::EROFS, io::ErrorKind::ReadOnlyFilesystem),
    (Errno::ETIMEDOUT, io::ErrorKind::TimedOut),
];

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;
    use crate::error::{ErrorAddress, Syscall};

    #[test]
    fn every_error_comes_back_as_it_went() {
        for (errno, kind) in KINDS {
            let error = io::Error::from(errno);
            assert_eq!((error.kind(), Errno::from(&error)), (kind, errno));
        }
        for errno in [Errno::EMSGSIZE, Errno::ENOTFOUND, Errno::Other(4_000)] {
            let error = io::Error::from(errno);
            assert_eq!(error.kind(), io::ErrorKind::Other);
            assert_eq!(Errno::from(error), errno);
        }
    }

    #[test]
    fn texts_and_kinds_are_those_of_the_error() {
        let error = SystemError::at(Syscall::Bind, Errno::EADDRINUSE, ErrorAddress::None, 9);
        let converted = io::Error::from(Error::from(error));
        assert_eq!(converted.kind(), io::ErrorKind::AddrInUse);
        assert_eq!(converted.to_string(), error.to_string());
        assert_eq!(Errno::from(&converted), Errno::EADDRINUSE);
        let converted = io::Error::from(Error::from(Misuse::NotRunning));
        assert_eq!(converted.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(converted.to_string(), "Not running");
    }

    #[test]
    fn foreign_errors_are_read_by_kind() {
        for (kind, errno) in [
            (io::ErrorKind::WouldBlock, Errno::EAGAIN),
            (io::ErrorKind::PermissionDenied, Errno::EACCES),
            (io::ErrorKind::Unsupported, Errno::ENOTSUP),
            (io::ErrorKind::OutOfMemory, Errno::ENOMEM),
            (io::ErrorKind::UnexpectedEof, Errno::Other(0)),
        ] {
            assert_eq!(Errno::from(io::Error::from(kind)), errno, "{kind:?}");
        }
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn foreign_errors_are_read_by_number_on_linux() {
        let error = io::Error::from_raw_os_error(90);
        assert_eq!(Errno::from(&error), Errno::EMSGSIZE);
        let error = io::Error::from_raw_os_error(4_000);
        assert_eq!(Errno::from(&error), Errno::Other(4_000));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn kinds_are_those_of_the_standard_library() {
        for (errno, kind) in KINDS {
            let number = -errno.node_number();
            if HAS_LINUX_NUMBERS && number < 3_000 {
                assert_eq!(io::Error::from_raw_os_error(number).kind(), kind, "{errno}");
            }
        }
    }
}
