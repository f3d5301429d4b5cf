//! Datagrams that are longer than a frame.

use alloc::vec;

use etherparse::{NetSlice, SlicedPacket};

use super::*;

/// A host whose frames take packets of `mtu` bytes, with so many places and bytes for what waits.
fn segment(mtu: usize, waiting: usize, bytes: usize) -> Segment {
    let mut segment = Segment::new(4, waiting, bytes);
    segment.link.options.mtu = mtu;
    segment
}

/// Bytes of which no two neighbours are the same.
fn bytes(len: usize) -> Vec<u8> {
    (0..251).cycle().take(len).collect()
}

/// The frames of datagrams that can leave.
fn frames(segment: &mut Segment) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while segment.link.has_datagram() {
        assert_eq!(segment.link.poll_at(), Some(Instant::from_micros(0)));
        let waiting = segment.link.poll_datagram().unwrap();
        assert!(waiting.solicitation().is_none());
        let mut frame = vec![0xaa; waiting.len()];
        assert!(waiting.write(&mut frame));
        assert!(!waiting.write(&mut vec![0; frame.len() + 1]));
        frames.push(frame);
    }
    assert_eq!(segment.link.poll_datagram(), None);
    frames
}

/// The datagram that fragments are of, in order, as another reader has it: its source port and its payload.
fn joined(frames: &[Vec<u8>], mtu: usize) -> (u16, Vec<u8>) {
    let mut whole = Vec::new();
    let mut first = None;
    for (at, frame) in frames.iter().enumerate() {
        let packet = SlicedPacket::from_ethernet(frame).unwrap();
        let Some(NetSlice::Ipv4(v4)) = packet.net else {
            panic!("{packet:?}");
        };
        let header = v4.header().to_header();
        assert_eq!(header.calc_header_checksum(), header.header_checksum);
        assert_eq!((header.protocol.0, header.time_to_live), (17, 64));
        assert!(!header.dont_fragment);
        assert_eq!(header.more_fragments, at + 1 < frames.len());
        assert_eq!(usize::from(header.fragment_offset.value()) * 8, whole.len());
        assert!(frame.len() - 14 <= mtu);
        let first = first.get_or_insert_with(|| header.clone());
        assert_eq!(header.identification, first.identification);
        assert_eq!(header.source, first.source);
        assert_eq!(header.destination, first.destination);
        whole.extend_from_slice(v4.payload().payload);
    }
    let udp = etherparse::UdpSlice::from_slice(&whole).unwrap();
    let header = udp.to_header();
    assert_eq!(usize::from(header.length), whole.len());
    let right = header.calc_checksum_ipv4(&first.unwrap(), udp.payload());
    assert_eq!(right, Ok(header.checksum));
    (header.source_port, udp.payload().to_vec())
}

fn known(segment: &mut Segment, last: u8) {
    segment.learn(last, false);
}

#[test]
fn a_datagram_that_fits_no_frame_leaves_in_fragments() {
    for (mtu, len) in [(1500, 8000), (1500, 1473), (68, 41), (576, 5000), (70, 43)] {
        let mut segment = segment(mtu, 2, 8000);
        known(&mut segment, 9);
        assert_eq!(segment.send(ip(9), &bytes(len)), Plan::Waits);
        let frames = frames(&mut segment);
        assert!(frames.len() > 1);
        assert!(frames.iter().all(|frame| frame[..6] == hardware(9)));
        assert_eq!(joined(&frames, mtu), (7, bytes(len)));
        assert_eq!(segment.link.poll_at(), None, "nothing is left");
        let fits = &bytes(mtu - 28);
        assert!(matches!(segment.send(ip(9), fits), Plan::Ready(_)));
    }
}

#[test]
fn every_fragment_has_the_traffic_class_that_was_asked_for() {
    let mut segment = segment(1500, 2, 8000);
    known(&mut segment, 9);
    let source = segment.interfaces.source(2, ip(9)).unwrap();
    let (bytes, ends) = (bytes(4000), [(source, 7).into(), (ip(9), 7).into()]);
    let mut datagram = Outgoing::new(2, ends[0], ends[1], Payload::Slice(&bytes));
    datagram.traffic_class = 0xb9;
    let now = segment.now;
    assert_eq!(segment.link.transmit(now, &datagram), Plan::Waits);
    let frames = frames(&mut segment);
    // Behind the Ethernet header and the version.
    assert!(frames.len() > 1 && frames.iter().all(|frame| frame[15] == 0xb9));
    assert_eq!(joined(&frames, 1500), (7, bytes));
}

#[test]
fn the_longest_datagram_leaves_in_fragments() {
    let mut segment = segment(1500, 2, 65_507);
    known(&mut segment, 9);
    assert_eq!(segment.link.longest_ipv4(), 65_535);
    assert_eq!(segment.send(ip(9), &bytes(65_507)), Plan::Waits);
    let frames = frames(&mut segment);
    assert_eq!(frames.len(), 45);
    assert_eq!(joined(&frames, 1500), (7, bytes(65_507)));
    let expected = Plan::Failed(Errno::EMSGSIZE);
    assert_eq!(segment.send(ip(9), &bytes(65_508)), expected);
}

#[test]
fn what_memory_cannot_hold_is_too_long() {
    let mut segment = segment(1500, 4, 4000);
    known(&mut segment, 9);
    assert_eq!(segment.link.longest_ipv4(), 4028);
    let too_long = Plan::Failed(Errno::EMSGSIZE);
    assert_eq!(segment.send(ip(9), &bytes(4001)), too_long);
    assert_eq!(segment.send(ip(9), &bytes(4000)), Plan::Waits);
    let no_room = Plan::Failed(Errno::ENOBUFS);
    assert_eq!(segment.send(ip(9), &bytes(1473)), no_room, "for now");
    frames(&mut segment);
    assert_eq!(segment.send(ip(9), &bytes(4000)), Plan::Waits);
}

#[test]
fn nothing_is_fragmented_without_memory_or_over_ipv6() {
    let mut segment = segment(1500, 0, 4000);
    known(&mut segment, 9);
    let too_long = Plan::Failed(Errno::EMSGSIZE);
    assert_eq!(segment.link.longest_ipv4(), 1500);
    assert_eq!(segment.send(ip(9), &bytes(1473)), too_long);
    let mut segment = self::segment(1500, 4, 4000);
    let peer = "fe80::9".parse().unwrap();
    assert_eq!(segment.send(peer, &bytes(1453)), too_long);
    assert_eq!(segment.send(peer, &bytes(1452)), Plan::Waits);
    let mut segment = self::segment(27, 4, 4000);
    assert_eq!(segment.link.longest_ipv4(), 27);
    assert_eq!(segment.send(ip(9), b""), too_long, "an MTU that is none");
}

#[test]
fn it_waits_for_its_neighbour_and_nothing_overtakes_it() {
    let mut segment = segment(1500, 8, 8000);
    assert_eq!(segment.send(ip(9), &bytes(4000)), Plan::Waits);
    assert_eq!(segment.send(ip(9), b"short"), Plan::Waits);
    assert_eq!(segment.left(), [Left::Question(ip(9), false)]);
    segment.learn(9, true);
    assert_eq!(segment.send(ip(9), b"later"), Plan::Waits);
    known(&mut segment, 8);
    assert!(matches!(segment.send(ip(8), b"another's"), Plan::Ready(_)));
    let mut frames = frames(&mut segment);
    assert_eq!(&frames.pop().unwrap()[42..], b"later");
    assert_eq!(&frames.pop().unwrap()[42..], b"short");
    assert_eq!(joined(&frames, 1500), (7, bytes(4000)));
}

#[test]
fn nothing_overtakes_what_has_left_in_part() {
    let mut segment = segment(1500, 8, 8000);
    known(&mut segment, 9);
    assert_eq!(segment.send(ip(9), &bytes(4000)), Plan::Waits);
    let mut first = vec![0; 1514];
    assert!(segment.link.poll_datagram().unwrap().write(&mut first));
    assert_eq!(segment.send(ip(9), b"short"), Plan::Waits);
    let mut rest = frames(&mut segment);
    assert_eq!(&rest.pop().unwrap()[42..], b"short");
    rest.insert(0, first);
    assert_eq!(joined(&rest, 1500), (7, bytes(4000)));
}

#[test]
fn identifications_of_fragments_differ() {
    let mut segment = segment(1500, 8, 8000);
    known(&mut segment, 9);
    let mut seen = Vec::new();
    for _ in 0..3 {
        assert_eq!(segment.send(ip(9), &bytes(2000)), Plan::Waits);
        let frames = frames(&mut segment);
        seen.push(frames[0][18..20].to_vec());
    }
    seen.dedup();
    assert_eq!(seen.len(), 3);
}

#[test]
fn groups_and_broadcasts_ask_nobody() {
    let to_group = [1, 0, 0x5e, 1, 2, 3];
    for (to, is_broadcast, hardware) in [
        ("239.1.2.3", false, to_group),
        ("255.255.255.255", true, [0xff; 6]),
    ] {
        let mut segment = segment(1500, 8, 8000);
        let mut send = |bytes: &[u8]| {
            let to = Endpoint::from((to.parse::<IpAddr>().unwrap(), 7));
            let from = Endpoint::from((ip(1), 7));
            let mut datagram = Outgoing::new(2, from, to, Payload::Slice(bytes));
            datagram.is_broadcast = is_broadcast;
            segment.link.transmit(segment.now, &datagram)
        };
        assert!(matches!(send(b"first"), Plan::Ready(_)));
        assert_eq!(send(&bytes(4000)), Plan::Waits);
        assert_eq!(send(b"behind"), Plan::Waits, "it does not overtake");
        let mut frames = frames(&mut segment);
        assert!(frames.iter().all(|frame| frame[..6] == hardware));
        assert_eq!(&frames.pop().unwrap()[42..], b"behind");
        assert_eq!(joined(&frames, 1500), (7, bytes(4000)));
        assert!(segment.unreachable().is_empty());
    }
}

#[test]
fn bare_packets_are_fragmented_too() {
    let mut segment = segment(1500, 8, 8000);
    segment.link.options.hardware_address = None;
    assert_eq!(segment.send(ip(9), &bytes(4000)), Plan::Waits);
    assert_eq!(
        segment.send(ip(8), b"behind"),
        Plan::Waits,
        "on the one line"
    );
    let mut packets = frames(&mut segment);
    assert_eq!(&packets.pop().unwrap()[28..], b"behind");
    let ethernet = [[0; 12].as_slice(), &[8, 0]].concat();
    let frames: Vec<_> = packets
        .iter()
        .map(|packet| [&ethernet[..], packet].concat())
        .collect();
    assert_eq!(joined(&frames, 1500), (7, bytes(4000)));
}

#[test]
fn a_neighbour_that_never_answers_gets_no_fragment() {
    let mut segment = segment(1500, 8, 8000);
    assert_eq!(segment.send(ip(9), &bytes(4000)), Plan::Waits);
    for _ in 0..3 {
        assert_eq!(segment.left(), [Left::Question(ip(9), false)]);
        segment.pass(Duration::from_secs(1));
    }
    assert_eq!(segment.left(), []);
    assert_eq!(segment.unreachable(), [ip(9)]);
    let unreachable = Plan::Failed(Errno::EHOSTUNREACH);
    assert_eq!(segment.send(ip(9), &bytes(4000)), unreachable);
    assert_eq!(segment.link.poll_at(), None);
}

#[test]
fn what_can_leave_gives_way_to_nobody() {
    let mut segment = segment(1500, 2, 8000);
    known(&mut segment, 9);
    assert_eq!(segment.send(ip(9), &bytes(4000)), Plan::Waits);
    assert_eq!(segment.send(ip(9), b"x"), Plan::Failed(Errno::ENOBUFS));
    assert_eq!(joined(&frames(&mut segment), 1500), (7, bytes(4000)));
    assert_eq!(segment.link.drops().waiting_overflowed, 0);
}

#[test]
fn a_reset_drops_what_has_left_in_part() {
    let mut segment = segment(1500, 2, 8000);
    known(&mut segment, 9);
    assert_eq!(segment.send(ip(9), &bytes(4000)), Plan::Waits);
    assert!(segment.link.poll_datagram().is_some());
    segment.link.reset();
    assert_eq!(segment.link.drops().waiting_lost, 1);
    assert_eq!(frames(&mut segment), Vec::<Vec<u8>>::new());
}
