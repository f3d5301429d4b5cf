//! Sending: where a datagram goes, from which address, and whether a copy of it stays here.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Context, Host};
use crate::address::{Address, Endpoint, Family};
use crate::error::{Errno, Syscall, SystemError};
use crate::event::Operation;
use crate::output::{Transmit, Transmitted};
use crate::payload::Payload;
use crate::socket::Socket;
use crate::sockets::SocketId;
use crate::stack::interfaces::Interfaces;
use crate::stack::packet::{Incoming, Outgoing, Wire};
use crate::stack::ports::PortSlot;
use crate::stats::count;

/// What a datagram is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One host, maybe this one.
    Unicast,
    Broadcast,
    Group,
}

/// How a datagram gets from a socket to its destination.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    pub(super) kind: Kind,
    pub(super) interface: u32,
    pub(super) next_hop: IpAddr,
    pub(super) source: IpAddr,
    /// The destination, with IPv4 as IPv4, and with this host's address for the wildcard address.
    pub(super) destination: Endpoint,
}

impl Host<'_> {
    /// Sends what waits in a socket's queue, as far as there is room.
    pub(super) fn flush<W: Wire + ?Sized>(
        &mut self,
        context: &mut Context<'_, W>,
        id: SocketId,
        socket: &mut Socket<'_>,
    ) {
        while let Some(outcome) = socket.transmit_next(|transmit| {
            self.transmit(context, id, transmit)
                .unwrap_or_else(Transmitted::Failed)
        }) {
            self.tell_refusal(id, socket);
            if outcome == Transmitted::Blocked {
                self.is_blocked = true;
                return;
            }
        }
    }

    /// Sends one datagram of a socket, or says why not.
    pub(super) fn transmit<W: Wire + ?Sized>(
        &mut self,
        context: &mut Context<'_, W>,
        id: SocketId,
        transmit: &Transmit<'_>,
    ) -> Result<Transmitted, Errno> {
        let slot = self.ports.get(id).ok_or(Errno::EBADF)?;
        let connected;
        let peer = match &transmit.destination {
            Some(peer) => peer,
            None => {
                connected = slot.peer().ok_or(Errno::EDESTADDRREQ)?;
                &connected
            }
        };
        let Some(datagram) = self.near(slot, peer, transmit.payload) else {
            return self.transmit_far(context, id, *peer, transmit.payload);
        };
        self.check_size(context.wire, &datagram)?;
        Ok(context.wire.transmit(context.now, &datagram))
    }

    /// A datagram of a socket to another host, if it goes the short way, which agrees with [`path`](Self::path).
    pub(super) fn near<'p>(
        &self,
        slot: &PortSlot,
        peer: &Endpoint,
        payload: Payload<'p>,
    ) -> Option<Outgoing<'p>> {
        let is_v6 = slot.family() == Family::V6;
        let v4 = match peer.address.ip {
            IpAddr::V4(ip) => Some(ip),
            IpAddr::V6(ip) => ip.to_ipv4_mapped().filter(|_| is_v6),
        };
        let (route, address) = match (v4, peer.address.ip) {
            (Some(ip), _) if !slot.ipv6_only() => (self.interfaces.near_v4(ip)?, ip.into()),
            (None, IpAddr::V6(ip)) if is_v6 => {
                let route = self.interfaces.near_v6(ip, peer.address.scope_id)?;
                (route, peer.address)
            }
            _ => return None,
        };
        // Both are link-local, or neither is.
        let source = Address {
            ip: route.source,
            scope_id: address.scope_id,
        };
        slot.is_from(&source.ip).then_some(Outgoing {
            interface: route.interface,
            next_hop: route.next_hop,
            source: Endpoint::new(source, slot.port()),
            destination: Endpoint::new(address, peer.port),
            is_broadcast: false,
            hop_limit: slot.ttl(),
            payload,
        })
    }

    /// Sends one datagram of a socket to anywhere.
    #[inline(never)]
    fn transmit_far<W: Wire + ?Sized>(
        &mut self,
        context: &mut Context<'_, W>,
        id: SocketId,
        peer: Endpoint,
        payload: Payload<'_>,
    ) -> Result<Transmitted, Errno> {
        let slot = self.ports.get(id).ok_or(Errno::EBADF)?;
        let path = self.path(slot, peer)?;
        let owner = self.owner_of(path.interface, &path.source);
        let source = Endpoint::new(crate::stack::scoped(path.source, owner), slot.port());
        let hop_limit = match path.kind {
            Kind::Group => slot.multicast_ttl(),
            Kind::Unicast | Kind::Broadcast => slot.ttl(),
        };
        let datagram = Outgoing {
            interface: path.interface,
            next_hop: path.next_hop,
            source,
            destination: path.destination,
            is_broadcast: path.kind == Kind::Broadcast,
            hop_limit,
            payload,
        };
        if payload.len() > longest(path.destination) {
            return Err(Errno::EMSGSIZE);
        }
        let loops = slot.loops_multicast();
        self.dispatch(context, path.kind, loops, &datagram)
    }

    /// The interface of an own address at the near end of a path: what stays here keeps its scope, too.
    pub(super) fn owner_of(&self, interface: u32, ip: &IpAddr) -> u32 {
        match interface {
            Interfaces::LOOPBACK => self.interfaces.holder(ip, 0).unwrap_or(interface),
            other => other,
        }
    }

    /// Brings a datagram to this host, to the wire, or to both.
    fn dispatch<W: Wire + ?Sized>(
        &mut self,
        context: &mut Context<'_, W>,
        kind: Kind,
        loops: bool,
        datagram: &Outgoing<'_>,
    ) -> Result<Transmitted, Errno> {
        let (interface, group) = (datagram.interface, datagram.destination.address.ip);
        let stays = interface == Interfaces::LOOPBACK;
        if stays && kind == Kind::Unicast {
            return Ok(self.keep(datagram));
        }
        // What does not fit the wire is not delivered here either. A TTL of 0 stays on the host.
        let outcome = if stays || datagram.hop_limit == 0 {
            Transmitted::Sent
        } else {
            self.check_size(context.wire, datagram)?;
            context.wire.transmit(context.now, datagram)
        };
        let has_members = match kind {
            // The loopback interface itself loops, whatever the socket says.
            Kind::Group => (loops || stays) && self.groups.has(interface, group),
            Kind::Broadcast => true,
            Kind::Unicast => false,
        };
        if outcome == Transmitted::Sent && has_members && !self.local.push(datagram) {
            count(&mut self.drops.local_full);
        }
        Ok(outcome)
    }

    /// A datagram to this host. It waits if there is no room now, and fails if there never is. Nobody at its port is a
    /// refusal, as it would come by ICMP: what is under way when its socket closes is just lost.
    fn keep(&mut self, datagram: &Outgoing<'_>) -> Transmitted {
        let arriving = Incoming::new(
            datagram.interface,
            datagram.source,
            datagram.destination,
            &[],
        );
        if !self.local.could_hold(datagram.payload.len()) {
            Transmitted::Failed(Errno::EMSGSIZE)
        } else if self.ports.select(&arriving).is_none() {
            count(&mut self.drops.no_socket);
            self.is_refused = true;
            Transmitted::Sent
        } else if self.local.push(datagram) {
            Transmitted::Sent
        } else {
            Transmitted::Blocked
        }
    }

    /// Tells a socket that is connected that nobody is at its peer's port, if that has just been found.
    pub(super) fn tell_refusal(&mut self, id: SocketId, socket: &mut Socket<'_>) {
        if !core::mem::take(&mut self.is_refused) {
            return;
        }
        let is_connected = self.ports.get(id).is_some_and(|slot| slot.peer().is_some());
        if is_connected {
            let error = SystemError::new(Syscall::RecvMsg, Errno::ECONNREFUSED);
            socket.handle_failure(Operation::Receive, error);
        }
    }

    fn check_size<W: Wire + ?Sized>(&self, wire: &W, datagram: &Outgoing<'_>) -> Result<(), Errno> {
        let family = datagram.destination.address.family();
        let headers = match family {
            Family::V4 => HEADERS_V4,
            Family::V6 => HEADERS_V6,
        };
        let length = datagram.payload.len();
        if length > longest(datagram.destination) {
            return Err(Errno::EMSGSIZE);
        }
        let packet = length.saturating_add(headers);
        let mtu = usize::try_from(self.interfaces.mtu(datagram.interface)).unwrap_or(usize::MAX);
        let fits = packet <= mtu
            || family == Family::V4
                && wire
                    .longest_ipv4(datagram.interface)
                    .is_some_and(|longest| packet <= longest);
        if fits { Ok(()) } else { Err(Errno::EMSGSIZE) }
    }

    /// The interface that a datagram of a bound socket to `peer` goes by, and the address that it comes from.
    ///
    /// # Errors
    /// `EBADF` if the socket is not bound; else what sending the datagram fails with.
    pub fn source(&self, id: SocketId, peer: Endpoint) -> Result<(u32, IpAddr), Errno> {
        let slot = self.ports.get(id).ok_or(Errno::EBADF)?;
        let path = self.path(slot, peer)?;
        Ok((path.interface, path.source))
    }

    /// How datagrams of a socket get to `peer`.
    ///
    /// # Errors
    /// `EINVAL` for an IPv6 peer of an IPv4 socket, `EACCES` for a broadcast address without permission,
    /// `ENETUNREACH` if there is no way, `EINVAL` if the socket's own address cannot be the source there, or the peer's
    /// address lacks its scope.
    pub(super) fn path(&self, slot: &PortSlot, peer: Endpoint) -> Result<Path, Errno> {
        let bound = slot.local().address.canonical();
        let to = reachable(slot, peer.address, bound)?;
        let (kind, interface) = if to.is_multicast() {
            (Kind::Group, self.outgoing_interface(slot, to))
        } else if self.interfaces.is_broadcast(None, to.ip) {
            if !slot.can_broadcast() {
                return Err(Errno::EACCES);
            }
            (Kind::Broadcast, None)
        } else {
            if to.is_link_local() && to.scope_id == Interfaces::LOOPBACK {
                return Err(Errno::ENETUNREACH);
            }
            // The scope of an address that is not link-local means nothing.
            let scope = (to.is_link_local() && to.scope_id != 0).then_some(to.scope_id);
            (Kind::Unicast, scope)
        };
        let route = self.interfaces.route(to, interface)?;
        let is_own = !bound.is_unspecified()
            && !bound.is_multicast()
            && !self.interfaces.is_broadcast(None, bound.ip);
        let source = if is_own {
            bound.ip
        } else {
            let connected = slot.source().filter(|_| slot.peer() == Some(peer));
            connected.unwrap_or(route.source)
        };
        let leaves = route.interface != Interfaces::LOOPBACK;
        if leaves && source.is_loopback() && kind == Kind::Unicast {
            return Err(Errno::EINVAL);
        }
        let mut to = to;
        if kind == Kind::Unicast && to.ip.is_ipv6() && to.is_link_local() {
            // Whoever has not said on which link means the one that the route has chosen.
            to.scope_id = self.owner_of(route.interface, &to.ip);
        }
        Ok(Path {
            kind,
            interface: route.interface,
            next_hop: route.next_hop,
            source,
            destination: Endpoint::new(to, peer.port),
        })
    }

    /// The interface that a datagram to a group has to leave by, if somebody has said it.
    fn outgoing_interface(&self, slot: &PortSlot, group: Address) -> Option<u32> {
        let scope = (group.scope_id != 0).then_some(group.scope_id);
        let set = (slot.multicast_interface() != 0).then_some(slot.multicast_interface());
        // As in Linux: an address that the socket is bound to says it last.
        let bound = slot.local().address.canonical();
        let owner = self
            .interfaces
            .owner(bound)
            .filter(|_| !bound.is_unspecified());
        scope.or(set).or(owner)
    }
}

/// The address that is meant by `peer`, if the socket's family can reach it.
fn reachable(slot: &PortSlot, peer: Address, bound: Address) -> Result<Address, Errno> {
    let to = match peer.canonical() {
        Address {
            ip: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            ..
        } => Address::from(Ipv4Addr::LOCALHOST),
        Address {
            ip: IpAddr::V6(Ipv6Addr::UNSPECIFIED),
            ..
        } => Address::from(Ipv6Addr::LOCALHOST),
        other => other,
    };
    match slot.family() {
        Family::V4 if to.ip.is_ipv6() || peer.ip.is_ipv6() => Err(Errno::EINVAL),
        Family::V4 => Ok(to),
        // One end of each family is no pair.
        Family::V6 if to.ip.is_ipv4() && slot.ipv6_only() => Err(Errno::ENETUNREACH),
        Family::V6 if !bound.is_unspecified() && to.family() != bound.family() => {
            Err(Errno::ENETUNREACH)
        }
        Family::V6 => Ok(to),
    }
}

const fn longest(destination: Endpoint) -> usize {
    match destination.address.family() {
        Family::V4 => LONGEST_V4,
        Family::V6 => LONGEST_V6,
    }
}

/// Bytes of the longest payload: what the IPv4 length leaves of its headers (RFC 791, RFC 768).
const LONGEST_V4: usize = 65_507;
/// The same for IPv6, whose length does not count its header (RFC 8200).
const LONGEST_V6: usize = 65_527;
/// Bytes of an IPv4 and a UDP header.
const HEADERS_V4: usize = 28;
/// Bytes of an IPv6 and a UDP header.
const HEADERS_V6: usize = 48;
