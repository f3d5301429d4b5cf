//! Receiving: whom a socket hears.

use core::net::Ipv6Addr;

use super::*;
use crate::RecvMeta;

const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

fn from(address: impl Into<Address>, port: u16) -> RecvMeta {
    RecvMeta::from_sender(Endpoint::new(address.into(), port))
}

#[test]
fn a_datagram_is_handed_on_with_the_same_bytes() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let mut meta = from(PEER, 9);
    meta.wire_len = Some(7);
    let data: &[u8] = b"hello";
    let message = socket.handle_datagram(&meta, data).unwrap();
    assert!(core::ptr::eq(message.data, data));
    assert_eq!((message.meta, message.truncated_by()), (&meta, 2));
    // An empty one is a message, too, and one whose sender nobody knows.
    meta.sender = None;
    let message = socket.handle_datagram(&meta, b"").unwrap();
    assert_eq!((message.data.len(), message.meta.sender), (0, None));
    let stats = socket.stats();
    assert_eq!((stats.received, stats.delivered), (2, 2));
}

#[test]
fn nothing_is_received_before_the_socket_is_bound() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    assert!(socket.handle_datagram(&from(PEER, 9), b"x").is_none());
    socket.bind(BindOptions::default()).unwrap();
    assert!(socket.handle_datagram(&from(PEER, 9), b"x").is_none());
    assert_eq!(socket.stats().dropped_not_running, 2);
}

#[test]
fn a_connected_socket_hears_its_peer_only() {
    let mut storage = SmallStorage::new();
    let mut socket = connected(&mut storage);
    let takes = |socket: &mut Socket<'_>, meta| socket.handle_datagram(&meta, b"x").is_some();
    assert!(takes(&mut socket, from(PEER, 9)));
    assert!(!takes(&mut socket, from(PEER, 8)));
    assert!(!takes(&mut socket, from(Ipv4Addr::new(192, 0, 2, 2), 9)));
    assert_eq!(socket.stats().dropped_peer, 2);
    // Also while the connection is made again.
    socket.rebind().unwrap();
    assert!(!takes(&mut socket, from(PEER, 9)), "it is not bound");
    assert!(matches!(socket.poll_action(), Some(Action::Bind(_))));
    socket.handle_bind(Ok(LOCAL)).unwrap();
    assert!(!takes(&mut socket, from(PEER, 8)));
    assert!(matches!(socket.poll_action(), Some(Action::Connect(_))));
    assert!(!takes(&mut socket, from(PEER, 8)));
    socket.handle_connect(Ok(None)).unwrap();
    assert!(takes(&mut socket, from(PEER, 9)));
    socket.disconnect().unwrap();
    assert!(takes(&mut socket, from(PEER, 8)));
}

#[test]
fn a_peer_with_a_scope_is_heard_in_its_scope_only() {
    let mut storage = SmallStorage::new();
    let mut socket = Socket::new(Options::new(SocketType::Udp6), &mut storage);
    bring_up(&mut socket);
    let ip = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
    let peer = Endpoint::new(Address::scoped(ip, 2), 9);
    socket.connect(peer).unwrap();
    assert_eq!(Backend::new().turn(&mut socket), ["connect"]);
    for (scope_id, is_heard) in [(0, true), (1, false), (2, true)] {
        let meta = from(Address::scoped(ip, scope_id), 9);
        assert_eq!(socket.handle_datagram(&meta, b"").is_some(), is_heard);
    }
}

#[test]
fn the_wildcard_address_as_a_peer_stands_for_this_host() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket
        .connect(Destination::new(Ipv4Addr::UNSPECIFIED, 9))
        .unwrap();
    assert_eq!(Backend::new().turn(&mut socket), ["connect"]);
    let meta = from(Ipv4Addr::LOCALHOST, 9);
    assert!(socket.handle_datagram(&meta, b"").is_some());
    let meta = from(Ipv4Addr::LOCALHOST, 8);
    assert!(socket.handle_datagram(&meta, b"").is_none());
}

#[test]
fn families_are_kept_apart() {
    let v4 = Address::from(Ipv4Addr::LOCALHOST);
    let v6 = Address::from(Ipv6Addr::LOCALHOST);
    let mapped = Address::from(Ipv4Addr::LOCALHOST.to_ipv6_mapped());
    let dual = Options::new(SocketType::Udp6);
    for (options, expected) in [
        (Options::new(SocketType::Udp4), [true, false, false]),
        (dual, [false, true, true]),
        (dual.ipv6_only(true), [false, true, false]),
    ] {
        let mut storage = SmallStorage::new();
        let mut socket = Socket::new(options, &mut storage);
        bring_up(&mut socket);
        let heard =
            [v4, v6, mapped].map(|sender| socket.handle_datagram(&from(sender, 9), b"").is_some());
        assert_eq!(heard, expected, "{options:?}");
        let dropped = expected.iter().filter(|is_heard| !**is_heard).count();
        assert_eq!(socket.stats().dropped_family as usize, dropped);
    }
}

#[test]
fn blocked_senders_are_not_heard() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.block_receiving(crate::Rule::address(PEER)).unwrap();
    assert!(socket.handle_datagram(&from(PEER, 9), b"").is_none());
    assert!(
        socket
            .handle_datagram(&from(LOCAL.address, 9), b"")
            .is_some()
    );
    assert_eq!(socket.stats().dropped_blocked, 1);
    socket.clear_block_lists();
    assert!(socket.handle_datagram(&from(PEER, 9), b"").is_some());
    let rule = crate::Rule::address(PEER);
    while socket.block_receiving(rule).is_ok() {}
    assert_eq!(socket.block_receiving(rule), Err(Misuse::QueueFull));
    assert_eq!(socket.block_sending(rule), Ok(()), "the lists are two");
    assert!(!socket.is_ready(), "that is not what `Drained` is for");
}

#[test]
fn a_failure_to_receive_is_an_event_and_the_socket_goes_on() {
    let mut storage = SmallStorage::new();
    let mut socket = connected(&mut storage);
    let failure = SystemError::new(Syscall::RecvMsg, Errno::ECONNREFUSED);
    socket.handle_failure(crate::Operation::Receive, failure);
    let text = "Receive error: recvmsg ECONNREFUSED";
    assert_eq!(events(&mut socket), [text]);
    assert!(socket.handle_datagram(&from(PEER, 9), b"").is_some());
}
