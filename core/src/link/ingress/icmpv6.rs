//! ICMP for IPv6 (RFC 4443), and which of its messages belong to neighbour discovery and to MLD.

use super::drops::Reason;
use super::{Gate, ICMPV6, Ingress, Packet, Target, mld, ndp, quote};
use crate::error::Errno;
use crate::link::checksum::Sum;

pub(super) fn receive<'f>(
    gate: &mut Gate<'_, '_>,
    packet: &Packet<'f>,
    has_router_alert: bool,
) -> Result<Ingress<'f>, Reason> {
    let (header, quoted) = packet
        .payload
        .split_first_chunk::<8>()
        .ok_or(Reason::Icmp)?;
    let [kind, code, ..] = *header;
    let len = u16::try_from(packet.payload.len()).map_err(|_| Reason::Icmp)?;
    let sum = Sum::pseudo_header(packet.source.ip, packet.destination.ip, ICMPV6, len);
    if sum.add_rare(packet.payload).checksum() != 0 {
        return Err(Reason::IcmpChecksum);
    }
    // Without an address, one asks only whether nobody has it (RFC 4862 § 5.4.2), or names groups (RFC 3590 § 4).
    let may_be_nobody = matches!(
        kind,
        ndp::NEIGHBOUR_SOLICITATION | mld::REPORT_V1 | mld::REPORT_V2
    );
    if packet.source.is_unspecified() && !may_be_nobody {
        return Err(Reason::Source);
    }
    let errno = match kind {
        UNREACHABLE => unreachable(code),
        PACKET_TOO_BIG => Errno::EMSGSIZE,
        TIME_EXCEEDED => Errno::EHOSTUNREACH,
        PARAMETER_PROBLEM => Errno::EPROTO,
        ndp::FIRST..=ndp::LAST => return ndp::receive(gate, packet, kind, code),
        mld::FIRST..=mld::LAST | mld::REPORT_V2 => {
            return mld::receive(packet, kind, has_router_alert);
        }
        _ => return Ok(Ingress::Other),
    };
    // It answers a packet that came from here, from one address.
    if packet.target != Target::Own {
        return Err(Reason::Icmp);
    }
    quote::v6(gate, quoted, errno)
}

/// What Linux reports for a destination that cannot be reached.
///
/// Linux: `icmpv6_err_convert`
const fn unreachable(code: u8) -> Errno {
    match code {
        0 => Errno::ENETUNREACH,
        1 | 5 | 6 => Errno::EACCES,
        4 => Errno::ECONNREFUSED,
        // Linux has EPROTO for codes that it does not know.
        2 | 3 => Errno::EHOSTUNREACH,
        _ => Errno::EPROTO,
    }
}

const UNREACHABLE: u8 = 1;
const PACKET_TOO_BIG: u8 = 2;
const TIME_EXCEEDED: u8 = 3;
const PARAMETER_PROBLEM: u8 = 4;
