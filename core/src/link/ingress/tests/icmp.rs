use super::frames::{IP, V4_BODY, V6_BODY, datagram, edited, packet, spoilt};
use super::*;
use crate::address::{Address, Endpoint};
use crate::error::Errno;
use crate::link::Unreachable;

/// An error about a datagram from `local` to `peer`, quoting so much of it; from a router.
fn error(kind: u8, code: u8, quoted: &[u8], router: &str, local: &str) -> Vec<u8> {
    let protocol = if ip(local).is_ipv4() { 1 } else { 58 };
    let body = [&[kind, code, 0, 0, 0, 0, 0, 0], quoted].concat();
    packet(router, local, protocol, &body)
}

fn v4(kind: u8, code: u8, quoted: &[u8]) -> Vec<u8> {
    error(kind, code, quoted, "192.0.2.254", OUR_V4)
}

fn v6(kind: u8, code: u8, quoted: &[u8]) -> Vec<u8> {
    error(kind, code, quoted, "fe80::fe", OUR_V6)
}

/// A datagram that was sent from here.
fn sent_v4() -> Vec<u8> {
    datagram(OUR_V4, "203.0.113.5", b"hello").split_off(IP)
}

fn sent_v6() -> Vec<u8> {
    datagram(OUR_V6, "2001:db8:5::5", b"hello").split_off(IP)
}

#[track_caller]
fn reports(frame: &[u8], local: &str, peer: &str, errno: Errno) {
    let expected = Unreachable::new((ip(local), 4000).into(), (ip(peer), 5000).into(), errno);
    assert_eq!(
        Segment::ethernet().accepts(frame),
        Ingress::Unreachable(expected)
    );
}

#[test]
fn errors_name_the_datagram_as_linux_does() {
    let v4_codes = [
        (0, Errno::ENETUNREACH),
        (1, Errno::EHOSTUNREACH),
        (2, Errno::ENOPROTOOPT),
        (3, Errno::ECONNREFUSED),
        (4, Errno::EMSGSIZE),
        (5, Errno::ENOTSUP),
        (6, Errno::ENETUNREACH),
        (7, Errno::EHOSTDOWN),
        (8, Errno::ENONET),
        (9, Errno::ENETUNREACH),
        (10, Errno::EHOSTUNREACH),
        (11, Errno::ENETUNREACH),
        (12, Errno::EHOSTUNREACH),
        (13, Errno::EHOSTUNREACH),
        (14, Errno::EHOSTUNREACH),
        (15, Errno::EHOSTUNREACH),
        (16, Errno::EHOSTUNREACH),
    ];
    for (code, errno) in v4_codes {
        reports(&v4(3, code, &sent_v4()), OUR_V4, "203.0.113.5", errno);
    }
    reports(
        &v4(11, 0, &sent_v4()),
        OUR_V4,
        "203.0.113.5",
        Errno::EHOSTUNREACH,
    );
    reports(&v4(12, 0, &sent_v4()), OUR_V4, "203.0.113.5", Errno::EPROTO);
    let v6_codes = [
        (0, Errno::ENETUNREACH),
        (1, Errno::EACCES),
        (2, Errno::EHOSTUNREACH),
        (3, Errno::EHOSTUNREACH),
        (4, Errno::ECONNREFUSED),
        (5, Errno::EACCES),
        (6, Errno::EACCES),
        (7, Errno::EPROTO),
    ];
    for (code, errno) in v6_codes {
        reports(&v6(1, code, &sent_v6()), OUR_V6, "2001:db8:5::5", errno);
    }
    reports(
        &v6(2, 0, &sent_v6()),
        OUR_V6,
        "2001:db8:5::5",
        Errno::EMSGSIZE,
    );
    reports(
        &v6(3, 0, &sent_v6()),
        OUR_V6,
        "2001:db8:5::5",
        Errno::EHOSTUNREACH,
    );
    reports(
        &v6(4, 0, &sent_v6()),
        OUR_V6,
        "2001:db8:5::5",
        Errno::EPROTO,
    );
}

#[test]
fn link_local_ends_are_of_the_interface() {
    let sent = datagram(OUR_LINK_LOCAL, PEER_LINK_LOCAL, b"").split_off(IP);
    let frame = error(1, 4, &sent, PEER_LINK_LOCAL, OUR_LINK_LOCAL);
    let scoped = |text| match ip(text) {
        IpAddr::V6(ip) => Address::scoped(ip, HERE),
        IpAddr::V4(_) => panic!("not of IPv6"),
    };
    let expected = Unreachable::new(
        Endpoint::new(scoped(OUR_LINK_LOCAL), 4000),
        Endpoint::new(scoped(PEER_LINK_LOCAL), 5000),
        Errno::ECONNREFUSED,
    );
    assert_eq!(
        Segment::ethernet().accepts(&frame),
        Ingress::Unreachable(expected)
    );
}

#[test]
fn eight_bytes_of_a_datagram_are_enough() {
    for len in 28..=sent_v4().len() {
        reports(
            &v4(3, 3, &sent_v4()[..len]),
            OUR_V4,
            "203.0.113.5",
            Errno::ECONNREFUSED,
        );
    }
    for len in 48..=sent_v6().len() {
        reports(
            &v6(1, 4, &sent_v6()[..len]),
            OUR_V6,
            "2001:db8:5::5",
            Errno::ECONNREFUSED,
        );
    }
    for len in 0..28 {
        let frame = v4(3, 3, &sent_v4()[..len]);
        Segment::ethernet().drops(&frame, |drops| &mut drops.icmp_quote, "cut off");
    }
    for len in 0..48 {
        let frame = v6(1, 4, &sent_v6()[..len]);
        Segment::ethernet().drops(&frame, |drops| &mut drops.icmp_quote, "cut off");
    }
}

#[test]
fn options_of_a_quoted_packet_are_skipped() {
    let mut sent = sent_v4();
    sent.splice(20..20, [1, 1, 1, 0]);
    sent[0] = 0x46;
    reports(&v4(3, 3, &sent), OUR_V4, "203.0.113.5", Errno::ECONNREFUSED);
}

#[test]
fn quotes_are_of_packets_of_this_host() {
    let segment = Segment::ethernet();
    let v4_cases: [(&str, usize, u8); 7] = [
        ("version 6", 0, 0x65),
        ("a header of 16 bytes", 0, 0x44),
        ("a header longer than the quote", 0, 0x4f),
        ("not the first fragment", 7, 1),
        ("not from here", 15, 9),
        ("from loopback", 12, 127),
        ("not from here, of another protocol", 15, 9),
    ];
    for (why, place, byte) in v4_cases {
        let frame = v4(3, 3, &spoilt(&sent_v4(), &[(place, byte)]));
        segment.drops(&frame, |drops| &mut drops.icmp_quote, why);
    }
    let no_ports: [[(usize, u8); 2]; 2] = [[(20, 0), (21, 0)], [(22, 0), (23, 0)]];
    for edits in no_ports {
        let frame = v4(3, 3, &spoilt(&sent_v4(), &edits));
        segment.drops(&frame, |drops| &mut drops.icmp_quote, "port 0");
    }
    for (why, place, byte) in [("version 4", 0, 0x40), ("not from here", 23, 9)] {
        let frame = v6(1, 4, &spoilt(&sent_v6(), &[(place, byte)]));
        segment.drops(&frame, |drops| &mut drops.icmp_quote, why);
    }
}

#[test]
fn errors_about_other_protocols_are_the_stacks() {
    Segment::ethernet().leaves(&v4(3, 2, &spoilt(&sent_v4(), &[(9, 1)])));
    Segment::ethernet().leaves(&v6(1, 4, &spoilt(&sent_v6(), &[(6, 58)])));
}

#[test]
fn errors_are_for_one_host() {
    let segment = Segment::ethernet();
    for to in [GROUP_V4, "255.255.255.255", "224.0.0.1"] {
        let frame = error(3, 3, &sent_v4(), PEER_V4, to);
        segment.drops(&frame, |drops| &mut drops.icmp, to);
    }
    for to in [GROUP_V6, "ff02::1"] {
        let frame = error(1, 4, &sent_v6(), PEER_V6, to);
        segment.drops(&frame, |drops| &mut drops.icmp, to);
    }
}

#[test]
fn echo_requests_are_the_stacks() {
    Segment::ethernet().leaves(&packet(
        PEER_V4,
        OUR_V4,
        1,
        &[8, 0, 0, 0, 0, 1, 0, 2, 9, 9, 9],
    ));
    Segment::ethernet().leaves(&packet(
        PEER_V6,
        OUR_V6,
        58,
        &[128, 0, 0, 0, 0, 1, 0, 2, 9, 9, 9],
    ));
}

#[test]
fn messages_are_checked() {
    let mut segment = Segment::ethernet();
    let echo = packet(PEER_V4, OUR_V4, 1, &[8, 0, 0, 0, 0, 1, 0, 2, 9]);
    let echo6 = packet(PEER_V6, OUR_V6, 58, &[128, 0, 0, 0, 0, 1, 0, 2, 9]);
    for is_checked in [false, true] {
        // Devices know the checksums of UDP and TCP; these are always checked.
        segment.options.receives_checked = is_checked;
        for (frame, place) in [
            (&echo, V4_BODY + 5),
            (&echo6, V6_BODY + 5),
            (&echo6, IP + 23),
        ] {
            let frame = spoilt(frame, &[(place, frame[place] ^ 2)]);
            segment.drops(&frame, |drops| &mut drops.icmp_checksum, "spoilt");
        }
    }
    for len in 0..8 {
        let frame = packet(PEER_V4, OUR_V4, 1, &[8, 0, 0, 0, 0, 0, 0][..len.min(7)]);
        segment.drops(&frame, |drops| &mut drops.icmp, "cut off");
        let frame = packet(PEER_V6, OUR_V6, 58, &[128, 0, 0, 0, 0, 0, 0][..len.min(7)]);
        segment.drops(&frame, |drops| &mut drops.icmp, "cut off");
    }
}

#[test]
fn redirects_are_dropped() {
    let segment = Segment::ethernet();
    segment.drops(
        &v4(5, 1, &sent_v4()),
        |drops| &mut drops.redirect,
        "redirect",
    );
    let body = [&[137, 0, 0, 0, 0, 0, 0, 0][..], &[0; 32]].concat();
    let frame = edited(
        &packet(PEER_LINK_LOCAL, OUR_V6, 58, &body),
        &[(IP + 7, 255)],
    );
    segment.drops(&frame, |drops| &mut drops.redirect, "redirect");
}

#[test]
fn a_source_without_an_address_sends_no_icmp() {
    let segment = Segment::ethernet();
    for kind in [1, 128, 129, 133, 134, 136, 130, 132] {
        let body = [&[kind, 0, 0, 0, 0, 0, 0, 0][..], &[0; 16]].concat();
        let frame = packet("::", "ff02::1", 58, &body);
        segment.drops(&frame, |drops| &mut drops.source, "no source");
    }
}
