//! What a socket has to do, said once more and as plainly as can be: lists instead of rings, sums instead
//! of counters, texts instead of events.

mod calls;
mod inputs;
mod item;
mod polls;
mod sends;
mod settings;

pub(crate) use polls::Expected;

use alloc::collections::VecDeque;
use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::{BindState, ConnectState, FullQueue, Membership, SocketOption, Stats};

use crate::step::Config;
use item::{Item, Stage, What, Why};

/// Room for bytes, sends, memberships, events and rules.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) bytes: usize,
    pub(crate) sends: usize,
    pub(crate) memberships: usize,
    pub(crate) events: usize,
    pub(crate) rules: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Open,
    Closing,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bind {
    Unbound,
    LookingUp,
    Requested,
    Opening,
    Bound,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    Disconnected,
    Queued,
    Due(Asked),
    Issued(Asked),
    Connected,
}

/// Who asked for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Call,
    SyncCall,
    Rebind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Parting {
    No,
    Due,
    Issued,
}

/// An event that waits.
#[derive(Clone, Debug)]
struct Told {
    text: String,
    is_overtaken_by_close: bool,
    /// The item whose name it says.
    item: Option<u64>,
    /// The length of a datagram that counts as queued until this is polled.
    queued: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// What something reads.
pub(crate) type Text = String;

pub(crate) struct Model {
    config: Config,
    room: Room,
    life: Life,
    bind: Bind,
    fd: Option<i32>,
    is_exclusive: bool,
    is_within_call: bool,
    is_rebound: bool,
    connection: Connection,
    parting: Parting,
    local: (IpAddr, u16),
    peer: (IpAddr, u16),
    /// Options that were set, each with whether the backend must be told.
    options: Vec<(SocketOption, bool)>,
    must_close: bool,
    owes_drained: bool,
    items: Vec<Item>,
    memberships: Vec<(Membership, Member)>,
    told: VecDeque<Option<Told>>,
    receive_rules: Vec<IpAddr>,
    send_rules: Vec<IpAddr>,
    next_id: u64,
    pub(crate) stats: Stats,
}

impl Model {
    pub(crate) fn new(config: Config, room: Room) -> Self {
        Self {
            config,
            room,
            life: Life::Open,
            bind: Bind::Unbound,
            fd: None,
            is_exclusive: false,
            is_within_call: false,
            is_rebound: false,
            connection: Connection::Disconnected,
            parting: Parting::No,
            local: (Ipv4Addr::UNSPECIFIED.into(), 0),
            peer: (Ipv4Addr::UNSPECIFIED.into(), 0),
            options: Vec::new(),
            must_close: false,
            owes_drained: false,
            items: Vec::new(),
            memberships: Vec::new(),
            told: VecDeque::new(),
            receive_rules: Vec::new(),
            send_rules: Vec::new(),
            next_id: 0,
            stats: Stats::default(),
        }
    }

    pub(crate) fn config(&self) -> (Config, Room) {
        (self.config, self.room)
    }

    /// All that can be asked of a socket at any time, as one text.
    pub(crate) fn view(&self) -> Text {
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
            (Life::Closing | Life::Closed, _) => "Not running".into(),
            (Life::Open, Bind::Bound) => format!("{}:{}", self.local.0, self.local.1),
            (Life::Open, _) => "getsockname EBADF".into(),
        };
        let peer = match (self.life, self.is_connected()) {
            (Life::Closing | Life::Closed, _) => "Not running".into(),
            (Life::Open, true) => format!("{}:{}", self.peer.0, self.peer.1),
            (Life::Open, false) => "Not connected".into(),
        };
        let queued = self.items.iter().filter(|item| Self::is_queued(item));
        let unheard = self.told.iter().flatten().filter_map(|told| told.queued);
        let lengths = queued.map(|item| item.length).chain(unheard);
        let (count, size) = if self.life == Life::Closed {
            (0, 0)
        } else {
            lengths.fold((0, 0), |(count, size), len| (count + 1, size + len))
        };
        let is_closed = self.life != Life::Open;
        let is_finished = self.life == Life::Closed && !self.must_close && self.told.is_empty();
        format!("{bind:?} {connect:?} {address} {peer} {count} {size} {is_closed} {is_finished}")
    }

    pub(crate) fn is_open(&self) -> bool {
        self.life == Life::Open
    }

    /// Nothing is left to do or to tell.
    pub(crate) fn is_at_rest(&self) -> bool {
        let is_open = |item: &&Item| item.is_open();
        self.items.iter().find(is_open).is_none()
            && self.told.is_empty()
            && !self.must_close
            && !(self.owes_drained && self.is_open())
    }

    /// Whether `Drained` is told next.
    fn is_drained(&self) -> bool {
        self.owes_drained && self.is_open() && self.items.iter().all(|item| !item.is_open())
    }

    fn is_queued(item: &Item) -> bool {
        item.what == What::Send && item.stage == Stage::Ready
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
        self.told.len() + promised + 1 < self.room.events
    }

    fn could_hold(&self, size: usize) -> bool {
        size <= self.room.bytes && self.room.sends > 0
    }

    /// Whether an item of `size` bytes has room beside those that are `kept`.
    fn has_room_beside(&self, size: usize, kept: impl Fn(&Item) -> bool) -> bool {
        let kept: Vec<_> = self.items.iter().filter(|item| kept(item)).collect();
        let bytes: usize = kept.iter().map(|item| item.size()).sum();
        kept.len() < self.room.sends && bytes + size <= self.room.bytes
    }

    /// Whether something has to be done before the next datagram may leave.
    fn must_act(&self) -> bool {
        self.options.iter().any(|(_, is_due)| *is_due)
            || self.memberships.iter().any(|(_, joined)| joined.is_due())
            || self.parting == Parting::Due
            || matches!(self.connection, Connection::Due(_) | Connection::Issued(_))
    }

    fn drops_oldest(&self) -> bool {
        self.config.policy == FullQueue::DropOldest
    }

    fn tell(&mut self, text: impl Into<String>) {
        self.told.push_back(Some(Told {
            text: text.into(),
            is_overtaken_by_close: false,
            item: None,
            queued: None,
        }));
    }

    fn last_told(&mut self) -> &mut Told {
        let told = self.told.back_mut().and_then(Option::as_mut);
        told.expect("it has just been told")
    }

    fn tell_unless_closed(&mut self, text: &str) {
        self.told.push_back(Some(Told {
            text: text.into(),
            is_overtaken_by_close: true,
            item: None,
            queued: None,
        }));
    }

    /// Ends an item with an event, which keeps a named one in the queue.
    fn tell_failure(&mut self, item: &Item, why: Why, head: &str) {
        let text = format!("{head}: {}", item.error(why));
        let keeps_name = item.target.name().is_some() && why != Why::Blocked;
        if keeps_name {
            let kept = self.items.iter_mut().find(|kept| kept.id == item.id);
            kept.expect("it is in the queue").stage = Stage::Settled;
        } else {
            self.remove(item.id);
        }
        self.told.push_back(Some(Told {
            text,
            is_overtaken_by_close: false,
            item: keeps_name.then_some(item.id),
            queued: None,
        }));
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
}
