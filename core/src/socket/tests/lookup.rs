//! Host names, and resolvers that want to see every host.

use super::*;

fn named(text: &str) -> Datagram<'_> {
    Datagram::new(text).to(Destination::new("example.org", 9))
}

#[test]
fn a_host_name_is_looked_up_before_its_datagram_leaves() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.send(named("a")).unwrap();
    assert_eq!(socket.poll_transmit(), None);
    let mut backend = Backend::new();
    assert_eq!(backend.turn(&mut socket), ["sent 0: 1"]);
    let send = "send \"a\" to 198.51.100.7:9";
    assert_eq!(backend.log, ["look up example.org", send]);
}

#[test]
fn a_slow_name_delays_nobody() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.send(named("slow")).unwrap();
    socket.send(hello("fast")).unwrap();
    let mut backend = Backend::new();
    backend.holds_lookups = true;
    let told = backend.turn(&mut socket);
    assert_eq!(told, ["listening", "sent 1: 4"]);
    socket.handle_lookup(backend.lookups[0], Ok(Ipv4Addr::LOCALHOST.into()));
    assert_eq!(backend.turn(&mut socket), ["sent 0: 4"]);
}

#[test]
fn a_name_that_is_found_takes_its_old_place_in_line() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.send(named("first")).unwrap();
    socket.send(hello("second")).unwrap();
    let mut backend = Backend::new();
    backend.transmit = Transmitted::Blocked(Full::Buffer);
    backend.drive(&mut socket);
    backend.transmit = Transmitted::Sent;
    assert_eq!(backend.turn(&mut socket), ["sent 0: 5", "sent 1: 6"]);
}

#[test]
fn a_failed_lookup_completes_the_send_with_its_name() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let mut backend = Backend::new();
    backend.lookup = Err(Errno::ENOTFOUND);
    socket.send(named("a")).unwrap();
    let told = backend.turn(&mut socket);
    assert_eq!(told, ["sent 0: getaddrinfo ENOTFOUND example.org"]);
    // Without a completion it is an error event.
    socket.send(named("a").unreported()).unwrap();
    let told = backend.turn(&mut socket);
    assert_eq!(told, ["Send error: getaddrinfo ENOTFOUND example.org"]);
    assert_eq!(socket.stats().failed, 2);
}

#[test]
fn an_error_event_without_room_is_counted() {
    let mut storage = TinyStorage::new();
    let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    bring_up(&mut socket);
    let mut backend = Backend::new();
    backend.lookup = Err(Errno::ENOTFOUND);
    for _ in 0..4 {
        // Two can wait in this storage.
        let accepted = socket.send(named("a").unreported());
        backend.drive(&mut socket);
        assert!(accepted.is_ok() || socket.stats().overflowed > 0);
    }
    let told = events(&mut socket);
    let error = "Send error: getaddrinfo ENOTFOUND example.org";
    assert_eq!(told, [error, error, "drained"]);
    let failure = SystemError::new(Syscall::RecvMsg, Errno::EIO);
    for _ in 0..4 {
        socket.handle_failure(crate::Operation::Receive, failure);
    }
    assert_eq!(socket.stats().errors_lost, 1);
    assert_eq!(events(&mut socket).len(), 3);
}

#[test]
fn an_address_of_the_other_family_fails_in_the_call_that_uses_it() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let mut backend = Backend::new();
    backend.lookup = Ok(core::net::Ipv6Addr::LOCALHOST.into());
    socket.send(named("a")).unwrap();
    socket.connect(Destination::new("example.org", 9)).unwrap();
    let expected = [
        "sent 0: send EINVAL example.org:9",
        "Connect error: connect EINVAL example.org:9",
    ];
    assert_eq!(backend.turn(&mut socket), expected);
}

#[test]
fn a_stale_answer_is_counted_and_completes_nothing() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.send(named("a")).unwrap();
    let mut backend = Backend::new();
    backend.holds_lookups = true;
    backend.drive(&mut socket);
    let token = backend.lookups[0];
    socket.handle_lookup(token, Err(Errno::ENOTFOUND));
    socket.handle_lookup(token, Ok(LOCAL.address));
    socket.handle_lookup(LookupToken(99), Ok(LOCAL.address));
    assert_eq!(socket.stats().stale, 2);
    assert_eq!(backend.turn(&mut socket).len(), 1);
}

#[test]
fn an_eager_resolver_sees_every_host() {
    let mut storage = SmallStorage::new();
    let options = Options::new(SocketType::Udp4).look_up_always(true);
    let mut socket = Socket::new(options, &mut storage);
    socket.send(hello("a")).unwrap();
    let mut backend = Backend::new();
    backend.lookup = Ok(Ipv4Addr::LOCALHOST.into());
    assert_eq!(backend.turn(&mut socket), ["listening", "sent 1: 1"]);
    socket.connect(Destination::local(7)).unwrap();
    assert_eq!(backend.turn(&mut socket), ["connect"]);
    socket.send(Datagram::new("b")).unwrap();
    backend.drive(&mut socket);
    let expected = [
        "look up 0.0.0.0",
        "bind 127.0.0.1:0",
        "look up 192.0.2.1",
        "send \"a\" to 127.0.0.1:9",
        "look up 127.0.0.1",
        "connect 127.0.0.1:7",
        "send \"b\" to the peer",
    ];
    assert_eq!(backend.log, expected);
}

#[test]
fn a_failed_lookup_of_an_address_names_the_address() {
    let mut storage = SmallStorage::new();
    let options = Options::new(SocketType::Udp4).look_up_always(true);
    let mut socket = Socket::new(options, &mut storage);
    let mut backend = Backend::new();
    backend.lookup = Err(Errno::EAIFAIL);
    socket
        .bind(BindOptions::port(5).address("192.0.2.9"))
        .unwrap();
    let told = backend.turn(&mut socket);
    assert_eq!(told, ["Bind error: getaddrinfo EAI_FAIL 192.0.2.9"]);
}
