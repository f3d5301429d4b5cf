//! A datagram on its way in or out, and the [`Wire`] that takes it.

use core::net::IpAddr;

use crate::address::{Address, Endpoint, Ip, Scope};
use crate::error::Errno;
use crate::output::Transmitted;
use crate::payload::Payload;
use crate::receive::RecvMeta;
use crate::time::Instant;

/// A datagram that has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Incoming<'p> {
    /// The index of the interface that it came in by; [`LOOPBACK`](super::Interfaces::LOOPBACK) for one that never left.
    pub interface: u32,
    /// Who sent it, with the interface as scope id if the address is link-local.
    pub source: Endpoint,
    /// Where it was sent to: an own address, a group, or a broadcast address.
    pub destination: Endpoint,
    /// Its hop limit on arrival, if that is known.
    pub hop_limit: Option<u8>,
    /// Its traffic class, if that is known.
    pub traffic_class: Option<u8>,
    /// When it arrived, if that is known.
    pub timestamp: Option<Instant>,
    /// Its bytes.
    pub payload: &'p [u8],
    /// Whose it is, and that it can come from a wire, if that has been found out already.
    pub(crate) aim: Option<Aim>,
}

/// How a destination is this host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) enum Aim {
    /// An address of any of its interfaces.
    Own,
    /// A broadcast address of the interface.
    Broadcast,
    /// A group that a socket is in on the interface.
    Group,
}

impl<'p> Incoming<'p> {
    /// A datagram of which nothing more is known.
    #[must_use]
    pub const fn new(
        interface: u32,
        source: Endpoint,
        destination: Endpoint,
        payload: &'p [u8],
    ) -> Self {
        Self {
            interface,
            source,
            destination,
            hop_limit: None,
            traffic_class: None,
            timestamp: None,
            payload,
            aim: None,
        }
    }

    /// What a socket is told of it.
    #[must_use]
    pub fn meta(&self) -> RecvMeta {
        RecvMeta {
            sender: Some(self.source),
            local: Some(self.destination.address),
            reply_from_local: false,
            interface: Some(self.interface),
            hop_limit: self.hop_limit,
            traffic_class: self.traffic_class,
            wire_len: Some(self.payload.len()),
            segment_stride: None,
            timestamp: self.timestamp,
        }
    }
}

/// A datagram that leaves by an interface, with everything decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Outgoing<'p> {
    /// The index of the interface.
    pub interface: u32,
    /// See [`next_hop`](Self::next_hop).
    pub(crate) next_hop: Ip,
    /// Its source: an address of the interface, as a rule.
    pub source: Endpoint,
    /// Its destination, of the same family.
    pub destination: Endpoint,
    /// Whether the destination is a broadcast address of the interface.
    pub is_broadcast: bool,
    /// Its hop limit, at least 1.
    pub hop_limit: u8,
    /// Its traffic class: ECN bits and DSCP. 0 as a rule.
    pub traffic_class: u8,
    /// Its bytes, in pieces. They fit the interface's MTU, or with IPv4 what the wire sends in fragments
    /// ([`Wire::longest_ipv4`]).
    pub payload: Payload<'p>,
}

impl<'p> Outgoing<'p> {
    /// A datagram from `source` to its neighbour `destination`, of the same family, with a hop limit of 64.
    #[must_use]
    pub const fn new(
        interface: u32,
        source: Endpoint,
        destination: Endpoint,
        payload: Payload<'p>,
    ) -> Self {
        Self {
            interface,
            next_hop: destination.address.ip,
            source,
            destination,
            is_broadcast: false,
            hop_limit: 64,
            traffic_class: 0,
            payload,
        }
    }

    /// The same by way of a neighbour: a gateway, say.
    #[must_use]
    pub const fn with_next_hop(mut self, next_hop: IpAddr) -> Self {
        self.next_hop = Ip::new(next_hop);
        self
    }

    /// The neighbour that it goes to: the destination itself or a gateway. Means nothing for groups and broadcasts.
    #[must_use]
    pub const fn next_hop(&self) -> IpAddr {
        self.next_hop.told()
    }
}

/// What a backend does for a [`Host`](super::Host): it sends, and it tells the network which groups are wanted.
///
/// A host calls it only while the backend has called the host; nothing here waits.
pub trait Wire {
    /// Sends a datagram. [`Transmitted::Blocked`] if there is no room now; it is offered again with
    /// [`Host::retry`](super::Host::retry), and each [`Host::poll`](super::Host::poll).
    fn transmit(&mut self, now: Instant, datagram: &Outgoing<'_>) -> Transmitted;

    /// How long an IPv4 packet may be on an interface, in bytes, if the wire can send what is longer than a frame in
    /// fragments (RFC 791 § 3.2). It cannot, unless it says so: `None`, and the interface's MTU is the limit.
    fn longest_ipv4(&self, interface: u32) -> Option<usize> {
        let _ = interface;
        None
    }

    /// Joins a group on an interface, for the first socket that wants it. It is never asked for what every host is in
    /// (`224.0.0.1`, `ff02::1`), nor for groups that stay on the host (`ff01::/16`).
    ///
    /// # Errors
    /// `ENOBUFS` if the wire can be in no more groups.
    fn join(&mut self, interface: u32, group: IpAddr) -> Result<(), Errno>;

    /// Leaves a group on an interface, after the last socket that wanted it.
    fn leave(&mut self, interface: u32, group: IpAddr);

    /// Tells the network again of a group that the interface is in.
    fn rejoin(&mut self, interface: u32, group: IpAddr) {
        self.leave(interface, group);
        // There is room: it has just been made.
        let joined = self.join(interface, group);
        debug_assert!(joined.is_ok(), "it has just been left");
    }

    /// Answers a lookup, or begins to look: `None`, and the answer is given to
    /// [`Socket::handle_lookup`](crate::Socket::handle_lookup) later. `ENOTFOUND` if there is no resolver, `EAI_AGAIN` if
    /// it is busy. What the host knows itself never comes here, unless the socket has all hosts looked up
    /// ([`Options::look_up_always`](crate::Options::look_up_always)).
    fn look_up(
        &mut self,
        now: Instant,
        lookup: super::Lookup<'_>,
    ) -> Option<Result<Address, Errno>>;
}

/// Marks an address that is link-local with the interface that gives it its meaning.
pub(crate) fn scoped(ip: Ip, interface: u32) -> Address {
    let scope = if ip.is_link_local_v6() {
        Scope::new(interface)
    } else {
        Scope::NONE
    };
    Address { ip, scope }
}
