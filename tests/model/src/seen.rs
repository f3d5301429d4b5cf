//! What one step shows of a socket, in words that the socket and the model share.

use core::net::IpAddr;

use anydgram_core::{BindState, ConnectState, Membership, Operation, SendMeta, Stats};

use crate::step::Setting;

/// An address and a port.
pub(crate) type End = (IpAddr, u16);

/// An error: Node's code and text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) text: String,
}

/// What came of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// A call or an input that returned nothing, or `Ok(())`.
    Done,
    /// A call or an input that returned an error.
    Refused(Failure),
    /// There was nothing to poll.
    Nothing,
    /// A send was accepted, as the so-manieth of this socket, or taken back; the backend was offered this.
    Sending(Option<u64>, Option<Datagram>),
    Action(Act),
    /// The so-manieth send has its turn.
    Datagram(u64, Datagram),
    Event(Told),
    /// Whether a datagram is for the application.
    Message(bool),
    /// Which socket wants a turn.
    Turn(usize),
    /// The socket contradicts itself.
    Contradiction(String),
}

/// A datagram that leaves; `None`: to the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Datagram {
    pub(crate) to: Option<End>,
    pub(crate) meta: SendMeta,
    pub(crate) bytes: Vec<u8>,
}

/// Whether a group is joined or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Change {
    Add,
    Drop,
}

/// What the backend has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Bind {
        at: End,
        fd: Option<i32>,
        exclusive: bool,
    },
    Connect(End),
    Disconnect,
    Set(Setting),
    Membership(Change, Membership),
    /// The so-manieth look-up of this socket.
    LookUp(u64, String),
    Close,
}

/// What the application is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    Listening,
    Connect,
    /// The so-manieth send is complete.
    Sent(u64, Result<usize, Failure>),
    Drained,
    Error(Operation, Failure),
    Close,
}

/// All that can be asked of a socket at any time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) bind: BindState,
    pub(crate) connect: ConnectState,
    pub(crate) address: Result<End, Failure>,
    pub(crate) peer: Result<End, Failure>,
    pub(crate) queue_count: usize,
    pub(crate) queue_size: usize,
    /// Sends that have not ended, and completions that have not been told.
    pub(crate) in_flight: (usize, usize),
    pub(crate) is_closed: bool,
    pub(crate) is_finished: bool,
    /// A driver that cannot answer the call reports a failure as an event.
    pub(crate) answers_within_call: bool,
    pub(crate) stats: Stats,
}

/// What the backend has taken, and what it can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Taken {
    Bind(End),
    LookUp(u64),
    Set(Setting),
    Membership(Change, Membership),
    Connect,
    Disconnect,
    Datagram(u64),
}
