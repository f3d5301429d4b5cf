//! What happens to the sockets, kept for the tasks that ask: datagrams, completions, events.

mod events;
mod known;
mod ring;
mod waits;

use core::fmt;

use anydgram_core::{Errno, Error, Event as CoreEvent, Handler, Operation, SocketId, Sockets};
pub(crate) use events::Events;
pub use ring::DatagramSlot;
pub(crate) use ring::Ring;
pub use waits::WaitSlot;
pub(crate) use waits::{Interest, Ticket, Waits};

use crate::event::Event;

/// The [`Handler`] of a host with async sockets: it keeps what happens until a task asks for it.
#[derive(Debug)]
pub struct Inbox<'m> {
    /// By the index of the socket.
    pub(crate) places: &'m mut [Place<'m>],
    /// Who waits for what.
    pub(crate) waits: Waits<'m>,
}

impl<'m> Inbox<'m> {
    /// An inbox with a place for each socket of its host, and one for each task that waits at the same time.
    #[must_use]
    pub const fn new(places: &'m mut [Place<'m>], waits: &'m mut [WaitSlot]) -> Self {
        Self {
            places,
            waits: Waits::new(waits),
        }
    }
}

impl Handler for Inbox<'_> {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, id: SocketId, event: CoreEvent<'_>) {
        let at = id.index();
        let place = self.places.get_mut(at);
        let Some(place) = place.filter(|place| place.id == Some(id)) else {
            return;
        };
        let CoreEvent::Message(message) = event else {
            return self.handle_rest(at, event);
        };
        if !place.datagrams.push(message.meta, message.data) {
            place.lost = place.lost.saturating_add(1);
        } else if core::mem::take(&mut place.is_awaited) {
            self.waits.wake(at, Interest::Datagram);
        }
    }
}

impl Inbox<'_> {
    /// What is no datagram.
    #[inline(never)]
    fn handle_rest(&mut self, at: usize, event: CoreEvent<'_>) {
        let Some(place) = self.places.get_mut(at) else {
            return;
        };
        match event {
            CoreEvent::Sent { token, result } => {
                let result = result.map_err(Error::without_name);
                self.waits.complete(at, token, result);
            }
            CoreEvent::Error {
                operation: Operation::Receive,
                error,
            } => {
                // It is a `recvmsg` without an address, always.
                place.failure = error.errno();
                self.waits.wake(at, Interest::Datagram);
            }
            CoreEvent::Message(_)
            | CoreEvent::Listening
            | CoreEvent::Connect
            | CoreEvent::Drained
            | CoreEvent::Error { .. }
            | CoreEvent::Close
            | _ => {
                if let Some(event) = Event::from_core(event) {
                    place.events.push(event);
                }
                if event == CoreEvent::Close {
                    place.datagrams.clear();
                    self.waits.wake_all(at);
                } else {
                    self.waits.wake(at, Interest::Event);
                    self.waits.wake(at, Interest::Room);
                }
            }
        }
    }
}

/// What an [`Inbox`] keeps for one socket.
#[derive(Default)]
pub struct Place<'m> {
    /// The socket in this place; `None` without memory for one.
    pub(crate) id: Option<SocketId>,
    /// A [`Socket`](crate::Socket) has it.
    pub(crate) is_taken: bool,
    /// The longest datagram that the send queue can hold, in bytes.
    pub(crate) longest: usize,
    /// Empty when the socket is closed.
    pub(crate) datagrams: Ring<'m>,
    /// Somebody may wait for a datagram.
    pub(crate) is_awaited: bool,
    /// Datagrams for which there was no room.
    pub(crate) lost: u32,
    /// What the next call that receives fails with.
    pub(crate) failure: Option<Errno>,
    pub(crate) events: Events,
}

impl Place<'_> {
    /// A place without memory, which [`Host::lend`](crate::Host::lend) gives it.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            id: None,
            is_taken: false,
            longest: 0,
            datagrams: Ring::new(&mut [], &mut []),
            is_awaited: false,
            lost: 0,
            failure: None,
            events: Events::new(),
        }
    }

    /// Forgets what was kept for another socket.
    pub(crate) fn clear(&mut self) {
        self.datagrams.clear();
        self.lost = 0;
        self.failure = None;
        self.events.clear();
    }
}

impl fmt::Debug for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("id", &self.id)
            .field("is_taken", &self.is_taken)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Place<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Place {{ is_taken: {=bool} }}", self.is_taken);
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Inbox<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Inbox {{ places: {=usize} }}", self.places.len());
    }
}

#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<Place<'_>>() <= 144);
