//! The lists of listeners, one per event, shared by reference so that a round can outlive a change.
//!
//! No function here runs a listener or drops the last handle of one: what is removed is returned, and the caller drops
//! it when nothing is borrowed any more. A listener's destructor may therefore use the emitter.

use core::cell::{Cell, RefCell};
use core::slice;

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::{EventName, Identity};

/// One registration: a listener, and whether it was registered to be called once.
#[derive(Clone, Debug)]
pub(crate) struct RawListener<L> {
    listener: L,
    /// Shared by all copies of one registration: its identity, and whether it has been called.
    once: Option<Rc<Cell<bool>>>,
}

impl<L> RawListener<L> {
    pub(super) fn on(listener: L) -> Self {
        Self {
            listener,
            once: None,
        }
    }

    pub(super) fn once(listener: L) -> Self {
        Self {
            listener,
            once: Some(Rc::new(Cell::new(false))),
        }
    }

    /// The listener as it was given.
    pub(crate) fn listener(&self) -> &L {
        &self.listener
    }

    /// The same, alone.
    pub(super) fn into_listener(self) -> L {
        self.listener
    }

    /// Whether it is called once.
    pub(crate) fn is_once(&self) -> bool {
        self.once.is_some()
    }

    pub(super) fn fired(&self) -> Option<&Cell<bool>> {
        self.once.as_deref()
    }
}

/// What a removal looks for.
#[derive(Debug)]
pub(super) enum Target<'a, L> {
    /// Any registration of this listener.
    Listener(&'a L),
    /// This registration, if it was made by `once`; else any of its listener.
    Raw(&'a RawListener<L>),
}

impl<L: Identity> Target<'_, L> {
    fn matches(&self, entry: &RawListener<L>) -> bool {
        match self {
            Self::Listener(listener) => entry.listener.same(listener),
            Self::Raw(raw) => match (&raw.once, &entry.once) {
                (None, _) => entry.listener.same(&raw.listener),
                (Some(wanted), Some(found)) => Rc::ptr_eq(wanted, found),
                (Some(_), None) => false,
            },
        }
    }
}

/// The listeners of one event. A list of one costs no allocation.
#[derive(Clone, Debug)]
pub(super) enum List<L> {
    One(RawListener<L>),
    Many(Rc<Many<L>>),
}

impl<L: Clone> List<L> {
    pub(super) fn snapshot(&self) -> Snapshot<L> {
        match self {
            Self::One(entry) => Snapshot::One(entry.clone()),
            Self::Many(many) => Snapshot::Many(many.snapshot()),
        }
    }
}

/// Two listeners or more; the last one left when it shrinks.
#[derive(Debug)]
pub(super) struct Many<L> {
    /// Never changed in place: a round under way holds the list as it was.
    entries: RefCell<Rc<[RawListener<L>]>>,
    /// Whether the warning about too many has been given. Lasts as long as the list has two listeners.
    warned: Cell<bool>,
}

impl<L: Clone> Many<L> {
    fn new(entries: [RawListener<L>; 2]) -> Self {
        Self {
            entries: RefCell::new(Rc::new(entries)),
            warned: Cell::new(false),
        }
    }

    pub(super) fn snapshot(&self) -> Rc<[RawListener<L>]> {
        Rc::clone(&self.entries.borrow())
    }

    /// Adds at one end; returns the new length.
    fn insert(&self, entry: RawListener<L>, end: End) -> usize {
        let old = self.snapshot();
        let old = old.iter().cloned();
        let new: Rc<[_]> = match end {
            End::First => core::iter::once(entry).chain(old).collect(),
            End::Last => old.chain(core::iter::once(entry)).collect(),
        };
        let count = new.len();
        self.entries.replace(new);
        count
    }

    /// Removes the last entry that matches, and returns it.
    fn remove(&self, target: &Target<'_, L>) -> Option<RawListener<L>>
    where
        L: Identity,
    {
        let old = self.snapshot();
        let position = old.iter().rposition(|entry| target.matches(entry))?;
        let removed = old.get(position)?.clone();
        let others = old
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != position);
        let new = others.map(|(_, entry)| entry.clone()).collect();
        self.entries.replace(new);
        Some(removed)
    }
}

/// A list at one moment.
#[derive(Debug)]
pub(super) enum Snapshot<L> {
    One(RawListener<L>),
    Many(Rc<[RawListener<L>]>),
}

impl<L> Snapshot<L> {
    pub(super) fn entries(&self) -> &[RawListener<L>] {
        match self {
            Self::One(entry) => slice::from_ref(entry),
            Self::Many(entries) => entries,
        }
    }
}

/// At which end of its list a listener is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    First,
    Last,
}

/// A removal that has happened.
#[derive(Debug)]
pub(super) struct Removed<L> {
    /// What `removeListener` is told: the registration, or the bare listener.
    pub(super) reported: RawListener<L>,
    /// Kept until nothing is borrowed: dropping the last handle of a listener runs its destructor.
    _removed: RawListener<L>,
}

/// What a removal came to.
#[derive(Debug)]
pub(super) enum Removal<L> {
    /// Nothing matched.
    Missed,
    /// Done.
    Done(Removed<L>),
    /// The only listener of the only event matched. Not removed: the whole table is to be replaced.
    Only(Removed<L>),
}

/// All lists, in the order in which their events got their first listener.
#[derive(Debug)]
pub(super) struct Table<L> {
    slots: RefCell<Vec<(EventName, List<L>)>>,
    /// How many listeners an event may have before a warning, 0 for no limit.
    pub(super) max_listeners: Cell<usize>,
}

impl<L> Table<L> {
    pub(super) fn new(max_listeners: usize) -> Self {
        Self {
            slots: RefCell::new(Vec::new()),
            max_listeners: Cell::new(max_listeners),
        }
    }

    pub(super) fn has(&self, event: &EventName) -> bool {
        self.slots.borrow().iter().any(|(name, _)| name == event)
    }

    /// All events with listeners, in the order of `eventNames()`.
    pub(super) fn names(&self) -> Vec<EventName> {
        let slots = self.slots.borrow();
        let mut names: Vec<_> = slots.iter().map(|(name, _)| name.clone()).collect();
        names.sort_by(EventName::listing_order);
        names
    }

    /// Forgets an event and returns its list. `None`: it has none, or it is the only event, and the whole table is to
    /// be replaced.
    pub(super) fn forget(&self, event: &EventName) -> Option<List<L>> {
        let mut slots = self.slots.borrow_mut();
        let position = slots.iter().position(|(name, _)| name == event)?;
        (slots.len() > 1).then(|| slots.remove(position).1)
    }
}

impl<L: Clone + Identity> Table<L> {
    pub(super) fn list(&self, event: &EventName) -> Option<List<L>> {
        let slots = self.slots.borrow();
        let slot = slots.iter().find(|(name, _)| name == event)?;
        Some(slot.1.clone())
    }

    pub(super) fn snapshot(&self, event: &EventName) -> Option<Snapshot<L>> {
        let slots = self.slots.borrow();
        let slot = slots.iter().find(|(name, _)| name == event)?;
        Some(slot.1.snapshot())
    }

    /// Adds a listener; returns the number of listeners if that is too many for the first time.
    pub(super) fn insert(
        &self,
        event: &EventName,
        entry: RawListener<L>,
        end: End,
    ) -> Option<usize> {
        let max = self.max_listeners.get();
        let mut slots = self.slots.borrow_mut();
        let Some((_, list)) = slots.iter_mut().find(|(name, _)| name == event) else {
            if slots.len() < FEW {
                slots.reserve_exact(1);
            }
            slots.push((event.clone(), List::One(entry)));
            return None;
        };
        let (many, count) = match list {
            List::Many(many) => (Rc::clone(many), many.insert(entry, end)),
            List::One(first) => {
                let first = first.clone();
                let many = Rc::new(Many::new(match end {
                    End::First => [entry, first],
                    End::Last => [first, entry],
                }));
                *list = List::Many(Rc::clone(&many));
                (many, 2)
            }
        };
        (max > 0 && count > max && !many.warned.replace(true)).then_some(count)
    }

    /// Removes the last entry of `event` that matches.
    pub(super) fn remove(&self, event: &EventName, target: &Target<'_, L>) -> Removal<L> {
        let mut slots = self.slots.borrow_mut();
        let Some(position) = slots.iter().position(|(name, _)| name == event) else {
            return Removal::Missed;
        };
        let only = slots.len() == 1;
        let Some((_, list)) = slots.get_mut(position) else {
            return Removal::Missed;
        };
        match list {
            List::One(entry) if target.matches(entry) => {
                // Node reports a lone listener bare, even when it was registered to be called once.
                let removed = Removed {
                    reported: RawListener::on(entry.listener.clone()),
                    _removed: entry.clone(),
                };
                if only {
                    return Removal::Only(removed);
                }
                slots.remove(position);
                Removal::Done(removed)
            }
            List::One(_) => Removal::Missed,
            List::Many(many) => {
                let Some(removed) = many.remove(target) else {
                    return Removal::Missed;
                };
                if let [last] = &*many.snapshot() {
                    *list = List::One(last.clone());
                }
                Removal::Done(Removed {
                    reported: match target {
                        Target::Listener(listener) => RawListener::on((*listener).clone()),
                        Target::Raw(raw) => (*raw).clone(),
                    },
                    _removed: removed,
                })
            }
        }
    }
}

/// So many events have no room for more.
const FEW: usize = 4;
