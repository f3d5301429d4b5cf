//! Memory on the heap keeps datagrams that are alike without entries; nobody can tell.

use super::*;
use crate::{Full, Limits, Rule, SendMeta, Storage, Transmit};
use alloc::vec;
use proptest::prelude::*;

/// What can be done to a socket.
#[derive(Clone, Copy, Debug)]
enum Op {
    /// Sends a datagram of a kind, so often.
    Send(u8, u8),
    /// Has so many leave in a run.
    Run(usize),
    Next(Transmitted),
    Poll(Transmitted),
    Events,
    Connect,
    Disconnect,
    Rule,
    Name,
    Close,
}

fn ops() -> impl Strategy<Value = Op> {
    let outcome = prop_oneof![
        3 => Just(Transmitted::Sent),
        1 => Just(Transmitted::Blocked(Full::Buffer)),
        1 => Just(Transmitted::Failed(Errno::EIO)),
    ];
    prop_oneof![
        20 => (0..13_u8, 1..6_u8).prop_map(|(kind, times)| Op::Send(kind, times)),
        4 => (0..9_usize).prop_map(Op::Run),
        4 => Just(Op::Run(99)),
        2 => outcome.clone().prop_map(Op::Next),
        2 => outcome.prop_map(Op::Poll),
        2 => Just(Op::Events),
        1 => Just(Op::Connect),
        1 => Just(Op::Disconnect),
        1 => Just(Op::Rule),
        1 => Just(Op::Name),
        1 => Just(Op::Close),
    ]
}

fn datagram(kind: u8, bytes: &[u8]) -> Datagram<'_> {
    let short = bytes.get(..5).unwrap();
    let datagram = match kind {
        0..4 => Datagram::new(short).to(peer(9)),
        4 => Datagram::new(bytes).to(peer(9)),
        5 => Datagram::new(short).to(peer(10)),
        6 => Datagram::new(short),
        8..10 => Datagram::new(short).to(peer(9)).with(asked()),
        10 => Datagram::new(bytes).to(peer(9)).with(asked()),
        11 => Datagram::new(short).to(peer(9)).with(asked().with_ecn(1)),
        12 => Datagram::new(&[]).to(peer(9)).with(asked()),
        _ => Datagram::new(&[]).to(peer(9)),
    };
    if kind == 3 {
        datagram
    } else {
        datagram.unreported()
    }
}

fn asked() -> SendMeta {
    let source = Ipv4Addr::new(192, 0, 2, 1);
    SendMeta::new().with_source(source.into()).with_hop_limit(9)
}

fn lent(transmit: &Transmit<'_>) -> String {
    format!("{transmit:?}")
}

/// Does it, and tells what came of it.
fn act(socket: &mut Socket<'_>, op: Op, step: u8) -> Vec<String> {
    let mut log = Vec::new();
    match op {
        Op::Send(kind, times) => {
            for time in 0..times {
                let bytes = [step, time, 0, 1, 2, 3, 4];
                log.push(format!("{:?}", socket.send(datagram(kind, &bytes))));
            }
        }
        Op::Run(most) => {
            let sent = socket.transmit_run(|waiting| {
                log.extend(waiting.map(|transmit| lent(&transmit)));
                most.min(log.len())
            });
            log.push(format!("{sent}"));
        }
        Op::Next(outcome) => {
            let next = socket.transmit_next(|transmit| {
                log.push(lent(transmit));
                outcome
            });
            log.push(format!("{next:?}"));
        }
        Op::Poll(outcome) => {
            if let Some(transmit) = socket.poll_transmit() {
                log.push(lent(&transmit));
                let token = transmit.token;
                socket.handle_transmit(token, outcome);
            }
        }
        Op::Events => {
            while let Some(event) = socket.poll_event() {
                log.push(format!("{event:?}"));
            }
        }
        Op::Connect => log.push(format!("{:?}", socket.connect(peer(9)))),
        Op::Disconnect => log.push(format!("{:?}", socket.disconnect())),
        Op::Rule => {
            let rule = Rule::address(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)));
            log.push(format!("{:?}", socket.block_sending(rule)));
        }
        Op::Name => {
            let named = Datagram::new("named").to(Destination::new("example.org", 9));
            log.push(format!("{:?}", socket.send(named.unreported())));
        }
        Op::Close => log.push(format!("{:?}", socket.close())),
    }
    if !matches!(op, Op::Send(..) | Op::Run(_)) {
        log.extend(Backend::new().turn(socket));
    }
    log.push(format!("{:?}", socket.stats()));
    // Asking must not change anything; half of the time nobody asks.
    if step.is_multiple_of(2) {
        let queued = (socket.send_queue_size(), socket.send_queue_count());
        log.push(format!("{queued:?} {}", socket.is_ready()));
    }
    log
}

proptest! {
    #[test]
    fn nobody_can_tell_datagrams_without_entries(ops in prop::collection::vec(ops(), 1..60)) {
        let mut storage: Storage<200, 12, 0, 16, 2> = Storage::new();
        let mut limits = Limits::new().send_queue(200, 12).events(16);
        limits.rules = 2;
        let options = Options::new(SocketType::Udp4);
        let mut fixed = Socket::new(options, &mut storage);
        let mut heap = Socket::with_heap(options, limits);
        bring_up(&mut fixed);
        bring_up(&mut heap);
        for (step, op) in (0..=u8::MAX).zip(ops) {
            prop_assert_eq!(act(&mut fixed, op, step), act(&mut heap, op, step), "{:?}", op);
        }
    }
}

#[test]
fn a_run_of_datagrams_without_entries_is_lent_as_one_piece() {
    let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
    bring_up(&mut socket);
    // The queue's memory does not grow later.
    let long = Datagram::new(&[0; 600]).to(peer(9)).unreported();
    socket.send(long).unwrap();
    assert_eq!(socket.transmit_run(|waiting| waiting.count()), 1);
    let mut send = |kind, count: u8| {
        for number in 0..count {
            socket.send(datagram(kind, &[number; 7])).unwrap();
        }
        socket.transmit_run(|waiting| {
            let first = waiting.next().unwrap();
            assert_eq!(first.payload, Payload::Slice(&[0; 5]));
            assert_eq!(first.meta.is_none(), kind == 0);
            let alike = waiting.take_alike();
            let numbers: Vec<_> = (1..count).flat_map(|number| [number; 5]).collect();
            assert_eq!(alike, numbers);
            assert_eq!(waiting.next(), None);
            usize::from(count)
        });
    };
    // They are expected once two have had one length.
    send(0, 1);
    send(0, 9);
    send(0, 30);
    // What each asks for is kept once.
    send(8, 30);
    assert_eq!((socket.stats().sent, socket.send_queue_count()), (71, 0));
}

#[test]
fn what_is_left_of_a_run_is_lent_as_one_piece_again() {
    let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
    bring_up(&mut socket);
    let long = Datagram::new(&[0; 600]).to(peer(9)).unreported();
    for kind in [0, 8] {
        socket.send(long).unwrap();
        assert_eq!(socket.transmit_run(|waiting| waiting.count()), 1);
        for number in 0..30 {
            socket.send(datagram(kind, &[number; 7])).unwrap();
        }
        for (start, taken) in [(0_u8, 10_u8), (10, 7), (17, 13)] {
            let sent = socket.transmit_run(|waiting| {
                let first = waiting.next().unwrap();
                assert_eq!(first.payload, Payload::Slice(&[start; 5]));
                assert_eq!(first.meta.is_none(), kind == 0);
                let mut alike = waiting.take_alike();
                let mut next = start + 1;
                if start == 0 {
                    // Only from the second one on they are expected.
                    assert!(alike.is_empty());
                    assert_eq!(waiting.next().unwrap().payload, Payload::Slice(&[1; 5]));
                    alike = waiting.take_alike();
                    next = 2;
                }
                let numbers: Vec<_> = (next..30).flat_map(|number| [number; 5]).collect();
                assert_eq!(alike, numbers);
                taken.into()
            });
            assert_eq!(sent, usize::from(taken));
        }
        assert_eq!(socket.send_queue_count(), 0);
    }
    assert_eq!(socket.stats().sent, 62);
}
