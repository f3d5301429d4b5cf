//! Sending: to the wire, to this host, or to both.

use core::net::IpAddr;

use super::path::Kind;
use super::{Context, Host};
use crate::address::{Address, Endpoint, Family, Ip};
use crate::error::{Errno, Syscall, SystemError};
use crate::event::Operation;
use crate::features::IPV6;
use crate::output::{Full, Transmit, Transmitted};
use crate::payload::Payload;
use crate::socket::Socket;
use crate::sockets::SocketId;
use crate::stack::interfaces::Interfaces;
use crate::stack::packet::{Incoming, Outgoing, Wire};
use crate::stack::ports::PortSlot;
use crate::stats::count;

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
            if outcome.is_blocked() {
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
        if !transmit.meta.is_none() {
            return self.transmit_far(context, id, *peer, transmit);
        }
        if let Some((interface, source)) = self.neighbour(slot, peer) {
            let datagram = Outgoing {
                interface,
                next_hop: peer.address.ip,
                source: Endpoint::new(source, slot.port()),
                destination: *peer,
                is_broadcast: false,
                hop_limit: slot.ttl(),
                traffic_class: 0,
                payload: transmit.payload,
            };
            self.check_size(context.wire, &datagram)?;
            return Ok(context.wire.transmit(context.now, &datagram));
        }
        let Some(datagram) = self.near(slot, peer, transmit.payload) else {
            return self.transmit_far(context, id, *peer, transmit);
        };
        self.check_size(context.wire, &datagram)?;
        Ok(context.wire.transmit(context.now, &datagram))
    }

    /// The interface and the source of datagrams to a neighbour, by the shortest way: IPv4 as it is mostly used.
    #[inline]
    pub(super) fn neighbour(&self, slot: &PortSlot, peer: &Endpoint) -> Option<(u32, Address)> {
        match (slot.family(), peer.address.ip.get()) {
            (Family::V4, IpAddr::V4(ip)) if peer.address.scope_id() == 0 => {
                let (interface, source) = self.interfaces.neighbour_v4(ip)?;
                let is_its = slot.is_from_v4(source);
                is_its.then_some((interface, source.into()))
            }
            _ => None,
        }
    }

    /// A datagram of a socket to another host, if it goes the short way, which agrees with [`path`](Self::path).
    #[inline(never)]
    pub(super) fn near<'p>(
        &self,
        slot: &PortSlot,
        peer: &Endpoint,
        payload: Payload<'p>,
    ) -> Option<Outgoing<'p>> {
        let is_v6 = slot.family() == Family::V6;
        if !IPV6 && peer.address.family() == Family::V6 {
            return None;
        }
        let v4 = match peer.address.ip.get() {
            IpAddr::V4(ip) => Some(ip),
            IpAddr::V6(ip) => ip.to_ipv4_mapped().filter(|_| is_v6),
        };
        let (route, address) = match (v4, peer.address.ip.get()) {
            (Some(ip), _) if !slot.ipv6_only() => (self.interfaces.near_v4(ip)?, Address::from(ip)),
            (None, IpAddr::V6(ip)) if is_v6 && !slot.is_mapped_wildcard() => {
                let route = self.interfaces.near_v6(ip, peer.address.scope_id())?;
                (route, peer.address)
            }
            _ => return None,
        };
        // Both are link-local, or neither is.
        let source = Address {
            ip: route.source,
            scope: address.scope,
        };
        slot.is_from(&source.ip).then_some(Outgoing {
            interface: route.interface,
            next_hop: route.next_hop,
            source: Endpoint::new(source, slot.port()),
            destination: Endpoint::new(address, peer.port),
            is_broadcast: false,
            hop_limit: slot.ttl(),
            traffic_class: 0,
            payload,
        })
    }

    /// Sends one datagram of a socket to anywhere, as it asks for.
    #[inline(never)]
    fn transmit_far<W: Wire + ?Sized>(
        &mut self,
        context: &mut Context<'_, W>,
        id: SocketId,
        peer: Endpoint,
        transmit: &Transmit<'_>,
    ) -> Result<Transmitted, Errno> {
        let slot = self.ports.get(id).ok_or(Errno::EBADF)?;
        let Transmit { meta, payload, .. } = *transmit;
        if !meta.is_for(slot.family()) {
            return Err(Errno::EINVAL);
        }
        let path = self.path(slot, peer, &meta)?;
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
            hop_limit: meta.hop_limit().unwrap_or(hop_limit),
            traffic_class: meta.traffic_class().unwrap_or(0),
            payload,
        };
        if payload.len() > longest(path.destination) {
            return Err(Errno::EMSGSIZE);
        }
        let loops = slot.loops_multicast();
        self.dispatch(context, path.kind, loops, &datagram)
    }

    /// The interface of an own address at the near end of a path: what stays here keeps its scope, too.
    pub(super) fn owner_of(&self, interface: u32, ip: &Ip) -> u32 {
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
            Kind::Group => (loops || stays) && self.groups.admits(interface, group),
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
            Transmitted::Blocked(Full::Buffer)
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
        let mtu = usize::try_from(self.interfaces.mtu(datagram.interface)).unwrap_or(usize::MAX);
        // What fits with the longer headers fits.
        if datagram.payload.len() <= mtu.min(LONGEST_V4).saturating_sub(HEADERS_V6) {
            return Ok(());
        }
        check_long(wire, datagram, mtu)
    }
}

/// Whether a datagram has a length that IP can say, and one that the wire takes as it is, or in fragments.
#[inline(never)]
fn check_long<W: Wire + ?Sized>(
    wire: &W,
    datagram: &Outgoing<'_>,
    mtu: usize,
) -> Result<(), Errno> {
    let is_v4 = datagram.destination.address.ip.is_ipv4();
    let headers = if is_v4 { HEADERS_V4 } else { HEADERS_V6 };
    let packet = datagram.payload.len().saturating_add(headers);
    let in_fragments = || {
        let longest = wire.longest_ipv4(datagram.interface);
        is_v4 && longest.is_some_and(|longest| packet <= longest)
    };
    let has_length = datagram.payload.len() <= longest(datagram.destination);
    if has_length && (packet <= mtu || in_fragments()) {
        Ok(())
    } else {
        Err(Errno::EMSGSIZE)
    }
}

const fn longest(destination: Endpoint) -> usize {
    match destination.address.ip.family() {
        Family::V6 if IPV6 => LONGEST_V6,
        Family::V4 | Family::V6 => LONGEST_V4,
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
