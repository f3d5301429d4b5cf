//! Datagrams between hosts.

use anydgram_core::SocketType::{Udp4, Udp6};
use anydgram_core::{Datagram, Endpoint};

use crate::lab::{ETH0, Lab};

#[test]
fn datagrams_go_both_ways_in_both_families() {
    for (socket_type, first, second) in [
        (Udp4, "192.0.2.1", "192.0.2.2"),
        (Udp6, "fe80::1%eth0", "fe80::2%eth0"),
    ] {
        let (mut lab, a, b) = Lab::pair(socket_type);
        lab.computers[0].send(a, b"there", second, 7);
        lab.computers[1].send(b, b"back", first, 7);
        lab.settle();
        assert_eq!(lab.computers[0].told(a), ["sent 5", "message back"]);
        assert_eq!(lab.computers[1].told(b), ["sent 4", "message there"]);
        let meta = lab.computers[1].log.metas.pop().unwrap();
        let sender: Endpoint = meta.sender.unwrap();
        assert_eq!(sender.port, 7);
        assert_eq!(
            sender.address.ip(),
            first
                .trim_end_matches("%eth0")
                .parse::<core::net::IpAddr>()
                .unwrap()
        );
        assert_eq!(meta.interface, Some(ETH0));
        assert_eq!((meta.hop_limit, meta.ecn()), (Some(64), Some(0)));
        assert_eq!((meta.wire_len, meta.timestamp), (Some(5), Some(lab.now)));
    }
}

#[test]
fn every_length_arrives_whole() {
    let (mut lab, a, b) = Lab::pair(Udp4);
    for length in [0, 1, 17, 18, 19, 511, 1471, 1472] {
        let bytes = vec![b'x'; length];
        lab.computers[0].send(a, &bytes, "192.0.2.2", 7);
        lab.settle();
        let whole = format!("message {}", "x".repeat(length));
        assert_eq!(lab.computers[1].told(b), [whole]);
    }
}

#[test]
fn pieces_are_one_datagram() {
    let (mut lab, a, b) = Lab::pair(Udp4);
    let pieces: [&[u8]; 4] = [b"o", b"", b"n", b"e"];
    let to = anydgram_core::Destination::new("192.0.2.2", 7);
    lab.computers[0]
        .socket(a)
        .send(Datagram::new(&pieces[..]).to(to))
        .unwrap();
    lab.settle();
    assert_eq!(lab.computers[1].told(b), ["message one"]);
}

#[test]
fn the_hop_limit_is_that_of_each_datagram() {
    let (mut lab, a, b) = Lab::pair(Udp4);
    for ttl in [1, 2, 255] {
        lab.computers[0].socket(a).set_ttl(ttl).unwrap();
        lab.computers[0].send(a, b"x", "192.0.2.2", 7);
        lab.settle();
        let meta = lab.computers[1].log.metas.pop().unwrap();
        assert_eq!(meta.hop_limit, Some(u8::try_from(ttl).unwrap()));
    }
    drop(lab.computers[1].told(b));
}

#[test]
fn a_thousand_datagrams_keep_their_order() {
    let (mut lab, a, b) = Lab::pair(Udp4);
    let mut next = 0_u32;
    for number in 0..1000_u32 {
        lab.computers[0].send(a, number.to_string().as_bytes(), "192.0.2.2", 7);
        if number % 8 == 7 {
            lab.settle();
            for line in lab.computers[1].told(b) {
                assert_eq!(line, format!("message {next}"));
                next += 1;
            }
        }
    }
    assert_eq!(next, 1000);
}

#[test]
fn a_broadcast_reaches_everybody() {
    let mut lab = Lab::new(3);
    let ids: Vec<_> = lab
        .computers
        .iter_mut()
        .map(|computer| computer.bound(Udp4, 7))
        .collect();
    lab.settle();
    lab.forget();
    for to in ["255.255.255.255", "192.0.2.255"] {
        lab.computers[0].socket(ids[0]).set_broadcast(true).unwrap();
        lab.computers[0].send(ids[0], b"all", to, 7);
        lab.settle();
        assert_eq!(lab.computers[0].told(ids[0]), ["sent 3", "message all"]);
        for at in [1, 2] {
            assert_eq!(lab.computers[at].told(ids[at]), ["message all"]);
        }
    }
}

#[test]
fn a_flood_starves_nobody() {
    let mut lab = Lab::new(3);
    let flooded = lab.computers[0].bound(Udp4, 7);
    let quiet = lab.computers[0].bound(Udp4, 8);
    let flooder = lab.computers[1].bound(Udp4, 7);
    let other = lab.computers[2].bound(Udp4, 8);
    lab.settle();
    lab.computers[1].send(flooder, b"x", "192.0.2.1", 7);
    lab.computers[2].send(other, b"x", "192.0.2.1", 8);
    lab.settle();
    lab.forget();
    let mut heard = 0;
    for _ in 0..100 {
        for _ in 0..10 {
            lab.computers[1].send(flooder, b"flood", "192.0.2.1", 7);
        }
        lab.computers[2].send(other, b"calm", "192.0.2.1", 8);
        lab.settle();
        heard += lab.computers[0].told(quiet).len();
        assert!(lab.computers[0].told(flooded).len() <= 10);
    }
    assert_eq!(heard, 100);
}
