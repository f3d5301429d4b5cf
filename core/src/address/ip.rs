//! Addresses as they are kept and handed on inside the crate: small, and aligned for whole words.
//!
//! [`IpAddr`] has 17 bytes and no alignment: each copy is a call of `memcpy` on a microcontroller. Here an address is five
//! words, and one word without IPv6. There, all addresses of IPv6 are one, [`Ip::is_foreign`], and everything else is of
//! IPv4 for the compiler, too: whoever takes addresses from outside refuses that one, and nobody else meets it.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Family;

cfg_if::cfg_if! {
    if #[cfg(feature = "ipv6")] {
        mod dual;
        pub(crate) use dual::{Ip, Scope};
    } else {
        mod v4_only;
        pub(crate) use v4_only::{Ip, Scope};
    }
}

impl Ip {
    /// The address as it is told outside: without IPv6, `::` for all of IPv6.
    pub(crate) const fn told(self) -> IpAddr {
        if self.is_foreign() {
            IpAddr::V6(Ipv6Addr::UNSPECIFIED)
        } else {
            self.get()
        }
    }

    /// Its family.
    #[inline]
    pub(crate) const fn family(self) -> Family {
        if self.is_ipv4() {
            Family::V4
        } else {
            Family::V6
        }
    }

    /// Whether it is of IPv6.
    #[inline]
    pub(crate) const fn is_ipv6(self) -> bool {
        !self.is_ipv4()
    }
}

impl From<IpAddr> for Ip {
    #[inline]
    fn from(ip: IpAddr) -> Self {
        Self::new(ip)
    }
}

impl From<Ipv4Addr> for Ip {
    #[inline]
    fn from(ip: Ipv4Addr) -> Self {
        Self::new(IpAddr::V4(ip))
    }
}

impl From<Ipv6Addr> for Ip {
    #[inline]
    fn from(ip: Ipv6Addr) -> Self {
        Self::new(IpAddr::V6(ip))
    }
}

impl fmt::Debug for Ip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told().fmt(f)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Ip {
    fn format(&self, f: defmt::Formatter<'_>) {
        self.told().format(f);
    }
}
