use super::frames::{IP, V4_BODY, V6_BODY, datagram, edited, packet, spoilt};
use super::*;
use crate::address::{Address, Endpoint};
use crate::stack::{Aim, Incoming};

#[test]
fn a_datagram_has_all_that_its_headers_say() {
    let v4 = edited(
        &datagram(PEER_V4, OUR_V4, b"hello"),
        &[(IP + 1, 0xb9), (IP + 8, 7)],
    );
    let v6 = edited(
        &datagram(PEER_LINK_LOCAL, OUR_LINK_LOCAL, b"hello"),
        &[(IP, 0x65), (IP + 1, 0x20), (IP + 7, 9)],
    );
    let IpAddr::V6(peer) = ip(PEER_LINK_LOCAL) else {
        panic!()
    };
    let IpAddr::V6(local) = ip(OUR_LINK_LOCAL) else {
        panic!()
    };
    let cases = [
        (v4, ip(PEER_V4).into(), ip(OUR_V4).into(), 7, 0xb9),
        (
            v6,
            Address::scoped(peer, HERE),
            Address::scoped(local, HERE),
            9,
            0x52,
        ),
    ];
    for (frame, source, destination, hop_limit, class) in cases {
        let expected = Incoming {
            hop_limit: Some(hop_limit),
            traffic_class: Some(class),
            timestamp: Some(NOW),
            aim: Some(Aim::Own),
            ..Incoming::new(
                HERE,
                Endpoint::new(source, 4000),
                Endpoint::new(destination, 5000),
                b"hello",
            )
        };
        assert_eq!(
            Segment::ethernet().accepts(&frame),
            Ingress::Datagram(expected)
        );
    }
}

#[test]
fn an_empty_datagram_is_a_datagram() {
    for (from, to) in [(PEER_V4, OUR_V4), (PEER_V6, OUR_V6)] {
        let frame = datagram(from, to, b"");
        assert_eq!(Segment::ethernet().takes(&frame).payload, b"");
    }
}

#[test]
fn lengths_are_checked() {
    let segment = Segment::ethernet();
    for (from, to, body) in [(PEER_V4, OUR_V4, V4_BODY), (PEER_V6, OUR_V6, V6_BODY)] {
        let frame = datagram(from, to, b"hello");
        for len in [0, 7, 14, 200] {
            let frame = edited(&frame, &[(body + 5, len)]);
            segment.drops(&frame, |drops| &mut drops.udp_length, to);
        }
        let frame = edited(&frame, &[(body + 4, 0xff)]);
        segment.drops(&frame, |drops| &mut drops.udp_length, to);
        let frame = packet(from, to, 17, &[1, 1, 1, 1, 0, 7, 0]);
        segment.drops(&frame, |drops| &mut drops.udp_length, "less than a header");
    }
}

#[test]
fn what_is_behind_a_datagram_is_padding() {
    for (from, to, body) in [(PEER_V4, OUR_V4, V4_BODY), (PEER_V6, OUR_V6, V6_BODY)] {
        let frame = edited(&datagram(from, to, b"hello"), &[(body + 5, 10)]);
        let datagram = Segment::ethernet().takes(&frame);
        assert_eq!(datagram.payload, b"he");
    }
}

#[test]
fn checksums_are_checked() {
    let mut segment = Segment::ethernet();
    for (from, to, body) in [(PEER_V4, OUR_V4, V4_BODY), (PEER_V6, OUR_V6, V6_BODY)] {
        let frame = datagram(from, to, b"hello");
        for place in body..frame.len() {
            if (body + 4..body + 6).contains(&place) {
                continue;
            }
            let frame = spoilt(&frame, &[(place, frame[place] ^ 1)]);
            segment.drops(&frame, |drops| &mut drops.udp_checksum, to);
        }
    }
    // Addresses are part of it.
    let frame = spoilt(&datagram(PEER_V6, OUR_V6, b""), &[(IP + 23, 3)]);
    segment.drops(&frame, |drops| &mut drops.udp_checksum, "another source");
    segment.options.receives_checked = true;
    segment.takes(&frame);
}

#[test]
fn only_ipv4_may_have_no_checksum() {
    let mut segment = Segment::ethernet();
    let none = |from, to, body: usize| {
        let mut frame = datagram(from, to, b"hello");
        frame[body + 6..body + 8].copy_from_slice(&[0, 0]);
        frame
    };
    let v6 = none(PEER_V6, OUR_V6, V6_BODY);
    for is_checked in [false, true] {
        segment.options.receives_checked = is_checked;
        let accepted = segment.receive(&none(PEER_V4, OUR_V4, V4_BODY)).1;
        assert_eq!(accepted, LinkDrops::default());
        segment.drops(&v6, |drops| &mut drops.udp_checksum, "none");
    }
}

#[test]
fn port_0_is_nobodys() {
    let segment = Segment::ethernet();
    for (from, to, body) in [(PEER_V4, OUR_V4, V4_BODY), (PEER_V6, OUR_V6, V6_BODY)] {
        let frame = datagram(from, to, b"hello");
        for place in [body, body + 2] {
            let frame = edited(&frame, &[(place, 0), (place + 1, 0)]);
            segment.drops(&frame, |drops| &mut drops.udp_port, to);
        }
    }
}
