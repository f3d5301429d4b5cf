//! The backend's answers, and what comes from the network.

use core::net::IpAddr;

use anydgram_core::{Membership, Operation};

use super::failure::{buffer_size, plain, system};
use super::{Asked, Bind, Connection, Done, Item, Life, Member, Model, Parting, Stage, What, Why};
use crate::seen::{Change, End, Told};
use crate::step::{FOUND, GROUP, MOVED, OTHER, Outcome, Setting};

/// The name of a bad outcome's error.
const FAULT: &str = "EADDRNOTAVAIL";

impl Model {
    pub(super) fn handle_bind(&mut self, is_good: bool, asked: End, local: End) -> Done {
        if self.bind != Bind::Opening || self.life == Life::Closed {
            return self.stale();
        }
        if is_good {
            self.bind = Bind::Bound;
            self.local = local;
            if self.is_within_call && self.fd.is_none() {
                self.tell_unless_closed(Told::Listening);
            } else {
                self.tell(Told::Listening);
            }
            for at in 0..self.items.len() {
                if self.items[at].stage == Stage::Waiting {
                    self.items[at].stage = self.stage_when_bound(&self.items[at]);
                }
            }
            self.close_if_due();
            return Ok(());
        }
        let (address, port) = asked;
        let failure = if port == 0 {
            system(FAULT, format!("bind {FAULT} {address}"))
        } else {
            system(FAULT, format!("bind {FAULT} {address}:{port}"))
        };
        self.bind_failed();
        if !self.is_within_call {
            self.tell(Told::Error(Operation::Bind, failure.clone()));
        }
        self.end_what_waited();
        Err(failure)
    }

    pub(super) fn fail_send(&mut self, item: &Item, why: Why) {
        self.stats.failed += 1;
        if item.report {
            self.tell_failure(item, why);
            self.count_as_queued(item.is_queued().then_some(item.length));
        } else {
            self.remove(item.id);
        }
    }

    fn bind_failed(&mut self) {
        self.bind = Bind::Unbound;
        self.is_rebound = false;
        self.connection = Connection::Disconnected;
        self.remove_open(What::Connect);
    }

    fn end_what_waited(&mut self) {
        self.cancel_sends();
        self.memberships.clear();
        self.close_if_due();
    }

    fn close_if_due(&mut self) {
        if self.life == Life::Closing {
            self.close_now();
        }
    }

    pub(super) fn handle_local_address(&mut self) {
        if self.bind == Bind::Bound {
            self.local = MOVED;
        }
    }

    pub(super) fn handle_lookup(&mut self, lookup: u64, outcome: Outcome) {
        let found = self.open(|item| item.stage == Stage::LookingUp(lookup));
        let Some(item) = found.filter(|_| self.life != Life::Closed) else {
            self.stats.stale += 1;
            return;
        };
        let address = match outcome {
            Outcome::Good => Some(FOUND),
            Outcome::Odd | Outcome::Dry => Some(OTHER),
            Outcome::Bad => None,
        };
        match (item.what, address) {
            (What::Bind, Some(address)) => {
                self.remove(item.id);
                self.local.0 = address;
                self.bind = Bind::Requested;
            }
            (What::Bind, None) => {
                self.bind_failed();
                self.tell_failure(&item, Why::Lookup(FAULT));
                self.end_what_waited();
            }
            (_, Some(address)) => {
                for kept in &mut self.items {
                    if kept.id == item.id {
                        kept.address = address;
                        kept.stage = Stage::Ready;
                    }
                }
            }
            (What::Connect, None) => {
                self.connection = Connection::Disconnected;
                self.tell_failure(&item, Why::Lookup(FAULT));
            }
            (What::Send, None) if item.report => self.fail_send(&item, Why::Lookup(FAULT)),
            (What::Send, None) => {
                self.stats.failed += 1;
                if self.has_room_for_event() {
                    self.tell_failure(&item, Why::Lookup(FAULT));
                } else {
                    self.stats.errors_lost += 1;
                    self.remove(item.id);
                }
            }
        }
    }

    pub(super) fn handle_connect(&mut self, outcome: Outcome) -> Done {
        let (Connection::Issued(asked), Life::Open) = (self.connection, self.life) else {
            return self.stale();
        };
        let item = self.open(|item| item.what == What::Connect);
        if outcome != Outcome::Bad {
            self.connection = Connection::Connected;
            if matches!(outcome, Outcome::Odd | Outcome::Dry) {
                self.local = MOVED;
            }
            self.remove_open(What::Connect);
            match asked {
                Asked::Call => self.tell(Told::Connect),
                Asked::SyncCall => self.tell_unless_closed(Told::Connect),
                Asked::Rebind => {}
            }
            return Ok(());
        }
        self.connection = Connection::Disconnected;
        if let Some(item) = item {
            self.tell_failure(&item, Why::System(FAULT));
            // The name is the event's; what returns cannot borrow it.
            return Err(item.nameless_error(FAULT));
        }
        let (address, port) = self.peer;
        let failure = system(FAULT, format!("connect {FAULT} {address}:{port}"));
        if asked == Asked::Rebind {
            self.tell_if_there_is_room(Told::Error(Operation::Connect, failure.clone()));
        }
        Err(failure)
    }

    /// The answer comes with the address that the socket has now.
    pub(super) fn handle_disconnect(&mut self, outcome: Outcome) -> Done {
        self.handle_local_address();
        if self.parting != Parting::Issued {
            return self.stale();
        }
        self.parting = Parting::No;
        if outcome != Outcome::Bad {
            return Ok(());
        }
        if self.connection == Connection::Disconnected && self.bind == Bind::Bound {
            self.connection = Connection::Connected;
        }
        Err(plain("connect", FAULT))
    }

    pub(super) fn handle_setting(&mut self, setting: &Setting, outcome: Outcome) -> Done {
        if self.life == Life::Closed {
            return self.stale();
        }
        if outcome != Outcome::Bad {
            return Ok(());
        }
        self.settings.retain(|given| *given != (*setting, false));
        Err(match setting {
            Setting::ReceiveBuffer(_) => buffer_size(FAULT, "address not available"),
            other => plain(other.label(), FAULT),
        })
    }

    pub(super) fn handle_membership(
        &mut self,
        change: Change,
        membership: &Membership,
        outcome: Outcome,
    ) -> Done {
        if self.life == Life::Closed {
            return self.stale();
        }
        let mut all = self.memberships.iter();
        let joined = all
            .find(|(other, _)| other == membership)
            .map(|(_, joined)| *joined);
        let is_good = outcome != Outcome::Bad;
        let next = match (change, joined, is_good) {
            (Change::Add, Some(Member::Joining), true) => Some(Member::In),
            (Change::Add, Some(Member::JoiningButDropped), true) => Some(Member::Dropped),
            (Change::Add, Some(Member::Joining | Member::JoiningButDropped), false) => None,
            (Change::Drop, Some(Member::Leaving), _) => None,
            (Change::Drop, Some(Member::LeavingButAdded), _) => Some(Member::Wanted),
            _ => return self.stale(),
        };
        self.set_membership(membership, next);
        let verb = match change {
            Change::Add => "add",
            Change::Drop => "drop",
        };
        let kind = membership
            .source
            .map_or("Membership", |_| "SourceSpecificMembership");
        if is_good {
            return Ok(());
        }
        Err(plain(&format!("{verb}{kind}"), FAULT))
    }

    pub(super) fn handle_transmit(&mut self, send: u64, outcome: Outcome) {
        let Some(item) = self.open(|item| item.send == send && item.is_queued()) else {
            self.stats.stale += 1;
            return;
        };
        match outcome {
            Outcome::Odd => self.stats.buffer_full += 1,
            Outcome::Dry => self.stats.memory_full += 1,
            Outcome::Good => {
                self.stats.sent += 1;
                self.remove(item.id);
                if item.report {
                    self.tell(Told::Sent(send, Ok(item.payload.len())));
                    self.count_as_queued(Some(item.length));
                }
            }
            Outcome::Bad => self.fail_send(&item, Why::System(FAULT)),
        }
    }

    /// Whether a datagram is for the application.
    pub(super) fn takes(&mut self, from: IpAddr, port: u16, to_group: bool) -> bool {
        let sources: Vec<Option<IpAddr>> = self
            .memberships
            .iter()
            .filter(|(membership, joined)| membership.group == GROUP && joined.is_member())
            .map(|(membership, _)| membership.source)
            .collect();
        let is_wanted = |source: &Option<IpAddr>| source.is_none_or(|source| source == from);
        let is_unwanted = to_group && !sources.is_empty() && !sources.iter().any(is_wanted);
        let has_peer = self.is_connected();
        let stats = &mut self.stats;
        stats.received += 1;
        let reason = if self.life != Life::Open || self.bind != Bind::Bound {
            &mut stats.dropped_not_running
        } else if from.is_ipv6() {
            &mut stats.dropped_family
        } else if has_peer && (from, port) != self.peer {
            &mut stats.dropped_peer
        } else if is_unwanted {
            &mut stats.dropped_source
        } else if self.receive_rules.contains(&from) {
            &mut stats.dropped_blocked
        } else {
            stats.delivered += 1;
            return true;
        };
        *reason += 1;
        false
    }

    pub(super) fn handle_failure(&mut self) {
        if self.is_open() {
            let failure = plain("recvmsg", "ECONNREFUSED");
            self.tell_if_there_is_room(Told::Error(Operation::Receive, failure));
        } else {
            self.stats.stale += 1;
        }
    }

    fn tell_if_there_is_room(&mut self, told: Told) {
        if self.has_room_for_event() {
            self.tell(told);
        } else {
            self.stats.errors_lost += 1;
        }
    }

    fn stale(&mut self) -> Done {
        self.stats.stale += 1;
        Ok(())
    }
}
