//! What is in a frame, and frames that a host sends: Ethernet, ARP, NDP, IPv4, IPv6 and UDP.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use etherparse::checksum::Sum16BitWords;
use etherparse::{
    ArpHardwareId, ArpOperation, ArpPacket, EtherType, Icmpv6Slice, Ipv4Header, Ipv4Slice,
    Ipv6Header, Ipv6Slice, NetSlice, PacketBuilder, SlicedPacket, TransportSlice, UdpHeader,
    UdpSlice,
};

use crate::group;

pub(crate) type HardwareAddress = [u8; 6];

/// A UDP datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Datagram {
    /// Its sender.
    pub source: SocketAddr,
    /// Where it was sent; perhaps a group.
    pub destination: SocketAddr,
    /// Its payload.
    pub payload: Vec<u8>,
}

/// What is in a frame, as far as a host has to do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// A host wants to know an address's hardware address: an ARP request or a neighbour solicitation.
    Question { wanted: IpAddr, by: IpAddr },
    /// A hardware address: an ARP reply or a neighbour advertisement.
    Answer(IpAddr, HardwareAddress),
    /// A datagram.
    Datagram(Datagram),
    /// Anything else.
    Other,
    /// What no host should send: lengths or checksums are wrong.
    Broken(&'static str),
}

const SOLICITATION: u8 = 135;
const ADVERTISEMENT: u8 = 136;
/// The option of the sender's hardware address in a solicitation, and of the target's in an advertisement.
const SOURCE_OPTION: u8 = 1;
const TARGET_OPTION: u8 = 2;

/// Reads a frame.
pub(crate) fn read(frame: &[u8]) -> Content {
    let Ok(packet) = SlicedPacket::from_ethernet(frame) else {
        return Content::Broken("lengths");
    };
    match (packet.net, packet.transport) {
        (Some(NetSlice::Arp(arp)), _) => read_arp(&arp.to_packet()),
        (Some(NetSlice::Ipv4(ip)), Some(TransportSlice::Udp(udp))) => read_udp_v4(&ip, &udp),
        (Some(NetSlice::Ipv6(ip)), Some(TransportSlice::Udp(udp))) => read_udp_v6(&ip, &udp),
        (Some(NetSlice::Ipv6(ip)), Some(TransportSlice::Icmpv6(icmp))) => read_ndp(&ip, &icmp),
        _ => Content::Other,
    }
}

fn read_arp(packet: &ArpPacket) -> Content {
    let Ok(packet) = packet.try_eth_ipv4() else {
        return Content::Other;
    };
    let sender = IpAddr::from(packet.sender_ipv4);
    match packet.operation {
        ArpOperation::REQUEST => Content::Question {
            wanted: packet.target_ipv4.into(),
            by: sender,
        },
        ArpOperation::REPLY => Content::Answer(sender, packet.sender_mac),
        _ => Content::Other,
    }
}

fn read_udp_v4(ip: &Ipv4Slice<'_>, udp: &UdpSlice<'_>) -> Content {
    let header = ip.header().to_header();
    if header.header_checksum != header.calc_header_checksum() {
        return Content::Broken("the header's checksum");
    }
    let expected = udp.to_header().calc_checksum_ipv4(&header, udp.payload());
    // RFC 768: 0 is no checksum.
    if udp.checksum() != 0 && expected != Ok(udp.checksum()) {
        return Content::Broken("the datagram's checksum");
    }
    datagram(header.source.into(), header.destination.into(), udp)
}

fn read_udp_v6(ip: &Ipv6Slice<'_>, udp: &UdpSlice<'_>) -> Content {
    let header = ip.header().to_header();
    let expected = udp.to_header().calc_checksum_ipv6(&header, udp.payload());
    if expected != Ok(udp.checksum()) {
        return Content::Broken("the datagram's checksum");
    }
    datagram(header.source.into(), header.destination.into(), udp)
}

fn datagram(source: IpAddr, destination: IpAddr, udp: &UdpSlice<'_>) -> Content {
    Content::Datagram(Datagram {
        source: (source, udp.source_port()).into(),
        destination: (destination, udp.destination_port()).into(),
        payload: udp.payload().to_owned(),
    })
}

/// RFC 4861 § 4.3, § 4.4.
fn read_ndp(ip: &Ipv6Slice<'_>, icmp: &Icmpv6Slice<'_>) -> Content {
    let header = ip.header();
    if !icmp.is_checksum_valid(header.source(), header.destination()) {
        return Content::Broken("the message's checksum");
    }
    let target = icmp.payload().split_first_chunk::<16>();
    match (icmp.type_u8(), target) {
        (SOLICITATION, Some((target, _))) => Content::Question {
            wanted: (*target).into(),
            by: header.source().into(),
        },
        (ADVERTISEMENT, Some((target, [TARGET_OPTION, 1, rest @ ..]))) => rest
            .first_chunk()
            .map_or(Content::Broken("an option"), |hardware_address| {
                Content::Answer((*target).into(), *hardware_address)
            }),
        _ => Content::Other,
    }
}

/// The destination of a datagram that a frame says nobody wanted: port unreachable, RFC 792 and RFC 4443 § 3.1.
pub(crate) fn refused(frame: &[u8]) -> Option<SocketAddr> {
    let packet = SlicedPacket::from_ethernet(frame).ok()?;
    match (packet.net?, packet.transport?) {
        (NetSlice::Ipv4(_), TransportSlice::Icmpv4(icmp)) => {
            // As it came: smoltcp leaves what was there in bytes that have no meaning.
            let is_right = Sum16BitWords::new()
                .add_slice(icmp.slice())
                .ones_complement()
                == 0;
            let (ip, rest) = Ipv4Header::from_slice(icmp.payload()).ok()?;
            let (udp, _) = UdpHeader::from_slice(rest).ok()?;
            (is_right && (icmp.type_u8(), icmp.code_u8()) == (3, 3))
                .then(|| (Ipv4Addr::from(ip.destination), udp.destination_port).into())
        }
        (NetSlice::Ipv6(by), TransportSlice::Icmpv6(icmp)) => {
            let header = by.header();
            let is_right = icmp.is_checksum_valid(header.source(), header.destination());
            let (ip, rest) = Ipv6Header::from_slice(icmp.payload()).ok()?;
            let (udp, _) = UdpHeader::from_slice(rest).ok()?;
            (is_right && (icmp.type_u8(), icmp.code_u8()) == (1, 4))
                .then(|| (Ipv6Addr::from(ip.destination), udp.destination_port).into())
        }
        _ => None,
    }
}

/// Asks for the hardware address of `wanted`.
pub(crate) fn question(by: IpAddr, from: HardwareAddress, wanted: IpAddr) -> Vec<u8> {
    match (by, wanted) {
        (IpAddr::V4(by), IpAddr::V4(wanted)) => {
            arp(ArpOperation::REQUEST, (by, from), (wanted, [0xFF; 6]))
        }
        (IpAddr::V6(by), IpAddr::V6(wanted)) => {
            let [.., a, b, c] = wanted.octets();
            // RFC 4291 § 2.7.1
            let node =
                Ipv6Addr::from_octets([0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, a, b, c]);
            let to = (node, group::hardware_address(node.into()));
            ndp(SOLICITATION, (by, from), to, wanted)
        }
        _ => Vec::new(),
    }
}

/// Answers that `address` is at `from`.
pub(crate) fn answer(
    address: IpAddr,
    from: HardwareAddress,
    by: IpAddr,
    to: HardwareAddress,
) -> Vec<u8> {
    match (address, by) {
        (IpAddr::V4(address), IpAddr::V4(by)) => {
            arp(ArpOperation::REPLY, (address, from), (by, to))
        }
        (IpAddr::V6(address), IpAddr::V6(by)) => {
            ndp(ADVERTISEMENT, (address, from), (by, to), address)
        }
        _ => Vec::new(),
    }
}

fn arp(
    operation: ArpOperation,
    (source, from): (Ipv4Addr, HardwareAddress),
    (target, to): (Ipv4Addr, HardwareAddress),
) -> Vec<u8> {
    let packet = ArpPacket::new(
        ArpHardwareId::ETHERNET,
        EtherType::IPV4,
        operation,
        &from,
        &source.octets(),
        &to,
        &target.octets(),
    );
    let packet = packet.expect("the addresses have the right lengths");
    let mut frame = Vec::new();
    PacketBuilder::ethernet2(from, to)
        .arp(packet)
        .write(&mut frame)
        .expect("a vector takes all");
    frame
}

fn ndp(
    kind: u8,
    (source, from): (Ipv6Addr, HardwareAddress),
    (destination, to): (Ipv6Addr, HardwareAddress),
    target: Ipv6Addr,
) -> Vec<u8> {
    let (flags, option) = if kind == SOLICITATION {
        (0, SOURCE_OPTION)
    } else {
        // Solicited, and overriding what was known.
        (0x60, TARGET_OPTION)
    };
    let message = [&target.octets()[..], &[option, 1], &from].concat();
    let mut frame = Vec::new();
    PacketBuilder::ethernet2(from, to)
        .ipv6(source.octets(), destination.octets(), 255)
        .icmpv6_raw(kind, 0, [flags, 0, 0, 0])
        .write(&mut frame, &message)
        .expect("a vector takes all");
    frame
}

/// A datagram between two hosts.
pub(crate) fn udp(from: HardwareAddress, to: HardwareAddress, datagram: &Datagram) -> Vec<u8> {
    let (source, destination) = (datagram.source, datagram.destination);
    let builder = PacketBuilder::ethernet2(from, to);
    let builder = match (source.ip(), destination.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            builder.ipv4(source.octets(), destination.octets(), HOP_LIMIT)
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            builder.ipv6(source.octets(), destination.octets(), HOP_LIMIT)
        }
        _ => return Vec::new(),
    };
    let mut frame = Vec::new();
    builder
        .udp(source.port(), destination.port())
        .write(&mut frame, &datagram.payload)
        .expect("a datagram that fits an Ethernet frame");
    frame
}

const HOP_LIMIT: u8 = 64;
