//! IPv6 (RFC 8200), its addresses and what is behind its headers.

use core::net::{IpAddr, Ipv6Addr};

use super::drops::Reason;
use super::extensions::{self, Rest};
use super::{Gate, ICMPV6, Ingress, Packet, Target, UDP, Via, icmpv6, udp};
use crate::address::{Address, Ip};

pub(super) fn receive<'f>(
    gate: &mut Gate<'_, '_>,
    via: Via,
    packet: &'f [u8],
) -> Result<Ingress<'f>, Reason> {
    let (header, payload) = packet.split_first_chunk::<40>().ok_or(Reason::Ipv6Header)?;
    let (numbers, addresses) = header.split_first_chunk::<8>().ok_or(Reason::Ipv6Header)?;
    let [version, class, _, _, l0, l1, next_header, hop_limit] = *numbers;
    if version >> 4 != 6 {
        return Err(Reason::Ipv6Header);
    }
    // What is behind the packet is padding of the frame.
    let payload = payload.get(..usize::from(u16::from_be_bytes([l0, l1])));
    let payload = payload.ok_or(Reason::Ipv6Header)?;
    let (source, addresses) = addresses.split_first_chunk().ok_or(Reason::Ipv6Header)?;
    let destination = addresses.first_chunk().ok_or(Reason::Ipv6Header)?;
    let to = gate.scoped(Ip::v6(*destination));
    let from = gate.scoped(Ip::v6(*source));
    let target = target(gate, via, &to)?;
    check_source(gate, &from)?;
    let rest = if next_header == UDP {
        Rest::of(next_header, payload)
    } else {
        match extensions::walk(next_header, payload)? {
            Some(rest) => rest,
            None => return Ok(Ingress::Other),
        }
    };
    // Only ICMP has uses for a source without an address.
    if from.is_unspecified() && rest.protocol != ICMPV6 {
        return Err(Reason::Source);
    }
    let packet = Packet {
        source: from,
        destination: to,
        target,
        hop_limit,
        traffic_class: (version << 4) | (class >> 4),
        payload: rest.payload,
    };
    match rest.protocol {
        UDP => udp::receive(gate, &packet),
        ICMPV6 => icmpv6::receive(gate, &packet, rest.has_router_alert),
        _ => Ok(Ingress::Other),
    }
}

/// How a destination is this host's. Addresses are compared as a whole.
fn target(gate: &Gate<'_, '_>, via: Via, address: &Address) -> Result<Target, Reason> {
    if address.is_multicast() {
        return group(gate, address.ip);
    }
    match via {
        _ if !gate.is_own(address) => Err(Reason::Destination),
        Via::Group => Err(Reason::UnicastInGroup),
        Via::Nothing | Via::Unicast => Ok(Target::Own),
    }
}

/// How a group is this host's. Out of line: most datagrams are for one host.
#[inline(never)]
fn group(gate: &Gate<'_, '_>, ip: Ip) -> Result<Target, Reason> {
    let IpAddr::V6(group) = ip.get() else {
        return Err(Reason::Destination);
    };
    // Scope 0 is reserved, and groups of scope 1 never leave a host (RFC 4291 § 2.7).
    if group.octets()[1] & 0x0f <= 1 {
        Err(Reason::Destination)
    } else if gate.is_in_group(ip) {
        Ok(Target::Group)
    } else if is_solicited(gate, group) {
        Ok(Target::Solicited)
    } else {
        Err(Reason::Destination)
    }
}

/// Whether a group is the solicited-node group of an address of the interface (RFC 4291 § 2.7.1).
fn is_solicited(gate: &Gate<'_, '_>, group: Ipv6Addr) -> bool {
    let mut addresses = gate.interfaces.given_to(gate.options.interface);
    addresses.any(|cidr| match cidr.ip().get() {
        IpAddr::V4(_) => false,
        IpAddr::V6(own) => group == solicited_node(own),
    })
}

/// The group that the neighbours of an address are asked in (RFC 4291 § 2.7.1).
const fn solicited_node(ip: Ipv6Addr) -> Ipv6Addr {
    Ipv6Addr::from_bits(SOLICITED_NODE.to_bits() | (ip.to_bits() & 0xff_ffff))
}

/// Drops what can come from no other host. A mapped address would be taken for IPv4 (RFC 4942 § 2.2).
fn check_source(gate: &Gate<'_, '_>, address: &Address) -> Result<(), Reason> {
    let source = address.ip;
    let is_nobodys =
        source.is_multicast() || source.is_loopback() || source.is_mapped() || gate.is_own(address);
    if is_nobodys {
        Err(Reason::Source)
    } else {
        Ok(())
    }
}

const SOLICITED_NODE: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 0);
