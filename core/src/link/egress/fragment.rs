//! Fragments of IPv4 datagrams that are longer than a frame (RFC 791 § 3.2).

use core::net::IpAddr;

use super::{Header, IPV4_LEN, UDP_LEN, put, udp_checksum};
use crate::link::LinkOptions;
use crate::link::bytes::UDP;
use crate::link::checksum::Sum;
use crate::stack::Outgoing;

/// What of a datagram a frame has. Its places are those of the UDP datagram, in bytes from its header on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(in crate::link) struct Fragment {
    identification: u16,
    start: u16,
    /// The end of the datagram.
    end: u16,
    /// The most bytes of a fragment, a multiple of 8.
    step: u16,
}

impl Fragment {
    /// The first fragment of a datagram.
    pub(in crate::link) fn first(
        options: &LinkOptions,
        identification: u16,
        datagram: &Outgoing<'_>,
    ) -> Self {
        let end = datagram.payload.len().saturating_add(UDP_LEN);
        let step = options.mtu.saturating_sub(IPV4_LEN).max(UNIT);
        Self {
            identification,
            start: 0,
            // No IPv4 datagram is longer.
            end: u16::try_from(end).unwrap_or(u16::MAX),
            step: u16::try_from(step).unwrap_or(u16::MAX) & !7,
        }
    }

    /// The one behind it.
    pub(in crate::link) fn next(self) -> Option<Self> {
        let start = self.start.saturating_add(self.step);
        (start < self.end).then_some(Self { start, ..self })
    }

    /// The header of its frame, to a neighbour with the address `hardware`. No device can fill in the checksum of a
    /// datagram of which it sees a fragment.
    pub(in crate::link) fn header(&self, options: &LinkOptions, hardware: [u8; 6]) -> Header {
        let len = self.len().saturating_add(IPV4_LEN);
        Header {
            fills_checksums: false,
            ..Header::new(options, hardware, self.identification, len)
        }
    }

    /// Writes the frame of this fragment of a datagram. `false`, and nothing is promised of what `frame` has, unless the
    /// header was made for it and `frame` has its length.
    pub(in crate::link) fn write(
        &self,
        header: &Header,
        datagram: &Outgoing<'_>,
        frame: &mut [u8],
    ) -> bool {
        frame.len() == header.len() && self.fill(header, datagram, frame).is_some()
    }

    fn fill(&self, header: &Header, datagram: &Outgoing<'_>, frame: &mut [u8]) -> Option<()> {
        let source = datagram.source.address.ip;
        let destination = datagram.destination.address.ip;
        let (IpAddr::V4(from), IpAddr::V4(to)) = (source.get(), destination.get()) else {
            return None;
        };
        // What waits is in one piece.
        let [bytes] = datagram.payload.pieces() else {
            return None;
        };
        let packet = header.ethernet(destination, frame)?;
        let (ip, place) = packet.split_first_chunk_mut::<IPV4_LEN>()?;
        let len = u16::try_from(self.len().checked_add(IPV4_LEN)?).ok()?;
        // In units of 8 bytes.
        let offset = self.start >> 3;
        let more = if self.next().is_some() { MORE } else { 0 };
        *ip = header.ipv4([from, to], datagram.hop_limit, len, more | offset);
        if datagram.traffic_class != 0 {
            header.mark_v4(ip, datagram.traffic_class);
        }
        let place = if self.start == 0 {
            let (udp, place) = place.split_first_chunk_mut::<UDP_LEN>()?;
            *udp = self.udp(datagram, bytes)?;
            place
        } else {
            place
        };
        let bytes = bytes.get(usize::from(self.start).saturating_sub(UDP_LEN)..)?;
        put(bytes.get(..place.len())?, place)?;
        Some(())
    }

    /// The header of the whole datagram, with the checksum of it all (RFC 768).
    fn udp(&self, datagram: &Outgoing<'_>, bytes: &[u8]) -> Option<[u8; UDP_LEN]> {
        let len = self.end;
        let [s0, s1] = datagram.source.port.to_be_bytes();
        let [d0, d1] = datagram.destination.port.to_be_bytes();
        let [l0, l1] = len.to_be_bytes();
        let header = [s0, s1, d0, d1, l0, l1, 0, 0];
        let (source, destination) = (datagram.source.address.ip, datagram.destination.address.ip);
        let sum = Sum::pseudo_header(source, destination, UDP, len);
        let [c0, c1] = udp_checksum(sum.add_8(header).add_rare(bytes)).to_be_bytes();
        Some([s0, s1, d0, d1, l0, l1, c0, c1])
    }

    fn len(&self) -> usize {
        self.end.saturating_sub(self.start).min(self.step).into()
    }
}

/// The unit of places in a packet.
const UNIT: usize = 8;
/// The flag of all fragments but the last.
const MORE: u16 = 0x2000;
