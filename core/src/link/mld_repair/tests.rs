extern crate alloc;

use alloc::vec::Vec;

use proptest::prelude::*;

use super::super::checksum::Sum;
use super::*;

const REPAIR: MldRepair = MldRepair::new(true, true);

/// An Ethernet frame with a message of MLD, as ICMP for IPv6 behind a hop-by-hop header, with the right checksum.
fn framed(message: &[u8]) -> Vec<u8> {
    let mut frame = [[0x33, 0x33, 0, 0, 0, 22], [2, 0, 0, 0, 0, 1]].concat();
    frame.extend([0x86, 0xdd, 0x60, 0, 0, 0]);
    let len = u16::try_from(message.len() + 8).unwrap();
    frame.extend(len.to_be_bytes());
    frame.extend([HOP_BY_HOP, 1]);
    frame.extend([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    frame.extend([0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 22]);
    frame.extend([ICMPV6, 0, 5, 2, 0, 0, 1, 0]);
    frame.extend_from_slice(message);
    let checksum = checksum(&frame);
    frame[64..66].copy_from_slice(&checksum.to_be_bytes());
    frame
}

/// What the checksum of a frame has to be if its own is 0, and 0 if its own is right.
fn checksum(frame: &[u8]) -> u16 {
    let len = u16::try_from(frame.len() - 62).unwrap();
    let sum = Sum::default().add(&frame[22..54]).add(&len.to_be_bytes());
    sum.add(&[0, ICMPV6]).add(&frame[62..]).checksum()
}

/// A report of records with these types, so many sources and words of auxiliary data.
fn report(records: &[(u8, u16, u8)]) -> Vec<u8> {
    let mut message = Vec::from([REPORT, 0, 0, 0, 0, 0]);
    message.extend(u16::try_from(records.len()).unwrap().to_be_bytes());
    for (kind, sources, auxiliary) in records {
        message.extend([*kind, *auxiliary]);
        message.extend(sources.to_be_bytes());
        message.extend([0xff; 16]);
        message.resize(
            message.len() + usize::from(*sources) * 16 + usize::from(*auxiliary) * 4,
            7,
        );
    }
    framed(&message)
}

fn query(len: usize) -> Vec<u8> {
    let mut message = Vec::from([QUERY, 0, 0, 0, 3, 0xe8, 0, 0]);
    message.resize(len, 0);
    framed(&message)
}

#[test]
fn changes_are_exchanged_and_all_else_stays() {
    for (before, after) in [(1, 1), (2, 2), (3, 4), (4, 3), (5, 5), (6, 6)] {
        let mut frame = report(&[(before, 2, 1), (before, 0, 0)]);
        REPAIR.apply(&mut frame);
        assert_eq!(frame, report(&[(after, 2, 1), (after, 0, 0)]), "{before}");
        assert_eq!(checksum(&frame), 0);
    }
}

#[test]
fn a_checksum_that_the_device_fills_in_stays() {
    let mut frame = report(&[(3, 0, 0)]);
    let before = frame[64..66].to_vec();
    MldRepair::new(true, false).apply(&mut frame);
    assert_eq!(frame[64..66], before);
    assert_eq!(frame[70], 4);
}

#[test]
fn a_short_query_becomes_a_long_one() {
    let mut room = [0xaa; 128];
    let longer = REPAIR.lengthened(&query(24), &mut room);
    assert_eq!(longer, Some(&query(28)[..]));
    assert_eq!(checksum(&query(28)), 0);
    let bare = MldRepair::new(false, true);
    let longer = bare.lengthened(&query(24)[14..], &mut room);
    assert_eq!(longer, Some(&query(28)[14..]));
    let padded = [query(24), Vec::from([0; 9])].concat();
    assert_eq!(
        REPAIR.lengthened(&padded, &mut room),
        Some(&query(28)[..]),
        "what is behind it is no part of it"
    );
}

#[test]
fn no_other_frame_becomes_longer() {
    let mut room = [0; 128];
    for frame in [query(28), query(44), report(&[(3, 0, 0)]), Vec::new()] {
        assert_eq!(REPAIR.lengthened(&frame, &mut room), None);
    }
    let short = query(24);
    assert_eq!(REPAIR.lengthened(&short[..85], &mut room), None);
    assert_eq!(REPAIR.lengthened(&short, &mut room[..89]), None, "no room");
    for at in [12, 13, 18, 19, 20, 54, 55, 62] {
        let mut other = short.clone();
        other[at] ^= 1;
        assert_eq!(REPAIR.lengthened(&other, &mut room), None, "byte {at}");
    }
}

proptest! {
    #[test]
    fn applying_it_twice_changes_nothing(
        records in proptest::collection::vec((any::<u8>(), 0u16..4, 0u8..4), 0..5),
        cut in 0usize..64,
    ) {
        let frame = report(&records);
        let frame = &frame[..frame.len().saturating_sub(cut)];
        let mut twice = frame.to_vec();
        REPAIR.apply(&mut twice);
        REPAIR.apply(&mut twice);
        prop_assert_eq!(&twice, frame);
    }
}
