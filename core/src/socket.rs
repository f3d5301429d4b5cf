//! The socket: its state, its construction, and what it asks for and tells.
//!
//! Each concern extends [`Socket`] in a file of its own below this one; this file only dispatches.

mod bind;
mod close;
mod completion;
mod connect;
cfg_if::cfg_if! {
    if #[cfg(feature = "alloc")] {
        mod heap;
        mod lead;
        use lead::Lead;
    } else {
        mod no_lead;
        use no_lead::Lead;
    }
}
mod in_flight;
mod lookup;
pub(crate) mod membership;
mod offer;
pub(crate) mod options;
mod policy;
mod receive;
mod run;
mod send;
mod transmit;

use core::fmt;

pub use bind::BindState;
use bind::{Bind, BindDetails};
use completion::Unheard;
pub use connect::ConnectState;
use connect::{Connection, Parting};
pub use in_flight::InFlight;
pub use offer::{Offer, Ready};
use options::Due;
pub use run::SendRun;

use crate::address::{Endpoint, Family};
use crate::event::{Event, PendingEvent};
use crate::options::Options;
use crate::output::Action;
use crate::queue::{Queue, Tally};
use crate::stats::{Often, Rare, Stats};
use crate::storage::{Memory as _, MemoryRef, Storage};

/// Whether the socket still takes calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Open,
    /// Closes as soon as the pending bind has ended.
    Closing,
    Closed,
}

/// One datagram socket, as Node's `dgram.Socket` behaves, without any I/O.
///
/// Commands (`bind`, `send`, …) check, change the state, and record what the backend has to do. A
/// backend takes that from [`poll_action`](Self::poll_action) and [`poll_transmit`](Self::poll_transmit)
/// and answers through the `handle_*` methods; the application takes events from
/// [`poll_event`](Self::poll_event). Polling in any order, and as often as one likes, gives the same
/// results.
///
/// ```
/// use anydgram_core::{Action, Address, Datagram, Destination, Endpoint, Event, Options, Socket, SocketType, Storage, Transmitted};
/// use core::net::Ipv4Addr;
///
/// let mut storage: Storage<1024, 4, 2, 8, 0> = Storage::new();
/// let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
/// let token = socket.send(Datagram::new("hello").to(Destination::local(9)))?;
///
/// // What a backend does:
/// let Some(Action::Bind(request)) = socket.poll_action() else { panic!("a send binds") };
/// assert_eq!(request.port, 0);
/// let local = Endpoint::new(Address::from(Ipv4Addr::UNSPECIFIED), 49_152);
/// socket.handle_bind(Ok(local)).expect("it is ours");
/// let transmit = socket.poll_transmit().expect("the datagram waited for the bind");
/// assert_eq!(transmit.payload.pieces(), [b"hello"]);
/// let token_of_it = transmit.token;
/// socket.handle_transmit(token_of_it, Transmitted::Sent);
///
/// // What the application sees:
/// assert_eq!(socket.poll_event(), Some(Event::Listening));
/// assert_eq!(socket.poll_event(), Some(Event::Sent { token, result: Ok(5) }));
/// # Ok::<(), anydgram_core::Misuse>(())
/// ```
pub struct Socket<'s> {
    /// What it was created with.
    options: Options,
    /// Queue, memberships, events and block lists.
    memory: MemoryRef<'s>,
    /// Open, closing or closed.
    life: Life,
    /// How far binding is.
    bind: Bind,
    /// What the bind in progress was asked for.
    details: BindDetails,
    /// How far connecting is.
    connection: Connection,
    /// The bound address; while binding, the one asked for.
    local: Endpoint,
    /// The connected peer; while connecting, the one asked for.
    peer: Endpoint,
    /// Socket options that the backend has to apply.
    options_due: Due,
    /// `Action::Close` has not been polled.
    must_close: bool,
    /// How far the backend has let the old peer go.
    parting: Parting,
    /// A send was refused or dropped, and `Drained` has not been polled since.
    owes_drained: bool,
    /// A block list has, or had, a rule.
    has_rules: bool,
    /// Counts of queue entries.
    tally: Tally,
    /// Datagrams that have left the queue, and whose completions have not been polled.
    unheard: Unheard,
    /// Queue entries whose name the backend has not been asked for.
    lookups_due: u32,
    /// Memberships that the backend has to join or leave.
    memberships_due: u32,
    /// The event before those in memory.
    lead: Lead,
    /// Events in memory, and the one that leads.
    events_waiting: u32,
    /// Places for events that are promised to operations in flight.
    events_reserved: u32,
    /// The next call's number.
    next_number: u64,
    /// What has been counted with each datagram.
    stats: Often,
}

impl<'s> Socket<'s> {
    /// A socket in the memory that `storage` lends. Anything in there is forgotten.
    ///
    /// Node: `dgram.createSocket`
    #[doc(alias = "createSocket")]
    pub fn new<
        const BYTES: usize,
        const SENDS: usize,
        const MEMBERSHIPS: usize,
        const EVENTS: usize,
        const RULES: usize,
    >(
        options: Options,
        storage: &'s mut Storage<BYTES, SENDS, MEMBERSHIPS, EVENTS, RULES>,
    ) -> Self {
        storage.clear();
        Self::in_memory(options, MemoryRef::borrowed(storage))
    }

    /// A new socket in the memory of this one, which need not be closed; a backend that holds something
    /// for it must release that first.
    #[must_use]
    pub fn renew(mut self, options: Options) -> Self {
        self.memory.clear();
        Self::in_memory(options, self.memory)
    }

    fn in_memory(options: Options, memory: MemoryRef<'s>) -> Self {
        let nowhere = Endpoint::new(options.family().wildcard(), 0);
        Self {
            options,
            memory,
            life: Life::Open,
            bind: Bind::Unbound,
            details: BindDetails::default(),
            connection: Connection::Disconnected,
            local: nowhere,
            peer: nowhere,
            options_due: Due::default(),
            must_close: false,
            parting: Parting::Done,
            owes_drained: false,
            has_rules: false,
            tally: Tally::default(),
            unheard: Unheard::default(),
            lookups_due: 0,
            memberships_due: 0,
            lead: Lead::NONE,
            events_waiting: 0,
            events_reserved: 0,
            next_number: 0,
            stats: Often::default(),
        }
    }

    /// The next thing the backend must do; `None` when there is nothing.
    ///
    /// Each action is handed out once, and answered through the `handle_*` method that it names.
    #[must_use]
    pub fn poll_action(&mut self) -> Option<Action<'_>> {
        if core::mem::take(&mut self.must_close) {
            return Some(Action::Close);
        }
        if self.life == Life::Closed {
            return None;
        }
        if let Some(request) = self.poll_bind() {
            return Some(Action::Bind(request));
        }
        if self.poll_disconnect() {
            return Some(Action::Disconnect);
        }
        if self.is_bound() {
            if let Some(option) = self.poll_option() {
                return Some(Action::SetOption(option));
            }
            if let Some((change, membership)) = self.poll_membership() {
                return Some(Action::Membership(change, membership));
            }
            if let Some(peer) = self.poll_connect() {
                return Some(Action::Connect(peer));
            }
        }
        self.poll_lookup()
    }

    /// Whether there may be an event.
    #[inline]
    pub(crate) fn may_tell(&self) -> bool {
        self.events_waiting > 0 || self.owes_drained
    }

    /// Whether there may be an action.
    #[inline]
    pub(crate) fn may_act(&self) -> bool {
        self.must_close
            || self.bind == Bind::Requested
            || self.connection == Connection::Queued
            || self.lookups_due > 0
            || self.has_actions_due()
    }

    /// The next event for the application; `None` when there is none.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event<'_>> {
        match self.poll_whole_event() {
            Ok(event) => event,
            Err(number) => self.take_settled(number),
        }
    }

    /// The next event.
    ///
    /// # Errors
    /// It has a name, which the queue's entry of this number has.
    pub(crate) fn poll_whole_event(&mut self) -> Result<Option<Event<'static>>, u64> {
        loop {
            if self.events_waiting == 0 {
                return Ok(self.take_drained());
            }
            if let Some(event) = self.take_lead() {
                return Ok(Some(event));
            }
            let pending = self.memory.events().pop_front();
            self.events_waiting = self.events_waiting.saturating_sub(1);
            match pending {
                None => return Ok(None),
                Some(PendingEvent::Nothing) => {}
                Some(PendingEvent::Ready(event) | PendingEvent::UnlessClosed(event)) => {
                    if event == Event::Listening {
                        self.memory.rest();
                    }
                    return Ok(Some(event));
                }
                Some(PendingEvent::Left(event, len)) => {
                    self.unheard.remove(len);
                    return Ok(Some(event));
                }
                Some(PendingEvent::Settled(number)) => return Err(number),
            }
        }
    }

    /// What the socket was created with.
    #[must_use]
    pub const fn options(&self) -> &Options {
        &self.options
    }

    /// The family of the socket's type, for all its life.
    #[must_use]
    pub const fn family(&self) -> Family {
        self.options.family()
    }

    /// What has been counted since the socket was created.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats::new(self.stats, self.memory.aside().rare)
    }

    /// Whether the socket takes no more calls: it is closed, or closes as soon as its pending bind ends.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.life != Life::Open
    }

    /// Whether the socket is closed, everything has been polled, and its memory can serve another.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.life == Life::Closed && !self.must_close && self.events_waiting == 0
    }

    /// Whether anything may wait to be polled.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.events_waiting > 0 || self.must_close || self.is_drained() || self.has_work()
    }

    fn has_work(&self) -> bool {
        if self.life == Life::Closed {
            return false;
        }
        let datagram_due = !self.tally.in_line.is_zero() && !self.awaits_connect();
        let bound_work = self.is_bound() && (self.has_actions_due() || datagram_due);
        bound_work || self.lookups_due > 0 || self.bind == Bind::Requested
    }

    /// Whether the backend of a bound socket has to do something before the next datagram may leave, so that
    /// the order of polling does not matter.
    fn must_act(&self) -> bool {
        self.has_actions_due() || self.awaits_connect()
    }

    fn has_actions_due(&self) -> bool {
        self.options_due.is_any()
            || self.memberships_due > 0
            || self.parting == Parting::Due
            || matches!(self.connection, Connection::Due(_))
    }

    const fn awaits_connect(&self) -> bool {
        matches!(self.connection, Connection::Issued(_))
    }

    #[cold]
    fn rare(&mut self) -> &mut Rare {
        &mut self.memory.aside_mut().rare
    }

    fn next_number(&mut self) -> u64 {
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        number
    }

    /// The queue, beside the counts that it keeps right.
    fn queue_and_tally(&mut self) -> (Queue<'_>, &mut Tally) {
        (self.memory.queue(), &mut self.tally)
    }
}

impl fmt::Debug for Socket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("options", &self.options)
            .field("life", &self.life)
            .field("bind", &self.bind)
            .field("connection", &self.connection)
            .field("local", &self.local)
            .field("peer", &self.peer)
            .field("stats", &self.stats())
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Socket<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "Socket {{ bind: {}, connect: {}, local: {}, peer: {} }}",
            self.bind_state(),
            self.connect_state(),
            self.local,
            self.peer
        );
    }
}

const _: () = assert!(
    size_of::<Socket<'_>>() <= 192,
    "people have many sockets, and small machines"
);

/// A socket can move to another thread, with its memory.
const _: () = {
    const fn moves<T: Send>() {}
    moves::<Socket<'_>>();
};

#[cfg(test)]
mod tests;
