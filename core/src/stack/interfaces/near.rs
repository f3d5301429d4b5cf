//! The short way: where one look through the addresses finds it, as for nearly all datagrams.
//!
//! What [`Interfaces::route`] would say for them, without its generality. Whenever there is anything to weigh, there is
//! no short way, and [`Interfaces::route`] weighs it.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{FIRST, Interface, Interfaces, Route};

/// The networks that an address is in.
enum Networks<T> {
    /// None, and it is nobody's here.
    None,
    One(T),
    /// Several; or it is no other host's.
    Unclear,
}

impl Interfaces<'_> {
    /// The interface whose only network has a neighbour in it, and its address there.
    #[inline]
    pub(in crate::stack) fn neighbour_v4(&self, ip: Ipv4Addr) -> Option<(u32, Ipv4Addr)> {
        if is_special(ip) {
            return None;
        }
        match self.networks_v4(ip) {
            Networks::One(found) => self.is_up(found.0).then_some(found),
            Networks::None | Networks::Unclear => None,
        }
    }

    /// The way to a neighbour in the only network that it is in, or by the only gateway to what is in no network.
    pub(in crate::stack) fn near_v4(&self, ip: Ipv4Addr) -> Option<Route> {
        if is_special(ip) {
            return None;
        }
        let (next_hop, (interface, source)) = match self.networks_v4(ip) {
            Networks::One(found) => (ip, found),
            Networks::None => {
                let (index, gateway) = self.only_gateway(|known| known.gateway_v4)?;
                match self.networks_v4(gateway) {
                    Networks::One(found) if found.0 == index => (gateway, found),
                    Networks::One(_) | Networks::None | Networks::Unclear => return None,
                }
            }
            Networks::Unclear => return None,
        };
        self.is_up(interface).then_some(Route {
            interface,
            next_hop: next_hop.into(),
            source: source.into(),
        })
    }

    fn networks_v4(&self, ip: Ipv4Addr) -> Networks<(u32, Ipv4Addr)> {
        let mut found = Networks::None;
        for (interface, cidr) in self.given() {
            let IpAddr::V4(own) = cidr.ip().get() else {
                continue;
            };
            let differing = own.to_bits() ^ ip.to_bits();
            if differing.leading_zeros() < u32::from(cidr.prefix()) {
                continue;
            }
            let is_first = matches!(found, Networks::None);
            if differing == 0 || cidr.broadcast() == Some(ip) || !is_first {
                return Networks::Unclear;
            }
            found = Networks::One((*interface, own));
        }
        found
    }

    /// The same for IPv6, where the source has to be the interface's only one, too: the only link-local one for a
    /// link-local address, which must have its scope, or else the only other one. The gateway is link-local.
    pub(in crate::stack) fn near_v6(&self, ip: Ipv6Addr, scope_id: u32) -> Option<Route> {
        let is_local = ip.is_unicast_link_local();
        if ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() {
            return None;
        }
        let (interface, next_hop) = match (is_local, scope_id) {
            (true, 1..) => (scope_id, ip),
            (false, 0) => match self.networks_v6(ip) {
                Networks::One(interface) => (interface, ip),
                Networks::None => self
                    .only_gateway(|known| known.gateway_v6)
                    .filter(|(_, gateway)| gateway.is_unicast_link_local())?,
                Networks::Unclear => return None,
            },
            (true, 0) | (false, 1..) => return None,
        };
        let mut source = None;
        for (of, cidr) in self.given() {
            let IpAddr::V6(own) = cidr.ip().get() else {
                continue;
            };
            if *of != interface || own.is_unicast_link_local() != is_local {
                continue;
            }
            if own == ip || source.is_some() {
                return None;
            }
            source = Some(own);
        }
        let source = source.filter(|_| self.is_up(interface))?;
        Some(Route {
            interface,
            next_hop: next_hop.into(),
            source: source.into(),
        })
    }

    fn networks_v6(&self, ip: Ipv6Addr) -> Networks<u32> {
        let mut found = Networks::None;
        for (interface, cidr) in self.given() {
            if cidr.has(ip.into()) {
                if !matches!(found, Networks::None) {
                    return Networks::Unclear;
                }
                found = Networks::One(*interface);
            }
        }
        found
    }

    /// The only gateway of a family, with its interface.
    fn only_gateway<T>(&self, gateway: impl Fn(&Interface) -> Option<T>) -> Option<(u32, T)> {
        let taken = self.slots.iter().zip(FIRST..u32::MAX);
        let mut all = taken.filter_map(|(slot, index)| Some((index, gateway(slot.0.as_ref()?)?)));
        let first = all.next();
        first.filter(|_| all.next().is_none())
    }
}

/// Whether an address is in 0/8, 127/8, 224/4 or 240/4, which have their own rules (RFC 6890).
const fn is_special(ip: Ipv4Addr) -> bool {
    matches!(ip.octets()[0], 0 | 127 | 224..)
}
