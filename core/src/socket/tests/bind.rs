//! Binding.

use super::*;

#[test]
fn bind_asks_for_the_wildcard_address_by_default() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.bind(BindOptions::default()).unwrap();
    assert_eq!(socket.bind_state(), BindState::Binding);
    let mut backend = Backend::new();
    assert_eq!(backend.turn(&mut socket), ["listening"]);
    assert_eq!(backend.log, ["bind 0.0.0.0:0"]);
    assert_eq!(socket.bind_state(), BindState::Bound);
    assert_eq!(socket.address(), Ok(LOCAL));
}

#[test]
fn the_request_carries_every_option() {
    let mut storage = SmallStorage::new();
    let options = Options::new(SocketType::Udp6)
        .reuse_address(true)
        .reuse_port(true)
        .ipv6_only(true)
        .receive_buffer_size(1)
        .send_buffer_size(2);
    let mut socket = Socket::new(options, &mut storage);
    socket
        .bind(BindOptions::port(5).address("fe80::1%2"))
        .unwrap();
    let Some(Action::Bind(request)) = socket.poll_action() else {
        panic!("a bind is an action");
    };
    assert_eq!(request.family, Family::V6);
    assert_eq!(Address::parse("fe80::1%2"), Some(request.address));
    assert_eq!((request.port, request.fd), (5, None));
    assert!(
        request.exclusive,
        "a shared port is never shared by cluster"
    );
    assert!(request.reuse_address && request.reuse_port && request.ipv6_only);
    assert_eq!(request.receive_buffer_size, Some(1));
    assert_eq!(request.send_buffer_size, Some(2));
    assert_eq!(socket.poll_action(), None, "each action is handed out once");
}

#[test]
fn only_explicit_binds_are_shared() {
    for (exclusive, expected) in [(false, false), (true, true)] {
        let mut storage = SmallStorage::new();
        let mut socket = udp4(&mut storage);
        socket
            .bind(BindOptions::port(5).exclusive(exclusive))
            .unwrap();
        let Some(Action::Bind(request)) = socket.poll_action() else {
            panic!("a bind is an action");
        };
        assert_eq!(request.exclusive, expected);
    }
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.send(hello("a")).unwrap();
    let Some(Action::Bind(request)) = socket.poll_action() else {
        panic!("a send binds");
    };
    assert!(request.exclusive);
}

#[test]
fn a_failed_bind_leaves_the_socket_unbound_and_usable() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket
        .bind(BindOptions::port(5).address("192.0.2.9"))
        .unwrap();
    let mut backend = Backend::new();
    backend.bind = Err(Errno::EADDRNOTAVAIL);
    backend.drive(&mut socket);
    // The state is reset before the error is told, so that its handler can bind again.
    assert_eq!(socket.bind_state(), BindState::Unbound);
    let told = events(&mut socket);
    assert_eq!(told, ["Bind error: bind EADDRNOTAVAIL 192.0.2.9:5"]);
    bring_up(&mut socket);
}

#[test]
fn an_implicit_bind_that_fails_ends_all_that_waited_after_its_error() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    let first = socket.send(hello("a")).unwrap();
    socket.send(hello("b").unreported()).unwrap();
    socket.connect(peer(7)).unwrap();
    let last = socket.send(hello("c")).unwrap();
    let mut backend = Backend::new();
    backend.bind = Err(Errno::EACCES);
    let told = backend.turn(&mut socket);
    let expected = [
        "Bind error: bind EACCES 0.0.0.0".to_string(),
        format!("sent {}: send ECANCELED 192.0.2.1:9", first.0),
        format!("sent {}: send ECANCELED 192.0.2.1:9", last.0),
    ];
    assert_eq!(told, expected);
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    assert_eq!(socket.stats().canceled, 3);
    // The next send tries again.
    let again = socket.send(hello("d")).unwrap();
    let told = Backend::new().turn(&mut socket);
    assert_eq!(told, ["listening".into(), format!("sent {}: 1", again.0)]);
}

#[test]
fn a_host_name_is_looked_up_and_then_bound() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket
        .bind(BindOptions::port(5).address("example.org"))
        .unwrap();
    let mut backend = Backend::new();
    assert_eq!(backend.turn(&mut socket), ["listening"]);
    assert_eq!(backend.log, ["look up example.org", "bind 198.51.100.7:5"]);
}

#[test]
fn a_host_name_that_does_not_exist_fails_the_bind() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket
        .bind(BindOptions::port(5).address("no.example"))
        .unwrap();
    let mut backend = Backend::new();
    backend.lookup = Err(Errno::ENOTFOUND);
    let told = backend.turn(&mut socket);
    assert_eq!(told, ["Bind error: getaddrinfo ENOTFOUND no.example"]);
    assert_eq!(backend.log, ["look up no.example"]);
    assert_eq!(socket.bind_state(), BindState::Unbound);
    bring_up(&mut socket);
}

#[test]
fn a_name_that_cannot_be_one_is_refused_at_once() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    let long = "a".repeat(254);
    for name in [long.as_str(), "a\0b"] {
        let options = BindOptions::default().address(name);
        assert_eq!(socket.bind(options), Err(Misuse::BadHostName));
    }
    assert_eq!(socket.bind_state(), BindState::Unbound);
    assert!(!socket.is_ready());
}

#[test]
fn bind_sync_has_its_failure_within_the_call() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    let by_name = socket.bind_sync(BindOptions::default().address("example.org"));
    assert!(matches!(by_name, Err(Misuse::NotNumeric { .. })));
    socket.bind_sync(BindOptions::port(5)).unwrap();
    let mut backend = Backend::new();
    backend.bind = Err(Errno::EADDRINUSE);
    assert_eq!(backend.turn(&mut socket), [""; 0], "no event tells of it");
    assert_eq!(socket.bind_state(), BindState::Unbound);
}

#[test]
fn a_close_overtakes_the_listening_of_bind_sync_only() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.bind_sync(BindOptions::default()).unwrap();
    Backend::new().drive(&mut socket);
    socket.close().unwrap();
    assert_eq!(events(&mut socket), ["close"]);

    let mut socket = socket.renew(Options::new(SocketType::Udp4));
    socket.bind(BindOptions::default()).unwrap();
    Backend::new().drive(&mut socket);
    socket.close().unwrap();
    assert_eq!(events(&mut socket), ["listening", "close"]);
}

#[test]
fn an_adopted_descriptor_has_its_failure_within_the_call() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket
        .bind(BindOptions::port(5).address("example.org").fd(7))
        .unwrap();
    let mut backend = Backend::new();
    backend.bind = Err(Errno::EEXIST);
    assert_eq!(backend.turn(&mut socket), [""; 0]);
    assert_eq!(backend.log, ["adopt 7"], "its address does not count");
    assert_eq!(socket.bind_state(), BindState::Unbound);
    // Numbers below 1 are ignored.
    socket.bind(BindOptions::default().fd(0)).unwrap();
    assert_eq!(backend.turn(&mut socket).len(), 1);
    assert_eq!(backend.log, ["adopt 7", "bind 0.0.0.0:0"]);
}

#[test]
fn an_adopted_descriptor_listens_even_if_it_is_closed_at_once() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.bind(BindOptions::default().fd(7)).unwrap();
    Backend::new().drive(&mut socket);
    socket.close().unwrap();
    // Node emits 'listening' before such a bind returns, so no close can overtake it.
    assert_eq!(events(&mut socket), ["listening", "close"]);
}

#[test]
fn an_answer_that_nobody_waits_for_is_counted_and_dropped() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    assert_eq!(socket.handle_bind(Ok(LOCAL)), Ok(()));
    assert_eq!(socket.bind_state(), BindState::Unbound);
    socket.handle_local_address(LOCAL);
    assert!(socket.address().is_err());
    bring_up(&mut socket);
    let elsewhere = Endpoint::new(LOCAL.address, 1);
    assert_eq!(socket.handle_bind(Ok(elsewhere)), Ok(()));
    assert_eq!(socket.address(), Ok(LOCAL));
    assert_eq!(socket.stats().stale, 2);
    socket.handle_local_address(elsewhere);
    assert_eq!(socket.address(), Ok(elsewhere));
}

#[test]
fn a_rebound_socket_gets_its_options_groups_and_peer_back() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    let mut backend = Backend::new();
    let group = Ipv4Addr::new(224, 0, 0, 251).into();
    socket
        .bind(BindOptions::port(5).address("192.0.2.9"))
        .unwrap();
    backend.bind = Ok(Endpoint::new(Ipv4Addr::new(192, 0, 2, 9).into(), 5));
    backend.drive(&mut socket);
    socket.set_ttl(3).unwrap();
    socket
        .add_membership(group, crate::Interface::Default)
        .unwrap();
    socket.connect(peer(9)).unwrap();
    assert_eq!(backend.turn(&mut socket), ["listening", "connect"]);
    backend.transmit = Transmitted::Blocked(Full::Buffer);
    let token = socket.send(Datagram::new("waits")).unwrap();
    backend.drive(&mut socket);

    socket.rebind().unwrap();
    backend.log.clear();
    backend.transmit = Transmitted::Sent;
    // In any order: the datagram does not leave before the peer is back.
    while backend.transmit(&mut socket) || backend.act(&mut socket) {}
    assert_eq!(
        backend.log,
        [
            "bind 192.0.2.9:5",
            "set Ttl(3)",
            "join 224.0.0.251",
            "connect 192.0.2.1:9",
            "send \"waits\" to the peer"
        ]
    );
    let sent = format!("sent {}: 5", token.0);
    assert_eq!(events(&mut socket), ["listening".to_string(), sent]);
}

#[test]
fn a_connect_under_way_is_begun_again_by_a_rebind() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.connect(peer(9)).unwrap();
    assert!(matches!(socket.poll_action(), Some(Action::Connect(_))));
    socket.rebind().unwrap();
    let mut backend = Backend::new();
    assert_eq!(backend.turn(&mut socket), ["listening", "connect"]);
    assert_eq!(backend.log, ["bind 0.0.0.0:49152", "connect 192.0.2.1:9"]);
}

#[test]
fn a_rebind_that_fails_unbinds_the_socket() {
    let mut storage = SmallStorage::new();
    let mut socket = connected(&mut storage);
    socket.rebind().unwrap();
    let mut backend = Backend::new();
    backend.bind = Err(Errno::ENETDOWN);
    let told = backend.turn(&mut socket);
    assert_eq!(told, ["Bind error: bind ENETDOWN 0.0.0.0:49152"]);
    assert_eq!(socket.bind_state(), BindState::Unbound);
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    bring_up(&mut socket);
}

#[test]
fn closing_before_a_rebind_is_polled_releases_what_the_backend_has() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.rebind().unwrap();
    socket.close().unwrap();
    let mut backend = Backend::new();
    assert_eq!(backend.turn(&mut socket), ["close"]);
    assert_eq!(backend.log, ["close"]);
}

#[test]
fn a_driver_learns_which_failures_are_no_events() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    assert!(!socket.answers_within_call());
    for (within_call, told) in [(true, 0), (false, 1)] {
        if within_call {
            socket.bind_sync(BindOptions::default()).unwrap();
        } else {
            socket.bind(BindOptions::default()).unwrap();
        }
        assert!(matches!(socket.poll_action(), Some(Action::Bind(_))));
        assert_eq!(socket.answers_within_call(), within_call);
        let error = bind_error(Errno::EADDRINUSE, LOCAL);
        assert_eq!(socket.handle_bind(Err(error)), Err(error));
        assert_eq!(events(&mut socket).len(), told);
        assert!(!socket.answers_within_call());
        socket.handle_failure(crate::Operation::Bind, error);
        assert_eq!(
            events(&mut socket),
            ["Bind error: bind EADDRINUSE 0.0.0.0:49152"]
        );
    }
}

#[test]
fn a_driver_learns_which_failed_connects_are_no_events() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.connect_sync(peer(9)).unwrap();
    assert!(matches!(socket.poll_action(), Some(Action::Connect(_))));
    assert!(socket.answers_within_call());
    assert!(socket.handle_connect(Err(Errno::EINVAL)).is_err());
    assert_eq!(events(&mut socket), [""; 0]);
    socket.connect(peer(9)).unwrap();
    assert!(matches!(socket.poll_action(), Some(Action::Connect(_))));
    assert!(!socket.answers_within_call());
    assert!(socket.handle_connect(Err(Errno::EINVAL)).is_err());
    assert_eq!(
        events(&mut socket),
        ["Connect error: connect EINVAL 192.0.2.1:9"]
    );
}

#[test]
fn a_peer_that_does_not_come_back_leaves_the_completions_their_places() {
    let mut storage: Storage<64, 3, 0, 5, 0> = Storage::new();
    let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    bring_up(&mut socket);
    socket.connect(peer(9)).unwrap();
    let mut backend = Backend::new();
    assert_eq!(backend.turn(&mut socket), ["connect"]);
    socket.rebind().unwrap();
    let tokens = [(); 3].map(|()| socket.send(Datagram::new("a")).unwrap());
    backend.connect = Err(Errno::ENETUNREACH);
    backend.drive(&mut socket);
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    socket.close().unwrap();
    let told = events(&mut socket);
    assert_eq!(told[0], "listening");
    // One place was left, for `Close`: the error is counted instead.
    assert_eq!(socket.stats().errors_lost, 1);
    let failed = tokens.map(|token| format!("sent {}: send EDESTADDRREQ", token.0));
    assert_eq!(told[1..4], failed);
    assert_eq!(told[4..], ["close"]);
}
