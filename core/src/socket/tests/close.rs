//! Closing.

use super::*;

#[test]
fn an_unbound_socket_closes_without_the_backend() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.close().unwrap();
    assert!(socket.is_closed() && !socket.is_finished());
    let mut backend = Backend::new();
    assert_eq!(backend.turn(&mut socket), ["close"]);
    assert_eq!(backend.log, [""; 0]);
    assert!(socket.is_finished() && !socket.is_ready());
    assert_eq!(socket.close(), Err(Misuse::NotRunning));
    assert_eq!(events(&mut socket), [""; 0], "one close, one event");
}

#[test]
fn a_bound_socket_is_released_by_the_backend() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.close().unwrap();
    let mut backend = Backend::new();
    assert_eq!(backend.turn(&mut socket), ["close"]);
    assert_eq!(backend.log, ["close"]);
}

#[test]
fn closing_abandons_a_bind_for_which_nothing_waits() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.bind(BindOptions::default()).unwrap();
    socket.close().unwrap();
    let mut backend = Backend::new();
    assert_eq!(backend.turn(&mut socket), ["close"]);
    assert_eq!(backend.log, [""; 0], "the bind had not been handed out");

    // While the backend is at it, its answer comes too late.
    let mut socket = socket.renew(Options::new(SocketType::Udp4));
    socket.bind(BindOptions::default()).unwrap();
    assert!(matches!(socket.poll_action(), Some(Action::Bind(_))));
    socket.close().unwrap();
    assert_eq!(socket.handle_bind(Ok(LOCAL)), Ok(()));
    assert_eq!(backend.turn(&mut socket), ["close"]);
    assert_eq!(backend.log, ["close"]);
    assert_eq!(socket.stats().stale, 1);
}

#[test]
fn closing_abandons_the_lookup_of_a_bind() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket
        .bind(BindOptions::default().address("example.org"))
        .unwrap();
    let mut backend = Backend::new();
    backend.holds_lookups = true;
    backend.drive(&mut socket);
    socket.close().unwrap();
    for outcome in [Ok(LOCAL.address), Err(Errno::ENOTFOUND)] {
        socket.handle_lookup(backend.lookups[0], outcome);
    }
    assert_eq!(backend.turn(&mut socket), ["close"]);
    assert_eq!(socket.stats().stale, 2);
    assert_eq!(backend.log, ["look up example.org"]);
}

#[test]
fn a_send_and_a_close_bind_listen_cancel_and_close() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    let token = socket.send(hello("never")).unwrap();
    socket.close().unwrap();
    assert_eq!(socket.close(), Err(Misuse::NotRunning));
    assert!(!socket.is_finished());
    let mut backend = Backend::new();
    let told = backend.turn(&mut socket);
    let canceled = format!("sent {}: send ECANCELED 192.0.2.1:9", token.0);
    assert_eq!(told, ["listening".to_string(), canceled, "close".into()]);
    assert_eq!(backend.log, ["bind 0.0.0.0:0", "close"]);
}

#[test]
fn a_deferred_close_happens_also_when_the_bind_fails() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    let token = socket.send(hello("never")).unwrap();
    socket.close().unwrap();
    let mut backend = Backend::new();
    backend.bind = Err(Errno::EACCES);
    let told = backend.turn(&mut socket);
    let expected = [
        "Bind error: bind EACCES 0.0.0.0".to_string(),
        format!("sent {}: send ECANCELED 192.0.2.1:9", token.0),
        "close".into(),
    ];
    assert_eq!(told, expected);
    assert_eq!(
        backend.log,
        ["bind 0.0.0.0:0"],
        "there is nothing to release"
    );
}

#[test]
fn a_deferred_close_happens_also_when_the_lookup_fails() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket
        .bind(BindOptions::default().address("no.example"))
        .unwrap();
    let token = socket.send(hello("never")).unwrap();
    socket.close().unwrap();
    let mut backend = Backend::new();
    backend.lookup = Err(Errno::EAIAGAIN);
    let expected = [
        "Bind error: getaddrinfo EAI_AGAIN no.example".to_string(),
        format!("sent {}: send ECANCELED 192.0.2.1:9", token.0),
        "close".into(),
    ];
    assert_eq!(backend.turn(&mut socket), expected);
}

#[test]
fn closing_cancels_what_waits_for_the_stack_and_for_lookups() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let mut backend = Backend::new();
    backend.transmit = Transmitted::Blocked(Full::Buffer);
    backend.holds_lookups = true;
    let named = Datagram::new("a").to(Destination::new("example.org", 9));
    let first = socket.send(named).unwrap();
    let second = socket.send(hello("b")).unwrap();
    let silent = socket.send(hello("c").unreported()).unwrap();
    backend.drive(&mut socket);
    socket.close().unwrap();
    socket.handle_lookup(backend.lookups[0], Ok(LOCAL.address));
    socket.handle_transmit(second, Transmitted::Sent);
    socket.handle_transmit(silent, Transmitted::Failed(Errno::EIO));
    assert_eq!(socket.poll_transmit(), None);
    let expected = [
        format!("sent {}: send ECANCELED example.org:9", first.0),
        format!("sent {}: send ECANCELED 192.0.2.1:9", second.0),
        "close".into(),
    ];
    assert_eq!(backend.turn(&mut socket), expected);
    assert_eq!((socket.stats().canceled, socket.stats().stale), (3, 3));
    assert_eq!(
        (socket.send_queue_count(), socket.send_queue_size()),
        (0, 0)
    );
}

#[test]
fn what_is_sent_before_a_close_has_its_result_before_it() {
    let mut storage = SmallStorage::new();
    let mut socket = connected(&mut storage);
    let token = socket.send(Datagram::new("a")).unwrap();
    Backend::new().drive(&mut socket);
    socket.close().unwrap();
    let told = Backend::new().turn(&mut socket);
    assert_eq!(told, [format!("sent {}: 1", token.0), "close".into()]);
}

#[test]
fn nothing_is_received_after_close() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.close().unwrap();
    let meta = crate::RecvMeta::from_sender(LOCAL);
    assert_eq!(socket.handle_datagram(&meta, b"late"), None);
    assert_eq!(socket.stats().dropped_not_running, 1);
}

#[test]
fn late_answers_change_nothing_and_are_counted() {
    let mut storage = SmallStorage::new();
    let mut socket = connected(&mut storage);
    let group = Ipv4Addr::new(224, 0, 0, 251).into();
    let membership = crate::Membership::any_source(group, crate::Interface::Default);
    socket
        .add_membership(group, crate::Interface::Default)
        .unwrap();
    assert!(matches!(socket.poll_action(), Some(Action::Membership(..))));
    socket.disconnect().unwrap();
    assert_eq!(socket.poll_action(), Some(Action::Disconnect));
    socket.close().unwrap();
    let add = MembershipChange::Add;
    assert_eq!(
        socket.handle_membership(add, membership, Err(Errno::ENODEV)),
        Ok(())
    );
    assert_eq!(socket.handle_disconnect(Err(Errno::EIO)), Ok(()));
    assert_eq!(socket.handle_connect(Ok(None)), Ok(()));
    let option = crate::SocketOption::Ttl(1);
    assert_eq!(socket.handle_option(option, Err(Errno::EIO)), Ok(()));
    let failure = SystemError::new(Syscall::RecvMsg, Errno::ECONNREFUSED);
    socket.handle_failure(crate::Operation::Receive, failure);
    assert_eq!(socket.stats().stale, 5);
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    assert_eq!(Backend::new().turn(&mut socket), ["close"]);
}
