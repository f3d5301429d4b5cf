//! What can be asked of a socket at any time.

use anydgram_core::{BindState, ConnectState};

use super::failure::{not_connected, not_running, plain};
use super::{Asked, Bind, Connection, Life, Model, What};
use crate::seen::{Told, View};

impl Model {
    pub(crate) fn view(&self) -> View {
        let bind = match self.bind {
            Bind::Unbound => BindState::Unbound,
            Bind::LookingUp | Bind::Requested | Bind::Opening => BindState::Binding,
            Bind::Bound => BindState::Bound,
        };
        let connect = if self.is_connected() {
            ConnectState::Connected
        } else if self.connection == Connection::Disconnected {
            ConnectState::Disconnected
        } else {
            ConnectState::Connecting
        };
        let address = match (self.life, self.bind) {
            (Life::Closing | Life::Closed, _) => Err(not_running()),
            (Life::Open, Bind::Bound) => Ok(self.local),
            (Life::Open, _) => Err(plain("getsockname", "EBADF")),
        };
        let peer = match (self.life, self.is_connected()) {
            (Life::Closing | Life::Closed, _) => Err(not_running()),
            (Life::Open, true) => Ok(self.peer),
            (Life::Open, false) => Err(not_connected()),
        };
        let (queue_count, queue_size) = self.queued();
        View {
            bind,
            connect,
            address,
            peer,
            queue_count,
            queue_size,
            in_flight: self.in_flight(),
            is_closed: self.life != Life::Open,
            is_finished: self.life == Life::Closed && !self.must_close && self.told.is_empty(),
            answers_within_call: match self.bind {
                Bind::Opening => self.is_within_call,
                Bind::Bound => self.connection == Connection::Issued(Asked::SyncCall),
                Bind::Unbound | Bind::LookingUp | Bind::Requested => false,
            },
            stats: self.stats,
        }
    }

    /// Sends that have not ended, and completions that have not been told.
    fn in_flight(&self) -> (usize, usize) {
        let sends = || {
            let open = self.items.iter().filter(|item| item.is_open());
            open.filter(|item| item.what == What::Send)
        };
        let told = self.told.iter();
        let told = told.filter(|waiting| matches!(waiting.told, Some(Told::Sent(..))));
        let reports = sends().filter(|item| item.report);
        (sends().count(), reports.count() + told.count())
    }

    /// How many datagrams count as queued, and their bytes.
    fn queued(&self) -> (usize, usize) {
        if self.life == Life::Closed {
            return (0, 0);
        }
        let queued = self.items.iter().filter(|item| item.is_queued());
        let unheard = self.told.iter().filter_map(|waiting| waiting.queued);
        let lengths: Vec<usize> = queued.map(|item| item.length).chain(unheard).collect();
        (lengths.len(), lengths.iter().sum())
    }
}
