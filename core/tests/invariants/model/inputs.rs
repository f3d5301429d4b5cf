//! The backend's polls and inputs. Each gives what it returns as a text, empty for success.

use core::net::IpAddr;

use anydgram_core::{Membership, MembershipChange, SocketOption};

use super::{Asked, Bind, Connection, Item, Life, Member, Model, Parting, Stage, Text, What, Why};
use crate::step::{Fate, GROUP};

type Outcome = Result<(), Text>;

impl Model {
    pub(crate) fn handle_bind(&mut self, local: Result<(IpAddr, u16), Text>) -> Outcome {
        if self.bind != Bind::Opening || self.life == Life::Closed {
            return self.stale();
        }
        match local {
            Ok(local) => {
                self.bind = Bind::Bound;
                self.local = local;
                if self.is_within_call && self.fd.is_none() {
                    self.tell_unless_closed("listening");
                } else {
                    self.tell("listening");
                }
                for at in 0..self.items.len() {
                    if self.items[at].stage == Stage::Waiting {
                        self.items[at].stage = self.stage_when_bound(&self.items[at]);
                    }
                }
                self.close_if_due();
                Ok(())
            }
            Err(error) => {
                self.bind_failed();
                if !self.is_within_call {
                    self.tell(format!("Bind error: {error}"));
                }
                self.end_what_waited();
                Err(error)
            }
        }
    }

    pub(super) fn fail_send(&mut self, item: &Item, why: Why) {
        self.stats.failed += 1;
        if item.report {
            let was_queued = Self::is_queued(item);
            self.tell_failure(item, why, &format!("sent {}", item.id));
            self.last_told().queued = was_queued.then_some(item.length);
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

    pub(crate) fn handle_local_address(&mut self, local: (IpAddr, u16)) {
        if self.bind == Bind::Bound {
            self.local = local;
        }
    }

    pub(crate) fn handle_lookup(&mut self, id: u64, outcome: Result<IpAddr, &'static str>) {
        let found = self.open(|item| item.id == id && item.stage == Stage::LookingUp);
        let Some(item) = found.filter(|_| self.life != Life::Closed) else {
            self.stats.stale += 1;
            return;
        };
        match (item.what, outcome) {
            (What::Bind, Ok(address)) => {
                self.remove(id);
                self.local.0 = address;
                self.bind = Bind::Requested;
            }
            (What::Bind, Err(errno)) => {
                self.bind_failed();
                self.tell_failure(&item, Why::Lookup(errno), "Bind error");
                self.end_what_waited();
            }
            (_, Ok(address)) => {
                let item = self.items.iter_mut().find(|item| item.id == id);
                let item = item.expect("it has just been found");
                item.address = address;
                item.stage = Stage::Ready;
            }
            (What::Connect, Err(errno)) => {
                self.connection = Connection::Disconnected;
                self.tell_failure(&item, Why::Lookup(errno), "Connect error");
            }
            (What::Send, Err(errno)) if item.report => self.fail_send(&item, Why::Lookup(errno)),
            (What::Send, Err(errno)) => {
                self.stats.failed += 1;
                if self.has_room_for_event() {
                    self.tell_failure(&item, Why::Lookup(errno), "Send error");
                } else {
                    self.stats.errors_lost += 1;
                    self.remove(id);
                }
            }
        }
    }

    pub(crate) fn handle_connect(
        &mut self,
        outcome: Result<Option<(IpAddr, u16)>, &'static str>,
    ) -> Outcome {
        let (Connection::Issued(asked), Life::Open) = (self.connection, self.life) else {
            return self.stale();
        };
        let item = self.open(|item| item.what == What::Connect);
        match outcome {
            Ok(local) => {
                self.connection = Connection::Connected;
                self.local = local.unwrap_or(self.local);
                self.remove_open(What::Connect);
                match asked {
                    Asked::Call => self.tell("connect"),
                    Asked::SyncCall => self.tell_unless_closed("connect"),
                    Asked::Rebind => {}
                }
                Ok(())
            }
            Err(errno) => {
                self.connection = Connection::Disconnected;
                if let Some(item) = item {
                    self.tell_failure(&item, Why::System(errno), "Connect error");
                    // The name is the event's; what returns cannot borrow it.
                    return Err(item.nameless_error(errno));
                }
                let error = format!("connect {errno} {}:{}", self.peer.0, self.peer.1);
                if asked == Asked::Rebind {
                    self.tell_if_there_is_room(format!("Connect error: {error}"));
                }
                Err(error)
            }
        }
    }

    pub(crate) fn handle_disconnect(&mut self, outcome: Result<(), &'static str>) -> Outcome {
        if self.parting != Parting::Issued {
            return self.stale();
        }
        self.parting = Parting::No;
        let Err(errno) = outcome else { return Ok(()) };
        if self.connection == Connection::Disconnected && self.bind == Bind::Bound {
            self.connection = Connection::Connected;
        }
        Err(format!("connect {errno}"))
    }

    pub(crate) fn handle_option(
        &mut self,
        option: SocketOption,
        outcome: Result<(), &'static str>,
    ) -> Outcome {
        if self.life == Life::Closed {
            return self.stale();
        }
        let Err(errno) = outcome else { return Ok(()) };
        self.options.retain(|given| *given != (option, false));
        let label = match option {
            SocketOption::Ttl(_) => "setTTL",
            _ => "setBroadcast",
        };
        Err(format!("{label} {errno}"))
    }

    pub(crate) fn handle_membership(
        &mut self,
        change: MembershipChange,
        membership: &Membership,
        outcome: Result<(), &'static str>,
    ) -> Outcome {
        if self.life == Life::Closed {
            return self.stale();
        }
        let mut all = self.memberships.iter();
        let joined = all
            .find(|(other, _)| other == membership)
            .map(|(_, joined)| *joined);
        let next = match (change, joined, outcome.is_ok()) {
            (MembershipChange::Add, Some(Member::Joining), true) => Some(Member::In),
            (MembershipChange::Add, Some(Member::JoiningButDropped), true) => Some(Member::Dropped),
            (MembershipChange::Add, Some(Member::Joining | Member::JoiningButDropped), false) => {
                None
            }
            (MembershipChange::Drop, Some(Member::Leaving), _) => None,
            (MembershipChange::Drop, Some(Member::LeavingButAdded), _) => Some(Member::Wanted),
            _ => return self.stale(),
        };
        self.set_membership(membership, next);
        let verb = match change {
            MembershipChange::Add => "add",
            MembershipChange::Drop => "drop",
        };
        let kind = membership
            .source
            .map_or("Membership", |_| "SourceSpecificMembership");
        outcome.map_err(|errno| format!("{verb}{kind} {errno}"))
    }

    pub(crate) fn handle_transmit(&mut self, id: u64, fate: Fate) {
        let Some(item) = self.open(|item| item.id == id && item.stage == Stage::Ready) else {
            self.stats.stale += 1;
            return;
        };
        match fate {
            Fate::Blocked => {}
            Fate::Sent => {
                self.stats.sent += 1;
                self.remove(id);
                if item.report {
                    self.tell(format!("sent {id}: {}", item.payload.len()));
                    self.last_told().queued = Some(item.length);
                }
            }
            Fate::Failed => self.fail_send(&item, Why::System("EADDRNOTAVAIL")),
        }
    }

    /// Whether a datagram is for the application.
    pub(crate) fn takes(&mut self, from: IpAddr, port: u16, to_group: bool) -> bool {
        let stats = &mut self.stats;
        stats.received += 1;
        let mut sources = self
            .memberships
            .iter()
            .filter(|(membership, joined)| membership.group == GROUP && joined.is_member())
            .map(|(membership, _)| membership.source)
            .peekable();
        let is_unwanted = to_group
            && sources.peek().is_some()
            && !sources.any(|source| source.is_none_or(|source| source == from));
        drop(sources);
        let has_peer = self.is_connected();
        let stats = &mut self.stats;
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

    pub(crate) fn handle_failure(&mut self) {
        if self.is_open() {
            self.tell_if_there_is_room("Receive error: recvmsg ECONNREFUSED".into());
        } else {
            self.stats.stale += 1;
        }
    }

    fn tell_if_there_is_room(&mut self, text: Text) {
        if self.has_room_for_event() {
            self.tell(text);
        } else {
            self.stats.errors_lost += 1;
        }
    }

    fn stale(&mut self) -> Outcome {
        self.stats.stale += 1;
        Ok(())
    }
}
