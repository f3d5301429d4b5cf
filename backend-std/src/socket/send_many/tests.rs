use core::cell::RefCell;
use core::time::Duration;

use alloc::rc::Rc;

use anydgram_core::SocketType;

use super::*;
use crate::event_loop::EventLoop;
use crate::sys::allocations;
use crate::sys::faults::{self, Call, Outcome};

const LIMIT: Duration = Duration::from_secs(30);

fn bound(event_loop: &EventLoop) -> Socket {
    let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
    socket.bind_sync(("127.0.0.1", 0)).unwrap();
    socket
}

/// A datagram that tells its number, of one of some lengths.
fn numbered(number: usize) -> Vec<u8> {
    let length = match number % 100 {
        0..60 => 40,
        60..70 => 8,
        70..80 => number % 13 + 8,
        _ => 700,
    };
    let bytes = number.to_le_bytes();
    bytes.into_iter().cycle().take(length).collect()
}

/// Sends datagrams while the system fails as was planned, and checks that each has come once, in order.
fn send_all(count: usize) {
    let all: Vec<_> = (0..count).map(numbered).collect();
    send_each(&all);
}

/// The same with datagrams of one length.
fn send_many_alike(count: usize) {
    let alike = |number: usize| number.to_le_bytes().repeat(6);
    let all: Vec<_> = (0..count).map(alike).collect();
    send_each(&all);
}

fn send_each(all: &[Vec<u8>]) {
    let count = all.len();
    let event_loop = EventLoop::new().unwrap();
    let receiver = bound(&event_loop);
    let heard = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&heard);
    receiver.on_message(move |_, message| log.borrow_mut().push(message.data.to_vec()));
    let sender = bound(&event_loop);
    let to = receiver.address().unwrap();
    let datagrams = all
        .iter()
        .map(|bytes| Datagram::new(bytes.as_slice()).to(to));
    let mut told = Vec::new();
    sender.send_many(datagrams, |place, result| {
        result.unwrap();
        told.push(place);
    });
    assert!(told.into_iter().eq(0..count));
    // If all have come, no turn waits.
    for _ in 0..30 {
        if heard.borrow().len() < count {
            event_loop.turn(Some(Duration::from_secs(1))).unwrap();
        }
    }
    assert_eq!(heard.borrow().as_slice(), all);
    assert_eq!(sender.stats().sent, u32::try_from(count).unwrap());
    assert_eq!((sender.send_queue_count(), faults::left()), (0, 0));
    sender.close().unwrap();
    receiver.close().unwrap();
    assert!(event_loop.run_for(LIMIT).unwrap());
}

#[test]
fn many_leave_as_they_came_whatever_the_system_takes_at_once() {
    send_all(110);
    for most in [1, 2, 3] {
        faults::plan(Call::SendMany, Outcome::Only(most));
        faults::plan(Call::SendMany, Outcome::Fail(libc::EINTR));
        faults::plan(Call::SendMany, Outcome::Only(1));
        faults::plan(Call::SendMany, Outcome::Fail(libc::EAGAIN));
        faults::plan(Call::SendMany, Outcome::Only(most));
        send_all(110);
    }
}

#[test]
fn many_that_are_refused_together_leave_one_by_one() {
    for errno in [libc::EIO, libc::EINVAL, libc::EMSGSIZE, libc::ENOSYS] {
        faults::plan(Call::SendMany, Outcome::Fail(errno));
        send_all(110);
    }
    for errno in [libc::EIO, libc::EINVAL] {
        faults::plan(Call::SendMany, Outcome::Only(1));
        faults::plan(Call::SendMany, Outcome::Fail(errno));
        faults::plan(Call::SendMany, Outcome::Only(3));
        send_all(110);
    }
}

#[test]
fn many_leave_as_they_came_whatever_the_system_takes_as_one_message() {
    for most in [64, 2, 1] {
        let work = move || {
            faults::take_segments(most);
            send_many_alike(129);
            faults::plan(Call::SendMany, Outcome::Only(1));
            send_many_alike(240);
        };
        std::thread::spawn(work).join().unwrap();
    }
    send_many_alike(240);
}

#[test]
fn what_the_peer_refused_is_counted_for_one_of_many() {
    let event_loop = EventLoop::new().unwrap();
    let (sender, receiver) = (bound(&event_loop), bound(&event_loop));
    let to = receiver.address().unwrap();
    faults::plan(Call::SendMany, Outcome::Fail(libc::ECONNREFUSED));
    let mut results = 0;
    sender.send_many([Datagram::new("x").to(to); 9], |_, result| {
        result.unwrap();
        results += 1;
    });
    let stats = sender.stats();
    assert_eq!((results, stats.sent, stats.failed), (9, 8, 1));
}

#[test]
fn many_cost_no_allocation() {
    let event_loop = EventLoop::new().unwrap();
    let (sender, receiver) = (bound(&event_loop), bound(&event_loop));
    let to = receiver.address().unwrap();
    let long = [1; 1000];
    let send = || {
        for bytes in [&long[..64], &long] {
            sender.send_many([Datagram::new(bytes).to(to); 100], |_, result| {
                result.unwrap();
            });
        }
        event_loop.turn(Some(Duration::ZERO)).unwrap();
    };
    send();
    let (allocated, ()) = allocations::count(send);
    assert_eq!(allocated, 0);
}
