//! A system without room, by plan: what waits leaves, `drain` is told once, and nobody asks in vain.

use core::cell::RefCell;

use anydgram_core::{Full, Limits, UnixDatagram};

use super::*;
use crate::backlog::RETRY;
use crate::sys::faults::{self, Call, Outcome};

const LIMIT: Duration = Duration::from_secs(30);

/// How often the system may have been asked since `start`, if it was for the first time then.
fn most_since(start: Instant) -> usize {
    let intervals = start.elapsed().as_millis() / RETRY.as_millis();
    usize::try_from(intervals).unwrap() + 1
}

/// A socket of a small queue, which sends to itself.
fn small(event_loop: &EventLoop) -> (Socket, Destination<'static>) {
    let options = SocketOptions::new(SocketType::Udp4).limits(Limits::new().send_queue(100, 4));
    let socket = event_loop.create_socket(options).unwrap();
    socket.bind_sync(("127.0.0.1", 0)).unwrap();
    let to = Destination::local(socket.address().unwrap().port);
    (socket, to)
}

/// Sends six datagrams, each longer than the one before it, so that no two of them leave as one; which of them were taken.
fn send_six(socket: &Socket, to: Destination<'_>) -> Vec<u8> {
    let sent = (1..=6_u8).map(|length| {
        let payload = vec![length; length.into()];
        (length, socket.send(Datagram::new(&*payload).to(to)))
    });
    sent.filter_map(|(length, sent)| match sent {
        Ok(()) => Some(length),
        Err(error) => {
            assert_eq!(error.code(), "ERR_SOCKET_DGRAM_QUEUE_FULL");
            None
        }
    })
    .collect()
}

#[test]
fn whatever_is_full_everything_leaves_and_drain_is_told_once() {
    for filling in faults::fillings() {
        let event_loop = EventLoop::new().unwrap();
        let (socket, to) = small(&event_loop);
        let drained = Rc::new(Cell::new(0));
        let count = Rc::clone(&drained);
        socket.on("drain", move |socket, _| {
            assert_eq!(socket.send_queue_count(), 0);
            count.set(count.get() + 1);
        });
        let received = Rc::new(RefCell::new(Vec::new()));
        let list = Rc::clone(&received);
        socket.on_message(move |_, message| list.borrow_mut().push(message.data[0]));
        faults::plan_filling(&filling);
        let taken = send_six(&socket, to);
        let owed = usize::from(taken.len() < 6);
        let start = now();
        while *received.borrow() != taken || drained.get() < owed {
            event_loop.turn(Some(LIMIT)).unwrap();
            assert!(start.elapsed() < LIMIT, "{filling:?}: {received:?}");
        }
        event_loop.run_for(Duration::ZERO).unwrap();
        assert_eq!(drained.get(), owed, "{filling:?}");
        let stats = socket.stats();
        let failed = |errno| filling.iter().filter(|one| **one == Some(errno)).count();
        let counted = [stats.buffer_full, stats.memory_full, stats.overflowed];
        let expected = [failed(libc::EAGAIN), failed(libc::ENOBUFS), 6 - taken.len()];
        assert_eq!(
            counted.map(|count| usize::try_from(count).unwrap()),
            expected
        );
        assert_eq!(faults::left(), 0, "{filling:?}");
        socket.close().unwrap();
        event_loop.run().unwrap();
        assert_eq!(drained.get(), owed, "{filling:?}");
    }
}

#[test]
fn a_socket_that_is_closed_while_the_system_is_full_ends_and_tells_no_drain() {
    for errno in [libc::EAGAIN, libc::ENOBUFS] {
        let event_loop = EventLoop::new().unwrap();
        let (socket, to) = small(&event_loop);
        socket.on("drain", |_, _| panic!("it is closed"));
        for _ in 0..1_000 {
            faults::plan(Call::AnySend, Outcome::Fail(errno));
        }
        assert!(send_six(&socket, to).len() < 6);
        event_loop.turn(Some(Duration::ZERO)).unwrap();
        let waiting = u32::try_from(socket.send_queue_count()).unwrap();
        socket.close().unwrap();
        // Nobody waits for what was cancelled.
        assert!(event_loop.run_for(Duration::ZERO).unwrap());
        assert_eq!((socket.stats().canceled, socket.stats().sent), (waiting, 0));
        faults::forget();
    }
}

#[test]
fn a_system_without_memory_is_asked_once_an_interval_however_much_is_sent() {
    const TURNS: usize = 1_000;
    let event_loop = EventLoop::new().unwrap();
    let (socket, to) = small(&event_loop);
    for _ in 0..TURNS {
        faults::plan(Call::AnySend, Outcome::Fail(libc::ENOBUFS));
    }
    let (asked, start) = (faults::sends(), now());
    let mut refused = 0;
    while refused < TURNS || start.elapsed() < RETRY * 4 {
        refused += 6 - send_six(&socket, to).len();
        socket.send_many([Datagram::new("x").to(to); 3], |_, _| ());
        event_loop.turn(Some(Duration::ZERO)).unwrap();
        let asked = faults::sends() - asked;
        assert!(asked <= most_since(start), "{asked} times");
    }
    assert!(faults::sends() - asked >= 2, "it was never asked again");
    faults::forget();
    while socket.send_queue_count() > 0 {
        event_loop.turn(Some(LIMIT)).unwrap();
    }
    socket.close().unwrap();
    event_loop.run().unwrap();
}

#[test]
fn a_full_buffer_is_asked_at_a_sign_and_once_an_interval() {
    let event_loop = EventLoop::new().unwrap();
    let (socket, to) = small(&event_loop);
    for _ in 0..1_000 {
        faults::plan(Call::AnySend, Outcome::Fail(libc::EAGAIN));
    }
    let (asked, start) = (faults::sends(), now());
    while start.elapsed() < RETRY * 4 {
        send_six(&socket, to);
        event_loop.turn(Some(Duration::ZERO)).unwrap();
        let asked = faults::sends() - asked;
        // The system has room indeed, and says so when it is first asked to.
        assert!(asked <= most_since(start) + 1, "{asked} times");
    }
    assert!(socket.0.backlog.awaits_sign());
    faults::forget();
    socket.close().unwrap();
    event_loop.run().unwrap();
}

#[test]
fn a_loop_that_may_wait_does_not_turn_in_vain() {
    const REFUSALS: usize = 3;
    for full in [Full::Buffer, Full::Memory] {
        let errno = match full {
            Full::Buffer => libc::EAGAIN,
            Full::Memory => libc::ENOBUFS,
        };
        let event_loop = EventLoop::new().unwrap();
        let (socket, to) = small(&event_loop);
        let told = Rc::new(Cell::new(None));
        let result = Rc::clone(&told);
        for _ in 0..1_000 {
            faults::plan(Call::AnySend, Outcome::Fail(errno));
        }
        socket
            .send_with(Datagram::new("hello").to(to), move |sent| {
                result.set(sent.ok());
            })
            .unwrap();
        let (asked, start) = (faults::sends(), now());
        let mut turns = 0;
        while faults::sends() < asked + REFUSALS {
            event_loop.turn(None).unwrap();
            turns += 1;
        }
        assert!(start.elapsed() >= RETRY);
        assert!(turns <= 2 * REFUSALS, "{turns} turns");
        assert_eq!((told.get(), socket.send_queue_count()), (None, 1));
        faults::forget();
        while told.get().is_none() {
            event_loop.turn(Some(LIMIT)).unwrap();
        }
        assert_eq!(told.get(), Some(5));
        socket.close().unwrap();
        event_loop.run().unwrap();
    }
}

#[test]
fn a_unix_socket_asks_a_system_without_memory_once_an_interval() {
    let event_loop = EventLoop::new().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let path = path.to_str().unwrap();
    let [receiver, sender] = [(); 2].map(|()| event_loop.create_unix_socket().unwrap());
    receiver.bind(path).unwrap();
    let received = Rc::new(Cell::new(0));
    let count = Rc::clone(&received);
    receiver.on_message(move |_, _| count.set(count.get() + 1));
    event_loop.turn(Some(Duration::ZERO)).unwrap();
    sender.connect(path).unwrap();
    event_loop.turn(Some(Duration::ZERO)).unwrap();
    for _ in 0..1_000 {
        faults::plan(Call::AnySend, Outcome::Fail(libc::ENOBUFS));
    }
    let (asked, start) = (faults::sends(), now());
    let mut sent = 0;
    while start.elapsed() < RETRY * 4 {
        sent += usize::from(sender.send(UnixDatagram::new("x")).is_ok());
        event_loop.turn(Some(Duration::ZERO)).unwrap();
        let asked = faults::sends() - asked;
        assert!(asked <= most_since(start), "{asked} times");
    }
    assert!(faults::sends() - asked >= 2, "it was never asked again");
    assert_eq!(received.get(), 0);
    faults::forget();
    while received.get() < sent {
        event_loop.turn(Some(LIMIT)).unwrap();
    }
    for socket in [receiver, sender] {
        socket.close().unwrap();
    }
    event_loop.run().unwrap();
}
