//! What can be done to a socket, by its application and by its backend.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anydgram_core::{Errno, FullQueue, Host};
use proptest::prelude::*;

/// A socket's capacities and options.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Config {
    /// Which storage, see `world::Memory`.
    pub(crate) storage: usize,
    pub(crate) policy: FullQueue,
    pub(crate) look_up_always: bool,
}

/// Where a call is aimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Default,
    A,
    B,
    OtherFamily,
    ShortName,
    LongName,
    BadName,
}

impl Target {
    pub(crate) fn host(self) -> Host<'static> {
        match self {
            Self::Default => Host::Default,
            Self::A => Host::Ip(A.into()),
            Self::B => Host::Ip(B.into()),
            Self::OtherFamily => Host::Ip(IpAddr::V6(Ipv6Addr::LOCALHOST).into()),
            Self::ShortName => Host::Name("n"),
            Self::LongName => Host::Name("name.test"),
            Self::BadName => Host::Name("\0"),
        }
    }

    pub(crate) fn name(self) -> Option<&'static str> {
        match self {
            Self::ShortName => Some("n"),
            Self::LongName => Some("name.test"),
            Self::BadName => Some("\0"),
            Self::Default | Self::A | Self::B | Self::OtherFamily => None,
        }
    }

    /// The address, if it needs no lookup.
    pub(crate) fn address(self, default: IpAddr) -> IpAddr {
        match self {
            Self::A => A,
            Self::B => B,
            Self::OtherFamily => IpAddr::V6(Ipv6Addr::LOCALHOST),
            Self::Default | Self::ShortName | Self::LongName | Self::BadName => default,
        }
    }
}

pub(crate) const A: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
pub(crate) const B: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
pub(crate) const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(232, 0, 0, 1));

/// How a datagram is given to the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// `send`
    Queue,
    /// `offer`, and this becomes of it.
    Offer(Fate),
    /// `offer`, and the offer is dropped.
    TakeBack,
}

/// What the stack makes of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Sent,
    Blocked,
    Failed,
}

/// How the backend answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Good,
    /// Another good one: an address of the other family, a local address, a full stack.
    Odd,
    Bad,
}

/// The error of a bad outcome.
pub(crate) const FAULT: Errno = Errno::EADDRNOTAVAIL;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Bind(Target, u16, Option<i32>),
    BindSync(Target, u16),
    Rebind,
    Connect(Target, u16),
    ConnectSync(Target, u16),
    Disconnect,
    /// To a target and port, or to the peer; so many bytes; with a report; by which way.
    Send(Option<(Target, u16)>, usize, bool, Way),
    Close,
    /// Add or drop, with a source or without.
    Member(bool, Option<IpAddr>),
    SetTtl(u32),
    SetBroadcast(bool),
    BlockSending(IpAddr),
    BlockReceiving(IpAddr),
    ClearBlockLists,
    /// The backend takes an action, but does not answer it yet.
    PollAction,
    /// The backend takes a datagram, but does not say yet what becomes of it.
    PollTransmit,
    /// The backend takes a datagram, and says at once what becomes of it.
    TransmitNext(Outcome),
    /// One of the actions and datagrams taken is answered, in any order.
    Answer(usize, Outcome),
    /// One of the answers given is given again.
    Replay(usize, Outcome),
    /// A datagram from an address and port, to the group or to the socket.
    Datagram(IpAddr, u16, bool),
    /// A failure that belongs to no call.
    Fail,
    PollEvent,
    /// A helpful backend and an application that polls, until there is nothing to do.
    Rest,
    /// The application forgets the socket, and makes another one in its memory.
    Renew,
}

pub(crate) fn configs() -> impl Strategy<Value = Vec<Config>> {
    prop_oneof![
        2 => prop::collection::vec(config(), 1),
        1 => prop::collection::vec(config(), 2..=3),
    ]
}

pub(crate) fn config() -> impl Strategy<Value = Config> {
    let policy = prop_oneof![
        Just(FullQueue::Reject),
        Just(FullQueue::DropOldest),
        Just(FullQueue::DropNewest),
    ];
    (0..5_usize, policy, prop::bool::weighted(0.2)).prop_map(|(storage, policy, look_up_always)| {
        Config {
            storage,
            policy,
            look_up_always,
        }
    })
}

/// A call that needs no lookup.
pub(crate) fn call_without_name() -> impl Strategy<Value = Step> {
    let all = prop_oneof![call(), send()];
    all.prop_filter("a name", |step| match step {
        Step::Bind(target, ..) | Step::Connect(target, _) | Step::Send(Some((target, _)), ..) => {
            target.name().is_none()
        }
        _ => true,
    })
}

/// Steps with the number of the socket that they are for.
pub(crate) fn steps() -> impl Strategy<Value = Vec<(usize, Step)>> {
    prop::collection::vec((0..3_usize, step()), 1..60)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => call(),
        3 => send(),
        3 => Just(Step::PollAction),
        1 => Just(Step::PollTransmit),
        2 => outcome().prop_map(Step::TransmitNext),
        4 => (0..4_usize, outcome()).prop_map(|(which, how)| Step::Answer(which, how)),
        1 => (0..8_usize, outcome()).prop_map(|(which, how)| Step::Replay(which, how)),
        2 => Just(Step::PollEvent),
        1 => Just(Step::Rest),
        1 => input(),
    ]
}

fn call() -> impl Strategy<Value = Step> {
    let bind_fd = prop_oneof![4 => Just(None), 1 => Just(Some(7))];
    let source = prop_oneof![4 => Just(None), 1 => Just(Some(A)), 1 => Just(Some(B))];
    prop_oneof![
        3 => (target(), port(), bind_fd).prop_map(|(to, port, fd)| Step::Bind(to, port, fd)),
        1 => (target(), port()).prop_map(|(to, port)| Step::BindSync(to, port)),
        1 => Just(Step::Rebind),
        3 => (target(), port()).prop_map(|(to, port)| Step::Connect(to, port)),
        2 => (target(), port()).prop_map(|(to, port)| Step::ConnectSync(to, port)),
        2 => Just(Step::Disconnect),
        1 => Just(Step::Close),
        2 => (any::<bool>(), source).prop_map(|(add, source)| Step::Member(add, source)),
        1 => prop_oneof![Just(0), Just(1), Just(9), Just(256)].prop_map(Step::SetTtl),
        1 => any::<bool>().prop_map(Step::SetBroadcast),
        1 => prop_oneof![Just(A), Just(B)].prop_map(Step::BlockSending),
    ]
}

fn input() -> impl Strategy<Value = Step> {
    let other = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let sender = prop_oneof![Just(A), Just(B), Just(other)];
    prop_oneof![
        6 => (sender, port(), any::<bool>())
            .prop_map(|(from, port, to_group)| Step::Datagram(from, port, to_group)),
        2 => Just(Step::Fail),
        2 => Just(Step::BlockReceiving(B)),
        1 => Just(Step::ClearBlockLists),
        1 => Just(Step::Renew),
    ]
}

fn send() -> impl Strategy<Value = Step> {
    let to = prop_oneof![
        1 => Just(None),
        2 => (target(), port()).prop_map(Some),
    ];
    let len = prop_oneof![20 => 0..9_usize, 5 => 9..30_usize, 1 => Just(65_508)];
    let fate = prop_oneof![Just(Fate::Sent), Just(Fate::Blocked), Just(Fate::Failed)];
    let way = prop_oneof![
        4 => Just(Way::Queue),
        4 => fate.prop_map(Way::Offer),
        1 => Just(Way::TakeBack),
    ];
    (to, len, prop::bool::weighted(0.8), way)
        .prop_map(|(to, len, report, way)| Step::Send(to, len, report, way))
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![
        2 => Just(Target::Default),
        4 => Just(Target::A),
        1 => Just(Target::B),
        1 => Just(Target::OtherFamily),
        3 => Just(Target::ShortName),
        1 => Just(Target::LongName),
        1 => Just(Target::BadName),
    ]
}

fn port() -> impl Strategy<Value = u16> {
    prop_oneof![1 => Just(0), 16 => Just(9), 4 => Just(7)]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![6 => Just(Outcome::Good), 1 => Just(Outcome::Odd), 2 => Just(Outcome::Bad)]
}
