//! IPv4 (RFC 791), as far as RFC 1122 § 3.2.1 obliges a host to check it.

use core::net::Ipv4Addr;

use super::assembly::{Key, Piece};
use super::drops::Reason;
use super::{Gate, ICMP, IGMP, Ingress, Packet, Target, UDP, Via, icmp, igmp, udp};
use crate::address::Ip;
use crate::features::FRAGMENTS;
use crate::link::checksum::Sum;

/// Leaves in `piece` what [`Ingress::Fragment`] is about.
pub(super) fn receive<'f>(
    gate: &Gate<'_, '_>,
    via: Via,
    packet: &'f [u8],
    piece: &mut Option<Piece<'f>>,
) -> Result<Ingress<'f>, Reason> {
    let header = packet.first_chunk::<20>().ok_or(Reason::Ipv4Header)?;
    let [
        version,
        service,
        l0,
        l1,
        i0,
        i1,
        f0,
        f1,
        hop_limit,
        protocol,
        ..,
    ] = *header;
    let [.., s0, s1, s2, s3, d0, d1, d2, d3] = *header;
    let header_len = usize::from(version & 0x0f) << 2;
    let total_len = usize::from(u16::from_be_bytes([l0, l1]));
    if version >> 4 != 4 || header_len < header.len() {
        return Err(Reason::Ipv4Header);
    }
    // What is behind the packet is padding of the frame. Options are skipped.
    let (whole, payload) = packet
        .get(..total_len)
        .and_then(|packet| packet.split_at_checked(header_len))
        .ok_or(Reason::Ipv4Header)?;
    if !gate.options.receives_checked && !has_checksum(header, whole) {
        return Err(Reason::Ipv4Checksum);
    }
    let source = Ipv4Addr::new(s0, s1, s2, s3);
    let destination = Ipv4Addr::new(d0, d1, d2, d3);
    let target = target(gate, via, destination)?;
    check_source(gate, source, target, protocol)?;
    let packet = Packet {
        source: source.into(),
        destination: destination.into(),
        target,
        hop_limit,
        traffic_class: service,
        payload,
    };
    let fragment = u16::from_be_bytes([f0, f1]) & (MORE_FRAGMENTS | OFFSET);
    if fragment != 0 {
        if !FRAGMENTS {
            return Err(Reason::Fragment);
        }
        let key = Key {
            source,
            destination,
            identification: u16::from_be_bytes([i0, i1]),
        };
        *piece = Some(check_fragment(protocol, key, fragment, packet)?);
        return Ok(Ingress::Fragment);
    }
    match protocol {
        UDP => udp::receive(gate, &packet),
        _ if target == Target::Unconfigured => Err(Reason::Destination),
        ICMP => icmp::receive(gate, &packet),
        IGMP => igmp::receive(&packet),
        _ => Ok(Ingress::Other),
    }
}

/// Whether the checksum of a header is right, which begins with `fixed` and may have options.
fn has_checksum(fixed: &[u8; 20], header: &[u8]) -> bool {
    // Nearly always, it has none, and the compiler knows how long it is.
    let sum = if header.len() == fixed.len() {
        Sum::default().add(fixed)
    } else {
        Sum::default().add_rare(header)
    };
    sum.checksum() == 0
}

/// How a destination is this host's.
fn target(gate: &Gate<'_, '_>, via: Via, destination: Ipv4Addr) -> Result<Target, Reason> {
    let ip = Ip::from(destination);
    if gate.is_own(&ip.into()) {
        return match via {
            Via::Group => Err(Reason::UnicastInGroup),
            Via::Nothing | Via::Unicast => Ok(Target::Own),
        };
    }
    if destination.is_multicast() {
        return if gate.is_in_group(ip) {
            Ok(Target::Group)
        } else {
            Err(Reason::Destination)
        };
    }
    if gate.is_broadcast(ip) {
        return Ok(Target::Broadcast);
    }
    let can_be_offered = !destination.is_loopback() && destination.octets()[0] != 0;
    if can_be_offered && !matches!(via, Via::Group) && !gate.has_v4() {
        return Ok(Target::Unconfigured);
    }
    Err(Reason::Destination)
}

/// Drops what can come from no other host. Without an address are those who ask for one by broadcast (RFC 1122
/// § 3.2.1.3 (a)), and switches that ask for groups (RFC 4541 § 2.1.1).
fn check_source(
    gate: &Gate<'_, '_>,
    source: Ipv4Addr,
    target: Target,
    protocol: u8,
) -> Result<(), Reason> {
    let ip = Ip::from(source);
    let is_legal = if source.octets()[0] == 0 {
        source.is_unspecified() && (target == Target::Broadcast || protocol == IGMP)
    } else {
        !source.is_multicast()
            && !source.is_loopback()
            && !gate.is_broadcast(ip)
            && !gate.is_own(&ip.into())
    };
    if is_legal {
        Ok(())
    } else {
        Err(Reason::Source)
    }
}

/// Checks a fragment by itself.
#[cold]
fn check_fragment<'f>(
    protocol: u8,
    key: Key,
    fragment: u16,
    packet: Packet<'f>,
) -> Result<Piece<'f>, Reason> {
    let len = packet.payload.len();
    let start = usize::from(fragment & OFFSET) << 3;
    let is_last = fragment & MORE_FRAGMENTS == 0;
    let is_uneven = !is_last && len & 7 != 0;
    if packet.target == Target::Unconfigured {
        return Err(Reason::Destination);
    }
    if len == 0 || is_uneven || start.saturating_add(len) > LONGEST {
        return Err(Reason::Ipv4Fragment);
    }
    if protocol != UDP {
        return Err(Reason::Fragment);
    }
    Ok(Piece {
        key,
        start,
        is_last,
        packet,
    })
}

impl Gate<'_, '_> {
    /// Whether the interface has an IPv4 address.
    pub(super) fn has_v4(&self) -> bool {
        let mut addresses = self.interfaces.given_to(self.options.interface);
        addresses.any(|cidr| cidr.ip().is_ipv4())
    }
}

const MORE_FRAGMENTS: u16 = 0x2000;
/// The place of a fragment in its packet, in units of 8 bytes.
const OFFSET: u16 = 0x1fff;
/// The most bytes that a packet can have behind the shortest header.
const LONGEST: usize = 65_515;
