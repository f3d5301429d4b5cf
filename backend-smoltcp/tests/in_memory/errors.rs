//! What goes wrong, and who learns of it.

use core::time::Duration;

use anydgram_core::Destination;
use anydgram_core::SocketType::{Udp4, Udp6};

use crate::lab::{ETH0, Lab, V4, ip};

#[test]
fn a_closed_port_is_told_to_the_connected_socket() {
    for (socket_type, to) in [(Udp4, "192.0.2.2"), (Udp6, "fe80::2%eth0")] {
        let (mut lab, a, _) = Lab::pair(socket_type);
        lab.computers[0]
            .socket(a)
            .connect(Destination::new(to, 9))
            .unwrap();
        lab.settle();
        assert_eq!(lab.computers[0].told(a), ["connect"]);
        // Longer than what an old router quotes.
        lab.computers[0]
            .socket(a)
            .send(anydgram_core::Datagram::new(&[0; 600]))
            .unwrap();
        lab.settle();
        assert_eq!(
            lab.computers[0].told(a),
            ["sent 600", "error recvmsg ECONNREFUSED"]
        );
    }
}

#[test]
fn a_closed_port_is_not_told_to_anybody_else() {
    let (mut lab, a, _) = Lab::pair(Udp4);
    lab.computers[0].send(a, b"x", "192.0.2.2", 9);
    lab.settle();
    assert_eq!(lab.computers[0].told(a), ["sent 1"]);
}

#[test]
fn there_is_no_way_without_a_gateway() {
    let (mut lab, a, _) = Lab::pair(Udp4);
    lab.computers[0].send(a, b"x", "203.0.113.9", 9);
    lab.settle();
    assert_eq!(lab.computers[0].told(a), ["send ENETUNREACH 203.0.113.9:9"]);
    let gateway = Some(ip("192.0.2.2"));
    assert_eq!(
        lab.computers[0].stack.set_gateway(ETH0, V4, gateway),
        Ok(())
    );
    lab.computers[0].send(a, b"x", "203.0.113.9", 9);
    lab.settle();
    assert_eq!(lab.computers[0].told(a), ["sent 1"]);
    // To the gateway's hardware address.
    let frames = lab.frames.borrow();
    let (_, frame) = frames.iter().rev().find(|(port, _)| *port == 0).unwrap();
    assert_eq!(frame[..6], [2, 0, 0, 0, 0, 2]);
}

#[test]
fn a_neighbour_that_does_not_answer_is_unreachable() {
    let (mut lab, a, _) = Lab::pair(Udp4);
    let to = Destination::new("192.0.2.77", 9);
    lab.computers[0].socket(a).connect(to).unwrap();
    lab.settle();
    lab.computers[0]
        .socket(a)
        .send(anydgram_core::Datagram::new("x"))
        .unwrap();
    lab.settle();
    assert_eq!(lab.computers[0].told(a), ["connect", "sent 1"]);
    lab.pass(Duration::from_secs(4));
    assert_eq!(lab.computers[0].told(a), ["error recvmsg EHOSTUNREACH"]);
    lab.computers[0]
        .socket(a)
        .send(anydgram_core::Datagram::new("x"))
        .unwrap();
    lab.settle();
    assert_eq!(lab.computers[0].told(a), ["send EHOSTUNREACH"]);
}

#[test]
fn what_does_not_fit_a_frame_is_refused() {
    let (mut lab, a, _) = Lab::pair(Udp6);
    let bytes = [0; 1453];
    lab.computers[0].send(a, &bytes, "fe80::2%eth0", 7);
    lab.computers[0].send(a, &bytes[..1452], "fe80::2%eth0", 7);
    lab.settle();
    assert_eq!(
        lab.computers[0].told(a),
        ["send EMSGSIZE fe80::2%eth0:7", "sent 1452"]
    );
}
