//! Host names: asking the backend, and going on when the answer is here.

use super::Socket;
use crate::address::{Address, Host};
use crate::error::Errno;
use crate::output::Action;
use crate::queue::{Entry, Failure, HostKind, Kind, Stage};
use crate::token::LookupToken;

impl Socket<'_> {
    /// The backend has done [`Action::LookUp`]: the first address it found, or why there is none. An answer
    /// after a close is counted and dropped.
    pub fn handle_lookup(&mut self, token: LookupToken, outcome: Result<Address, Errno>) {
        let entry =
            self.first_open(&|entry| entry.number == token.0 && entry.stage == Stage::LookingUp);
        let Some(entry) = entry else {
            crate::stats::count(&mut self.rare().stale);
            return;
        };
        match (entry.kind, outcome) {
            (Kind::Bind, outcome) => self.bind_looked_up(entry, outcome),
            (Kind::Connect, outcome) => self.connect_looked_up(entry, outcome),
            (Kind::Send { .. }, Ok(address)) => self.make_ready(entry.number, address),
            (Kind::Send { .. }, Err(errno)) => {
                self.finish_send(&entry, Err(Failure::Lookup(errno)));
            }
        }
    }

    /// The lookup action, once.
    pub(super) fn poll_lookup(&mut self) -> Option<Action<'_>> {
        if self.lookups_due == 0 {
            return None;
        }
        let entry = self.first_open(&|entry| entry.stage == Stage::NeedsLookup)?;
        self.lookups_due = self.lookups_due.saturating_sub(1);
        let family = self.family();
        let (mut queue, tally) = self.queue_and_tally();
        queue.find(entry.number)?.advance(Stage::LookingUp, tally);
        let host = match entry.host {
            HostKind::Default | HostKind::Ip => Host::Ip(entry.address),
            HostKind::Name => Host::Name(queue.into_bytes(&entry).0),
        };
        Some(Action::LookUp {
            token: LookupToken(entry.number),
            host,
            family,
        })
    }

    /// The stage of an entry on a bound socket.
    pub(super) fn stage_when_bound(&self, entry: &Entry) -> Stage {
        let is_numeric = entry.host != HostKind::Name && !self.options.look_up_always;
        let to_peer = matches!(entry.kind, Kind::Send { to_peer: true, .. });
        if is_numeric || to_peer {
            Stage::Ready
        } else {
            Stage::NeedsLookup
        }
    }

    /// The socket is bound: what waited for that goes on.
    pub(super) fn start_waiting(&mut self) {
        let look_up_always = self.options.look_up_always;
        let Some(mut queue) = self.memory.queue_in_use() else {
            return;
        };
        for entry in queue
            .entries
            .iter_mut()
            .filter(|entry| entry.stage == Stage::Waiting)
        {
            let to_peer = matches!(entry.kind, Kind::Send { to_peer: true, .. });
            if (look_up_always || entry.host == HostKind::Name) && !to_peer {
                entry.advance(Stage::NeedsLookup, &mut self.tally);
                self.lookups_due = self.lookups_due.saturating_add(1);
            } else {
                entry.advance(Stage::Ready, &mut self.tally);
            }
        }
    }

    pub(super) fn make_ready(&mut self, number: u64, address: Address) {
        let (mut queue, tally) = self.queue_and_tally();
        if let Some(entry) = queue.find(number) {
            entry.address = address;
            entry.advance(Stage::Ready, tally);
        }
    }
}
