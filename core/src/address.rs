//! Addresses: families, scope ids and zones, host texts, wildcard and default addresses.
//!
//! Owns how addresses are read and printed. Both are written here, since the standard library's code for
//! it contains panics that the optimizer cannot remove. Derived `Debug` is a developer's tool and outside
//! of that promise. Leaves out interface names: only a backend knows which index belongs to which name.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

mod display;
mod host;
mod ip;
mod parse;
mod socket_type;

pub(crate) use display::DisplayIp;
pub use host::Host;
pub(crate) use host::LONGEST_NAME;
pub(crate) use ip::{Ip, Scope};
pub(crate) use parse::index;
pub use parse::split_zone;
pub use socket_type::SocketType;

/// An address family. `Display` prints Node's name.
///
/// Node: `rinfo.family`
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
    /// The number of bits in an address, and so the longest prefix: 32 or 128.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

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

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An IP address with its scope id, which is 0 where none is needed.
///
/// `Display` prints the canonical text (RFC 5952), with the scope id as a numeric zone: `fe80::1%2`.
///
/// Without feature `ipv6` it is four bytes: all addresses of IPv6 are one then, which reads `::`, and which sockets refuse.
///
/// RFC 4007 § 11.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address {
    pub(crate) ip: Ip,
    pub(crate) scope: Scope,
}

impl Address {
    /// Reads an address: an IPv4 text in strict dotted decimal, or an IPv6 text with a numeric zone or
    /// none. `None` for everything else, above all for a zone that is an interface's name.
    ///
    /// RFC 4291 § 2.2, RFC 6943 § 3.1.1 (the strict form), RFC 4007 § 11.2.
    ///
    /// # Examples
    /// ```
    /// use anydgram_core::Address;
    ///
    /// let address = Address::parse("fe80:0::1%2");
    /// assert_eq!(address.map(Address::scope_id), Some(2));
    /// assert_eq!(Address::parse("fe80::1%eth0"), None);
    /// assert_eq!(Address::parse("127.1"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        parse::address(text)
    }

    /// An address without a scope.
    #[must_use]
    pub const fn new(ip: IpAddr) -> Self {
        Self::of(Ip::new(ip))
    }

    /// An IPv6 address in the scope of an interface.
    #[must_use]
    pub const fn scoped(ip: Ipv6Addr, scope_id: u32) -> Self {
        Self {
            ip: Ip::new(IpAddr::V6(ip)),
            scope: Scope::new(scope_id),
        }
    }

    /// An address without a scope.
    #[inline]
    pub(crate) const fn of(ip: Ip) -> Self {
        Self {
            ip,
            scope: Scope::NONE,
        }
    }

    /// The address.
    #[must_use]
    pub const fn ip(self) -> IpAddr {
        self.ip.told()
    }

    /// The interface index that gives an IPv6 link-local address its meaning; 0 for none.
    #[must_use]
    pub const fn scope_id(self) -> u32 {
        self.scope.get()
    }

    /// The same in the scope of an interface; 0: in none.
    #[must_use]
    pub const fn with_scope_id(self, scope_id: u32) -> Self {
        Self {
            ip: self.ip,
            scope: Scope::new(scope_id),
        }
    }

    /// The family.
    #[must_use]
    pub const fn family(self) -> Family {
        if self.ip.is_foreign() {
            Family::V6
        } else {
            self.ip.family()
        }
    }

    /// Whether this is a group: `224.0.0.0/4` or `ff00::/8`.
    #[must_use]
    pub const fn is_multicast(self) -> bool {
        self.ip.is_multicast()
    }

    /// Whether this is the wildcard address: `0.0.0.0` or `::`.
    #[must_use]
    pub const fn is_unspecified(self) -> bool {
        self.ip.is_unspecified()
    }

    /// Whether this is a loopback address: `127.0.0.0/8` or `::1`, but not `::ffff:127.0.0.1`.
    ///
    /// Use [`canonical`](Self::canonical) first where IPv4 in IPv6 counts as IPv4.
    #[must_use]
    pub const fn is_loopback(self) -> bool {
        self.ip.is_loopback()
    }

    /// Whether this is a unicast address of one link only: `169.254.0.0/16` or `fe80::/10`.
    #[must_use]
    pub const fn is_link_local(self) -> bool {
        match self.ip.get() {
            IpAddr::V4(ip) => ip.is_link_local(),
            IpAddr::V6(ip) => ip.is_unicast_link_local(),
        }
    }

    /// Whether this means nothing without a scope: a unicast address of one link only, `fe80::/10`, or a group of one
    /// link or one interface, such as `ff02::1`. Addresses of IPv4 have none.
    ///
    /// RFC 4007 § 6, RFC 4291 § 2.7
    #[must_use]
    pub const fn needs_scope(self) -> bool {
        match self.ip.get() {
            IpAddr::V4(_) => false,
            IpAddr::V6(ip) => {
                let [first, second, ..] = ip.octets();
                ip.is_unicast_link_local() || (first == 0xff && matches!(second & 0xf, 1 | 2))
            }
        }
    }

    /// The same without a scope that means nothing.
    pub(crate) const fn significant(self) -> Self {
        if self.needs_scope() {
            self
        } else {
            Self::of(self.ip)
        }
    }

    /// The IPv4 address in a v4-mapped one (`::ffff:1.2.3.4`); every other address as it is.
    ///
    /// RFC 4291 § 2.5.5.2
    #[must_use]
    pub const fn canonical(self) -> Self {
        let ip = self.ip.to_canonical();
        if ip.is_ipv4() { Self::of(ip) } else { self }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("ip", &self.ip())
            .field("scope_id", &self.scope_id())
            .finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Address {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "Address {{ ip: {}, scope_id: {=u32} }}",
            self.ip(),
            self.scope_id()
        );
    }
}

impl From<Ip> for Address {
    #[inline]
    fn from(ip: Ip) -> Self {
        Self::of(ip)
    }
}

impl From<IpAddr> for Address {
    #[inline]
    fn from(ip: IpAddr) -> Self {
        Self::new(ip)
    }
}

impl From<Ipv4Addr> for Address {
    #[inline]
    fn from(ip: Ipv4Addr) -> Self {
        Self::new(IpAddr::V4(ip))
    }
}

impl From<Ipv6Addr> for Address {
    #[inline]
    fn from(ip: Ipv6Addr) -> Self {
        Self::new(IpAddr::V6(ip))
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

impl<A: Into<Address>> From<(A, u16)> for Endpoint {
    fn from((address, port): (A, u16)) -> Self {
        Self::new(address.into(), port)
    }
}

impl From<SocketAddr> for Endpoint {
    #[inline]
    fn from(address: SocketAddr) -> Self {
        let ip = match address {
            SocketAddr::V4(v4) => Address::from(*v4.ip()),
            SocketAddr::V6(v6) => Address::scoped(*v6.ip(), v6.scope_id()),
        };
        Self::new(ip, address.port())
    }
}

impl From<Endpoint> for SocketAddr {
    #[inline]
    fn from(endpoint: Endpoint) -> Self {
        match endpoint.address.ip() {
            IpAddr::V4(ip) => (ip, endpoint.port).into(),
            IpAddr::V6(ip) => {
                SocketAddrV6::new(ip, endpoint.port, 0, endpoint.address.scope_id()).into()
            }
        }
    }
}

#[cfg(test)]
mod tests;
