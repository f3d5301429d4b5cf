//! Which way datagrams go, and which address they come from.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::cidr::shared;
use super::{Cidr, Interfaces};
use crate::address::{Address, Family, Ip, Scope};
use crate::error::Errno;
use crate::features::IPV6;

/// How a datagram gets to its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Route {
    /// By this interface; the loopback interface for an address of this host.
    pub interface: u32,
    /// See [`next_hop`](Self::next_hop).
    pub(crate) next_hop: Ip,
    /// See [`source`](Self::source).
    pub(crate) source: Ip,
}

impl Route {
    /// To this neighbour: the destination itself, or a gateway.
    #[must_use]
    pub const fn next_hop(&self) -> IpAddr {
        self.next_hop.told()
    }

    /// From this address, unless the socket has one.
    #[must_use]
    pub const fn source(&self) -> IpAddr {
        self.source.told()
    }
}

impl Interfaces<'_> {
    /// How datagrams get to `destination`: a unicast or a broadcast address, or a group. The interface can be demanded,
    /// by `interface` or by the scope id of a group or a link-local IPv6 address.
    ///
    /// Addresses of this host, and the wildcard address, are reached by the loopback interface; others by the interface
    /// that has the longest prefix of theirs, or else by the first that has a gateway on one of its own networks.
    /// Groups and 255.255.255.255 are on every network: they are reached by the first interface that has a gateway,
    /// or else an address. What is down is no way.
    ///
    /// # Errors
    /// `ENETUNREACH` if there is no way, `ENODEV` if `interface` is not there, `EADDRNOTAVAIL` if the demanded interface
    /// has no address of the family, `EAFNOSUPPORT` for IPv6 without the feature `ipv6`.
    pub fn route(&self, destination: Address, interface: Option<u32>) -> Result<Route, Errno> {
        let ip = destination.ip;
        let family = ip.family();
        if !IPV6 && destination.family() == Family::V6 {
            return Err(Errno::EAFNOSUPPORT);
        }
        let needs_scope = ip.is_ipv6() && destination.is_link_local();
        let is_on_every_link =
            needs_scope || ip.is_multicast() || ip == Ip::from(Ipv4Addr::BROADCAST);
        let scope =
            (is_on_every_link && destination.scope_id() != 0).then_some(destination.scope_id());
        let demanded = scope.or(interface);

        if interface.is_some_and(|index| self.name(index).is_none()) {
            return Err(Errno::ENODEV);
        }
        if ip.is_unspecified() || ip.is_loopback() {
            let own = family.loopback().ip;
            // As in Linux, what is sent to all of 127.0.0.0/8 comes from 127.0.0.1.
            let next_hop = if ip.is_loopback() { ip } else { own };
            return Ok(Route {
                interface: Self::LOOPBACK,
                next_hop,
                source: own,
            });
        }
        let own = match demanded {
            Some(scope_id) if needs_scope => Address {
                ip,
                scope: Scope::new(scope_id),
            },
            _ => destination,
        };
        if self.owner(own).is_some() {
            return Ok(Route {
                interface: Self::LOOPBACK,
                next_hop: ip,
                source: ip,
            });
        }
        if let Some(index) = demanded.filter(|&index| self.is_up(index)) {
            if !self.has_family(index, family) {
                return Err(Errno::EADDRNOTAVAIL);
            }
        }
        let on_link = if is_on_every_link {
            self.any_link(family, demanded)
        } else {
            self.longest_prefix(ip, demanded)
        };
        let (interface, next_hop) = on_link
            .map(|index| (index, ip))
            .or_else(|| self.first_gateway(family, demanded))
            .ok_or(Errno::ENETUNREACH)?;
        // An IPv4 source is one that the next hop knows; RFC 6724 looks at the destination.
        let near = if ip.is_ipv4() { next_hop } else { ip };
        let source = self
            .source_for(interface, near)
            .ok_or(Errno::EADDRNOTAVAIL)?;
        Ok(Route {
            interface,
            next_hop,
            source,
        })
    }

    /// The address of an interface that datagrams to `destination` should come from: the first in its network, or else the
    /// first. For IPv6 the one that RFC 6724 § 5 prefers by its rules 1 (the destination itself), 2 (scope) and 8
    /// (longest prefix), of equals the first.
    #[must_use]
    pub fn source(&self, interface: u32, destination: IpAddr) -> Option<IpAddr> {
        Some(self.source_for(interface, destination.into())?.told())
    }

    /// As [`source`](Self::source).
    pub(crate) fn source_for(&self, interface: u32, destination: Ip) -> Option<Ip> {
        let family = destination.family();
        if interface == Self::LOOPBACK {
            return Some(family.loopback().ip);
        }
        let mut own = self
            .given_to(interface)
            .filter(|cidr| cidr.ip().family() == family);
        let mut best = own.next()?;
        for next in own {
            if rank(*next, destination) > rank(*best, destination) {
                best = next;
            }
        }
        Some(best.ip())
    }

    /// The interfaces that are up, or the demanded one if it is.
    fn candidates(&self, demanded: Option<u32>) -> impl Iterator<Item = u32> {
        self.indexes().filter(move |&index| {
            self.is_up(index) && demanded.is_none_or(|demanded| demanded == index)
        })
    }

    /// The interface in the smallest network that an address is in; of equals the first.
    fn longest_prefix(&self, ip: Ip, demanded: Option<u32>) -> Option<u32> {
        let networks = self.given().filter(|(index, cidr)| {
            cidr.has(ip) && demanded.is_none_or(|demanded| demanded == *index) && self.is_up(*index)
        });
        let best = networks.reduce(|best, next| {
            if next.1.prefix() > best.1.prefix() {
                next
            } else {
                best
            }
        });
        best.map(|(index, _)| *index)
    }

    /// The interface for what is on every link: the demanded one, the first gateway's, or the first with an address.
    fn any_link(&self, family: Family, demanded: Option<u32>) -> Option<u32> {
        if demanded.is_some() {
            return self.candidates(demanded).next();
        }
        let by_gateway = self.first_gateway(family, None);
        by_gateway.map(|(index, _)| index).or_else(|| {
            self.candidates(None)
                .find(|&index| index != Self::LOOPBACK && self.has_family(index, family))
        })
    }

    /// The first gateway that can be reached, with its interface: one on a network of it, or link-local.
    #[inline(never)]
    fn first_gateway(&self, family: Family, demanded: Option<u32>) -> Option<(u32, Ip)> {
        self.candidates(demanded).find_map(|index| {
            let gateway = self.get(index)?.gateway(family)?;
            let is_link_local = gateway.is_ipv6() && Address::of(gateway).is_link_local();
            let is_near = (is_link_local && self.has_family(index, family))
                || self.given_to(index).any(|own| own.has(gateway));
            is_near.then_some((index, gateway))
        })
    }

    #[inline(never)]
    fn has_family(&self, interface: u32, family: Family) -> bool {
        interface == Self::LOOPBACK
            || self
                .given_to(interface)
                .any(|own| own.ip().family() == family)
    }

    /// The addresses of an interface that is not the loopback interface.
    pub(crate) fn given_to(&self, interface: u32) -> impl Iterator<Item = &Cidr> {
        let given = self.given().filter(move |(of, _)| *of == interface);
        given.map(|(_, cidr)| cidr)
    }
}

/// How well an address serves as the source for a destination of its family; more is better.
fn rank(own: Cidr, to: Ip) -> (bool, u8, u8) {
    match (own.ip().get(), to.get()) {
        (IpAddr::V6(from), IpAddr::V6(to)) if IPV6 => {
            let (reach, wanted) = (scope(from), scope(to));
            // Of those that reach far enough the nearest, then of the others the farthest.
            let fit = if reach >= wanted {
                31_u8.saturating_sub(reach)
            } else {
                reach
            };
            let prefix = shared(own.ip(), to.into()).min(own.prefix());
            (from == to, fit, prefix)
        }
        _ => (own.has(to), 0, 0),
    }
}

/// 0..=15: RFC 4291 § 2.7, RFC 6724 § 3.1
fn scope(ip: Ipv6Addr) -> u8 {
    let [first, second, ..] = ip.octets();
    match (first, second & 0xc0) {
        (0xff, _) => second & 0x0f,
        // Site-local addresses: fec0::/10.
        (0xfe, 0xc0) => 5,
        _ if ip.is_loopback() || ip.is_unicast_link_local() => 2,
        _ => 14,
    }
}
