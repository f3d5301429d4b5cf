//! Interfaces, their addresses, routes, and the choice of a source.
//!
//! A host has few of all of them: everything is found by looking through the slots.

mod cidr;
mod near;
mod route;

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use cidr::Cidr;
pub use route::Route;

use crate::address::{Address, Family, Ip};
use crate::error::Errno;
use crate::features::IPV6;

/// The place of one interface.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct InterfaceSlot(Option<Interface>);

#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Interface {
    name: [u8; LONGEST_NAME],
    name_len: u8,
    is_up: bool,
    mtu: u32,
    gateway_v4: Option<Ipv4Addr>,
    gateway_v6: Option<Ipv6Addr>,
}

impl Interface {
    fn name(&self) -> &str {
        let name = self.name.get(..usize::from(self.name_len));
        core::str::from_utf8(name.unwrap_or_default()).unwrap_or_default()
    }

    fn gateway(&self, family: Family) -> Option<Ip> {
        match family {
            Family::V4 => self.gateway_v4.map(Ip::from),
            Family::V6 => self.gateway_v6.filter(|_| IPV6).map(Ip::from),
        }
    }
}

impl InterfaceSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }
}

/// The place of one address.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct AddressSlot(Option<(u32, Cidr)>);

impl AddressSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }
}

/// The interfaces of one host: the loopback interface, which is always there, and those that were added.
pub struct Interfaces<'m> {
    slots: &'m mut [InterfaceSlot],
    addresses: &'m mut [AddressSlot],
}

impl<'m> Interfaces<'m> {
    /// The index of the loopback interface, `lo`: 127.0.0.0/8, and `::1` with the feature `ipv6`.
    pub const LOOPBACK: u32 = 1;

    /// Only the loopback interface, and room for as many others, and their addresses, as there are slots.
    #[must_use]
    pub fn new(slots: &'m mut [InterfaceSlot], addresses: &'m mut [AddressSlot]) -> Self {
        for slot in &mut *slots {
            slot.0 = None;
        }
        for slot in &mut *addresses {
            slot.0 = None;
        }
        Self { slots, addresses }
    }

    /// Adds an interface, which is up, and returns its index: 2, 3, and so on. Datagrams with their IP headers may have
    /// `mtu` bytes on it.
    ///
    /// # Errors
    /// `EEXIST` if the name is taken; `EINVAL` if it is empty, longer than 15 bytes, or has a `%`, a `/`, a NUL byte or
    /// white space; `ENOBUFS` if there is no room.
    pub fn add(&mut self, name: &str, mtu: u32) -> Result<u32, Errno> {
        let bytes = name.as_bytes();
        let is_odd = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'%' | b'/' | 0);
        let mut copy = [0; LONGEST_NAME];
        let Some(place) = copy.get_mut(..bytes.len()) else {
            return Err(Errno::EINVAL);
        };
        if bytes.is_empty() || bytes.iter().any(is_odd) {
            return Err(Errno::EINVAL);
        }
        for (to, from) in place.iter_mut().zip(bytes) {
            *to = *from;
        }
        if self.indexes().any(|index| self.name(index) == Some(name)) {
            return Err(Errno::EEXIST);
        }
        let free = self
            .slots
            .iter_mut()
            .zip(FIRST..u32::MAX)
            .find(|(slot, _)| slot.0.is_none());
        let (slot, index) = free.ok_or(Errno::ENOBUFS)?;
        slot.0 = Some(Interface {
            name: copy,
            name_len: u8::try_from(bytes.len()).unwrap_or(0),
            is_up: true,
            mtu,
            gateway_v4: None,
            gateway_v6: None,
        });
        Ok(index)
    }

    /// Says whether an interface can carry datagrams; whether that is news.
    pub fn set_up(&mut self, interface: u32, is_up: bool) -> bool {
        let Some(known) = self.get_mut(interface) else {
            return false;
        };
        core::mem::replace(&mut known.is_up, is_up) != is_up
    }

    /// Whether an interface can carry datagrams.
    #[must_use]
    pub fn is_up(&self, interface: u32) -> bool {
        interface == Self::LOOPBACK || self.get(interface).is_some_and(|known| known.is_up)
    }

    /// How many bytes a datagram may have with its IP header: 65,536 on the loopback interface, 0 on one that is not
    /// there.
    #[must_use]
    pub fn mtu(&self, interface: u32) -> u32 {
        if interface == Self::LOOPBACK {
            LOOPBACK_MTU
        } else {
            self.get(interface).map_or(0, |known| known.mtu)
        }
    }

    /// Gives an interface an address.
    ///
    /// # Errors
    /// `ENODEV` if there is no such interface, or it is the loopback interface, whose addresses are fixed; `EEXIST` if
    /// it has the address; `EINVAL` if that is no unicast address, or one of the loopback interface; `EAFNOSUPPORT` for IPv6
    /// without the feature `ipv6`; `ENOBUFS` if there is no room.
    pub fn add_address(&mut self, interface: u32, cidr: Cidr) -> Result<(), Errno> {
        let ip = cidr.ip();
        if self.get(interface).is_none() {
            return Err(Errno::ENODEV);
        }
        if !IPV6 && ip.told().is_ipv6() {
            return Err(Errno::EAFNOSUPPORT);
        }
        if !is_unicast(ip) || cidr.broadcast().map(Ip::from) == Some(ip) {
            return Err(Errno::EINVAL);
        }
        if self.addresses(interface).any(|own| own.is_at(&ip)) {
            return Err(Errno::EEXIST);
        }
        let free = self.addresses.iter_mut().find(|slot| slot.0.is_none());
        free.ok_or(Errno::ENOBUFS)?.0 = Some((interface, cidr));
        Ok(())
    }

    /// Takes an address from an interface.
    ///
    /// # Errors
    /// `EADDRNOTAVAIL` if it does not have it.
    pub fn remove_address(&mut self, interface: u32, address: IpAddr) -> Result<(), Errno> {
        let is_it = |slot: &AddressSlot| {
            slot.0
                .is_some_and(|(of, cidr)| of == interface && cidr.address() == address)
        };
        let at = self.addresses.iter().position(is_it);
        let at = at.ok_or(Errno::EADDRNOTAVAIL)?;
        if let Some(slot) = self.addresses.get_mut(at) {
            slot.0 = None;
        }
        // Those behind it move up: the order is that in which they came.
        let mut hole = at;
        while let Some(next) = self
            .addresses
            .get_mut(hole.saturating_add(1))
            .and_then(|slot| slot.0.take())
        {
            if let Some(slot) = self.addresses.get_mut(hole) {
                slot.0 = Some(next);
            }
            hole = hole.saturating_add(1);
        }
        Ok(())
    }

    /// Sends what is for no network of this host to `gateway`, by this interface; `None`: nowhere.
    ///
    /// A gateway counts while it is on one of the interface's networks, or is link-local (IPv6).
    ///
    /// # Errors
    /// `ENODEV` if there is no such interface, or it is the loopback interface; `EINVAL` if the gateway is of another
    /// family or no unicast address; `EAFNOSUPPORT` for IPv6 without the feature `ipv6`.
    pub fn set_gateway(
        &mut self,
        interface: u32,
        family: Family,
        gateway: Option<IpAddr>,
    ) -> Result<(), Errno> {
        let known = self.get_mut(interface).ok_or(Errno::ENODEV)?;
        if !IPV6 && family == Family::V6 {
            return Err(Errno::EAFNOSUPPORT);
        }
        match (family, gateway) {
            (_, Some(ip)) if !is_unicast(ip.into()) => return Err(Errno::EINVAL),
            (Family::V4, None) => known.gateway_v4 = None,
            (Family::V6, None) => known.gateway_v6 = None,
            (Family::V4, Some(IpAddr::V4(ip))) => known.gateway_v4 = Some(ip),
            (Family::V6, Some(IpAddr::V6(ip))) => known.gateway_v6 = Some(ip),
            (Family::V4, Some(IpAddr::V6(_))) | (Family::V6, Some(IpAddr::V4(_))) => {
                return Err(Errno::EINVAL);
            }
        }
        Ok(())
    }

    /// All indexes in ascending order, the loopback interface's first.
    pub fn indexes(&self) -> impl Iterator<Item = u32> {
        let taken = self.slots.iter().zip(FIRST..u32::MAX);
        let taken = taken.filter(|(slot, _)| slot.0.is_some());
        core::iter::once(Self::LOOPBACK).chain(taken.map(|(_, index)| index))
    }

    /// The index of the interface of this name, which may be its index as a number.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<u32> {
        let by_name = self.indexes().find(|&index| self.name(index) == Some(name));
        by_name.or_else(|| {
            let index = crate::address::index(name)?;
            self.indexes().find(|&known| known == index)
        })
    }

    /// The name of an interface.
    #[must_use]
    pub fn name(&self, interface: u32) -> Option<&str> {
        if interface == Self::LOOPBACK {
            Some("lo")
        } else {
            self.get(interface).map(Interface::name)
        }
    }

    /// The addresses of an interface, in the order in which it was given them.
    pub fn addresses(&self, interface: u32) -> impl Iterator<Item = Cidr> {
        let own = LOOPBACK_ADDRESSES.into_iter();
        let own = own.filter(move |(ip, _)| interface == Self::LOOPBACK && (IPV6 || ip.is_ipv4()));
        let own = own.map(|(ip, prefix)| Cidr::new(ip, prefix));
        own.chain(self.given_to(interface).copied())
    }

    /// The interface that has an address, up or down; the loopback interface has all of 127.0.0.0/8 but for the
    /// broadcast address. The scope id, if there is one, must be right.
    #[must_use]
    pub fn owner(&self, address: Address) -> Option<u32> {
        if address.is_loopback() {
            let is_own = address.ip != Ip::from(LOOPBACK_BROADCAST);
            return is_own.then_some(Self::LOOPBACK);
        }
        self.holder(&address.ip, address.scope_id())
    }

    /// The interface that was given an address; with scope 0, whichever it is.
    pub(crate) fn holder(&self, ip: &Ip, scope_id: u32) -> Option<u32> {
        let mut given = self.given();
        let found = given.find(|(of, cidr)| cidr.is_at(ip) && (scope_id == 0 || scope_id == *of));
        found.map(|(of, _)| *of)
    }

    /// Whether an address is a broadcast address: 255.255.255.255, or the last one of a network that `interface`
    /// (`None`: any interface) is in.
    #[must_use]
    pub fn is_broadcast(&self, interface: Option<u32>, ip: IpAddr) -> bool {
        self.broadcasts(interface, ip.into())
    }

    /// As [`is_broadcast`](Self::is_broadcast).
    pub(crate) fn broadcasts(&self, interface: Option<u32>, ip: Ip) -> bool {
        let IpAddr::V4(ip) = ip.get() else {
            return false;
        };
        let is_wanted = |index| interface.is_none_or(|wanted| wanted == index);
        ip == Ipv4Addr::BROADCAST
            || (ip == LOOPBACK_BROADCAST && is_wanted(Self::LOOPBACK))
            || self
                .given()
                .any(|(of, cidr)| cidr.broadcast() == Some(ip) && is_wanted(*of))
    }

    /// The addresses of all interfaces but the loopback interface.
    fn given(&self) -> impl Iterator<Item = &(u32, Cidr)> {
        self.addresses.iter().filter_map(|slot| slot.0.as_ref())
    }

    fn get(&self, interface: u32) -> Option<&Interface> {
        self.slots.get(place(interface)?)?.0.as_ref()
    }

    fn get_mut(&mut self, interface: u32) -> Option<&mut Interface> {
        self.slots.get_mut(place(interface)?)?.0.as_mut()
    }
}

impl fmt::Debug for Interfaces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = self.slots.iter().filter_map(|slot| slot.0.as_ref());
        f.debug_list().entries(taken).finish()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Interfaces<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Interfaces {{ slots: {=usize} }}", self.slots.len());
    }
}

/// Whether an address can be one host's on a wire.
fn is_unicast(ip: Ip) -> bool {
    !ip.is_unspecified()
        && !ip.is_multicast()
        && !ip.is_loopback()
        && ip != Ip::from(Ipv4Addr::BROADCAST)
        // IPv4 is IPv4 here (RFC 4291 § 2.5.5.2).
        && ip.to_canonical() == ip
}

/// The place of an interface that is not the loopback interface.
fn place(interface: u32) -> Option<usize> {
    usize::try_from(interface.checked_sub(FIRST)?).ok()
}

/// The index of the first interface in a slot.
const FIRST: u32 = Interfaces::LOOPBACK + 1;
/// Of an interface, in bytes: `IFNAMSIZ` less its NUL.
const LONGEST_NAME: usize = 15;
/// As on Linux.
const LOOPBACK_MTU: u32 = 65_536;
const LOOPBACK_BROADCAST: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);
const LOOPBACK_ADDRESSES: [(IpAddr, u8); 2] = [
    (IpAddr::V4(Ipv4Addr::LOCALHOST), 8),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
];

#[cfg(test)]
mod tests;
