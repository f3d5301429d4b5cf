use core::net::{IpAddr, SocketAddr};

use super::*;
use crate::Peer;

const PATIENCE: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_millis(100);

fn address(peer: &Peer, family: &str) -> SocketAddr {
    let family: IpAddr = family.parse().unwrap();
    (peer.address(family), Peer::PORT).into()
}

/// Two peers on a switch that know each other.
fn pair() -> (Switch, Peer, Peer) {
    let switch = Switch::new().unwrap();
    let (mut a, mut b) = (
        Peer::new(&switch, 1).unwrap(),
        Peer::new(&switch, 2).unwrap(),
    );
    for family in ["0.0.0.0", "::"] {
        let (to_a, to_b) = (address(&a, family), address(&b, family));
        thread::scope(|scope| {
            // The one answers the other's question for a neighbour while it waits.
            scope.spawn(|| {
                assert_eq!(b.receive(PATIENCE).unwrap().payload, b"there");
            });
            a.send(to_b, b"there").unwrap();
        });
        thread::scope(|scope| {
            scope.spawn(|| assert_eq!(a.receive(PATIENCE).unwrap().payload, b"back"));
            b.send(to_a, b"back").unwrap();
        });
    }
    (switch, a, b)
}

/// The payloads of the next datagrams, which are the last ones.
fn payloads(peer: &mut Peer, count: usize) -> Vec<Vec<u8>> {
    let all = (0..count).map(|_| peer.receive(PATIENCE).unwrap().payload);
    let all = all.collect();
    assert_eq!(peer.drain(SILENCE).unwrap(), []);
    all
}

#[test]
fn a_datagram_arrives_as_it_was_sent() {
    let (_switch, mut a, mut b) = pair();
    for family in ["0.0.0.0", "::"] {
        for length in [0, 1, 1400] {
            let payload: Vec<u8> = (0..=255).cycle().take(length).collect();
            a.send(address(&b, family), &payload).unwrap();
            let datagram = b.receive(PATIENCE).unwrap();
            assert_eq!(datagram.source, address(&a, family));
            assert_eq!(datagram.destination, address(&b, family));
            assert_eq!(datagram.payload, payload);
        }
    }
}

#[test]
fn a_frame_goes_where_its_destination_is_and_is_recorded() {
    let (switch, mut a, b) = pair();
    let mut third = Peer::new(&switch, 3).unwrap();
    let frame = a.frame(address(&b, "0.0.0.0"), b"for b").unwrap();
    a.send_frame(&frame).unwrap();
    assert_eq!(third.drain(SILENCE).unwrap(), []);
    let records = switch.records();
    let record = records.iter().find(|record| record.frame == frame).unwrap();
    assert_eq!(record.from, *a.port());
}

#[test]
fn a_frame_for_a_place_unknown_goes_everywhere_but_back() {
    let (switch, a, b) = pair();
    let third = UnixDatagram::bind(switch.connect("third").unwrap().path()).unwrap();
    third.set_read_timeout(Some(PATIENCE)).unwrap();
    let frame = [
        &[2, 0, 0, 0, 0, 99][..],
        &a.hardware_address(),
        &[0x88, 0xB5],
    ]
    .concat();
    b.send_frame(&frame).unwrap();
    let mut buffer = [0; 64];
    let length = third.recv(&mut buffer).unwrap();
    assert_eq!(buffer[..length], frame);
    third.send_to(&frame, switch.path()).unwrap();
    third.set_read_timeout(Some(SILENCE)).unwrap();
    assert!(third.recv(&mut buffer).is_err());
}

#[test]
fn each_frame_has_its_fate() {
    let (switch, mut a, mut b) = pair();
    let fates = [
        Fate::Pass,
        Fate::Lose,
        Fate::Double,
        Fate::Delay(Duration::from_millis(500)),
        Fate::Pass,
    ];
    let mut left = fates.into_iter();
    switch.decide(b.port(), move |_| left.next().unwrap_or(Fate::Pass));
    for text in [&b"0"[..], b"1", b"2", b"3", b"4"] {
        a.send(address(&b, "0.0.0.0"), text).unwrap();
    }
    assert_eq!(payloads(&mut b, 5), [b"0", b"2", b"2", b"4", b"3"]);
}

#[test]
fn a_receiver_that_is_slow_loses_nothing_and_stops_nobody() {
    let (switch, mut a, mut b) = pair();
    let third = UnixDatagram::bind(switch.connect("third").unwrap().path()).unwrap();
    third.set_read_timeout(Some(PATIENCE)).unwrap();
    let question = [&[0xFF; 6][..], &a.hardware_address(), &[0x88, 0xB5]].concat();
    let to_b = address(&b, "0.0.0.0");
    for number in 0..1000_u32 {
        a.send(to_b, &number.to_be_bytes()).unwrap();
    }
    a.send_frame(&question).unwrap();
    let mut buffer = [0; 64];
    let length = third.recv(&mut buffer).unwrap();
    assert_eq!(buffer[..length], question);
    let expected: Vec<_> = (0..1000_u32).map(u32::to_be_bytes).collect();
    assert_eq!(payloads(&mut b, 1000), expected);
}

#[test]
fn names_are_given_once() {
    let switch = Switch::new().unwrap();
    switch.connect("port").unwrap();
    for taken in ["port", NAME] {
        let error = switch.connect(taken).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    }
}

#[test]
fn the_folder_goes_with_the_switch() {
    let switch = Switch::new().unwrap();
    let path = switch.path();
    assert!(path.exists());
    drop(switch);
    assert!(!path.parent().unwrap().exists());
}
