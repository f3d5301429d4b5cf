//! What goes out: which neighbour a datagram is for, and the headers in front of it.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

mod fragment;
#[cfg(test)]
mod tests;

pub(super) use fragment::Fragment;

use super::bytes::{self, IPV4, UDP};
use super::checksum::Sum;
use super::neighbours::{Resolution, Way};
use super::{Link, LinkOptions, Plan};
use crate::address::{Family, Ip};
use crate::error::Errno;
use crate::features::{FRAGMENTS, IPV6};
use crate::stack::Outgoing;
use crate::time::Instant;

#[inline]
pub(super) fn plan(link: &mut Link<'_>, now: Instant, datagram: &Outgoing<'_>) -> Plan {
    let (headers, longest, group) = match (
        datagram.source.address.ip.get(),
        datagram.destination.address.ip.get(),
        datagram.next_hop.get(),
    ) {
        (IpAddr::V4(_), IpAddr::V4(to), IpAddr::V4(_)) if !to.is_unspecified() => {
            (IPV4_LEN + UDP_LEN, MAX_LEN - IPV4_LEN, group_v4(to))
        }
        (IpAddr::V6(_), IpAddr::V6(to), IpAddr::V6(_)) if IPV6 && !to.is_unspecified() => {
            (IPV6_LEN + UDP_LEN, MAX_LEN, group_v6(to))
        }
        _ => return Plan::Failed(Errno::EINVAL),
    };
    // What no header can say.
    if datagram.interface != link.options.interface
        || (!IPV6 && datagram.destination.address.family() == Family::V6)
        || datagram.destination.port == 0
        || datagram.hop_limit == 0
    {
        return Plan::Failed(Errno::EINVAL);
    }
    let len = datagram.payload.len();
    if len > longest - UDP_LEN {
        return Plan::Failed(Errno::EMSGSIZE);
    }
    let len = len.saturating_add(headers);
    let known = match link.options.hardware_address {
        None => Some([0; 6]),
        Some(_) if datagram.is_broadcast => Some([0xff; 6]),
        Some(_) => group,
    };
    if len > link.options.mtu {
        if !FRAGMENTS {
            return Plan::Failed(Errno::EMSGSIZE);
        }
        return fragments(link, now, datagram, known);
    }
    let hardware = match known {
        Some(known) if link.neighbours.is_behind(Way::Known(known)) => {
            return wait(link, Way::Known(known), datagram);
        }
        Some(known) => known,
        None => match link.neighbours.hardware_address(now, datagram.next_hop) {
            Some(neighbour) => neighbour,
            None => match resolve(link, now, datagram) {
                Ok(neighbour) => neighbour,
                Err(plan) => return plan,
            },
        },
    };
    let identification = link.identification;
    link.identification = identification.wrapping_add(1);
    Plan::Ready(Header::new(&link.options, hardware, identification, len))
}

/// The hardware address of a neighbour that has to be asked for, as a rule.
#[cold]
fn resolve(link: &mut Link<'_>, now: Instant, datagram: &Outgoing<'_>) -> Result<[u8; 6], Plan> {
    Err(match link.neighbours.resolve(now, datagram.next_hop) {
        Resolution::Known(neighbour) => return Ok(neighbour),
        Resolution::Unknown => wait(link, Way::Neighbour(datagram.next_hop), datagram),
        Resolution::Failed => Plan::Failed(Errno::EHOSTUNREACH),
    })
}

/// Has a datagram wait that leaves whole.
#[cold]
fn wait(link: &mut Link<'_>, way: Way, datagram: &Outgoing<'_>) -> Plan {
    if link.neighbours.enqueue(way, datagram, None) {
        Plan::Waits
    } else {
        Plan::Failed(Errno::ENOBUFS)
    }
}

/// Has a datagram that is longer than a frame leave in fragments, to a neighbour or a hardware address that is known.
#[cold]
fn fragments(
    link: &mut Link<'_>,
    now: Instant,
    datagram: &Outgoing<'_>,
    known: Option<[u8; 6]>,
) -> Plan {
    // Only a router may be in the way of IPv4; with IPv6, MTUs are the source's business (RFC 8200 § 5).
    let len = datagram.payload.len().saturating_add(IPV4_LEN + UDP_LEN);
    if (IPV6 && datagram.destination.address.ip.is_ipv6()) || len > link.longest_ipv4() {
        return Plan::Failed(Errno::EMSGSIZE);
    }
    let way = match known {
        Some(known) => Way::Known(known),
        None if link.neighbours.resolve(now, datagram.next_hop) == Resolution::Failed => {
            return Plan::Failed(Errno::EHOSTUNREACH);
        }
        None => Way::Neighbour(datagram.next_hop),
    };
    let first = Fragment::first(&link.options, link.fragmented, datagram);
    if !link.neighbours.enqueue(way, datagram, Some(first)) {
        return Plan::Failed(Errno::ENOBUFS);
    }
    link.fragmented = link.fragmented.wrapping_add(1);
    Plan::Waits
}

/// How long an IPv4 packet may be that leaves, if need be in fragments.
pub(super) fn longest_ipv4(link: &Link<'_>) -> usize {
    let mtu = link.options.mtu;
    match link.neighbours.longest() {
        Some(payload) if FRAGMENTS && mtu >= IPV4_LEN + UDP_LEN => {
            let packet = payload.saturating_add(IPV4_LEN + UDP_LEN);
            packet.clamp(mtu.min(MAX_LEN), MAX_LEN)
        }
        Some(_) | None => mtu.min(MAX_LEN),
    }
}

/// The hardware address that all neighbours in a group listen to.
///
/// RFC 1112 § 6.4
const fn group_v4(ip: Ipv4Addr) -> Option<[u8; 6]> {
    let [_, a, b, c] = ip.octets();
    if ip.is_multicast() {
        Some([0x01, 0x00, 0x5e, a & 0x7f, b, c])
    } else {
        None
    }
}

/// The same for IPv6.
///
/// RFC 2464 § 7
const fn group_v6(ip: Ipv6Addr) -> Option<[u8; 6]> {
    let [.., a, b, c, d] = ip.octets();
    if ip.is_multicast() {
        Some([0x33, 0x33, a, b, c, d])
    } else {
        None
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
        hardware: [u8; 6],
        identification: u16,
        datagram: &Outgoing<'_>,
    ) -> Self {
        let headers = match datagram.destination.address.ip.get() {
            IpAddr::V6(_) if IPV6 => IPV6_LEN + UDP_LEN,
            IpAddr::V4(_) | IpAddr::V6(_) => IPV4_LEN + UDP_LEN,
        };
        let len = datagram.payload.len().saturating_add(headers);
        Self::new(options, hardware, identification, len)
    }

    /// The header of an IP packet of `len` bytes.
    #[inline]
    fn new(options: &LinkOptions, hardware: [u8; 6], identification: u16, len: usize) -> Self {
        let hardware = options.hardware_address.map(|own| [hardware, own]);
        let ethernet = if hardware.is_some() { ETHERNET_LEN } else { 0 };
        Self {
            len: len.saturating_add(ethernet),
            hardware,
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
        let segment_len = datagram.payload.len().checked_add(UDP_LEN)?;
        let len = u16::try_from(segment_len).ok()?;
        let source = datagram.source.address.ip;
        let destination = datagram.destination.address.ip;
        let packet = self.ethernet(destination, frame)?;
        let (addresses, segment) = match (source.get(), destination.get()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let (header, segment) = packet.split_first_chunk_mut::<IPV4_LEN>()?;
                let len = len.checked_add(20)?;
                *header = self.ipv4(
                    [source, destination],
                    datagram.hop_limit,
                    len,
                    DONT_FRAGMENT,
                );
                if datagram.traffic_class != 0 {
                    self.mark_v4(header, datagram.traffic_class);
                }
                (Sum::of(&[source.octets(), destination.octets()]), segment)
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) if IPV6 => {
                let (header, packet) = packet.split_first_chunk_mut::<8>()?;
                let [l0, l1] = len.to_be_bytes();
                *header = [0x60, 0, 0, 0, l0, l1, UDP, datagram.hop_limit];
                if datagram.traffic_class != 0 {
                    mark_v6(header, datagram.traffic_class);
                }
                let (from, packet) = packet.split_first_chunk_mut::<16>()?;
                *from = source.octets();
                let (to, segment) = packet.split_first_chunk_mut::<16>()?;
                *to = destination.octets();
                (Sum::of_v6(source, destination), segment)
            }
            _ => return None,
        };
        self.udp(datagram, len, addresses, segment)
    }

    /// The header of an Ethernet frame, if there is one; what is behind it.
    #[inline]
    fn ethernet<'f>(&self, destination: Ip, frame: &'f mut [u8]) -> Option<&'f mut [u8]> {
        let Some([to, from]) = self.hardware else {
            return Some(frame);
        };
        let (header, packet) = frame.split_first_chunk_mut::<ETHERNET_LEN>()?;
        let [d0, d1, d2, d3, d4, d5] = to;
        let [s0, s1, s2, s3, s4, s5] = from;
        let ether_type = if IPV6 && destination.is_ipv6() {
            bytes::IPV6
        } else {
            IPV4
        };
        let [t0, t1] = ether_type.to_be_bytes();
        *header = [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1];
        Some(packet)
    }

    /// An IPv4 header without options, for a packet of `len` bytes (RFC 791 § 3.1).
    #[inline]
    fn ipv4(
        &self,
        [source, destination]: [Ipv4Addr; 2],
        hop_limit: u8,
        len: u16,
        fragment: u16,
    ) -> [u8; IPV4_LEN] {
        let [l0, l1] = len.to_be_bytes();
        let [i0, i1] = self.identification.to_be_bytes();
        let [f0, f1] = fragment.to_be_bytes();
        let source = source.octets();
        let destination = destination.octets();
        let mut checksum = 0;
        if !self.fills_checksums {
            let sum = Sum::of(&[
                [0x45, 0, l0, l1],
                [i0, i1, f0, f1],
                [hop_limit, UDP, 0, 0],
                source,
                destination,
            ]);
            checksum = sum.checksum();
        }
        let [c0, c1] = checksum.to_be_bytes();
        let [s0, s1, s2, s3] = source;
        let [d0, d1, d2, d3] = destination;
        [
            0x45, 0, l0, l1, i0, i1, f0, f1, hop_limit, UDP, c0, c1, s0, s1, s2, s3, d0, d1, d2, d3,
        ]
    }

    /// Puts a traffic class into an IPv4 header without one, and into its checksum (RFC 1624). Few datagrams have one.
    #[cold]
    fn mark_v4(&self, header: &mut [u8; IPV4_LEN], traffic_class: u8) {
        header[1] = traffic_class;
        if !self.fills_checksums {
            let sum = !u16::from_be_bytes([header[10], header[11]]);
            let (sum, carries) = sum.overflowing_add(u16::from(traffic_class));
            let sum = sum.wrapping_add(u16::from(carries));
            [header[10], header[11]] = (!sum).to_be_bytes();
        }
    }

    /// The datagram with its header (RFC 768).
    #[inline]
    fn udp(
        &self,
        datagram: &Outgoing<'_>,
        len: u16,
        addresses: Sum,
        segment: &mut [u8],
    ) -> Option<()> {
        let (header, place) = segment.split_first_chunk_mut::<UDP_LEN>()?;
        let [s0, s1] = datagram.source.port.to_be_bytes();
        let [d0, d1] = datagram.destination.port.to_be_bytes();
        let [l0, l1] = len.to_be_bytes();
        *header = [s0, s1, d0, d1, l0, l1, 0, 0];
        let mut rest = &mut *place;
        for piece in datagram.payload.pieces() {
            rest = put(piece, rest)?;
        }
        if !rest.is_empty() {
            return None;
        }
        if !self.fills_checksums {
            let sum = addresses.add_4([0, UDP, l0, l1]).add_8(*header).add(place);
            [header[6], header[7]] = udp_checksum(sum).to_be_bytes();
        }
        Some(())
    }
}

/// Puts the traffic class into the first word of an IPv6 header, which has no flow label.
#[cold]
const fn mark_v6(header: &mut [u8; 8], traffic_class: u8) {
    header[0] |= traffic_class >> 4;
    header[1] = traffic_class << 4;
}

/// The checksum that is written: 0 would say that there is none, and all ones are the same number (RFC 768).
#[inline]
const fn udp_checksum(sum: Sum) -> u16 {
    match sum.checksum() {
        0 => 0xffff,
        checksum => checksum,
    }
}

/// Copies bytes to the front of `place`; what is behind them, or `None` if they do not fit.
#[inline]
fn put<'f>(bytes: &[u8], place: &'f mut [u8]) -> Option<&'f mut [u8]> {
    let (front, rest) = place.split_at_mut_checked(bytes.len())?;
    for (to, from) in front.iter_mut().zip(bytes) {
        *to = *from;
    }
    Some(rest)
}

const ETHERNET_LEN: usize = 14;
const IPV4_LEN: usize = 20;
const IPV6_LEN: usize = 40;
const UDP_LEN: usize = 8;
/// Flags of an IPv4 header.
const DONT_FRAGMENT: u16 = 0x4000;
/// What the length of an IPv4 packet, or of what is behind an IPv6 header, can say.
const MAX_LEN: usize = 65_535;
