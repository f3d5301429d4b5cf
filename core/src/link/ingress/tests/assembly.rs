//! Fragments that do not fit each other, and any that are lost, doubled or in disorder.

use core::net::{IpAddr, Ipv4Addr};

use proptest::collection::vec as any_vec;
use proptest::prelude::*;

use super::*;
use crate::address::Endpoint;
use crate::link::Plan;
use crate::link::ingress::assembly::{Assemblies, Key, Piece};
use crate::link::ingress::drops::Reason;
use crate::link::ingress::{Packet, Target};
use crate::payload::Payload;
use crate::stack::Outgoing;

/// The place of a fragment, whether it is the last, its bytes, and its traffic class.
type Fragment<'f> = (usize, bool, &'f [u8], u8);

fn piece<'f>((start, is_last, payload, traffic_class): Fragment<'f>) -> Piece<'f> {
    let (source, destination) = (Ipv4Addr::new(192, 0, 2, 2), Ipv4Addr::new(192, 0, 2, 1));
    Piece {
        key: Key {
            source,
            destination,
            identification: 7,
        },
        start,
        is_last,
        packet: Packet {
            source: source.into(),
            destination: destination.into(),
            target: Target::Own,
            hop_limit: 64,
            traffic_class,
            payload,
        },
    }
}

/// What fragments of one datagram come to.
type Outcome = Result<Option<(Vec<u8>, u8)>, Reason>;

/// What fragments come to, one after the other, with `share` bytes of memory.
fn outcomes(share: usize, fragments: &[Fragment<'_>]) -> Vec<Outcome> {
    let mut slots = [AssemblySlot::new()];
    let mut bytes = vec![0xee; share];
    let mut assemblies = Assemblies::new(&mut slots, &mut bytes);
    let mut drops = LinkDrops::default();
    let outcomes = fragments.iter().map(|fragment| {
        let whole = assemblies.add(NOW, &piece(*fragment), &mut drops)?;
        Ok(whole.map(|packet| (packet.payload.to_vec(), packet.traffic_class)))
    });
    let outcomes = outcomes.collect();
    assert_eq!(drops, LinkDrops::default(), "nothing had to give way");
    outcomes
}

/// What the last of some fragments comes to; those before are kept.
#[track_caller]
fn last(fragments: &[Fragment<'_>]) -> Outcome {
    let mut outcomes = outcomes(1024, fragments);
    let last = outcomes.pop().unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Ok(None)));
    last
}

const A: &[u8] = &[1; 16];
const B: &[u8] = &[2; 16];

#[test]
fn a_fragment_that_came_before_is_ignored() {
    let outcomes = outcomes(
        1024,
        &[(0, false, A, 0), (0, false, A, 0), (16, true, B, 0)],
    );
    let whole = Ok(Some(([A, B].concat(), 0)));
    assert_eq!(outcomes, [Ok(None), Err(Reason::FragmentDuplicate), whole]);
}

#[test]
fn overlapping_fragments_end_their_datagram() {
    let overlap = Err(Reason::FragmentOverlap);
    assert_eq!(last(&[(0, false, A, 0), (8, true, A, 0)]), overlap);
    assert_eq!(last(&[(8, true, A, 0), (0, false, A, 0)]), overlap);
    assert_eq!(last(&[(0, false, A, 0), (0, false, B, 0)]), overlap);
    assert_eq!(last(&[(8, false, A, 0), (0, false, &[1; 32], 0)]), overlap);
    let after = outcomes(1024, &[(0, false, A, 0), (8, true, A, 0), (16, true, B, 0)]);
    assert_eq!(after[1..], [overlap, Ok(None)], "it is gone");
}

#[test]
fn fragments_agree_on_the_end() {
    let length = Err(Reason::FragmentLength);
    assert_eq!(last(&[(16, true, A, 0), (32, true, B, 0)]), length);
    assert_eq!(last(&[(32, true, A, 0), (16, true, B, 0)]), length);
    assert_eq!(last(&[(16, true, A, 0), (48, false, B, 0)]), length);
    assert_eq!(last(&[(48, false, A, 0), (16, true, B, 0)]), length);
    assert_eq!(last(&[(16, true, A, 0), (16, false, A, 0)]), length);
    assert_eq!(last(&[(16, false, A, 0), (16, true, A, 0)]), length);
}

#[test]
fn a_datagram_has_its_share_of_the_memory() {
    let fits = [(0, false, &[1; 1008][..], 0), (1008, true, A, 0)];
    assert!(matches!(last(&fits), Ok(Some(_))));
    let too_long = Err(Reason::FragmentLong);
    assert_eq!(outcomes(1023, &fits)[1], too_long);
    let after = outcomes(64, &[(0, false, A, 0), (64, true, A, 0), (16, true, B, 0)]);
    assert_eq!(after, [Ok(None), too_long, Ok(None)], "it is gone");
}

#[test]
fn a_datagram_has_few_holes() {
    let eight: Vec<Fragment<'_>> = (0..8).map(|at| (at * 32 + 32, false, A, 0)).collect();
    let with = |fragment| last(&[&eight[..], &[fragment]].concat());
    assert_eq!(with((0, false, A, 0)), Err(Reason::FragmentHoles));
    assert_eq!(with((48, false, A, 0)), Ok(None), "it fills one");
    assert_eq!(with((16, false, A, 0)), Ok(None), "it lengthens one");
}

#[test]
fn congestion_marks_are_kept() {
    let with = |first, second| last(&[(16, true, B, second), (0, false, A, first)]);
    let whole = [A, B].concat();
    for (first, second, class) in [
        (0, 0, 0),
        (1, 1, 1),
        (2, 2, 2),
        (3, 3, 3),
        (3, 1, 3),
        (2, 3, 3),
        (1, 2, 1),
        (2, 1, 2),
        (0, 1, 0),
        (2, 0, 0),
        // Of the DSCP, the first fragment's counts.
        (0xb9, 0x22, 0xb9),
        (0xb9, 0x23, 0xbb),
        (0xb8, 1, 0xb8),
    ] {
        assert_eq!(with(first, second), Ok(Some((whole.clone(), class))));
    }
    assert_eq!(with(0, 3), Err(Reason::FragmentEcn));
    assert_eq!(with(3, 0), Err(Reason::FragmentEcn));
}

/// The rules again, with a map of all bytes.
#[derive(Default)]
struct Model {
    bytes: Vec<Option<u8>>,
    end: Option<usize>,
}

impl Model {
    fn add(&mut self, share: usize, (start, is_last, payload, _): Fragment<'_>) -> Outcome {
        let end = start + payload.len();
        let is_new = self.bytes.iter().all(Option::is_none);
        self.bytes.resize(share, None);
        let outcome = if is_new && end > share {
            Err(Reason::FragmentLong)
        } else {
            self.put(end, is_last, start, payload)
        };
        if matches!(outcome, Ok(Some(_)) | Err(_)) && outcome != Err(Reason::FragmentDuplicate) {
            *self = Self::default();
        }
        outcome
    }

    fn put(&mut self, end: usize, is_last: bool, start: usize, payload: &[u8]) -> Outcome {
        let has_from = |at: usize| self.bytes.iter().skip(at).any(Option::is_some);
        let agrees = match self.end {
            Some(known) => (end == known) == is_last && end <= known,
            // A fragment that is not the last one has something behind it.
            None => !is_last || !has_from(end - 1),
        };
        if !agrees {
            return Err(Reason::FragmentLength);
        }
        if end > self.bytes.len() {
            return Err(Reason::FragmentLong);
        }
        let place = &mut self.bytes[start..end];
        if place.iter().any(Option::is_some) {
            let same = place
                .iter()
                .zip(payload)
                .all(|(old, new)| *old == Some(*new));
            return Err(if same {
                Reason::FragmentDuplicate
            } else {
                Reason::FragmentOverlap
            });
        }
        for (to, from) in place.iter_mut().zip(payload) {
            *to = Some(*from);
        }
        let runs = self.bytes.chunk_by(|a, b| a.is_some() == b.is_some());
        if runs.filter(|run| run[0].is_some()).count() > 8 {
            return Err(Reason::FragmentHoles);
        }
        if is_last {
            self.end.get_or_insert(end);
        }
        let whole = self.end.and_then(|end| {
            let bytes: Option<Vec<u8>> = self.bytes[..end].iter().copied().collect();
            bytes
        });
        Ok(whole.map(|bytes| (bytes, 0)))
    }
}

/// Numbers by which things come in another order, each by at most six places.
fn disorder(count: usize) -> impl Strategy<Value = Vec<(usize, bool, Option<usize>)>> {
    let lost = prop_oneof![20 => Just(false), 1 => Just(true)];
    let again = prop_oneof![3 => Just(None), 1 => (0..40_usize).prop_map(Some)];
    any_vec((0..=6_usize, lost, again), count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Fragments that anybody could send, of which some agree.
    #[test]
    fn hostile_fragments_are_judged_as_by_the_model(
        share in 40..200_usize,
        fragments in any_vec((0..24_usize, 1..5_usize, 0..8_usize, 0..20_u8), 1..40),
    ) {
        let payloads = [[1; 40], [2; 40]];
        let fragments: Vec<Fragment<'_>> = fragments
            .into_iter()
            .map(|(start, units, cut, kind)| {
                let is_last = kind < 4;
                let len = units * 8 - if is_last { cut } else { 0 };
                (start * 8, is_last, &payloads[usize::from(kind == 7)][..len], 0)
            })
            .collect();
        let mut model = Model::default();
        let expected: Vec<Outcome> =
            fragments.iter().map(|fragment| model.add(share, *fragment)).collect();
        prop_assert_eq!(outcomes(share, &fragments), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// What one link cuts, another puts together, if nothing is lost.
    #[test]
    fn a_datagram_comes_back_whole_unless_something_is_lost(
        mtu in 68..1501_usize,
        len in 0..8001_usize,
        disorder in disorder(170),
    ) {
        let payload: Vec<u8> = (0..253).cycle().step_by(7).take(len).collect();
        let frames = sent(mtu, &payload);
        let mut coming = Vec::new();
        for ((at, frame), (delay, is_lost, again)) in (0..).zip(&frames).zip(&disorder) {
            if !is_lost {
                coming.push((at + delay, frame));
                coming.extend(again.map(|more| (at + delay + more, frame)));
            }
        }
        coming.sort_by_key(|(at, _)| *at);
        let is_whole = disorder.iter().take(frames.len()).all(|(_, is_lost, _)| !is_lost);
        let mut segment = Segment::ethernet();
        segment.assemblies = (2, 8008);
        let came = segment.with_link(|link, interfaces, groups| {
            let mut came = Vec::new();
            for (_, frame) in &coming {
                match link.receive(NOW, frame, interfaces, groups) {
                    Ingress::Datagram(datagram) | Ingress::Reassembled(datagram) => {
                        came.push(datagram.payload.to_vec());
                    }
                    Ingress::Fragment | Ingress::Dropped => {}
                    other @ (Ingress::Unreachable(_) | Ingress::Other) => panic!("{other:?}"),
                }
            }
            came
        });
        prop_assert_eq!(!came.is_empty(), is_whole);
        prop_assert!(came.iter().all(|came| *came == payload));
        prop_assert!(came.len() <= 2, "at most as often as it came");
    }
}

/// The frames of a datagram from the peer, whose frames take packets of `mtu` bytes.
fn sent(mtu: usize, payload: &[u8]) -> Vec<Vec<u8>> {
    let mut peer = Segment::ethernet();
    peer.options.hardware_address = Some(PEER_MAC);
    peer.options.mtu = mtu;
    peer.addresses = vec![(HERE, Cidr::new(ip(PEER_V4), 24))];
    let end = |text: &str| Endpoint::from((text.parse::<IpAddr>().unwrap(), 5000));
    let datagram = Outgoing::new(HERE, end(PEER_V4), end(OUR_V4), Payload::Slice(payload));
    peer.with_link(|link, _, _| {
        link.neighbours
            .learn(NOW, ip(OUR_V4).into(), OUR_MAC, false);
        match link.transmit(NOW, &datagram) {
            Plan::Ready(header) => {
                let mut frame = vec![0; header.len()];
                assert!(header.write(&datagram, &mut frame));
                vec![frame]
            }
            Plan::Waits => {
                let mut frames = Vec::new();
                while let Some(waiting) = link.poll_datagram() {
                    let mut frame = vec![0; waiting.len()];
                    assert!(waiting.write(&mut frame));
                    frames.push(frame);
                }
                frames
            }
            Plan::Failed(errno) => panic!("{errno:?}"),
        }
    })
}
