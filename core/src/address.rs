//! Addresses: families, scope ids and zones, host texts, wildcard and default addresses.
//!
//! Text is parsed and printed here without the standard library's code, which can panic in theory.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(clippy::exhaustive_enums, reason = "there are two versions of IP")]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Node's name: `IPv4` or `IPv6`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }

    /// The family of an address.
    #[must_use]
    pub const fn of(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// The wildcard address, where `bind` goes by default: `0.0.0.0` or `::`.
    #[must_use]
    pub const fn wildcard(self) -> Address {
        match self {
            Self::V4 => Address::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            Self::V6 => Address::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
        }
    }

    /// The loopback address, where `send` and `connect` go by default: `127.0.0.1` or `::1`.
    #[must_use]
    pub const fn loopback(self) -> Address {
        match self {
            Self::V4 => Address::new(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            Self::V6 => Address::new(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        }
    }
}

/// An IP address with its scope id (RFC 4007 § 11), which is 0 where none is needed.
///
/// `Display` prints the scope id as a numeric zone: `fe80::1%2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// The interface index that gives an IPv6 link-local address its meaning; 0 for none.
    pub scope_id: u32,
}

impl Address {
    /// An address without a scope.
    #[must_use]
    pub const fn new(ip: IpAddr) -> Self {
        Self { ip, scope_id: 0 }
    }

    /// An IPv6 address in the scope of an interface.
    #[must_use]
    pub const fn scoped(ip: Ipv6Addr, scope_id: u32) -> Self {
        Self {
            ip: IpAddr::V6(ip),
            scope_id,
        }
    }

    /// The family.
    #[must_use]
    pub const fn family(self) -> Family {
        Family::of(self.ip)
    }
}

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        Self::new(ip)
    }
}

impl From<Ipv4Addr> for Address {
    fn from(ip: Ipv4Addr) -> Self {
        Self::new(IpAddr::V4(ip))
    }
}

impl From<Ipv6Addr> for Address {
    fn from(ip: Ipv6Addr) -> Self {
        Self::new(IpAddr::V6(ip))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        DisplayIp(self.ip).fmt(f)?;
        if self.scope_id == 0 {
            Ok(())
        } else {
            write!(f, "%{}", self.scope_id)
        }
    }
}

/// An address and a port: one end of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Endpoint {
    /// The address.
    pub address: Address,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    /// An end at `address` and `port`.
    #[must_use]
    pub const fn new(address: Address, port: u16) -> Self {
        Self { address, port }
    }
}

impl From<core::net::SocketAddr> for Endpoint {
    fn from(address: core::net::SocketAddr) -> Self {
        let scope_id = match address {
            core::net::SocketAddr::V4(_) => 0,
            core::net::SocketAddr::V6(v6) => v6.scope_id(),
        };
        Self {
            address: Address {
                ip: address.ip(),
                scope_id,
            },
            port: address.port(),
        }
    }
}

impl From<Endpoint> for core::net::SocketAddr {
    fn from(endpoint: Endpoint) -> Self {
        match endpoint.address.ip {
            IpAddr::V4(ip) => (ip, endpoint.port).into(),
            IpAddr::V6(ip) => {
                core::net::SocketAddrV6::new(ip, endpoint.port, 0, endpoint.address.scope_id).into()
            }
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address.ip {
            IpAddr::V4(_) => write!(f, "{}:{}", self.address, self.port),
            IpAddr::V6(_) => write!(f, "[{}]:{}", self.address, self.port),
        }
    }
}

/// Where a call is aimed, as its caller says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a host is defaulted, numeric or named"
)]
pub enum Host<'a> {
    /// The default of the call: the wildcard address for `bind`, loopback for `connect` and `send`.
    Default,
    /// An IP address.
    Ip(Address),
    /// A name, or an address with an interface name as its zone: the backend looks it up.
    Name(&'a str),
}

impl<'a> Host<'a> {
    /// Reads a host as Node does: empty is the default, an IP address (with a numeric zone or none) is
    /// itself, all else is a name to look up.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        if text.is_empty() {
            return Self::Default;
        }
        match text.parse::<IpAddr>() {
            Ok(ip) => Self::Ip(Address::new(ip)),
            Err(_) => Self::Name(text),
        }
    }
}

impl<'a> From<&'a str> for Host<'a> {
    fn from(text: &'a str) -> Self {
        Self::parse(text)
    }
}

impl<A: Into<Address>> From<A> for Host<'_> {
    fn from(address: A) -> Self {
        Self::Ip(address.into())
    }
}

/// Prints an IP address in its canonical text (RFC 5952) without any code that can panic.
pub(crate) struct DisplayIp(pub(crate) IpAddr);

impl fmt::Display for DisplayIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
