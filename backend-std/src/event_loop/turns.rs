//! Whose turn it is: a queue that lets go of the memory that a rush has needed.

use core::cell::{Cell, RefCell};

use alloc::collections::VecDeque;

use crate::socket::Socket;
use crate::unix::UnixSocket;

/// A turn of a socket.
pub(super) enum Turn {
    Udp(Socket),
    Unix(UnixSocket),
}

/// Sockets whose turn it is, in the order in which they asked.
#[derive(Default)]
pub(super) struct Turns {
    queue: RefCell<VecDeque<Turn>>,
    /// Somebody has asked for turns since they were last found taken: a byte to look at between any two datagrams.
    is_asked_for: Cell<bool>,
    /// How many there were at once since the last [`rest`](Self::rest).
    most: Cell<usize>,
}

impl Turns {
    /// Asks for turns, of which one may be nobody's.
    pub(super) fn ask(&self) {
        self.is_asked_for.set(true);
    }

    #[inline]
    pub(super) fn is_asked_for(&self) -> bool {
        self.is_asked_for.get()
    }

    /// Notes that all of them have been taken.
    pub(super) fn end_asking(&self) {
        self.is_asked_for.set(false);
    }

    pub(super) fn push(&self, turn: Turn) {
        self.ask();
        let mut queue = self.queue.borrow_mut();
        queue.push_back(turn);
        self.most.set(self.most.get().max(queue.len()));
    }

    pub(super) fn pop(&self) -> Option<Turn> {
        self.queue.borrow_mut().pop_front()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.borrow().is_empty()
    }

    /// Lets memory go that was not needed since the last time, if it is much.
    pub(super) fn rest(&self) {
        let mut queue = self.queue.borrow_mut();
        let most = self.most.replace(queue.len());
        if queue.capacity() > MANY && queue.capacity() / 4 > most {
            queue.shrink_to(most);
        }
    }

    /// The loop has ended.
    pub(super) fn forget(&self) {
        // Outside of the borrow, as these may be the last handles.
        drop(self.queue.take());
    }
}

/// Room for so many turns stays.
const MANY: usize = 1_024;

#[cfg(test)]
mod tests {
    use anydgram_core::SocketType;

    use super::*;
    use crate::EventLoop;

    #[test]
    fn the_memory_of_a_rush_is_let_go_after_it() {
        let event_loop = EventLoop::new().unwrap();
        let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
        let turns = Turns::default();
        let rush = |count: usize| {
            (0..count).for_each(|_| turns.push(Turn::Udp(socket.clone())));
            while turns.pop().is_some() {}
            turns.rest();
            turns.queue.borrow().capacity()
        };
        assert!(rush(10_000) >= 10_000, "it may come again");
        assert!(rush(5_000) >= 10_000);
        assert!(rush(1) < MANY);
        let settled = rush(MANY / 2);
        assert_eq!(rush(0), settled);
        turns.push(Turn::Udp(socket.clone()));
        assert!(!turns.is_empty());
        turns.forget();
        assert!(turns.is_empty());
    }
}
