//! Addresses of both families.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

cfg_if::cfg_if! {
    if #[cfg(test)] {
        mod narrow;
        mod tests;
        mod wide;
    } else if #[cfg(target_pointer_width = "64")] {
        mod wide;
    } else {
        mod narrow;
    }
}
cfg_if::cfg_if! {
    if #[cfg(target_pointer_width = "64")] {
        use wide::Words;
    } else {
        use narrow::Words;
    }
}

/// An address of either family, with its bytes in the network's order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ip(Bits);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Bits {
    V4(u32),
    V6(Words),
}

impl Ip {
    /// An address.
    #[inline]
    pub(crate) const fn new(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(ip) => Self(Bits::V4(u32::from_ne_bytes(ip.octets()))),
            IpAddr::V6(ip) => Self::v6(ip.octets()),
        }
    }

    /// An address of IPv6.
    #[inline]
    pub(crate) const fn v6(octets: [u8; 16]) -> Self {
        Self(Bits::V6(Words::new(octets)))
    }

    /// The address.
    #[inline]
    pub(crate) const fn get(self) -> IpAddr {
        match self.0 {
            Bits::V4(bits) => IpAddr::V4(Ipv4Addr::from_bits(u32::from_be(bits))),
            Bits::V6(words) => IpAddr::V6(Ipv6Addr::from_bits(u128::from_be_bytes(words.octets()))),
        }
    }

    /// Whether it is of IPv4.
    #[inline]
    pub(crate) const fn is_ipv4(self) -> bool {
        matches!(self.0, Bits::V4(_))
    }

    /// Whether it is an IPv4 address in an IPv6 one: `::ffff:0:0/96`.
    #[inline]
    pub(crate) const fn is_mapped(self) -> bool {
        match self.0 {
            Bits::V4(_) => false,
            Bits::V6(words) => words.is_mapped(),
        }
    }

    /// The IPv4 address in a v4-mapped one; every other address as it is.
    #[inline]
    pub(crate) const fn to_canonical(self) -> Self {
        if self.is_mapped() {
            Self::new(self.get().to_canonical())
        } else {
            self
        }
    }

    /// Whether it is a wildcard: `0.0.0.0` or `::`.
    #[inline]
    pub(crate) const fn is_unspecified(self) -> bool {
        match self.0 {
            Bits::V4(bits) => bits == 0,
            Bits::V6(words) => words.is_zero(),
        }
    }

    /// Whether it is a group: `224.0.0.0/4` or `ff00::/8`.
    #[inline]
    pub(crate) const fn is_multicast(self) -> bool {
        match self.0 {
            Bits::V4(bits) => bits.to_ne_bytes()[0] & 0xf0 == 0xe0,
            Bits::V6(words) => words.first() == 0xff,
        }
    }

    /// Whether it is a loopback address: `127.0.0.0/8` or `::1`.
    #[inline]
    pub(crate) const fn is_loopback(self) -> bool {
        match self.0 {
            Bits::V4(bits) => bits.to_ne_bytes()[0] == 127,
            Bits::V6(words) => words.is_loopback(),
        }
    }

    /// Whether it is an IPv6 unicast address of one link: `fe80::/10`.
    #[inline]
    pub(crate) const fn is_link_local_v6(self) -> bool {
        match self.0 {
            Bits::V4(_) => false,
            Bits::V6(words) => words.is_link_local(),
        }
    }

    /// Whether it is of a family that is not there.
    #[inline]
    pub(crate) const fn is_foreign(self) -> bool {
        false
    }
}

const _: () = assert!(size_of::<Ip>() == 20);

/// The interface that gives an address its meaning, by its index; 0 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scope(u32);

impl Scope {
    /// None.
    pub(crate) const NONE: Self = Self(0);

    /// An interface's index, or 0.
    #[inline]
    pub(crate) const fn new(index: u32) -> Self {
        Self(index)
    }

    /// The interface's index, or 0.
    #[inline]
    pub(crate) const fn get(self) -> u32 {
        self.0
    }
}
