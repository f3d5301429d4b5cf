//! The types of sockets: `udp4` and `udp6`.

use core::fmt;
use core::str::FromStr;

use super::Family;
use crate::error::Misuse;

/// The type of a socket, which fixes its address family for life. `Display` and `FromStr` use Node's names.
///
/// Node: `socket.type`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(clippy::exhaustive_enums, reason = "there are two versions of IP")]
pub enum SocketType {
    /// `udp4`: IPv4.
    Udp4,
    /// `udp6`: IPv6, and IPv4 in v4-mapped addresses unless told otherwise.
    Udp6,
}

impl SocketType {
    /// Reads Node's name, exactly `udp4` or `udp6`.
    ///
    /// # Errors
    /// [`Misuse::BadType`] for every other text.
    ///
    /// Node: `dgram.createSocket(type)`
    pub const fn parse(text: &str) -> Result<Self, Misuse> {
        match text.as_bytes() {
            b"udp4" => Ok(Self::Udp4),
            b"udp6" => Ok(Self::Udp6),
            _ => Err(Misuse::BadType),
        }
    }

    /// Node's name: `udp4` or `udp6`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp4 => "udp4",
            Self::Udp6 => "udp6",
        }
    }

    /// The address family.
    #[must_use]
    pub const fn family(self) -> Family {
        match self {
            Self::Udp4 => Family::V4,
            Self::Udp6 => Family::V6,
        }
    }
}

impl fmt::Display for SocketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SocketType {
    type Err = Misuse;

    fn from_str(text: &str) -> Result<Self, Misuse> {
        Self::parse(text)
    }
}

impl From<Family> for SocketType {
    fn from(family: Family) -> Self {
        match family {
            Family::V4 => Self::Udp4,
            Family::V6 => Self::Udp6,
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn only_the_exact_names_are_types() {
        for socket_type in [SocketType::Udp4, SocketType::Udp6] {
            assert_eq!(SocketType::parse(socket_type.name()), Ok(socket_type));
            assert_eq!(socket_type.to_string().parse(), Ok(socket_type));
            assert_eq!(SocketType::from(socket_type.family()), socket_type);
        }
        for text in [
            "",
            "udp",
            "udp5",
            "UDP4",
            " udp4",
            "udp4 ",
            "udp4\0",
            "unix_dgram",
        ] {
            assert_eq!(SocketType::parse(text), Err(Misuse::BadType), "{text}");
        }
    }
}
