//! The listener registry behind a socket handle: the surface of Node's `EventEmitter`.
//!
//! ```text
//!  Socket::on ──▶ Emitter::on ──── newListener ────┐
//!  Socket::off ─▶ Emitter::off ─── removeListener ─┴─▶ Owner::notify ────▶ listener(&socket, &event)
//!                 Emitter::on ──── too many ─────────▶ Owner::warn
//!  event loop ──▶ Emitter::emit ─────────────────────▶ the closure given ▶ listener(&socket, &event)
//! ```
//!
//! The registry knows listeners as handles that can be cloned and compared ([`Identity`]) and leaves calling them to
//! its [`Owner`]. Invariants:
//!
//! * Nothing is borrowed while a listener runs, is dropped, or while the owner is told of something: from there every
//!   method may be called again.
//! * A round works on the list as it was when the round began, and takes it by reference count: emitting allocates
//!   nothing.
//! * A panic in a listener ends the round and leaves the registry whole.
//!
//! Left out: what an event carries, and what happens to an `error` that nobody handles ([`Emitter::emit`] says so).
//!
//! Node: [events](https://nodejs.org/api/events.html), behaviour of version 25.8.1

mod name;
mod registry;
mod table;

#[cfg(test)]
mod tests;

pub use name::EventName;
pub(crate) use table::RawListener;

use core::fmt;

use alloc::rc::Rc;
use alloc::vec::Vec;

use registry::Registry;
use table::{End, List, Removal, Removed, Snapshot, Target};

/// A listener handle that knows its own kind: clones are the same listener.
///
/// Neither comparing nor cloning may use the emitter; dropping may.
pub(crate) trait Identity {
    /// Whether both are handles of one listener.
    fn same(&self, other: &Self) -> bool;
}

impl<T: ?Sized> Identity for Rc<T> {
    fn same(&self, other: &Self) -> bool {
        // The addresses alone: one listener can have several vtables.
        Self::as_ptr(self).cast::<()>() == Self::as_ptr(other).cast::<()>()
    }
}

/// Whose listeners they are. Everything here may use the emitter.
pub(crate) trait Owner<L> {
    /// Calls a listener of `newListener` or `removeListener`.
    fn notify(&self, listener: &L, change: &Change<'_, L>);

    /// Warns that an event has got more listeners than [`Emitter::max_listeners`].
    fn warn(&self, warning: &MaxListenersWarning);
}

/// What `newListener` and `removeListener` tell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change<'a, L> {
    /// `newListener`: `listener` is about to be added to `event`.
    NewListener {
        /// Where it is added.
        event: &'a EventName,
        /// The listener as it was given, without its `once`.
        listener: &'a L,
    },
    /// `removeListener`: `listener` has been removed from `event`.
    RemoveListener {
        /// Where it was.
        event: &'a EventName,
        /// The listener. Its `once` shows where Node passes the wrapper: when the registration fired or was removed
        /// with all others, and the event had further listeners.
        listener: &'a RawListener<L>,
    },
}

/// An event has got suspiciously many listeners: they are added again and again, perhaps, and never removed.
///
/// `Display` prints Node's text. Given once per event, and again only after the event was down to one listener.
///
/// Node: `MaxListenersExceededWarning`
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct MaxListenersWarning {
    /// The event.
    pub event: EventName,
    /// How many listeners it has now.
    pub count: usize,
    /// How many it may have.
    pub max: usize,
}

impl fmt::Display for MaxListenersWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Possible EventEmitter memory leak detected. {} {} listeners added to [Socket]. \
             MaxListeners is {}. Use emitter.setMaxListeners() to increase limit",
            self.count, self.event, self.max
        )
    }
}

impl core::error::Error for MaxListenersWarning {}

/// The listeners of one socket, by event.
pub(crate) struct Emitter<L> {
    registry: Registry<L>,
}

impl<L: Clone + Identity> Emitter<L> {
    /// A registry without listeners.
    pub(crate) fn new() -> Self {
        Self {
            registry: Registry::new(),
        }
    }

    /// Adds a listener behind the others. The same one may be added any number of times.
    pub(crate) fn on(&self, owner: &impl Owner<L>, event: &EventName, listener: L) {
        self.insert(owner, event, RawListener::on(listener), End::Last);
    }

    /// Adds a listener behind the others, to be removed before its first call.
    pub(crate) fn once(&self, owner: &impl Owner<L>, event: &EventName, listener: L) {
        self.insert(owner, event, RawListener::once(listener), End::Last);
    }

    /// Adds a listener before the others.
    pub(crate) fn prepend(&self, owner: &impl Owner<L>, event: &EventName, listener: L) {
        self.insert(owner, event, RawListener::on(listener), End::First);
    }

    /// Adds a listener before the others, to be removed before its first call.
    pub(crate) fn prepend_once(&self, owner: &impl Owner<L>, event: &EventName, listener: L) {
        self.insert(owner, event, RawListener::once(listener), End::First);
    }

    /// Removes the last registration of `listener` in the list, whether made by `on` or by `once`.
    pub(crate) fn off(&self, owner: &impl Owner<L>, event: &EventName, listener: &L) {
        self.remove(owner, event, &Target::Listener(listener));
    }

    /// Removes all listeners of one event, or of all.
    ///
    /// With a `removeListener` listener they go one by one, the last first, each of them told; listeners of
    /// `removeListener` go at the very end.
    pub(crate) fn remove_all(&self, owner: &impl Owner<L>, event: Option<&EventName>) {
        let Some(table) = self.registry.table_if_any() else {
            return;
        };
        let is_told = table.has(&EventName::RemoveListener);
        match event {
            Some(event) if is_told => self.remove_one_by_one(owner, event),
            Some(event) if table.has(event) => match table.forget(event) {
                Some(_list) => {}
                None => self.registry.clear(),
            },
            Some(_) => {}
            None => {
                let names = if is_told { table.names() } else { Vec::new() };
                for name in &names {
                    if *name != EventName::RemoveListener {
                        self.remove_all(owner, Some(name));
                    }
                }
                self.remove_all(owner, Some(&EventName::RemoveListener));
                self.registry.clear();
            }
        }
    }

    /// Has `call` call the listeners of `event`, in order; returns whether there were any.
    ///
    /// The round is settled when it begins: what a listener adds or removes counts from the next round on. An `error`
    /// goes to the listeners of [`EventName::ErrorMonitor`] first, which do not count: `false` then means that the
    /// error is unhandled, which Node throws.
    pub(crate) fn emit(
        &self,
        owner: &impl Owner<L>,
        event: &EventName,
        mut call: impl FnMut(&L),
    ) -> bool {
        let snapshot = if *event == EventName::Error {
            // The sole listener of a registry without a table is of another event.
            let Some(table) = self.registry.table_in_use() else {
                return false;
            };
            if let Some(monitors) = table.snapshot(&EventName::ErrorMonitor) {
                self.run(owner, &EventName::ErrorMonitor, &monitors, &mut call);
            }
            // Of the table as it was: monitors may have emptied the registry.
            table.snapshot(event)
        } else {
            self.registry.snapshot(event)
        };
        let Some(snapshot) = snapshot else {
            return false;
        };
        self.run(owner, event, &snapshot, &mut call);
        true
    }

    /// The listener of `message`, if there is no other listener and it is to stay: emitting `message` is calling it.
    #[inline]
    pub(crate) fn sole_of_message(&self) -> Option<L> {
        self.registry.sole()
    }

    /// Sets how many listeners an event may have before a warning; 0 and `usize::MAX` are no limit.
    pub(crate) fn set_max_listeners(&self, max: usize) {
        self.registry.table().max_listeners.set(max);
    }

    /// How many listeners an event may have before a warning, 0 for no limit.
    pub(crate) fn max_listeners(&self) -> usize {
        self.registry.max_listeners()
    }

    /// How many listeners `event` has; how many of them are `listener`, if one is given.
    pub(crate) fn listener_count(&self, event: &EventName, listener: Option<&L>) -> usize {
        let Some(snapshot) = self.registry.snapshot(event) else {
            return 0;
        };
        let entries = snapshot.entries().iter();
        let Some(listener) = listener else {
            return entries.len();
        };
        entries
            .filter(|entry| entry.listener().same(listener))
            .count()
    }

    /// The listeners of `event`, in the order in which they are called.
    pub(crate) fn listeners(&self, event: &EventName) -> Vec<L> {
        self.registry
            .snapshot(event)
            .map_or_else(Vec::new, |snapshot| {
                let entries = snapshot.entries().iter();
                entries.map(|entry| entry.listener().clone()).collect()
            })
    }

    /// The registrations of `event`, in the order in which they are called.
    pub(crate) fn raw_listeners(&self, event: &EventName) -> Vec<RawListener<L>> {
        self.registry
            .snapshot(event)
            .map_or_else(Vec::new, |snapshot| snapshot.entries().to_vec())
    }

    /// The events that have listeners.
    ///
    /// In the order of JavaScript's keys: array indexes by value, then texts in the order in which they got their first
    /// listener, counted anew when an event was without, then [`EventName::ErrorMonitor`].
    pub(crate) fn event_names(&self) -> Vec<EventName> {
        self.registry.names()
    }

    fn insert(&self, owner: &impl Owner<L>, event: &EventName, entry: RawListener<L>, end: End) {
        let listener = entry.listener();
        let change = Change::NewListener { event, listener };
        self.tell(owner, &EventName::NewListener, &change);
        let Err(entry) = self.registry.begin(event, entry) else {
            return;
        };
        let table = self.registry.table();
        let max = table.max_listeners.get();
        if let Some(count) = table.insert(event, entry, end) {
            owner.warn(&MaxListenersWarning {
                event: event.clone(),
                count,
                max,
            });
        }
    }

    fn remove(&self, owner: &impl Owner<L>, event: &EventName, target: &Target<'_, L>) {
        let Some(table) = self.registry.table_if_any() else {
            return;
        };
        let removed: Removed<L> = match table.remove(event, target) {
            Removal::Missed => return,
            Removal::Done(removed) => removed,
            Removal::Only(removed) => {
                self.registry.clear();
                removed
            }
        };
        let listener = &removed.reported;
        let change = Change::RemoveListener { event, listener };
        self.tell(owner, &EventName::RemoveListener, &change);
    }

    /// Removes by position, from the last that there was to the first that there is then: listeners that a
    /// `removeListener` listener adds meanwhile stay, as a rule.
    fn remove_one_by_one(&self, owner: &impl Owner<L>, event: &EventName) {
        let list = self
            .registry
            .table_if_any()
            .and_then(|table| table.list(event));
        match list {
            None => {}
            Some(List::One(entry)) => self.remove(owner, event, &Target::Raw(&entry)),
            Some(List::Many(many)) => {
                for position in (0..many.snapshot().len()).rev() {
                    // Node throws a TypeError where nothing is left at a position.
                    let entry = many.snapshot().get(position).cloned();
                    if let Some(entry) = entry {
                        self.remove(owner, event, &Target::Raw(&entry));
                    }
                }
            }
        }
    }

    /// Calls the listeners of a meta event.
    fn tell(&self, owner: &impl Owner<L>, meta: &EventName, change: &Change<'_, L>) {
        if let Some(snapshot) = self.registry.snapshot(meta) {
            let mut call = |listener: &L| owner.notify(listener, change);
            self.run(owner, meta, &snapshot, &mut call);
        }
    }

    /// One round. Takes `call` as a reference to dynamic code, for rounds start rounds.
    fn run(
        &self,
        owner: &impl Owner<L>,
        event: &EventName,
        snapshot: &Snapshot<L>,
        call: &mut dyn FnMut(&L),
    ) {
        for entry in snapshot.entries() {
            if let Some(fired) = entry.fired() {
                // In an outer round's list still, but called by an inner round already.
                if fired.get() {
                    continue;
                }
                self.remove(owner, event, &Target::Raw(entry));
                fired.set(true);
            }
            call(entry.listener());
        }
    }
}

impl<L: Clone + Identity> fmt::Debug for Emitter<L> {
    /// Prints how many listeners each event has.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.event_names().into_iter().map(|name| {
            let count = self.listener_count(&name, None);
            (name, count)
        });
        f.debug_map().entries(counts).finish()
    }
}
