use super::frames::{ethernet, spoilt};
use super::*;

pub(super) fn message(operation: u8, sender: &str, target: &str) -> Vec<u8> {
    let (IpAddr::V4(sender), IpAddr::V4(target)) = (ip(sender), ip(target)) else {
        panic!("not of IPv4");
    };
    let mut message = vec![0, 1, 8, 0, 6, 4, 0, operation];
    message.extend(PEER_MAC);
    message.extend(sender.octets());
    message.extend([0; 6]);
    message.extend(target.octets());
    ethernet(0x0806, &message)
}

#[test]
fn messages_about_this_host_are_the_stacks() {
    let segment = Segment::ethernet();
    segment.leaves(&message(1, PEER_V4, OUR_V4));
    segment.leaves(&message(2, PEER_V4, OUR_V4));
    segment.leaves(&message(1, "0.0.0.0", OUR_V4));
    let mut padded = message(1, PEER_V4, OUR_V4);
    padded.resize(60, 0);
    segment.leaves(&padded);
    for target in [PEER_V4, "192.0.2.9", OTHER_V4, "0.0.0.0"] {
        for operation in [1, 2] {
            let frame = message(operation, PEER_V4, target);
            segment.drops(&frame, |drops| &mut drops.arp_foreign, target);
        }
    }
}

#[test]
fn messages_are_checked() {
    let segment = Segment::ethernet();
    let frame = message(1, PEER_V4, OUR_V4);
    let cases: [(&str, usize, u8); 9] = [
        ("another network than Ethernet", 15, 6),
        ("the same", 14, 1),
        ("another protocol than IPv4", 17, 6),
        ("longer hardware addresses", 18, 8),
        ("longer addresses", 19, 16),
        ("operation 0", 21, 0),
        ("operation 3", 21, 3),
        ("operation 257", 20, 1),
        ("a sender that did not send it", 27, 9),
    ];
    for (why, place, byte) in cases {
        segment.drops(
            &spoilt(&frame, &[(place, byte)]),
            |drops| &mut drops.arp,
            why,
        );
    }
    for len in 14..frame.len() {
        segment.drops(&frame[..len], |drops| &mut drops.arp, "cut off");
    }
}

#[test]
fn senders_are_hosts() {
    let segment = Segment::ethernet();
    let senders = [
        OUR_V4,
        OTHER_V4,
        "127.0.0.1",
        "0.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.255",
    ];
    for sender in senders {
        let frame = message(1, sender, OUR_V4);
        segment.drops(&frame, |drops| &mut drops.arp, sender);
    }
    let frame = message(2, "0.0.0.0", OUR_V4);
    segment.drops(&frame, |drops| &mut drops.arp, "a probe is a question");
}

#[test]
fn there_is_none_among_bare_packets() {
    let frame = message(1, PEER_V4, OUR_V4);
    Segment::ip().drops(&frame[14..], |drops| &mut drops.protocol, "no packet");
}
