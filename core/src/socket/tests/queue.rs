//! The full queue: policies, counters, `Drained`, and memory under pressure.

use super::*;
use crate::{FullQueue, SendToken, Stats};

/// Room for two datagrams and eight bytes.
type Two = Storage<8, 2, 0, 8, 0>;

fn blocked<const B: usize, const S: usize, const E: usize>(
    policy: FullQueue,
    storage: &mut Storage<B, S, 0, E, 0>,
) -> Socket<'_> {
    let options = Options::new(SocketType::Udp4).full_queue(policy);
    let mut socket = Socket::new(options, storage);
    bring_up(&mut socket);
    socket
}

fn sent(token: SendToken, result: &str) -> String {
    format!("sent {}: {result}", token.0)
}

fn overflowed(stats: Stats) -> (u32, u32) {
    (stats.overflowed, stats.failed)
}

const NO_ROOM: &str = "send ENOBUFS 192.0.2.1:9";

#[test]
fn a_full_queue_refuses_and_says_when_it_is_empty() {
    let mut storage = Two::new();
    let mut socket = blocked(FullQueue::Reject, &mut storage);
    let first = socket.send(hello("a")).unwrap();
    let second = socket.send(hello("b")).unwrap();
    for _ in 0..3 {
        assert_eq!(socket.send(hello("c")), Err(Misuse::QueueFull));
        assert_eq!(events(&mut socket), [""; 0]);
    }
    assert_eq!(overflowed(socket.stats()), (3, 0));
    let mut backend = Backend::new();
    let told = backend.turn(&mut socket);
    let expected = [sent(first, "1"), sent(second, "1"), "drained".into()];
    assert_eq!(told, expected);
    assert_eq!(events(&mut socket), [""; 0], "once for all refusals");
    // And again after the next one.
    while socket.send(hello("d")).is_ok() {}
    assert_eq!(backend.turn(&mut socket).last().unwrap(), "drained");
}

#[test]
fn bytes_run_out_as_places_do() {
    let mut storage = Two::new();
    let mut socket = blocked(FullQueue::Reject, &mut storage);
    socket.send(hello("12345")).unwrap();
    assert_eq!(socket.send(hello("1234")), Err(Misuse::QueueFull));
    socket.send(hello("123")).unwrap();
    assert_eq!(
        (socket.send_queue_count(), socket.send_queue_size()),
        (2, 8)
    );
    assert_eq!(Backend::new().turn(&mut socket).len(), 3);
}

#[test]
fn the_oldest_make_room_for_the_newest() {
    let mut storage = Two::new();
    let mut socket = blocked(FullQueue::DropOldest, &mut storage);
    let first = socket.send(hello("1234")).unwrap();
    let second = socket.send(hello("5678")).unwrap();
    let third = socket.send(hello("abcdef")).unwrap();
    assert_eq!(overflowed(socket.stats()), (2, 2));
    let told = Backend::new().turn(&mut socket);
    let expected = [
        sent(first, NO_ROOM),
        sent(second, NO_ROOM),
        sent(third, "6"),
        "drained".into(),
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_oldest_are_not_dropped_in_vain() {
    let mut storage = Two::new();
    let mut socket = blocked(FullQueue::DropOldest, &mut storage);
    let first = socket.send(hello("1234")).unwrap();
    // This one could not be queued if there were nothing else: no `Drained` promises it.
    assert_eq!(socket.send(hello("123456789")), Err(Misuse::QueueFull));
    assert_eq!(overflowed(socket.stats()), (1, 0));
    assert_eq!(Backend::new().turn(&mut socket), [sent(first, "4")]);
    // Nor can this one, as long as the name of a failed connect has not been polled.
    let mut backend = Backend::new();
    backend.lookup = Err(Errno::ENOTFOUND);
    socket.connect(Destination::new("a.bc", 9)).unwrap();
    backend.drive(&mut socket);
    let second = socket.send(hello("1234")).unwrap();
    assert_eq!(socket.send(hello("12345")), Err(Misuse::QueueFull));
    let error = "Connect error: getaddrinfo ENOTFOUND a.bc";
    assert_eq!(
        backend.turn(&mut socket),
        [error.to_string(), sent(second, "4"), "drained".into()]
    );
}

#[test]
fn the_newest_is_dropped_and_completes_after_its_call() {
    let mut storage = Two::new();
    let mut socket = blocked(FullQueue::DropNewest, &mut storage);
    let first = socket.send(hello("a")).unwrap();
    socket.send(hello("b").unreported()).unwrap();
    let third = socket.send(hello("c")).unwrap();
    socket.send(hello("d").unreported()).unwrap();
    assert_eq!(overflowed(socket.stats()), (2, 2));
    let told = Backend::new().turn(&mut socket);
    let expected = [sent(third, NO_ROOM), sent(first, "1"), "drained".into()];
    assert_eq!(told, expected);
}

#[test]
fn completions_that_nobody_polls_fill_the_events_and_then_refuse() {
    let mut storage: Storage<8, 2, 0, 4, 0> = Storage::new();
    for policy in [
        FullQueue::Reject,
        FullQueue::DropOldest,
        FullQueue::DropNewest,
    ] {
        let mut socket = blocked(policy, &mut storage);
        let mut tokens = Vec::new();
        for _ in 0..3 {
            tokens.push(socket.send(hello("a")).unwrap());
            Backend::new().drive(&mut socket);
        }
        assert_eq!(socket.send(hello("b")), Err(Misuse::QueueFull));
        // What reports nothing needs no place.
        socket.send(hello("c").unreported()).unwrap();
        Backend::new().drive(&mut socket);
        assert_eq!(socket.close(), Ok(()));
        let mut expected: Vec<_> = tokens.iter().map(|token| sent(*token, "1")).collect();
        expected.push("close".into());
        assert_eq!(events(&mut socket), expected);
    }
}

#[test]
fn drained_waits_for_lookups_and_connects_as_they_hold_the_room() {
    let mut storage: Storage<16, 1, 0, 8, 0> = Storage::new();
    let mut socket = blocked(FullQueue::Reject, &mut storage);
    socket.connect(Destination::new("example.org", 9)).unwrap();
    let mut backend = Backend::new();
    backend.holds_lookups = true;
    for _ in 0..2 {
        assert_eq!(socket.send(hello("a")), Err(Misuse::QueueFull));
        assert_eq!(backend.turn(&mut socket), [""; 0]);
        assert!(!socket.is_ready(), "a driver would turn in circles");
    }
    socket.handle_lookup(backend.lookups[0], Ok(LOCAL.address));
    assert_eq!(backend.turn(&mut socket), ["connect", "drained"]);

    // The same while the name of a bind is looked up.
    let mut socket = socket.renew(Options::new(SocketType::Udp4));
    socket
        .bind(BindOptions::default().address("example.org"))
        .unwrap();
    assert_eq!(socket.send(hello("a")), Err(Misuse::QueueFull));
    assert_eq!(backend.turn(&mut socket), [""; 0]);
    socket.handle_lookup(backend.lookups[1], Ok(LOCAL.address));
    assert_eq!(backend.turn(&mut socket), ["listening", "drained"]);
    socket.send(hello("a")).unwrap();
}

#[test]
fn a_refusal_on_an_unbound_socket_leaves_it_unbound() {
    let mut storage: Storage<0, 1, 0, 4, 0> = Storage::new();
    let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    assert_eq!(socket.send(hello("a")), Err(Misuse::QueueFull));
    assert_eq!(
        socket.connect(Destination::new("a", 9)),
        Err(Misuse::QueueFull)
    );
    let by_name = BindOptions::default().address("a");
    assert_eq!(socket.bind(by_name), Err(Misuse::QueueFull));
    assert_eq!(socket.bind_state(), BindState::Unbound);
    assert_eq!(events(&mut socket), [""; 0], "there will never be room");
    // A datagram without bytes, or one that leaves at once, needs none.
    let token = socket.send(hello("")).unwrap();
    assert_eq!(
        Backend::new().turn(&mut socket),
        ["listening".to_string(), sent(token, "0")]
    );
    assert!(matches!(socket.offer(hello("a")), Ok(Offer::Ready(_))));
}

#[test]
fn one_place_does_not_do_for_a_call_and_the_lookup_of_its_bind() {
    let mut storage: Storage<8, 1, 0, 4, 0> = Storage::new();
    let options = Options::new(SocketType::Udp4).look_up_always(true);
    let mut socket = Socket::new(options, &mut storage);
    assert_eq!(socket.send(hello("a")), Err(Misuse::QueueFull));
    assert_eq!(socket.connect(peer(9)), Err(Misuse::QueueFull));
    assert_eq!(Backend::new().turn(&mut socket), [""; 0]);
    bring_up(&mut socket);
    socket.send(hello("a")).unwrap();
}

#[test]
fn datagrams_that_left_past_a_slow_name_leave_their_room() {
    let mut storage: Storage<32, 3, 0, 8, 0> = Storage::new();
    let mut socket = blocked(FullQueue::Reject, &mut storage);
    let slow = Datagram::new("slow").to(Destination::new("example.org", 9));
    let slow = socket.send(slow).unwrap();
    let mut backend = Backend::new();
    backend.holds_lookups = true;
    for round in 0..20 {
        // As many as there is room for beside the slow one, of all lengths up to its 17 bytes.
        let text = "0123456789abcdefg".get(..round % 18).unwrap();
        let token = socket.send(hello(text)).unwrap();
        let told = backend.turn(&mut socket);
        assert_eq!(told, [sent(token, &text.len().to_string())]);
    }
    assert_eq!(socket.stats().overflowed, 0);
    socket.handle_lookup(backend.lookups[0], Ok(LOCAL.address));
    assert_eq!(backend.turn(&mut socket), [sent(slow, "4")]);
    assert_eq!(backend.log.last().unwrap(), "send \"slow\" to 0.0.0.0:9");
}

#[test]
fn a_full_event_queue_refuses_binds_and_connects_too() {
    let mut storage: Storage<8, 2, 1, 4, 0> = Storage::new();
    let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    let failure = SystemError::new(Syscall::RecvMsg, Errno::EIO);
    for _ in 0..3 {
        socket.handle_failure(crate::Operation::Receive, failure);
    }
    let full = Err(Misuse::QueueFull);
    assert_eq!(socket.bind(1), full);
    assert_eq!(socket.bind_sync(1), full);
    assert_eq!(socket.connect(peer(9)), full);
    assert_eq!(socket.connect_sync(peer(9)), full);
    assert_eq!(socket.send(hello("a")).map(|_| ()), full);
    let group = Ipv4Addr::new(224, 0, 0, 1).into();
    let joined = socket.add_membership(group, crate::Interface::Default);
    assert_eq!(joined, Err(Misuse::QueueFull.into()));
    assert_eq!(socket.poll_action(), None);
    assert_eq!(events(&mut socket).last().unwrap(), "drained");
    assert_eq!(
        socket
            .drop_membership(group, crate::Interface::Default)
            .map_err(|error| error.errno()),
        Err(Some(Errno::EADDRNOTAVAIL))
    );
    bring_up(&mut socket);
}

#[cfg(feature = "alloc")]
mod growable {
    use super::*;
    use crate::{Limits, Operation};

    #[test]
    fn memory_on_the_heap_has_its_limits() {
        let limits = Limits::new().send_queue(10, 3).events(6);
        let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), limits);
        bring_up(&mut socket);
        socket.send(hello("12345")).unwrap();
        socket.send(hello("1234")).unwrap();
        assert_eq!(socket.send(hello("ab")), Err(Misuse::QueueFull));
        socket.send(hello("a")).unwrap();
        assert_eq!(socket.send(hello("")), Err(Misuse::QueueFull));
        let told = Backend::new().turn(&mut socket);
        assert_eq!(told.len(), 4);
        assert_eq!(told.last().unwrap(), "drained");
    }

    #[test]
    fn a_socket_that_only_listens_has_no_memory_on_the_heap() {
        let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
        bring_up(&mut socket);
        assert!(socket.memory.parts_in_use().is_none());
        assert_eq!(socket.stats().stale, 0);
        socket.handle_connect(Ok(None)).unwrap();
        assert_eq!(socket.stats().stale, 1);
        socket.rebind().unwrap();
        assert_eq!(Backend::new().turn(&mut socket), ["listening"]);
        assert_eq!(
            socket.stats().stale,
            1,
            "it is not let go with what was counted"
        );
    }

    #[test]
    fn a_bind_and_a_close_need_no_memory_on_the_heap() {
        let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
        let has_none = |socket: &mut Socket<'_>| socket.memory.parts_in_use().is_none();
        socket.bind_sync(0).unwrap();
        assert!(socket.poll_action().is_some());
        socket.handle_bind(Ok(LOCAL)).unwrap();
        assert!(socket.is_ready() && has_none(&mut socket));
        // What comes after an event is told after it.
        let error = SystemError::new(Syscall::RecvMsg, Errno::ECONNREFUSED);
        socket.handle_failure(Operation::Receive, error);
        let told = events(&mut socket);
        assert_eq!((told.len(), told[0].as_str()), (2, "listening"));
        socket.rebind().unwrap();
        assert!(socket.poll_action().is_some());
        socket.handle_bind(Ok(LOCAL)).unwrap();
        assert_eq!(events(&mut socket), ["listening"]);
        assert!(has_none(&mut socket));
        socket.close().unwrap();
        assert!(socket.is_ready() && has_none(&mut socket));
        assert_eq!(events(&mut socket), ["close"]);
        assert!(matches!(socket.poll_action(), Some(Action::Close)));
        assert!(!socket.is_ready() && has_none(&mut socket));
    }

    #[test]
    fn a_listening_that_leads_is_not_told_of_a_closed_socket() {
        let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
        socket.bind_sync(0).unwrap();
        assert!(socket.poll_action().is_some());
        socket.handle_bind(Ok(LOCAL)).unwrap();
        socket.close().unwrap();
        assert_eq!(events(&mut socket), ["close"]);
    }

    #[test]
    fn limits_that_no_socket_can_live_with_are_raised() {
        let mut limits = Limits::new();
        limits.bytes = 0;
        limits.sends = 0;
        limits.events = 0;
        let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), limits);
        let token = socket.send(hello("")).unwrap();
        let told = Backend::new().turn(&mut socket);
        assert_eq!(told, ["listening".to_string(), sent(token, "0")]);
        socket.close().unwrap();
        assert_eq!(events(&mut socket), ["close"]);
    }

    #[test]
    fn large_datagrams_grow_the_queue_and_keep_their_bytes() {
        let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
        bring_up(&mut socket);
        let mut expected = Vec::new();
        for round in 0..40_u8 {
            let text = char::from(b'a' + round % 26).to_string();
            let text = text.repeat(usize::from(round) * 37);
            socket.send(hello(&text)).unwrap();
            expected.push(format!("send {text:?} to 192.0.2.1:9"));
            if round % 3 == 0 {
                let mut backend = Backend::new();
                assert!(backend.transmit(&mut socket));
                assert_eq!(backend.log[0], expected.remove(0));
            }
        }
        let mut backend = Backend::new();
        backend.drive(&mut socket);
        assert_eq!(backend.log, expected);
    }
}
