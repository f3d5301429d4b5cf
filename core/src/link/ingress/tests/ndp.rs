use super::frames::{IP, V6_BODY, edited, packet, spoilt};
use super::*;

/// Options with the hardware address of the peer.
const SOURCE: &[u8] = &[1, 1, 2, 0, 0, 0, 0, 2];
const TARGET: &[u8] = &[2, 1, 2, 0, 0, 0, 0, 2];
/// The group that this host is asked in.
const ASKED: &str = "ff02::1:ffaa:bb01";

/// A message with a hop limit of 255.
pub(super) fn message(from: &str, to: &str, body: &[u8]) -> Vec<u8> {
    edited(&packet(from, to, 58, body), &[(IP + 7, 255)])
}

pub(super) fn body(kind: u8, flags: u8, target: &str, options: &[u8]) -> Vec<u8> {
    let IpAddr::V6(target) = ip(target) else {
        panic!("not of IPv6");
    };
    [
        &[kind, 0, 0, 0, flags, 0, 0, 0],
        &target.octets()[..],
        options,
    ]
    .concat()
}

fn drops(frame: &[u8], why: &str) {
    Segment::ethernet().drops(frame, |drops| &mut drops.ndp, why);
}

/// One right message of each kind.
fn right() -> [Vec<u8>; 5] {
    [
        message(PEER_LINK_LOCAL, ASKED, &body(135, 0, OUR_V6, SOURCE)),
        message("::", ASKED, &body(135, 0, OUR_V6, &[])),
        message(PEER_V6, OUR_V6, &body(136, 0x60, PEER_V6, TARGET)),
        message(
            PEER_LINK_LOCAL,
            "ff02::1",
            &[&[134, 0, 0, 0][..], &[9; 12], SOURCE].concat(),
        ),
        message(
            PEER_LINK_LOCAL,
            OUR_V6,
            &[&[133, 0, 0, 0, 0, 0, 0, 0], SOURCE].concat(),
        ),
    ]
}

#[test]
fn messages_about_this_host_are_the_stacks() {
    for frame in right() {
        Segment::ethernet().leaves(&frame);
        Segment::ip().leaves(&frame[IP..]);
    }
    // Unknown options are skipped, RFC 4861 § 4.6.
    let options = [&[200, 2][..], &[0; 14], SOURCE].concat();
    let frame = message(PEER_LINK_LOCAL, OUR_V6, &body(135, 0, OUR_V6, &options));
    Segment::ethernet().leaves(&frame);
}

#[test]
fn a_router_has_not_passed_them_on() {
    for frame in right() {
        for hop_limit in [254, 64, 1, 0] {
            drops(
                &edited(&frame, &[(IP + 7, hop_limit)]),
                "a hop limit below 255",
            );
        }
        drops(&edited(&frame, &[(V6_BODY + 1, 1)]), "a code");
    }
}

#[test]
fn lengths_are_checked() {
    for (kind, len) in [(133, 8), (134, 16), (135, 24), (136, 24)] {
        let body = [&[kind, 0, 0, 0][..], &[0; 28]].concat();
        for cut in 8..len {
            drops(&message(PEER_LINK_LOCAL, OUR_V6, &body[..cut]), "cut off");
        }
    }
}

#[test]
fn options_are_checked() {
    let cases: [(&str, &[u8]); 7] = [
        ("an empty option", &[1, 0, 2, 0, 0, 0, 0, 2]),
        ("an empty unknown option", &[9, 0, 2, 0, 0, 0, 0, 2]),
        (
            "an option longer than the message",
            &[9, 2, 2, 0, 0, 0, 0, 2],
        ),
        ("a group as hardware address", &[1, 1, 3, 0, 0, 0, 0, 2]),
        (
            "a longer hardware address",
            &[1, 2, 2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0],
        ),
        ("half an option", &[9, 1, 0, 0]),
        ("a byte", &[9]),
    ];
    for (why, options) in cases {
        drops(
            &message(PEER_LINK_LOCAL, ASKED, &body(135, 0, OUR_V6, options)),
            why,
        );
        drops(
            &message(PEER_V6, OUR_V6, &body(136, 0x60, PEER_V6, options)),
            why,
        );
        let body = [&[134, 0, 0, 0][..], &[9; 12], options].concat();
        drops(&message(PEER_LINK_LOCAL, "ff02::1", &body), why);
        let body = [&[133, 0, 0, 0, 0, 0, 0, 0], options].concat();
        drops(&message(PEER_LINK_LOCAL, OUR_V6, &body), why);
    }
}

#[test]
fn addresses_are_checked() {
    drops(
        &message(PEER_V6, OUR_V6, &body(135, 0, "ff02::1", SOURCE)),
        "asked for a group",
    );
    drops(
        &message(PEER_V6, OUR_V6, &body(136, 0, "ff02::1", TARGET)),
        "a group answers",
    );
    drops(
        &message("::", OUR_V6, &body(135, 0, OUR_V6, &[])),
        "a probe to one host",
    );
    drops(
        &message("::", ASKED, &body(135, 0, OUR_V6, SOURCE)),
        "a probe from somebody",
    );
    drops(
        &message(PEER_V6, "ff02::1", &body(136, 0x60, PEER_V6, TARGET)),
        "an answer to all",
    );
    Segment::ethernet().leaves(&message(
        PEER_V6,
        "ff02::1",
        &body(136, 0x20, PEER_V6, TARGET),
    ));
    let router = [&[134, 0, 0, 0][..], &[9; 12]].concat();
    drops(
        &message(PEER_V6, "ff02::1", &router),
        "a router of another link",
    );
}

#[test]
fn questions_for_others_are_dropped() {
    // The group is that of an own address, or the other interface has the address.
    for target in ["2001:db8::9:aa:bb01", OTHER_V6, PEER_V6] {
        let frame = message(PEER_LINK_LOCAL, ASKED, &body(135, 0, target, SOURCE));
        Segment::ethernet().drops(&frame, |drops| &mut drops.ndp_foreign, target);
    }
}

#[test]
fn checksums_are_checked() {
    for frame in right() {
        let frame = spoilt(&frame, &[(V6_BODY + 7, 1)]);
        let (ingress, drops) = Segment::ethernet().receive(&frame);
        assert_eq!((ingress, drops.icmp_checksum), (Ingress::Dropped, 1));
    }
}
