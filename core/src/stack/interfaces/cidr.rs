//! Addresses with the prefixes of their networks.

use core::net::{IpAddr, Ipv4Addr};

use crate::address::{Family, Ip};
use crate::features::IPV6;

/// An address with the prefix length of its network, as in `192.0.2.1/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cidr {
    address: Ip,
    prefix: u8,
}

impl Cidr {
    /// `address` in a network whose prefix has `prefix` bits; at most as many as the family has.
    #[must_use]
    pub fn new(address: IpAddr, prefix: u8) -> Self {
        Self {
            address: Ip::new(address),
            prefix: prefix.min(Family::of(address).bits()),
        }
    }

    /// The address.
    #[must_use]
    pub const fn address(self) -> IpAddr {
        self.address.told()
    }

    /// The address.
    pub(crate) const fn ip(&self) -> Ip {
        self.address
    }

    /// Whether this is the address.
    pub(super) fn is_at(&self, ip: &Ip) -> bool {
        self.address == *ip
    }

    /// The length of the prefix in bits.
    #[must_use]
    pub const fn prefix(self) -> u8 {
        self.prefix
    }

    /// Whether an address is in the network.
    #[must_use]
    pub fn contains(self, ip: IpAddr) -> bool {
        self.has(Ip::new(ip))
    }

    /// Whether an address is in the network.
    pub(super) fn has(&self, ip: Ip) -> bool {
        shared(self.address, ip) >= self.prefix && ip.family() == self.address.family()
    }

    /// The last address of an IPv4 network, which is for all of its hosts; none in one of two addresses or one
    /// (RFC 3021).
    #[must_use]
    pub const fn broadcast(self) -> Option<Ipv4Addr> {
        match self.address.get() {
            IpAddr::V4(ip) if self.prefix < 31 => {
                let hosts = u32::MAX.wrapping_shr(self.prefix as u32);
                Some(Ipv4Addr::from_bits(ip.to_bits() | hosts))
            }
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        }
    }
}

/// How many leading bits two addresses share; 0 of different families.
#[inline(never)]
pub(super) fn shared(one: Ip, other: Ip) -> u8 {
    let bits = match (one.get(), other.get()) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros(),
        (IpAddr::V6(one), IpAddr::V6(other)) if IPV6 => {
            (one.to_bits() ^ other.to_bits()).leading_zeros()
        }
        (IpAddr::V4(_) | IpAddr::V6(_), _) => 0,
    };
    u8::try_from(bits).unwrap_or(u8::MAX)
}
