//! What senders are told of datagrams that came to nobody.

use etherparse::icmpv6::DestUnreachableCode;
use etherparse::{Icmpv4Type, Icmpv6Type, NetSlice, PacketBuilder, SlicedPacket, icmpv4};

use super::parcels::{Header, Parcel};
use super::{Network, micros};
use crate::agenda::Due;

impl Network {
    /// Tells the sender of a datagram that it came to a port that nobody has.
    pub(crate) fn refuse(&mut self, now: u64, parcel: Parcel) {
        let segment = self.cable(parcel.cable).segment;
        let latency = micros(self.segment(segment).options.latency);
        self.tell(now.saturating_add(latency), parcel, true);
    }

    /// Tells the sender of a datagram that nobody answers for its destination, when a host would have stopped asking.
    pub(super) fn tell_unreachable(&mut self, now: u64, parcel: Parcel) {
        self.tell(now.saturating_add(UNREACHABLE), parcel, false);
    }

    /// Tells the sender of a datagram at a time that it came to nobody.
    fn tell(&mut self, at: u64, parcel: Parcel, is_port: bool) {
        let cable = parcel.cable;
        let parcel = self.parcels.add(parcel.emptied());
        self.parcels.keep(parcel, 1);
        let due = Due::Refusal {
            cable,
            parcel,
            is_port,
        };
        self.agenda.push(at, due);
    }

    /// Tells the sender of what would have come by a cable at a time that nobody has the port, as the host there would: a
    /// fault, which is decided, and written down, now.
    pub(super) fn forge_refusal(&mut self, (now, at): (u64, u64), from: u32, parcel: Parcel) {
        if let Header::Datagram { .. } = parcel.header {
            self.refuse(at, parcel);
            return;
        }
        let Some(bytes) = port_unreachable(&parcel.bytes) else {
            return;
        };
        let id = self.identify(now, from, &bytes);
        let cable = parcel.cable;
        let refusal = Parcel {
            id,
            cable: from,
            bytes: bytes.into(),
            header: Header::Frame(None),
        };
        let refusal = self.parcels.add(refusal);
        self.parcels.keep(refusal, 1);
        let segment = self.cable(cable).segment;
        let latency = micros(self.segment(segment).options.latency);
        let due = Due::Arrival {
            cable,
            parcel: refusal,
            corrupt: None,
        };
        self.agenda.push(at.saturating_add(latency), due);
    }
}

/// The frame by which the receiver of a datagram says that nobody has its port (RFC 792, RFC 4443 § 3.1).
fn port_unreachable(frame: &[u8]) -> Option<Vec<u8>> {
    let packet = SlicedPacket::from_ethernet(frame).ok()?;
    let ethernet = packet.link?.to_header()?.ethernet2()?;
    let (_, quoted) = frame.split_at_checked(super::transit::ETHERNET)?;
    let quoted = quoted.get(..QUOTED).unwrap_or(quoted);
    let builder = PacketBuilder::ethernet2(ethernet.destination, ethernet.source);
    let mut refusal = Vec::new();
    match packet.net? {
        NetSlice::Ipv4(packet) => {
            let header = packet.header();
            let port = icmpv4::DestUnreachableHeader::Port;
            let builder = builder
                .ipv4(header.destination(), header.source(), 64)
                .icmpv4(Icmpv4Type::DestinationUnreachable(port));
            builder.write(&mut refusal, quoted).ok()?;
        }
        NetSlice::Ipv6(packet) => {
            let header = packet.header();
            let port = DestUnreachableCode::Port;
            let builder = builder
                .ipv6(header.destination(), header.source(), 64)
                .icmpv6(Icmpv6Type::DestinationUnreachable(port));
            builder.write(&mut refusal, quoted).ok()?;
        }
        NetSlice::Arp(_) => return None,
    }
    Some(refusal)
}

/// How long a neighbour is asked for, in microseconds.
const UNREACHABLE: u64 = 3_000_000;
/// How many bytes of a packet are quoted at most, so that the whole is as long as every host can receive (RFC 1812 § 4.3.2.3).
const QUOTED: usize = 576 - 20 - 8;
