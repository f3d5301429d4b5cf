//! IPv4 datagrams that are longer than a frame.

use core::time::Duration;

use anydgram_core::Interface;
use anydgram_core::SocketType::Udp4;

use crate::lab::{ETH0, Lab, ip};

/// The most bytes of a UDP datagram of IPv4.
const LONGEST: usize = 65_507;

fn bytes(len: usize) -> Vec<u8> {
    (0..251).cycle().take(len).collect()
}

#[test]
fn long_datagrams_arrive_whole_both_ways() {
    let (mut lab, a, b) = Lab::pair(Udp4);
    for length in [1473, 2952, 2953, 8000, LONGEST] {
        let bytes = bytes(length);
        lab.computers[0].send(a, &bytes, "192.0.2.2", 7);
        lab.computers[1].send(b, &bytes, "192.0.2.1", 7);
        lab.settle();
        for (at, id) in [a, b].into_iter().enumerate() {
            let told = lab.computers[at].told(id);
            assert_eq!(told.len(), 2, "sent, and a message: {told:?}");
            assert!(told.contains(&format!("sent {length}")));
            assert_eq!(lab.computers[at].log.bytes, core::slice::from_ref(&bytes));
            let meta = &lab.computers[at].log.metas[0];
            assert_eq!((meta.hop_limit, meta.wire_len), (Some(64), Some(length)));
        }
        lab.forget();
    }
    for computer in &lab.computers {
        let drops = computer.stack.link_drops(ETH0).unwrap();
        assert_eq!((drops.fragments, drops.fragment_overlap), (0, 0));
    }
}

#[test]
fn no_frame_is_longer_than_the_segment_takes() {
    let (mut lab, a, _) = Lab::pair(Udp4);
    lab.computers[0].send(a, &bytes(8000), "192.0.2.2", 7);
    lab.settle();
    let frames = lab.frames.borrow();
    let lengths = frames
        .iter()
        .filter(|(port, _)| *port == 0)
        .map(|(_, frame)| frame.len());
    let fragments: Vec<_> = lengths.filter(|&len| len > 64).collect();
    // 14 bytes of Ethernet and 20 of IPv4 in front of five times 1480 bytes, and of the rest of 8,008.
    assert_eq!(fragments, [1514, 1514, 1514, 1514, 1514, 642]);
}

#[test]
fn one_to_a_group_reaches_all_members() {
    let mut lab = Lab::new(3);
    let ids: Vec<_> = lab
        .computers
        .iter_mut()
        .map(|computer| computer.bound(Udp4, 7))
        .collect();
    lab.settle();
    let group = ip("239.1.2.3");
    for (at, id) in ids.iter().enumerate() {
        let socket = lab.computers[at].socket(*id);
        socket.add_membership(group, Interface::Default).unwrap();
    }
    lab.settle();
    lab.forget();
    lab.computers[0].send(ids[0], &bytes(8000), "239.1.2.3", 7);
    lab.settle();
    // The sender is a member, too.
    for computer in &lab.computers {
        assert_eq!(computer.log.bytes, [bytes(8000)]);
    }
}

#[test]
fn one_that_lacks_a_fragment_is_lost_and_counted() {
    let (mut lab, a, b) = Lab::pair(Udp4);
    lab.computers[0].send(a, &bytes(8000), "192.0.2.2", 7);
    lab.settle();
    // The same frames again, but for the second fragment.
    let frames = lab.frames.take();
    let fragments = frames
        .iter()
        .filter(|(port, frame)| *port == 0 && frame.len() > 64);
    let port = lab.segment.port([2, 0, 0, 0, 0, 9]);
    for (_, frame) in fragments.clone().take(1).chain(fragments.skip(2)) {
        port.send(frame);
    }
    port.set_up(false);
    lab.settle();
    assert_eq!(lab.computers[1].told(b).len(), 1);
    lab.pass(Duration::from_secs(61));
    lab.computers[0].send(a, &bytes(8000), "192.0.2.2", 7);
    lab.settle();
    assert_eq!(lab.computers[1].told(b).len(), 1);
    let drops = lab.computers[1].stack.link_drops(ETH0).unwrap();
    assert_eq!(drops.assembly_expired, 1);
}

#[test]
fn a_long_one_waits_for_its_neighbour_like_others() {
    let (mut lab, a, _) = Lab::pair(Udp4);
    lab.computers[0].send(a, &bytes(8000), "192.0.2.77", 7);
    lab.computers[0].send(a, &bytes(8000), "192.0.2.2", 7);
    lab.settle();
    assert_eq!(lab.computers[0].told(a), ["sent 8000", "sent 8000"]);
    assert_eq!(lab.computers[1].log.bytes, [bytes(8000)]);
    lab.computers[0].socket(a).close().unwrap();
    lab.settle();
    let is_idle = |lab: &Lab| lab.computers[0].stack.is_idle(&lab.computers[0].sockets);
    assert!(!is_idle(&lab), "one waits for its neighbour");
    lab.pass(Duration::from_secs(4));
    assert!(is_idle(&lab), "it was given up");
}

#[test]
fn nobody_behind_a_port_is_not_told_of_a_long_one() {
    let (mut lab, a, _) = Lab::pair(Udp4);
    lab.computers[0].send(a, &bytes(8000), "192.0.2.2", 8);
    lab.settle();
    assert_eq!(lab.computers[0].told(a), ["sent 8000"]);
    let frames = lab.frames.borrow();
    // Answers of the address resolution protocol, and nothing else.
    let mut answers = frames.iter().filter(|(port, _)| *port == 1);
    assert!(answers.all(|(_, frame)| frame[12..14] == [8, 6]));
}
