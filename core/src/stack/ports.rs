//! Which socket has which address, and who gets a datagram.

use core::net::IpAddr;

use super::packet::Incoming;
use super::random::{Random, Seed};
use crate::address::{Address, Endpoint, Family};
use crate::error::Errno;
use crate::output::BindRequest;
use crate::sockets::SocketId;

/// What a socket wants to be bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Binding {
    /// The socket's family.
    pub family: Family,
    /// Its address, the wildcard address, or a group.
    pub address: Address,
    /// Its port; 0 for one of the host's choice.
    pub port: u16,
    /// Shares its address with all that say so, too.
    pub reuse_address: bool,
    /// Shares its address, and the datagrams to it, with all that say so, too.
    pub reuse_port: bool,
    /// No IPv4 for this IPv6 socket.
    pub ipv6_only: bool,
}

impl From<&BindRequest> for Binding {
    fn from(request: &BindRequest) -> Self {
        Self {
            family: request.family,
            address: request.address,
            port: request.port,
            reuse_address: request.reuse_address,
            reuse_port: request.reuse_port,
            ipv6_only: request.ipv6_only,
        }
    }
}

/// The place of one socket: all that a host keeps for one that shares a port.
#[derive(Clone, Debug)]
pub struct PortSlot {
    pub(super) generation: u32,
    pub(super) is_bound: bool,
    pub(super) binding: Binding,
    pub(super) peer: Option<Endpoint>,
    /// The address that a connected socket sends from.
    pub(super) source: Option<IpAddr>,
    pub(super) can_broadcast: bool,
    pub(super) loops_multicast: bool,
    /// 1..=255.
    pub(super) ttl: u8,
    pub(super) multicast_ttl: u8,
    /// 0: of the host's choice.
    pub(super) multicast_interface: u32,
}

impl PortSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            generation: 0,
            is_bound: false,
            binding: Binding {
                family: Family::V4,
                address: Family::V4.wildcard(),
                port: 0,
                reuse_address: false,
                reuse_port: false,
                ipv6_only: false,
            },
            peer: None,
            source: None,
            can_broadcast: false,
            loops_multicast: true,
            ttl: 64,
            multicast_ttl: 1,
            multicast_interface: 0,
        }
    }
}

impl Default for PortSlot {
    fn default() -> Self {
        Self::new()
    }
}

/// The bound sockets of one host.
pub struct Ports<'m> {
    slots: &'m mut [PortSlot],
    random: Random,
}

impl<'m> Ports<'m> {
    /// No sockets; one place for each index that a [`SocketId`] can have.
    #[must_use]
    pub fn new(slots: &'m mut [PortSlot], seed: Seed) -> Self {
        Self {
            slots,
            random: Random::new(seed),
        }
    }

    /// Binds a socket and returns its port.
    ///
    /// # Errors
    /// `EADDRINUSE`, also if no port is free; `EINVAL` if it is bound; `ENOBUFS` if it has no place.
    pub fn bind(&mut self, id: SocketId, binding: Binding) -> Result<u16, Errno> {
        let _ = (&mut self.slots, &mut self.random, id, binding);
        Err(Errno::ENOTSUP)
    }

    /// Forgets a socket; its port is free.
    pub fn release(&mut self, id: SocketId) {
        let _ = id;
    }

    /// The place of a bound socket.
    #[must_use]
    pub fn get(&self, id: SocketId) -> Option<&PortSlot> {
        let _ = id;
        None
    }

    pub(super) fn get_mut(&mut self, id: SocketId) -> Option<&mut PortSlot> {
        let _ = id;
        None
    }

    /// Connects a bound socket; `source` is the address that it sends from, and receives at from now on.
    pub fn connect(&mut self, id: SocketId, peer: Endpoint, source: IpAddr) {
        let _ = (id, peer, source);
    }

    /// Forgets the peer; the socket is where it was bound.
    pub fn disconnect(&mut self, id: SocketId) {
        let _ = id;
    }

    /// Whether any socket has this port.
    #[must_use]
    pub fn has(&self, port: u16) -> bool {
        let _ = port;
        false
    }

    /// The socket that gets a unicast datagram.
    #[must_use]
    pub fn select(&self, datagram: &Incoming<'_>) -> Option<SocketId> {
        let _ = datagram;
        None
    }

    /// Selects all sockets that get a broadcast or a datagram to a group, as far as `accepts` agrees.
    pub fn select_all(
        &mut self,
        datagram: &Incoming<'_>,
        accepts: impl FnMut(SocketId) -> bool,
    ) {
        let _ = (datagram, accepts);
    }

    /// The next of the selected sockets that is still bound, in the order of their binds.
    pub fn next_selected(&mut self) -> Option<SocketId> {
        None
    }

    /// The socket at `local` that is connected to `peer`.
    #[must_use]
    pub fn connected(&self, local: Endpoint, peer: Endpoint) -> Option<SocketId> {
        let _ = (local, peer);
        None
    }
}

/// What the host asks a place for.
impl PortSlot {
    pub(super) fn family(&self) -> Family {
        self.binding.family
    }

    pub(super) fn ipv6_only(&self) -> bool {
        self.binding.ipv6_only
    }

    /// Where the socket was bound.
    pub(super) fn local(&self) -> Endpoint {
        Endpoint::new(self.binding.address, self.binding.port)
    }

    pub(super) fn peer(&self) -> Option<Endpoint> {
        self.peer
    }

    pub(super) fn source(&self) -> Option<IpAddr> {
        self.source
    }

    pub(super) fn can_broadcast(&self) -> bool {
        self.can_broadcast
    }

    pub(super) fn loops_multicast(&self) -> bool {
        self.loops_multicast
    }

    pub(super) fn ttl(&self) -> u8 {
        self.ttl
    }

    pub(super) fn multicast_ttl(&self) -> u8 {
        self.multicast_ttl
    }

    pub(super) fn multicast_interface(&self) -> u32 {
        self.multicast_interface
    }

    pub(super) fn set_broadcast(&mut self, on: bool) {
        self.can_broadcast = on;
    }

    pub(super) fn set_ttl(&mut self, ttl: u8) {
        self.ttl = ttl;
    }

    pub(super) fn set_multicast_ttl(&mut self, ttl: u8) {
        self.multicast_ttl = ttl;
    }

    pub(super) fn set_multicast_loopback(&mut self, on: bool) {
        self.loops_multicast = on;
    }

    pub(super) fn set_multicast_interface(&mut self, index: u32) {
        self.multicast_interface = index;
    }
}

impl Ports<'_> {
    /// The socket that has the place of this index.
    pub(super) fn occupant(&self, index: usize) -> Option<SocketId> {
        let _ = index;
        None
    }
}
