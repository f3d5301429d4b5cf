//! The gate: what a host is obliged to check before it believes a frame.
//!
//! A frame is read from the outside to the inside, one file of `ingress/` for each protocol, as far as it can be told
//! whose it is. Each check that fails has its counter in [`LinkDrops`]. A UDP datagram over IPv4 or IPv6 goes straight
//! through; only for the rest is there more to look at. Invariants: what is [`Ingress::Datagram`] or
//! [`Ingress::Unreachable`] needs no further checks, and what is [`Ingress::Other`] is whole as far as its protocol is
//! known here.
//!
//! | file | checks |
//! |---|---|
//! | `arp.rs` | ARP, and learns from it |
//! | `ipv4.rs`, `ipv6.rs`, `extensions.rs` | headers, addresses |
//! | `assembly.rs` | fragments of IPv4 datagrams, put together |
//! | `udp.rs` | datagrams |
//! | `icmp.rs`, `icmpv6.rs`, `quote.rs` | ICMP, and the datagrams that its errors quote |
//! | `ndp.rs` | neighbour discovery, and learns from it |
//! | `igmp.rs`, `mld.rs` | what is said of groups |

mod arp;
mod assembly;
mod drops;
mod extensions;
mod icmp;
mod icmpv6;
mod igmp;
mod ipv4;
mod ipv6;
mod mld;
mod ndp;
mod quote;
#[cfg(test)]
pub(super) mod tests;
mod udp;

pub(super) use assembly::Assemblies;
pub use assembly::AssemblySlot;
pub use drops::LinkDrops;

use super::bytes::{self, ARP, ICMP, ICMPV6, IGMP, IPV4, UDP};
use super::neighbours::Neighbours;
use super::{Link, LinkOptions};
use crate::address::{Address, Endpoint, Ip};
use crate::error::Errno;
use crate::features::IPV6;
use crate::stack::{Groups, Incoming, Interfaces};
use crate::time::Instant;
use assembly::Piece;
use drops::Reason;

/// What a frame was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "for a socket, about a socket, for the stack, for later, or for nobody"
)]
pub enum Ingress<'f> {
    /// A checked UDP datagram to an own unicast address, a broadcast address of the interface, or a group that a socket
    /// is in on it, or every host.
    ///
    /// If no socket has the port, the stack must have the frame, which answers that nobody is there.
    Datagram(Incoming<'f>),
    /// The same, put together out of fragments. The stack must not have the frame, which is the last of them, whether a
    /// socket has the port or not.
    Reassembled(Incoming<'f>),
    /// A fragment of a datagram that is not whole yet. It was kept.
    Fragment,
    /// ICMP says that a datagram of this host did not arrive.
    Unreachable(Unreachable),
    /// For the stack behind, and checked: ARP, the rest of ICMP, IGMP, MLD, NDP, DHCP while there is no address, and
    /// protocols unknown here. Without the feature `ipv6`, all of IPv6, as it came.
    Other,
    /// It was dropped, and counted in [`LinkDrops`].
    Dropped,
}

/// A datagram of this host that did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Unreachable {
    /// Where it came from: an own address and the port of a socket.
    pub local: Endpoint,
    /// Where it was sent to.
    pub peer: Endpoint,
    /// Why it did not arrive.
    pub errno: Errno,
}

impl Unreachable {
    /// A datagram from `local` did not get to `peer`.
    #[must_use]
    pub const fn new(local: Endpoint, peer: Endpoint, errno: Errno) -> Self {
        Self { local, peer, errno }
    }
}

pub(super) fn receive<'f>(
    link: &'f mut Link<'_>,
    now: Instant,
    frame: &'f [u8],
    interfaces: &Interfaces<'_>,
    groups: &Groups<'_>,
) -> Ingress<'f> {
    let mut gate = Gate {
        options: &link.options,
        neighbours: &mut link.neighbours,
        now,
        interfaces,
        groups,
    };
    let mut piece = None;
    let checked = match link.options.hardware_address {
        Some(own) => gate.ethernet(own, frame, &mut piece),
        None => match frame.first().map(|first| first >> 4) {
            Some(4) => ipv4::receive(&gate, Via::Nothing, frame, &mut piece),
            Some(6) if IPV6 => ipv6::receive(&mut gate, Via::Nothing, frame),
            Some(6) => Ok(Ingress::Other),
            _ => Err(Reason::Protocol),
        },
    };
    let checked = match piece {
        None => checked,
        Some(piece) => assemble(gate, &piece, &mut link.assemblies, &mut link.drops),
    };
    checked.unwrap_or_else(|reason| {
        link.drops.count(reason);
        Ingress::Dropped
    })
}

/// Puts a fragment to the others of its datagram, which is checked when it is whole.
#[cold]
fn assemble<'f>(
    gate: Gate<'_, '_>,
    piece: &Piece<'_>,
    assemblies: &'f mut Assemblies<'_>,
    drops: &mut LinkDrops,
) -> Result<Ingress<'f>, Reason> {
    let Some(packet) = assemblies.add(gate.now, piece, drops)? else {
        return Ok(Ingress::Fragment);
    };
    // No device has checked what it has only seen in pieces.
    let options = LinkOptions {
        receives_checked: false,
        ..*gate.options
    };
    let gate = Gate {
        options: &options,
        ..gate
    };
    match udp::receive(&gate, &packet)? {
        Ingress::Datagram(datagram) => Ok(Ingress::Reassembled(datagram)),
        // The stack cannot have it.
        Ingress::Other => Err(Reason::Fragment),
        told @ (Ingress::Reassembled(_)
        | Ingress::Fragment
        | Ingress::Unreachable(_)
        | Ingress::Dropped) => Ok(told),
    }
}

/// What checking needs to know, and the neighbours that it learns about.
struct Gate<'g, 'm> {
    options: &'g LinkOptions,
    neighbours: &'g mut Neighbours<'m>,
    now: Instant,
    interfaces: &'g Interfaces<'g>,
    groups: &'g Groups<'g>,
}

/// The Ethernet header in front of an IP packet.
#[derive(Clone, Copy)]
enum Via {
    /// There is none.
    Nothing,
    /// To this host alone.
    Unicast,
    /// To more than one.
    Group,
}

/// An IP packet to this host, behind its headers.
#[derive(Clone, Copy)]
struct Packet<'f> {
    /// Both with their scopes.
    source: Address,
    destination: Address,
    target: Target,
    hop_limit: u8,
    traffic_class: u8,
    payload: &'f [u8],
}

/// How a destination is this host's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    /// An address of any of its interfaces.
    Own,
    /// A broadcast address of the interface.
    Broadcast,
    /// A group that a socket is in, or every host.
    Group,
    /// The solicited-node group of an own address.
    Solicited,
    /// Any unicast address, as the interface has none yet: for DHCP (RFC 2131 § 4.1).
    Unconfigured,
}

impl Gate<'_, '_> {
    fn ethernet<'f>(
        &mut self,
        own: [u8; 6],
        frame: &'f [u8],
        piece: &mut Option<Piece<'f>>,
    ) -> Result<Ingress<'f>, Reason> {
        let (header, payload) = frame.split_first_chunk::<14>().ok_or(Reason::FrameShort)?;
        let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1] = *header;
        let destination = [d0, d1, d2, d3, d4, d5];
        let source = [s0, s1, s2, s3, s4, s5];
        let via = if is_group(destination) {
            Via::Group
        } else if destination == own {
            Via::Unicast
        } else {
            return Err(Reason::HardwareDestination);
        };
        if is_group(source) {
            return Err(Reason::HardwareSource);
        }
        match u16::from_be_bytes([t0, t1]) {
            IPV4 => ipv4::receive(self, via, payload, piece),
            bytes::IPV6 if IPV6 => ipv6::receive(self, via, payload),
            bytes::IPV6 => Ok(Ingress::Other),
            ARP => arp::receive(self, source, payload),
            _ => Err(Reason::Protocol),
        }
    }

    /// Whether an address is this host's, on whichever interface (RFC 1122 § 3.3.4.2, the weak model).
    fn is_own(&self, address: &Address) -> bool {
        let holder = self.interfaces.holder(&address.ip, address.scope_id());
        holder.is_some()
    }

    /// Whether an address is one of the link's interface.
    fn is_here(&self, ip: Ip) -> bool {
        let mut addresses = self.interfaces.given_to(self.options.interface);
        addresses.any(|cidr| cidr.ip() == ip)
    }

    fn is_broadcast(&self, ip: Ip) -> bool {
        let interface = Some(self.options.interface);
        self.interfaces.broadcasts(interface, ip)
    }

    fn is_in_group(&self, group: Ip) -> bool {
        self.groups.admits(self.options.interface, group)
    }

    fn scoped(&self, ip: Ip) -> Address {
        crate::stack::scoped(ip, self.options.interface)
    }
}

/// Whether a hardware address is one of many: a group or the broadcast address (IEEE 802.3, the I/G bit).
const fn is_group(address: [u8; 6]) -> bool {
    address[0] & 1 != 0
}
