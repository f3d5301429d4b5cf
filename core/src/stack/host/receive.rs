//! Receiving: whose a datagram is.

use core::net::IpAddr;

use super::{Drops, Host};
use crate::address::Endpoint;
use crate::address::{Address, Family};
use crate::error::{Errno, Syscall, SystemError};
use crate::event::{Event, Operation};
use crate::features::IPV6;
use crate::handler::Handler;
use crate::receive::RecvMeta;
use crate::sockets::{SocketId, Sockets};
use crate::stack::groups::Groups;
use crate::stack::interfaces::Interfaces;
use crate::stack::packet::{Aim, Incoming};
use crate::stack::ports::Ports;
use crate::stats::count;

/// What became of a datagram that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "it was somebody's, nobody's, or not for this host"
)]
pub enum Arrival {
    /// At least one socket was shown it.
    Shown,
    /// It was sent to an address of this host, and no socket has the port: the sender may be told (RFC 1122 § 4.1.3.1).
    NoSocket,
    /// It was dropped and counted; nobody is told.
    Dropped,
}

impl Host<'_> {
    /// Brings a datagram from the wire to its sockets: one to an own address to the one that matches best, one to a
    /// group or a broadcast address to all that match. Its bytes are lent to the handler, not copied.
    ///
    /// [`take_turns`](Self::take_turns) is due afterwards.
    pub fn receive<H: Handler + ?Sized>(
        &mut self,
        datagram: &Incoming<'_>,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> Arrival {
        let can_arrive = datagram.interface != Interfaces::LOOPBACK
            && self.interfaces.is_up(datagram.interface)
            && (datagram.aim.is_some() || !self.is_martian(datagram));
        if !can_arrive {
            count(&mut self.drops.martian);
            return Arrival::Dropped;
        }
        let Self {
            ports,
            groups,
            interfaces,
            drops,
            ..
        } = self;
        Receiver {
            ports,
            groups,
            interfaces,
            drops,
        }
        .deliver(datagram, sockets, handler)
    }

    /// Somebody on the way says that a datagram from `local` to `peer` did not arrive. Only a socket that is connected
    /// to the peer learns of it, as `recvmsg CODE`: of all reasons, while Linux keeps those that may pass (a network or a
    /// host that cannot be reached, a hop limit that ended) from sockets without `IP_RECVERR`.
    ///
    /// RFC 1122 § 4.1.3.3
    pub fn handle_unreachable(
        &mut self,
        local: Endpoint,
        peer: Endpoint,
        errno: Errno,
        sockets: &mut Sockets<'_, '_>,
    ) {
        let socket = self.ports.connected(local, peer);
        if let Some(socket) = socket.and_then(|id| sockets.get_mut(id)) {
            let error = SystemError::new(Syscall::RecvMsg, errno);
            socket.handle_failure(Operation::Receive, error);
        }
    }

    /// What cannot come from a wire (RFC 1122 § 3.2.1.3, RFC 4291 § 2.5): a source that is no host's or this host's, or an
    /// address that never leaves a host.
    fn is_martian(&self, datagram: &Incoming<'_>) -> bool {
        let source = datagram.source.address;
        let interface = Some(datagram.interface);
        // A host that has no address yet asks all others for one (RFC 1122 § 3.2.1.3 (a)).
        let to = datagram.destination.address.ip;
        let is_for_all = self.interfaces.broadcasts(interface, to);
        (source.is_unspecified() && !is_for_all)
            || source.is_multicast()
            || source.is_loopback()
            || datagram.destination.address.is_loopback()
            || self.interfaces.broadcasts(interface, source.ip)
            || self.interfaces.owner(source).is_some()
    }
}

/// The tables that receiving needs, apart from the bytes that are received.
pub(super) struct Receiver<'r, 'm> {
    pub(super) ports: &'r mut Ports<'m>,
    pub(super) groups: &'r Groups<'m>,
    pub(super) interfaces: &'r Interfaces<'m>,
    pub(super) drops: &'r mut Drops,
}

impl Receiver<'_, '_> {
    pub(super) fn deliver<H: Handler + ?Sized>(
        &mut self,
        datagram: &Incoming<'_>,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> Arrival {
        let Some(aim) = datagram.aim.or_else(|| self.aim(datagram)) else {
            count(&mut self.drops.not_ours);
            return Arrival::Dropped;
        };
        let mut next = self.first(aim, datagram);
        if next.is_none() {
            count(&mut self.drops.no_socket);
            return match aim {
                Aim::Own => Arrival::NoSocket,
                Aim::Group | Aim::Broadcast => Arrival::Dropped,
            };
        }
        while let Some(id) = next {
            show((id, aim), datagram, sockets, handler);
            next = match aim {
                Aim::Own => None,
                Aim::Group | Aim::Broadcast => self.ports.next_selected(),
            };
        }
        Arrival::Shown
    }
}

impl Receiver<'_, '_> {
    /// The first socket that gets a datagram; of several, the others are selected.
    #[inline]
    fn first(&mut self, aim: Aim, datagram: &Incoming<'_>) -> Option<SocketId> {
        match aim {
            Aim::Own => self.ports.select(datagram),
            Aim::Group | Aim::Broadcast => self.first_of_all(aim, datagram),
        }
    }

    #[inline(never)]
    fn first_of_all(&mut self, aim: Aim, datagram: &Incoming<'_>) -> Option<SocketId> {
        let (group, source) = (datagram.destination.address.ip, datagram.source.address.ip);
        let Self { ports, groups, .. } = self;
        ports.select_all(datagram, |id, slot| {
            aim == Aim::Broadcast
                || groups
                    .is_wanted(id, datagram.interface, group, source)
                    .unwrap_or_else(|| {
                        // One that is no member gets what members have the interface let in; in Linux, of IPv4 only a
                        // socket of IPv4.
                        let is_all = slot.family() == Family::V4 || group.is_ipv6();
                        is_all
                            && !slot.has_own_groups_only()
                            && groups.is_let_in(datagram.interface, group, source)
                    })
        });
        ports.next_selected()
    }

    /// How a datagram is this host's, if it is.
    fn aim(&self, datagram: &Incoming<'_>) -> Option<Aim> {
        let (interface, destination) = (datagram.interface, datagram.destination.address);
        if self.interfaces.owner(destination).is_some() {
            Some(Aim::Own)
        } else if destination.is_multicast() {
            self.groups
                .admits(interface, destination.ip)
                .then_some(Aim::Group)
        } else {
            let is_broadcast = self.interfaces.broadcasts(Some(interface), destination.ip);
            is_broadcast.then_some(Aim::Broadcast)
        }
    }
}

/// Shows a datagram to one socket.
fn show<H: Handler + ?Sized>(
    (id, aim): (SocketId, Aim),
    datagram: &Incoming<'_>,
    sockets: &mut Sockets<'_, '_>,
    handler: &mut H,
) {
    // One that was taken away is forgotten with its next turn or when its place is taken.
    let Some(socket) = sockets.poll_mut(id) else {
        return;
    };
    let mut meta = datagram.meta();
    meta.reply_from_local = aim == Aim::Own && socket.options().metadata.has_local();
    if IPV6 && socket.family() == Family::V6 && datagram.source.address.ip.is_ipv4() {
        map(&mut meta, datagram);
    }
    if let Some(message) = socket.handle_datagram(&meta, datagram.payload) {
        handler.handle(sockets, id, Event::Message(message));
    }
}

/// What a `udp6` socket is told of a datagram of IPv4.
#[inline(never)]
fn map(meta: &mut RecvMeta, datagram: &Incoming<'_>) {
    let Endpoint { address, port } = datagram.source;
    meta.sender = Some(Endpoint::new(mapped(address), port));
    meta.local = Some(mapped(datagram.destination.address));
}

/// An address as a `udp6` socket has it: IPv4 as a mapped address.
pub(super) fn mapped(address: Address) -> Address {
    match address.ip.get() {
        IpAddr::V4(ip) if IPV6 => ip.to_ipv6_mapped().into(),
        IpAddr::V4(_) | IpAddr::V6(_) => address,
    }
}
