//! Unix datagram sockets: `dgram`'s calls with paths in place of hosts and ports.
//!
//! [`UnixSocket`] is a state machine of its own beside [`Socket`](crate::Socket): it has no ports, no names to look up, no
//! options of IP and no implicit bind. It shares the memory ([`Storage`]), the queue, the tokens, the events and the errors.
//! Whoever has no use for it does not pay for it. Only the backend sees the file system: what becomes of a file that is in
//! the way, and who removes it, is written there.
//!
//! All calls that have to wait stand in one line, in the order in which they were made: a `bind` or a `connect` keeps later
//! datagrams behind it.

mod address;
mod bind;
mod close;
mod completion;
mod connect;
mod datagram;
mod in_flight;
mod output;
mod receive;
mod send;

use core::fmt;

pub use address::{UnixAddress, UnixAddressBuf, UnixName};
pub use bind::UnixBind;
pub use datagram::{UnixDatagram, UnixMessage};
pub use output::{UnixAction, UnixBindRequest, UnixTransmit};

use crate::event::{Event, PendingEvent};
use crate::queue::{Entry, Kind, Queue, Tally};
use crate::stats::Stats;
use crate::storage::{MemoryRef, Storage};

cfg_if::cfg_if! {
    if #[cfg(feature = "alloc")] {
        mod heap;
    }
}

/// How far a bind or a connect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// Not asked for, or failed.
    None,
    /// Stands in line.
    Queued,
    /// The backend is at it.
    Issued,
    Done,
}

/// How far the backend has let the old peer go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parting {
    Done,
    Due,
    Issued,
}

/// One Unix datagram socket, as Node's `unix_dgram` sockets were, without any I/O.
///
/// The calls and answers are those of [`Socket`](crate::Socket): commands check, change the state, and record what the
/// backend has to do; a backend takes that from [`poll_action`](Self::poll_action) and
/// [`poll_transmit`](Self::poll_transmit) and answers through the `handle_*` methods; the application takes events from
/// [`poll_event`](Self::poll_event). What differs:
///
/// * The backend opens the socket when it is made: an unbound one can send. Nobody can answer it, and it receives nothing.
/// * A send never binds.
/// * A failed bind leaves the socket unbound, and what waited for it ends with `ECANCELED`.
/// * `close` does not wait for a bind.
///
/// ```
/// use anydgram_core::{Event, Storage, Transmitted, UnixAction, UnixDatagram, UnixSocket};
///
/// let mut storage: Storage<1024, 4, 0, 8, 0> = Storage::new();
/// let mut socket = UnixSocket::new(&mut storage);
/// socket.bind("/run/client")?;
/// let token = socket.send(UnixDatagram::new("hello").to("/run/server"))?;
///
/// // What a backend does:
/// let Some(UnixAction::Bind(request)) = socket.poll_action() else { panic!("it binds") };
/// assert_eq!(request.address, Some("/run/client".into()));
/// socket.handle_bind(Ok("/run/client".into()));
/// let transmit = socket.poll_transmit().expect("the datagram waited for the bind");
/// assert_eq!(transmit.destination, Some("/run/server".into()));
/// let token_of_it = transmit.token;
/// socket.handle_transmit(token_of_it, Transmitted::Sent);
///
/// // What the application sees:
/// assert_eq!(socket.poll_event(), Some(Event::Listening));
/// assert_eq!(socket.poll_event(), Some(Event::Sent { token, result: Ok(5) }));
/// # Ok::<(), anydgram_core::Misuse>(())
/// ```
pub struct UnixSocket<'s> {
    /// Queue and events.
    memory: MemoryRef<'s>,
    is_closed: bool,
    /// How far binding is.
    bind: Progress,
    /// What the bind in line was asked for, besides its address.
    details: bind::Details,
    /// How far connecting is.
    connection: Progress,
    /// How far the backend has let the old peer go.
    parting: Parting,
    /// The bound address.
    local: UnixAddressBuf,
    /// The connected peer.
    peer: UnixAddressBuf,
    /// `UnixAction::Close` has not been polled.
    must_close: bool,
    /// A call was refused for want of room, and `Drained` has not been polled since.
    owes_drained: bool,
    /// Counts of queue entries.
    tally: Tally,
    /// Events in memory.
    events_waiting: u32,
    /// Places for events that are promised to operations in flight.
    events_reserved: u32,
    /// The next call's number.
    next_number: u64,
    /// What has been counted.
    stats: Stats,
}

impl<'s> UnixSocket<'s> {
    /// A socket in the memory that `storage` lends. Anything in there is forgotten.
    ///
    /// Node: `dgram.createSocket('unix_dgram')`, until 0.5
    #[doc(alias = "createSocket")]
    pub fn new<
        const BYTES: usize,
        const SENDS: usize,
        const MEMBERSHIPS: usize,
        const EVENTS: usize,
        const RULES: usize,
    >(
        storage: &'s mut Storage<BYTES, SENDS, MEMBERSHIPS, EVENTS, RULES>,
    ) -> Self {
        let mut memory = MemoryRef::borrowed(storage);
        memory.clear();
        Self::in_memory(memory)
    }

    fn in_memory(memory: MemoryRef<'s>) -> Self {
        Self {
            memory,
            is_closed: false,
            bind: Progress::None,
            details: bind::Details::default(),
            connection: Progress::None,
            parting: Parting::Done,
            local: UnixAddressBuf::default(),
            peer: UnixAddressBuf::default(),
            must_close: false,
            owes_drained: false,
            tally: Tally::default(),
            events_waiting: 0,
            events_reserved: 0,
            next_number: 0,
            stats: Stats::default(),
        }
    }

    /// The next thing the backend must do; `None` when there is nothing.
    ///
    /// Each action is handed out once, and answered through the `handle_*` method that it names.
    #[must_use]
    pub fn poll_action(&mut self) -> Option<UnixAction<'_>> {
        if core::mem::take(&mut self.must_close) {
            return Some(UnixAction::Close);
        }
        if self.is_closed {
            return None;
        }
        if self.parting == Parting::Due {
            self.parting = Parting::Issued;
            return Some(UnixAction::Disconnect);
        }
        let entry = self.first_in_line()?;
        match entry.kind {
            Kind::Bind if self.bind == Progress::Queued => {
                self.bind = Progress::Issued;
                let details = self.details;
                let address = self.address_of(&entry);
                Some(UnixAction::Bind(details.request(address)))
            }
            Kind::Connect if self.connection == Progress::Queued => {
                self.connection = Progress::Issued;
                self.address_of(&entry).map(UnixAction::Connect)
            }
            Kind::Bind | Kind::Connect | Kind::Send { .. } => None,
        }
    }

    /// The next event for the application; `None` when there is none. Never [`Event::Message`], which comes from
    /// [`handle_datagram`](Self::handle_datagram).
    ///
    /// [`Event::Close`] waits until the backend has taken [`UnixAction::Close`], so that the socket's file is gone by then.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event<'_>> {
        // Nothing comes behind `Close`.
        if self.must_close && self.events_waiting == 1 {
            return None;
        }
        if self.events_waiting == 0 {
            return self.take_drained();
        }
        let pending = self.memory.events().pop_front();
        self.events_waiting = self.events_waiting.saturating_sub(1);
        match pending? {
            PendingEvent::Ready(event) => Some(event),
            PendingEvent::Settled(number) => self.take_settled(number),
            PendingEvent::UnlessClosed(_) | PendingEvent::Left(..) | PendingEvent::Nothing => None,
        }
    }

    /// What has been counted since the socket was created.
    #[must_use]
    pub const fn stats(&self) -> Stats {
        self.stats
    }

    /// Whether the socket takes no more calls.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether the socket is closed, everything has been polled, and its memory can serve another.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.is_closed && !self.must_close && self.events_waiting == 0
    }

    /// Whether anything may wait to be polled.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let is_issued = self.bind == Progress::Issued || self.connection == Progress::Issued;
        self.events_waiting > 0
            || self.must_close
            || self.parting == Parting::Due
            || self.is_drained()
            || (!self.tally.in_line.is_zero() && !is_issued)
    }

    fn next_number(&mut self) -> u64 {
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        number
    }

    /// The call whose turn it is.
    fn first_in_line(&mut self) -> Option<Entry> {
        if self.tally.in_line.is_zero() {
            return None;
        }
        self.memory.queue().first_in_line().copied()
    }

    /// The address that a call was given.
    fn address_of(&mut self, entry: &Entry) -> Option<UnixAddress<'_>> {
        let (name, _) = self.memory.queue().into_raw(entry);
        (!name.is_empty()).then_some(UnixAddress::new(name))
    }

    /// The queue, beside the counts that it keeps right.
    fn queue_and_tally(&mut self) -> (Queue<'_>, &mut Tally) {
        (self.memory.queue(), &mut self.tally)
    }
}

impl fmt::Debug for UnixSocket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnixSocket")
            .field("is_closed", &self.is_closed)
            .field("bind", &self.bind)
            .field("connection", &self.connection)
            .field("local", &self.local)
            .field("peer", &self.peer)
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for UnixSocket<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "UnixSocket {{ bind: {}, connect: {}, local: {}, peer: {} }}",
            self.bind_state(),
            self.connect_state(),
            self.local,
            self.peer
        );
    }
}

/// A socket can move to another thread, with its memory.
const _: () = {
    const fn moves<T: Send>() {}
    moves::<UnixSocket<'_>>();
};

#[cfg(test)]
mod tests;
