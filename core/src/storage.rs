//! A socket's memory: the only const generics of the crate, and the erased views that everything else uses.
//!
//! [`Storage`] is what a user declares; a [`Socket`](crate::Socket) borrows it as a [`Memory`] and never
//! sees a capacity again. With feature `alloc`, a socket can own memory that grows on demand up to
//! [`Limits`] and costs nothing until it is used.

pub(crate) mod containers;
cfg_if::cfg_if! {
    if #[cfg(feature = "alloc")] {
        mod either;
        mod growable;
        pub(crate) use either::{Aside, MemoryRef};
        pub use growable::Limits;
        pub(crate) use growable::Growable;
    } else {
        mod borrowed;
        pub(crate) use borrowed::{Aside, MemoryRef};
    }
}

use core::fmt;

use containers::{Fifo, List, Room};
use heapless::{Deque, Vec};

use crate::block_list::Rule;
use crate::event::PendingEvent;
use crate::queue::{Arena, Entry, Queue};
use crate::socket::membership::Slot;

/// Fixed memory for one socket.
///
/// * `BYTES`: bytes of waiting datagrams and of host names under look-up;
/// * `SENDS`: how many datagrams (and one `connect`, and a `bind` under look-up) can wait, at least 1; at least 2 for
///   an implicit bind with [`Options::look_up_always`](crate::Options::look_up_always);
/// * `MEMBERSHIPS`: how many multicast memberships the socket can have;
/// * `EVENTS`: how many events can wait to be polled, at least 4: one is kept for `Close`, and each send in
///   flight that reports its completion keeps one;
/// * `RULES`: how many rules each of its two block lists can have.
///
/// ```
/// use anydgram_core::{Options, Socket, SocketType, Storage};
/// let mut storage: Storage<1024, 4, 2, 8, 0> = Storage::new();
/// let socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
/// ```
pub struct Storage<
    const BYTES: usize,
    const SENDS: usize,
    const MEMBERSHIPS: usize,
    const EVENTS: usize,
    const RULES: usize,
> {
    bytes: [u8; BYTES],
    arena: Arena,
    entries: Deque<Entry, SENDS>,
    memberships: Vec<Slot, MEMBERSHIPS>,
    events: Deque<PendingEvent, EVENTS>,
    receive_rules: Vec<Rule, RULES>,
    send_rules: Vec<Rule, RULES>,
    aside: Aside,
}

/// Memory for a socket on a small microcontroller: one waiting datagram of up to 256 bytes, one group.
pub type TinyStorage = Storage<256, 2, 1, 4, 0>;

/// Memory for a socket of an ordinary embedded application: a full Ethernet datagram or a few small ones.
pub type SmallStorage = Storage<1536, 4, 4, 8, 4>;

impl<
    const BYTES: usize,
    const SENDS: usize,
    const MEMBERSHIPS: usize,
    const EVENTS: usize,
    const RULES: usize,
> Storage<BYTES, SENDS, MEMBERSHIPS, EVENTS, RULES>
{
    /// Empty memory, fit for a `static`.
    #[must_use]
    pub const fn new() -> Self {
        const {
            assert!(SENDS >= 1, "a connect or a send that waits needs a slot");
            assert!(
                EVENTS >= 4,
                "Close, a bind, a connect and a send need one place each"
            );
            assert!(BYTES <= u32::MAX as usize, "positions are 32 bits wide");
        }
        Self {
            bytes: [0; BYTES],
            arena: Arena::new(),
            entries: Deque::new(),
            memberships: Vec::new(),
            events: Deque::new(),
            receive_rules: Vec::new(),
            send_rules: Vec::new(),
            aside: Aside::new(),
        }
    }
}

impl<
    const BYTES: usize,
    const SENDS: usize,
    const MEMBERSHIPS: usize,
    const EVENTS: usize,
    const RULES: usize,
> Default for Storage<BYTES, SENDS, MEMBERSHIPS, EVENTS, RULES>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<
    const BYTES: usize,
    const SENDS: usize,
    const MEMBERSHIPS: usize,
    const EVENTS: usize,
    const RULES: usize,
> fmt::Debug for Storage<BYTES, SENDS, MEMBERSHIPS, EVENTS, RULES>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage")
            .field("sends", &SENDS)
            .field("events", &EVENTS)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<
    const BYTES: usize,
    const SENDS: usize,
    const MEMBERSHIPS: usize,
    const EVENTS: usize,
    const RULES: usize,
> defmt::Format for Storage<BYTES, SENDS, MEMBERSHIPS, EVENTS, RULES>
{
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(
            f,
            "Storage {{ sends: {=usize}, events: {=usize} }}",
            SENDS,
            EVENTS
        );
    }
}

/// All of a socket's memory with its capacities erased, borrowed for one step.
pub(crate) struct Parts<'p> {
    pub(crate) queue: Queue<'p>,
    pub(crate) memberships: List<'p, Slot>,
    pub(crate) events: Fifo<'p, PendingEvent>,
    pub(crate) receive_rules: List<'p, Rule>,
    pub(crate) send_rules: List<'p, Rule>,
}

/// Memory of any capacities.
pub(crate) trait Memory: Send {
    /// All of it.
    fn parts(&mut self) -> Parts<'_>;

    /// The queue alone, for what is done with each datagram.
    fn queue(&mut self) -> Queue<'_>;

    /// The events alone, likewise.
    fn events(&mut self) -> Fifo<'_, PendingEvent>;

    /// What few sockets have.
    fn aside(&self) -> &Aside;

    /// The same, to be changed.
    fn aside_mut(&mut self) -> &mut Aside;

    /// Forgets everything.
    fn clear(&mut self) {
        let Parts {
            mut queue,
            mut memberships,
            mut events,
            mut receive_rules,
            mut send_rules,
        } = self.parts();
        queue.clear();
        memberships.clear();
        events.clear();
        receive_rules.clear();
        send_rules.clear();
        *self.aside_mut() = Aside::new();
    }
}

impl<
    const BYTES: usize,
    const SENDS: usize,
    const MEMBERSHIPS: usize,
    const EVENTS: usize,
    const RULES: usize,
> Memory for Storage<BYTES, SENDS, MEMBERSHIPS, EVENTS, RULES>
{
    fn parts(&mut self) -> Parts<'_> {
        Parts {
            queue: Queue::new(
                Fifo::fixed(&mut self.entries),
                Room::fixed(&mut self.bytes),
                &mut self.arena,
            ),
            memberships: List::fixed(&mut self.memberships),
            events: Fifo::fixed(&mut self.events),
            receive_rules: List::fixed(&mut self.receive_rules),
            send_rules: List::fixed(&mut self.send_rules),
        }
    }

    fn queue(&mut self) -> Queue<'_> {
        Queue::new(
            Fifo::fixed(&mut self.entries),
            Room::fixed(&mut self.bytes),
            &mut self.arena,
        )
    }

    fn events(&mut self) -> Fifo<'_, PendingEvent> {
        Fifo::fixed(&mut self.events)
    }

    fn aside(&self) -> &Aside {
        &self.aside
    }

    fn aside_mut(&mut self) -> &mut Aside {
        &mut self.aside
    }
}
