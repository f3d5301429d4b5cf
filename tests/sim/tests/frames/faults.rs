//! Frames that are corrupted, refused, and everything else at once.

use anydgram_core::Destination;
use anydgram_sim::{Happened, OfFrame, Rates, Site, Why};

use crate::lab::{PORT, lab, options, v4, v6};

#[test]
fn corruption_never_reaches_an_application() {
    for to in [v4(1), v6(1)] {
        let options = options().seed(5);
        lab(&options, 2, |lab| {
            let mut rates = Rates::none();
            rates.corrupt = 300_000;
            for cable in 0..2 {
                lab.world.set_rates(Site::Up(cable), rates);
                lab.world.set_rates(Site::Down(cable), rates);
            }
            let payload = |number: u16| [[0xa5; 60].as_slice(), &number.to_be_bytes()].concat();
            let (mut came, mut next) = (0, 0);
            for number in 0..2_000 {
                lab.send(0, to, &payload(number));
                lab.run(5);
                for data in lab.came(1) {
                    let number = u16::from_be_bytes([data[60], data[61]]);
                    assert_eq!(data, payload(number));
                    assert!(number >= next, "and in order");
                    next = number;
                    came += 1;
                }
            }
            let records = lab.world.records().iter();
            let spoilt = records.filter(|record| {
                let Happened::Frame { what, .. } = record.what else {
                    return false;
                };
                matches!(what, OfFrame::Arrived { flips, .. } if flips != [None; 2])
            });
            let spoilt = spoilt.count();
            assert!(came > 300 && spoilt > 300, "{came} came, {spoilt} spoilt");
            let id = lab.host(1);
            let drops = lab.world.link_drops(id, 2).unwrap();
            assert!(drops.udp_checksum > 100, "{drops:?}");
            assert!(drops.hardware_destination > 10, "{drops:?}");
            assert!(lab.drops(Why::Corrupt) > 200);
            assert_eq!(lab.drops(Why::Unfit), 0);
        });
    }
}

#[test]
fn mistakes_do_not_make_up_for_each_other() {
    let mut rates = Rates::none();
    rates.corrupt = 1_000_000;
    for (to, len) in [(v4(1), 40), (v6(1), 40), (v4(1), 4_000)] {
        lab(&options(), 2, |lab| {
            // The neighbour first: what nothing checks is believed.
            lab.send(0, to, b"hello");
            lab.run(10);
            assert_eq!(lab.came(1), [b"hello"]);
            for cable in 0..2 {
                lab.world.set_rates(Site::Up(cable), rates);
                lab.world.set_rates(Site::Down(cable), rates);
            }
            let mut payload = vec![0x5a; len];
            for number in 0_u16..1_000 {
                payload[..2].copy_from_slice(&number.to_be_bytes());
                lab.send(0, to, &payload);
                lab.run(1);
                let came = lab.came(1);
                assert!(came.is_empty() || came == [&payload[..]], "{number}");
            }
            let drops = lab.drops(Why::Corrupt);
            assert!(drops > 500, "{drops} are noticed");
        });
    }
}

#[test]
fn the_capture_has_the_bits_that_came() {
    let options = crate::lab::script(&["down 1 @15000 corrupt"]);
    lab(&options, 2, |lab| {
        lab.send(0, v4(1), b"hello");
        lab.run(10);
        lab.send(0, v4(1), b"hello");
        lab.run(10);
        let records = lab.world.records().iter();
        let flips = records.filter_map(|record| match record.what {
            Happened::Frame {
                frame,
                what:
                    OfFrame::Arrived {
                        flips: [None, Some(flip)],
                        ..
                    },
                ..
            } => Some((frame, flip)),
            _ => None,
        });
        let flips: Vec<_> = flips.collect();
        let &[(frame, flip)] = &flips[..] else {
            panic!("one is corrupt: {flips:?}");
        };
        assert!(flip.mask.is_power_of_two());
        let comment = format!("frame {frame}, {flip}");
        let all = lab.captured();
        let came = all.iter().find(|seen| seen.comment == comment).unwrap();
        let sent = lab.world.frame(frame).unwrap();
        let wrong: Vec<_> = (0..sent.len())
            .filter(|at| sent[*at] != came.bytes[*at])
            .collect();
        assert_eq!(wrong, [flip.at]);
        assert_eq!(sent[flip.at] & flip.mask, 0);
        assert_eq!(sent[flip.at] | flip.mask, came.bytes[flip.at]);
    });
}

#[test]
fn a_refusal_is_a_frame_in_the_name_of_the_peer() {
    for to in [v4(1), v6(1)] {
        let options = crate::lab::script(&["down 1 @25000 refuse"]);
        lab(&options, 2, |lab| {
            lab.with(0, to, |socket| socket.connect(Destination::new(to, PORT)))
                .unwrap();
            lab.run(1);
            lab.say(0, to, b"hello");
            lab.run(20);
            assert_eq!(lab.came(1), [b"hello"]);
            lab.say(0, to, b"hello");
            lab.run(10);
            assert_eq!(lab.came(1), [b""; 0]);
            assert_eq!(lab.fate(1), [Why::Refused]);
            assert_eq!(lab.errors(0), ["recvmsg ECONNREFUSED"]);
        });
    }
}

#[test]
fn a_frame_that_comes_twice_is_a_datagram_that_does() {
    let options = crate::lab::script(&["down 1 @15000 duplicate 2000"]);
    lab(&options, 2, |lab| {
        for text in ["one", "two", "three"] {
            lab.send(0, v4(1), text.as_bytes());
            lab.run(10);
        }
        assert_eq!(lab.came(1), [&b"one"[..], b"two", b"two", b"three"]);
    });
}
