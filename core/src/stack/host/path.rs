//! Paths: the interface that a datagram goes by, the neighbour that it goes to, and the address that it comes from.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Host;
use crate::address::{Address, Endpoint, Family, Ip, Scope};
use crate::error::Errno;
use crate::features::IPV6;
use crate::send_meta::SendMeta;
use crate::sockets::SocketId;
use crate::stack::interfaces::Interfaces;
use crate::stack::ports::PortSlot;

/// What a datagram is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One host, maybe this one.
    Unicast,
    Broadcast,
    Group,
}

/// How a datagram gets from a socket to its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) kind: Kind,
    pub(super) interface: u32,
    pub(super) next_hop: Ip,
    pub(super) source: Ip,
    /// The destination, with IPv4 as IPv4, and with this host's address for the wildcard address.
    pub(super) destination: Endpoint,
}

impl Host<'_> {
    /// The interface that a datagram of a bound socket to `peer` goes by, and the address that it comes from.
    ///
    /// # Errors
    /// `EBADF` if the socket is not bound; else what sending the datagram fails with.
    pub fn source(&self, id: SocketId, peer: Endpoint) -> Result<(u32, IpAddr), Errno> {
        let slot = self.ports.get(id).ok_or(Errno::EBADF)?;
        let path = self.path(slot, peer, &SendMeta::new())?;
        Ok((path.interface, path.source.told()))
    }

    /// How datagrams of a socket get to `peer` that ask for `asked`.
    ///
    /// # Errors
    /// `EINVAL` for an IPv6 peer of an IPv4 socket, `EAFNOSUPPORT` for one of a socket that is bound to an IPv4 address,
    /// `ENETUNREACH` if there is no way, `EINVAL` if the socket's own address cannot be the source there, or the peer's
    /// address lacks its scope; of what is asked for, `EINVAL` if it contradicts that or the source is no own address, `ENODEV`
    /// if there is no such interface; `EACCES` for a broadcast address without permission.
    pub(super) fn path(
        &self,
        slot: &PortSlot,
        peer: Endpoint,
        asked: &SendMeta,
    ) -> Result<Path, Errno> {
        if !IPV6 && peer.address.family() == Family::V6 {
            return Err(Errno::EINVAL);
        }
        let bound = slot.local().address.canonical();
        // At a group or a broadcast address, a socket only listens.
        let own = Some(bound).filter(|bound| {
            !bound.is_unspecified()
                && !bound.is_multicast()
                && !self.interfaces.broadcasts(None, bound.ip)
        });
        let own = self.own_source(asked)?.or(own);
        let to = reachable(slot, peer.address, bound, own)?;
        let held = narrowed(held_interface(bound), asked.interface())?;
        let (kind, interface) = if to.is_multicast() {
            (Kind::Group, self.outgoing_interface(slot, to, held))
        } else if self.interfaces.broadcasts(None, to.ip) {
            // 255.255.255.255 is on every network: on which one, the socket's own address says.
            let own = own.filter(|_| to.ip == Ip::from(Ipv4Addr::BROADCAST));
            let owner = own.and_then(|own| self.interfaces.owner(own));
            (Kind::Broadcast, asked.interface().or(owner))
        } else {
            if to.is_link_local() && to.scope_id() == Interfaces::LOOPBACK {
                return Err(Errno::ENETUNREACH);
            }
            // The scope of an address that is not link-local means nothing.
            let scope = (to.is_link_local() && to.scope_id() != 0).then_some(to.scope_id());
            (Kind::Unicast, narrowed(scope, asked.interface())?.or(held))
        };
        let route = self.interfaces.route(to, interface)?;
        if to.ip.is_ipv6() && bound.ip.is_ipv4() {
            return Err(Errno::EAFNOSUPPORT);
        }
        let source = if let Some(own) = own {
            own.ip
        } else {
            let connected = slot.source().filter(|_| slot.peer() == Some(peer));
            connected.unwrap_or(route.source)
        };
        let leaves = route.interface != Interfaces::LOOPBACK;
        let is_lost = leaves && source.is_loopback();
        if is_lost || source.is_ipv4() != to.ip.is_ipv4() {
            return Err(Errno::EINVAL);
        }
        if kind == Kind::Broadcast && !slot.can_broadcast() {
            return Err(Errno::EACCES);
        }
        let is_elsewhere = |held| self.interfaces.holder(&to.ip, 0) != Some(held);
        if !leaves && kind == Kind::Unicast && interface.is_some_and(is_elsewhere) {
            return Err(Errno::ENETUNREACH);
        }
        let mut to = to;
        if kind == Kind::Unicast && to.ip.is_ipv6() && to.is_link_local() {
            // Whoever has not said on which link means the one that the route has chosen.
            to.scope = Scope::new(self.owner_of(route.interface, &to.ip));
        }
        Ok(Path {
            kind,
            interface: route.interface,
            next_hop: route.next_hop,
            source,
            destination: Endpoint::new(to, peer.port),
        })
    }

    /// The own address that is asked for as the source.
    fn own_source(&self, asked: &SendMeta) -> Result<Option<Address>, Errno> {
        let Some(ip) = asked.source() else {
            return Ok(None);
        };
        let source = Address::new(ip).canonical();
        if self.interfaces.owner(source).is_some() {
            Ok(Some(source))
        } else {
            Err(Errno::EINVAL)
        }
    }

    /// The interface that a datagram to a group has to leave by, if somebody has said it.
    fn outgoing_interface(
        &self,
        slot: &PortSlot,
        group: Address,
        held: Option<u32>,
    ) -> Option<u32> {
        let scope = (group.scope_id() != 0).then_some(group.scope_id());
        let set = (slot.multicast_interface() != 0).then_some(slot.multicast_interface());
        // As in Linux: an IPv4 address that the socket is bound to says it last.
        let bound = slot.local().address.canonical();
        let owner = self
            .interfaces
            .owner(bound)
            .filter(|_| bound.ip.is_ipv4() && !bound.is_unspecified());
        scope.or(held).or(set).or(owner)
    }
}

/// The only interface of a socket that is bound to an address of one link.
///
/// Linux: such a bind is a bind to the device, too.
fn held_interface(bound: Address) -> Option<u32> {
    bound.needs_scope().then_some(bound.scope_id())
}

/// Whether nothing says on which link an address of one link is. As in Linux, a connection needs to know, while a datagram
/// takes the way there is.
pub(super) fn lacks_scope(slot: &PortSlot, to: Address) -> bool {
    let is_said = to.is_multicast() && slot.multicast_interface() != 0;
    let held = held_interface(slot.local().address);
    to.needs_scope() && to.scope_id() == 0 && !is_said && held.is_none()
}

/// The interface that is given or asked for; they must not contradict each other.
fn narrowed(given: Option<u32>, asked: Option<u32>) -> Result<Option<u32>, Errno> {
    match (given, asked) {
        (Some(given), Some(asked)) if given != asked => Err(Errno::EINVAL),
        (given, asked) => Ok(given.or(asked)),
    }
}

/// The address that is meant by `peer`, if the socket's family can reach it. As in Linux, the IPv4 wildcard address is the
/// socket's own, if it has one.
fn reachable(
    slot: &PortSlot,
    peer: Address,
    bound: Address,
    own: Option<Address>,
) -> Result<Address, Errno> {
    let to = peer.canonical();
    let to = match to.ip.get() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => own
            .filter(|own| own.ip.is_ipv4())
            .unwrap_or_else(|| Address::from(Ipv4Addr::LOCALHOST)),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) if bound.ip.is_ipv4() => {
            Address::from(Ipv4Addr::LOCALHOST)
        }
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Address::from(Ipv6Addr::LOCALHOST),
        IpAddr::V4(_) | IpAddr::V6(_) => to.significant(),
    };
    match slot.family() {
        Family::V4 if to.ip.is_ipv6() || peer.ip.is_ipv6() => Err(Errno::EINVAL),
        Family::V4 => Ok(to),
        // One end of each family is no pair.
        Family::V6 if to.ip.is_ipv4() && slot.ipv6_only() => Err(Errno::ENETUNREACH),
        Family::V6 if to.ip.is_ipv4() && bound.ip.is_ipv6() && !bound.is_unspecified() => {
            Err(Errno::ENETUNREACH)
        }
        Family::V6 => Ok(to),
    }
}
