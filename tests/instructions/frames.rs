//! What comes in: datagrams of a peer, and the word of where it is.

use core::net::IpAddr;

use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol,
    EthernetRepr, Icmpv6Packet, Icmpv6Repr, IpProtocol, IpRepr, Ipv4Address, Ipv6Address,
    NdiscRepr, RawHardwareAddress, UdpPacket, UdpRepr,
};

/// The hardware address of the measured host.
pub(crate) const HERE: [u8; 6] = [2, 0, 0, 0, 0, 1];
const THERE: [u8; 6] = [2, 0, 0, 0, 0, 2];
/// The first port of the measured host; the next sockets have the next ones.
pub(crate) const PORT: u16 = 10_000;
/// The peer's port.
pub(crate) const PEER_PORT: u16 = 7;

pub(crate) fn here(is_v6: bool) -> IpAddr {
    own_address(is_v6, 1)
}

pub(crate) fn there(is_v6: bool) -> IpAddr {
    own_address(is_v6, 2)
}

fn own_address(is_v6: bool, number: u8) -> IpAddr {
    if is_v6 {
        Ipv6Address::new(0xfe80, 0, 0, 0, 0, 0, 0, number.into()).into()
    } else {
        Ipv4Address::new(192, 0, 2, number).into()
    }
}

/// A datagram of `size` bytes for a port of the measured host.
pub(crate) fn datagram(is_v6: bool, size: usize, port: u16) -> Vec<u8> {
    let (from, to) = (there(is_v6), here(is_v6));
    let udp = UdpRepr {
        src_port: PEER_PORT,
        dst_port: port,
    };
    let length = udp.header_len() + size;
    let ip = IpRepr::new(from.into(), to.into(), IpProtocol::Udp, length, 64);
    packet(&ip, |bytes| {
        udp.emit(
            &mut UdpPacket::new_unchecked(bytes),
            &from.into(),
            &to.into(),
            size,
            |payload| payload.fill(b'x'),
            &ChecksumCapabilities::default(),
        );
    })
}

/// The peer asks who we are, and so tells who it is.
pub(crate) fn question(is_v6: bool) -> Vec<u8> {
    match (there(is_v6), here(is_v6)) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let arp = ArpRepr::EthernetIpv4 {
                operation: ArpOperation::Request,
                source_hardware_addr: EthernetAddress(THERE),
                source_protocol_addr: from,
                target_hardware_addr: EthernetAddress([0; 6]),
                target_protocol_addr: to,
            };
            frame(EthernetProtocol::Arp, arp.buffer_len(), |bytes| {
                arp.emit(&mut ArpPacket::new_unchecked(bytes));
            })
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let icmp = Icmpv6Repr::Ndisc(NdiscRepr::NeighborSolicit {
                target_addr: to,
                lladdr: Some(RawHardwareAddress::from(EthernetAddress(THERE))),
            });
            let protocol = IpProtocol::Icmpv6;
            let ip = IpRepr::new(from.into(), to.into(), protocol, icmp.buffer_len(), 255);
            packet(&ip, |bytes| {
                let mut packet = Icmpv6Packet::new_unchecked(bytes);
                icmp.emit(&from, &to, &mut packet, &ChecksumCapabilities::default());
            })
        }
        _ => unreachable!("both are of one family"),
    }
}

fn packet(ip: &IpRepr, emit: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let protocol = match ip {
        IpRepr::Ipv4(_) => EthernetProtocol::Ipv4,
        IpRepr::Ipv6(_) => EthernetProtocol::Ipv6,
    };
    frame(protocol, ip.buffer_len(), |bytes| {
        ip.emit(&mut *bytes, &ChecksumCapabilities::default());
        emit(bytes.get_mut(ip.header_len()..).expect("it has the header"));
    })
}

fn frame(ethertype: EthernetProtocol, length: usize, emit: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let ethernet = EthernetRepr {
        src_addr: EthernetAddress(THERE),
        dst_addr: EthernetAddress(HERE),
        ethertype,
    };
    let mut frame = EthernetFrame::new_unchecked(vec![0; ethernet.buffer_len() + length]);
    ethernet.emit(&mut frame);
    emit(frame.payload_mut());
    frame.into_inner()
}
