//! Which way datagrams go, and which address they come from.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::cidr::shared;
use super::{Cidr, Interfaces};
use crate::address::{Address, Family};
use crate::error::Errno;

/// How a datagram gets to its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Route {
    /// By this interface; the loopback interface for an address of this host.
    pub interface: u32,
    /// To this neighbour: the destination itself, or a gateway.
    pub next_hop: IpAddr,
    /// From this address, unless the socket has one.
    pub source: IpAddr,
}

impl Interfaces<'_> {
    /// How datagrams get to `destination`: a unicast or a broadcast address, or a group. The interface can be demanded.
    ///
    /// # Errors
    /// `ENETUNREACH` if there is no way, `ENODEV` if the demanded interface is not there, `EADDRNOTAVAIL` if the
    /// interface has no address of the family, `EINVAL` for a link-local IPv6 address without a scope.
    pub fn route(&self, destination: Address, interface: Option<u32>) -> Result<Route, Errno> {
        let ip = destination.ip;
        if interface.is_some_and(|index| self.name(index).is_none()) {
            return Err(Errno::ENODEV);
        }
        if ip.is_multicast() {
            let scope = (destination.scope_id != 0).then_some(destination.scope_id);
            return self.leave_by(self.group_interface(ip, interface.or(scope))?, ip, ip);
        }
        if ip.is_unspecified() || self.owner(destination).is_some() {
            return Ok(Route {
                interface: Self::LOOPBACK,
                next_hop: ip,
                source: ip,
            });
        }
        if ip == IpAddr::V4(Ipv4Addr::BROADCAST) {
            return self.leave_by(self.group_interface(ip, interface)?, ip, ip);
        }
        if ip.is_ipv6() && destination.is_link_local() {
            let scope = (destination.scope_id != 0).then_some(destination.scope_id);
            let index = scope.or(interface).ok_or(Errno::EINVAL)?;
            if !self.is_up(index) {
                return Err(Errno::ENETUNREACH);
            }
            return self.leave_by(index, ip, ip);
        }
        let wanted =
            |index: &u32| self.is_up(*index) && interface.is_none_or(|demanded| demanded == *index);
        // The longest prefix; of equals the first.
        let mut best: Option<(u32, Cidr)> = None;
        for index in self.indexes().filter(wanted) {
            for cidr in self.addresses(index).filter(|cidr| cidr.contains(ip)) {
                if best.is_none_or(|(_, other)| cidr.prefix() > other.prefix()) {
                    best = Some((index, cidr));
                }
            }
        }
        if let Some((index, _)) = best {
            return self.leave_by(index, ip, ip);
        }
        let (index, gateway) = self
            .indexes()
            .filter(wanted)
            .find_map(|index| Some((index, self.gateway(index, Family::of(ip))?)))
            .ok_or(Errno::ENETUNREACH)?;
        self.leave_by(index, ip, gateway)
    }

    /// The address of an interface that datagrams to `destination` should come from.
    #[must_use]
    pub fn source(&self, interface: u32, destination: IpAddr) -> Option<IpAddr> {
        let family = Family::of(destination);
        let own = || {
            let addresses = self.addresses(interface);
            addresses.filter(move |cidr| Family::of(cidr.address()) == family)
        };
        match destination {
            IpAddr::V4(_) => own()
                .find(|cidr| cidr.contains(destination))
                .or_else(|| own().next())
                .map(Cidr::address),
            IpAddr::V6(to) => {
                // RFC 6724 § 5, rules 1, 2 and 8; of equals the first.
                let mut best: Option<(Rank, IpAddr)> = None;
                for cidr in own() {
                    let rank = Rank::of(cidr.address(), to);
                    if best.is_none_or(|(other, _)| rank > other) {
                        best = Some((rank, cidr.address()));
                    }
                }
                best.map(|(_, ip)| ip)
            }
        }
    }

    fn leave_by(&self, interface: u32, to: IpAddr, next_hop: IpAddr) -> Result<Route, Errno> {
        let source = self.source(interface, to).ok_or(Errno::EADDRNOTAVAIL)?;
        Ok(Route {
            interface,
            next_hop,
            source,
        })
    }

    /// The gateway of an interface, if it can be reached.
    fn gateway(&self, interface: u32, family: Family) -> Option<IpAddr> {
        let gateway = self.get(interface)?.gateway(family)?;
        let is_link_local = gateway.is_ipv6() && Address::new(gateway).is_link_local();
        let mut own = self.addresses(interface);
        own.any(|cidr| cidr.contains(gateway) || (is_link_local && cidr.address().is_ipv6()))
            .then_some(gateway)
    }

    /// The interface for a group or 255.255.255.255: the demanded one, the gateway's, or the first with an address.
    fn group_interface(&self, ip: IpAddr, demanded: Option<u32>) -> Result<u32, Errno> {
        let family = Family::of(ip);
        if let Some(index) = demanded {
            return if self.is_up(index) {
                Ok(index)
            } else {
                Err(Errno::ENETUNREACH)
            };
        }
        let mut by_gateway = self.devices();
        let by_gateway = by_gateway.find(|&index| self.gateway(index, family).is_some());
        let by_address = || {
            let mut devices = self.devices();
            devices.find(|&index| self.source(index, ip).is_some())
        };
        by_gateway.or_else(by_address).ok_or(Errno::ENETUNREACH)
    }

    /// The interfaces that are up but for the loopback interface.
    fn devices(&self) -> impl Iterator<Item = u32> {
        let devices = self.indexes().filter(|&index| index != Self::LOOPBACK);
        devices.filter(|&index| self.is_up(index))
    }
}

/// How well an address serves as the source for a destination; more is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    is_same: bool,
    scope: i16,
    shared: u8,
}

impl Rank {
    fn of(source: IpAddr, to: Ipv6Addr) -> Self {
        let IpAddr::V6(own) = source else {
            return Self {
                is_same: false,
                scope: i16::MIN,
                shared: 0,
            };
        };
        let (from, reach) = (i16::from(scope(own)), i16::from(scope(to)));
        Self {
            is_same: own == to,
            // Of those that reach far enough the nearest, then of the others the farthest.
            scope: if from >= reach {
                from.wrapping_neg()
            } else {
                from.saturating_sub(100)
            },
            shared: shared(source, IpAddr::V6(to)),
        }
    }
}

/// RFC 4291 § 2.7, RFC 6724 § 3.1
fn scope(ip: Ipv6Addr) -> u8 {
    let [first, second, ..] = ip.octets();
    if first == 0xff {
        second & 0x0f
    } else if ip.is_loopback() || ip.is_unicast_link_local() {
        2
    } else {
        14
    }
}
