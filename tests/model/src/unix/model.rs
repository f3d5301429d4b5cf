//! What a Unix socket does, as plainly as can be: one list of calls, one of events, and nothing counted that can be looked up.

use alloc::collections::VecDeque;

use anydgram_core::{BindState, ConnectState, Full, InFlight, Stats};

use super::symbol::{OWN, PEER, UnixSymbol};
use super::{UnixCapacity, View};

/// A call that was accepted, until nothing is left of it.
#[derive(Clone, Debug)]
struct Call {
    number: u64,
    what: What,
    /// It has ended, and its event waits.
    is_over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Bind,
    Connect,
    SendTo,
    Send,
    SendQuietly,
}

impl What {
    const fn is_send(self) -> bool {
        matches!(self, Self::SendTo | Self::Send | Self::SendQuietly)
    }

    const fn has_event(self) -> bool {
        !matches!(self, Self::SendQuietly)
    }

    const fn bytes(self) -> &'static [u8] {
        match self {
            Self::SendTo => b"to",
            Self::Send => b"x",
            Self::Bind | Self::Connect | Self::SendQuietly => b"",
        }
    }

    /// Its failure, as text.
    fn failure(self, code: &str) -> String {
        match self {
            Self::Bind => format!("Bind bind {code} {OWN}"),
            Self::Connect => format!("Connect connect {code} {PEER}"),
            Self::SendTo | Self::SendQuietly => format!("send {code} {PEER}"),
            Self::Send => format!("send {code}"),
        }
    }
}

/// What becomes of a datagram.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Sent,
    Blocked(Full),
    Failed(&'static str),
}

pub(super) struct Model {
    /// How many calls and events there is room for.
    calls_at_most: usize,
    events_at_most: usize,
    calls: VecDeque<Call>,
    /// What the application will be told, and the call that it ends.
    events: VecDeque<(String, Option<u64>)>,
    numbers: u64,
    /// Answers to the bind and to the connect under way are awaited.
    is_bind_asked: bool,
    is_connect_asked: bool,
    is_bound: bool,
    is_connected: bool,
    /// The backend has to let the peer go, or is at it.
    must_part: bool,
    is_part_asked: bool,
    is_closed: bool,
    must_close: bool,
    owes_drained: bool,
    answered: Option<u64>,
    stats: Stats,
}

impl Model {
    pub(super) fn new(capacity: UnixCapacity) -> Self {
        let (calls_at_most, events_at_most) = match capacity {
            UnixCapacity::Small => (2, 4),
            UnixCapacity::Large => (8, 16),
        };
        Self {
            calls_at_most,
            events_at_most,
            calls: VecDeque::new(),
            events: VecDeque::new(),
            numbers: 0,
            is_bind_asked: false,
            is_connect_asked: false,
            is_bound: false,
            is_connected: false,
            must_part: false,
            is_part_asked: false,
            is_closed: false,
            must_close: false,
            owes_drained: false,
            answered: None,
            stats: Stats::default(),
        }
    }

    /// Does what the symbol says, and says what has to come of it.
    pub(super) fn step(&mut self, symbol: UnixSymbol) -> String {
        match symbol {
            UnixSymbol::Bind => self.bind(),
            UnixSymbol::Connect => self.connect(),
            UnixSymbol::Disconnect => self.disconnect(),
            UnixSymbol::SendTo => self.send(What::SendTo),
            UnixSymbol::Send => self.send(What::Send),
            UnixSymbol::SendQuietly => self.send(What::SendQuietly),
            UnixSymbol::Close => self.close(),
            UnixSymbol::Action => self.action(),
            UnixSymbol::Bound => self.settle_bind(true),
            UnixSymbol::NotBound => self.settle_bind(false),
            UnixSymbol::Connected => self.settle_connect(true),
            UnixSymbol::NotConnected => self.settle_connect(false),
            UnixSymbol::Parted => self.part(true),
            UnixSymbol::NotParted => self.part(false),
            UnixSymbol::Sent => self.transmit(Fate::Sent),
            UnixSymbol::Blocked => self.transmit(Fate::Blocked(Full::Buffer)),
            UnixSymbol::NoMemory => self.transmit(Fate::Blocked(Full::Memory)),
            UnixSymbol::Failed => self.transmit(Fate::Failed("EAGAIN")),
            UnixSymbol::Again => self.answer_again(),
            UnixSymbol::Event => self.event(),
            UnixSymbol::Datagram => self.datagram(),
            UnixSymbol::Failure => self.failure(),
        }
    }

    fn open(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|call| !call.is_over)
    }

    fn first_of(&self, what: What) -> Option<u64> {
        let mut open = self.open();
        open.find(|call| call.what == what).map(|call| call.number)
    }

    fn has_room_for_event(&self) -> bool {
        let promised = self.open().filter(|call| call.what.has_event()).count();
        // One is kept for the close.
        self.events.len() + promised + 1 < self.events_at_most
    }

    /// Takes a call, if there is room.
    fn accept(&mut self, what: What) -> Result<u64, String> {
        let has_room = !what.has_event() || self.has_room_for_event();
        if !has_room || self.calls.len() == self.calls_at_most {
            self.owes_drained = true;
            return Err("ERR_SOCKET_DGRAM_QUEUE_FULL".to_owned());
        }
        let number = self.numbers;
        self.numbers += 1;
        self.calls.push_back(Call {
            number,
            what,
            is_over: false,
        });
        Ok(number)
    }

    fn bind(&mut self) -> String {
        if self.is_closed {
            return "ERR_SOCKET_DGRAM_NOT_RUNNING".to_owned();
        }
        if self.is_bound || self.first_of(What::Bind).is_some() {
            return "ERR_SOCKET_ALREADY_BOUND".to_owned();
        }
        self.accept(What::Bind).err().unwrap_or_default()
    }

    fn connect(&mut self) -> String {
        if self.is_closed {
            return "ERR_SOCKET_DGRAM_NOT_RUNNING".to_owned();
        }
        if self.is_connected || self.first_of(What::Connect).is_some() {
            return "ERR_SOCKET_DGRAM_IS_CONNECTED".to_owned();
        }
        self.accept(What::Connect).err().unwrap_or_default()
    }

    fn disconnect(&mut self) -> String {
        if self.is_closed {
            return "ERR_SOCKET_DGRAM_NOT_RUNNING".to_owned();
        }
        if !self.is_connected {
            return "ERR_SOCKET_DGRAM_NOT_CONNECTED".to_owned();
        }
        self.is_connected = false;
        (self.must_part, self.is_part_asked) = (true, false);
        String::new()
    }

    fn send(&mut self, what: What) -> String {
        if self.is_closed {
            return "ERR_SOCKET_DGRAM_NOT_RUNNING".to_owned();
        }
        match (what == What::Send, self.is_connected) {
            (false, true) => return "ERR_SOCKET_DGRAM_IS_CONNECTED".to_owned(),
            (true, false) => return "ERR_SOCKET_DGRAM_NOT_CONNECTED".to_owned(),
            (true, true) | (false, false) => {}
        }
        match self.accept(what) {
            Ok(number) => format!("SendToken({number})"),
            Err(full) => {
                self.stats.overflowed += 1;
                full
            }
        }
    }

    fn close(&mut self) -> String {
        if self.is_closed {
            return "ERR_SOCKET_DGRAM_NOT_RUNNING".to_owned();
        }
        self.cancel_all();
        (self.is_closed, self.must_close) = (true, true);
        (self.is_bound, self.is_connected) = (false, false);
        (self.must_part, self.is_part_asked) = (false, false);
        (self.is_bind_asked, self.owes_drained) = (false, false);
        self.events.push_back(("Close".to_owned(), None));
        String::new()
    }

    /// Everything that waits ends: sends are told so, of the rest nothing is heard.
    fn cancel_all(&mut self) {
        let open: Vec<Call> = self.open().cloned().collect();
        for call in open {
            if call.what.is_send() {
                self.stats.canceled += 1;
                self.fail(call.number, "ECANCELED");
            } else {
                self.forget(call.number);
            }
        }
        self.is_connect_asked = false;
    }

    fn forget(&mut self, number: u64) {
        self.calls.retain(|call| call.number != number);
    }

    /// A call has failed.
    fn fail(&mut self, number: u64, code: &str) {
        let mut calls = self.calls.iter_mut();
        let Some(call) = calls.find(|call| call.number == number) else {
            return;
        };
        if !call.what.has_event() {
            return self.forget(number);
        }
        call.is_over = true;
        let failure = call.what.failure(code);
        let text = if call.what.is_send() {
            format!("SendToken({number}) {failure}")
        } else {
            failure
        };
        self.events.push_back((text, Some(number)));
    }

    fn action(&mut self) -> String {
        if core::mem::take(&mut self.must_close) {
            return "close".to_owned();
        }
        if self.must_part && !self.is_part_asked {
            self.is_part_asked = true;
            return "disconnect".to_owned();
        }
        let first = self.open().next().map(|call| call.what);
        match first {
            Some(What::Bind) if !self.is_bind_asked => {
                self.is_bind_asked = true;
                format!("bind Some(UnixAddress({OWN}))")
            }
            Some(What::Connect) if !self.is_connect_asked => {
                self.is_connect_asked = true;
                format!("connect UnixAddress({PEER})")
            }
            _ => String::new(),
        }
    }

    fn settle_bind(&mut self, is_bound: bool) -> String {
        let asked = core::mem::take(&mut self.is_bind_asked);
        let Some(number) = self.first_of(What::Bind).filter(|_| asked) else {
            self.stats.stale += 1;
            return String::new();
        };
        self.is_bound = is_bound;
        if is_bound {
            self.forget(number);
            self.events.push_back(("Listening".to_owned(), None));
        } else {
            self.fail(number, "EADDRINUSE");
            self.cancel_all();
        }
        String::new()
    }

    fn settle_connect(&mut self, is_connected: bool) -> String {
        let asked = core::mem::take(&mut self.is_connect_asked);
        let Some(number) = self.first_of(What::Connect).filter(|_| asked) else {
            self.stats.stale += 1;
            return String::new();
        };
        self.is_connected = is_connected;
        if is_connected {
            self.forget(number);
            self.events.push_back(("Connect".to_owned(), None));
        } else {
            self.fail(number, "ENOENT");
        }
        String::new()
    }

    fn part(&mut self, has_parted: bool) -> String {
        if !self.is_part_asked {
            self.stats.stale += 1;
            return String::new();
        }
        (self.must_part, self.is_part_asked) = (false, false);
        if has_parted {
            return String::new();
        }
        // Unless it has been connected anew, it is connected still.
        self.is_connected |= self.first_of(What::Connect).is_none();
        "connect EBADF".to_owned()
    }

    /// The datagram that can leave now. What cannot any more ends.
    fn departure(&mut self) -> Option<Call> {
        if self.must_part && !self.is_part_asked {
            return None;
        }
        loop {
            let call = self.open().next()?.clone();
            if !call.what.is_send() {
                return None;
            }
            let is_to_peer = call.what == What::Send;
            if is_to_peer == self.is_connected {
                return Some(call);
            }
            self.stats.failed += 1;
            let code = if is_to_peer {
                "EDESTADDRREQ"
            } else {
                "EISCONN"
            };
            self.fail(call.number, code);
        }
    }

    fn transmit(&mut self, fate: Fate) -> String {
        let Some(call) = self.departure() else {
            return String::new();
        };
        let to = (call.what != What::Send).then(|| PEER.to_owned());
        let seen = format!("SendToken({}) {:?} {to:?}", call.number, call.what.bytes());
        self.answered = Some(call.number);
        self.answer(&call, fate);
        seen
    }

    fn answer(&mut self, call: &Call, fate: Fate) {
        match fate {
            Fate::Blocked(Full::Buffer) => self.stats.buffer_full += 1,
            Fate::Blocked(Full::Memory) => self.stats.memory_full += 1,
            Fate::Sent => {
                self.stats.sent += 1;
                self.forget(call.number);
                if call.what.has_event() {
                    let bytes = call.what.bytes().len();
                    let sent = format!("SendToken({}) sent {bytes}", call.number);
                    self.events.push_back((sent, None));
                }
            }
            Fate::Failed(code) => {
                self.stats.failed += 1;
                self.fail(call.number, code);
            }
        }
    }

    fn answer_again(&mut self) -> String {
        let Some(answered) = self.answered else {
            return String::new();
        };
        let first = self.open().next().cloned();
        match first.filter(|call| call.number == answered) {
            Some(call) => self.answer(&call, Fate::Sent),
            None => self.stats.stale += 1,
        }
        String::new()
    }

    fn event(&mut self) -> String {
        // The file is removed before the close is told.
        if self.must_close && self.events.len() == 1 {
            return String::new();
        }
        if let Some((text, ended)) = self.events.pop_front() {
            if let Some(number) = ended {
                self.forget(number);
            }
            return text;
        }
        if self.is_drained() {
            self.owes_drained = false;
            return "Drained".to_owned();
        }
        String::new()
    }

    fn is_drained(&self) -> bool {
        self.owes_drained && self.open().next().is_none()
    }

    fn datagram(&mut self) -> String {
        self.stats.received += 1;
        if self.is_bound {
            self.stats.delivered += 1;
            "told".to_owned()
        } else {
            self.stats.dropped_not_running += 1;
            "dropped".to_owned()
        }
    }

    fn failure(&mut self) -> String {
        if self.is_closed {
            self.stats.stale += 1;
        } else if self.has_room_for_event() {
            let text = "Receive recvmsg EIO".to_owned();
            self.events.push_back((text, None));
        } else {
            self.stats.errors_lost += 1;
        }
        String::new()
    }

    pub(super) fn view(&self) -> View {
        let is_binding = self.first_of(What::Bind).is_some();
        let is_connecting = self.first_of(What::Connect).is_some();
        let waiting = || self.open().filter(|call| call.what.is_send());
        let told = self.events.iter();
        let told = told.filter(|(text, _)| text.starts_with("SendToken"));
        let mut in_flight = InFlight::default();
        in_flight.sends = waiting().count();
        in_flight.completions = told.count() + waiting().filter(|c| c.what.has_event()).count();
        let is_asked = self.is_bind_asked || self.is_connect_asked;
        let not_running = "ERR_SOCKET_DGRAM_NOT_RUNNING";
        View {
            bind: match (self.is_bound, is_binding) {
                (true, _) => BindState::Bound,
                (false, true) => BindState::Binding,
                (false, false) => BindState::Unbound,
            },
            connect: match (self.is_connected, is_connecting) {
                (true, _) => ConnectState::Connected,
                (false, true) => ConnectState::Connecting,
                (false, false) => ConnectState::Disconnected,
            },
            is_closed: self.is_closed,
            is_finished: self.is_closed && !self.must_close && self.events.is_empty(),
            is_ready: !self.events.is_empty()
                || self.must_close
                || (self.must_part && !self.is_part_asked)
                || self.is_drained()
                || (self.open().next().is_some() && !is_asked),
            queue: (
                waiting().count(),
                waiting().map(|call| call.what.bytes().len()).sum(),
            ),
            in_flight,
            stats: self.stats,
            own: match (self.is_closed, self.is_bound) {
                (true, _) => Err(not_running),
                (false, true) => Ok(OWN),
                (false, false) => Err("EBADF"),
            },
            peer: match (self.is_closed, self.is_connected) {
                (true, _) => Err(not_running),
                (false, true) => Ok(PEER),
                (false, false) => Err("ERR_SOCKET_DGRAM_NOT_CONNECTED"),
            },
        }
    }
}
