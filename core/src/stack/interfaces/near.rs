//! The short way: neighbours that one look through the addresses finds, as nearly all datagrams go to.
//!
//! What [`Interfaces::route`] would say for them, without its generality. Whenever there is anything to weigh, there is
//! no short way, and [`Interfaces::route`] weighs it.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Interfaces;

impl Interfaces<'_> {
    /// The interface whose only network with `ip` in it leads there, and its address in it; `None` for an address that is
    /// no neighbour's or in several networks.
    pub(in crate::stack) fn near_v4(&self, ip: Ipv4Addr) -> Option<(u32, Ipv4Addr)> {
        // 0/8, 127/8, 224/4 and 240/4 have their own rules (RFC 6890).
        if matches!(ip.octets()[0], 0 | 127 | 224..) {
            return None;
        }
        let mut near: Option<(u32, Ipv4Addr)> = None;
        for (interface, cidr) in self.addresses.iter().filter_map(|slot| slot.0.as_ref()) {
            let IpAddr::V4(own) = cidr.address() else {
                continue;
            };
            let differing = own.to_bits() ^ ip.to_bits();
            if differing.leading_zeros() < u32::from(cidr.prefix()) {
                continue;
            }
            // An own address, a broadcast address, or in two networks.
            if differing == 0 || cidr.broadcast() == Some(ip) || near.is_some() {
                return None;
            }
            near = Some((*interface, own));
        }
        near.filter(|&(interface, _)| self.is_up(interface))
    }

    /// The same for IPv6, where the address has to be the interface's only one, too: the only link-local one for a
    /// link-local address, which must have its scope, or else the only other one.
    pub(in crate::stack) fn near_v6(&self, ip: Ipv6Addr, scope_id: u32) -> Option<(u32, Ipv6Addr)> {
        let is_local = ip.is_unicast_link_local();
        if ip.is_unspecified() || ip.is_loopback() || ip.is_multicast() {
            return None;
        }
        let interface = match (is_local, scope_id) {
            (true, 1..) => scope_id,
            (false, 0) => self.only_network_v6(ip)?,
            (true, 0) | (false, 1..) => return None,
        };
        let mut near = None;
        for (of, cidr) in self.given() {
            let IpAddr::V6(own) = cidr.address() else {
                continue;
            };
            if of != interface || own.is_unicast_link_local() != is_local {
                continue;
            }
            if own == ip || near.is_some() {
                return None;
            }
            near = Some((interface, own));
        }
        near.filter(|_| self.is_up(interface))
    }

    /// The interface with the only network that an address is in.
    fn only_network_v6(&self, ip: Ipv6Addr) -> Option<u32> {
        let mut networks = self
            .given()
            .filter(|(_, cidr)| cidr.contains(ip.into()))
            .map(|(interface, _)| interface);
        let interface = networks.next();
        interface.filter(|_| networks.next().is_none())
    }
}
