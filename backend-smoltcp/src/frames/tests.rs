//! The stand-ins, with a real smoltcp between them.

use smoltcp::iface::{PollIngressSingleResult, SocketSet};
use smoltcp::phy::{Device as _, Medium, TxToken as _};
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol, IpCidr,
    Ipv4Address,
};

use super::*;
use crate::mld::tests::Capture;

const OURS: Ipv4Address = Ipv4Address::new(192, 0, 2, 1);
const THEIRS: Ipv4Address = Ipv4Address::new(192, 0, 2, 2);
const THEIR_ADDRESS: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 2]);

/// Who has our address?
fn question() -> Vec<u8> {
    let mut frame = Vec::from([0; 14 + 28]);
    let mut ethernet = EthernetFrame::new_unchecked(&mut frame);
    ethernet.set_dst_addr(EthernetAddress::BROADCAST);
    ethernet.set_src_addr(THEIR_ADDRESS);
    ethernet.set_ethertype(EthernetProtocol::Arp);
    let question = ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Request,
        source_hardware_addr: THEIR_ADDRESS,
        source_protocol_addr: THEIRS,
        target_hardware_addr: EthernetAddress([0; 6]),
        target_protocol_addr: OURS,
    };
    question.emit(&mut ArpPacket::new_unchecked(ethernet.payload_mut()));
    frame
}

#[test]
fn one_frame_is_received_and_its_answer_sent() {
    let mut capture = Capture::new(Medium::Ethernet);
    let mut interface = capture.interface();
    interface.update_ip_addrs(|addresses| {
        addresses.push(IpCidr::new(OURS.into(), 24)).unwrap();
    });
    let mut sockets = SocketSet::new(&mut [][..]);
    let frame = question();
    let capabilities = capture.capabilities();
    let tx = capture.transmit(Instant::ZERO).unwrap();
    let mut device = OneShot::new(&frame, tx, capabilities);
    let mut turn = || interface.poll_ingress_single(Instant::ZERO, &mut device, &mut sockets);
    assert_ne!(turn(), PollIngressSingleResult::None);
    assert_eq!(turn(), PollIngressSingleResult::None);
    let [answer] = &capture.sent[..] else {
        panic!("{} frames", capture.sent.len());
    };
    let answer = EthernetFrame::new_checked(answer).unwrap();
    assert_eq!(answer.dst_addr(), THEIR_ADDRESS);
    let answer = ArpRepr::parse(&ArpPacket::new_checked(answer.payload()).unwrap()).unwrap();
    let ArpRepr::EthernetIpv4 {
        operation,
        source_protocol_addr,
        ..
    } = answer
    else {
        panic!("{answer:?}");
    };
    assert_eq!(operation, ArpOperation::Reply);
    assert_eq!(source_protocol_addr, OURS);
}

#[test]
fn a_single_frame_gives_no_room_of_its_own() {
    let mut capture = Capture::new(Medium::Ethernet);
    let capabilities = capture.capabilities();
    let tx = capture.transmit(Instant::ZERO).unwrap();
    let mut device = OneShot::new(&[], tx, capabilities);
    assert!(device.transmit(Instant::ZERO).is_none());
    assert!(device.receive(Instant::ZERO).is_some());
    assert!(device.receive(Instant::ZERO).is_none());
}

#[test]
fn the_sending_half_never_receives_and_is_like_the_device() {
    let mut capture = Capture::new(Medium::Ip);
    let mut egress = Egress::new(&mut capture);
    assert!(egress.receive(Instant::ZERO).is_none());
    let capabilities = egress.capabilities();
    assert_eq!(capabilities.medium, Medium::Ip);
    assert_eq!(capabilities.max_transmission_unit, 1514);
    let tx = egress.transmit(Instant::ZERO).unwrap();
    tx.consume(3, |frame| frame.fill(7));
    assert_eq!(capture.sent, [[7, 7, 7]]);
}
