//! What leaves otherwise than it was given is found.

use anydgram_core::{
    Address, BindOptions, Datagram, Destination, Limits, Options, SocketSlot, SocketType, Sockets,
};

use super::*;

const ENDS: (Endpoint, Endpoint) = (at([192, 0, 2, 1], 7), at([192, 0, 2, 2], 9));

const fn at(ip: [u8; 4], port: u16) -> Endpoint {
    let [a, b, c, d] = ip;
    let ip = core::net::Ipv4Addr::new(a, b, c, d);
    Endpoint::new(Address::new(IpAddr::V4(ip)), port)
}

/// A bound socket that was given these bytes, each for one destination, in the order of the calls.
fn with_socket<R>(given: &[&str], test: impl FnOnce(SocketId, &mut Socket<'_>) -> R) -> R {
    let mut slots = [SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
    socket.bind(BindOptions::port(7)).expect("it is open");
    assert!(socket.poll_action().is_some());
    socket
        .handle_bind(Ok(at([0; 4], 7)))
        .expect("it is being bound");
    for bytes in given {
        send(&mut socket, bytes);
    }
    let id = sockets.add(socket).expect("there is room");
    test(id, sockets.get_mut(id).expect("it was added"))
}

fn send(socket: &mut Socket<'_>, bytes: &str) {
    let to = Destination::new(ENDS.1.address.ip(), ENDS.1.port);
    let sent = socket.send(Datagram::new(bytes).to(to));
    assert!(sent.is_ok(), "there is room");
}

/// What was given to a socket.
fn given(all: &[&str]) -> Vec<Given> {
    with_socket(all, |id, socket| {
        let mut given = Vec::new();
        socket.transmit_run(|run| {
            given.extend(run.map(|transmit| Given::of(id, &transmit)));
            0
        });
        given
    })
}

fn wait(departures: &mut Departures, waiting: &[Given]) -> Result<u64, String> {
    departures.wait(7, waiting.iter().copied())
}

fn departures(all: &[&str]) -> Departures {
    let mut departures = Departures::default();
    assert_eq!(wait(&mut departures, &given(all)), Ok(all.len() as u64));
    departures
}

/// These leave, one after the other.
fn leave(departures: &mut Departures, all: &[&str], is_in_line: bool) -> Verdict {
    let mut all = all.iter();
    all.try_for_each(|bytes| departures.leave(ENDS, digest(bytes.as_bytes()), is_in_line))
}

#[track_caller]
fn finds(verdict: Verdict, what: &str) {
    let found = verdict.expect_err(what);
    assert!(found.contains(what), "{found}");
}

#[test]
fn what_was_given_leaves_once_and_in_order() {
    for is_in_line in [true, false] {
        let mut some = departures(&["one", "two", "", "one"]);
        let left = leave(&mut some, &["one", "two", "", "one"], is_in_line);
        assert_eq!(left, Ok(()));
        finds(
            leave(&mut some, &["one"], is_in_line),
            "no socket was given",
        );
        // Some fail.
        let mut some = departures(&["one", "two", "three"]);
        assert_eq!(leave(&mut some, &["two", "three"], is_in_line), Ok(()));
    }
}

#[test]
fn two_that_swap_their_bytes_are_found_where_they_wait() {
    let before = given(&["one", "two"]);
    let mut after = before.clone();
    (after[0].digest, after[1].digest) = (before[1].digest, before[0].digest);
    let mut some = Departures::default();
    assert_eq!(wait(&mut some, &before), Ok(2));
    assert_eq!(wait(&mut some, &before), Ok(0), "as they were");
    finds(
        wait(&mut some, &after).map(drop),
        "has changed while it waits",
    );
    let mut other = before.clone();
    other[1].to = Some((ENDS.0.address.ip(), 9));
    finds(
        wait(&mut some, &other).map(drop),
        "has changed while it waits",
    );
}

#[test]
fn two_that_swap_their_bytes_are_found_when_they_leave() {
    for is_in_line in [true, false] {
        let mut some = departures(&["one", "two"]);
        finds(
            leave(&mut some, &["two", "one"], is_in_line),
            "or not so late",
        );
        for wrong in ["", "on", "onf", "one "] {
            let mut some = departures(&["one", "two"]);
            finds(
                leave(&mut some, &[wrong], is_in_line),
                "no socket was given",
            );
        }
    }
}

#[test]
fn what_leaves_goes_where_it_was_to_go() {
    let mut some = departures(&["one"]);
    let digest = digest(b"one");
    let (source, destination) = ENDS;
    for wrong in [
        (source, at([192, 0, 2, 3], 9)),
        (source, at([192, 0, 2, 2], 10)),
        (at([192, 0, 2, 1], 8), destination),
    ] {
        finds(some.leave(wrong, digest, true), "no socket was given");
    }
    assert_eq!(some.leave(ENDS, digest, true), Ok(()));
    // Whoever the peer is.
    let mut to_peer = given(&["one"]);
    to_peer[0].to = None;
    assert_eq!(wait(&mut some, &to_peer), Ok(1));
    assert_eq!(some.leave(ENDS, digest, true), Ok(()));
}

#[test]
fn only_neighbours_are_waited_for_out_of_order() {
    let far = (ENDS.0, at([192, 0, 2, 3], 9));
    for is_in_line in [true, false] {
        let mut all = given(&["one", "two"]);
        all[1].to = Some((far.1.address.ip(), 9));
        let mut some = Departures::default();
        assert_eq!(wait(&mut some, &all), Ok(2));
        assert_eq!(some.leave(far, digest(b"two"), is_in_line), Ok(()));
        let one = some.leave(ENDS, digest(b"one"), is_in_line);
        assert_eq!(one.is_err(), is_in_line);
    }
}

#[test]
fn what_nobody_saw_may_leave_as_often_as_it_was_given() {
    with_socket(&["one"], |id, socket| {
        let mut some = Departures::default();
        assert_eq!(some.give(id, socket, 3), Ok(()), "two were not seen");
        send(socket, "two");
        assert_eq!(some.look_at(id, socket), Ok(()), "one of them is now");
        assert_eq!(leave(&mut some, &["one", "what?", "two"], true), Ok(()));
        finds(leave(&mut some, &["what?"], true), "no socket was given");
    });
}

#[test]
fn a_host_at_rest_has_nothing_that_leaves() {
    let mut some = departures(&["one"]);
    some.rest();
    finds(leave(&mut some, &["one"], true), "no socket was given");
}

#[test]
fn so_many_are_kept_and_the_others_counted() {
    let mut some = Departures::default();
    let mut one = given(&["one"]);
    for number in 0..=KEPT {
        one[0].digest = number as u64;
        one[0].to = Some((
            ENDS.1.address.ip(),
            u16::try_from(number).expect("not so many"),
        ));
        some.ports.entry(7).or_default().push_back(one[0]);
    }
    assert_eq!(wait(&mut some, &[]), Ok(0));
    assert_eq!((some.ports[&7].len(), some.unseen), (KEPT, 1));
    assert_eq!(some.ports[&7][0].digest, 1, "the first was too many");
}
