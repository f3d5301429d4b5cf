use super::frames::{IP, V4_BODY, edited, packet, spoilt};
use super::*;

/// A message with a TTL of 1.
fn message(to: &str, body: &[u8]) -> Vec<u8> {
    edited(&packet(PEER_V4, to, 2, body), &[(IP + 8, 1)])
}

fn drops(frame: &[u8], why: &str) {
    Segment::ethernet().drops(frame, |drops| &mut drops.igmp, why);
}

#[test]
fn queries_of_every_version_are_the_stacks() {
    let segment = Segment::ethernet();
    for time in [0, 1, 100, 255] {
        segment.leaves(&message("224.0.0.1", &[0x11, time, 0, 0, 0, 0, 0, 0]));
        segment.leaves(&message(GROUP_V4, &[0x11, time, 0, 0, 239, 1, 2, 3]));
        segment.leaves(&message(OUR_V4, &[0x11, time, 0, 0, 239, 1, 2, 3]));
        segment.leaves(&message(
            "224.0.0.1",
            &[0x11, time, 0, 0, 0, 0, 0, 0, 2, 125, 0, 0],
        ));
        let sources = [
            0x11, time, 0, 0, 239, 1, 2, 3, 2, 125, 0, 1, 198, 51, 100, 7,
        ];
        segment.leaves(&message(GROUP_V4, &sources));
    }
}

#[test]
fn switches_without_an_address_may_ask() {
    let frame = packet("0.0.0.0", "224.0.0.1", 2, &[0x11, 1, 0, 0, 0, 0, 0, 0]);
    Segment::ethernet().leaves(&edited(&frame, &[(IP + 8, 1)]));
}

#[test]
fn what_others_say_is_the_stacks() {
    for kind in [0x12, 0x16, 0x17] {
        Segment::ethernet().leaves(&message(GROUP_V4, &[kind, 0, 0, 0, 239, 1, 2, 3]));
        drops(
            &message(GROUP_V4, &[kind, 0, 0, 0, 192, 1, 2, 3]),
            "no group",
        );
        drops(
            &message(GROUP_V4, &[kind, 0, 0, 0, 0, 0, 0, 0]),
            "all groups",
        );
    }
}

#[test]
fn messages_are_checked() {
    let query = message("224.0.0.1", &[0x11, 1, 0, 0, 0, 0, 0, 0]);
    drops(&edited(&query, &[(IP + 8, 2)]), "a TTL of 2");
    drops(&edited(&query, &[(IP + 8, 255)]), "a TTL of 255");
    drops(&spoilt(&query, &[(V4_BODY + 1, 2)]), "a wrong checksum");
    drops(&edited(&query, &[(V4_BODY + 4, 192)]), "no group");
    for kind in [0, 0x10, 0x13, 0x14, 0x22, 0xff] {
        drops(&edited(&query, &[(V4_BODY, kind)]), "another kind");
    }
    for len in 0..8 {
        drops(
            &message("224.0.0.1", &[0x11, 1, 0, 0, 0, 0, 0, 0][..len]),
            "cut off",
        );
    }
}

#[test]
fn a_query_has_the_sources_that_it_counts() {
    let head = [0x11, 1, 0, 0, 239, 1, 2, 3];
    for len in 1..4 {
        drops(
            &message(GROUP_V4, &[&head[..], &[0; 4][..len]].concat()),
            "no version has this length",
        );
    }
    for (count, len) in [([0, 1], 3), ([0, 2], 7), ([255, 255], 400), ([1, 0], 4)] {
        let body = [&head[..], &[2, 125], &count, &vec![1; len]].concat();
        drops(&message(GROUP_V4, &body), "more sources than there are");
    }
    // More behind them is allowed, RFC 3376 § 4.1.10.
    let body = [&head[..], &[2, 125, 0, 1], &[1; 9]].concat();
    Segment::ethernet().leaves(&message(GROUP_V4, &body));
}
