//! UDP (RFC 768, RFC 1122 § 4.1).

use super::drops::Reason;
use super::{Gate, Ingress, Packet, Target, UDP};
use crate::address::Endpoint;
use crate::features::IPV6;
use crate::link::checksum::Sum;
use crate::stack::{Aim, Incoming};

pub(super) fn receive<'f>(gate: &Gate<'_, '_>, packet: &Packet<'f>) -> Result<Ingress<'f>, Reason> {
    let header = packet.payload.first_chunk::<8>().ok_or(Reason::UdpLength)?;
    let [s0, s1, d0, d1, l0, l1, c0, c1] = *header;
    let length = u16::from_be_bytes([l0, l1]);
    // What is behind the datagram is padding of the packet.
    let datagram = packet.payload.get(..usize::from(length));
    let datagram = datagram.ok_or(Reason::UdpLength)?;
    let (_, payload) = datagram.split_first_chunk::<8>().ok_or(Reason::UdpLength)?;
    if (c0, c1) == (0, 0) {
        // With IPv4, there is none. With IPv6, that is not allowed.
        if IPV6 && packet.source.ip.is_ipv6() {
            return Err(Reason::UdpChecksum);
        }
    } else if !gate.options.receives_checked {
        let sum = Sum::pseudo_header(packet.source.ip, packet.destination.ip, UDP, length);
        if sum.add(datagram).checksum() != 0 {
            return Err(Reason::UdpChecksum);
        }
    }
    let source = u16::from_be_bytes([s0, s1]);
    let destination = u16::from_be_bytes([d0, d1]);
    if source == 0 || destination == 0 {
        return Err(Reason::UdpPort);
    }
    let is_dhcp = matches!(destination, 67 | 68) && packet.source.ip.is_ipv4();
    let aim = match packet.target {
        // RFC 2131 § 4.1
        _ if is_dhcp && !gate.has_v4() => return Ok(Ingress::Other),
        Target::Own => Aim::Own,
        Target::Broadcast => Aim::Broadcast,
        Target::Group => Aim::Group,
        Target::Solicited | Target::Unconfigured => return Err(Reason::Destination),
    };
    Ok(Ingress::Datagram(Incoming {
        hop_limit: Some(packet.hop_limit),
        traffic_class: Some(packet.traffic_class),
        timestamp: Some(gate.now),
        aim: Some(aim),
        ..Incoming::new(
            gate.options.interface,
            Endpoint::new(packet.source, source),
            Endpoint::new(packet.destination, destination),
            payload,
        )
    }))
}
