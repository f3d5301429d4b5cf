//! Hosts that stop, crash and come back, devices without room, and segments that take no long frames.

use core::time::Duration;

use anydgram_sim::{HostOptions, Why};

use crate::lab::{Lab, lab, lab_of, options, script, v4, v6};

/// How many questions for neighbours a host has sent.
fn questions(lab: &Lab<'_, '_>, host: usize) -> usize {
    let sent = lab.sent(host);
    let is_question = |bytes: &[u8]| bytes.get(12..14) == Some(&[8, 6]) && bytes[21] == 1;
    sent.iter().filter(|seen| is_question(&seen.bytes)).count()
}

#[test]
fn a_crash_forgets_neighbours() {
    lab(&options(), 2, |lab| {
        for expected in [1, 1] {
            lab.send(0, v4(1), b"hello");
            lab.run(10);
            assert_eq!(questions(lab, 0), expected);
        }
        let id = lab.host(0);
        lab.world.crash(id, Duration::from_millis(50));
        lab.run(100);
        lab.send(0, v4(1), b"hello");
        lab.run(10);
        assert_eq!(questions(lab, 0), 2);
        assert_eq!(lab.came(1).len(), 3);
    });
}

#[test]
fn what_comes_to_a_host_that_is_down_is_lost() {
    lab(&options(), 2, |lab| {
        lab.send(0, v4(1), b"hello");
        lab.run(10);
        let id = lab.host(1);
        lab.world.crash(id, Duration::from_millis(50));
        lab.send(0, v4(1), b"lost");
        lab.run(100);
        assert_eq!(lab.came(1), [b"hello"]);
        assert_eq!(lab.fate(1), [Why::HostDown]);
        lab.send(0, v4(1), b"again");
        lab.run(10);
        assert_eq!(lab.came(1), [b"again"]);
    });
}

#[test]
fn the_device_of_a_host_that_pauses_keeps_what_it_has_room_for() {
    let mut small = HostOptions::new();
    small.ring = 4;
    lab_of(&options(), 2, small, |lab| {
        lab.send(0, v4(1), &[0]);
        lab.run(10);
        assert_eq!(lab.came(1), [[0]]);
        let id = lab.host(1);
        lab.world.pause(id, Duration::from_millis(100));
        for number in 1..=10 {
            lab.send(0, v4(1), &[number]);
            lab.run(1);
        }
        assert_eq!(lab.came(1), [b""; 0]);
        lab.run(200);
        assert_eq!(lab.came(1), [[1], [2], [3], [4]]);
        assert_eq!(lab.drops(Why::RingFull), 6);
        assert_eq!(lab.fate(5), [Why::RingFull]);
    });
}

#[test]
fn a_blocked_device_delays_and_loses_nothing() {
    lab(&script(&["up 0 @10000 block 50000"]), 2, |lab| {
        for number in 0..10 {
            lab.send(0, v4(1), &[number]);
        }
        lab.run(40);
        assert_eq!(lab.came(1), [b""; 0]);
        lab.run(40);
        let expected: Vec<Vec<u8>> = (0..10).map(|number| vec![number]).collect();
        assert_eq!(lab.came(1), expected);
    });
}

#[test]
fn a_device_without_memory_loses_a_frame_and_says_nothing() {
    lab(&options(), 2, |lab| {
        lab.send(0, v4(1), b"hello");
        lab.run(10);
        assert_eq!(lab.came(1), [b"hello"]);
    });
    lab(&script(&["up 0 @15000 no-buffers"]), 2, |lab| {
        lab.send(0, v4(1), b"hello");
        lab.run(10);
        lab.send(0, v4(1), b"lost");
        lab.run(10);
        assert_eq!(lab.came(1), [b"hello"]);
        assert_eq!(lab.fate(1), [Why::RingFull]);
        assert_eq!(lab.errors(0), [""; 0]);
    });
}

#[test]
fn a_smaller_mtu_drops_what_already_waits() {
    for to in [v4(1), v6(1)] {
        lab(&script(&["up 0 @25000 block 50000"]), 2, |lab| {
            lab.send(0, to, b"hello");
            lab.run(20);
            for number in 1..=5 {
                lab.send(0, to, &[number; 1_000]);
            }
            lab.send(0, to, b"short");
            lab.run(20);
            assert_eq!(lab.came(1), [b"hello"], "the rest waits");
            let segment = lab.segment;
            lab.world.narrow(segment, 600, Duration::from_millis(100));
            lab.run(50);
            assert_eq!(lab.came(1), [b"short"]);
            assert_eq!(lab.drops(Why::TooLong), 5);
            lab.run(100);
            lab.send(0, to, &[9; 1_000]);
            lab.run(10);
            assert_eq!(lab.came(1), [[9; 1_000]]);
        });
    }
}

#[test]
fn a_segment_that_falls_apart_stops_questions_and_answers() {
    lab(&options(), 2, |lab| {
        let segment = lab.segment;
        lab.world.part(segment, 0b01, false, Duration::from_secs(1));
        lab.send(0, v4(1), b"hello");
        lab.run(500);
        assert_eq!(lab.came(1), [b""; 0]);
        assert!(lab.drops(Why::Parted) > 0);
        // The second question is answered, or the third.
        lab.run(2_000);
        assert_eq!(lab.came(1), [b"hello"]);
    });
}

#[test]
fn a_host_without_its_address_takes_nothing_that_is_sent_to_it() {
    for (to, other) in [(v4(1), 0), (v6(1), 1)] {
        lab(&options(), 2, |lab| {
            lab.send(0, to, b"hello");
            lab.run(10);
            let id = lab.host(1);
            let time = Duration::from_millis(100);
            lab.world.change_address(id, other, true, time);
            lab.run(1);
            // Its neighbour still knows where it was.
            lab.send(0, to, b"lost");
            lab.run(10);
            assert_eq!(lab.came(1), [b"hello"]);
            assert_eq!(lab.fate(1), [Why::NotOurs]);
            lab.run(100);
            lab.send(0, to, b"again");
            lab.run(10);
            assert_eq!(lab.came(1), [b"again"]);
        });
    }
}

#[test]
fn what_falls_apart_one_way_carries_the_other() {
    lab(&options(), 2, |lab| {
        // Neighbours first.
        lab.send(0, v4(1), b"hello");
        lab.run(10);
        assert_eq!(lab.came(1), [b"hello"]);
        let segment = lab.segment;
        lab.world
            .part(segment, 0b01, true, Duration::from_millis(100));
        lab.send(0, v4(1), b"there");
        lab.send(1, v4(0), b"back");
        lab.run(10);
        assert_eq!(lab.came(1), [b""; 0]);
        assert_eq!(lab.came(0), [b"back"]);
        assert_eq!(lab.fate(1), [Why::Parted]);
    });
}
