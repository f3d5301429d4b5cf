//! Neighbours that do not answer, and those that must not suffer from it.

use std::os::fd::AsFd;

use anydgram_core::SocketType::{self, Udp4, Udp6};
use anydgram_core::{Datagram, Destination};

use crate::namespace::in_namespace;
use crate::tap_lab::{TapLab, add_addresses, kernel_socket, tap};

/// Has 100 neighbours answer one socket, and one that nobody has not answer it, before that is known.
fn one_dead_of_a_hundred_and_one(socket_type: SocketType, network: &str) {
    let mut lab = TapLab::new(tap());
    let dead = format!("{network}254");
    let live: Vec<_> = (101..=200)
        .map(|number| format!("{network}{number}"))
        .collect();
    add_addresses(&live);
    let sockets: Vec<_> = live
        .iter()
        .map(|address| kernel_socket(address, 9))
        .collect();

    // It will be told.
    let waiting = lab.bound(socket_type, 8);
    let connected = lab
        .computer
        .socket(waiting)
        .connect(Destination::new(dead.as_str(), 9));
    connected.unwrap();
    assert_eq!(lab.told(waiting, 1), ["connect"]);
    lab.computer
        .socket(waiting)
        .send(Datagram::new("dead"))
        .unwrap();
    assert_eq!(lab.told(waiting, 1), ["sent 4"]);

    let id = lab.bound(socket_type, 7);
    for few in live.chunks(5) {
        // The dead one first, again and again.
        lab.computer.send(id, b"dead", &dead, 9);
        for address in few {
            lab.computer.send(id, b"live", address, 9);
        }
        assert_eq!(lab.told(id, 6), ["sent 4"; 6]);
    }
    let others: Vec<_> = sockets.iter().map(AsFd::as_fd).collect();
    let mut answers = 0;
    lab.until(&others, |computer| {
        for socket in &sockets {
            let mut buffer = [0; 8];
            if let Ok((len, from)) = socket.recv_from(&mut buffer) {
                socket.send_to(&buffer[..len], from).unwrap();
            }
        }
        answers += computer
            .told(id)
            .iter()
            .filter(|line| *line == "message live")
            .count();
        answers == live.len()
    });
    assert!(
        lab.computer.told(waiting).is_empty(),
        "it is still asked for"
    );
    assert_eq!(lab.told(waiting, 1), ["error recvmsg EHOSTUNREACH"]);
    // From now on each learns at once.
    lab.computer.send(id, b"dead", &dead, 9);
    lab.computer.send(id, b"live", &live[0], 9);
    let refused = format!("send EHOSTUNREACH {dead}:9");
    assert_eq!(lab.told(id, 2), [&refused, "sent 4"]);
    assert_eq!(lab.heard(&sockets[0]).unwrap().0, b"live");
}

#[test]
fn a_dead_neighbour_delays_none_of_a_hundred() {
    in_namespace(|| one_dead_of_a_hundred_and_one(Udp4, "203.0.113."));
}

#[test]
fn a_dead_neighbour_delays_none_of_a_hundred_over_ipv6() {
    in_namespace(|| one_dead_of_a_hundred_and_one(Udp6, "2001:db8:2::"));
}
