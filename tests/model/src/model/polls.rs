//! What the backend and the application poll.

use super::{Asked, Bind, Connection, Life, Member, Model, Parting, Stage, What, Why};
use crate::seen::{Act, Change, Datagram, End, Seen};
use crate::step::Outcome;

impl Model {
    /// The next action. Options and memberships that are due may come in any order: the one that was `seen` is
    /// taken if it is among them.
    pub(super) fn poll_action(&mut self, seen: &Seen) -> Seen {
        if core::mem::take(&mut self.must_close) {
            return Seen::Action(Act::Close);
        }
        if self.life == Life::Closed {
            return Seen::Nothing;
        }
        if self.bind == Bind::Requested {
            self.bind = Bind::Opening;
            return Seen::Action(Act::Bind {
                at: self.local,
                fd: self.fd,
                exclusive: self.is_exclusive,
            });
        }
        if self.bind == Bind::Bound {
            if self.parting == Parting::Due {
                self.parting = Parting::Issued;
                return Seen::Action(Act::Disconnect);
            }
            let chosen = self
                .poll_setting(seen)
                .or_else(|| self.poll_membership(seen));
            if let Some(act) = chosen {
                return Seen::Action(act);
            }
            if let Some(peer) = self.poll_connect() {
                return Seen::Action(Act::Connect(peer));
            }
        }
        let mut items = self.items.iter_mut();
        let Some(item) = items.find(|item| item.stage == Stage::NeedsLookup) else {
            return Seen::Nothing;
        };
        let lookup = self.lookups;
        self.lookups += 1;
        item.stage = Stage::LookingUp(lookup);
        let address = item.address.to_string();
        let host = item.target.name().map_or(address, String::from);
        Seen::Action(Act::LookUp(lookup, host))
    }

    fn poll_setting(&mut self, seen: &Seen) -> Option<Act> {
        let due = self.settings.iter_mut().filter(|(_, is_due)| *is_due);
        let mut due: Vec<_> = due.collect();
        let is_seen = |(setting, _): &&mut (_, bool)| *seen == Seen::Action(Act::Set(*setting));
        let at = due.iter().position(is_seen).unwrap_or(0);
        let (setting, is_due) = due.get_mut(at)?;
        *is_due = false;
        Some(Act::Set(*setting))
    }

    fn poll_membership(&mut self, seen: &Seen) -> Option<Act> {
        let due = self
            .memberships
            .iter_mut()
            .filter(|(_, joined)| joined.is_due());
        let due = due.map(|(membership, joined)| match joined {
            Member::Wanted => (
                Act::Membership(Change::Add, *membership),
                joined,
                Member::Joining,
            ),
            _ => (
                Act::Membership(Change::Drop, *membership),
                joined,
                Member::Leaving,
            ),
        });
        let mut due: Vec<_> = due.collect();
        let is_seen = |act: &Act| *seen == Seen::Action(act.clone());
        let at = due.iter().position(|(act, ..)| is_seen(act)).unwrap_or(0);
        let (act, joined, next) = due.get_mut(at)?;
        **joined = *next;
        Some(act.clone())
    }

    fn poll_connect(&mut self) -> Option<End> {
        if let Connection::Due(asked) = self.connection {
            self.connection = Connection::Issued(asked);
            self.parting = Parting::No;
            return Some(self.peer);
        }
        let first = self.items.iter().find(|item| item.is_in_line())?.clone();
        if first.what != What::Connect || self.connection != Connection::Queued {
            return None;
        }
        self.peer = (first.address, first.port);
        let why = if self.send_rules.contains(&first.address) {
            Why::Blocked
        } else if first.address.is_ipv6() {
            Why::System("EINVAL")
        } else {
            self.connection = Connection::Issued(Asked::Call);
            self.parting = Parting::No;
            return Some(self.peer);
        };
        self.connection = Connection::Disconnected;
        self.tell_failure(&first, why);
        None
    }

    /// The datagram that leaves next; those before it that cannot leave end.
    pub(super) fn poll_transmit(&mut self) -> Seen {
        loop {
            if self.life == Life::Closed || self.bind != Bind::Bound || self.must_act() {
                return Seen::Nothing;
            }
            let first = self.items.iter().find(|item| item.is_in_line()).cloned();
            let Some(first) = first.filter(|first| first.what == What::Send) else {
                return Seen::Nothing;
            };
            match self.refusal(&first) {
                Some(why) => self.fail_send(&first, why),
                None => return Seen::Datagram(first.send, Self::datagram(&first)),
            }
        }
    }

    pub(super) fn transmit_next(&mut self, outcome: Outcome) -> Seen {
        let seen = self.poll_transmit();
        if let Seen::Datagram(send, Datagram { .. }) = seen {
            self.handle_transmit(send, outcome);
        }
        seen
    }

    /// The next event.
    pub(super) fn poll_event(&mut self) -> Seen {
        while let Some(waiting) = self.told.pop_front() {
            if let Some(told) = waiting.told {
                if let Some(id) = waiting.item {
                    self.remove(id);
                }
                return Seen::Event(told);
            }
        }
        let is_idle = !self.items.iter().any(|item| item.is_open());
        if self.owes_drained && self.is_open() && is_idle {
            self.owes_drained = false;
            return Seen::Event(crate::seen::Told::Drained);
        }
        Seen::Nothing
    }
}
