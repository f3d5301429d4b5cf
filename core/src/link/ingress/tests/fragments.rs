//! Datagrams that come in fragments, and fragments that are none's.

use core::time::Duration;

use super::frames::{IP, V4_BODY, datagram, fragment, repaired};
use super::*;
use crate::stack::Aim;

const ENDS: (&str, &str) = (PEER_V4, OUR_V4);

/// A link that can put two datagrams of up to 4,000 bytes together.
fn with_memory() -> Segment {
    let mut segment = Segment::ethernet();
    segment.assemblies = (2, 4008);
    segment
}

/// What is behind the IP header of a datagram.
fn body(ends: (&str, &str), payload: &[u8]) -> Vec<u8> {
    datagram(ends.0, ends.1, payload).split_off(V4_BODY)
}

/// Bytes of which no two neighbours are the same.
fn bytes(len: usize) -> Vec<u8> {
    (0..251).cycle().take(len).collect()
}

/// The frames of a datagram, each but the last with `step` bytes.
fn cut(ends: (&str, &str), identification: u16, payload: &[u8], step: usize) -> Vec<Vec<u8>> {
    let body = body(ends, payload);
    let count = body.len().div_ceil(step);
    (0..count)
        .zip(body.chunks(step))
        .map(|(at, bytes)| {
            let place = (at * step, at + 1 == count);
            fragment(ends, 17, identification, place, bytes)
        })
        .collect()
}

/// What frames come to, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Came {
    Kept,
    Dropped,
    Whole(Vec<u8>),
}

fn came(
    link: &mut Link<'_>,
    tables: (&Interfaces<'_>, &Groups<'_>),
    now: Instant,
    frame: &[u8],
) -> Came {
    match link.receive(now, frame, tables.0, tables.1) {
        Ingress::Fragment => Came::Kept,
        Ingress::Dropped => Came::Dropped,
        Ingress::Reassembled(datagram) => Came::Whole(datagram.payload.to_vec()),
        other @ (Ingress::Datagram(_) | Ingress::Unreachable(_) | Ingress::Other) => {
            panic!("a fragment cannot be {other:?}")
        }
    }
}

/// What frames come to that come at once, and what was counted.
fn all(segment: &Segment, frames: &[Vec<u8>]) -> (Vec<Came>, LinkDrops) {
    segment.with_link(|link, interfaces, groups| {
        let came = frames
            .iter()
            .map(|frame| came(link, (interfaces, groups), NOW, frame))
            .collect();
        (came, *link.drops())
    })
}

#[track_caller]
fn counted(drops: &LinkDrops, counter: Counter, count: u32) {
    let mut expected = LinkDrops::default();
    *counter(&mut expected) = count;
    assert_eq!(*drops, expected);
}

#[test]
fn a_datagram_is_whole_when_nothing_is_missing() {
    let frames = cut(ENDS, 7, &bytes(4000), 1480);
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1]] {
        let frames = order.map(|at| frames[at].clone());
        let (came, drops) = all(&with_memory(), &frames);
        assert_eq!(came, [Came::Kept, Came::Kept, Came::Whole(bytes(4000))]);
        assert_eq!(drops, LinkDrops::default());
    }
}

#[test]
fn what_is_told_of_it_is_what_the_first_fragment_says() {
    let mut frames = cut(ENDS, 7, &bytes(100), 48);
    frames[0][IP + 8] = 9;
    let frames = frames.into_iter().rev().map(|mut frame| {
        // Sums of headers alone: what is behind them is no whole datagram.
        let sum = etherparse::Ipv4HeaderSlice::from_slice(&frame[IP..]).unwrap();
        let [high, low] = sum.to_header().calc_header_checksum().to_be_bytes();
        (frame[IP + 10], frame[IP + 11]) = (high, low);
        frame
    });
    let frames: Vec<_> = frames.collect();
    with_memory().with_link(|link, interfaces, groups| {
        for frame in &frames[..2] {
            let ingress = link.receive(NOW, frame, interfaces, groups);
            assert_eq!(ingress, Ingress::Fragment);
        }
        let later = NOW.saturating_add(Duration::from_secs(1));
        let ingress = link.receive(later, &frames[2], interfaces, groups);
        let Ingress::Reassembled(datagram) = ingress else {
            panic!("{ingress:?}");
        };
        assert_eq!(datagram.source, (ip(PEER_V4), 4000).into());
        assert_eq!(datagram.destination, (ip(OUR_V4), 5000).into());
        assert_eq!(datagram.interface, HERE);
        assert_eq!(
            (datagram.hop_limit, datagram.traffic_class),
            (Some(9), Some(0))
        );
        assert_eq!(datagram.timestamp, Some(later));
        assert_eq!(datagram.aim, Some(Aim::Own));
    });
}

#[test]
fn broadcasts_and_groups_come_in_fragments_too() {
    for (to, aim) in [
        ("255.255.255.255", Aim::Broadcast),
        ("192.0.2.255", Aim::Broadcast),
        (GROUP_V4, Aim::Group),
        (OTHER_V4, Aim::Own),
    ] {
        let frames = cut((PEER_V4, to), 7, &bytes(100), 80);
        with_memory().with_link(|link, interfaces, groups| {
            let ingress = link.receive(NOW, &frames[0], interfaces, groups);
            assert_eq!(ingress, Ingress::Fragment, "{to}");
            let ingress = link.receive(NOW, &frames[1], interfaces, groups);
            let Ingress::Reassembled(datagram) = ingress else {
                panic!("{to}: {ingress:?}");
            };
            assert_eq!(datagram.aim, Some(aim));
        });
    }
}

#[test]
fn nobodys_fragments_take_no_memory() {
    let cases: [(&str, &str, Counter); 4] = [
        (PEER_V4, "224.0.0.2", |drops| &mut drops.destination),
        (PEER_V4, "239.9.9.9", |drops| &mut drops.destination),
        (PEER_V4, "192.0.2.9", |drops| &mut drops.destination),
        ("127.0.0.1", OUR_V4, |drops| &mut drops.source),
    ];
    let segment = with_memory();
    for (from, to, counter) in cases {
        let (came, drops) = all(&segment, &cut((from, to), 7, &bytes(100), 80));
        assert_eq!(came, [Came::Dropped, Came::Dropped]);
        counted(&drops, counter, 2);
    }
    let without = with_memory().without(IpAddr::is_ipv4);
    let (_, drops) = all(&without, &cut(ENDS, 7, &bytes(100), 80));
    counted(&drops, |drops| &mut drops.destination, 2);
}

#[test]
fn only_udp_over_ipv4_is_put_together() {
    for protocol in [1, 2, 6, 50] {
        let frame = fragment(ENDS, protocol, 7, (0, false), &[0; 80]);
        let (came, drops) = all(&with_memory(), &[frame]);
        assert_eq!(came, [Came::Dropped]);
        counted(&drops, |drops| &mut drops.fragments, 1);
    }
}

#[test]
fn without_memory_fragments_are_dropped() {
    for assemblies in [(0, 0), (2, 0)] {
        let mut segment = Segment::ethernet();
        segment.assemblies = assemblies;
        let (came, drops) = all(&segment, &cut(ENDS, 7, &bytes(100), 80));
        assert_eq!(came, [Came::Dropped, Came::Dropped]);
        counted(&drops, |drops| &mut drops.fragments, 2);
    }
}

#[test]
fn fragments_that_cannot_be_are_dropped() {
    let cases = [
        ("not the last, and no whole units", 0, false, 15),
        ("nothing in it", 0, false, 0),
        ("nothing in it", 40, true, 0),
        ("past the longest packet", 65_512, true, 4),
        ("past the longest packet", 65_528, false, 16),
    ];
    for (why, start, is_last, len) in cases {
        let frame = fragment(ENDS, 17, 7, (start, is_last), &bytes(len));
        let (came, drops) = all(&with_memory(), &[frame]);
        assert_eq!(came, [Came::Dropped], "{why}");
        counted(&drops, |drops| &mut drops.ipv4_fragment, 1);
    }
    let mut segment = with_memory();
    segment.assemblies = (1, 65_515);
    let frame = fragment(ENDS, 17, 7, (65_512, true), &bytes(3));
    let (came, _) = all(&segment, &[frame]);
    assert_eq!(came, [Came::Kept], "the last bytes of the longest packet");
}

#[test]
fn datagrams_are_told_apart() {
    let (one, other) = (bytes(100), vec![9; 100]);
    for (ends, identification) in [
        (ENDS, 8),
        (("192.0.2.3", OUR_V4), 7),
        ((PEER_V4, OTHER_V4), 7),
    ] {
        let [a, b] = [
            cut(ENDS, 7, &one, 80),
            cut(ends, identification, &other, 80),
        ];
        let frames = [a[0].clone(), b[1].clone(), b[0].clone(), a[1].clone()];
        let (came, drops) = all(&with_memory(), &frames);
        let whole = [Came::Whole(other.clone()), Came::Whole(one.clone())];
        assert_eq!(came[2..], whole);
        assert_eq!(drops, LinkDrops::default());
    }
}

#[test]
fn checksums_are_those_of_the_whole() {
    let mut segment = with_memory();
    for receives_checked in [false, true] {
        segment.options.receives_checked = receives_checked;
        let mut frames = cut(ENDS, 7, &bytes(100), 80);
        frames[1][V4_BODY] ^= 1;
        let (came, drops) = all(&segment, &frames);
        assert_eq!(came, [Came::Kept, Came::Dropped]);
        // A device cannot have checked it.
        counted(&drops, |drops| &mut drops.udp_checksum, 1);
    }
}

#[test]
fn a_datagram_longer_than_what_came_is_dropped() {
    let mut frames = cut(ENDS, 7, &bytes(100), 80);
    frames[1] = fragment(ENDS, 17, 7, (80, true), &bytes(27));
    let (_, drops) = all(&with_memory(), &frames);
    counted(&drops, |drops| &mut drops.udp_length, 1);
}

#[test]
fn the_stack_gets_no_fragments_of_dhcp() {
    let without = with_memory().without(IpAddr::is_ipv4);
    let ends = (PEER_V4, "255.255.255.255");
    let offer = datagram(ends.0, ends.1, &bytes(100));
    let mut offer = offer;
    offer[V4_BODY + 2..V4_BODY + 4].copy_from_slice(&68_u16.to_be_bytes());
    let body = repaired(offer).split_off(V4_BODY);
    let frames = [
        fragment(ends, 17, 7, (0, false), &body[..80]),
        fragment(ends, 17, 7, (80, true), &body[80..]),
    ];
    let (came, drops) = all(&without, &frames);
    assert_eq!(came, [Came::Kept, Came::Dropped]);
    counted(&drops, |drops| &mut drops.fragments, 1);
}

#[test]
fn a_datagram_may_take_a_minute() {
    let frames = cut(ENDS, 7, &bytes(100), 80);
    for (seconds, expected) in [(59, Came::Whole(bytes(100))), (60, Came::Kept)] {
        with_memory().with_link(|link, interfaces, groups| {
            let tables = (interfaces, groups);
            came(link, tables, NOW, &frames[0]);
            let later = NOW.saturating_add(Duration::from_secs(seconds));
            assert_eq!(came(link, tables, later, &frames[1]), expected);
            assert_eq!(
                link.drops().assembly_expired,
                u32::from(expected == Came::Kept)
            );
        });
    }
}

#[test]
fn the_oldest_gives_way() {
    let cut = |identification| cut(ENDS, identification, &bytes(100), 80);
    with_memory().with_link(|link, interfaces, groups| {
        let tables = (interfaces, groups);
        for (second, identification) in (0..).zip(1..=3) {
            let now = NOW.saturating_add(Duration::from_secs(second));
            let [first, _] = &cut(identification)[..] else {
                panic!("two fragments");
            };
            assert_eq!(came(link, tables, now, first), Came::Kept);
        }
        assert_eq!(link.drops().assembly_overflowed, 1);
        let whole = Came::Whole(bytes(100));
        for identification in [2, 3] {
            assert_eq!(came(link, tables, NOW, &cut(identification)[1]), whole);
        }
        assert_eq!(came(link, tables, NOW, &cut(1)[1]), Came::Kept, "it is new");
    });
}

#[test]
fn a_reset_drops_what_is_not_whole() {
    let frames = cut(ENDS, 7, &bytes(100), 80);
    with_memory().with_link(|link, interfaces, groups| {
        let tables = (interfaces, groups);
        came(link, tables, NOW, &frames[0]);
        link.reset();
        counted(link.drops(), |drops| &mut drops.assembly_lost, 1);
        assert_eq!(came(link, tables, NOW, &frames[1]), Came::Kept);
    });
}

#[test]
fn a_slot_is_free_again_after_the_datagram() {
    let mut segment = with_memory();
    segment.assemblies.0 = 1;
    let frames: Vec<_> = (0..5)
        .flat_map(|identification| cut(ENDS, identification, &bytes(4000), 1480))
        .collect();
    let (came, drops) = all(&segment, &frames);
    for came in came.chunks(3) {
        assert_eq!(came, [Came::Kept, Came::Kept, Came::Whole(bytes(4000))]);
    }
    assert_eq!(drops, LinkDrops::default());
}
