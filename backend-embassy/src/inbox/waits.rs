//! Who waits for what, in memory of the application's: as many as there are tasks that wait at the same time.
//!
//! With fewer places than tasks nothing is lost: a task that finds none takes the place of another one, which is woken and
//! comes back. That costs time. Only who waits for the completion of a send cannot be put off; a send that finds no place
//! for that has not begun.

use core::task::Waker;

use anydgram_core::{Error, SendToken};

/// A place for a task that waits.
#[derive(Debug, Default)]
pub struct WaitSlot(Option<Wait>);

impl WaitSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for WaitSlot {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "WaitSlot {{ is_taken: {=bool} }}", self.0.is_some());
    }
}

#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<WaitSlot>() <= 48);

#[derive(Debug)]
struct Wait {
    /// The index of the socket.
    socket: usize,
    state: State,
    waker: Waker,
}

/// Aligned for words of four bytes, so that a [`Wait`] has no hole.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(4))]
struct Packed(Interest);

impl Packed {
    const fn get(self) -> Interest {
        self.0
    }
}

#[derive(Debug)]
enum State {
    Waiting(Packed),
    /// The send is complete.
    Done(Result<usize, Error<'static>>),
}

impl Wait {
    /// Whether it waits for this at a socket.
    fn is_for(&self, socket: usize, interest: Interest) -> bool {
        let State::Waiting(packed) = self.state else {
            return false;
        };
        self.socket == socket && packed.get() == interest
    }
}

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// A datagram.
    Datagram,
    /// Room in the send queue.
    Room,
    /// An event.
    Event,
    /// The completion of this send, or of one that begins now.
    Sent(Option<SendToken>),
}

/// Names the place of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(usize);

/// All who wait at the sockets of a host.
#[derive(Debug)]
pub(crate) struct Waits<'m> {
    slots: &'m mut [WaitSlot],
    /// The place that is given up next if there is none.
    next: usize,
}

impl<'m> Waits<'m> {
    pub(crate) const fn new(slots: &'m mut [WaitSlot]) -> Self {
        Self { slots, next: 0 }
    }

    /// Has a task woken with the next of what it is interested in at a socket.
    pub(crate) fn register(&mut self, socket: usize, interest: Interest, waker: &Waker) {
        let is_known = self
            .slots
            .iter()
            .filter_map(|slot| slot.0.as_ref())
            .any(|wait| wait.is_for(socket, interest) && wait.waker.will_wake(waker));
        if !is_known && self.place(socket, interest, waker).is_none() {
            waker.wake_by_ref();
        }
    }

    /// A place for the completion of a send of a socket that is about to begin, if there is one.
    pub(crate) fn reserve(&mut self, socket: usize, waker: &Waker) -> Option<Ticket> {
        self.place(socket, Interest::Sent(None), waker)
    }

    /// The send has begun.
    pub(crate) fn begin(&mut self, ticket: Ticket, token: SendToken) {
        if let Some(wait) = self.wait(ticket) {
            wait.state = State::Waiting(Packed(Interest::Sent(Some(token))));
        }
    }

    /// The outcome of a send, if it is there; else the task is woken when it is. The place is kept.
    pub(crate) fn outcome(
        &mut self,
        ticket: Ticket,
        waker: &Waker,
    ) -> Option<Result<usize, Error<'static>>> {
        let wait = self.wait(ticket)?;
        match wait.state {
            State::Done(result) => Some(result),
            State::Waiting(_) => {
                wait.waker.clone_from(waker);
                None
            }
        }
    }

    /// Nobody waits for the send any more.
    pub(crate) fn release(&mut self, ticket: Ticket) {
        if let Some(slot) = self.slots.get_mut(ticket.0) {
            slot.0 = None;
        }
    }

    /// A send is complete; whoever waits for it is woken.
    pub(crate) fn complete(
        &mut self,
        socket: usize,
        token: SendToken,
        result: Result<usize, Error<'static>>,
    ) {
        let mut waits = self.slots.iter_mut().filter_map(|slot| slot.0.as_mut());
        let sent = Interest::Sent(Some(token));
        if let Some(wait) = waits.find(|wait| wait.is_for(socket, sent)) {
            wait.state = State::Done(result);
            wait.waker.wake_by_ref();
        }
    }

    /// Wakes all who are interested in this at a socket.
    pub(crate) fn wake(&mut self, socket: usize, interest: Interest) {
        for slot in &mut *self.slots {
            let is_meant = |wait: &mut Wait| wait.is_for(socket, interest);
            if let Some(wait) = slot.0.take_if(is_meant) {
                wait.waker.wake();
            }
        }
    }

    /// Wakes all who wait at a socket for what may never come.
    pub(crate) fn wake_all(&mut self, socket: usize) {
        for interest in [Interest::Datagram, Interest::Room, Interest::Event] {
            self.wake(socket, interest);
        }
    }

    fn place(&mut self, socket: usize, interest: Interest, waker: &Waker) -> Option<Ticket> {
        let free = self.slots.iter().position(|slot| slot.0.is_none());
        let at = free.or_else(|| self.give_up())?;
        self.slots.get_mut(at)?.0 = Some(Wait {
            socket,
            state: State::Waiting(Packed(interest)),
            waker: waker.clone(),
        });
        Some(Ticket(at))
    }

    /// Wakes a task that can come back, each in its turn, and gives its place up.
    fn give_up(&mut self) -> Option<usize> {
        // One more, as one turn goes back to the first.
        for _ in 0..=self.slots.len() {
            let at = self.next;
            self.next = at + 1;
            let Some(slot) = self.slots.get_mut(at) else {
                self.next = 0;
                continue;
            };
            let can_return = |wait: &mut Wait| match wait.state {
                State::Waiting(packed) => !matches!(packed.get(), Interest::Sent(_)),
                State::Done(_) => false,
            };
            if let Some(wait) = slot.0.take_if(can_return) {
                wait.waker.wake();
                return Some(at);
            }
        }
        None
    }

    fn wait(&mut self, ticket: Ticket) -> Option<&mut Wait> {
        self.slots.get_mut(ticket.0)?.0.as_mut()
    }
}

#[cfg(test)]
mod tests;
