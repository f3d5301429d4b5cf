use anydgram_core::SocketOption;

use super::*;
use crate::sys::allocations;
use crate::test_namespace;

fn pair(address: Address) -> (OsSocket, OsSocket) {
    (bound(address), bound(address))
}

#[test]
fn a_datagram_arrives_with_its_sender() {
    for address in [LOCALHOST, Family::V6.loopback()] {
        let (sender, mut receiver) = pair(address);
        sent(&sender, receiver.local_address().unwrap(), "hello");
        let mut buffer = [0; 64];
        let (len, meta) = receive(&mut receiver, &mut buffer).unwrap();
        assert_eq!(&buffer[..len], b"hello");
        assert_eq!(meta.sender, sender.local_address().ok());
        assert_eq!(meta.wire_len, Some(5));
        assert_eq!(receiver.receive(&mut buffer).unwrap_err(), Errno::EAGAIN);
    }
}

#[test]
fn pieces_arrive_as_one_datagram() {
    let (sender, mut receiver) = pair(LOCALHOST);
    let to = receiver.local_address().unwrap();
    let mut buffer = [0; 2048];
    for count in [0, 1, 2, 64, 65, 1024] {
        let pieces = vec![b"a".as_slice(); count];
        let payload = Payload::List(&pieces);
        assert_eq!(
            sender.send_datagram(Some(to), &NOTHING, &payload),
            Transmitted::Sent
        );
        assert_eq!(receive(&mut receiver, &mut buffer).unwrap().0, count);
    }
    let pieces = vec![b"a".as_slice(); 1025];
    assert_eq!(
        sender.send_datagram(Some(to), &NOTHING, &Payload::List(&pieces)),
        Transmitted::Failed(Errno::EMSGSIZE)
    );
}

#[test]
fn a_datagram_that_is_too_long_is_refused() {
    for (address, longest) in [(LOCALHOST, 65_507), (Family::V6.loopback(), 65_527)] {
        let (sender, mut receiver) = pair(address);
        let to = Some(receiver.local_address().unwrap());
        let bytes = vec![1; longest + 1];
        assert_eq!(
            sender.send_datagram(to, &NOTHING, &Payload::Slice(&bytes)),
            Transmitted::Failed(Errno::EMSGSIZE)
        );
        let payload = Payload::Slice(&bytes[1..]);
        assert_eq!(
            sender.send_datagram(to, &NOTHING, &payload),
            Transmitted::Sent
        );
        let mut buffer = vec![0; 65_536];
        assert_eq!(receive(&mut receiver, &mut buffer).unwrap().0, longest);
    }
}

#[test]
fn truncation_is_told_with_the_full_length() {
    let (sender, mut receiver) = pair(LOCALHOST);
    sent(&sender, receiver.local_address().unwrap(), "truncated");
    let mut buffer = [0; 5];
    let (len, meta) = receive(&mut receiver, &mut buffer).unwrap();
    assert_eq!((len, &buffer), (5, b"trunc"));
    assert_eq!(meta.wire_len, Some(9));
}

#[test]
fn an_empty_datagram_is_a_datagram() {
    let (sender, mut receiver) = pair(LOCALHOST);
    sent(&sender, receiver.local_address().unwrap(), "");
    let (len, meta) = receive(&mut receiver, &mut []).unwrap();
    assert_eq!((len, meta.wire_len), (0, Some(0)));
    assert_eq!(meta.sender, sender.local_address().ok());
}

#[test]
fn destinations_that_cannot_be_fail() {
    let socket = wildcard(Family::V4);
    let hello = Payload::from("hello");
    let send = |to| socket.send_datagram(to, &NOTHING, &hello);
    let failed = Transmitted::Failed;
    let other_family = Endpoint::new(Family::V6.loopback(), 9);
    assert_eq!(send(Some(other_family)), failed(Errno::EINVAL));
    assert_eq!(send(None), failed(Errno::EDESTADDRREQ));
    let no_port = Endpoint::new(LOCALHOST, 0);
    assert_eq!(send(Some(no_port)), failed(Errno::EINVAL));
}

#[test]
fn the_wildcard_address_reaches_this_host() {
    for family in [Family::V4, Family::V6] {
        let mut socket = wildcard(family);
        let to = Endpoint::new(family.wildcard(), port_of(&socket));
        sent(&socket, to, "self");
        let (_, meta) = receive(&mut socket, &mut [0; 8]).unwrap();
        assert_eq!(meta.sender.unwrap().address, family.loopback());
    }
}

#[test]
fn ipv4_reaches_a_dual_stack_socket_as_a_mapped_address() {
    let mut receiver = wildcard(Family::V6);
    let sender = bound(LOCALHOST);
    sent(&sender, Endpoint::new(LOCALHOST, port_of(&receiver)), "4");
    let (_, meta) = receive(&mut receiver, &mut [0; 8]).unwrap();
    assert_eq!(meta.sender.unwrap().address.ip(), ip("::ffff:127.0.0.1"));
}

#[test]
fn a_connected_socket_sends_to_its_peer_until_it_forgets_it() {
    let mut receiver = bound(LOCALHOST);
    let peer = receiver.local_address().unwrap();
    let sender = wildcard(Family::V4);
    let port = port_of(&sender);
    assert_eq!(sender.connect(peer), Ok(()));
    assert_eq!(sender.peer_address(), Ok(peer));
    let local = sender.local_address().unwrap();
    assert_eq!(local, Endpoint::new(LOCALHOST, port));
    let pieces: &[&[u8]] = &[b"he", b"llo"];
    for payload in [Payload::from("hello"), Payload::from(pieces)] {
        assert_eq!(
            sender.send_datagram(None, &NOTHING, &payload),
            Transmitted::Sent
        );
        let (len, meta) = receive(&mut receiver, &mut [0; 8]).unwrap();
        assert_eq!((len, meta.sender), (5, Some(local)));
    }
    assert_eq!(sender.disconnect(), Ok(()));
    assert_eq!(sender.peer_address(), Err(Errno::ENOTCONN));
    // The automatic port has gone with the peer.
    let local = sender.local_address().unwrap();
    assert_eq!(local, Endpoint::new(Family::V4.wildcard(), 0));
    sent(&sender, peer, "again");
    assert_ne!(port_of(&sender), 0);
}

#[test]
fn a_peer_that_cannot_be_is_refused() {
    test_namespace::run(|| {
        let socket = wildcard(Family::V4);
        let v6_peer = Endpoint::new(Family::V6.loopback(), 9);
        assert_eq!(socket.connect(v6_peer), Err(Errno::EINVAL));
        let everyone = Endpoint::new(Ipv4Addr::BROADCAST.into(), 9);
        assert_eq!(socket.connect(everyone), Err(Errno::EACCES));
    });
}

#[test]
fn a_vanished_peer_is_reported_to_the_next_call() {
    test_namespace::run(|| {
        let gone = bound(LOCALHOST);
        let peer = gone.local_address().unwrap();
        drop(gone);
        let mut socket = wildcard(Family::V4);
        assert_eq!(socket.connect(peer), Ok(()));
        let hello = Payload::from("hello");
        assert_eq!(
            socket.send_datagram(None, &NOTHING, &hello),
            Transmitted::Sent
        );
        let refused = receive(&mut socket, &mut [0; 8]);
        assert_eq!(refused.unwrap_err(), Errno::ECONNREFUSED);
        assert_eq!(
            socket.send_datagram(None, &NOTHING, &hello),
            Transmitted::Sent
        );
        let refused = socket.send_datagram(None, &NOTHING, &hello);
        assert_eq!(refused, Transmitted::Failed(Errno::ECONNREFUSED));
    });
}

#[test]
fn a_full_send_buffer_blocks() {
    test_namespace::run(|| {
        let socket = bound(v4(192, 0, 2, 10).into());
        let smallest = SocketOption::SendBufferSize(1);
        assert_eq!(socket.set_option(smallest), Ok(()));
        // Nobody answers for this neighbour, so the datagrams wait in the socket's buffer.
        let to = Endpoint::new(v4(192, 0, 2, 99).into(), 9);
        let payload = Payload::Slice(&[0; 1000]);
        let blocked = (0..64).any(|_| {
            let result = socket.send_datagram(Some(to), &NOTHING, &payload);
            assert!(!matches!(result, Transmitted::Failed(_)), "{result:?}");
            result.is_blocked()
        });
        assert!(blocked);
    });
}

#[test]
fn broadcasting_needs_permission() {
    test_namespace::run(|| {
        let mut receiver = wildcard(Family::V4);
        let sender = bound(v4(192, 0, 2, 10).into());
        let hello = Payload::from("all");
        for address in [Ipv4Addr::BROADCAST, v4(192, 0, 2, 255)] {
            let to = Endpoint::new(address.into(), port_of(&receiver));
            sender.set_option(SocketOption::Broadcast(false)).unwrap();
            assert_eq!(
                sender.send_datagram(Some(to), &NOTHING, &hello),
                Transmitted::Failed(Errno::EACCES)
            );
            sender.set_option(SocketOption::Broadcast(true)).unwrap();
            sent(&sender, to, "all");
            assert_eq!(receive(&mut receiver, &mut [0; 8]).unwrap().0, 3);
        }
    });
}

#[test]
fn a_link_local_sender_keeps_its_scope() {
    test_namespace::run(|| {
        let scope = interface_index("any0").unwrap();
        let (sender, mut receiver) = pair(Address::scoped(v6("fe80::10"), scope));
        sent(&sender, receiver.local_address().unwrap(), "link");
        let (_, meta) = receive(&mut receiver, &mut [0; 8]).unwrap();
        let address = meta.sender.unwrap().address;
        assert_eq!(address.scope_id(), scope);
        let text = crate::interfaces::Zoned(address).to_string();
        assert_eq!(text, "fe80::10%any0");
    });
}

#[test]
fn datagrams_cost_no_allocation() {
    let (sender, mut receiver) = pair(LOCALHOST);
    let to = Some(receiver.local_address().unwrap());
    let mut buffer = [0; 2048];
    let pieces = [b"piece".as_slice(); 64];
    for payload in [Payload::from("one"), Payload::List(&pieces)] {
        let (count, result) = allocations::count(|| sender.send_datagram(to, &NOTHING, &payload));
        assert_eq!((count, result), (0, Transmitted::Sent));
        // mio's registration may allocate, so it is left out of the count.
        receive(&mut receiver, &mut buffer).unwrap();
        sender.send_datagram(to, &NOTHING, &payload);
        let (count, received) = allocations::count(|| receiver.receive(&mut buffer));
        assert_eq!((count, received.unwrap().0), (0, payload.len()));
        let (count, empty) = allocations::count(|| receiver.receive(&mut buffer));
        assert_eq!((count, empty.unwrap_err()), (0, Errno::EAGAIN));
    }
}
