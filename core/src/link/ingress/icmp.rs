//! ICMP (RFC 792, RFC 1122 § 3.2.2).

use super::drops::Reason;
use super::{Gate, Ingress, Packet, Target, quote};
use crate::error::Errno;
use crate::link::checksum::Sum;

pub(super) fn receive<'f>(gate: &Gate<'_, '_>, packet: &Packet<'f>) -> Result<Ingress<'f>, Reason> {
    let (header, quoted) = packet
        .payload
        .split_first_chunk::<8>()
        .ok_or(Reason::Icmp)?;
    let [kind, code, ..] = *header;
    if Sum::default().add_rare(packet.payload).checksum() != 0 {
        return Err(Reason::IcmpChecksum);
    }
    let errno = match kind {
        UNREACHABLE => unreachable(code),
        TIME_EXCEEDED => Errno::EHOSTUNREACH,
        PARAMETER_PROBLEM => Errno::EPROTO,
        REDIRECT => return Err(Reason::Redirect),
        _ => return Ok(Ingress::Other),
    };
    // It answers a packet that came from here, from one address.
    if packet.target != Target::Own {
        return Err(Reason::Icmp);
    }
    quote::v4(gate, quoted, errno)
}

/// What Linux reports for a destination that cannot be reached.
///
/// Linux: `icmp_err_convert`
const fn unreachable(code: u8) -> Errno {
    match code {
        0 | 6 | 9 | 11 => Errno::ENETUNREACH,
        2 => Errno::ENOPROTOOPT,
        3 => Errno::ECONNREFUSED,
        4 => Errno::EMSGSIZE,
        5 => Errno::ENOTSUP,
        7 => Errno::EHOSTDOWN,
        8 => Errno::ENONET,
        _ => Errno::EHOSTUNREACH,
    }
}

const UNREACHABLE: u8 = 3;
const REDIRECT: u8 = 5;
const TIME_EXCEEDED: u8 = 11;
const PARAMETER_PROBLEM: u8 = 12;
