//! What comes in: datagrams of a peer, and the word of where it is.

use std::net::IpAddr;

use anydgram_size::chip;
use anydgram_size::strategy::{ADDRESSES, PORT};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol,
    EthernetRepr, Icmpv6Packet, Icmpv6Repr, IpProtocol, IpRepr, Ipv4Address, Ipv6Address,
    NdiscRepr, RawHardwareAddress, UdpPacket, UdpRepr,
};

/// The peer's port.
pub(crate) const PEER_PORT: u16 = 10_000;
const THERE: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 2]);

pub(crate) fn here(is_v6: bool) -> IpAddr {
    ADDRESSES[usize::from(is_v6)].0
}

pub(crate) fn there(is_v6: bool) -> IpAddr {
    if is_v6 {
        Ipv6Address::new(0xfe80, 0, 0, 0, 0, 0, 0, 2).into()
    } else {
        Ipv4Address::new(192, 0, 2, 2).into()
    }
}

/// A datagram of so many bytes.
pub(crate) fn datagram(is_v6: bool, size: usize) -> Vec<u8> {
    let (from, to) = (there(is_v6).into(), here(is_v6).into());
    let udp = UdpRepr {
        src_port: PEER_PORT,
        dst_port: PORT,
    };
    let ip = IpRepr::new(from, to, IpProtocol::Udp, udp.header_len() + size, 64);
    packet(&ip, |bytes| {
        udp.emit(
            &mut UdpPacket::new_unchecked(bytes),
            &from,
            &to,
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
                source_hardware_addr: THERE,
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
                lladdr: Some(RawHardwareAddress::from(THERE)),
            });
            let (protocol, len) = (IpProtocol::Icmpv6, icmp.buffer_len());
            let ip = IpRepr::new(from.into(), to.into(), protocol, len, 255);
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
        emit(&mut bytes[ip.header_len()..]);
    })
}

fn frame(ethertype: EthernetProtocol, len: usize, emit: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let ethernet = EthernetRepr {
        src_addr: THERE,
        dst_addr: EthernetAddress(chip::ADDRESS),
        ethertype,
    };
    let mut frame = EthernetFrame::new_unchecked(vec![0; ethernet.buffer_len() + len]);
    ethernet.emit(&mut frame);
    emit(frame.payload_mut());
    frame.into_inner()
}
