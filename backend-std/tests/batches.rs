//! Datagrams that are taken from the system together are told as if each had been taken alone.

#![expect(clippy::unwrap_used, reason = "a test's way to fail")]

extern crate alloc;

use core::cell::{Cell, RefCell};
use core::time::Duration;

use alloc::rc::Rc;

use anydgram_std::{
    Datagram, Destination, EventLoop, Family, Limits, Metadata, Options, SendMeta, Socket,
    SocketOptions, SocketType,
};

const LIMIT: Duration = Duration::from_secs(30);

fn bound(event_loop: &EventLoop) -> Socket {
    let options = Options::new(SocketType::Udp4).metadata(Metadata::ALL);
    let socket = event_loop.create_socket(options).unwrap();
    socket.bind_sync(("127.0.0.1", 0)).unwrap();
    socket
}

/// Sends datagrams of one byte, which counts from 0.
fn send(from: &Socket, to: &Socket, count: u8) {
    let to = Destination::local(to.address().unwrap().port);
    for index in 0..count {
        from.send(Datagram::new(&[index]).to(to)).unwrap();
    }
}

#[expect(clippy::disallowed_methods, reason = "a test that hangs has to end")]
fn run_until(event_loop: &EventLoop, mut is_done: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !is_done() {
        assert!(event_loop.turn(Some(LIMIT)).unwrap());
        assert!(start.elapsed() < LIMIT, "it does not happen");
    }
}

#[test]
fn turns_come_between_the_datagrams_of_a_batch() {
    let event_loop = EventLoop::new().unwrap();
    let [sender, receiver] = [(); 2].map(|()| bound(&event_loop));
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&seen);
    let back = Destination::local(sender.address().unwrap().port);
    receiver.on_message(move |socket, message| {
        let index = message.data[0];
        log.borrow_mut().push(("message", index));
        let log = Rc::clone(&log);
        let ended = move |sent: Result<usize, _>| {
            assert_eq!(sent.unwrap(), 1);
            log.borrow_mut().push(("sent", index));
        };
        let answer = Datagram::new(message.data).to(back);
        socket.send_with(answer, ended).unwrap();
    });
    send(&sender, &receiver, 100);
    run_until(&event_loop, || seen.borrow().len() == 200);
    let expected: Vec<_> = (0..100)
        .flat_map(|index| [("message", index), ("sent", index)])
        .collect();
    assert_eq!(*seen.borrow(), expected);
}

#[test]
fn a_socket_that_is_closed_in_the_middle_hears_no_more() {
    let event_loop = EventLoop::new().unwrap();
    let [sender, receiver] = [(); 2].map(|()| bound(&event_loop));
    let heard = Rc::new(Cell::new(0));
    let count = Rc::clone(&heard);
    receiver.on_message(move |socket, message| {
        count.set(count.get() + 1);
        if message.data == [2] {
            socket.close().unwrap();
        }
    });
    send(&sender, &receiver, 20);
    sender.close().unwrap();
    assert!(event_loop.run_for(LIMIT).unwrap());
    assert_eq!(heard.get(), 3);
    let stats = receiver.stats();
    assert_eq!(stats.delivered, 3);
    // What had been taken from the system was dropped, and counted; the rest went with the system's socket.
    assert_eq!(stats.received, 3 + stats.dropped_not_running);
}

#[test]
fn a_loop_within_a_listener_goes_on_with_the_batch() {
    let event_loop = Rc::new(EventLoop::new().unwrap());
    let [sender, receiver] = [(); 2].map(|()| bound(&event_loop));
    let heard = Rc::new(RefCell::new(Vec::new()));
    let (log, within) = (Rc::clone(&heard), Rc::clone(&event_loop));
    receiver.on_message(move |_, message| {
        log.borrow_mut().push(message.data[0]);
        if message.data == [0] {
            run_until(&within, || log.borrow().len() >= 50);
        }
        // What was lent to this listener is still what it was.
        assert!(message.data[0] == 0 || log.borrow().last() == Some(&message.data[0]));
    });
    send(&sender, &receiver, 100);
    run_until(&event_loop, || heard.borrow().len() == 100);
    assert_eq!(*heard.borrow(), (0..100).collect::<Vec<u8>>());
}

#[test]
fn an_error_that_ends_the_loop_leaves_the_rest_for_the_next_run() {
    let event_loop = EventLoop::new().unwrap();
    let [sender, receiver] = [(); 2].map(|()| bound(&event_loop));
    let heard = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&heard);
    receiver.on_message(move |socket, message| {
        log.borrow_mut().push(message.data[0]);
        if message.data[0] % 10 == 0 {
            // Nobody listens to its errors: a host name that cannot be.
            let nowhere = Destination::new("name.invalid.", 9);
            socket.send(Datagram::new("").to(nowhere)).unwrap();
        }
    });
    send(&sender, &receiver, 40);
    let mut errors = 0;
    while heard.borrow().len() < 40 || errors < 4 {
        match event_loop.turn(Some(LIMIT)) {
            Ok(can_happen) => assert!(can_happen),
            Err(_) => errors += 1,
        }
    }
    assert_eq!(*heard.borrow(), (0..40).collect::<Vec<u8>>());
}

#[cfg(target_os = "linux")]
#[test]
fn listeners_are_told_what_was_asked_for() {
    let event_loop = EventLoop::new().unwrap();
    let [sender, receiver] = [(); 2].map(|()| bound(&event_loop));
    let is_told = Rc::new(Cell::new(false));
    let told = Rc::clone(&is_told);
    receiver.on_message(move |_, message| {
        let meta = message.meta;
        assert_eq!(
            meta.local.map(|local| local.ip()),
            Some([127, 0, 0, 1].into())
        );
        assert_eq!((meta.hop_limit, meta.ecn()), (Some(64), Some(0)));
        assert!(meta.interface.is_some() && meta.timestamp.is_some());
        told.set(true);
    });
    send(&sender, &receiver, 1);
    run_until(&event_loop, || is_told.get());
}

/// Receives into a log of its own.
fn logging(event_loop: &EventLoop) -> (Socket, Rc<RefCell<Vec<Vec<u8>>>>) {
    let receiver = bound(event_loop);
    let heard = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&heard);
    receiver.on_message(move |_, message| log.borrow_mut().push(message.data.to_vec()));
    (receiver, heard)
}

#[test]
fn many_datagrams_reach_their_destinations_in_order_and_each_has_its_result() {
    let event_loop = EventLoop::new().unwrap();
    let receivers = [(); 3].map(|()| logging(&event_loop));
    let ports: Vec<u16> = receivers
        .iter()
        .map(|(socket, _)| socket.address().unwrap().port)
        .chain([0])
        .collect();
    let all_limits = [Limits::new(), Limits::new().send_queue(700, 5)];
    for (round, limits) in all_limits.into_iter().enumerate() {
        // Unbound at first, and then bound.
        let options = SocketOptions::new(SocketType::Udp4).limits(limits);
        let sender = event_loop.create_socket(options).unwrap();
        if round == 1 {
            sender.bind_sync(("127.0.0.1", 0)).unwrap();
        }
        let drained = Rc::new(Cell::new(0));
        let count = Rc::clone(&drained);
        sender.on("drain", move |_, _| count.set(count.get() + 1));
        let payloads: Vec<_> = (0..400_u32).map(u32::to_le_bytes).collect();
        let datagrams = payloads.iter().enumerate().map(|(index, payload)| {
            Datagram::new(payload).to(Destination::new("127.0.0.1", ports[index % 4]))
        });
        let mut results = Vec::new();
        sender.send_many(datagrams, |index, result| {
            assert_eq!(index, results.len());
            results.push(result.is_ok());
        });
        let expected: Vec<_> = (0..400).map(|index| index % 4 != 3).collect();
        assert_eq!(results, expected);
        for (place, (_, heard)) in receivers.iter().enumerate() {
            run_until(&event_loop, || heard.borrow().len() == 100);
            let expected: Vec<_> = payloads.iter().skip(place).step_by(4).collect();
            assert!(heard.borrow().iter().eq(expected));
            heard.borrow_mut().clear();
        }
        assert_eq!((sender.stats().sent, drained.get()), (300, 0));
        sender.close().unwrap();
    }
}

#[test]
fn a_socket_that_is_closed_while_it_sends_refuses_the_rest() {
    let event_loop = EventLoop::new().unwrap();
    let (receiver, heard) = logging(&event_loop);
    let to = Destination::local(receiver.address().unwrap().port);
    let sender = bound(&event_loop);
    let mut results = Vec::new();
    // More than leaves together.
    let datagrams = (0..9000).map(|_| Datagram::new(&[7; 8]).to(to));
    sender.send_many(datagrams, |_, result| {
        results.push(result.map_err(|error| error.code()));
        if results.len() == 3 {
            sender.close().unwrap();
        }
    });
    assert_eq!(results.len(), 9000);
    // Some were on their way before the first result was told.
    let sent = results.iter().take_while(|result| result.is_ok()).count();
    assert!((3..9000).contains(&sent), "{sent}");
    assert_eq!(sender.stats().sent, u32::try_from(sent).unwrap());
    let refused = Err("ERR_SOCKET_DGRAM_NOT_RUNNING");
    assert!(results.iter().skip(sent).all(|result| *result == refused));
    // They may be more than the receiver's buffer holds.
    run_until(&event_loop, || !heard.borrow().is_empty());
    assert!(heard.borrow().len() <= sent);
    receiver.close().unwrap();
    assert!(event_loop.run_for(LIMIT).unwrap());
}

#[test]
fn what_cannot_leave_together_has_the_results_of_single_sends() {
    let event_loop = EventLoop::new().unwrap();
    let (receiver, heard) = logging(&event_loop);
    let to = Destination::local(receiver.address().unwrap().port);
    let long = vec![1; 70_000];
    let pieces: &[&[u8]] = &[b"pie", b"", b"ces"];
    let elsewhere = Destination::new(Family::V6.loopback(), to.port);
    let datagrams = [
        Datagram::new("a").to(to),
        Datagram::new("port").to(Destination::local(0)),
        Datagram::new("b").to(to),
        Datagram::new("").to(to),
        Datagram::new(long.as_slice()).to(to),
        Datagram::new("family").to(elsewhere),
        Datagram::new(pieces).to(to),
        Datagram::new("named").to(Destination::new("127.0.0.1", to.port)),
        Datagram::new("nowhere"),
        Datagram::new("hops")
            .to(to)
            .with(SendMeta::new().with_hop_limit(9)),
        Datagram::new("invalid")
            .to(to)
            .with(SendMeta::new().with_hop_limit(0)),
        Datagram::new("z").to(to),
    ];
    let mut codes = Vec::new();
    let mut stats = Vec::new();
    let senders = [bound(&event_loop), bound(&event_loop)];
    let code = |result: Result<(), anydgram_std::Error>| result.map_err(|error| error.code());
    let [one_by_one, together] = &senders;
    codes.push(datagrams.map(|datagram| code(one_by_one.send(datagram))));
    let mut results = Vec::new();
    together.send_many(datagrams, |_, result| results.push(code(result)));
    codes.push(results.try_into().unwrap());
    for sender in &senders {
        stats.push(sender.stats());
        sender.close().unwrap();
    }
    assert_eq!(codes[0], codes[1]);
    assert_eq!(stats[0], stats[1]);
    run_until(&event_loop, || heard.borrow().len() == 14);
    let heard = heard.borrow();
    assert_eq!(
        heard[..7],
        ["a", "b", "", "pieces", "named", "hops", "z"].map(str::as_bytes)
    );
    assert_eq!(heard[..7], heard[7..]);
    receiver.close().unwrap();
    assert!(event_loop.run_for(LIMIT).unwrap());
}
