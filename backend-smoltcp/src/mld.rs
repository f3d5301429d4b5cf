//! smoltcp's group reports for IPv6, put right on their way out.
//!
//! smoltcp 0.14 tells the join of a group with the record type that means a leave, and the reverse: its
//! [`ChangeToInclude`](smoltcp::wire::MldRecordType::ChangeToInclude) with no sources is "I want nothing of this group"
//! (RFC 3810 § 5.2.12). A switch that listens to reports (RFC 4541) would then keep the group away from a host that has
//! just joined it, until the next query. [`Repair`] exchanges the two types. Answers to queries are right, and stay. A
//! test fails when smoltcp sends it right: then this file has to go.

use smoltcp::phy::{DeviceCapabilities, Medium};
use smoltcp::wire::IpProtocol;

#[cfg(test)]
pub(crate) mod tests;

/// What has to be known of a device to put its frames right.
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
}

/// The message in a frame, if it is a version 2 report behind a hop-by-hop header, as all reports are (RFC 3810 § 5).
fn report(medium: Medium, frame: &mut [u8]) -> Option<&mut [u8]> {
    let packet = if medium == Medium::Ethernet {
        let (header, packet) = frame.split_first_chunk_mut::<14>()?;
        let [.., 0x86, 0xdd] = header else {
            return None;
        };
        packet
    } else {
        frame
    };
    let (header, payload) = packet.split_first_chunk_mut::<40>()?;
    let [0x60..=0x6f, _, _, _, _, _, next, ..] = header else {
        return None;
    };
    if IpProtocol::from(*next) != IpProtocol::HopByHop {
        return None;
    }
    let &mut [next, words, ..] = payload.first_chunk_mut::<8>()?;
    // RFC 8200 § 4.3: its length in units of 8 bytes, without the first.
    let message = payload.get_mut(8 + usize::from(words) * 8..)?;
    let is_report =
        IpProtocol::from(next) == IpProtocol::Icmpv6 && message.first() == Some(&REPORT);
    is_report.then_some(message)
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
