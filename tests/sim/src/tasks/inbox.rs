//! What happens to the sockets, kept for the tasks that ask: datagrams, completions, events.

use alloc::collections::{BTreeMap, VecDeque};
use core::task::{Poll, Waker};

use anydgram_core::{
    Error, Event as CoreEvent, Message, Operation, RecvMeta, SendToken, SocketId, Sockets,
};

use super::event::Event;

/// What is kept for all sockets of a host.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    places: BTreeMap<SocketId, Place>,
}

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Interest {
    /// A datagram, or an error in its place.
    Datagram,
    Event,
    /// Room in the send queue.
    Room,
    /// To be bound, connected or closed.
    State,
}

/// What is kept for one socket.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// The longest datagram that the send queue can hold, in bytes.
    pub(super) longest: usize,
    datagrams: VecDeque<(RecvMeta, Box<[u8]>)>,
    /// What they take of [`ROOM`].
    taken: usize,
    /// Datagrams for which there was no room.
    pub(super) lost: u32,
    /// What the next call that receives fails with.
    pub(super) failure: Option<Error<'static>>,
    /// What the bind and the connect under way have failed with.
    pub(super) failed_bind: Option<Error<'static>>,
    pub(super) failed_connect: Option<Error<'static>>,
    pub(super) events: VecDeque<Event>,
    sends: BTreeMap<SendToken, Completion>,
    /// In the order in which they began to wait.
    waits: BTreeMap<u64, (Interest, Waker)>,
    next_ticket: u64,
    /// No task has the socket any more.
    is_orphan: bool,
}

/// A send that a task waits for.
#[derive(Debug)]
enum Completion {
    Waits(Waker),
    Done(Result<usize, Error<'static>>),
}

impl Inbox {
    pub(super) fn open(&mut self, id: SocketId, longest: usize) {
        self.places.insert(id, Place::of_socket(longest));
    }

    pub(super) fn get(&mut self, id: SocketId) -> Option<&mut Place> {
        self.places.get_mut(&id)
    }

    /// The socket has nobody any more: it goes when it is closed.
    pub(super) fn abandon(&mut self, id: SocketId) {
        if let Some(place) = self.places.get_mut(&id) {
            *place = Place {
                is_orphan: true,
                ..Place::default()
            };
        }
    }

    /// Removes the sockets that nobody has and that are closed.
    pub(super) fn bury(&mut self, sockets: Option<&mut Sockets<'_, 'static>>) {
        let Some(sockets) = sockets else { return };
        self.places.retain(|&id, place| {
            let is_over = sockets.get(id).is_none_or(|core| core.is_finished());
            let goes = place.is_orphan && is_over;
            if goes {
                drop(sockets.remove(id));
            }
            !goes
        });
    }

    /// Keeps what a socket is told, as [`Place::keep`].
    pub(super) fn keep(&mut self, id: SocketId, event: CoreEvent<'_>) -> Result<(), usize> {
        let place = self.places.get_mut(&id).filter(|place| !place.is_orphan);
        place.map_or(Ok(()), |place| place.keep(event))
    }
}

impl Place {
    /// Of a socket whose send queue holds datagrams of up to `longest` bytes.
    pub(super) fn of_socket(longest: usize) -> Self {
        Self {
            longest,
            ..Self::default()
        }
    }

    /// Has a task woken when there may be what it waits for: whoever has waited longest is first, also when it has to wait
    /// again with the same ticket. Without one it gets one.
    pub(super) fn register(&mut self, ticket: &mut Option<u64>, interest: Interest, waker: &Waker) {
        let ticket = *ticket.get_or_insert_with(|| {
            self.next_ticket = self.next_ticket.wrapping_add(1);
            self.next_ticket
        });
        self.waits.insert(ticket, (interest, waker.clone()));
    }

    /// Nobody waits with a ticket any more.
    pub(super) fn unregister(&mut self, ticket: u64) {
        self.waits.remove(&ticket);
    }

    /// Wakes all that wait for a datagram, once; whether there were any.
    pub(super) fn wake_readers(&mut self) -> bool {
        let before = self.waits.len();
        self.waits.retain(|_, (interest, waker)| {
            let is_reader = *interest == Interest::Datagram;
            if is_reader {
                waker.wake_by_ref();
            }
            !is_reader
        });
        self.waits.len() < before
    }

    fn has_waits(&self, interest: Interest) -> bool {
        self.waits.values().any(|(known, _)| *known == interest)
    }

    /// Wakes all that wait for something, in the order in which they began to.
    fn wake(&self, interest: Interest) {
        let woken = self.waits.values().filter(|(known, _)| *known == interest);
        for (_, waker) in woken {
            waker.wake_by_ref();
        }
    }

    /// Keeps what the socket is told. An error says that there are sends of which it was not told, and cannot be any more.
    pub(super) fn keep(&mut self, event: CoreEvent<'_>) -> Result<(), usize> {
        self.keep_one(event);
        let is_waiting = |send: &&Completion| matches!(send, Completion::Waits(_));
        match self.sends.values().filter(is_waiting).count() {
            count @ 1.. if event == CoreEvent::Close => Err(count),
            _ => Ok(()),
        }
    }

    fn keep_one(&mut self, event: CoreEvent<'_>) {
        match event {
            CoreEvent::Message(message) => self.keep_datagram(&message),
            CoreEvent::Sent { token, result } => {
                let result = result.map_err(Error::without_name);
                if let Some(send) = self.sends.get_mut(&token)
                    && let Completion::Waits(waker) =
                        core::mem::replace(send, Completion::Done(result))
                {
                    waker.wake();
                }
                self.wake(Interest::Room);
            }
            CoreEvent::Error { operation, error } => {
                self.keep_error(operation, error.without_name());
            }
            CoreEvent::Close => {
                self.datagrams.clear();
                self.keep_event(Event::Close);
                for (_, waker) in self.waits.values() {
                    waker.wake_by_ref();
                }
            }
            CoreEvent::Listening | CoreEvent::Connect | CoreEvent::Drained | _ => {
                if let Some(event) = Event::from_core(event) {
                    self.keep_event(event);
                }
                self.wake(Interest::State);
                self.wake(Interest::Room);
            }
        }
    }

    fn keep_datagram(&mut self, message: &Message<'_>) {
        let taken = self.taken.saturating_add(message.data.len() + OVERHEAD);
        if taken > ROOM {
            self.lost = self.lost.saturating_add(1);
            return;
        }
        self.taken = taken;
        self.datagrams
            .push_back((*message.meta, message.data.into()));
        self.wake(Interest::Datagram);
    }

    fn keep_error(&mut self, operation: Operation, error: Error<'static>) {
        let is_awaited = self.has_waits(Interest::State);
        if operation == Operation::Receive {
            self.failure = Some(error);
            self.wake(Interest::Datagram);
        } else if operation == Operation::Bind && is_awaited {
            self.failed_bind = Some(error);
            self.wake(Interest::State);
        } else if operation == Operation::Connect && is_awaited {
            self.failed_connect = Some(error);
            self.wake(Interest::State);
        } else {
            self.keep_event(Event::Error(error));
        }
    }

    /// Keeps an event, in place of the oldest if there is no room.
    fn keep_event(&mut self, event: Event) {
        if self.events.len() == EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
        self.wake(Interest::Event);
    }

    pub(super) fn has_datagrams(&self) -> bool {
        !self.datagrams.is_empty()
    }

    /// Takes the oldest datagram, as much of it as there is room for.
    pub(super) fn pop(&mut self, buffer: &mut [u8]) -> Option<(usize, RecvMeta)> {
        let (meta, data) = self.datagrams.pop_front()?;
        self.taken = self.taken.saturating_sub(data.len() + OVERHEAD);
        let length = data.len().min(buffer.len());
        buffer[..length].copy_from_slice(&data[..length]);
        Some((length, meta))
    }

    /// The socket is closed: what waits is of no use.
    pub(super) fn clear(&mut self) {
        self.datagrams.clear();
        self.taken = 0;
        for interest in [Interest::Datagram, Interest::Room, Interest::State] {
            self.wake(interest);
        }
    }

    /// A task waits for a send.
    pub(super) fn await_send(&mut self, token: SendToken, waker: &Waker) {
        self.sends.insert(token, Completion::Waits(waker.clone()));
    }

    /// How a send has ended, for the task that waits for it.
    pub(super) fn poll_send(
        &mut self,
        token: SendToken,
        waker: &Waker,
    ) -> Poll<Option<Result<usize, Error<'static>>>> {
        match self.sends.remove(&token) {
            None => Poll::Ready(None),
            Some(Completion::Done(result)) => Poll::Ready(Some(result)),
            Some(Completion::Waits(_)) => {
                self.await_send(token, waker);
                Poll::Pending
            }
        }
    }

    /// Nobody waits for a send any more.
    pub(super) fn forget_send(&mut self, token: SendToken) {
        self.sends.remove(&token);
    }
}

/// How many events are kept for a socket.
const EVENTS: usize = 64;
/// What datagrams that have not been received may take, in bytes: the default of Linux.
const ROOM: usize = 212_992;
/// What a datagram takes besides its bytes.
const OVERHEAD: usize = 256;
