use super::frames::{IP, V4_BODY, datagram, edited, packet, repaired, spoilt};
use super::*;

#[test]
fn headers_are_checked() {
    let segment = Segment::ethernet();
    let frame = datagram(PEER_V4, OUR_V4, b"hello");
    let cases: [(&str, &[(usize, u8)]); 6] = [
        ("version 6", &[(IP, 0x65)]),
        ("a header of 16 bytes", &[(IP, 0x44)]),
        ("a header longer than the packet", &[(IP, 0x4f)]),
        ("a length less than the header", &[(IP + 3, 19)]),
        ("a length more than the frame", &[(IP + 3, 34)]),
        ("a length far more than the frame", &[(IP + 2, 0xff)]),
    ];
    for (why, edits) in cases {
        segment.drops(&edited(&frame, edits), |drops| &mut drops.ipv4_header, why);
    }
    for len in IP..frame.len() {
        segment.drops(&frame[..len], |drops| &mut drops.ipv4_header, "cut off");
    }
    for place in IP..IP + 12 {
        let spoilt = spoilt(&frame, &[(place, frame[place] ^ 0x80)]);
        let (ingress, drops) = segment.receive(&spoilt);
        assert_eq!(ingress, Ingress::Dropped, "{place}");
        assert_eq!(drops.ipv4_checksum + drops.ipv4_header, 1, "{place}");
    }
}

#[test]
fn a_device_may_have_checked_the_checksum() {
    let mut segment = Segment::ethernet();
    let frame = spoilt(&datagram(PEER_V4, OUR_V4, b""), &[(IP + 8, 3)]);
    segment.drops(&frame, |drops| &mut drops.ipv4_checksum, "wrong");
    segment.options.receives_checked = true;
    segment.takes(&frame);
}

#[test]
fn options_and_padding_are_skipped() {
    let segment = Segment::ethernet();
    let mut frame = datagram(PEER_V4, OUR_V4, b"hello");
    frame.splice(V4_BODY..V4_BODY, [1, 1, 1, 0]);
    frame[IP] = 0x46;
    frame[IP + 3] += 4;
    let mut frame = repaired(frame);
    frame.extend([0xee; 9]);
    let datagram = segment.takes(&frame);
    assert_eq!(datagram.payload, b"hello");
}

#[test]
fn the_reserved_flag_means_nothing() {
    let mut frame = datagram(PEER_V4, OUR_V4, b"hello");
    frame[IP + 6] |= 0x80;
    Segment::ethernet().takes(&repaired(frame));
}

#[test]
fn sources_that_can_be_nobodys_are_dropped() {
    let segment = Segment::ethernet();
    let sources = [
        OUR_V4,
        OTHER_V4,
        "127.0.0.1",
        "127.255.0.9",
        "0.0.0.0",
        "0.1.2.3",
        "224.0.0.1",
        GROUP_V4,
        "255.255.255.255",
        "192.0.2.255",
    ];
    for source in sources {
        let frame = datagram(source, OUR_V4, b"");
        segment.drops(&frame, |drops| &mut drops.source, source);
    }
    // The broadcast address of another network is one of its hosts', as far as this interface knows.
    segment.accepts(&datagram("198.51.100.255", OUR_V4, b""));
}

#[test]
fn a_source_without_an_address_may_broadcast_and_talk_of_groups() {
    let segment = Segment::ethernet();
    let frame = datagram("0.0.0.0", "255.255.255.255", b"");
    segment.takes(&frame);
    let frame = datagram("0.0.0.1", "255.255.255.255", b"");
    segment.drops(&frame, |drops| &mut drops.source, "0.0.0.1");
    let frame = datagram("0.0.0.0", GROUP_V4, b"");
    segment.drops(&frame, |drops| &mut drops.source, "to a group");
}

#[test]
fn destinations_are_this_hosts() {
    let segment = Segment::ethernet();
    for to in [
        OUR_V4,
        OTHER_V4,
        "255.255.255.255",
        "192.0.2.255",
        GROUP_V4,
        "224.0.0.1",
    ] {
        let frame = datagram(PEER_V4, to, b"hello");
        let datagram = segment.takes(&frame);
        assert_eq!(datagram.destination, (ip(to), 5000).into());
        assert_eq!(datagram.source, (ip(PEER_V4), 4000).into());
    }
    for to in [
        PEER_V4,
        "127.0.0.1",
        "0.0.0.0",
        "239.1.2.4",
        "224.0.0.251",
        "224.0.0.2",
        "198.51.100.255",
    ] {
        let frame = datagram(PEER_V4, to, b"hello");
        segment.drops(&frame, |drops| &mut drops.destination, to);
    }
}

#[test]
fn groups_are_those_of_the_interface() {
    let mut segment = Segment::ethernet();
    segment.groups = vec![(ELSEWHERE, ip(GROUP_V4))];
    let frame = datagram(PEER_V4, GROUP_V4, b"");
    segment.drops(&frame, |drops| &mut drops.destination, "a group elsewhere");
}

#[test]
fn unknown_protocols_are_the_stacks() {
    let segment = Segment::ethernet();
    segment.leaves(&packet(PEER_V4, OUR_V4, 6, &[0; 20]));
    segment.leaves(&packet(PEER_V4, "224.0.0.1", 103, &[]));
    segment.drops(
        &packet(PEER_V4, "192.0.2.9", 6, &[0; 20]),
        |drops| &mut drops.destination,
        "not ours",
    );
}

#[test]
fn fragments_are_dropped() {
    let segment = Segment::ethernet();
    let drops = |frame: &[u8]| segment.drops(frame, |drops| &mut drops.fragments, "no memory");
    let more = |frame: &[u8], offset: u16| {
        let [high, low] = (0x2000 | offset).to_be_bytes();
        let mut frame = frame.to_vec();
        frame[IP + 6..IP + 8].copy_from_slice(&[high, low]);
        repaired(frame)
    };
    let last = |frame: &[u8], offset: u16| {
        let mut frame = more(frame, offset);
        frame[IP + 6] &= !0x20;
        repaired(frame)
    };
    let even = packet(PEER_V4, OUR_V4, 17, &[7; 16]);
    let odd = packet(PEER_V4, OUR_V4, 17, &[7; 15]);
    let empty = packet(PEER_V4, OUR_V4, 17, &[]);
    drops(&more(&even, 0));
    drops(&more(&even, 100));
    drops(&last(&even, 100));
    drops(&last(&odd, 100));
    // The last byte of the longest packet.
    drops(&last(&packet(PEER_V4, OUR_V4, 17, &[7; 3]), 8189));
    let cases = [
        ("not the last, and no whole units", more(&odd, 0)),
        ("nothing in it", more(&empty, 0)),
        ("nothing in it", last(&empty, 5)),
        (
            "past the longest packet",
            last(&packet(PEER_V4, OUR_V4, 17, &[7; 4]), 8189),
        ),
        ("past the longest packet", more(&even, 0x1fff)),
    ];
    for (why, frame) in cases {
        segment.drops(&frame, |drops| &mut drops.ipv4_fragment, why);
    }
}

#[test]
fn dhcp_gets_through_while_there_is_no_address() {
    let without = Segment::ethernet().without(IpAddr::is_ipv4);
    let dhcp = |to: &str, port: u8| {
        let frame = datagram(PEER_V4, to, b"offer");
        edited(&frame, &[(V4_BODY + 2, 0), (V4_BODY + 3, port)])
    };
    for to in [OUR_V4, "255.255.255.255"] {
        without.leaves(&dhcp(to, 68));
        without.leaves(&dhcp(to, 67));
        let frame = dhcp(to, 68);
        Segment::ethernet().takes(&frame);
    }
    let echo = packet(PEER_V4, OUR_V4, 1, &[8, 0, 0, 0, 0, 0, 0, 0]);
    let cases = [
        ("another port", dhcp(OUR_V4, 69)),
        ("loopback", dhcp("127.0.0.1", 68)),
        ("no address", dhcp("0.0.0.0", 68)),
        ("another protocol", echo),
        ("to many", spoilt(&dhcp(OUR_V4, 68), &[(0, 3)])),
        ("a fragment", edited(&dhcp(OUR_V4, 68), &[(IP + 6, 0x20)])),
    ];
    for (why, frame) in cases {
        without.drops(&frame, |drops| &mut drops.destination, why);
    }
    let frame = spoilt(&dhcp(OUR_V4, 68), &[(V4_BODY + 8, b'O')]);
    without.drops(&frame, |drops| &mut drops.udp_checksum, "spoilt");
    // A broadcast to any other port is a socket's.
    let frame = datagram(PEER_V4, "255.255.255.255", b"");
    without.takes(&frame);
}
