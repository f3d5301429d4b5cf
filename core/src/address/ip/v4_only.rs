//! Addresses of IPv4 alone.

use core::net::{IpAddr, Ipv4Addr};

/// An address of IPv4, in network byte order, or [`FOREIGN`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ip(u32);

/// What stands for all of IPv6: an address of "this network", which no host has and nobody can send to
/// (RFC 1122 § 3.2.1.3).
const FOREIGN: u32 = u32::from_ne_bytes([0, 255, 255, 255]);

impl Ip {
    /// An address; one of IPv6 is foreign.
    #[inline]
    pub(crate) const fn new(ip: IpAddr) -> Self {
        Self(match ip {
            IpAddr::V4(ip) => u32::from_ne_bytes(ip.octets()),
            IpAddr::V6(_) => FOREIGN,
        })
    }

    /// A foreign address.
    #[inline]
    pub(crate) const fn v6(_: [u8; 16]) -> Self {
        Self(FOREIGN)
    }

    /// The address, of IPv4 always.
    #[inline]
    pub(crate) const fn get(self) -> IpAddr {
        let [a, b, c, d] = self.0.to_ne_bytes();
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    }

    /// Whether it is of IPv4.
    #[inline]
    pub(crate) const fn is_ipv4(self) -> bool {
        true
    }

    /// Whether it is an IPv4 address in an IPv6 one.
    #[inline]
    pub(crate) const fn is_mapped(self) -> bool {
        false
    }

    /// The address itself.
    #[inline]
    pub(crate) const fn to_canonical(self) -> Self {
        self
    }

    /// Whether it is the wildcard, `0.0.0.0`.
    #[inline]
    pub(crate) const fn is_unspecified(self) -> bool {
        self.0 == 0
    }

    /// Whether it is a group: `224.0.0.0/4`.
    #[inline]
    pub(crate) const fn is_multicast(self) -> bool {
        self.0.to_ne_bytes()[0] & 0xf0 == 0xe0
    }

    /// Whether it is a loopback address: `127.0.0.0/8`.
    #[inline]
    pub(crate) const fn is_loopback(self) -> bool {
        self.0.to_ne_bytes()[0] == 127
    }

    /// Whether it is an IPv6 address of one link.
    #[inline]
    pub(crate) const fn is_link_local_v6(self) -> bool {
        false
    }

    /// Whether it is of a family that is not there.
    #[inline]
    pub(crate) const fn is_foreign(self) -> bool {
        self.0 == FOREIGN
    }
}

/// Addresses of IPv4 have no scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scope(());

impl Scope {
    /// None.
    pub(crate) const NONE: Self = Self(());

    /// None, whatever the index is.
    #[inline]
    pub(crate) const fn new(_: u32) -> Self {
        Self::NONE
    }

    /// 0.
    #[inline]
    pub(crate) const fn get(self) -> u32 {
        0
    }
}
