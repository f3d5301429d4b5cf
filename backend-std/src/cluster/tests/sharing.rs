//! Which sockets are shared, and which are not.

use super::*;
use crate::{BindState, Datagram, Destination};

#[test]
fn workers_on_one_port_share_a_socket() {
    let mut office = Office::new(2);
    let port = free_port();
    let (first, _) = office.bound(0, local(port));
    let (second, _) = office.bound(1, local(port));
    assert_eq!(office.primary.socket_count(), 1);
    for text in ["a", "b", "c"] {
        send(port, text);
    }
    let count = |office: &Office| {
        let logs = office.logs();
        logs.matches("message").count()
    };
    office.until(|office| count(office) == 3);
    first.close().unwrap();
    office.settle();
    // The other one has it alone now.
    send(port, "d");
    office.until(|office| office.has_log(1, "message d"));
    assert_eq!(count(&office), 4);
    drop(second);
}

#[test]
fn a_bind_ends_after_the_call_and_keeps_the_loop_running() {
    let mut office = Office::new(1);
    let socket = office.socket(0, SocketType::Udp4);
    socket.bind(local(0)).unwrap();
    assert_eq!(socket.bind_state(), BindState::Binding);
    let desk = &office.desks[0];
    assert!(
        !desk.event_loop.run_for(STEP).unwrap(),
        "the primary has not answered"
    );
    office.until(|office| office.has_log(0, "listening"));
    assert_eq!(socket.bind_state(), BindState::Bound);
}

#[test]
fn what_waits_for_a_shared_bind_happens_after_it() {
    let mut office = Office::new(1);
    let (_receiver, port) = office.bound(0, local(0));
    let sender = office.socket(0, SocketType::Udp4);
    sender.bind(local(0)).unwrap();
    sender
        .send(Datagram::new("waited").to(Destination::local(port)))
        .unwrap();
    office.until(|office| office.has_log(0, "message waited"));
}

#[test]
fn workers_number_their_sockets_on_port_0() {
    let mut office = Office::new(2);
    let (first, one) = office.bound(0, local(0));
    let (_second, two) = office.bound(0, local(0));
    let (_, other_one) = office.bound(1, local(0));
    let (_, other_two) = office.bound(1, local(0));
    assert_eq!((other_one, other_two), (one, two));
    assert_ne!(one, two);
    // The counter goes on while any of them is open.
    first.close().unwrap();
    office.settle();
    let (_third, three) = office.bound(0, local(0));
    assert!(three != one && three != two);
    // Each address has its own.
    let (_, elsewhere) = office.bound(0, BindOptions::port(0).address("127.0.0.2"));
    let (_, also) = office.bound(1, BindOptions::port(0).address("127.0.0.2"));
    assert_eq!(elsewhere, also);
}

#[test]
fn the_counter_starts_again_when_the_last_socket_has_closed() {
    let mut office = Office::new(2);
    let (first, _) = office.bound(0, local(0));
    first.close().unwrap();
    office.settle();
    let (_second, two) = office.bound(0, local(0));
    let (_, other) = office.bound(1, local(0));
    assert_eq!(other, two);
}

#[test]
fn a_failed_bind_on_port_0_does_not_count() {
    let mut office = Office::new(2);
    let refused = office.socket(0, SocketType::Udp4);
    let elsewhere = BindOptions::port(0).address("203.0.113.1");
    refused.bind(elsewhere).unwrap();
    let error = "error bind EADDRNOTAVAIL 203.0.113.1";
    office.until(|office| office.has_log(0, error));
    assert_eq!(refused.bind_state(), BindState::Unbound);
    refused.bind(local(0)).unwrap();
    office.until(|office| office.has_log(0, "listening"));
    let (_, other) = office.bound(1, local(0));
    assert_eq!(refused.address().unwrap().port, other);
}

#[test]
fn the_same_port_twice_in_a_worker_is_in_use() {
    let mut office = Office::new(2);
    let (_first, port) = office.bound(0, local(free_port()));
    let second = office.socket(0, SocketType::Udp4);
    second.bind(local(port)).unwrap();
    let error = format!("error bind EADDRINUSE 127.0.0.1:{port}");
    office.until(|office| office.has_log(0, &error));
    assert_eq!(second.bind_state(), BindState::Unbound);
    // For others it is there as before.
    assert_eq!(office.bound(1, local(port)).1, port);
    assert_eq!(office.primary.socket_count(), 1);
}

#[test]
fn the_same_port_twice_in_a_worker_works_where_it_may_be_reused() {
    let mut office = Office::new(1);
    let port = free_port();
    for _ in 0..2 {
        let socket = office.socket(0, reusing());
        socket.bind(local(port)).unwrap();
        office.until(|_| socket.bind_state() == BindState::Bound);
    }
    assert_eq!(office.primary.socket_count(), 2);
}

#[test]
fn exclusive_sockets_are_the_workers_own() {
    let mut office = Office::new(2);
    let mut ports = Vec::new();
    for worker in 0..2 {
        let (socket, port) = office.bound(worker, local(0).exclusive(true));
        ports.push(port);
        // The implicit bind of a send, and of a connect.
        let sender = office.socket(worker, SocketType::Udp4);
        sender
            .send(Datagram::new("x").to(Destination::local(port)))
            .unwrap();
        let connected = office.socket(worker, SocketType::Udp4);
        connected.connect(Destination::local(port)).unwrap();
        let balanced = office.socket(worker, Options::new(SocketType::Udp4).reuse_port(true));
        balanced.bind(local(0)).unwrap();
        let at_once = office.socket(worker, SocketType::Udp4);
        at_once.bind_sync(local(0)).unwrap();
        let own = [sender, connected, balanced, at_once];
        office.until(|_| {
            own.iter()
                .all(|socket| socket.bind_state() == BindState::Bound)
        });
        ports.extend(own.iter().map(|socket| socket.address().unwrap().port));
        drop(socket);
    }
    let count = ports.len();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!((ports.len(), count), (10, 10));
    office.settle();
    assert_eq!(office.primary.socket_count(), 0);
    assert_eq!(office.listening(), []);
    // They stay when the worker leaves.
    office.desks[0].worker.disconnect();
    office.until(|office| !office.desks[0].worker.is_connected());
    assert!(!office.has_log(0, "close"));
}

#[test]
fn an_exclusive_socket_cannot_have_the_port_of_a_shared_one() {
    let mut office = Office::new(2);
    let (_shared, port) = office.bound(0, local(free_port()));
    let socket = office.socket(1, SocketType::Udp4);
    socket.bind(local(port).exclusive(true)).unwrap();
    let error = format!("error bind EADDRINUSE 127.0.0.1:{port}");
    office.until(|office| office.has_log(1, &error));
}

#[test]
fn the_port_that_a_worker_got_for_0_is_in_use_for_who_names_it() {
    let mut office = Office::new(2);
    let (_first, port) = office.bound(0, local(0));
    let named = office.socket(1, SocketType::Udp4);
    named.bind(local(port)).unwrap();
    let error = format!("error bind EADDRINUSE 127.0.0.1:{port}");
    office.until(|office| office.has_log(1, &error));
}

#[test]
fn the_primary_is_told_the_port_that_a_worker_listens_on() {
    let mut office = Office::new(2);
    let (_one, port) = office.bound(0, local(0));
    let (_two, _) = office.bound(1, local(0));
    office.until(|office| office.listening().len() == 2);
    assert_eq!(office.listening(), [(1, port), (2, port)]);
    let (socket_type, address, fd) = office.first_listening();
    assert_eq!((socket_type, fd), (SocketType::Udp4, None));
    assert_eq!(address.to_string(), "127.0.0.1");
}

/// Node tells it twice.
#[test]
fn the_primary_is_told_once_of_a_socket_whose_first_bind_failed() {
    let mut office = Office::new(1);
    let socket = office.socket(0, SocketType::Udp4);
    let elsewhere = BindOptions::port(0).address("203.0.113.1");
    socket.bind(elsewhere).unwrap();
    let error = "error bind EADDRNOTAVAIL 203.0.113.1";
    office.until(|office| office.has_log(0, error));
    socket.bind(local(0)).unwrap();
    office.until(|office| office.has_log(0, "listening"));
    office.settle();
    let port = socket.address().unwrap().port;
    assert_eq!(office.listening(), [(1, port)]);
}

#[test]
fn buffer_sizes_are_set_on_the_shared_socket() {
    let mut office = Office::new(1);
    let options = Options::new(SocketType::Udp4).receive_buffer_size(20_000);
    let socket = office.socket(0, options);
    socket.bind(local(0)).unwrap();
    office.until(|office| office.has_log(0, "listening"));
    // Linux doubles what it is asked for (socket(7)).
    assert_eq!(socket.receive_buffer_size().unwrap(), 40_000);
}
