//! What smoltcp makes of MLD, put right on its way out and in.
//!
//! smoltcp 0.14 tells the join of a group with the record type that means a leave, and the reverse: its
//! [`ChangeToInclude`](smoltcp::wire::MldRecordType::ChangeToInclude) with no sources is "I want nothing of this group"
//! (RFC 3810 § 5.2.12). A switch that listens to reports (RFC 4541) would then keep the group away from a host that has
//! just joined it, until the next query. [`Repair::apply`] exchanges the two types. Answers to queries are right, and
//! stay.
//!
//! It also takes a query of version 1 for broken, as that is 4 bytes shorter than one of version 2 (RFC 3810 § 8.1), and a
//! Linux bridge asks with version 1 by default. [`Repair::lengthened`] makes one of version 2 of it. The answer is a
//! report of version 2, which bridges listen to; a router that knows version 1 only does not (RFC 3810 § 8.2.1 would have
//! the host speak version 1).
//!
//! Tests fail when smoltcp does either right: then this file has to go.

use smoltcp::phy::{DeviceCapabilities, Medium};
use smoltcp::wire::IpProtocol;

#[cfg(test)]
pub(crate) mod tests;

/// What has to be known of a device to put frames right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Repair {
    medium: Medium,
    /// The checksum is in the frame; else the device fills it in.
    has_checksum: bool,
}

impl Repair {
    /// The repair of what a device with these capabilities sends.
    pub(crate) fn new(capabilities: &DeviceCapabilities) -> Self {
        Self {
            medium: capabilities.medium,
            has_checksum: capabilities.checksum.icmpv6.tx(),
        }
    }

    /// Exchanges "changed to include" and "changed to exclude" in a version 2 report; leaves any other frame alone.
    pub(crate) fn apply(self, frame: &mut [u8]) {
        let Some(([_, _, high, low, _, _, records @ ..], mut rest)) =
            report(self.medium, frame).and_then(<[u8]>::split_first_chunk_mut::<8>)
        else {
            return;
        };
        let mut checksum = u16::from_be_bytes([*high, *low]);
        for _ in 0..u16::from_be_bytes(*records) {
            // RFC 3810 § 5.2: type, length of auxiliary data in words, number of sources, group.
            let Some((record, tail)) = rest.split_first_chunk_mut::<20>() else {
                break;
            };
            let [kind, auxiliary, sources_high, sources_low, ..] = record;
            if let Some(exchanged) = exchanged(*kind) {
                checksum = updated(checksum, [*kind, *auxiliary], [exchanged, *auxiliary]);
                *kind = exchanged;
            }
            let sources = u16::from_be_bytes([*sources_high, *sources_low]);
            let len = usize::from(sources) * 16 + usize::from(*auxiliary) * 4;
            let Some(tail) = tail.get_mut(len..) else {
                break;
            };
            rest = tail;
        }
        if self.has_checksum {
            [*high, *low] = checksum.to_be_bytes();
        }
    }

    /// The frame of a version 2 query with what is in this frame, if that is a version 1 query.
    pub(crate) fn lengthened(self, frame: &[u8]) -> Option<heapless::Vec<u8, LONGEST>> {
        let at = message_at(self.medium, frame)?;
        let mut query = heapless::Vec::from_slice(frame.get(..at + QUERY_V1)?).ok()?;
        let (headers, message) = query.split_at_mut_checked(at)?;
        let headers = headers.get_mut(link_header_len(self.medium)..)?;
        let rest = headers.len().checked_sub(40)? + QUERY_V1;
        let [_, _, _, _, len_high, len_low, ..] = headers else {
            return None;
        };
        let [QUERY, _, high, low, ..] = message else {
            return None;
        };
        let len = u16::from_be_bytes([*len_high, *len_low]);
        if usize::from(len) != rest {
            // It is longer, or cut off.
            return None;
        }
        let [before, after] = [len, len.checked_add(4)?].map(u16::to_be_bytes);
        [*len_high, *len_low] = after;
        // The length is under the checksum (RFC 8200 § 8.1), and what is added is 0.
        let checksum = updated(u16::from_be_bytes([*high, *low]), before, after);
        [*high, *low] = checksum.to_be_bytes();
        // RFC 3810 § 5.1: no flags, the robustness and the interval of old, no sources.
        query.extend_from_slice(&[0; 4]).ok()?;
        Some(query)
    }
}

/// The message in a frame, if it is a version 2 report.
fn report(medium: Medium, frame: &mut [u8]) -> Option<&mut [u8]> {
    let at = message_at(medium, frame)?;
    let message = frame.get_mut(at..)?;
    (message.first() == Some(&REPORT)).then_some(message)
}

/// Where the message in a frame begins, if it is behind a hop-by-hop header, as all of MLD is (RFC 3810 § 5).
fn message_at(medium: Medium, frame: &[u8]) -> Option<usize> {
    let (link_header, packet) = frame.split_at_checked(link_header_len(medium))?;
    let ([] | [.., 0x86, 0xdd]) = link_header else {
        return None;
    };
    let (header, payload) = packet.split_first_chunk::<40>()?;
    let [0x60..=0x6f, _, _, _, _, _, next, ..] = *header else {
        return None;
    };
    let [behind, words, ..] = *payload.first_chunk::<8>()?;
    // RFC 8200 § 4.3: its length in units of 8 bytes, without the first.
    let at = link_header.len() + header.len() + 8 + usize::from(words) * 8;
    let protocols = [next, behind].map(IpProtocol::from);
    (protocols == [IpProtocol::HopByHop, IpProtocol::Icmpv6]).then_some(at)
}

/// The length of what is in front of an IP packet in bytes.
const fn link_header_len(medium: Medium) -> usize {
    match medium {
        Medium::Ethernet => 14,
        Medium::Ip => 0,
    }
}

/// The type of a record that says what smoltcp means by this one, if that is another one.
const fn exchanged(kind: u8) -> Option<u8> {
    match kind {
        CHANGE_TO_INCLUDE => Some(CHANGE_TO_EXCLUDE),
        CHANGE_TO_EXCLUDE => Some(CHANGE_TO_INCLUDE),
        _ => None,
    }
}

/// The checksum after one of the words under it has changed (RFC 1624, equation 3).
fn updated(checksum: u16, before: [u8; 2], after: [u8; 2]) -> u16 {
    let [before, after] = [before, after].map(u16::from_be_bytes);
    !add(add(!checksum, !before), after)
}

/// The sum in one's complement (RFC 1071).
const fn add(one: u16, other: u16) -> u16 {
    let (sum, carry) = one.overflowing_add(other);
    sum + carry as u16
}

/// RFC 3810 § 5.2.12
const CHANGE_TO_INCLUDE: u8 = 3;
/// RFC 3810 § 5.2.12
const CHANGE_TO_EXCLUDE: u8 = 4;
/// The type of a version 2 report (RFC 3810 § 5.2).
const REPORT: u8 = 143;
/// The type of a query (RFC 3810 § 5.1).
const QUERY: u8 = 130;
/// The length of a version 1 query in bytes (RFC 2710 § 3).
const QUERY_V1: usize = 24;
/// The longest frame that is made of one in bytes: the hop-by-hop header has up to 40, and usually 8.
const LONGEST: usize = 128;
