//! Sockets that come and go, links that go up and down, and addresses that change.

use anydgram_core::{BindState, Destination, Options, SocketType};
use anydgram_embassy::Event;

use crate::lab::{Lab, config};

#[test]
fn events_are_told_in_nodes_order() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let socket = a.socket(SocketType::Udp4);
    lab.wait(socket.connect(Destination::local(9))).unwrap();
    assert_eq!(lab.wait(socket.next_event()), Some(Event::Listening));
    assert_eq!(lab.wait(socket.next_event()), Some(Event::Connect));
    assert_eq!(lab.wait_for(1000, socket.next_event()), None);
    assert_eq!(lab.wait(socket.close()), Ok(()));
    assert_eq!(lab.wait(socket.next_event()), Some(Event::Close));
    assert_eq!(lab.wait(socket.next_event()), None);
    let again = lab.wait(socket.close()).unwrap_err();
    assert_eq!(again.code(), "ERR_SOCKET_DGRAM_NOT_RUNNING");
}

#[test]
fn a_closed_socket_gives_nothing_that_came_before() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let [one, other] = [7, 8].map(|port| a.bound(&mut lab, SocketType::Udp4, port));
    for _ in 0..2 {
        let to = Destination::new("127.0.0.1", 8);
        assert_eq!(lab.wait(one.send_to("x", to)), Ok(1));
    }
    let mut buffer = [0; 8];
    assert!(other.try_recv_from(&mut buffer).is_ok());
    assert_eq!(lab.wait(other.close()), Ok(()));
    let refused = other.try_recv_from(&mut buffer).unwrap_err();
    assert_eq!(refused.code(), "ERR_SOCKET_DGRAM_NOT_RUNNING");
}

#[test]
fn a_dropped_socket_leaves_its_port_and_its_memory() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    for _ in 0..3 {
        let sockets: Vec<_> = (0..8).map(|_| a.socket(SocketType::Udp4)).collect();
        let refused = a.host.socket(Options::new(SocketType::Udp4)).unwrap_err();
        assert_eq!(refused.to_string(), "open ENOBUFS");
        for (port, socket) in (7..).zip(&sockets) {
            assert_eq!(socket.bind_state(), BindState::Unbound);
            lab.wait(socket.bind(port)).unwrap();
        }
        assert_eq!(
            lab.wait(sockets[0].send_to("x", Destination::new("127.0.0.1", 8))),
            Ok(1)
        );
        drop(sockets);
    }
    let fresh = a.bound(&mut lab, SocketType::Udp4, 8);
    let mut buffer = [0; 8];
    let nothing = fresh.try_recv_from(&mut buffer).unwrap_err();
    assert_eq!(
        nothing.to_string(),
        "recvmsg EAGAIN",
        "what was another socket's is gone"
    );
    assert_eq!(lab.wait(fresh.next_event()), Some(Event::Listening));
    assert_eq!(lab.wait_for(10, fresh.next_event()), None);
}

#[test]
fn another_address_is_taken_over() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let one = a.bound(&mut lab, SocketType::Udp4, 7);
    let other = b.bound(&mut lab, SocketType::Udp4, 7);
    a.stack.set_config_v4(config(3).ipv4);
    lab.pass(600);
    assert_eq!(
        lab.wait(one.send_to("moved", Destination::new("192.0.2.2", 7))),
        Ok(5)
    );
    let mut buffer = [0; 16];
    let (_, meta) = lab.wait(other.recv_from(&mut buffer)).unwrap();
    let sender = meta.sender.unwrap();
    assert_eq!(sender.address.ip(), core::net::IpAddr::from([192, 0, 2, 3]));
    assert_eq!(lab.wait(other.send_to("found", sender)), Ok(5));
    assert_eq!(lab.wait(one.recv_from(&mut buffer)).unwrap().0, 5);
    a.stack.set_config_v4(embassy_net::ConfigV4::None);
    lab.pass(600);
    let nowhere = lab
        .wait(one.send_to("x", Destination::new("192.0.2.2", 7)))
        .unwrap_err();
    assert_eq!(nowhere.to_string(), "send ENETUNREACH 192.0.2.2:7");
}

#[test]
fn a_gateway_is_taken_over() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let one = a.bound(&mut lab, SocketType::Udp4, 7);
    let embassy_net::ConfigV4::Static(mut with_gateway) = config(1).ipv4 else {
        panic!("it is static");
    };
    with_gateway.gateway = Some([192, 0, 2, 2].into());
    a.stack
        .set_config_v4(embassy_net::ConfigV4::Static(with_gateway));
    lab.pass(600);
    lab.seen();
    assert_eq!(
        lab.wait(one.send_to("out", Destination::new("203.0.113.1", 7))),
        Ok(3)
    );
    lab.settle();
    let frames = lab.seen();
    let last = frames.last().unwrap();
    assert_eq!(last[..6], [2, 0, 0, 0, 0, 2], "to the gateway");
    assert_eq!(last[30..34], [203, 0, 113, 1]);
    assert!(b.host.link_drops().destination > 0, "which is no router");
}

#[test]
fn a_link_that_is_down_sends_nothing_and_comes_back() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let one = a.bound(&mut lab, SocketType::Udp4, 7);
    let other = b.bound(&mut lab, SocketType::Udp4, 7);
    let to = Destination::new("192.0.2.2", 7);
    let mut buffer = [0; 16];
    for _ in 0..2 {
        assert_eq!(lab.wait(one.send_to("up", to)), Ok(2));
        assert_eq!(lab.wait(other.recv_from(&mut buffer)).unwrap().0, 2);
        a.cable.is_down.set(true);
        lab.wake();
        lab.settle();
        let down = lab.wait(one.send_to("down", to)).unwrap_err();
        assert_eq!(down.to_string(), "send ENETUNREACH 192.0.2.2:7");
        a.cable.is_down.set(false);
        lab.wake();
        lab.settle();
        lab.seen();
        assert_eq!(lab.wait(one.send_to("again", to)), Ok(5));
        assert_eq!(lab.wait(other.recv_from(&mut buffer)).unwrap().0, 5);
        assert_eq!(
            lab.seen()[0][12..14],
            [8, 6],
            "neighbours are asked for anew"
        );
    }
}
