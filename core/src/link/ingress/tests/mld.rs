use super::frames::{IP, V6_BODY, edited, packet, spoilt};
use super::*;

const ALERT: &[u8] = &[58, 0, 5, 2, 0, 0, 1, 0];

/// A message with a hop limit of 1 behind a router alert.
fn message(from: &str, to: &str, body: &[u8]) -> Vec<u8> {
    let body = [ALERT, body].concat();
    edited(&packet(from, to, 0, &body), &[(IP + 7, 1)])
}

fn body(kind: u8, group: &str, rest: &[u8]) -> Vec<u8> {
    let IpAddr::V6(group) = ip(group) else {
        panic!("not of IPv6");
    };
    [&[kind, 0, 0, 0, 0, 1, 0, 0], &group.octets()[..], rest].concat()
}

fn drops(frame: &[u8], why: &str) {
    Segment::ethernet().drops(frame, |drops| &mut drops.mld, why);
}

#[test]
fn queries_of_both_versions_are_the_stacks() {
    let segment = Segment::ethernet();
    for delay in [[0, 0], [0, 1], [0x27, 0x10], [0xff, 0xff]] {
        for (to, group) in [("ff02::1", "::"), (GROUP_V6, GROUP_V6)] {
            for rest in [
                &[][..],
                &[2, 125, 0, 0],
                &[[2, 125, 0, 1].as_slice(), &[1; 16]].concat(),
            ] {
                let mut body = body(130, group, rest);
                body[4..6].copy_from_slice(&delay);
                segment.leaves(&message(PEER_LINK_LOCAL, to, &body));
            }
        }
    }
}

#[test]
fn what_others_say_is_the_stacks() {
    let segment = Segment::ethernet();
    for kind in [131, 132] {
        segment.leaves(&message(
            PEER_LINK_LOCAL,
            GROUP_V6,
            &body(kind, GROUP_V6, &[]),
        ));
        drops(
            &message(PEER_LINK_LOCAL, GROUP_V6, &body(kind, "::", &[])),
            "all groups",
        );
        drops(
            &message(PEER_LINK_LOCAL, GROUP_V6, &body(kind, PEER_V6, &[])),
            "no group",
        );
    }
    segment.leaves(&message(
        PEER_LINK_LOCAL,
        GROUP_V6,
        &[143, 0, 0, 0, 0, 0, 0, 0],
    ));
    // A report comes before the address, RFC 3590.
    segment.leaves(&message("::", GROUP_V6, &body(131, GROUP_V6, &[])));
    segment.leaves(&message("::", GROUP_V6, &[143, 0, 0, 0, 0, 0, 0, 0]));
}

#[test]
fn messages_are_checked() {
    for kind in [130, 131, 132, 143] {
        let body = body(kind, GROUP_V6, &[]);
        let right = message(PEER_LINK_LOCAL, GROUP_V6, &body);
        Segment::ethernet().leaves(&right);
        drops(&edited(&right, &[(IP + 7, 2)]), "a hop limit of 2");
        drops(&edited(&right, &[(IP + 7, 255)]), "a hop limit of 255");
        drops(&message(PEER_V6, GROUP_V6, &body), "not from this link");
        let plain = edited(
            &packet(PEER_LINK_LOCAL, GROUP_V6, 58, &body),
            &[(IP + 7, 1)],
        );
        drops(&plain, "without a router alert");
        let other = edited(&right, &[(V6_BODY + 5, 1)]);
        drops(&other, "an alert for something else");
        let inside = edited(&right, &[(IP + 6, 60)]);
        drops(&inside, "an alert that no router sees");
        let spoilt = spoilt(&right, &[(V6_BODY + 9, 1)]);
        Segment::ethernet().drops(&spoilt, |drops| &mut drops.icmp_checksum, "spoilt");
    }
}

#[test]
fn a_query_has_the_length_that_it_says() {
    let right = body(130, GROUP_V6, &[]);
    for len in 8..right.len() {
        drops(
            &message(PEER_LINK_LOCAL, GROUP_V6, &right[..len]),
            "cut off",
        );
    }
    for len in 1..4 {
        let body = body(130, GROUP_V6, &[0; 4][..len]);
        drops(
            &message(PEER_LINK_LOCAL, GROUP_V6, &body),
            "no version has this length",
        );
    }
    for (count, len) in [([0, 1], 15), ([0, 2], 31), ([255, 255], 400), ([1, 0], 16)] {
        let rest = [&[2, 125], &count[..], &vec![1; len]].concat();
        let body = body(130, GROUP_V6, &rest);
        drops(
            &message(PEER_LINK_LOCAL, GROUP_V6, &body),
            "more sources than there are",
        );
    }
    let body = body(130, PEER_V6, &[]);
    drops(&message(PEER_LINK_LOCAL, GROUP_V6, &body), "no group");
}
