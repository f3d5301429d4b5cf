//! The one mapping between the operating system's error numbers and [`Errno`].
//!
//! The numbers themselves are the platform's, in `sys`. What has no name in [`Errno`] keeps its number, and what has no
//! number is read by the core.

use std::io;

use anydgram_core::Errno;

use crate::sys::ERRNOS;

/// The error of a failed call.
pub(crate) fn from_io(error: &io::Error) -> Errno {
    let number = error.raw_os_error();
    number.map_or_else(|| error.into(), from_number)
}

/// The error of the operating system's error number.
pub(crate) fn from_number(number: i32) -> Errno {
    ERRNOS
        .iter()
        .find(|(known, _)| *known == number)
        .map_or(Errno::Other(number), |(_, errno)| *errno)
}

/// The same error for code that speaks [`io::Error`]: with the system's number where it has one.
pub(crate) fn to_io(errno: Errno) -> io::Error {
    if let Errno::Other(number) = errno {
        return io::Error::from_raw_os_error(number);
    }
    match ERRNOS.iter().find(|(_, known)| *known == errno) {
        Some((number, _)) => io::Error::from_raw_os_error(*number),
        None => errno.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_round_trips() {
        for (number, errno) in ERRNOS {
            assert_eq!(from_number(*number), *errno, "{number}");
            assert_eq!(from_io(&to_io(*errno)), *errno);
        }
    }

    #[test]
    fn an_unknown_number_stays_visible() {
        assert_eq!(from_number(4_000), Errno::Other(4_000));
        assert_eq!(to_io(Errno::Other(4_000)).raw_os_error(), Some(4_000));
    }

    #[test]
    fn errors_without_a_number_keep_their_cause() {
        assert_eq!(from_io(&io::ErrorKind::WouldBlock.into()), Errno::EAGAIN);
        assert_eq!(from_io(&to_io(Errno::ENOTFOUND)), Errno::ENOTFOUND);
        assert_eq!(from_io(&io::ErrorKind::Other.into()), Errno::Other(0));
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn the_table_agrees_with_the_numbers_of_the_core() {
        for (number, errno) in ERRNOS {
            assert_eq!(Errno::from_linux(*number), *errno, "{number}");
        }
    }
}
