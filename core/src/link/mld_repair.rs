//! What smoltcp makes of MLD, put right on its way out and in.
//!
//! smoltcp 0.13 and 0.14 tell the join of a group with the record type that means a leave, and the reverse: their
//! "change to include" with no sources is "I want nothing of this group" (RFC 3810 § 5.2.12). A switch that listens to
//! reports (RFC 4541) would then keep the group away from a host that has just joined it, until the next query.
//! [`MldRepair::apply`] exchanges the two types. Answers to queries are right, and stay.
//!
//! They also take a query of version 1 for broken, as that is 4 bytes shorter than one of version 2 (RFC 3810 § 8.1), and a
//! Linux bridge asks with version 1 by default. [`MldRepair::lengthened`] makes one of version 2 of it. The answer is a
//! report of version 2, which bridges listen to; a router that knows version 1 only does not (RFC 3810 § 8.2.1 would have
//! the host speak version 1).
//!
//! Tests of the backends fail when smoltcp does either right: then this file has to go.

use super::bytes::{ICMPV6, Writer};
use crate::features::IPV6;

#[cfg(test)]
mod tests;

/// What has to be known of a device to put right what a stack like smoltcp makes of MLD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct MldRepair {
    is_ethernet: bool,
    has_checksum: bool,
}

impl MldRepair {
    /// The repair for a device whose frames are Ethernet's, or else bare IP packets. `has_checksum`: the stack fills in
    /// the checksum of ICMP for IPv6, not the device.
    #[must_use]
    pub const fn new(is_ethernet: bool, has_checksum: bool) -> Self {
        Self {
            is_ethernet,
            has_checksum,
        }
    }

    /// Exchanges "changed to include" and "changed to exclude" in a version 2 report; leaves any other frame alone.
    pub fn apply(self, frame: &mut [u8]) {
        let Some(([_, _, high, low, _, _, records @ ..], mut rest)) = self
            .report(frame)
            .and_then(<[u8]>::split_first_chunk_mut::<8>)
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
            let sources = usize::from(u16::from_be_bytes([*sources_high, *sources_low]));
            let len = (sources << 4).saturating_add(usize::from(*auxiliary) << 2);
            let Some(tail) = tail.get_mut(len..) else {
                break;
            };
            rest = tail;
        }
        if self.has_checksum {
            [*high, *low] = checksum.to_be_bytes();
        }
    }

    /// The frame of a version 2 query with what is in this frame, if that is a version 1 query; it is written into `room`,
    /// which has to be [`LONGER`](Self::LONGER) bytes longer than the frame.
    #[must_use]
    pub fn lengthened<'r>(self, frame: &[u8], room: &'r mut [u8]) -> Option<&'r [u8]> {
        let at = self.message_at(frame)?;
        let (headers, message) = frame.split_at_checked(at)?;
        let [QUERY, code, high, low, about @ ..] = message.first_chunk::<QUERY_V1>()? else {
            return None;
        };
        let (link_header, headers) = headers.split_at_checked(self.link_header_len())?;
        let (front, headers) = headers.split_first_chunk::<6>()?;
        let [first @ .., len_high, len_low] = front;
        let len = u16::from_be_bytes([*len_high, *len_low]);
        // What is behind the fixed header of 40 bytes.
        let behind = headers.len().checked_sub(34)?.saturating_add(QUERY_V1);
        if usize::from(len) != behind {
            // It is longer, or cut off.
            return None;
        }
        let [before, after] = [len, len.checked_add(4)?].map(u16::to_be_bytes);
        // The length is under the checksum (RFC 8200 § 8.1), and what is added is 0.
        let checksum = updated(u16::from_be_bytes([*high, *low]), before, after);
        let total = at.saturating_add(QUERY_V1).saturating_add(Self::LONGER);
        let query = room.get_mut(..total)?;
        let mut writer = Writer::new(query);
        writer.put(link_header)?;
        writer.put(first)?;
        writer.put(&after)?;
        writer.put(headers)?;
        writer.put(&[QUERY, *code])?;
        writer.put_u16(checksum)?;
        writer.put(about)?;
        // RFC 3810 § 5.1: no flags, the robustness and the interval of old, no sources.
        writer.put(&[0; Self::LONGER])?;
        Some(query)
    }

    /// How much longer a version 2 query is in bytes (RFC 3810 § 5.1).
    pub const LONGER: usize = 4;

    /// The message in a frame, if it is a version 2 report.
    fn report(self, frame: &mut [u8]) -> Option<&mut [u8]> {
        let at = self.message_at(frame)?;
        let message = frame.get_mut(at..)?;
        (message.first() == Some(&REPORT)).then_some(message)
    }

    /// Where the message in a frame begins, if it is behind a hop-by-hop header, as all of MLD is (RFC 3810 § 5).
    fn message_at(self, frame: &[u8]) -> Option<usize> {
        if !IPV6 {
            return None;
        }
        let (link_header, packet) = frame.split_at_checked(self.link_header_len())?;
        let ([] | [.., 0x86, 0xdd]) = link_header else {
            return None;
        };
        let (header, payload) = packet.split_first_chunk::<40>()?;
        let [0x60..=0x6f, _, _, _, _, _, HOP_BY_HOP, ..] = *header else {
            return None;
        };
        let [ICMPV6, words, ..] = *payload.first_chunk::<8>()? else {
            return None;
        };
        // RFC 8200 § 4.3: its length in units of 8 bytes, without the first.
        Some(
            self.link_header_len()
                .saturating_add(48)
                .saturating_add(usize::from(words) << 3),
        )
    }

    /// The length of what is in front of an IP packet in bytes.
    const fn link_header_len(self) -> usize {
        if self.is_ethernet { 14 } else { 0 }
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
    // There is room: both were not the largest number if it overflowed.
    sum.wrapping_add(carry as u16)
}

/// RFC 8200 § 4.3
const HOP_BY_HOP: u8 = 0;
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
