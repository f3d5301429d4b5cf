use super::frames::{datagram, ethernet, spoilt};
use super::*;

#[test]
fn an_ethernet_frame_must_be_for_this_host() {
    let segment = Segment::ethernet();
    let frame = datagram(PEER_V4, OUR_V4, b"hello");
    segment.takes(&frame);
    let cases: [(&str, usize, u8, Counter); 5] = [
        ("to another host", 5, 9, |drops| {
            &mut drops.hardware_destination
        }),
        ("to one host in a broadcast", 0, 3, |drops| {
            &mut drops.unicast_in_group
        }),
        ("from a group", 6, 3, |drops| &mut drops.hardware_source),
        ("a VLAN tag", 12, 0x81, |drops| &mut drops.protocol),
        ("a length, not a type", 12, 0x05, |drops| {
            &mut drops.protocol
        }),
    ];
    for (why, place, byte, counter) in cases {
        segment.drops(&spoilt(&frame, &[(place, byte)]), counter, why);
    }
}

#[test]
fn a_frame_without_a_whole_header_is_short() {
    let frame = ethernet(0x0800, &[]);
    for len in 0..frame.len() {
        Segment::ethernet().drops(&frame[..len], |drops| &mut drops.frame_short, "short");
    }
    Segment::ethernet().drops(&frame, |drops| &mut drops.ipv4_header, "no packet");
}

#[test]
fn a_group_may_be_in_a_frame_to_one_host() {
    let mut frame = datagram(PEER_V4, GROUP_V4, b"");
    frame[..6].copy_from_slice(&OUR_MAC);
    Segment::ethernet().takes(&frame);
}

#[test]
fn a_bare_packet_says_its_version() {
    let segment = Segment::ip();
    for (from, to) in [(PEER_V4, OUR_V4), (PEER_V6, OUR_V6)] {
        let frame = datagram(from, to, b"hello");
        segment.takes(&frame[frames::IP..]);
    }
    segment.drops(&[], |drops| &mut drops.protocol, "empty");
    segment.drops(&[0x50; 60], |drops| &mut drops.protocol, "version 5");
    segment.drops(
        &[0x40],
        |drops| &mut drops.ipv4_header,
        "nothing but a version",
    );
    segment.drops(
        &[0x60],
        |drops| &mut drops.ipv6_header,
        "nothing but a version",
    );
}
