//! MLD (RFC 2710, RFC 3810): what routers ask, and what other members say.

use core::net::{IpAddr, Ipv6Addr};

use super::drops::Reason;
use super::{Ingress, Packet};

/// Checks a message whose checksum is right. A response delay of 0 is left in: it demands an answer at once.
///
/// RFC 3810 § 6.2: the hop limit, the router alert and the kind of source are checked.
pub(super) fn receive<'f>(
    packet: &Packet<'f>,
    kind: u8,
    has_router_alert: bool,
) -> Result<Ingress<'f>, Reason> {
    let is_link_local = match packet.source.ip.get() {
        IpAddr::V6(source) => source.is_unicast_link_local(),
        IpAddr::V4(_) => false,
    };
    // The source of a report may have no address yet, which was checked before (RFC 3590 § 4).
    let is_from_here = is_link_local || packet.source.is_unspecified();
    let is_right = match kind {
        REPORT_V2 => packet.payload.len() >= 8,
        QUERY => is_query(packet.payload),
        _ => group(packet.payload).is_some_and(|(group, _)| group.is_multicast()),
    };
    if is_right && is_from_here && has_router_alert && packet.hop_limit == 1 {
        Ok(Ingress::Other)
    } else {
        Err(Reason::Mld)
    }
}

/// Whether a query has the length that version 1 has, or as many sources as it says there are (RFC 3810 §§ 5.1, 8.1).
fn is_query(message: &[u8]) -> bool {
    let Some((group, rest)) = group(message) else {
        return false;
    };
    let has_sources = match rest.split_first_chunk() {
        Some(([_, _, n0, n1], sources)) => {
            usize::from(u16::from_be_bytes([*n0, *n1])) << 4 <= sources.len()
        }
        None => rest.is_empty(),
    };
    has_sources && (group.is_unspecified() || group.is_multicast())
}

/// The group that a message is about, and what is behind it.
fn group(message: &[u8]) -> Option<(Ipv6Addr, &[u8])> {
    let (group, rest) = message.get(8..)?.split_first_chunk::<16>()?;
    Some((Ipv6Addr::from(*group), rest))
}

pub(super) const FIRST: u8 = QUERY;
pub(super) const LAST: u8 = 132;
const QUERY: u8 = 130;
pub(super) const REPORT_V1: u8 = 131;
pub(super) const REPORT_V2: u8 = 143;
