//! Several datagrams that leave at once.

use super::*;
use crate::{Rule, SendMeta};

/// The payloads that are lent, as texts, of which `taken` leave.
fn run(socket: &mut Socket<'_>, taken: usize) -> Vec<String> {
    let mut lent = Vec::new();
    let sent = socket.transmit_run(|waiting| {
        lent.extend(waiting.map(|transmit| {
            let Payload::Slice(bytes) = transmit.payload else {
                panic!("what is queued is in one piece");
            };
            String::from_utf8(bytes.to_vec()).unwrap()
        }));
        taken.min(lent.len())
    });
    assert_eq!(sent, taken.min(lent.len()));
    lent
}

#[test]
fn what_was_taken_has_been_sent_and_the_rest_is_lent_again() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let tokens = ["a", "b", "c"].map(|text| socket.send(hello(text)).unwrap());
    socket.send(hello("d").unreported()).unwrap();
    assert_eq!(run(&mut socket, 2), ["a", "b", "c", "d"]);
    let sent = |index: usize| format!("sent {}: 1", tokens[index].0);
    assert_eq!(events(&mut socket), [sent(0), sent(1)]);
    assert_eq!((socket.send_queue_count(), socket.stats().sent), (2, 2));
    assert_eq!(run(&mut socket, 0), ["c", "d"]);
    assert_eq!(run(&mut socket, 9), ["c", "d"]);
    assert_eq!(events(&mut socket), [sent(2)]);
    assert_eq!((socket.send_queue_count(), socket.stats().sent), (0, 4));
    assert_eq!(run(&mut socket, 9), [""; 0]);
}

#[test]
fn nothing_is_lent_that_may_not_leave() {
    let mut storage = SmallStorage::new();
    let mut socket = udp4(&mut storage);
    socket.send(hello("unbound")).unwrap();
    assert_eq!(run(&mut socket, 9), [""; 0]);
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    socket.send(hello("before")).unwrap();
    let elsewhere = Destination::new(Family::V6.loopback(), 9);
    socket
        .send(Datagram::new("other family").to(elsewhere))
        .unwrap();
    socket.send(hello("behind")).unwrap();
    assert_eq!(run(&mut socket, 9), ["before"]);
    // The one that cannot leave ends on the other way.
    assert_eq!(run(&mut socket, 9), [""; 0]);
    let next = socket.transmit_next(|_| Transmitted::Sent);
    assert_eq!(next, Some(Transmitted::Sent));
    assert_eq!((socket.stats().sent, socket.stats().failed), (2, 1));
    // With rules each datagram is looked at.
    let rule = Rule::address(Family::V4.loopback().ip());
    socket.block_sending(rule).unwrap();
    socket.send(hello("ruled")).unwrap();
    assert_eq!(run(&mut socket, 9), [""; 0]);
}

/// What becomes of a datagram: its result, where it went and the token of the next one.
type Fate = (Result<(), Misuse>, Option<Option<Endpoint>>, u64);

/// Gives a datagram to a socket, past the queue if that is possible: in a run if `in_run`.
fn fate(socket: &mut Socket<'_>, datagram: Datagram<'_>, in_run: bool) -> (Fate, bool) {
    let mut went = None;
    let run = socket.offer_run().filter(|_| in_run);
    let destination = run.as_ref().and_then(|run| run.destination(&datagram));
    let is_part = destination.is_some();
    let result = match run.filter(|_| is_part) {
        Some(run) => {
            went = destination;
            run.settle(1);
            Ok(())
        }
        None => socket
            .send_now(datagram, |transmit| {
                went = Some(transmit.destination);
                Transmitted::Sent
            })
            .map(drop),
    };
    ((result, went, socket.next_number), is_part)
}

/// Datagrams of all kinds.
fn kinds(long: &[u8]) -> [Datagram<'_>; 12] {
    const PIECES: &[&[u8]] = &[b"pie", b"ces"];
    let elsewhere = Destination::new(Family::V6.loopback(), 9);
    [
        hello("reported"),
        hello("plain").unreported(),
        hello("").unreported(),
        Datagram::new(PIECES).to(peer(9)).unreported(),
        hello("port").to(peer(0)).unreported(),
        hello("local").to(Destination::local(9)).unreported(),
        hello("name")
            .to(Destination::new("example.org", 9))
            .unreported(),
        hello("family").to(elsewhere).unreported(),
        Datagram::new("to the peer").unreported(),
        Datagram::new(long).to(peer(9)).unreported(),
        hello("asks")
            .with(SendMeta::new().with_hop_limit(3))
            .unreported(),
        hello("last").unreported(),
    ]
}

/// Brings a socket into a state, by its number.
fn prepare(socket: &mut Socket<'_>, state: usize) {
    if state > 0 {
        bring_up(socket);
    }
    match state {
        2 => socket.set_ttl(9).unwrap(),
        3 => drop(socket.send(hello("waits")).unwrap()),
        4 => socket.connect(peer(9)).unwrap(),
        5 => {
            socket.connect(peer(9)).unwrap();
            Backend::new().turn(socket);
        }
        6 => socket
            .block_sending(Rule::address(Family::V4.loopback().ip()))
            .unwrap(),
        7 => socket.close().unwrap(),
        _ => {}
    }
}

#[test]
fn datagrams_of_a_run_end_as_if_each_had_been_sent() {
    let long = alloc::vec![0; 65_508];
    // How many of the datagrams can be parts of runs.
    for (state, most) in [0, 6, 2, 2, 1, 1, 0, 0].into_iter().enumerate() {
        let (mut one, mut other) = (SmallStorage::new(), SmallStorage::new());
        let mut sockets = [udp4(&mut one), udp4(&mut other)];
        for socket in &mut sockets {
            prepare(socket, state);
        }
        let [socket, twin] = &mut sockets;
        let mut in_runs = 0;
        for datagram in kinds(&long) {
            let (fate_in_run, is_part) = fate(socket, datagram, true);
            let expected = fate(twin, datagram, false).0;
            assert_eq!(fate_in_run, expected, "{state}: {datagram:?}");
            in_runs += usize::from(is_part);
            assert_eq!(socket.stats(), twin.stats());
            assert_eq!(socket.send_queue_size(), twin.send_queue_size());
            if datagram.payload == Payload::from("name") && socket.is_bound() {
                // So that those behind it can leave.
                for socket in [&mut *socket, &mut *twin] {
                    Backend::new().turn(socket);
                }
            }
        }
        assert_eq!(in_runs, most, "{state}");
        assert_eq!(events(socket), events(twin));
    }
}

#[test]
fn a_run_that_is_dropped_has_sent_nothing() {
    let mut storage = SmallStorage::new();
    let mut socket = bound(&mut storage);
    let run = socket.offer_run().unwrap();
    assert!(run.destination(&hello("a").unreported()).is_some());
    drop(run);
    assert_eq!((socket.stats().sent, socket.next_number), (0, 0));
    socket.offer_run().unwrap().settle(3);
    assert_eq!((socket.stats().sent, socket.next_number), (3, 3));
}
