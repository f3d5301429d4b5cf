//! What smoltcp really sends and takes, before and after; and any bytes at all.

use core::net::{IpAddr, Ipv6Addr};

use proptest::prelude::*;
use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::phy::{Checksum, ChecksumCapabilities, Device, DeviceCapabilities, Medium, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, HardwareAddress, Icmpv6Packet, Icmpv6Repr, IpCidr,
    Ipv6ExtHeader, Ipv6Packet, MldAddressRecord, MldRecordType, MldRepr,
};

use super::{LONGEST, MldRepair};
use crate::frames::{Egress, Frame};

const OURS: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
/// The type of a version 2 report (RFC 3810 § 5.2).
const REPORT: u8 = 143;
/// The type of a query (RFC 3810 § 5.1).
const QUERY: u8 = 130;
const GROUP: Ipv6Addr = Ipv6Addr::new(0xff12, 0, 0, 0, 0, 0, 0, 0x1234);

/// Keeps what it is given to send.
#[derive(Debug)]
pub(crate) struct Capture {
    pub(crate) capabilities: DeviceCapabilities,
    pub(crate) sent: Vec<Vec<u8>>,
}

impl Capture {
    pub(crate) fn new(medium: Medium) -> Self {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = medium;
        capabilities.max_transmission_unit = 1514;
        Self {
            capabilities,
            sent: Vec::new(),
        }
    }

    /// A smoltcp interface for this device with a link-local address, after its first turn.
    pub(crate) fn interface(&mut self) -> Interface {
        let address = match self.capabilities.medium {
            Medium::Ethernet => HardwareAddress::Ethernet(EthernetAddress([2, 0, 0, 0, 0, 1])),
            Medium::Ip => HardwareAddress::Ip,
        };
        let mut interface = Interface::new(Config::new(address), self, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            addresses.push(IpCidr::new(OURS.into(), 64)).unwrap();
        });
        interface
    }
}

impl Device for Capture {
    type RxToken<'a> = Frame<'a>;
    type TxToken<'a> = Keep<'a>;

    fn receive(&mut self, _timestamp: Instant) -> Option<(Frame<'_>, Keep<'_>)> {
        None
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<Keep<'_>> {
        Some(Keep(&mut self.sent))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.capabilities.clone()
    }
}

#[derive(Debug)]
pub(crate) struct Keep<'a>(&'a mut Vec<Vec<u8>>);

impl TxToken for Keep<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        self.0.push(frame);
        result
    }
}

/// The report in a frame: the types of its records for a group, and whether its checksum is right.
fn decoded(medium: Medium, frame: &[u8], group: Ipv6Addr) -> (Vec<MldRecordType>, bool) {
    let packet = match medium {
        Medium::Ethernet => EthernetFrame::new_checked(frame).unwrap().payload(),
        Medium::Ip => frame,
    };
    let packet = Ipv6Packet::new_checked(packet).unwrap();
    let (source, destination) = (packet.src_addr(), packet.dst_addr());
    let header = Ipv6ExtHeader::new_checked(packet.payload()).unwrap();
    let message = &packet.payload()[8 * (1 + usize::from(header.header_len()))..];
    let message = Icmpv6Packet::new_checked(message).unwrap();
    let is_right = message.verify_checksum(&source, &destination);
    let repr = Icmpv6Repr::parse(
        &source,
        &destination,
        &message,
        &ChecksumCapabilities::ignored(),
    );
    let Ok(Icmpv6Repr::Mld(MldRepr::Report {
        nr_mcast_addr_rcrds,
        mut data,
    })) = repr
    else {
        panic!("no report: {repr:?}");
    };
    let mut types = Vec::new();
    for _ in 0..nr_mcast_addr_rcrds {
        let record = MldAddressRecord::new_checked(data).unwrap();
        if record.mcast_addr() == group {
            types.push(record.record_type());
        }
        data = record.payload();
    }
    (types, is_right)
}

/// The records of `group` that smoltcp sends for its join and its leave, and whether all checksums are right.
fn join_and_leave(
    capture: &mut Capture,
    is_repaired: bool,
) -> (Vec<Vec<MldRecordType>>, Vec<bool>) {
    let mut interface = capture.interface();
    let mut sockets = SocketSet::new(&mut [][..]);
    let mut turn = |interface: &mut Interface, capture: &mut Capture| {
        capture.sent.clear();
        if is_repaired {
            interface.poll_egress(Instant::ZERO, &mut Egress::new(capture), &mut sockets);
        } else {
            interface.poll_egress(Instant::ZERO, capture, &mut sockets);
        }
        let (frames, medium) = (&capture.sent, capture.capabilities.medium);
        let reports: Vec<_> = frames
            .iter()
            .map(|one| decoded(medium, one, GROUP))
            .collect();
        let (types, are_right): (Vec<_>, Vec<_>) = reports.into_iter().unzip();
        (types.concat(), are_right.into_iter().all(|right| right))
    };
    turn(&mut interface, capture);
    interface.join_multicast_group(GROUP).unwrap();
    let join = turn(&mut interface, capture);
    interface.leave_multicast_group(GROUP).unwrap();
    let leave = turn(&mut interface, capture);
    [join, leave].into_iter().unzip()
}

#[test]
fn smoltcp_still_sends_joins_and_leaves_the_wrong_way_round() {
    for medium in [Medium::Ethernet, Medium::Ip] {
        let (types, _) = join_and_leave(&mut Capture::new(medium), false);
        let wrong = [
            vec![MldRecordType::ChangeToInclude],
            vec![MldRecordType::ChangeToExclude],
        ];
        assert_eq!(types, wrong, "smoltcp is right: take the repair away");
    }
}

#[test]
fn a_join_is_sent_as_a_join_and_a_leave_as_a_leave() {
    for medium in [Medium::Ethernet, Medium::Ip] {
        let (types, are_right) = join_and_leave(&mut Capture::new(medium), true);
        let right = [
            vec![MldRecordType::ChangeToExclude],
            vec![MldRecordType::ChangeToInclude],
        ];
        assert_eq!((types, are_right), (right.to_vec(), vec![true, true]));
    }
}

#[test]
fn a_checksum_that_the_device_fills_in_is_left_to_it() {
    let mut capture = Capture::new(Medium::Ethernet);
    capture.capabilities.checksum.icmpv6 = Checksum::Rx;
    let mut interface = capture.interface();
    interface.join_multicast_group(GROUP).unwrap();
    let mut sockets = SocketSet::new(&mut [][..]);
    interface.poll_egress(Instant::ZERO, &mut Egress::new(&mut capture), &mut sockets);
    assert!(!capture.sent.is_empty());
    for frame in &capture.sent {
        // The Ethernet, IPv6 and hop-by-hop headers, type and code.
        assert_eq!(frame[14 + 40 + 8 + 2..][..2], [0, 0]);
    }
}

/// A report packet of records (type, words of auxiliary data, sources).
fn report_of(records: &[(u8, u8, u16)]) -> Vec<u8> {
    let mut message = vec![REPORT, 0, 0, 0, 0, 0];
    message.extend(u16::try_from(records.len()).unwrap().to_be_bytes());
    for &(kind, auxiliary, sources) in records {
        message.extend([kind, auxiliary]);
        message.extend(sources.to_be_bytes());
        message.extend(GROUP.octets());
        message.extend((0..sources).flat_map(|_| OURS.octets()));
        message.extend((0..auxiliary).flat_map(|word| [word, 3, 4, 143]));
    }
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend(u16::try_from(message.len() + 8).unwrap().to_be_bytes());
    packet.extend([0, 1]);
    packet.extend(OURS.octets());
    packet.extend([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x16]);
    packet.extend([58, 0, 5, 2, 0, 0, 1, 0]);
    packet.extend(message);
    Icmpv6Packet::new_unchecked(&mut packet[48..])
        .fill_checksum(&OURS, &Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x16));
    packet
}

fn repair(medium: Medium) -> MldRepair {
    MldRepair::new(medium == Medium::Ethernet, true)
}

fn lengthened(medium: Medium, frame: &[u8]) -> Option<Vec<u8>> {
    let mut room = [0; LONGEST];
    let longer = repair(medium).lengthened(frame, &mut room);
    longer.map(<[u8]>::to_vec)
}

#[test]
fn only_the_types_of_changes_and_the_checksum_change() {
    let before = [
        (1, 0, 0),
        (3, 2, 3),
        (2, 0, 1),
        (4, 0, 0),
        (5, 0, 2),
        (6, 1, 0),
    ];
    let after = [
        (1, 0, 0),
        (4, 2, 3),
        (2, 0, 1),
        (3, 0, 0),
        (5, 0, 2),
        (6, 1, 0),
    ];
    let mut packet = report_of(&before);
    repair(Medium::Ip).apply(&mut packet);
    assert_eq!(packet, report_of(&after));
}

#[test]
fn a_report_that_is_cut_off_changes_as_far_as_it_goes() {
    let mut packet = report_of(&[(3, 0, 0), (1, 0, 4), (4, 0, 0)]);
    let len = packet.len() - 20 - 1;
    packet.truncate(len);
    repair(Medium::Ip).apply(&mut packet);
    assert_eq!(packet, report_of(&[(4, 0, 0), (1, 0, 4), (4, 0, 0)])[..len]);
}

#[test]
fn a_frame_of_another_medium_or_protocol_is_left_alone() {
    let packet = report_of(&[(3, 0, 0)]);
    let mut other = packet.clone();
    repair(Medium::Ethernet).apply(&mut other);
    assert_eq!(other, packet);
    // Version, next header, the one behind it, type of the message.
    for at in [0, 6, 40, 48] {
        let mut other = packet.clone();
        other[at] ^= 0x11;
        let before = other.clone();
        repair(Medium::Ip).apply(&mut other);
        assert_eq!(other, before, "byte {at}");
    }
}

/// The packet of a version 1 query for all groups, or for one.
fn query_v1(group: Ipv6Addr) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0, 0, 8 + 24, 0, 1];
    packet.extend(OURS.octets());
    packet.extend(ALL_NODES.octets());
    packet.extend([58, 0, 5, 2, 0, 0, 1, 0]);
    // Answers within 10 s (RFC 2710 § 7.3).
    packet.extend([QUERY, 0, 0, 0, 0x27, 0x10, 0, 0]);
    packet.extend(group.octets());
    Icmpv6Packet::new_unchecked(&mut packet[48..]).fill_checksum(&OURS, &ALL_NODES);
    packet
}

#[test]
fn smoltcp_still_takes_a_version_1_query_for_broken() {
    for group in [Ipv6Addr::UNSPECIFIED, GROUP] {
        let packet = query_v1(group);
        let result = Icmpv6Packet::new_checked(&packet[48..]);
        assert!(result.is_err(), "smoltcp is right: take this away");
    }
}

#[test]
fn a_version_1_query_becomes_one_of_version_2() {
    for medium in [Medium::Ethernet, Medium::Ip] {
        for group in [Ipv6Addr::UNSPECIFIED, GROUP] {
            let mut frame = vec![0; if medium == Medium::Ethernet { 14 } else { 0 }];
            if let [.., high, low] = &mut frame[..] {
                [*high, *low] = [0x86, 0xdd];
            }
            let headers = frame.len() + 48;
            frame.extend(query_v1(group));
            // Padding of the frame.
            frame.extend([0xff; 3]);
            let longer = lengthened(medium, &frame).unwrap();
            assert_eq!(longer.len(), headers + 28);
            let packet = Ipv6Packet::new_checked(&longer[headers - 48..]).unwrap();
            assert_eq!(packet.payload().len(), 8 + 28);
            let message = Icmpv6Packet::new_checked(&longer[headers..]).unwrap();
            assert!(message.verify_checksum(&OURS, &ALL_NODES));
            let query = MldRepr::parse(&message).unwrap();
            let expected = MldRepr::Query {
                max_resp_code: 10_000,
                mcast_addr: group,
                s_flag: false,
                qrv: 0,
                qqic: 0,
                num_srcs: 0,
                data: &[],
            };
            assert_eq!(query, expected);
        }
    }
}

#[test]
fn nothing_else_becomes_longer() {
    let packet = query_v1(GROUP);
    assert_eq!(lengthened(Medium::Ethernet, &packet), None);
    let lengthened = |packet: &[u8]| lengthened(Medium::Ip, packet);
    assert!(lengthened(&packet).is_some());
    let longer = lengthened(&packet).unwrap();
    assert_eq!(lengthened(&longer), None);
    assert_eq!(lengthened(&report_of(&[(3, 0, 0)])), None);
    assert_eq!(lengthened(&packet[..packet.len() - 1]), None);
    // Version, length of the payload, next header, the one behind it, type of the message.
    for at in [0, 4, 5, 6, 40, 48] {
        let mut other = packet.clone();
        other[at] ^= 0x11;
        assert_eq!(lengthened(&other), None, "byte {at}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(mut frame in prop::collection::vec(any::<u8>(), 0..200)) {
        for medium in [Medium::Ip, Medium::Ethernet] {
            repair(medium).apply(&mut frame);
            drop(lengthened(medium, &frame));
        }
    }

    #[test]
    fn no_broken_query_makes_it_panic(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        len in 0..200_usize,
    ) {
        let mut packet = query_v1(GROUP);
        let at = at.index(packet.len());
        packet[at] = byte;
        packet.resize(len, byte);
        if let Some(longer) = lengthened(Medium::Ip, &packet) {
            prop_assert!(longer.starts_with(&packet[..4]));
            prop_assert!(longer.ends_with(&[0; 4]));
        }
    }

    #[test]
    fn no_broken_report_makes_it_panic(
        records in prop::collection::vec((1..7_u8, 0..3_u8, 0..3_u16), 0..5),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        len in any::<prop::sample::Index>(),
    ) {
        let mut packet = report_of(&records);
        let at = at.index(packet.len());
        packet[at] = byte;
        packet.truncate(len.index(packet.len() + 1));
        repair(Medium::Ip).apply(&mut packet);
    }

    #[test]
    fn twice_is_nothing_and_the_checksum_stays_right(
        records in prop::collection::vec((1..7_u8, 0..3_u8, 0..3_u16), 0..5),
    ) {
        let before = report_of(&records);
        let mut packet = before.clone();
        repair(Medium::Ip).apply(&mut packet);
        let destination: IpAddr = "ff02::16".parse().unwrap();
        let IpAddr::V6(destination) = destination else { unreachable!() };
        prop_assert!(Icmpv6Packet::new_unchecked(&packet[48..]).verify_checksum(&OURS, &destination));
        repair(Medium::Ip).apply(&mut packet);
        prop_assert_eq!(packet, before);
    }
}
