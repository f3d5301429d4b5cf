//! What frames tell of neighbours.

use super::frames::spoilt;
use super::*;
use crate::address::Endpoint;
use crate::link::Plan;
use crate::payload::Payload;
use crate::stack::Outgoing;

const NEW_MAC: [u8; 6] = [2, 0, 0, 0, 0, 7];
const TARGET: &[u8] = &[2, 1, 2, 0, 0, 0, 0, 2];
const SOURCE: &[u8] = &[1, 1, 2, 0, 0, 0, 0, 2];
const ASKED: &str = "ff02::1:ffaa:bb01";

/// The hardware addresses that are known of the two addresses of the peer after each frame; with `asks`, both are asked
/// for before.
fn known(asks: bool, frames: &[Vec<u8>]) -> Vec<[Option<[u8; 6]>; 2]> {
    Segment::ethernet().with_link(|link, interfaces, groups| {
        for (local, peer) in [(OUR_V4, PEER_V4), (OUR_V6, PEER_V6)] {
            let end = |text, port| Endpoint::new(ip(text).into(), port);
            let outgoing = Outgoing::new(HERE, end(local, 1), end(peer, 2), Payload::Slice(b""));
            if asks {
                assert_eq!(link.transmit(NOW, &outgoing), Plan::Waits);
            }
        }
        let mut after = Vec::new();
        for frame in frames {
            assert!(!matches!(
                link.receive(NOW, frame, interfaces, groups),
                Ingress::Datagram(_)
            ));
            after.push([link.neighbour(ip(PEER_V4)), link.neighbour(ip(PEER_V6))]);
        }
        after
    })
}

fn advertisement(flags: u8, to: &str, options: &[u8]) -> Vec<u8> {
    ndp::message(PEER_V6, to, &ndp::body(136, flags, PEER_V6, options))
}

#[test]
fn answers_are_learnt() {
    let frames = [
        arp::message(2, PEER_V4, OUR_V4),
        advertisement(0x60, OUR_V6, TARGET),
    ];
    let expected = [[Some(PEER_MAC), None], [Some(PEER_MAC), Some(PEER_MAC)]];
    assert_eq!(known(true, &frames), expected);
}

#[test]
fn those_who_ask_are_learnt() {
    let solicitation = ndp::message(PEER_V6, ASKED, &ndp::body(135, 0, OUR_V6, SOURCE));
    let frames = [arp::message(1, PEER_V4, OUR_V4), solicitation];
    let expected = [[Some(PEER_MAC), None], [Some(PEER_MAC), Some(PEER_MAC)]];
    assert_eq!(known(false, &frames), expected);
}

#[test]
fn what_is_wrong_or_for_others_teaches_nothing() {
    let frames = [
        spoilt(&arp::message(2, PEER_V4, OUR_V4), &[(21, 3)]),
        spoilt(&arp::message(2, PEER_V4, OUR_V4), &[(27, 9)]),
        arp::message(1, "0.0.0.0", OUR_V4),
        advertisement(0x60, "ff02::1", TARGET),
        advertisement(0x60, OUR_V6, &[]),
        spoilt(
            &advertisement(0x60, OUR_V6, TARGET),
            &[(frames::V6_BODY + 31, 7)],
        ),
        ndp::message(PEER_V6, ASKED, &ndp::body(135, 0, OTHER_V6, SOURCE)),
    ];
    assert_eq!(known(true, &frames), vec![[None, None]; frames.len()]);
    let frames = [
        arp::message(2, PEER_V4, OUR_V4),
        advertisement(0x60, OUR_V6, TARGET),
        arp::message(1, PEER_V4, "192.0.2.9"),
        advertisement(0x20, "ff02::1", TARGET),
    ];
    assert_eq!(known(false, &frames), vec![[None, None]; frames.len()]);
}

#[test]
fn a_neighbour_that_moves_is_followed_if_it_says_so() {
    let moved = [&[2, 1][..], &NEW_MAC].concat();
    let frames = [
        advertisement(0x60, OUR_V6, TARGET),
        advertisement(0x40, OUR_V6, &moved),
        advertisement(0x60, OUR_V6, &moved),
    ];
    let v6: Vec<_> = known(true, &frames).iter().map(|known| known[1]).collect();
    assert_eq!(v6, [Some(PEER_MAC), Some(PEER_MAC), Some(NEW_MAC)]);
}

#[test]
fn nobody_else_has_an_own_address() {
    let frame = ndp::message(PEER_V6, OUR_V6, &ndp::body(136, 0x60, OUR_V6, TARGET));
    Segment::ethernet().with_link(|link, interfaces, groups| {
        assert_eq!(
            link.receive(NOW, &frame, interfaces, groups),
            Ingress::Other
        );
        assert_eq!(link.neighbour(ip(OUR_V6)), None);
    });
}
