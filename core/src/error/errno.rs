//! Error numbers by their POSIX names, with Linux' numbers and libuv's texts.

use core::fmt;

macro_rules! errnos {
    ($($variant:ident = $number:literal, $name:literal, $text:literal;)+) => {
        /// A system error by its POSIX name.
        ///
        /// Each backend maps its own failures to this once. What has no name here stays visible as
        /// [`Errno::Other`] with the platform's number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Errno {
            $(#[doc = concat!("`", $name, "`: ", $text, ".")] $variant,)+
            /// An error number without a name here, as the platform gave it (positive).
            Other(i32),
        }

        impl Errno {
            /// The name as Node prints it; `UNKNOWN` for [`Errno::Other`].
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Other(_) => "UNKNOWN",
                }
            }

            /// The short text that libuv gives for it.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(_) => "unknown error",
                }
            }

            /// Node's `error.errno` on Linux: the negated number; `UNKNOWN` is −4094.
            #[must_use]
            pub const fn node_number(self) -> i32 {
                match self {
                    $(Self::$variant => -$number,)+
                    Self::Other(_) => -4094,
                }
            }

            /// The error of a (positive) Linux error number.
            #[must_use]
            pub const fn from_linux(number: i32) -> Self {
                match number {
                    $($number => Self::$variant,)+
                    other => Self::Other(other),
                }
            }
        }
    };
}

errnos! {
    EPERM = 1, "EPERM", "operation not permitted";
    ENOENT = 2, "ENOENT", "no such file or directory";
    EINTR = 4, "EINTR", "interrupted system call";
    EIO = 5, "EIO", "i/o error";
    ENXIO = 6, "ENXIO", "no such device or address";
    EBADF = 9, "EBADF", "bad file descriptor";
    EAGAIN = 11, "EAGAIN", "resource temporarily unavailable";
    ENOMEM = 12, "ENOMEM", "not enough memory";
    EACCES = 13, "EACCES", "permission denied";
    EFAULT = 14, "EFAULT", "bad address in system call argument";
    EEXIST = 17, "EEXIST", "file already exists";
    ENODEV = 19, "ENODEV", "no such device";
    ENOTDIR = 20, "ENOTDIR", "not a directory";
    EINVAL = 22, "EINVAL", "invalid argument";
    ENFILE = 23, "ENFILE", "file table overflow";
    EMFILE = 24, "EMFILE", "too many open files";
    EROFS = 30, "EROFS", "read-only file system";
    EPIPE = 32, "EPIPE", "broken pipe";
    ENAMETOOLONG = 36, "ENAMETOOLONG", "name too long";
    ENOSYS = 38, "ENOSYS", "function not implemented";
    ELOOP = 40, "ELOOP", "too many symbolic links encountered";
    ENONET = 64, "ENONET", "machine is not on the network";
    EPROTO = 71, "EPROTO", "protocol error";
    ENOTSOCK = 88, "ENOTSOCK", "socket operation on non-socket";
    EDESTADDRREQ = 89, "EDESTADDRREQ", "destination address required";
    EMSGSIZE = 90, "EMSGSIZE", "message too long";
    EPROTOTYPE = 91, "EPROTOTYPE", "protocol wrong type for socket";
    ENOPROTOOPT = 92, "ENOPROTOOPT", "protocol not available";
    EPROTONOSUPPORT = 93, "EPROTONOSUPPORT", "protocol not supported";
    ENOTSUP = 95, "ENOTSUP", "operation not supported on socket";
    EAFNOSUPPORT = 97, "EAFNOSUPPORT", "address family not supported";
    EADDRINUSE = 98, "EADDRINUSE", "address already in use";
    EADDRNOTAVAIL = 99, "EADDRNOTAVAIL", "address not available";
    ENETDOWN = 100, "ENETDOWN", "network is down";
    ENETUNREACH = 101, "ENETUNREACH", "network is unreachable";
    ECONNABORTED = 103, "ECONNABORTED", "software caused connection abort";
    ECONNRESET = 104, "ECONNRESET", "connection reset by peer";
    ENOBUFS = 105, "ENOBUFS", "no buffer space available";
    EISCONN = 106, "EISCONN", "socket is already connected";
    ENOTCONN = 107, "ENOTCONN", "socket is not connected";
    ETIMEDOUT = 110, "ETIMEDOUT", "connection timed out";
    ECONNREFUSED = 111, "ECONNREFUSED", "connection refused";
    EHOSTDOWN = 112, "EHOSTDOWN", "host is down";
    EHOSTUNREACH = 113, "EHOSTUNREACH", "host is unreachable";
    ECANCELED = 125, "ECANCELED", "operation canceled";
    EAIAGAIN = 3001, "EAI_AGAIN", "temporary failure";
    EAIFAIL = 3004, "EAI_FAIL", "permanent failure";
    EAIMEMORY = 3006, "EAI_MEMORY", "out of memory";
    ENOTFOUND = 3008, "ENOTFOUND", "unknown node or service";
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl core::error::Error for Errno {}

#[cfg(test)]
mod tests {
    use super::Errno;

    #[test]
    fn numbers_round_trip_and_unknown_ones_survive() {
        assert_eq!(Errno::from_linux(98), Errno::EADDRINUSE);
        assert_eq!(Errno::EADDRINUSE.node_number(), -98);
        assert_eq!(Errno::from_linux(4_000), Errno::Other(4_000));
        assert_eq!(Errno::Other(4_000).node_number(), -4094);
        assert_eq!(Errno::EAIAGAIN.name(), "EAI_AGAIN");
    }
}
