//! IGMP (RFC 1112, RFC 2236, RFC 3376): what routers ask, and what other members say.

use core::net::Ipv4Addr;

use super::drops::Reason;
use super::{Ingress, Packet};
use crate::link::checksum::Sum;

/// Checks a message. A response time of 0 is left in: it says version 1 (RFC 3376 § 7.1).
pub(super) fn receive<'f>(packet: &Packet<'f>) -> Result<Ingress<'f>, Reason> {
    let (header, rest) = packet
        .payload
        .split_first_chunk::<8>()
        .ok_or(Reason::Igmp)?;
    let [kind, _, _, _, g0, g1, g2, g3] = *header;
    let group = Ipv4Addr::new(g0, g1, g2, g3);
    let is_general = group.is_unspecified();
    let is_right = match kind {
        QUERY => (is_general || group.is_multicast()) && is_query(rest),
        REPORT_V1 | REPORT_V2 | LEAVE => group.is_multicast(),
        _ => false,
    };
    if !is_right || packet.hop_limit != 1 || Sum::default().add_rare(packet.payload).checksum() != 0
    {
        return Err(Reason::Igmp);
    }
    Ok(Ingress::Other)
}

/// Whether this can be behind the header of a query: nothing in versions 1 and 2; in version 3, as many sources as it
/// says there are (RFC 3376 §§ 4.1, 7.1).
fn is_query(rest: &[u8]) -> bool {
    match rest.split_first_chunk() {
        Some(([_, _, n0, n1], sources)) => {
            usize::from(u16::from_be_bytes([*n0, *n1])) << 2 <= sources.len()
        }
        None => rest.is_empty(),
    }
}

const QUERY: u8 = 0x11;
const REPORT_V1: u8 = 0x12;
const REPORT_V2: u8 = 0x16;
const LEAVE: u8 = 0x17;
