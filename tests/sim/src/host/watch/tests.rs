//! Each rule finds the history that breaks it, and nothing in one that keeps it.

use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::stack::{Cidr, Seed, TableStorage};
use anydgram_core::{
    Address, BindOptions, BindState, ConnectState, Datagram, Destination, Endpoint, Errno,
    InFlight, Limits, Message, Operation, Options, RecvMeta, SendToken, Socket, SocketSlot,
    SocketType, Stats, Syscall, SystemError,
};

use super::arrival::{May, Rule};
use super::life::Life;
use super::receipts::Receipts;
use super::refusals::Peers;
use super::sends::Sends;
use super::*;

/// What a verdict has to say.
#[track_caller]
fn finds(verdict: &Verdict, what: &str) {
    let found = verdict.as_ref().expect_err(what);
    assert!(found.contains(what), "{found}");
}

fn socket() -> Socket<'static> {
    Socket::with_heap(Options::new(SocketType::Udp4), Limits::new())
}

/// A socket that is bound to port 7.
fn bound() -> Socket<'static> {
    let mut socket = socket();
    socket.bind(BindOptions::port(7)).expect("it is open");
    assert!(socket.poll_action().is_some());
    let local = Endpoint::new(IpAddr::from(Ipv4Addr::UNSPECIFIED).into(), 7);
    socket.handle_bind(Ok(local)).expect("it is bound");
    assert_eq!(socket.poll_event(), Some(Event::Listening));
    socket
}

fn peer() -> Endpoint {
    Endpoint::new(IpAddr::from([192, 0, 2, 2]).into(), 9)
}

fn meta() -> RecvMeta {
    let mut meta = RecvMeta::from_sender(peer());
    meta.local = Some(IpAddr::from([192, 0, 2, 1]).into());
    meta.interface = Some(2);
    meta.wire_len = Some(5);
    meta
}

/// Works on a message.
fn with_message<R>(meta: &RecvMeta, work: impl FnOnce(&Message<'_>) -> R) -> R {
    let mut socket = bound();
    let message = socket.handle_datagram(meta, b"hello");
    work(&message.expect("it is for the socket"))
}

fn tokens<const N: usize>() -> [SendToken; N] {
    let mut socket = bound();
    [(); N].map(|()| {
        let datagram = Datagram::new("x").to(Destination::new(IpAddr::from([192, 0, 2, 2]), 9));
        socket.send(datagram).expect("there is room")
    })
}

/// A port at the wildcard address.
const fn at(port: u16) -> Endpoint {
    Endpoint::new(Address::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED)), port)
}

/// So many sends that have ended, that have not, and completions to come.
fn under_way(ended: u32, open: usize, completions: usize) -> UnderWay {
    let mut stats = Stats::default();
    (stats.sent, stats.canceled) = (ended, 0);
    let mut in_flight = InFlight::default();
    (in_flight.sends, in_flight.completions) = (open, completions);
    UnderWay::of(in_flight, &stats)
}

/// So many sends that have been asked for.
fn sends_under_way(count: usize) -> Sends {
    let mut sends = Sends::default();
    assert_eq!(sends.called(under_way(0, count, count)), Ok(()));
    sends
}

const OPEN: Seen = Seen {
    is_closed: false,
    is_finished: false,
    bind: BindState::Bound,
    connect: ConnectState::Disconnected,
    local: Some(at(7)),
};

const CLOSED: Seen = Seen {
    is_closed: true,
    is_finished: true,
    local: None,
    ..OPEN
};

#[test]
fn a_life_as_it_should_be_is_fine() {
    let mut life = Life::default();
    life.glance(Seen {
        bind: BindState::Unbound,
        local: None,
        ..OPEN
    });
    assert_eq!(life.tell(&Event::Listening, OPEN), Ok(()));
    assert_eq!(life.look(OPEN), Ok(()));
    let connected = Seen {
        connect: ConnectState::Connected,
        ..OPEN
    };
    assert_eq!(life.tell(&Event::Connect, connected), Ok(()));
    life.glance(OPEN);
    assert_eq!(life.tell(&Event::Connect, connected), Ok(()), "once more");
    let told = with_message(&meta(), |message| {
        life.tell(&Event::Message(*message), OPEN)
    });
    assert_eq!(told, Ok(()));
    assert_eq!(life.tell(&Event::Close, CLOSED), Ok(()));
    assert_eq!((life.look(CLOSED), life.end(CLOSED)), (Ok(()), Ok(())));
}

#[test]
fn nothing_is_told_after_the_close() {
    for event in [Event::Close, Event::Listening, Event::Drained] {
        let mut life = Life::default();
        assert_eq!(life.tell(&Event::Close, CLOSED), Ok(()));
        finds(&life.tell(&event, CLOSED), "after its close");
    }
    finds(&Life::default().tell(&Event::Close, OPEN), "and is open");
}

#[test]
fn what_comes_once_comes_once() {
    let mut life = Life::default();
    assert_eq!(life.tell(&Event::Listening, OPEN), Ok(()));
    finds(
        &life.tell(&Event::Listening, OPEN),
        "bound once, and told twice",
    );
    assert_eq!(life.tell(&Event::Connect, OPEN), Ok(()));
    finds(
        &life.tell(&Event::Connect, OPEN),
        "connected once, and told twice",
    );
}

#[test]
fn messages_come_between_listening_and_the_close() {
    let mut life = Life::default();
    with_message(&meta(), |message| {
        let event = Event::Message(*message);
        finds(&life.tell(&event, OPEN), "before the socket was told");
        assert_eq!(life.tell(&Event::Listening, OPEN), Ok(()));
        finds(&life.tell(&event, CLOSED), "after the close");
    });
}

#[test]
fn states_fit_together() {
    let look = |seen| Life::default().look(seen);
    finds(&look(CLOSED), "not told of its close");
    finds(
        &look(Seen {
            local: Some(at(0)),
            ..OPEN
        }),
        "bound to the port Some(0)",
    );
    finds(
        &look(Seen {
            local: None,
            ..OPEN
        }),
        "bound to the port None",
    );
    let unbound = Seen {
        bind: BindState::Unbound,
        connect: ConnectState::Connected,
        ..OPEN
    };
    finds(&look(unbound), "connected, and not bound");
    let mut life = Life::default();
    let closing = Seen {
        is_finished: false,
        ..CLOSED
    };
    assert_eq!(life.look(closing), Ok(()));
    finds(&life.look(OPEN), "was closed, and is open");
    finds(&life.end(closing), "has not ended");
    assert_eq!(life.tell(&Event::Close, closing), Ok(()));
    finds(&life.look(closing), "told of its close, and has not ended");
}

#[test]
fn sends_are_complete_once_each_and_in_order() {
    let [one, two, three] = tokens();
    let complete = |order: &[(SendToken, bool)], is_late| {
        let mut sends = sends_under_way(order.len());
        let each = order
            .iter()
            .map(|&(token, is_ok)| sends.complete(token, is_ok, is_late));
        each.collect::<Verdict>()
    };
    assert_eq!(
        complete(&[(one, true), (two, false), (three, true)], false),
        Ok(())
    );
    assert_eq!(
        complete(&[(three, false), (one, true), (two, true)], false),
        Ok(()),
        "overtaken"
    );
    for is_ok in [true, false] {
        finds(&complete(&[(one, true), (one, is_ok)], false), "twice");
        finds(&complete(&[(one, false), (one, is_ok)], false), "twice");
        finds(
            &complete(&[(three, false), (one, true), (three, is_ok)], false),
            "twice",
        );
        finds(
            &complete(&[(two, true), (one, is_ok)], false),
            "after later ones",
        );
        finds(&complete(&[(two, true), (two, is_ok)], true), "twice");
        assert_eq!(complete(&[(two, true), (one, is_ok)], true), Ok(()));
    }
}

#[test]
fn no_more_sends_are_told_of_than_were_counted() {
    let [one, two] = tokens();
    let mut sends = sends_under_way(2);
    assert_eq!(sends.complete(one, true, false), Ok(()));
    assert_eq!(sends.complete(two, false, false), Ok(()));
    let stats = |sent, failed, canceled| {
        let mut stats = Stats::default();
        (stats.sent, stats.failed, stats.canceled) = (sent, failed, canceled);
        stats
    };
    assert_eq!(sends.look(&stats(1, 1, 0)), Ok(()));
    assert_eq!(sends.look(&stats(9, 0, 1)), Ok(()));
    finds(&sends.look(&stats(0, 1, 0)), "1 sends succeeded of 0");
    finds(&sends.look(&stats(1, 0, 0)), "1 failed of 0");
}

#[test]
fn a_completion_is_of_a_send_under_way() {
    let [one, two] = tokens();
    let mut sends = sends_under_way(1);
    assert_eq!(sends.complete(one, true, false), Ok(()));
    finds(&sends.complete(two, true, false), "of no send");
}

#[test]
fn no_send_gets_lost() {
    let (ended, open) = (2, 3);
    let mut sends = Sends::default();
    let start = under_way(ended, open, 4);
    assert_eq!(sends.called(start), Ok(()));
    assert_eq!(sends.look_under_way(start), Ok(()));
    // One that ends is still to be told of.
    let later = under_way(ended + 1, open - 1, 4);
    assert_eq!(sends.look_under_way(later), Ok(()));
    for lost in [
        under_way(ended, open - 1, 4),
        under_way(ended, open, 3),
        under_way(ended + 1, open, 4),
        under_way(ended, open, 5),
    ] {
        finds(&sends.look_under_way(lost), "get lost, or come of nothing");
    }
    let more = under_way(ended, open + 2, 6);
    assert_eq!(sends.called(more), Ok(()), "an application sends");
    assert_eq!(sends.look_under_way(more), Ok(()));
    finds(&sends.called(under_way(ended, open, 6)), "has lost a send");
    assert_eq!(sends.called(more), Ok(()));
    finds(
        &sends.called(under_way(ended, open + 2, 5)),
        "has lost a send",
    );
}

#[test]
fn what_is_in_flight_at_rest_waits_for_room() {
    let in_flight = |count| {
        let mut socket = socket();
        for _ in 0..count {
            let datagram = Datagram::new("x").to(Destination::new(IpAddr::from([192, 0, 2, 2]), 9));
            socket.send(datagram).expect("there is room");
        }
        socket.in_flight()
    };
    assert_eq!(sends::look_at_rest(in_flight(0), 0), Ok(()));
    assert_eq!(sends::look_at_rest(in_flight(2), 2), Ok(()));
    finds(
        &sends::look_at_rest(in_flight(2), 1),
        "2 sends are in flight, and 1 datagrams wait",
    );
}

#[test]
fn queues_are_empty_unless_there_is_no_room() {
    let look = |queued, seen, is_blocked| sends::look_at_queue(queued, None, seen, is_blocked);
    assert_eq!(look((0, 0), CLOSED, false), Ok(()));
    assert_eq!(look((2, 10), OPEN, true), Ok(()));
    assert_eq!(look((2, 0), OPEN, true), Ok(()), "empty datagrams");
    finds(&look((0, 3), OPEN, true), "of 3 bytes");
    finds(&look((2, 10), OPEN, false), "and there is room");
    finds(&look((2, 10), CLOSED, true), "wait in a closed socket");
}

#[test]
fn a_queue_has_the_bytes_of_its_datagrams() {
    let look = |queued, first| sends::look_at_queue(queued, Some(first), OPEN, true);
    assert_eq!(look((1, 5), 5), Ok(()));
    assert_eq!(look((2, 5), 5), Ok(()), "the other one is empty");
    assert_eq!(look((2, 9), 5), Ok(()));
    for bytes in [4, 6] {
        finds(&look((1, bytes), 5), "of a datagram of 5");
    }
    finds(&look((2, 4), 5), "and the first 5 of them");
}

#[test]
fn datagrams_are_told_or_counted() {
    let mut receipts = Receipts::default();
    let socket = bound();
    assert_eq!(
        with_message(&meta(), |message| receipts.receive(message, &socket)),
        Ok(())
    );
    let mut stats = Stats::default();
    (stats.received, stats.delivered, stats.dropped_peer) = (3, 1, 2);
    assert_eq!(receipts.look(&stats), Ok(()));
    stats.dropped_source = 1;
    finds(
        &receipts.look(&stats),
        "3 datagrams were received, 1 delivered, 3 dropped",
    );
    (stats.delivered, stats.dropped_source) = (2, 0);
    stats.received = 4;
    finds(&receipts.look(&stats), "2 datagrams were delivered, 1 told");
}

#[test]
fn messages_come_in_order_and_from_the_peer() {
    let mut receipts = Receipts::default();
    let mut socket = bound();
    let at = |micros| {
        let mut meta = meta();
        meta.timestamp = Some(anydgram_core::Instant::from_micros(micros));
        meta
    };
    let mut receive = |meta: &RecvMeta, socket: &Socket<'_>| {
        with_message(meta, |message| receipts.receive(message, socket))
    };
    assert_eq!(receive(&at(5), &socket), Ok(()));
    assert_eq!(receive(&at(5), &socket), Ok(()));
    finds(&receive(&at(4), &socket), "after a later one");

    socket
        .connect(Destination::new(IpAddr::from([192, 0, 2, 3]), 9))
        .expect("it is open");
    while socket.poll_action().is_some() {}
    socket.handle_connect(Ok(None)).expect("it is connected");
    finds(&receive(&at(6), &socket), "not from the peer");
}

#[test]
fn a_message_is_what_came_in() {
    let destination = Endpoint::new(IpAddr::from([192, 0, 2, 1]).into(), 7);
    let incoming = |payload| Incoming::new(2, peer(), destination, payload);
    let is_of = |meta: RecvMeta, payload| {
        with_message(&meta, |message| {
            receipts::is_of((message.data, message.meta), &incoming(payload))
        })
    };
    assert_eq!(is_of(meta(), b"hello"), Ok(()));
    finds(&is_of(meta(), b"hullo"), "not what came in");
    for spoil in [
        |meta: &mut RecvMeta| meta.sender = None,
        |meta: &mut RecvMeta| meta.local = Some(IpAddr::from([192, 0, 2, 9]).into()),
        |meta: &mut RecvMeta| meta.interface = Some(3),
        |meta: &mut RecvMeta| meta.wire_len = Some(4),
        |meta: &mut RecvMeta| meta.hop_limit = Some(1),
    ] {
        let mut spoilt = meta();
        spoil(&mut spoilt);
        finds(&is_of(spoilt, b"hello"), "not what came in");
    }
}

#[test]
fn what_the_host_sent_to_itself_comes_from_its_ports() {
    with_message(&meta(), |message| {
        assert_eq!(receipts::is_local(message.meta, &homes(&[7, 9])), Ok(()));
        finds(
            &receipts::is_local(message.meta, &homes(&[7])),
            "nobody sent it",
        );
        let mut unknown = homes(&[7]);
        unknown.add(None);
        assert_eq!(receipts::is_local(message.meta, &unknown), Ok(()));
    });
}

#[test]
fn a_datagram_for_one_comes_to_one() {
    let shown = Rule {
        is_nobodys: false,
        is_shown: true,
    };
    let nobodys = Rule {
        is_nobodys: true,
        is_shown: false,
    };
    assert_eq!(
        (shown.judge_one(1), shown.judge_one(0), nobodys.judge_one(0)),
        (Ok(()), Ok(()), Ok(()))
    );
    finds(&shown.judge_one(2), "2 sockets were told");
    finds(&nobodys.judge_one(1), "nobody's");
    let lost = Rule {
        is_shown: false,
        ..shown
    };
    finds(&lost.judge_one(0), "not shown and not counted");
}

#[test]
fn a_datagram_for_many_comes_to_each_once() {
    let judge = |is_nobodys, is_shown, shown: &[(May, Option<u32>)]| {
        let rule = Rule {
            is_nobodys,
            is_shown,
        };
        rule.judge_many(shown.iter().copied())
    };
    let (must, can, not) = (May::Must, May::Can, May::Not);
    assert_eq!(
        judge(
            false,
            true,
            &[(must, Some(1)), (can, Some(0)), (not, Some(0))]
        ),
        Ok(())
    );
    assert_eq!(judge(false, true, &[(must, None), (can, Some(1))]), Ok(()));
    assert_eq!(judge(true, false, &[(must, Some(0))]), Ok(()), "a martian");
    finds(
        &judge(false, true, &[(must, Some(0)), (can, Some(1))]),
        "not shown a datagram",
    );
    finds(&judge(false, true, &[(must, Some(2))]), "2 times");
    finds(&judge(false, true, &[(not, Some(1))]), "not for it");
    finds(&judge(true, false, &[(can, Some(1))]), "nobody's");
    finds(
        &judge(false, true, &[(can, Some(0))]),
        "unlike the host says",
    );
    finds(&judge(false, false, &[(can, Some(0))]), "not counted");
}

fn owner(local: &str, is_v4: bool) -> Owner {
    let local: core::net::SocketAddr = local.parse().expect("an address");
    Owner {
        local: local.into(),
        is_v4,
        ipv6_only: false,
        reuse_address: false,
        reuse_port: false,
    }
}

#[test]
fn no_two_sockets_own_an_address() {
    let any = owner("0.0.0.0:7", true);
    let one = owner("192.0.2.1:7", true);
    let six = owner("[::]:7", false);
    for pair in [
        [any, any],
        [any, one],
        [one, one],
        [six, any],
        [six, one],
        [six, six],
    ] {
        finds(&ports::no_two_own_one(&pair), "two sockets have");
        let [mut a, mut b] = pair;
        (a.reuse_address, b.reuse_address) = (true, true);
        assert_eq!(ports::no_two_own_one(&[a, b]), Ok(()), "{pair:?}");
        (a.reuse_address, a.reuse_port) = (false, true);
        finds(&ports::no_two_own_one(&[a, b]), "two sockets have");
    }
    let only = Owner {
        ipv6_only: true,
        ..six
    };
    let mapped = owner("[::ffff:192.0.2.1]:7", false);
    finds(&ports::no_two_own_one(&[mapped, one]), "two sockets have");
    for pair in [
        [any, owner("0.0.0.0:8", true)],
        [one, owner("192.0.2.2:7", true)],
        [only, any],
        [only, one],
        [owner("[2001:db8::1]:7", false), any],
    ] {
        assert_eq!(ports::no_two_own_one(&pair), Ok(()), "{pair:?}");
    }
}

/// Works on a stack with one socket.
fn with_stack<R>(work: impl FnOnce(&Stack<'_>, SocketId) -> R) -> R {
    let mut storage = TableStorage::<4, 4, 4, 4, 4, 64>::new();
    let stack = Stack::new(storage.tables(), Seed::new([7; 16]));
    let mut slots = [SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let id = sockets.add(socket()).expect("there is room");
    work(&stack, id)
}

/// Ports at the wildcard address.
fn homes(ports: &[u16]) -> Homes {
    let mut homes = Homes::default();
    for &port in ports {
        homes.add(Some(at(port)));
    }
    homes
}

#[test]
fn what_is_sent_comes_from_where_a_socket_is() {
    let source = |homes: &Homes, is_own| homes.is_source(peer(), is_own, |_| false);
    assert_eq!(source(&homes(&[9]), true), Ok(()));
    finds(&source(&homes(&[7]), true), "which no socket has");
    finds(&source(&homes(&[9]), false), "and its socket is at");
    let of = |ip: [u8; 4]| {
        let mut homes = Homes::default();
        homes.add(Some(Endpoint::new(IpAddr::from(ip).into(), 9)));
        homes
    };
    assert_eq!(source(&of([192, 0, 2, 2]), false), Ok(()), "where it is");
    finds(&source(&of([192, 0, 2, 3]), true), "and its socket is at");
    assert_eq!(source(&of([239, 1, 2, 3]), true), Ok(()), "at a group");
    finds(&source(&of([239, 1, 2, 3]), false), "and its socket is at");
    let broadcast = of([192, 0, 2, 255]);
    assert_eq!(broadcast.is_source(peer(), true, |_| true), Ok(()));
    finds(&source(&broadcast, true), "and its socket is at");
}

#[test]
fn a_chosen_port_is_dynamic() {
    assert_eq!(ports::is_fit(7, false), Ok(()));
    assert_eq!(ports::is_fit(49_152, true), Ok(()));
    assert_eq!(ports::is_fit(65_535, true), Ok(()));
    finds(&ports::is_fit(49_151, true), "has chosen the port 49151");
}

#[test]
fn a_refusal_is_of_something_that_was_sent() {
    let mut socket = bound();
    let mut peers = Peers::default();
    let (mut sent, none) = (Sent::default(), BTreeSet::new());
    finds(&peers.refuse(7, &sent, &none), "has sent nothing");
    socket
        .connect(Destination::new(peer().address.ip(), peer().port))
        .expect("it is open");
    while socket.poll_action().is_some() {}
    socket.handle_connect(Ok(None)).expect("it is connected");
    peers.see(&socket);
    finds(&peers.refuse(7, &sent, &none), "has sent nothing");
    sent.add(at(8), peer());
    finds(&peers.refuse(7, &sent, &none), "has sent nothing");
    sent.add(at(7), Endpoint::new(peer().address, 10));
    finds(&peers.refuse(7, &sent, &none), "has sent nothing");
    let own = [peer().address.ip()].into();
    assert_eq!(peers.refuse(7, &sent, &own), Ok(()), "it is not seen");
    sent.add(at(7), peer());
    assert_eq!(peers.refuse(7, &sent, &none), Ok(()));
}

const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(239, 1, 2, 3));

#[test]
fn the_network_knows_the_groups_of_the_sockets() {
    let mut joined = Joined::default();
    finds(&joined.join(2, GROUP), "nobody asked");
    joined.touch();
    assert_eq!(joined.join(2, GROUP), Ok(()));
    finds(&joined.join(2, GROUP), "twice");
    assert_eq!(joined.join(3, GROUP), Ok(()));
    let known = |groups: &[(u32, IpAddr)]| joined.is_all_of(groups.iter().copied());
    let all_systems = IpAddr::from([224, 0, 0, 1]);
    assert_eq!(known(&[(2, GROUP), (3, GROUP), (2, all_systems)]), Ok(()));
    finds(&known(&[(2, GROUP)]), "that no socket is in");
    finds(
        &known(&[(2, GROUP), (3, GROUP), (4, GROUP)]),
        "was not told of",
    );
    let host = IpAddr::from([192, 0, 2, 1]);
    finds(&known(&[(2, GROUP), (3, GROUP), (3, host)]), "is no group");
    assert!(joined.is_any());
    assert_eq!(joined.leave(2, GROUP), Ok(()));
    finds(&joined.leave(2, GROUP), "and not joined");
    for unreported in [
        "192.0.2.1",
        "224.0.0.1",
        "ff02::1",
        "ff01::7",
        "2001:db8::1",
    ] {
        let unreported = unreported.parse().expect("an address");
        finds(&joined.join(2, unreported), "the network was told");
    }
}

#[test]
fn a_frame_for_many_comes_to_those_whom_it_is_for() {
    let mut slots = [SocketSlot::new(), SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let [member, other] = [(); 2].map(|()| sockets.add(bound()).expect("there is room"));
    let expected = Expected {
        sockets: Some(vec![(member, May::Must, 0), (other, May::Not, 0)]),
        dropped: 0,
    };
    let look = |sockets: &Sockets<'_, '_>, is_dropped, is_whole| {
        expected.look_at_frame(sockets, is_dropped, is_whole)
    };
    finds(&look(&sockets, false, true), "that is for it");
    assert_eq!(look(&sockets, false, false), Ok(()), "parts are missing");
    assert_eq!(look(&sockets, true, true), Ok(()));
    let show = |sockets: &mut Sockets<'_, '_>, id| {
        let socket = sockets.get_mut(id).expect("it is there");
        assert!(socket.handle_datagram(&meta(), b"hello").is_some());
    };
    show(&mut sockets, member);
    for is_whole in [true, false] {
        assert_eq!(look(&sockets, false, is_whole), Ok(()));
        finds(&look(&sockets, true, is_whole), "counted as nobody's");
    }
    show(&mut sockets, member);
    finds(&look(&sockets, false, true), "2 times");
    drop(sockets.remove(member));
    assert_eq!(look(&sockets, false, true), Ok(()), "nobody knows");
    show(&mut sockets, other);
    finds(&look(&sockets, false, true), "that is not for it");
}

#[test]
fn what_a_stack_has_is_looked_at() {
    with_stack(|stack, id| {
        assert_eq!(ports::has_none(id, stack), Ok(()));
        assert_eq!(groups::is_in_none(id, stack), Ok(()));
        for has_frames in [false, true] {
            let mut joined = Joined::default();
            joined.touch();
            assert_eq!(joined.join(2, GROUP), Ok(()));
            finds(&joined.look(stack, has_frames), "that no socket is in");
            assert_eq!(joined.leave(2, GROUP), Ok(()));
            assert_eq!(joined.look(stack, has_frames), Ok(()));
            for told in [joined.join(2, GROUP), joined.leave(2, GROUP)] {
                finds(&told, "nobody asked");
            }
            // A link comes up: all is told again.
            joined.stir();
            assert_eq!(joined.leave(2, GROUP), Ok(()));
            assert_eq!(joined.join(2, GROUP), Ok(()));
            assert_eq!(joined.join(2, GROUP), Ok(()));
        }
    });
}

#[test]
fn with_frames_the_network_knows_the_groups_of_addresses_too() {
    let mut storage = TableStorage::<4, 4, 4, 4, 4, 64>::new();
    let mut stack = Stack::new(storage.tables(), Seed::new([7; 16]));
    let interfaces = stack.interfaces_mut();
    assert_eq!(interfaces.add("eth0", 1500), Ok(2));
    let address = "2001:db8::1:fe12:3456".parse().expect("it is one");
    let added = interfaces.add_address(2, Cidr::new(address, 64));
    assert_eq!(added, Ok(()));
    let mut joined = Joined::default();
    joined.touch();
    assert_eq!(joined.look(&stack, false), Ok(()), "datagrams tell of none");
    finds(
        &joined.look(&stack, true),
        "was not told of ff02::1:ff12:3456 on 2",
    );
    let group = "ff02::1:ff12:3456".parse().expect("it is one");
    joined.touch();
    assert_eq!(joined.join(2, group), Ok(()));
    assert_eq!(joined.look(&stack, true), Ok(()));
    // Without an address of IPv4, nobody can be told that a group of IPv4 is left.
    joined.touch();
    assert_eq!(joined.join(2, GROUP), Ok(()));
    assert_eq!(joined.look(&stack, true), Ok(()));
}

#[test]
fn nobody_waits_for_more_than_a_round() {
    let mut turns = Turns::default();
    let mut verdicts = (0..20).map(|_| turns.count([1].into_iter(), 2));
    let found = verdicts.position(|verdict| verdict.is_err());
    assert_eq!(found, Some(5), "two rounds of two");
    let mut turns = Turns::default();
    for at in 0..100 {
        // Each in its turn.
        assert_eq!(
            turns.count((0..4).filter(|&other| other != at % 4), 4),
            Ok(())
        );
    }
}

#[test]
fn what_is_told_to_a_socket_is_looked_at() {
    let mut slots = [SocketSlot::new(), SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let [one, two] = [(); 2].map(|()| sockets.add(bound()).expect("there is room"));
    let error = Event::Error {
        operation: Operation::Option,
        error: SystemError::new(Syscall::SetTtl, Errno::EINVAL).into(),
    };
    let mut watch = Watch::new(true, false);
    let mut see = |sockets: &mut Sockets<'_, '_>, id, event: &Event<'_>| {
        watch.see(sockets, id, event, Origin::Host);
        watch.take_fault()
    };
    assert_eq!(see(&mut sockets, one, &Event::Listening), None);
    assert_eq!(see(&mut sockets, two, &Event::Listening), None);
    assert_eq!(see(&mut sockets, one, &error), None);
    let again = see(&mut sockets, two, &Event::Listening);
    assert_eq!(
        again.as_deref(),
        Some("socket 1: it was bound once, and told twice")
    );
    drop(sockets.remove(two));
    let gone = see(&mut sockets, two, &error);
    assert_eq!(
        gone.as_deref(),
        Some("an event came of a socket that is not there")
    );
    // Another one in its place is another one.
    let three = sockets.add(bound()).expect("there is room");
    assert_eq!(three.index(), two.index());
    assert_eq!(see(&mut sockets, three, &Event::Listening), None);
}

#[test]
fn what_is_left_in_the_end_is_found() {
    with_stack(|stack, _| {
        let mut slots = [SocketSlot::new()];
        let mut sockets = Sockets::new(&mut slots);
        let id = sockets.add(bound()).expect("there is room");
        let mut watch = Watch::new(true, false);
        watch.look_at_the_end(stack, &sockets);
        let found = watch.take_fault();
        assert_eq!(
            found.as_deref(),
            Some("socket 0: it has not ended although it was closed")
        );
        drop(sockets.remove(id));
        watch.stir();
        watch.wire(stack, [Wired::Joined(2, GROUP)].into_iter());
        watch.look_at_the_end(stack, &sockets);
        let found = watch.take_fault();
        assert_eq!(
            found.as_deref(),
            Some("a group was not left when all sockets were closed")
        );
    });
}

#[test]
fn a_completion_that_is_not_told_is_missed() {
    with_stack(|stack, _| {
        let mut slots = [SocketSlot::new()];
        let mut sockets = Sockets::new(&mut slots);
        let id = sockets.add(bound()).expect("there is room");
        let mut watch = Watch::new(true, false);
        watch.glance(&mut sockets);
        let socket = sockets.get_mut(id).expect("it is there");
        let to = Destination::new(IpAddr::from([192, 0, 2, 2]), 9);
        let sent = socket.send(Datagram::new("x").to(to)).expect("it has room");
        watch.glance(&mut sockets);
        assert_eq!(watch.take_fault(), None);
        let socket = sockets.get_mut(id).expect("it is there");
        socket.handle_transmit(sent, anydgram_core::Transmitted::Sent);
        assert!(socket.poll_event().is_some(), "somebody else takes it");
        watch.look(stack, &mut sockets, true);
        let found = watch.take_fault().expect("it is missed");
        assert!(found.contains("sends get lost"), "{found}");
    });
}

#[test]
fn a_stack_wants_a_turn_when_it_has_something_to_do() {
    let at = anydgram_core::Instant::from_micros;
    let later = |due| times::is_later(due, at(5), true);
    assert_eq!((later(None), later(Some(at(6)))), (Ok(()), Ok(())));
    finds(&later(Some(at(5))), "has just had a turn");
    assert_eq!(
        times::is_later(Some(at(5)), at(5), false),
        Ok(()),
        "no room"
    );
    for due in [None, Some(at(6))] {
        finds(&times::is_punctual(due, at(5)), "had something to do");
    }
    for due in [4, 5] {
        assert_eq!(times::is_punctual(Some(at(due)), at(5)), Ok(()));
    }
}

#[test]
fn a_message_among_frames_is_of_the_last_frame() {
    let mut slots = [SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let id = sockets.add(bound()).expect("there is room");
    let mut watch = Watch::new(false, false);
    watch.see(&mut sockets, id, &Event::Listening, Origin::Frame);
    let mut found = |payload: Option<&[u8]>, is_known| {
        with_message(&meta(), |message| {
            let event = Event::Message(*message);
            watch.see(&mut sockets, id, &event, Origin::Frame);
        });
        let destination = Endpoint::new(IpAddr::from([192, 0, 2, 1]).into(), 7);
        let incoming = payload.map(|payload| Incoming::new(2, peer(), destination, payload));
        watch.look_at_frame(incoming.as_ref(), is_known);
        watch.take_fault().unwrap_or_default()
    };
    assert_eq!(found(Some(b"hello"), true), "");
    assert!(found(Some(b"hullo"), true).contains("not what came in"));
    assert!(found(None, true).contains("nobody sent it"));
    assert_eq!(found(None, false), "");
}
