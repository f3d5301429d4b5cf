//! Which socket has which address, and who gets a datagram.
//!
//! Owns what a kernel's port table does: conflicts, ports of the host's choice, connected peers, the choice of the sockets that
//! get a datagram. As Linux does it, but for one thing: whether an address is taken depends on where the sockets were
//! bound, not on whom they have been connected to since, so that two sockets that do not share never overlap, also
//! after a disconnect. Knows neither interfaces nor memberships: whether an address may be bound, and who is a member
//! of a group, is the host's.
//!
//! `slot.rs` has the place of a socket, `span.rs` the addresses that one stands for, `chain.rs` the way from a port to its
//! sockets, `select.rs` who gets a datagram.

use core::fmt;
use core::net::IpAddr;

use super::random::{Random, Seed};
use crate::address::{Address, Endpoint, Family};
use crate::error::Errno;
use crate::features::IPV6;
use crate::output::BindRequest;
use crate::sockets::SocketId;

mod chain;
mod select;
mod slot;
mod span;

use chain::Link;
pub use slot::PortSlot;
use span::Span;

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
            address: request.address.significant(),
            port: request.port,
            reuse_address: request.reuse_address,
            reuse_port: request.reuse_port,
            ipv6_only: request.ipv6_only,
        }
    }
}

/// The bound sockets of one host.
pub struct Ports<'m> {
    slots: &'m mut [PortSlot],
    random: Random,
    /// Where in its chain the selected sockets are that were not taken; all of them are from here on.
    selected: Link,
}

impl<'m> Ports<'m> {
    /// No sockets; one place for each index that a [`SocketId`] can have, 65,535 at most. Anything in there is forgotten.
    ///
    /// Ports of the host's choice follow from `seed`.
    #[must_use]
    pub fn new(slots: &'m mut [PortSlot], seed: Seed) -> Self {
        let count = slots.len().min(Link::SLOTS);
        let slots = slots.get_mut(..count).unwrap_or_default();
        slots.fill(PortSlot::new());
        Self {
            slots,
            random: Random::new(seed),
            selected: Link::NONE,
        }
    }

    /// Binds a socket and returns its port.
    ///
    /// Two sockets on one port conflict if there is an address that both would receive at, unless both say
    /// `reuse_address` or both say `reuse_port`. `::` receives at all IPv4 addresses as well, unless it is `ipv6_only`;
    /// a v4-mapped address is its IPv4 address; link-local addresses of two interfaces are two addresses.
    ///
    /// For port 0, it is a port in 49152–65535 that nobody has at an address in common: the first free one from a random one on,
    /// so that all are equally likely while all are free (RFC 6056 § 3.3.1, RFC 6335 § 6).
    ///
    /// # Errors
    /// `EADDRINUSE` for a conflict, or if no port is free; `EINVAL` if the socket is bound, the address is not of its
    /// family, or is an IPv4 address without IPv4; `EAFNOSUPPORT` for IPv6 without the feature `ipv6`; `ENOBUFS` if the socket has no place, or another one has it.
    pub fn bind(&mut self, id: SocketId, binding: Binding) -> Result<u16, Errno> {
        let link = Link::from(id);
        let slot = self.slots.get(link.index()).ok_or(Errno::ENOBUFS)?;
        if slot.port() != 0 {
            let is_bound = link.id(slot) == id;
            return Err(if is_bound {
                Errno::EINVAL
            } else {
                Errno::ENOBUFS
            });
        }
        if !IPV6 && binding.address.family() == Family::V6 {
            return Err(Errno::EAFNOSUPPORT);
        }
        let span = Span::of(&binding);
        let is_v4_only = binding.family == Family::V6 && span.ip.is_ipv4();
        if binding.address.family() != binding.family || (is_v4_only && binding.ipv6_only) {
            return Err(Errno::EINVAL);
        }
        let port = match binding.port {
            0 => self.free_port(&span),
            port => self.may_have(port, &span, &binding).then_some(port),
        };
        let port = port.ok_or(Errno::EADDRINUSE)?;
        chain::append(self.slots, port, link);
        if let Some(slot) = self.slots.get_mut(link.index()) {
            slot.occupy(id.generation, &binding, port);
        }
        Ok(port)
    }

    /// Forgets a socket; its port is free.
    pub fn release(&mut self, id: SocketId) {
        let Some(port) = self.get(id).map(PortSlot::port) else {
            return;
        };
        let link = Link::from(id);
        self.skip_selected(link);
        chain::remove(self.slots, port, link);
        if let Some(slot) = self.slots.get_mut(link.index()) {
            slot.vacate();
        }
    }

    /// Connects a bound socket; `source` is the address that it sends from. A socket at the wildcard address receives only
    /// there from now on.
    pub fn connect(&mut self, id: SocketId, peer: Endpoint, source: IpAddr) {
        if let Some(slot) = self.get_mut(id) {
            slot.connect(peer, source.into());
        }
    }

    /// Forgets the peer; the socket is where it was bound.
    pub fn disconnect(&mut self, id: SocketId) {
        if let Some(slot) = self.get_mut(id) {
            slot.disconnect();
        }
    }

    /// The place of a bound socket.
    #[must_use]
    pub fn get(&self, id: SocketId) -> Option<&PortSlot> {
        let slot = self.slots.get(id.index())?;
        (slot.port() != 0 && slot.id(id.index) == id).then_some(slot)
    }

    pub(super) fn get_mut(&mut self, id: SocketId) -> Option<&mut PortSlot> {
        let slot = self.slots.get_mut(id.index())?;
        (slot.port() != 0 && slot.id(id.index) == id).then_some(slot)
    }

    /// The socket that has the place of this index.
    pub(super) fn occupant(&self, index: usize) -> Option<SocketId> {
        let slot = self.slots.get(index).filter(|slot| slot.port() != 0)?;
        Some(slot.id(u32::try_from(index).ok()?))
    }

    /// Whether any socket has this port.
    #[must_use]
    pub fn has(&self, port: u16) -> bool {
        self.on(port).next().is_some()
    }

    /// Whether nobody has a port whom `binding` would conflict with.
    fn may_have(&self, port: u16, span: &Span, binding: &Binding) -> bool {
        self.on(port)
            .all(|(_, slot)| slot.may_share(binding) || !slot.bound().overlaps(span))
    }

    /// A port that nobody has at an address of `span`. Looks at no more ports than there are sockets, and one: at most
    /// one of them is taken by each.
    fn free_port(&mut self, span: &Span) -> Option<u16> {
        let start = self.random.below(EPHEMERAL);
        (0..EPHEMERAL).find_map(|step| {
            let offset = start.wrapping_add(step) & (EPHEMERAL - 1);
            let port = FIRST_EPHEMERAL | u16::try_from(offset).ok()?;
            let is_free = self.on(port).all(|(_, slot)| !slot.bound().overlaps(span));
            is_free.then_some(port)
        })
    }
}

impl fmt::Debug for Ports<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports")
            .field("slots", &self.slots.len())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Ports<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Ports {{ slots: {=usize} }}", self.slots.len());
    }
}

/// The first port of the dynamic range (RFC 6335 § 6).
const FIRST_EPHEMERAL: u16 = 49_152;
/// How many ports that range has: all up to 65535, a power of two.
const EPHEMERAL: u32 = 16_384;

#[cfg(test)]
mod tests;
