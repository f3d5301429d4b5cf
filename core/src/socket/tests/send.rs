//! Sending: what is accepted, what leaves at once, what waits, and what each send completes with.

use super::*;
use crate::Offer;

/// Sends as a driver does that has the backend at hand.
fn offer(socket: &mut Socket<'_>, datagram: Datagram<'_>, outcome: Transmitted) -> Option<String> {
    let mut offered = None;
    let sent = socket.send_now(datagram, |transmit| {
        let text = text_of(&transmit.payload);
        offered = Some(match transmit.destination {
            Some(destination) => format!("{text} to {destination}"),
            None => format!("{text} to the peer"),
        });
        outcome
    });
    sent.unwrap();
    offered
}

#[test]
fn an_offer_ends_as_what_is_sent_now() {
    let outcomes = [
        Transmitted::Sent,
        Transmitted::Blocked(Full::Buffer),
        Transmitted::Blocked(Full::Memory),
        Transmitted::Failed(Errno::EPERM),
    ];
    let to_default = Datagram::new("b").to(Destination::local(9));
    let datagrams = [hello("a"), to_default, hello("c").unreported()];
    for (datagram, outcome) in datagrams
        .into_iter()
        .flat_map(|datagram| outcomes.map(|outcome| (datagram, outcome)))
    {
        let (mut one, mut other) = (SmallStorage::new(), SmallStorage::new());
        let (mut one, mut other) = (bound(&mut one), bound(&mut other));
        let Offer::Ready(ready) = one.offer(datagram).unwrap() else {
            panic!("it could leave");
        };
        let token = ready.settle(outcome).unwrap();
        assert_eq!(other.send_now(datagram, |_| outcome), Ok(token));
        assert_eq!(one.poll_transmit(), other.poll_transmit());
        assert_eq!(events(&mut one), events(&mut other));
        assert_eq!(one.stats(), other.stats());
    }
}

#[test]
fn a_run_of_one_ends_as_what_is_sent_now() {
    let to_default = Datagram::new("b").to(Destination::local(9)).unreported();
    for datagram in [hello("a").unreported(), to_default] {
        let (mut one, mut other) = (SmallStorage::new(), SmallStorage::new());
        let (mut one, mut other) = (bound(&mut one), bound(&mut other));
        let run = one.offer_run().expect("it could leave");
        let to = run.destination(&datagram).expect("nothing is against it");
        run.settle(1);
        let mut destination = None;
        let sent = other.send_now(datagram, |transmit| {
            destination = transmit.destination;
            Transmitted::Sent
        });
        assert!(sent.is_ok());
        assert_eq!(to, destination);
        assert_eq!(one.stats(), other.stats());
        assert_eq!(
            one.send(hello("c")),
            other.send(hello("c")),
            "the next token"
        );
        let run = one.offer_run();
        assert!(run.is_none(), "something waits");
    }
}

#[test]
fn a_send_on_a_bound_socket_leaves_in_the_call_and_completes_as_an_event() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let pieces: &[&[u8]] = &[b"a", b"", b"bc"];
    let list = Datagram::new(pieces).to(Destination::local(9));
    let left = offer(&mut socket, list, Transmitted::Sent);
    assert_eq!(left.as_deref(), Some("abc to 127.0.0.1:9"));
    assert_eq!(socket.poll_transmit(), None, "nothing was copied");
    assert_eq!(events(&mut socket), ["sent 0: 3"]);
    let silent = hello("d").unreported();
    assert!(offer(&mut socket, silent, Transmitted::Sent).is_some());
    assert_eq!(events(&mut socket), [""; 0]);
    assert_eq!(socket.stats().sent, 2);
}

#[test]
fn a_send_that_the_stack_refuses_completes_with_the_error() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let failed = Transmitted::Failed(Errno::ENETUNREACH);
    offer(&mut socket, hello("a"), failed);
    offer(
        &mut socket,
        Datagram::new("b").to(Destination::local(9)),
        failed,
    );
    offer(&mut socket, hello("c").unreported(), failed);
    let texts = [
        "sent 0: send ENETUNREACH 192.0.2.1:9",
        "sent 1: send ENETUNREACH undefined:9",
    ];
    assert_eq!(events(&mut socket), texts);
    assert_eq!(socket.stats().failed, 3);
}

#[test]
fn an_offer_that_is_dropped_was_never_made() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let Offer::Ready(ready) = socket.offer(hello("a")).unwrap() else {
        panic!("it can leave");
    };
    drop(ready);
    assert!(!socket.is_ready());
    assert_eq!(events(&mut socket), [""; 0]);
    assert_eq!((socket.stats().sent, socket.stats().failed), (0, 0));
}

#[test]
fn a_send_on_an_unbound_socket_binds_and_waits() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    let first = socket.send(hello("a")).unwrap();
    let second = socket.send(hello("b")).unwrap();
    assert_eq!(
        (socket.send_queue_count(), socket.send_queue_size()),
        (0, 0)
    );
    assert_eq!(socket.poll_transmit(), None);
    let mut backend = Backend::new();
    let sent = |token: crate::SendToken| format!("sent {}: 1", token.0);
    let expected = ["listening".to_string(), sent(first), sent(second)];
    assert_eq!(backend.turn(&mut socket), expected);
    let sends = ["send \"a\" to 192.0.2.1:9", "send \"b\" to 192.0.2.1:9"];
    assert_eq!(backend.log[1..], sends);
}

#[test]
fn a_blocked_datagram_waits_and_is_counted_until_its_result() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    offer(
        &mut socket,
        hello("abc"),
        Transmitted::Blocked(Full::Buffer),
    );
    // A later send never overtakes it.
    let next = offer(&mut socket, hello(""), Transmitted::Sent);
    assert_eq!(next, None);
    assert_eq!(
        (socket.send_queue_count(), socket.send_queue_size()),
        (2, 3)
    );
    let mut backend = Backend::new();
    backend.transmit = Transmitted::Blocked(Full::Buffer);
    assert_eq!(backend.turn(&mut socket), [""; 0]);
    assert_eq!(
        (socket.send_queue_count(), socket.send_queue_size()),
        (2, 3)
    );
    backend.transmit = Transmitted::Sent;
    backend.log.clear();
    backend.drive(&mut socket);
    let sends = ["send \"abc\" to 192.0.2.1:9", "send \"\" to 192.0.2.1:9"];
    assert_eq!(backend.log, sends);
    // The stack has them, but nobody has heard of it: as in Node, they count until then.
    let counted = |socket: &mut Socket<'_>| (socket.send_queue_count(), socket.send_queue_size());
    assert_eq!(counted(&mut socket), (2, 3));
    assert!(socket.poll_event().is_some());
    assert_eq!(counted(&mut socket), (1, 0));
    assert_eq!(events(&mut socket), ["sent 1: 0"]);
    assert_eq!(counted(&mut socket), (0, 0));
}

#[test]
fn an_empty_list_is_a_datagram_of_length_zero() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let nothing: &[&[u8]] = &[];
    let datagram = Datagram::new(nothing).to(Destination::local(9));
    let left = offer(&mut socket, datagram, Transmitted::Sent);
    assert_eq!(left.as_deref(), Some(" to 127.0.0.1:9"));
    assert_eq!(events(&mut socket), ["sent 0: 0"]);
}

#[test]
fn a_connected_socket_sends_to_its_peer_only() {
    let mut storage = SmallStorage::new();
    let mut socket = connected(&mut storage);
    assert_eq!(socket.send(hello("a")), Err(Misuse::IsConnected));
    let left = offer(&mut socket, Datagram::new("b"), Transmitted::Sent);
    assert_eq!(left.as_deref(), Some("b to the peer"));
    offer(
        &mut socket,
        Datagram::new("c"),
        Transmitted::Failed(Errno::ECONNREFUSED),
    );
    let texts = ["sent 1: 1", "sent 2: send ECONNREFUSED"];
    assert_eq!(events(&mut socket), texts);
}

#[test]
fn a_destination_needs_a_port() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let bad = |port| Err(Misuse::BadPort { port });
    assert_eq!(socket.send(Datagram::new("a")), bad(None));
    assert_eq!(socket.send(Datagram::new("a").to(peer(0))), bad(Some(0)));
    socket.connect(peer(9)).unwrap();
    // Connecting is not connected.
    assert_eq!(socket.send(Datagram::new("a")), bad(None));
    assert_eq!(Backend::new().turn(&mut socket), ["connect"]);
}

#[test]
fn a_destination_of_the_other_family_fails() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let other = Datagram::new("a").to(Destination::new("::1", 9));
    assert_eq!(offer(&mut socket, other, Transmitted::Sent), None);
    assert_eq!(events(&mut socket), ["sent 0: send EINVAL ::1:9"]);
    // The same behind a blocked one.
    offer(&mut socket, hello("b"), Transmitted::Blocked(Full::Buffer));
    socket.send(other).unwrap();
    let mut backend = Backend::new();
    let told = backend.turn(&mut socket);
    assert_eq!(told, ["sent 1: 1", "sent 2: send EINVAL ::1:9"]);
    assert_eq!(backend.log.len(), 1);
}

#[test]
fn a_payload_that_no_packet_can_hold_fails_and_one_that_just_fits_leaves() {
    let bytes = alloc::vec![7; 65_528];
    for (kind, most) in [(SocketType::Udp4, 65_507), (SocketType::Udp6, 65_527)] {
        let mut storage = SmallStorage::new();
        let mut socket = Socket::new(Options::new(kind), &mut storage);
        bring_up(&mut socket);
        let to = Destination::local(9);
        let fits = Datagram::new(&bytes[..most]).to(to);
        let Offer::Ready(ready) = socket.offer(fits).unwrap() else {
            panic!("it can leave");
        };
        ready.settle(Transmitted::Sent).unwrap();
        let too_long = Datagram::new(&bytes[..=most]).to(to);
        assert!(matches!(socket.offer(too_long), Ok(Offer::Accepted(_))));
        let texts = events(&mut socket);
        assert_eq!(texts[0], format!("sent 0: {most}"));
        assert_eq!(texts[1], "sent 1: send EMSGSIZE undefined:9");
    }
    // Before the socket is bound it fails when its turn comes, and takes no room.
    let mut storage = TinyStorage::new();
    let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    let too_long = Datagram::new(&bytes[..]).to(Destination::local(9));
    socket.send(too_long).unwrap();
    let told = Backend::new().turn(&mut socket);
    assert_eq!(told[1], "sent 0: send EMSGSIZE undefined:9");
}

#[test]
fn a_blocked_destination_completes_with_the_block_list() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let rule = crate::Rule::address(Ipv4Addr::new(192, 0, 2, 1).into());
    offer(&mut socket, hello("a"), Transmitted::Blocked(Full::Buffer));
    socket.block_sending(rule).unwrap();
    // The list is asked when a datagram's turn comes, now for the one that waited.
    let mut backend = Backend::new();
    let text = "IP(192.0.2.1) is blocked by net.BlockList";
    assert_eq!(backend.turn(&mut socket), [format!("sent 0: {text}")]);
    offer(&mut socket, hello("b"), Transmitted::Sent);
    offer(&mut socket, hello("c").unreported(), Transmitted::Sent);
    assert_eq!(events(&mut socket), [format!("sent 1: {text}")]);
    assert_eq!(backend.log, [""; 0]);
    assert_eq!(socket.stats().failed, 3);
}

#[test]
fn a_datagram_waits_for_every_option_set_before_it() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.set_ttl(1).unwrap();
    assert_eq!(offer(&mut socket, hello("a"), Transmitted::Sent), None);
    assert_eq!(socket.poll_transmit(), None);
    let mut backend = Backend::new();
    while backend.transmit(&mut socket) || backend.act(&mut socket) {}
    assert_eq!(backend.log, ["set Ttl(1)", "send \"a\" to 192.0.2.1:9"]);
}

#[test]
fn a_result_that_nobody_waits_for_completes_nothing() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    offer(&mut socket, hello("a"), Transmitted::Blocked(Full::Buffer));
    let token = socket.poll_transmit().unwrap().token;
    socket.handle_transmit(token, Transmitted::Sent);
    for outcome in [
        Transmitted::Sent,
        Transmitted::Blocked(Full::Memory),
        Transmitted::Failed(Errno::EIO),
    ] {
        socket.handle_transmit(token, outcome);
    }
    assert_eq!(events(&mut socket), ["sent 0: 1"]);
    assert_eq!((socket.stats().stale, socket.stats().sent), (3, 1));
}

#[test]
fn checking_a_send_changes_nothing() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    let to_peer = Datagram::new("a");
    assert_eq!(socket.check_send(&hello("a")), Ok(()));
    assert_eq!(socket.bind_state(), BindState::Unbound);
    assert_eq!(
        socket.check_send(&to_peer),
        Err(Misuse::BadPort { port: None })
    );
    socket.close().unwrap();
    assert_eq!(socket.check_send(&hello("a")), Err(Misuse::NotRunning));
    let mut storage = SmallStorage::new();
    let socket = connected(&mut storage);
    assert_eq!(socket.check_send(&to_peer), Ok(()));
    assert_eq!(socket.check_send(&hello("a")), Err(Misuse::IsConnected));
}
