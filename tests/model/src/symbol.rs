//! The alphabets: what can be done, under names that make a sequence readable and repeatable.

use core::fmt;
use core::str::FromStr;

use anydgram_core::Full;

use crate::step::{A, Asked, B, OTHER, Outcome, Sending, Setting, Step, Target, Way, Which};

use Outcome::{Bad, Dry, Good, Odd};

/// One thing that can be done to a socket.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Symbol(u8);

impl Symbol {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    pub(crate) const fn number(self) -> u8 {
        self.0
    }

    pub(crate) fn step(self) -> Step {
        self.entry().1
    }

    /// Whether it is the application's, rather than its backend's.
    #[must_use]
    pub fn is_call(self) -> bool {
        !matches!(
            self.step(),
            Step::PollAction
                | Step::PollTransmit
                | Step::TransmitNext(_)
                | Step::Answer(..)
                | Step::Again(_)
                | Step::Datagram(..)
                | Step::Fail
                | Step::Moved
                | Step::PeerMoved
                | Step::PollEvent
                | Step::Turn
                | Step::Rest
                | Step::Renew
        )
    }

    /// Whether it names a host that has to be looked up.
    #[must_use]
    pub fn names_host(self) -> bool {
        let target = match self.step() {
            Step::Bind(target, ..) | Step::Connect(target, _) => Some(target),
            Step::Send(sending) => sending.to.map(|(target, _)| target),
            _ => None,
        };
        target.is_some_and(|target| target.name().is_some())
    }

    fn entry(self) -> &'static (&'static str, Step) {
        &ALL[usize::from(self.0)]
    }

    /// The symbol of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let at = ALL.iter().position(|(other, _)| *other == name)?;
        u8::try_from(at).ok().map(Self)
    }

    /// All that there are.
    #[must_use]
    pub fn all() -> Vec<Self> {
        ALL.iter().zip(0..).map(|(_, at)| Self(at)).collect()
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "these are all")]
pub enum Alphabet {
    /// 12: the calls that everybody makes, and a backend that answers one way or the other.
    Small,
    /// 27: with names, options, memberships that are left, sends without a report, full stacks, stacks that were lost,
    /// doubled answers, and the network.
    Full,
    /// 16: a queue that is full, with each reason why nothing leaves, each way in which something does, and a close.
    Room,
    /// Everything.
    Wide,
}

/// The small alphabet.
const SMALL: [&str; 12] = [
    "bind",
    "connect",
    "disconnect",
    "send",
    "send-peer",
    "close",
    "join",
    "action",
    "done",
    "fail",
    "sent",
    "event",
];

/// What the full alphabet has besides.
const MORE: [&str; 15] = [
    "connect-name",
    "send-name",
    "send-empty",
    "leave",
    "ttl",
    "ttl-0",
    "blocked",
    "no-memory",
    "failed",
    "again",
    "from-peer",
    "from-stranger",
    "icmp",
    "send-quiet",
    "rebind",
];

/// The alphabet of a queue that is full.
const ROOM: [&str; 16] = [
    "bind",
    "send",
    "send-quiet",
    "send-asking",
    "now-blocked",
    "now-asking-blocked",
    "now-no-memory",
    "blocked",
    "no-memory",
    "sent",
    "failed",
    "again",
    "action",
    "done",
    "event",
    "close",
];

impl Alphabet {
    /// Its symbols.
    #[must_use]
    pub fn symbols(self) -> Vec<Symbol> {
        let names = |names: &[&str]| -> Vec<Symbol> {
            names
                .iter()
                .filter_map(|name| Symbol::named(name))
                .collect()
        };
        match self {
            Self::Small => names(&SMALL),
            Self::Full => [names(&SMALL), names(&MORE)].concat(),
            Self::Room => names(&ROOM),
            Self::Wide => Symbol::all(),
        }
    }
}

/// One symbol, done to one of the sockets.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing more to it")]
pub struct Move {
    /// Which socket, from 0.
    pub socket: usize,
    /// What is done.
    pub symbol: Symbol,
}

impl fmt::Debug for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.socket > 0 {
            write!(f, "{}:", self.socket + 1)?;
        }
        f.write_str(self.symbol.name())
    }
}

impl FromStr for Move {
    type Err = String;

    /// Reads `send`, or `2:send` for the second socket.
    fn from_str(text: &str) -> Result<Self, String> {
        let (socket, name) = text.split_once(':').unwrap_or(("1", text));
        let socket = socket.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        let socket = socket.ok_or_else(|| format!("'{text}' has no number of a socket"))?;
        let symbol = Symbol::named(name).ok_or_else(|| format!("there is no symbol '{name}'"))?;
        Ok(Self { socket, symbol })
    }
}

/// Moves as text, `bind, send, 2:close`.
#[must_use]
pub fn text_of(moves: &[Move]) -> String {
    let names: Vec<String> = moves.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// Moves from text.
///
/// # Errors
/// Which part is none.
pub fn moves_of(text: &str) -> Result<Vec<Move>, String> {
    let parts = text.split(',').map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::parse)
        .collect()
}

const fn send(target: Target, port: u16, length: usize) -> Step {
    sending(Some((target, port)), length, true, Way::Queue)
}

const fn send_quietly(target: Target, length: usize) -> Step {
    sending(Some((target, 9)), length, false, Way::Queue)
}

const fn send_to_peer(report: bool, way: Way) -> Step {
    sending(None, 3, report, way)
}

const fn offer(way: Way) -> Step {
    sending(Some((Target::A, 9)), 3, true, way)
}

const fn sending(to: Option<(Target, u16)>, length: usize, report: bool, way: Way) -> Step {
    Step::Send(Sending {
        to,
        length,
        report,
        way,
        asked: Asked::Nothing,
    })
}

const fn asking(to: Option<(Target, u16)>, length: usize, way: Way, asked: Asked) -> Step {
    Step::Send(Sending {
        to,
        length,
        report: true,
        way,
        asked,
    })
}

/// Where most are aimed.
const TO_A: Option<(Target, u16)> = Some((Target::A, 9));

/// Everything that can be done, under its name.
#[rustfmt::skip]
static ALL: [(&str, Step); 124] = [
    ("bind", Step::Bind(Target::Default, 9, None)),
    ("bind-any", Step::Bind(Target::Default, 0, None)),
    ("bind-address", Step::Bind(Target::A, 9, None)),
    ("bind-name", Step::Bind(Target::ShortName, 9, None)),
    ("bind-long-name", Step::Bind(Target::LongName, 0, None)),
    ("bind-bad-name", Step::Bind(Target::BadName, 9, None)),
    ("bind-v6", Step::Bind(Target::OtherFamily, 9, None)),
    ("bind-fd", Step::Bind(Target::Default, 0, Some(7))),
    ("bind-fd-name", Step::Bind(Target::ShortName, 9, Some(7))),
    ("bind-sync", Step::BindSync(Target::Default, 9)),
    ("bind-sync-name", Step::BindSync(Target::ShortName, 9)),
    ("rebind", Step::Rebind),
    ("connect", Step::Connect(Target::A, 9)),
    ("connect-b", Step::Connect(Target::B, 7)),
    ("connect-default", Step::Connect(Target::Default, 9)),
    ("connect-name", Step::Connect(Target::ShortName, 9)),
    ("connect-long-name", Step::Connect(Target::LongName, 9)),
    ("connect-bad-name", Step::Connect(Target::BadName, 9)),
    ("connect-v6", Step::Connect(Target::OtherFamily, 9)),
    ("connect-port-0", Step::Connect(Target::A, 0)),
    ("connect-sync", Step::ConnectSync(Target::A, 9)),
    ("connect-sync-b", Step::ConnectSync(Target::B, 7)),
    ("connect-sync-v6", Step::ConnectSync(Target::OtherFamily, 9)),
    ("connect-sync-name", Step::ConnectSync(Target::ShortName, 9)),
    ("connect-sync-port-0", Step::ConnectSync(Target::A, 0)),
    ("disconnect", Step::Disconnect),
    ("send", send(Target::A, 9, 3)),
    ("send-default", send(Target::Default, 9, 3)),
    ("send-b", send(Target::B, 7, 5)),
    ("send-empty", send(Target::A, 9, 0)),
    ("send-long", send(Target::A, 9, 8)),
    ("send-longer", send(Target::A, 9, 29)),
    ("send-too-long", send(Target::A, 9, 65_508)),
    ("send-name", send(Target::ShortName, 9, 3)),
    ("send-long-name", send(Target::LongName, 9, 2)),
    ("send-bad-name", send(Target::BadName, 9, 3)),
    ("send-v6", send(Target::OtherFamily, 9, 3)),
    ("send-port-0", send(Target::A, 0, 3)),
    ("send-quiet", send_quietly(Target::A, 3)),
    ("send-quiet-b", send_quietly(Target::B, 1)),
    ("send-quiet-empty", send_quietly(Target::A, 0)),
    ("send-quiet-name", send_quietly(Target::ShortName, 3)),
    ("send-quiet-v6", send_quietly(Target::OtherFamily, 3)),
    ("send-peer", send_to_peer(true, Way::Queue)),
    ("send-peer-quiet", send_to_peer(false, Way::Queue)),
    ("offer-sent", offer(Way::Offer(Good))),
    ("offer-blocked", offer(Way::Offer(Odd))),
    ("offer-failed", offer(Way::Offer(Bad))),
    ("offer-back", offer(Way::TakeBack(None))),
    ("offer-name", sending(Some((Target::ShortName, 9)), 3, true, Way::Offer(Good))),
    ("offer-peer-sent", send_to_peer(true, Way::Offer(Good))),
    ("offer-peer-blocked", send_to_peer(true, Way::Offer(Odd))),
    ("offer-peer-failed", send_to_peer(true, Way::Offer(Bad))),
    ("offer-peer-quiet", send_to_peer(false, Way::Offer(Good))),
    ("offer-peer-back", send_to_peer(true, Way::TakeBack(None))),
    ("close", Step::Close),
    ("join", Step::Member(true, None)),
    ("leave", Step::Member(false, None)),
    ("join-source", Step::Member(true, Some(A))),
    ("leave-source", Step::Member(false, Some(A))),
    ("join-source-b", Step::Member(true, Some(B))),
    ("ttl", Step::Set(Setting::Ttl(9))),
    ("ttl-0", Step::Set(Setting::Ttl(0))),
    ("ttl-256", Step::Set(Setting::Ttl(256))),
    ("multicast-ttl-0", Step::Set(Setting::MulticastTtl(0))),
    ("multicast-ttl-256", Step::Set(Setting::MulticastTtl(256))),
    ("broadcast", Step::Set(Setting::Broadcast(true))),
    ("loopback-off", Step::Set(Setting::MulticastLoopback(false))),
    ("buffer", Step::Set(Setting::ReceiveBuffer(4096))),
    ("buffer-0", Step::Set(Setting::ReceiveBuffer(0))),
    ("block-send", Step::BlockSending(A)),
    ("block-receive", Step::BlockReceiving(B)),
    ("unblock", Step::ClearBlockLists),
    ("action", Step::PollAction),
    ("transmit", Step::PollTransmit),
    ("sent", Step::TransmitNext(Good)),
    ("blocked", Step::TransmitNext(Odd)),
    ("failed", Step::TransmitNext(Bad)),
    ("done", Step::Answer(Which::Oldest, Good)),
    ("odd", Step::Answer(Which::Oldest, Odd)),
    ("fail", Step::Answer(Which::Oldest, Bad)),
    ("done-last", Step::Answer(Which::Newest, Good)),
    ("fail-last", Step::Answer(Which::Newest, Bad)),
    ("again", Step::Again(Good)),
    ("again-fail", Step::Again(Bad)),
    ("from-peer", Step::Datagram(A, 9, false)),
    ("from-stranger", Step::Datagram(B, 7, false)),
    ("from-v6", Step::Datagram(OTHER, 9, false)),
    ("to-group", Step::Datagram(B, 9, true)),
    ("icmp", Step::Fail),
    ("moved", Step::Moved),
    ("event", Step::PollEvent),
    ("turn", Step::Turn),
    ("rest", Step::Rest),
    ("renew", Step::Renew),
    ("peer-moved", Step::PeerMoved),
    ("buffer-too-large", Step::Set(Setting::ReceiveBuffer(u32::MAX))),
    ("send-7", send(Target::A, 9, 7)),
    ("now-sent", offer(Way::Now(Good))),
    ("now-blocked", offer(Way::Now(Odd))),
    ("now-failed", offer(Way::Now(Bad))),
    ("now-name", sending(Some((Target::ShortName, 9)), 3, true, Way::Now(Good))),
    ("now-too-long", sending(Some((Target::A, 9)), 65_508, true, Way::Now(Good))),
    ("now-peer-sent", send_to_peer(true, Way::Now(Good))),
    ("now-peer-blocked", send_to_peer(false, Way::Now(Odd))),
    ("now-peer-quiet", send_to_peer(false, Way::Now(Good))),
    ("no-memory", Step::TransmitNext(Dry)),
    ("again-no-memory", Step::Again(Dry)),
    ("offer-no-memory", offer(Way::Offer(Dry))),
    ("offer-back-full", offer(Way::TakeBack(Some(Full::Buffer)))),
    ("offer-back-no-memory", offer(Way::TakeBack(Some(Full::Memory)))),
    ("now-no-memory", offer(Way::Now(Dry))),
    ("send-asking", asking(TO_A, 1, Way::Queue, Asked::Hops)),
    ("send-asking-empty", asking(TO_A, 0, Way::Queue, Asked::Hops)),
    ("send-asking-all", asking(Some((Target::B, 7)), 3, Way::Queue, Asked::All)),
    ("send-asking-name", asking(Some((Target::ShortName, 9)), 3, Way::Queue, Asked::All)),
    ("send-asking-peer", asking(None, 1, Way::Queue, Asked::Hops)),
    ("now-asking", asking(TO_A, 3, Way::Now(Good), Asked::All)),
    ("now-asking-blocked", asking(TO_A, 1, Way::Now(Odd), Asked::Hops)),
    ("offer-asking-no-memory", asking(TO_A, 3, Way::Offer(Dry), Asked::All)),
    ("run-sent", sending(TO_A, 3, false, Way::Run(Good))),
    ("run-blocked", sending(TO_A, 3, false, Way::Run(Odd))),
    ("run-failed", sending(Some((Target::Default, 9)), 3, false, Way::Run(Bad))),
    ("run-peer-sent", send_to_peer(false, Way::Run(Good))),
];
