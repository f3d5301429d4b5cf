//! Connecting and disconnecting.

use super::*;

#[test]
fn a_connect_binds_first() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.connect(peer(9)).unwrap();
    assert_eq!(socket.connect_state(), ConnectState::Connecting);
    let mut backend = Backend::new();
    let local = Endpoint::new(Ipv4Addr::new(192, 0, 2, 9).into(), 5);
    backend.connect = Ok(Some(local));
    assert_eq!(backend.turn(&mut socket), ["listening", "connect"]);
    assert_eq!(backend.log, ["bind 0.0.0.0:0", "connect 192.0.2.1:9"]);
    let peer = Endpoint::new(Ipv4Addr::new(192, 0, 2, 1).into(), 9);
    assert_eq!(socket.remote_address(), Ok(peer));
    assert_eq!(socket.address(), Ok(local), "a connect may narrow it");
}

#[test]
fn a_connect_goes_to_loopback_by_default() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.connect(Destination::local(9)).unwrap();
    let mut backend = Backend::new();
    assert_eq!(backend.turn(&mut socket), ["connect"]);
    assert_eq!(backend.log, ["connect 127.0.0.1:9"]);
}

#[test]
fn a_refused_connect_leaves_the_socket_disconnected_and_usable() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.connect(peer(9)).unwrap();
    let mut backend = Backend::new();
    backend.connect = Err(Errno::EACCES);
    backend.drive(&mut socket);
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    let told = events(&mut socket);
    assert_eq!(told, ["Connect error: connect EACCES 192.0.2.1:9"]);
    socket.connect(peer(9)).unwrap();
    assert_eq!(Backend::new().turn(&mut socket), ["connect"]);
}

#[test]
fn a_connect_whose_name_fails_says_the_name() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.connect(Destination::new("no.example", 9)).unwrap();
    let mut backend = Backend::new();
    backend.lookup = Err(Errno::ENOTFOUND);
    let told = backend.turn(&mut socket);
    assert_eq!(told, ["Connect error: getaddrinfo ENOTFOUND no.example"]);
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);

    backend.lookup = Ok(LOCAL.address);
    backend.connect = Err(Errno::ENETUNREACH);
    socket.connect(Destination::new("example.org", 9)).unwrap();
    let told = backend.turn(&mut socket);
    assert_eq!(told, ["Connect error: connect ENETUNREACH example.org:9"]);
}

#[test]
fn a_connect_to_the_other_family_or_to_a_blocked_peer_never_reaches_the_backend() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let mut backend = Backend::new();
    socket.connect(Destination::new("::1", 9)).unwrap();
    let told = backend.turn(&mut socket);
    assert_eq!(told, ["Connect error: connect EINVAL ::1:9"]);
    let blocked = Ipv4Addr::new(192, 0, 2, 1).into();
    socket.block_sending(crate::Rule::address(blocked)).unwrap();
    socket.connect(peer(9)).unwrap();
    let told = backend.turn(&mut socket);
    let text = "Connect error: IP(192.0.2.1) is blocked by net.BlockList";
    assert_eq!(told, [text]);
    assert_eq!(backend.log, [""; 0]);
    socket.clear_block_lists();
    socket.connect(peer(9)).unwrap();
    assert_eq!(backend.turn(&mut socket), ["connect"]);
}

#[test]
fn earlier_sends_leave_before_a_connect_and_later_ones_find_it_done() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    let before = socket.send(hello("before")).unwrap();
    socket.connect(peer(7)).unwrap();
    let after = socket.send(hello("after")).unwrap();
    let mut backend = Backend::new();
    let expected = [
        "listening".to_string(),
        format!("sent {}: 6", before.0),
        "connect".into(),
        format!("sent {}: send EISCONN 192.0.2.1:9", after.0),
    ];
    assert_eq!(backend.turn(&mut socket), expected);
    let send = "send \"before\" to 192.0.2.1:9";
    assert_eq!(backend.log, ["bind 0.0.0.0:0", send, "connect 192.0.2.1:7"]);
}

#[test]
fn connect_sync_has_its_result_within_the_call() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.connect_sync(peer(9)).unwrap();
    let mut backend = Backend::new();
    backend.drive(&mut socket);
    assert!(socket.remote_address().is_ok());
    assert_eq!(events(&mut socket), ["listening", "connect"]);
    socket.disconnect().unwrap();
    backend.connect = Err(Errno::EACCES);
    socket.connect_sync(peer(9)).unwrap();
    assert_eq!(backend.turn(&mut socket), [""; 0], "no event tells of it");
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    assert_eq!(socket.bind_state(), BindState::Bound);
}

#[test]
fn connect_sync_labels_its_failure() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.connect_sync(peer(9)).unwrap();
    assert!(matches!(socket.poll_action(), Some(Action::Connect(_))));
    let error = socket.handle_connect(Err(Errno::EACCES)).unwrap_err();
    assert_eq!(error.to_string(), "connect EACCES 192.0.2.1:9");
}

#[test]
fn connect_sync_fails_within_the_call_when_its_bind_fails() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.connect_sync(peer(9)).unwrap();
    let mut backend = Backend::new();
    backend.bind = Err(Errno::EACCES);
    assert_eq!(backend.turn(&mut socket), [""; 0]);
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    assert_eq!(socket.bind_state(), BindState::Unbound);
    bring_up(&mut socket);
}

#[test]
fn connect_sync_to_a_blocked_peer_leaves_its_implicit_bind() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    let rule = crate::Rule::address(Ipv4Addr::new(192, 0, 2, 1).into());
    socket.block_sending(rule).unwrap();
    let refused = socket.connect_sync(peer(9));
    assert!(matches!(refused, Err(Misuse::IpBlocked(_))));
    assert_eq!(Backend::new().turn(&mut socket), ["listening"]);
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
}

#[test]
fn a_close_overtakes_the_connect_event_of_connect_sync_only() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.connect_sync(peer(9)).unwrap();
    Backend::new().drive(&mut socket);
    socket.close().unwrap();
    assert_eq!(Backend::new().turn(&mut socket), ["close"]);

    let mut socket = socket.renew(Options::new(SocketType::Udp4));
    bring_up(&mut socket);
    socket.connect(peer(9)).unwrap();
    Backend::new().drive(&mut socket);
    socket.close().unwrap();
    assert_eq!(Backend::new().turn(&mut socket), ["connect", "close"]);
}

#[test]
fn no_room_for_the_events_of_connect_sync_leaves_the_socket_unbound() {
    let mut storage: Storage<64, 1, 0, 4, 0> = Storage::new();
    let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    let failure = SystemError::new(Syscall::RecvMsg, Errno::EIO);
    for _ in 0..2 {
        socket.handle_failure(crate::Operation::Receive, failure);
    }
    assert_eq!(socket.connect_sync(peer(9)), Err(Misuse::QueueFull));
    assert_eq!(socket.bind_state(), BindState::Unbound);
    assert_eq!(socket.poll_action(), None);
    let error = "Receive error: recvmsg EIO";
    assert_eq!(events(&mut socket), [error, error, "drained"]);
    socket.connect_sync(peer(9)).unwrap();
    assert_eq!(Backend::new().turn(&mut socket), ["listening", "connect"]);
}

#[test]
fn disconnecting_is_done_at_once_and_told_to_the_backend() {
    let mut storage = SmallStorage::new();
    let mut socket = connected(&mut storage);
    socket.disconnect().unwrap();
    assert_eq!(socket.disconnect(), Err(Misuse::NotConnected));
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    let mut backend = Backend::new();
    assert_eq!(backend.turn(&mut socket), [""; 0]);
    assert_eq!(backend.log, ["disconnect"]);
    assert_eq!(socket.remote_address(), Err(Misuse::NotConnected.into()));
}

#[test]
fn a_failed_disconnect_keeps_the_peer_and_carries_connects_label() {
    let mut storage = SmallStorage::new();
    let mut socket = connected(&mut storage);
    socket.disconnect().unwrap();
    assert_eq!(socket.poll_action(), Some(Action::Disconnect));
    let error = socket.handle_disconnect(Err(Errno::ENOTCONN)).unwrap_err();
    assert_eq!(error.to_string(), "connect ENOTCONN");
    assert_eq!(socket.connect_state(), ConnectState::Connected);
    // Nobody waits for a second answer.
    socket.disconnect().unwrap();
    assert_eq!(socket.poll_action(), Some(Action::Disconnect));
    assert_eq!(socket.handle_disconnect(Ok(())), Ok(()));
    assert_eq!(socket.handle_disconnect(Err(Errno::EIO)), Ok(()));
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    assert_eq!(socket.stats().stale, 1);
}

#[test]
fn a_socket_that_never_disconnected_takes_no_answer_to_it() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    assert_eq!(socket.handle_disconnect(Err(Errno::EIO)), Ok(()));
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    assert_eq!(socket.stats().stale, 1);
}

#[test]
fn the_backend_lets_the_old_peer_go_before_the_new_one_comes() {
    let mut storage = SmallStorage::new();
    let mut socket = connected(&mut storage);
    socket.disconnect().unwrap();
    let between = socket.send(hello("between")).unwrap();
    socket.connect(peer(7)).unwrap();
    let mut backend = Backend::new();
    // Even if datagrams are polled before actions.
    while backend.transmit(&mut socket) || backend.act(&mut socket) {}
    let send = "send \"between\" to 192.0.2.1:9";
    assert_eq!(backend.log, ["disconnect", send, "connect 192.0.2.1:7"]);
    let sent = format!("sent {}: 7", between.0);
    assert_eq!(events(&mut socket), [sent, "connect".into()]);
}

#[test]
fn what_waits_for_the_peer_fails_when_it_is_let_go() {
    let mut storage = SmallStorage::new();
    let mut socket = connected(&mut storage);
    let token = socket.send(Datagram::new("a")).unwrap();
    socket.disconnect().unwrap();
    let told = Backend::new().turn(&mut socket);
    assert_eq!(told, [format!("sent {}: send EDESTADDRREQ", token.0)]);
}
