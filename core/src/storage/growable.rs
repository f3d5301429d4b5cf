//! Memory on the heap: nothing until it is needed, then as much as the limits allow.

mod alike;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use alike::Alike;

use super::containers::{Fifo, List, Room};
use super::{Aside, Memory, Parts};
use crate::block_list::Rule;
use crate::event::PendingEvent;
use crate::queue::{Arena, Entry, Queue};
use crate::socket::membership::Slot;
use crate::stats::Rare;

/// How far a socket's memory on the heap may grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of waiting datagrams and host names. Default 4 MiB.
    pub bytes: usize,
    /// Waiting datagrams. Default 16,384.
    pub sends: usize,
    /// Memberships. Default 1,024.
    pub memberships: usize,
    /// Events that wait to be polled. Default 32,768.
    pub events: usize,
    /// Rules of each block list. Default 65,536.
    pub rules: usize,
}

impl Limits {
    /// The default limits.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: 4 << 20,
            sends: 16_384,
            memberships: 1_024,
            events: 32_768,
            rules: 65_536,
        }
    }

    /// Bounds the send queue to `bytes` bytes (at most 2^32 − 1) in `sends` datagrams (at least 1).
    #[must_use]
    pub const fn send_queue(mut self, bytes: usize, sends: usize) -> Self {
        self.bytes = if bytes > u32::MAX as usize {
            u32::MAX as usize
        } else {
            bytes
        };
        self.sends = if sends == 0 { 1 } else { sends };
        self
    }

    /// Bounds the events that wait to be polled (at least 4).
    #[must_use]
    pub const fn events(mut self, events: usize) -> Self {
        self.events = if events < 4 { 4 } else { events };
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

/// Memory that grows up to its limits: nothing while nothing has needed it, if they are the default ones.
pub(crate) struct Growable(Option<Box<Grown>>);

struct Grown {
    limits: Limits,
    bytes: Vec<u8>,
    arena: Arena,
    entries: VecDeque<Entry>,
    /// What comes behind the last entry.
    alike: Alike,
    memberships: Vec<Slot>,
    events: VecDeque<PendingEvent>,
    receive_rules: Vec<Rule>,
    send_rules: Vec<Rule>,
    aside: Aside,
}

impl Growable {
    pub(crate) fn new(limits: Limits) -> Self {
        // The fields are public; what a socket cannot do without is there all the same.
        let limits = limits
            .send_queue(limits.bytes, limits.sends)
            .events(limits.events);
        let has_own = limits != Limits::new();
        Self(has_own.then(|| Box::new(Grown::new(limits))))
    }

    /// The memory, unless nothing has needed it.
    pub(crate) fn parts_in_use(&mut self) -> Option<Parts<'_>> {
        self.0.is_some().then(|| self.parts())
    }

    /// The queue, unless nothing has needed it.
    pub(crate) fn queue_in_use(&mut self) -> Option<Queue<'_>> {
        self.0.is_some().then(|| self.queue())
    }

    /// Lets the memory go if nothing is in it.
    pub(crate) fn rest(&mut self) {
        drop(self.0.take_if(|grown| grown.is_new()));
    }

    fn grown(&mut self) -> &mut Grown {
        let new = || Box::new(Grown::new(Limits::new()));
        self.0.get_or_insert_with(new)
    }
}

impl Grown {
    fn queue_as_it_is(&mut self) -> Queue<'_> {
        Queue::new(
            Fifo::Growable(&mut self.entries, self.limits.sends),
            Room::Growable(&mut self.bytes, self.limits.bytes),
            &mut self.arena,
        )
    }

    /// The queue, with entries for all that is in it.
    fn queue(&mut self) -> Queue<'_> {
        if self.alike.count() > 0 {
            self.write_out();
        }
        self.alike.forget();
        self.queue_as_it_is()
    }

    fn new(limits: Limits) -> Self {
        Self {
            limits,
            bytes: Vec::new(),
            arena: Arena::new(),
            entries: VecDeque::new(),
            alike: Alike::default(),
            memberships: Vec::new(),
            events: VecDeque::new(),
            receive_rules: Vec::new(),
            send_rules: Vec::new(),
            aside: Aside::new(),
        }
    }

    /// Whether a socket with the default limits would get just the same.
    fn is_new(&self) -> bool {
        self.limits == Limits::new()
            && self.entries.is_empty()
            && self.events.is_empty()
            && self.memberships.is_empty()
            && self.receive_rules.is_empty()
            && self.send_rules.is_empty()
            && self.aside.rare == Rare::new()
            && self.aside.settings.is_none()
    }
}

impl Memory for Growable {
    fn parts(&mut self) -> Parts<'_> {
        let grown = self.grown();
        grown.queue();
        let limits = grown.limits;
        Parts {
            queue: Queue::new(
                Fifo::Growable(&mut grown.entries, limits.sends),
                Room::Growable(&mut grown.bytes, limits.bytes),
                &mut grown.arena,
            ),
            memberships: List::Growable(&mut grown.memberships, limits.memberships),
            events: Fifo::Growable(&mut grown.events, limits.events),
            receive_rules: List::Growable(&mut grown.receive_rules, limits.rules),
            send_rules: List::Growable(&mut grown.send_rules, limits.rules),
        }
    }

    fn queue(&mut self) -> Queue<'_> {
        self.grown().queue()
    }

    fn events(&mut self) -> Fifo<'_, PendingEvent> {
        let grown = self.grown();
        Fifo::Growable(&mut grown.events, grown.limits.events)
    }

    fn aside(&self) -> &Aside {
        const NOTHING: &Aside = &Aside::new();
        self.0.as_ref().map_or(NOTHING, |grown| &grown.aside)
    }

    fn aside_mut(&mut self) -> &mut Aside {
        &mut self.grown().aside
    }

    fn clear(&mut self) {
        if let Some(grown) = &self.0 {
            *self = Self::new(grown.limits);
        }
    }
}
