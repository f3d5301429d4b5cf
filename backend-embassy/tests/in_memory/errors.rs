//! What fails, and who is told.

use anydgram_core::{Destination, SocketType};

use crate::lab::Lab;

#[test]
fn a_closed_port_refuses_the_connected_peer() {
    let mut lab = Lab::new();
    let [a, _b] = [1, 2].map(|number| lab.computer(number));
    let _theirs = lab.smoltcp_computer(3);
    for (socket_type, to) in [
        (SocketType::Udp4, "192.0.2.2"),
        (SocketType::Udp6, "fe80::2%eth0"),
        (SocketType::Udp4, "192.0.2.3"),
    ] {
        let socket = a.socket(socket_type);
        lab.wait(socket.connect(Destination::new(to, 9))).unwrap();
        assert_eq!(lab.wait(socket.send("anybody?")), Ok(8));
        let mut buffer = [0; 16];
        let told = lab.wait(socket.recv_from(&mut buffer)).unwrap_err();
        assert_eq!(told.to_string(), "recvmsg ECONNREFUSED");
        assert_eq!(lab.wait(socket.send("go on")), Ok(5), "it goes on");
    }
}

#[test]
fn what_calls_are_refused() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let socket = a.socket(SocketType::Udp4);
    let mut buffer = [0; 16];
    let unbound = lab.wait(socket.recv_from(&mut buffer)).unwrap_err();
    assert_eq!(unbound.to_string(), "recvmsg EBADF");
    let foreign = lab.wait(socket.bind(("192.0.2.9", 7))).unwrap_err();
    assert_eq!(foreign.to_string(), "bind EADDRNOTAVAIL 192.0.2.9:7");
    let nobody = lab.wait(socket.bind(("no.such.host", 7))).unwrap_err();
    assert_eq!(nobody.to_string(), "getaddrinfo ENOTFOUND no.such.host");
    let bound = lab.wait(socket.bind(7)).unwrap();
    assert_eq!(bound.port, 7);
    let again = lab.wait(socket.bind(8)).unwrap_err();
    assert_eq!(again.code(), "ERR_SOCKET_ALREADY_BOUND");
    let rival = a.socket(SocketType::Udp4);
    let taken = lab.wait(rival.bind(7)).unwrap_err();
    assert_eq!(taken.to_string(), "bind EADDRINUSE 0.0.0.0:7");
    let unreachable = lab.wait(socket.send_to("x", Destination::new("203.0.113.1", 7)));
    assert_eq!(
        unreachable.unwrap_err().to_string(),
        "send ENETUNREACH 203.0.113.1:7"
    );
    let nobody = lab.wait(socket.send_to("x", Destination::new("no.such.host", 7)));
    assert_eq!(
        nobody.unwrap_err().to_string(),
        "getaddrinfo ENOTFOUND no.such.host"
    );
}

#[test]
fn what_nobody_could_hold_is_too_long() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let socket = a.bound(&mut lab, SocketType::Udp6, 7);
    let long = [0; 1453];
    let to = Destination::new("fe80::2%eth0", 7);
    let refused = lab.wait(socket.send_to(&long[..], to)).unwrap_err();
    assert_eq!(refused.errno(), Some(anydgram_core::Errno::EMSGSIZE));
    // More than the queue's memory.
    let longer = [0; 5000];
    let refused = lab.wait(socket.send_to(&longer[..], to)).unwrap_err();
    assert_eq!(refused.errno(), Some(anydgram_core::Errno::EMSGSIZE));
}

#[test]
fn neighbours_are_asked_for_each_second_and_no_later() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let socket = a.bound(&mut lab, SocketType::Udp4, 7);
    // Nothing else wakes a host without groups.
    a.stack.set_config_v6(embassy_net::ConfigV6::None);
    lab.pass(730);
    lab.seen();
    assert_eq!(
        lab.wait(socket.send_to("x", Destination::new("192.0.2.77", 7))),
        Ok(1)
    );
    lab.settle();
    for _ in 0..2 {
        assert_eq!(lab.seen().len(), 1);
        lab.pass(999);
        assert_eq!(lab.seen().len(), 0);
        lab.pass(2);
    }
    assert_eq!(lab.seen().len(), 1);
}

#[test]
fn a_dead_neighbour_delays_nobody_and_is_told() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let one = a.bound(&mut lab, SocketType::Udp4, 7);
    let dead = a.socket(SocketType::Udp4);
    lab.wait(dead.connect(Destination::new("192.0.2.77", 7)))
        .unwrap();
    let other = b.bound(&mut lab, SocketType::Udp4, 7);
    for _ in 0..3 {
        let sent = lab.wait_for(10, one.send_to("lost", Destination::new("192.0.2.77", 7)));
        assert_eq!(sent, Some(Ok(4)));
        let sent = lab.wait_for(10, one.send_to("alive", Destination::new("192.0.2.2", 7)));
        assert_eq!(sent, Some(Ok(5)));
        let mut buffer = [0; 16];
        let received = lab.wait_for(10, other.recv_from(&mut buffer));
        assert_eq!(received.map(|received| received.unwrap().0), Some(5));
    }
    assert_eq!(lab.wait(dead.send("anybody?")), Ok(8));
    let mut buffer = [0; 16];
    let told = lab
        .wait_for(4000, dead.recv_from(&mut buffer))
        .expect("after three seconds");
    assert_eq!(told.unwrap_err().to_string(), "recvmsg EHOSTUNREACH");
    let refused = lab
        .wait(one.send_to("x", Destination::new("192.0.2.77", 7)))
        .unwrap_err();
    assert_eq!(refused.to_string(), "send EHOSTUNREACH 192.0.2.77:7");
}
