//! What goes out: which neighbour a datagram is for, and the headers in front of it.

use core::net::{IpAddr, Ipv4Addr};

use super::bytes::{IPV4, IPV6, UDP, Writer};
use super::checksum::Sum;
use super::neighbours::Resolution;
use super::{Link, LinkOptions, Plan};
use crate::error::Errno;
use crate::stack::Outgoing;
use crate::time::Instant;

pub(super) fn plan(link: &mut Link<'_>, now: Instant, datagram: &Outgoing<'_>) -> Plan {
    if let Err(errno) = check(&link.options, datagram) {
        return Plan::Failed(errno);
    }
    let hardware = if link.options.hardware_address.is_none() {
        None
    } else if let Some(group) = group_address(datagram) {
        Some(group)
    } else {
        match link.neighbours.resolve(now, datagram.next_hop) {
            Resolution::Known(neighbour) => Some(neighbour),
            Resolution::Unknown if link.neighbours.enqueue(now, datagram) => return Plan::Waits,
            Resolution::Unknown => return Plan::Failed(Errno::ENOBUFS),
            Resolution::Failed => return Plan::Failed(Errno::EHOSTUNREACH),
        }
    };
    let identification = link.identification;
    link.identification = identification.wrapping_add(1);
    Plan::Ready(Header::for_datagram(
        &link.options,
        hardware,
        identification,
        datagram,
    ))
}

/// What no header can say: `EINVAL`; what no length can say: `EMSGSIZE`.
fn check(options: &LinkOptions, datagram: &Outgoing<'_>) -> Result<(), Errno> {
    let destination = datagram.destination.address;
    let family = destination.family();
    let next_hop_is_v4 = datagram.next_hop.is_ipv4();
    if datagram.interface != options.interface
        || datagram.source.address.family() != family
        || next_hop_is_v4 != destination.ip.is_ipv4()
        || destination.is_unspecified()
        || datagram.destination.port == 0
        || datagram.hop_limit == 0
    {
        return Err(Errno::EINVAL);
    }
    let longest = match destination.ip {
        IpAddr::V4(_) => MAX_LEN - IPV4_LEN,
        IpAddr::V6(_) => MAX_LEN,
    };
    if datagram.payload.len() > longest - UDP_LEN {
        return Err(Errno::EMSGSIZE);
    }
    Ok(())
}

/// The hardware address that all neighbours listen to who want the datagram.
fn group_address(datagram: &Outgoing<'_>) -> Option<[u8; 6]> {
    match datagram.destination.address.ip {
        _ if datagram.is_broadcast => Some([0xff; 6]),
        IpAddr::V4(group) if group.is_multicast() => {
            // RFC 1112 § 6.4
            let [_, a, b, c] = group.octets();
            Some([0x01, 0x00, 0x5e, a & 0x7f, b, c])
        }
        IpAddr::V6(group) if group.is_multicast() => {
            // RFC 2464 § 7
            let [.., a, b, c, d] = group.octets();
            Some([0x33, 0x33, a, b, c, d])
        }
        IpAddr::V4(_) | IpAddr::V6(_) => None,
    }
}

/// How a datagram leaves: its frame without its addresses, its ports and its payload, which the datagram has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Header {
    len: usize,
    /// Destination and source on an Ethernet.
    hardware: Option<[[u8; 6]; 2]>,
    identification: u16,
    fills_checksums: bool,
}

impl Header {
    /// The header of a datagram to a neighbour with the address `hardware`, which a device of bare IP packets ignores.
    pub(super) fn for_datagram(
        options: &LinkOptions,
        hardware: Option<[u8; 6]>,
        identification: u16,
        datagram: &Outgoing<'_>,
    ) -> Self {
        let hardware = hardware.zip(options.hardware_address);
        let ethernet = if hardware.is_some() { ETHERNET_LEN } else { 0 };
        let ip = if datagram.destination.address.ip.is_ipv4() {
            IPV4_LEN
        } else {
            IPV6_LEN
        };
        Self {
            len: datagram
                .payload
                .len()
                .saturating_add(ethernet + ip + UDP_LEN),
            hardware: hardware.map(|(destination, source)| [destination, source]),
            identification,
            fills_checksums: options.fills_checksums,
        }
    }

    /// The length of the whole frame in bytes.
    #[expect(clippy::len_without_is_empty, reason = "no frame is empty")]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Writes the frame of the datagram that this header was made for. `false`, and nothing is promised of what `frame`
    /// has, unless it has [`len`](Self::len) bytes and the datagram is that one.
    #[must_use]
    pub fn write(&self, datagram: &Outgoing<'_>, frame: &mut [u8]) -> bool {
        frame.len() == self.len && self.fill(datagram, frame).is_some()
    }

    fn fill(&self, datagram: &Outgoing<'_>, frame: &mut [u8]) -> Option<()> {
        let source = datagram.source.address.ip;
        let destination = datagram.destination.address.ip;
        let mut frame = Writer::new(frame);
        if let Some([to, from]) = self.hardware {
            frame.put(&to)?;
            frame.put(&from)?;
            frame.put_u16(if destination.is_ipv4() { IPV4 } else { IPV6 })?;
        }
        let len = u16::try_from(datagram.payload.len().checked_add(UDP_LEN)?).ok()?;
        match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                frame.put(&self.ipv4(source, destination, datagram.hop_limit, len)?)?;
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                frame.put(&[0x60, 0, 0, 0])?;
                frame.put_u16(len)?;
                frame.put(&[UDP, datagram.hop_limit])?;
                frame.put(&source.octets())?;
                frame.put(&destination.octets())?;
            }
            _ => return None,
        }
        self.udp(datagram, len, frame.into_rest())
    }

    /// An IPv4 header without options that forbids fragments (RFC 791 § 3.1).
    fn ipv4(
        &self,
        source: Ipv4Addr,
        destination: Ipv4Addr,
        hop_limit: u8,
        len: u16,
    ) -> Option<[u8; IPV4_LEN]> {
        let [l0, l1] = len.checked_add(20)?.to_be_bytes();
        let [i0, i1] = self.identification.to_be_bytes();
        let [s0, s1, s2, s3] = source.octets();
        let [d0, d1, d2, d3] = destination.octets();
        let mut header = [
            0x45, 0, l0, l1, i0, i1, 0x40, 0, hop_limit, UDP, 0, 0, s0, s1, s2, s3, d0, d1, d2, d3,
        ];
        if !self.fills_checksums {
            let checksum = Sum::default().add(&header).checksum();
            [header[10], header[11]] = checksum.to_be_bytes();
        }
        Some(header)
    }

    /// The datagram with its header (RFC 768).
    fn udp(&self, datagram: &Outgoing<'_>, len: u16, place: &mut [u8]) -> Option<()> {
        let mut segment = Writer::new(place);
        segment.put_u16(datagram.source.port)?;
        segment.put_u16(datagram.destination.port)?;
        segment.put_u16(len)?;
        segment.put_u16(0)?;
        for piece in datagram.payload.pieces() {
            segment.put(piece)?;
        }
        if !segment.into_rest().is_empty() {
            return None;
        }
        if !self.fills_checksums {
            let source = datagram.source.address.ip;
            let destination = datagram.destination.address.ip;
            let sum = Sum::pseudo_header(source, destination, UDP, len).add(place);
            // 0 would say that there is none; this is the same number.
            let checksum = match sum.checksum() {
                0 => 0xffff,
                checksum => checksum,
            };
            let header = place.first_chunk_mut::<UDP_LEN>()?;
            [header[6], header[7]] = checksum.to_be_bytes();
        }
        Some(())
    }
}

const ETHERNET_LEN: usize = 14;
const IPV4_LEN: usize = 20;
const IPV6_LEN: usize = 40;
const UDP_LEN: usize = 8;
/// What the length of an IPv4 packet, or of what is behind an IPv6 header, can say.
const MAX_LEN: usize = 65_535;

#[cfg(test)]
mod tests;
