//! What a socket has to do, said once more and as plainly as can be.
//!
//! Lists instead of rings, sums instead of counters, texts instead of codes. It follows Node's rules, and those that
//! the documentation of `anydgram-core` adds for what Node has not: the backend's answers, and full queues.

mod calls;
mod failure;
mod inputs;
mod item;
mod polls;
mod sends;
mod settings;
mod view;

use alloc::collections::VecDeque;
use core::hash::{Hash, Hasher};
use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::{FullQueue, Membership, Stats};

use crate::config::Config;
use crate::seen::{End, Failure, Seen, Taken, Told};
use crate::step::{Content, MOVED, Outcome, Setting, Step};
use item::{Item, Stage, What, Why};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Life {
    Open,
    /// Closes when the pending bind has ended.
    Closing,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Bind {
    Unbound,
    LookingUp,
    Requested,
    Opening,
    Bound,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Connection {
    Disconnected,
    /// The call waits among the sends.
    Queued,
    /// The backend has to be told.
    Due(Asked),
    /// The backend is at it.
    Issued(Asked),
    Connected,
}

/// Who asked for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Asked {
    Call,
    SyncCall,
    Rebind,
}

/// How far the backend has let the peer go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Parting {
    No,
    Due,
    Issued,
}

/// An event that waits.
#[derive(Clone, Debug)]
struct Waiting {
    /// `None`: a close has overtaken it.
    told: Option<Told>,
    is_overtaken_by_close: bool,
    /// The item whose name it says.
    item: Option<u64>,
    /// The length of a datagram that counts as queued until this is polled.
    queued: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Member {
    Wanted,
    Joining,
    JoiningButDropped,
    In,
    Dropped,
    Leaving,
    LeavingButAdded,
}

impl Member {
    fn is_member(self) -> bool {
        matches!(
            self,
            Self::Wanted | Self::Joining | Self::In | Self::LeavingButAdded
        )
    }

    fn is_due(self) -> bool {
        matches!(self, Self::Wanted | Self::Dropped)
    }
}

/// One socket.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    config: Config,
    life: Life,
    bind: Bind,
    fd: Option<i32>,
    is_exclusive: bool,
    is_within_call: bool,
    is_rebound: bool,
    connection: Connection,
    parting: Parting,
    local: End,
    peer: End,
    /// Options that were set, each with whether the backend must be told.
    settings: Vec<(Setting, bool)>,
    must_close: bool,
    owes_drained: bool,
    items: Vec<Item>,
    memberships: Vec<(Membership, Member)>,
    told: VecDeque<Waiting>,
    receive_rules: Vec<IpAddr>,
    send_rules: Vec<IpAddr>,
    /// Items made, sends accepted, look-ups handed out.
    next_id: u64,
    sends: u64,
    lookups: u64,
    stats: Stats,
}

impl Model {
    pub(crate) fn new(config: Config) -> Self {
        let nowhere = (Ipv4Addr::UNSPECIFIED.into(), 0);
        Self {
            config,
            life: Life::Open,
            bind: Bind::Unbound,
            fd: None,
            is_exclusive: false,
            is_within_call: false,
            is_rebound: false,
            connection: Connection::Disconnected,
            parting: Parting::No,
            local: nowhere,
            peer: nowhere,
            settings: Vec::new(),
            must_close: false,
            owes_drained: false,
            items: Vec::new(),
            memberships: Vec::new(),
            told: VecDeque::new(),
            receive_rules: Vec::new(),
            send_rules: Vec::new(),
            next_id: 0,
            sends: 0,
            lookups: 0,
            stats: Stats::default(),
        }
    }

    /// Does a step, and says what has to be seen. Where several things may come, and `seen` is one of them, it is
    /// taken over. `content` is what a send sends.
    pub(crate) fn step(&mut self, step: &Step, content: Content, seen: &Seen) -> Seen {
        let done = match *step {
            Step::Bind(target, port, fd) => self.bind(target, port, fd),
            Step::BindSync(target, port) => self.bind_sync(target, port),
            Step::Rebind => self.rebind(),
            Step::Connect(target, port) => self.connect(target, port),
            Step::ConnectSync(target, port) => self.connect_sync(target, port),
            Step::Disconnect => self.disconnect(),
            Step::Close => self.close(),
            Step::Member(is_add, source) => self.change_membership(is_add, source),
            Step::Set(setting) => self.set(setting),
            Step::BlockSending(ip) => self.block(ip, true),
            Step::BlockReceiving(ip) => self.block(ip, false),
            Step::ClearBlockLists => {
                self.send_rules.clear();
                self.receive_rules.clear();
                Ok(())
            }
            Step::Fail => {
                self.handle_failure();
                Ok(())
            }
            Step::Moved => {
                self.handle_local_address();
                Ok(())
            }
            Step::PeerMoved => {
                if self.is_connected() {
                    self.peer = MOVED;
                }
                Ok(())
            }
            Step::Send(sending) => {
                return self.send(&sending, content).unwrap_or_else(Seen::Refused);
            }
            Step::Datagram(from, port, to_group) => {
                return Seen::Message(self.takes(from, port, to_group));
            }
            Step::PollAction => return self.poll_action(seen),
            Step::PollTransmit => return self.poll_transmit(),
            Step::TransmitNext(outcome) => return self.transmit_next(outcome),
            Step::PollEvent => return self.poll_event(),
            Step::Answer(..) | Step::Again(_) | Step::Rest | Step::Renew | Step::Turn => {
                return Seen::Contradiction("a model has no backend and no driver".into());
            }
        };
        done.map_or_else(Seen::Refused, |()| Seen::Done)
    }

    /// What has to be seen when the backend answers. `local` is the address that a good bind ends at.
    pub(crate) fn answer(&mut self, taken: &Taken, outcome: Outcome, local: End) -> Seen {
        let done = match taken {
            Taken::Bind(asked) => self.handle_bind(outcome != Outcome::Bad, *asked, local),
            Taken::LookUp(lookup) => {
                self.handle_lookup(*lookup, outcome);
                Ok(())
            }
            Taken::Set(setting) => self.handle_setting(setting, outcome),
            Taken::Membership(change, membership) => {
                self.handle_membership(*change, membership, outcome)
            }
            Taken::Connect => self.handle_connect(outcome),
            Taken::Disconnect => self.handle_disconnect(outcome),
            Taken::Datagram(send) => {
                self.handle_transmit(*send, outcome);
                Ok(())
            }
        };
        done.map_or_else(Seen::Refused, |()| Seen::Done)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.life == Life::Open
    }

    /// Nothing is left to do or to tell.
    pub(crate) fn is_at_rest(&self) -> bool {
        let is_owed = self.must_close || (self.owes_drained && self.is_open());
        !is_owed && self.told.is_empty() && !self.items.iter().any(Item::is_open)
    }

    fn is_binding(&self) -> bool {
        matches!(self.bind, Bind::LookingUp | Bind::Requested | Bind::Opening)
    }

    fn is_connected(&self) -> bool {
        matches!(
            self.connection,
            Connection::Connected
                | Connection::Due(Asked::Rebind)
                | Connection::Issued(Asked::Rebind)
        )
    }

    fn is_connecting(&self) -> bool {
        self.connection != Connection::Disconnected && !self.is_connected()
    }

    /// Whether one more event than is promised has a place; one is kept for `Close`.
    fn has_room_for_event(&self) -> bool {
        let reports = |item: &&Item| item.what == What::Send && item.is_open() && item.report;
        let promised = self.items.iter().filter(reports).count()
            + usize::from(self.is_binding())
            + usize::from(self.is_connecting());
        self.told.len() + promised + 1 < self.config.room.events
    }

    /// Whether an item of `size` bytes has room beside those that are `kept`.
    fn has_room_beside(&self, size: usize, kept: impl Fn(&Item) -> bool) -> bool {
        let kept: Vec<_> = self.items.iter().filter(|item| kept(item)).collect();
        let bytes: usize = kept.iter().map(|item| item.size()).sum();
        kept.len() < self.config.room.sends && bytes + size <= self.config.room.bytes
    }

    /// Whether something has to be done before the next datagram may leave.
    fn must_act(&self) -> bool {
        self.settings.iter().any(|(_, is_due)| *is_due)
            || self.memberships.iter().any(|(_, joined)| joined.is_due())
            || self.parting == Parting::Due
            || matches!(self.connection, Connection::Due(_) | Connection::Issued(_))
    }

    fn drops_oldest(&self) -> bool {
        self.config.full_queue == FullQueue::DropOldest
    }

    fn tell(&mut self, told: Told) {
        self.told.push_back(Waiting {
            told: Some(told),
            is_overtaken_by_close: false,
            item: None,
            queued: None,
        });
    }

    /// Tells what a close overtakes.
    fn tell_unless_closed(&mut self, told: Told) {
        self.told.push_back(Waiting {
            told: Some(told),
            is_overtaken_by_close: true,
            item: None,
            queued: None,
        });
    }

    /// Ends an item with an event, which keeps a named one in the queue.
    fn tell_failure(&mut self, item: &Item, why: Why) {
        let told = item.told(item.error(why));
        let keeps_name = item.target.name().is_some() && why != Why::Blocked;
        if keeps_name {
            let mut items = self.items.iter_mut();
            if let Some(kept) = items.find(|kept| kept.id == item.id) {
                kept.stage = Stage::Settled;
            }
        } else {
            self.remove(item.id);
        }
        self.told.push_back(Waiting {
            told: Some(told),
            is_overtaken_by_close: false,
            item: keeps_name.then_some(item.id),
            queued: None,
        });
    }

    /// The event that was told last is of a datagram that counts as queued until then.
    fn count_as_queued(&mut self, length: Option<usize>) {
        if let Some(last) = self.told.back_mut() {
            last.queued = length;
        }
    }

    fn remove(&mut self, id: u64) {
        self.items.retain(|item| item.id != id);
    }

    fn remove_open(&mut self, what: What) {
        self.items
            .retain(|item| item.what != what || !item.is_open());
    }

    fn open(&self, wanted: impl Fn(&Item) -> bool) -> Option<Item> {
        let mut open = self.items.iter().filter(|item| item.is_open());
        open.find(|item| wanted(item)).cloned()
    }

    /// The place among what waits of what the backend has taken; `None`: it has none, or is overtaken.
    pub(crate) fn place_of(&self, taken: &Taken) -> Option<usize> {
        self.items.iter().position(|item| match *taken {
            Taken::Datagram(send) => item.send == send && item.is_queued(),
            Taken::LookUp(lookup) => item.stage == Stage::LookingUp(lookup),
            _ => false,
        })
    }
}

/// Two models with the same hash do the same from here on. What things are called and which bytes they have makes no
/// difference to that, their places do.
impl Hash for Model {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.life, self.bind, self.fd, self.is_exclusive).hash(state);
        (self.is_within_call, self.is_rebound, self.connection).hash(state);
        (self.parting, self.local, self.peer, &self.settings).hash(state);
        (self.must_close, self.owes_drained, &self.memberships).hash(state);
        (&self.receive_rules, &self.send_rules).hash(state);
        for item in &self.items {
            item.hash_without_numbers(state);
        }
        for waiting in &self.told {
            (waiting.is_overtaken_by_close, waiting.queued).hash(state);
            let item = |id| self.items.iter().position(|item| item.id == id);
            waiting.item.map(item).hash(state);
            match &waiting.told {
                Some(Told::Sent(_, result)) => result.hash(state),
                other => other.hash(state),
            }
        }
    }
}

/// The result of a call or an input.
type Done<T = ()> = Result<T, Failure>;
