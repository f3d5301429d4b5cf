//! Where the listeners of one socket are: in as little memory as there can be for what nearly every socket has.

use core::cell::Cell;
use core::mem;

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::table::{End, RawListener, Snapshot, Table};
use super::{EventName, Identity};

/// All listeners of a socket.
pub(super) struct Registry<L>(Cell<Listeners<L>>);

enum Listeners<L> {
    /// One, of `message`, and to stay.
    Sole(L),
    /// Whichever there are; no table while nobody has needed one.
    ///
    /// Replaced, not emptied, when the last listener goes: an `error` under way keeps the table it began with.
    Table(Option<Rc<Table<L>>>),
}

impl<L> Default for Listeners<L> {
    fn default() -> Self {
        Self::Table(None)
    }
}

impl<L: Clone + Identity> Registry<L> {
    pub(super) fn new() -> Self {
        Self(Cell::default())
    }

    /// Takes the first listener, if it needs no table.
    ///
    /// # Errors
    /// The listener, for the table.
    pub(super) fn begin(
        &self,
        event: &EventName,
        entry: RawListener<L>,
    ) -> Result<(), RawListener<L>> {
        let is_first = self.look(|listeners| matches!(listeners, Listeners::Table(None)));
        if !is_first || *event != EventName::Message || entry.is_once() {
            return Err(entry);
        }
        self.0.set(Listeners::Sole(entry.into_listener()));
        Ok(())
    }

    /// The table, which there is from now on.
    pub(super) fn table(&self) -> Rc<Table<L>> {
        let table = match self.0.take() {
            Listeners::Table(Some(table)) => table,
            Listeners::Table(None) => Rc::new(Table::new(DEFAULT_MAX_LISTENERS)),
            Listeners::Sole(listener) => {
                let table = Table::new(DEFAULT_MAX_LISTENERS);
                table.insert(&EventName::Message, RawListener::on(listener), End::Last);
                Rc::new(table)
            }
        };
        self.0.set(Listeners::Table(Some(Rc::clone(&table))));
        table
    }

    /// The same, unless there is nothing to put into one.
    pub(super) fn table_if_any(&self) -> Option<Rc<Table<L>>> {
        let is_any = self.look(|listeners| !matches!(listeners, Listeners::Table(None)));
        is_any.then(|| self.table())
    }

    /// The table, if somebody has needed one. Without one, there is at most one listener, of `message`.
    pub(super) fn table_in_use(&self) -> Option<Rc<Table<L>>> {
        self.look(|listeners| match listeners {
            Listeners::Sole(_) => None,
            Listeners::Table(table) => table.clone(),
        })
    }

    /// The only listener that there is, which is one of `message`, and stays.
    #[inline]
    pub(super) fn sole(&self) -> Option<L> {
        self.look(|listeners| match listeners {
            Listeners::Sole(sole) => Some(sole.clone()),
            Listeners::Table(_) => None,
        })
    }

    pub(super) fn snapshot(&self, event: &EventName) -> Option<Snapshot<L>> {
        self.look(|listeners| match listeners {
            Listeners::Sole(sole) if *event == EventName::Message => {
                Some(Snapshot::One(RawListener::on(sole.clone())))
            }
            Listeners::Sole(_) => None,
            Listeners::Table(table) => table.as_ref()?.snapshot(event),
        })
    }

    /// All events with listeners, in the order of `eventNames()`.
    pub(super) fn names(&self) -> Vec<EventName> {
        self.look(|listeners| match listeners {
            Listeners::Sole(_) => vec![EventName::Message],
            Listeners::Table(Some(table)) => table.names(),
            Listeners::Table(None) => Vec::new(),
        })
    }

    pub(super) fn max_listeners(&self) -> usize {
        let table = self.table_in_use();
        table.map_or(DEFAULT_MAX_LISTENERS, |table| table.max_listeners.get())
    }

    /// Forgets all listeners.
    pub(super) fn clear(&self) {
        let max = self.max_listeners();
        let table = (max != DEFAULT_MAX_LISTENERS).then(|| Rc::new(Table::new(max)));
        let old = self.0.replace(Listeners::Table(table));
        drop(old);
    }

    /// Nothing that is done here uses the registry: listeners are cloned and compared.
    #[inline]
    fn look<T>(&self, look: impl FnOnce(&Listeners<L>) -> T) -> T {
        let listeners = self.0.take();
        let seen = look(&listeners);
        // What was there meanwhile is nothing: it need not be dropped.
        mem::forget(self.0.replace(listeners));
        seen
    }
}

/// How many listeners an event may have before a warning, unless set otherwise.
///
/// Node: `events.defaultMaxListeners`
const DEFAULT_MAX_LISTENERS: usize = 10;
