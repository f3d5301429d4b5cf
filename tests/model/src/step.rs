//! What can be done to a socket, by its application and by its backend.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anydgram_core::{Errno, Full, Host, SendMeta};

/// The peer that a test talks to.
pub(crate) const A: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
/// Somebody else.
pub(crate) const B: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
/// An address of the other family.
pub(crate) const OTHER: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
/// The group of all memberships.
pub(crate) const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(232, 0, 0, 1));
/// What a name is found to be.
pub(crate) const FOUND: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));
/// The address that a socket has moved to.
pub(crate) const MOVED: (IpAddr, u16) = (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9)), 5);
/// The port of a bind to port 0.
pub(crate) const EPHEMERAL: u16 = 49_152;

/// Where a call is aimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
            Self::OtherFamily => Host::Ip(OTHER.into()),
            Self::ShortName => Host::Name("n"),
            Self::LongName => Host::Name("name.test"),
            Self::BadName => Host::Name("\0"),
        }
    }

    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::ShortName => Some("n"),
            Self::LongName => Some("name.test"),
            Self::BadName => Some("\0"),
            Self::Default | Self::A | Self::B | Self::OtherFamily => None,
        }
    }

    /// The address, if it needs no lookup.
    pub(crate) const fn address(self, default: IpAddr) -> IpAddr {
        match self {
            Self::A => A,
            Self::B => B,
            Self::OtherFamily => OTHER,
            Self::Default | Self::ShortName | Self::LongName | Self::BadName => default,
        }
    }
}

/// How a datagram is given to the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// `send`
    Queue,
    /// `send_now`, and this becomes of what is offered.
    Now(Outcome),
    /// `offer_run`, and this becomes of the datagram if it can be part of it; `send_now`, unless it was sent.
    Run(Outcome),
    /// `offer`, and this becomes of it.
    Offer(Outcome),
    /// `offer`, and the offer is dropped, or taken back for want of room.
    TakeBack(Option<Full>),
}

impl Way {
    /// What is found full of what is offered.
    pub(crate) const fn full(self) -> Option<Full> {
        match self {
            Self::TakeBack(full) => full,
            Self::Queue | Self::Now(_) | Self::Run(_) | Self::Offer(_) => match self.outcome() {
                Some(Outcome::Odd) => Some(Full::Buffer),
                Some(Outcome::Dry) => Some(Full::Memory),
                Some(Outcome::Good | Outcome::Bad) | None => None,
            },
        }
    }

    /// What becomes of what is offered, if the backend says so.
    pub(crate) const fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Now(outcome) | Self::Run(outcome) | Self::Offer(outcome) => Some(outcome),
            Self::Queue | Self::TakeBack(_) => None,
        }
    }
}

/// How the backend answers. For a datagram: sent, blocked, blocked, failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Good,
    /// Another good one: an address of the other family, a local address, a full buffer.
    Odd,
    /// For a datagram: a stack without memory. Otherwise as odd.
    Dry,
    Bad,
}

/// The error of a bad outcome.
pub(crate) const FAULT: Errno = Errno::EADDRNOTAVAIL;

/// Which of the actions and datagrams that the backend has taken is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Oldest,
    Newest,
}

/// An option and its value; the application's, or the backend's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Setting {
    Broadcast(bool),
    Ttl(u32),
    MulticastTtl(u32),
    MulticastLoopback(bool),
    ReceiveBuffer(u32),
}

/// A datagram that the application sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sending {
    /// `None`: to the peer.
    pub(crate) to: Option<(Target, u16)>,
    pub(crate) length: usize,
    /// Its completion is an event.
    pub(crate) report: bool,
    pub(crate) way: Way,
    pub(crate) asked: Asked,
}

/// What a datagram asks for beyond its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Nothing,
    /// A hop limit.
    Hops,
    /// Everything that there is, but for addresses of IPv6.
    All,
}

impl Asked {
    /// Not the same for each `number`, so that what one asks for is not taken for what another does.
    pub(crate) const fn meta(self, number: u8) -> SendMeta {
        match self {
            Self::Nothing => SendMeta::new(),
            Self::Hops => SendMeta::new().with_hop_limit(10 + number),
            Self::All => SendMeta::new()
                .with_hop_limit(20 + number)
                .with_traffic_class(30 + number)
                .with_interface(40 + number as u32)
                .with_source(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 50 + number))),
        }
    }
}

/// What is sent: the bytes, and what is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Content {
    pub(crate) payload: &'static [u8],
    pub(crate) meta: SendMeta,
}

/// One thing that is done.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Bind(Target, u16, Option<i32>),
    BindSync(Target, u16),
    Rebind,
    Connect(Target, u16),
    ConnectSync(Target, u16),
    Disconnect,
    Send(Sending),
    Close,
    /// Add or drop, with a source or without.
    Member(bool, Option<IpAddr>),
    Set(Setting),
    BlockSending(IpAddr),
    BlockReceiving(IpAddr),
    ClearBlockLists,
    /// The backend takes an action, but does not answer it yet.
    PollAction,
    /// The backend takes a datagram, but does not say yet what becomes of it.
    PollTransmit,
    /// The backend takes a datagram, and says at once what becomes of it.
    TransmitNext(Outcome),
    /// What the backend has taken is answered.
    Answer(Which, Outcome),
    /// The last answer is given again, or another one to the same question.
    Again(Outcome),
    /// A datagram from an address and port, to the group or to the socket.
    Datagram(IpAddr, u16, bool),
    /// A failure that belongs to no call: an ICMP error.
    Fail,
    /// The backend tells that the socket's address has changed.
    Moved,
    /// The backend tells that the peer is another one: the wildcard address stands for the host's own.
    PeerMoved,
    PollEvent,
    /// A helpful backend and an application that polls, until there is nothing to do.
    Rest,
    /// The application forgets the socket, and makes another one in its memory.
    Renew,
    /// The driver asks which socket wants a turn.
    Turn,
}
