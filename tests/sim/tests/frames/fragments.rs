//! Datagrams longer than a frame.

use anydgram_sim::{Happened, OfFrame, Why};

use crate::lab::{Lab, lab, options, script, v4, v6};

const LEN: usize = 8_000;

fn long() -> Vec<u8> {
    (0..=250).cycle().take(LEN).collect()
}

/// The lengths of the frames with parts of a datagram.
fn fragments(lab: &Lab<'_, '_>, datagram: u64) -> Vec<usize> {
    let records = lab.world.records().iter();
    let lens = records.filter_map(|record| match record.what {
        Happened::Frame {
            what:
                OfFrame::Sent {
                    datagram: Some(of),
                    len,
                    ..
                },
            ..
        } if of == datagram => Some(len),
        _ => None,
    });
    lens.collect()
}

#[test]
fn a_long_datagram_goes_in_fragments_and_comes_whole() {
    lab(&options(), 2, |lab| {
        lab.send(0, v4(1), &long());
        lab.run(10);
        assert_eq!(lab.came(1), [long()]);
        let full = 14 + 20 + 1_480;
        let last = 14 + 20 + (LEN + 8) % 1_480;
        assert_eq!(fragments(lab, 0), [full, full, full, full, full, last]);
        assert_eq!(lab.world.payload(0), Some(&long()[..]));
        assert_eq!(lab.world.datagrams(), 1);
        let records = lab.world.records().iter();
        let lens = records.filter_map(|record| match record.what {
            Happened::Sent { len, .. } => Some(len),
            _ => None,
        });
        assert_eq!(lens.collect::<Vec<_>>(), [LEN]);
    });
}

#[test]
fn the_longest_datagram_comes_whole() {
    lab(&options(), 2, |lab| {
        lab.send(0, v4(1), &vec![7; 65_507]);
        lab.run(10);
        assert_eq!(lab.came(1), [vec![7; 65_507]]);
        assert_eq!(fragments(lab, 0).len(), 65_515_usize.div_ceil(1_480));
    });
}

/// The number of the decision about a fragment of the first datagram: what the host says before is the same each time.
fn decision(fragment: usize) -> u64 {
    lab(&options(), 2, |lab| {
        let before = lab.sent(0).len();
        lab.send(0, v4(1), &long());
        lab.run(10);
        let all = lab.sent(0);
        let is_fragment = |at: &usize| all[*at].bytes.len() == 1_514;
        let at = (before..all.len()).find(is_fragment).unwrap();
        u64::try_from(at + fragment).unwrap()
    })
}

#[test]
fn one_lost_fragment_loses_the_datagram_and_no_other() {
    for lost in 0..6 {
        let fault = format!("up 0 {} lose", decision(lost));
        lab(&script(&[&fault]), 2, |lab| {
            lab.send(0, v4(1), &long());
            lab.run(10);
            assert_eq!(lab.came(1), [b""; 0], "{fault}");
            assert_eq!(lab.fate(0), [Why::Lost]);
            lab.send(0, v4(1), &long());
            lab.run(10);
            assert_eq!(lab.came(1), [long()]);
        });
    }
}

#[test]
fn fragments_may_overtake_each_other_and_come_twice() {
    for kind in ["delay 5000", "duplicate 3000"] {
        for which in 0..6 {
            let fault = format!("up 0 {} {kind}", decision(which));
            lab(&script(&[&fault]), 2, |lab| {
                lab.send(0, v4(1), &long());
                lab.run(20);
                assert_eq!(lab.came(1), [long()], "{fault}");
            });
        }
    }
}

#[test]
fn a_corrupt_fragment_loses_the_datagram_or_does_not_matter() {
    let mut lost = 0;
    for which in 0..6 {
        let fault = format!("up 0 {} corrupt", decision(which));
        for seed in 0..5 {
            lab(&script(&[&fault]).seed(seed), 2, |lab| {
                lab.send(0, v4(1), &long());
                lab.run(20);
                let came = lab.came(1);
                // A wrong source in its Ethernet header, for example, is nobody's business.
                assert!(came.is_empty() || came == [long()], "{fault}");
                lost += usize::from(came.is_empty());
            });
        }
    }
    assert!(lost >= 25, "{lost} of 30");
}

#[test]
fn ipv6_is_as_long_as_a_frame() {
    lab(&options(), 2, |lab| {
        lab.send(0, v6(1), &[7; 1_452]);
        lab.send(0, v6(1), &[7; 1_453]);
        lab.run(10);
        assert_eq!(lab.came(1), [[7; 1_452]]);
        assert_eq!(lab.errors(0), ["not sent: send EMSGSIZE 2001:db8::2:7"]);
    });
}
