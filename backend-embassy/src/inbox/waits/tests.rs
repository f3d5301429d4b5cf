use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use anydgram_core::{Datagram, Destination, Options, Socket, SocketType, Storage};

use super::*;

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn task() -> (Arc<Count>, Waker) {
    let count = Arc::new(Count::default());
    (Arc::clone(&count), Waker::from(count))
}

fn woken(count: &Count) -> usize {
    count.0.swap(0, Ordering::Relaxed)
}

/// Tokens have no constructor of their own.
fn tokens() -> Vec<SendToken> {
    let mut storage: Storage<64, 4, 0, 8, 0> = Storage::new();
    let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    let to = Destination::local(9);
    (0..2)
        .map(|_| socket.send(Datagram::new("x").to(to)).unwrap())
        .collect()
}

#[test]
fn wakes_all_who_are_interested_once() {
    let mut slots = [const { WaitSlot::new() }; 4];
    let mut waits = Waits::new(&mut slots);
    let tasks = [task(), task(), task()];
    waits.register(0, Interest::Datagram, &tasks[0].1);
    waits.register(0, Interest::Datagram, &tasks[1].1);
    waits.register(0, Interest::Datagram, &tasks[1].1);
    waits.register(1, Interest::Datagram, &tasks[2].1);
    waits.register(0, Interest::Event, &tasks[2].1);
    waits.wake(0, Interest::Datagram);
    assert_eq!([0, 1, 2].map(|at| woken(&tasks[at].0)), [1, 1, 0]);
    waits.wake(0, Interest::Datagram);
    assert_eq!([0, 1, 2].map(|at| woken(&tasks[at].0)), [0, 0, 0]);
    waits.wake_all(0);
    waits.wake_all(1);
    assert_eq!(woken(&tasks[2].0), 2);
}

#[test]
fn who_is_put_off_is_woken() {
    let mut slots = [const { WaitSlot::new() }; 2];
    let mut waits = Waits::new(&mut slots);
    let tasks = [task(), task(), task(), task()];
    for (_, waker) in &tasks[..3] {
        waits.register(0, Interest::Datagram, waker);
    }
    assert_eq!([0, 1, 2].map(|at| woken(&tasks[at].0)), [1, 0, 0]);
    waits.register(0, Interest::Datagram, &tasks[3].1);
    assert_eq!(
        [0, 1, 2].map(|at| woken(&tasks[at].0)),
        [0, 1, 0],
        "each in turn"
    );
    waits.wake(0, Interest::Datagram);
    assert_eq!([2, 3].map(|at| woken(&tasks[at].0)), [1, 1]);
}

#[test]
fn a_send_keeps_its_place_until_it_is_released() {
    let mut slots = [const { WaitSlot::new() }; 1];
    let mut waits = Waits::new(&mut slots);
    let (sender, waker) = task();
    let (other, other_waker) = task();
    let [token, stranger] = tokens()[..] else {
        unreachable!()
    };
    let ticket = waits.reserve(0, &waker).unwrap();
    assert_eq!(waits.reserve(0, &other_waker), None);
    waits.register(0, Interest::Datagram, &other_waker);
    assert_eq!(woken(&other), 1, "there is no place: it has to ask again");
    waits.begin(ticket, token);
    assert_eq!(waits.outcome(ticket, &waker), None);
    waits.complete(0, stranger, Ok(1));
    waits.complete(1, token, Ok(1));
    assert_eq!(waits.outcome(ticket, &waker), None);
    assert_eq!(woken(&sender), 0);
    waits.complete(0, token, Ok(7));
    assert_eq!(woken(&sender), 1);
    waits.complete(0, token, Ok(8));
    assert_eq!(waits.outcome(ticket, &waker), Some(Ok(7)));
    waits.release(ticket);
    assert!(waits.reserve(0, &other_waker).is_some());
}
