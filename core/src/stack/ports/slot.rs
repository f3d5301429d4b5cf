//! The place of one socket, in 68 bytes.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Binding;
use super::chain::Link;
use super::span::{Span, has_all_like, is_same_scope};
use crate::address::{Address, Endpoint, Family, Ip, Scope};
use crate::features::IPV6;
use crate::sockets::SocketId;
use crate::stack::packet::Incoming;

/// The place of one socket: all that a host keeps for one that shares a port, in 68 bytes.
///
/// `Debug` shows who has it, not what the socket is set to.
#[derive(Clone)]
pub struct PortSlot {
    generation: u32,
    /// Of `address`, if it needs one.
    scope: Scope,
    peer_scope: Scope,
    /// 0: of the host's choice.
    multicast_interface: u32,
    /// 0: the place is free.
    port: u16,
    peer_port: u16,
    /// The chain that begins here; it has nothing to do with the socket in this place.
    pub(super) head: Link,
    /// The next socket in the chain of this one.
    pub(super) next: Link,
    flags: u16,
    /// Where the socket receives, with IPv4 as IPv4: where it was bound, but for one that was bound to the wildcard
    /// address and is connected, whose source it is. Linux: `inet_rcv_saddr`.
    address: Ip,
    peer: Option<Ip>,
    /// 1..=255.
    ttl: u8,
    multicast_ttl: u8,
}

/// An IPv6 socket.
const V6: u16 = 1 << 0;
const IPV6_ONLY: u16 = 1 << 1;
const REUSE_ADDRESS: u16 = 1 << 2;
const REUSE_PORT: u16 = 1 << 3;
/// Bound to `0.0.0.0`, `::`, or `::ffff:0.0.0.0`.
const WILDCARD: u16 = 1 << 4;
/// To the last of these.
const MAPPED_WILDCARD: u16 = 1 << 5;
const CAN_BROADCAST: u16 = 1 << 6;
const LOOPS_MULTICAST: u16 = 1 << 7;
/// Selected, and not taken yet.
const SELECTED: u16 = 1 << 8;
/// Linux: `IP_MULTICAST_ALL` off
const OWN_GROUPS_ONLY: u16 = 1 << 9;
/// Bound to port 0.
const CHOSEN_PORT: u16 = 1 << 10;

impl PortSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            generation: 0,
            scope: Scope::NONE,
            peer_scope: Scope::NONE,
            multicast_interface: 0,
            port: 0,
            peer_port: 0,
            head: Link::NONE,
            next: Link::NONE,
            flags: LOOPS_MULTICAST,
            address: Ip::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            peer: None,
            ttl: 64,
            multicast_ttl: 1,
        }
    }

    /// Whether the port is one of the host's choice.
    #[must_use]
    pub const fn is_port_chosen(&self) -> bool {
        self.has(CHOSEN_PORT)
    }

    /// Gives the place to a socket, with the defaults of a new one. Leaves the chains alone.
    pub(super) fn occupy(&mut self, generation: u32, binding: &Binding, port: u16) {
        let span = Span::of(binding);
        *self = Self {
            generation,
            scope: span.scope,
            port,
            address: span.ip,
            head: self.head,
            next: self.next,
            ..Self::new()
        };
        let is_wildcard = span.ip.is_unspecified();
        let is_v6 = IPV6 && binding.family == Family::V6;
        self.set(V6, is_v6);
        self.set(IPV6_ONLY, binding.ipv6_only);
        self.set(REUSE_ADDRESS, binding.reuse_address);
        self.set(REUSE_PORT, binding.reuse_port);
        self.set(WILDCARD, is_wildcard);
        self.set(MAPPED_WILDCARD, is_wildcard && is_v6 && span.ip.is_ipv4());
        self.set(CHOSEN_PORT, binding.port == 0);
    }

    /// Frees the place. Leaves the chains alone.
    pub(super) fn vacate(&mut self) {
        *self = Self {
            head: self.head,
            next: self.next,
            ..Self::new()
        };
    }

    pub(super) fn connect(&mut self, peer: Endpoint, source: Ip) {
        let address = peer.address.canonical();
        self.peer = Some(address.ip);
        self.peer_scope = address.scope;
        self.peer_port = peer.port;
        if self.has(WILDCARD) {
            self.address = source.to_canonical();
            self.scope = if Address::of(source).needs_scope() {
                address.scope
            } else {
                Scope::NONE
            };
        }
    }

    pub(super) fn disconnect(&mut self) {
        self.peer = None;
        if self.has(WILDCARD) {
            self.address = self.wildcard();
            self.scope = Scope::NONE;
        }
    }

    pub(super) fn select(&mut self) {
        self.set(SELECTED, true);
    }

    /// Whether the socket was selected; it is no longer.
    pub(super) fn deselect(&mut self) -> bool {
        let was_selected = self.has(SELECTED);
        self.set(SELECTED, false);
        was_selected
    }

    /// The id of the socket that has this place, the one of this number.
    pub(super) const fn id(&self, index: u32) -> SocketId {
        SocketId {
            index,
            generation: self.generation,
        }
    }

    /// 0 for a free place.
    pub(in crate::stack) const fn port(&self) -> u16 {
        self.port
    }

    /// The addresses that the socket was bound to.
    pub(super) fn bound(&self) -> Span {
        if self.has(WILDCARD) {
            Span {
                ip: self.wildcard(),
                scope: Scope::NONE,
                ipv6_only: self.has(IPV6_ONLY),
            }
        } else {
            Span {
                ip: self.address,
                scope: self.scope,
                ipv6_only: self.has(IPV6_ONLY),
            }
        }
    }

    /// Whether it may have the same address and port as `binding`.
    pub(super) const fn may_share(&self, binding: &Binding) -> bool {
        (self.has(REUSE_ADDRESS) && binding.reuse_address)
            || (self.has(REUSE_PORT) && binding.reuse_port)
    }

    pub(super) const fn shares_port(&self) -> bool {
        self.has(REUSE_PORT)
    }

    /// How well the socket fits a datagram to its port, as Linux weighs it: a bound address above all, then a peer, then
    /// an interface, then its own family. `None` if it does not get it.
    ///
    /// Linux: `compute_score`
    pub(super) fn score(&self, datagram: &Incoming<'_>) -> Option<u8> {
        if !self.takes(datagram) {
            return None;
        }
        let is_bound = !self.address.is_unspecified();
        let is_own_family = !IPV6 || self.is_v6() == datagram.destination.address.ip.is_ipv6();
        Some(
            u8::from(is_bound) << 3
                | u8::from(self.peer.is_some()) << 2
                | u8::from(self.scope != Scope::NONE) << 1
                | u8::from(is_own_family),
        )
    }

    /// Whether a datagram to its port is for the socket.
    #[inline]
    pub(super) fn takes(&self, datagram: &Incoming<'_>) -> bool {
        let destination = &datagram.destination.address;
        let scope = if destination.scope == Scope::NONE {
            Scope::new(datagram.interface)
        } else {
            destination.scope
        };
        self.is_at(&destination.ip, scope) && self.hears(&datagram.source)
    }

    /// Whether the socket is at this address, and connected to `peer`.
    pub(super) fn is_pair(&self, local: Address, peer: Endpoint) -> bool {
        self.peer.is_some() && self.is_at(&local.ip, local.scope) && self.hears(&peer)
    }

    /// Whether the socket receives at an address.
    fn is_at(&self, ip: &Ip, scope: Scope) -> bool {
        has_all_like(&self.address, self.has(IPV6_ONLY), ip)
            || (self.address == *ip && is_same_scope(self.scope, scope))
    }

    /// Whether the socket is connected to `sender` or to nobody.
    fn hears(&self, sender: &Endpoint) -> bool {
        self.peer.as_ref().is_none_or(|peer| {
            *peer == sender.address.ip
                && self.peer_port == sender.port
                && is_same_scope(self.peer_scope, sender.address.scope)
        })
    }

    /// The wildcard address that the socket was bound to, with IPv4 as IPv4.
    const fn wildcard(&self) -> Ip {
        Ip::new(if self.is_v6() && !self.has(MAPPED_WILDCARD) {
            IpAddr::V6(Ipv6Addr::UNSPECIFIED)
        } else {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED)
        })
    }

    const fn is_v6(&self) -> bool {
        IPV6 && self.has(V6)
    }

    const fn has(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }

    const fn set(&mut self, flag: u16, on: bool) {
        if on {
            self.flags |= flag;
        } else {
            self.flags &= !flag;
        }
    }
}

/// What the host asks a place for, and sets.
impl PortSlot {
    pub(in crate::stack) const fn family(&self) -> Family {
        if self.is_v6() { Family::V6 } else { Family::V4 }
    }

    pub(in crate::stack) const fn ipv6_only(&self) -> bool {
        IPV6 && self.has(IPV6_ONLY)
    }

    /// Where the socket was bound, in its own family.
    pub(in crate::stack) fn local(&self) -> Endpoint {
        let Span { ip, scope, .. } = self.bound();
        let ip = match ip.get() {
            IpAddr::V4(ip) if self.is_v6() => Ip::from(ip.to_ipv6_mapped()),
            IpAddr::V4(_) | IpAddr::V6(_) => ip,
        };
        Endpoint::new(Address { ip, scope }, self.port)
    }

    /// Whom the socket is connected to, with IPv4 as IPv4.
    pub(in crate::stack) fn peer(&self) -> Option<Endpoint> {
        let scope = self.peer_scope;
        self.peer
            .map(|ip| Endpoint::new(Address { ip, scope }, self.peer_port))
    }

    /// The address that connecting has chosen for a socket that was bound to the wildcard address.
    pub(in crate::stack) fn source(&self) -> Option<Ip> {
        let is_chosen = self.peer.is_some() && self.has(WILDCARD);
        is_chosen.then_some(self.address)
    }

    /// Whether what the socket sends comes from `source` if that is the host's choice: it has no other address.
    pub(in crate::stack) fn is_from(&self, source: &Ip) -> bool {
        self.address.is_unspecified() || self.address == *source
    }

    pub(in crate::stack) fn is_from_v4(&self, source: Ipv4Addr) -> bool {
        match self.address.get() {
            IpAddr::V4(own) => own.is_unspecified() || own == source,
            IpAddr::V6(_) => false,
        }
    }

    /// Whether a udp6 socket was bound to all IPv4 addresses, and to no other.
    pub(in crate::stack) const fn is_mapped_wildcard(&self) -> bool {
        IPV6 && self.has(MAPPED_WILDCARD)
    }

    pub(in crate::stack) const fn can_broadcast(&self) -> bool {
        self.has(CAN_BROADCAST)
    }

    pub(in crate::stack) const fn loops_multicast(&self) -> bool {
        self.has(LOOPS_MULTICAST)
    }

    /// Whether the socket gets what is sent to a group only as a member.
    pub(in crate::stack) const fn has_own_groups_only(&self) -> bool {
        self.has(OWN_GROUPS_ONLY)
    }

    /// 1..=255.
    pub(in crate::stack) const fn ttl(&self) -> u8 {
        self.ttl
    }

    pub(in crate::stack) const fn multicast_ttl(&self) -> u8 {
        self.multicast_ttl
    }

    /// 0: of the host's choice.
    pub(in crate::stack) const fn multicast_interface(&self) -> u32 {
        self.multicast_interface
    }

    pub(in crate::stack) const fn set_broadcast(&mut self, on: bool) {
        self.set(CAN_BROADCAST, on);
    }

    pub(in crate::stack) const fn set_multicast_loopback(&mut self, on: bool) {
        self.set(LOOPS_MULTICAST, on);
    }

    pub(in crate::stack) const fn set_own_groups_only(&mut self) {
        self.set(OWN_GROUPS_ONLY, true);
    }

    pub(in crate::stack) const fn set_ttl(&mut self, ttl: u8) {
        self.ttl = ttl;
    }

    pub(in crate::stack) const fn set_multicast_ttl(&mut self, ttl: u8) {
        self.multicast_ttl = ttl;
    }

    pub(in crate::stack) const fn set_multicast_interface(&mut self, index: u32) {
        self.multicast_interface = index;
    }
}

impl Default for PortSlot {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PortSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortSlot")
            .field("generation", &self.generation)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for PortSlot {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "PortSlot {{ generation: {=u32}, port: {=u16} }}",
            self.generation,
            self.port
        );
    }
}

const _: () = assert!(size_of::<PortSlot>() <= 68);
