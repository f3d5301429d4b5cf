use super::frames::{IP, V6_BODY, datagram, edited, packet, spoilt};
use super::*;

#[test]
fn headers_are_checked() {
    let segment = Segment::ethernet();
    let frame = datagram(PEER_V6, OUR_V6, b"hello");
    let cases: [(&str, &[(usize, u8)]); 3] = [
        ("version 4", &[(IP, 0x40)]),
        ("a length more than the frame", &[(IP + 5, 14)]),
        ("a length far more than the frame", &[(IP + 4, 0xff)]),
    ];
    for (why, edits) in cases {
        segment.drops(&edited(&frame, edits), |drops| &mut drops.ipv6_header, why);
    }
    for len in IP..frame.len() {
        segment.drops(&frame[..len], |drops| &mut drops.ipv6_header, "cut off");
    }
}

#[test]
fn padding_is_cut() {
    let mut frame = datagram(PEER_V6, OUR_V6, b"hello");
    frame.extend([0xee; 9]);
    let datagram = Segment::ethernet().takes(&frame);
    assert_eq!(datagram.payload, b"hello");
}

#[test]
fn sources_that_can_be_nobodys_are_dropped() {
    let segment = Segment::ethernet();
    let sources = [
        OUR_V6,
        OUR_LINK_LOCAL,
        OTHER_V6,
        "::1",
        "::",
        "::ffff:192.0.2.2",
        "ff02::1",
        GROUP_V6,
    ];
    for source in sources {
        let frame = datagram(source, OUR_V6, b"");
        segment.drops(&frame, |drops| &mut drops.source, source);
    }
}

#[test]
fn destinations_are_this_hosts() {
    let segment = Segment::ethernet();
    for to in [OUR_V6, OUR_LINK_LOCAL, OTHER_V6, GROUP_V6, "ff02::1"] {
        let frame = datagram(PEER_V6, to, b"");
        segment.takes(&frame);
    }
    let foreign = [
        PEER_V6,
        "::1",
        "::",
        "::ffff:192.0.2.1",
        "ff15::1:2:4",
        // The last bits of an own address and of an own group.
        "2001:db8::bb:bb01",
        "2001:db8::ff:aa:bb01",
        "ff02::1:ffab:bb01",
        "ff02::2:ffaa:bb01",
        "ff03::1:ffaa:bb01",
        // A group that the stack is in, but no socket.
        "ff02::1:ffaa:bb01",
    ];
    for to in foreign {
        let frame = datagram(PEER_V6, to, b"");
        segment.drops(&frame, |drops| &mut drops.destination, to);
    }
}

#[test]
fn one_host_is_not_addressed_by_a_frame_to_many() {
    let frame = spoilt(&datagram(PEER_V6, OUR_V6, b""), &[(0, 3)]);
    Segment::ethernet().drops(&frame, |drops| &mut drops.unicast_in_group, "to many");
}

#[test]
fn groups_that_every_host_is_in_are_the_stacks() {
    let segment = Segment::ethernet();
    for to in ["ff02::1", "ff02::1:ffaa:bb01", "ff02::1:ffaa:cc02"] {
        segment.leaves(&packet(PEER_V6, to, 103, &[]));
    }
    let drops = [
        "ff02::2",
        "ff02::1:ffaa:bb02",
        "ff01::1",
        "ff00::1",
        "ff05::1",
        "ff02::1:ff00:1",
    ];
    for to in drops {
        let frame = packet(PEER_V6, to, 103, &[]);
        segment.drops(&frame, |drops| &mut drops.destination, to);
    }
}

#[test]
fn groups_that_stay_on_a_host_do_not_come_in() {
    let mut segment = Segment::ethernet();
    for group in ["ff01::7", "ff00::7"] {
        segment.groups = vec![(HERE, ip(group))];
        let frame = datagram(PEER_V6, group, b"");
        segment.drops(&frame, |drops| &mut drops.destination, group);
    }
}

#[test]
fn groups_are_those_of_the_interface() {
    let mut segment = Segment::ethernet();
    segment.groups = vec![(ELSEWHERE, ip(GROUP_V6))];
    let frame = datagram(PEER_V6, GROUP_V6, b"");
    segment.drops(&frame, |drops| &mut drops.destination, "elsewhere");
}

/// A datagram behind extension headers; the first one's number is `first`.
fn extended(first: u8, headers: &[u8]) -> Vec<u8> {
    let plain = datagram(PEER_V6, OUR_V6, b"hello");
    let body = [headers, &plain[V6_BODY..]].concat();
    packet(PEER_V6, OUR_V6, first, &body)
}

#[test]
fn extension_headers_are_walked() {
    let segment = Segment::ethernet();
    let cases: [(&str, u8, &[u8]); 8] = [
        ("hop by hop, padded", 0, &[17, 0, 1, 4, 0, 0, 0, 0]),
        ("single bytes of padding", 0, &[17, 0, 0, 0, 0, 0, 0, 0]),
        ("router alert", 0, &[17, 0, 5, 2, 0, 0, 1, 0]),
        (
            "an unknown option that may be skipped",
            60,
            &[17, 0, 0x3e, 4, 9, 9, 9, 9],
        ),
        (
            "longer options",
            60,
            &[17, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ),
        (
            "both",
            0,
            &[60, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0],
        ),
        ("the end of a route", 43, &[17, 0, 2, 0, 0, 0, 0, 0]),
        (
            "an option that ends with its header",
            60,
            &[17, 0, 0x1e, 0, 0, 0, 1, 0],
        ),
    ];
    for (why, first, headers) in cases {
        let frame = extended(first, headers);
        let datagram = segment.takes(&frame);
        assert_eq!(datagram.payload, b"hello", "{why}");
    }
}

#[test]
fn extension_headers_are_checked() {
    let segment = Segment::ethernet();
    let chain = [60, 0, 1, 4, 0, 0, 0, 0].repeat(8);
    let cases: [(&str, u8, &[u8]); 8] = [
        (
            "hop by hop behind another",
            60,
            &[0, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0],
        ),
        ("longer than the packet", 60, &[17, 9, 1, 4, 0, 0, 0, 0]),
        (
            "an option longer than its header",
            60,
            &[17, 0, 1, 5, 0, 0, 0, 0],
        ),
        ("an option without a length", 60, &[17, 0, 1, 3, 0, 0, 0, 1]),
        (
            "an option that wants the packet dropped",
            60,
            &[17, 0, 0x7e, 4, 0, 0, 0, 0],
        ),
        ("the same, hop by hop", 0, &[17, 0, 0x7e, 4, 0, 0, 0, 0]),
        ("nothing behind", 59, &[]),
        ("too many", 60, &chain),
    ];
    for (why, first, headers) in cases {
        let frame = extended(first, headers);
        segment.drops(&frame, |drops| &mut drops.ipv6_extension, why);
    }
    for first in [0, 43, 60] {
        for len in 0..8 {
            let body = &[17, 0, 1, 4, 0, 0, 0][..len.min(7)];
            let frame = packet(PEER_V6, OUR_V6, first, body);
            segment.drops(&frame, |drops| &mut drops.ipv6_extension, "cut off");
        }
    }
}

#[test]
fn routes_end_here() {
    let segment = Segment::ethernet();
    let cases: [(&str, &[u8]); 3] = [
        ("type 0", &[17, 0, 0, 0, 0, 0, 0, 0]),
        (
            "type 0 with a way to go",
            &[
                17, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            ],
        ),
        ("a way to go", &[17, 0, 4, 1, 0, 0, 0, 0]),
    ];
    for (why, header) in cases {
        segment.drops(&extended(43, header), |drops| &mut drops.ipv6_routing, why);
    }
}

#[test]
fn the_stack_answers_that_an_option_is_unknown() {
    for kind in [0xbe, 0xfe, 0xc2] {
        Segment::ethernet().leaves(&extended(0, &[17, 0, kind, 4, 0, 0, 0, 0]));
        Segment::ethernet().leaves(&extended(60, &[17, 0, kind, 4, 0, 0, 0, 0]));
    }
}

#[test]
fn fragments_are_dropped() {
    let segment = Segment::ethernet();
    let headers: [(u8, &[u8]); 2] = [
        (44, &[17, 0, 0, 1, 0, 0, 0, 9]),
        (0, &[44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 9]),
    ];
    for (first, headers) in headers {
        let frame = extended(first, headers);
        segment.drops(&frame, |drops| &mut drops.fragments, "the first of some");
    }
}
