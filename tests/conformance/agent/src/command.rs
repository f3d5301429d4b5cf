//! Commands: each is one call of the core, or one thing that is asked of the host.

use core::net::IpAddr;

use anydgram_core::{
    Address, BindOptions, Destination, Errno, Interface, Misuse, MulticastInterface, Options, Rule,
};
use serde::{Deserialize, Serialize};

use crate::wire;

/// A socket, by its place among those of its host.
pub type SocketNumber = u16;

/// What is asked of a host.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new command must reach every executor"
)]
pub enum Command<'a> {
    /// To create a socket: [`Answer::Socket`](crate::Answer::Socket).
    Create(#[serde(with = "wire")] Options),
    /// To call something of a socket.
    Call(SocketNumber, #[serde(borrow)] Call<'a>),
    /// To do one thing that there is to do: [`Answer::More`](crate::Answer::More).
    Step,
    /// To say when there is something to do: [`Answer::Next`](crate::Answer::Next).
    Next,
}

/// A call of a socket; [`Answer::Done`](crate::Answer::Done) where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new call must reach every executor"
)]
pub enum Call<'a> {
    /// `bind`
    #[serde(borrow, with = "wire")]
    Bind(BindOptions<'a>),
    /// `bind_sync`
    #[serde(borrow, with = "wire")]
    BindSync(BindOptions<'a>),
    /// `connect`
    #[serde(borrow, with = "wire")]
    Connect(Destination<'a>),
    /// `connect_sync`
    #[serde(borrow, with = "wire")]
    ConnectSync(Destination<'a>),
    /// `disconnect`
    Disconnect,
    /// `close`
    Close,
    /// `send` of the host, within the call if that is possible.
    Send {
        /// The payload.
        #[serde(borrow)]
        bytes: Bytes<'a>,
        /// Where it goes; `None`: to the connected peer.
        #[serde(borrow, with = "wire")]
        to: Option<Destination<'a>>,
        /// By which its completion is reported; `None`: it is not.
        number: Option<u32>,
    },
    /// `address`: [`Answer::Endpoint`](crate::Answer::Endpoint).
    Address,
    /// `remote_address`: [`Answer::Endpoint`](crate::Answer::Endpoint).
    RemoteAddress,
    /// What arguments depend on: [`Answer::State`](crate::Answer::State).
    State,
    /// `send_queue_size`: [`Answer::Count`](crate::Answer::Count).
    SendQueueSize,
    /// `send_queue_count`: [`Answer::Count`](crate::Answer::Count).
    SendQueueCount,
    /// `set_broadcast`
    SetBroadcast(bool),
    /// `set_ttl`
    SetTtl(u32),
    /// `set_multicast_ttl`
    SetMulticastTtl(u32),
    /// `set_multicast_loopback`
    SetMulticastLoopback(bool),
    /// `set_multicast_interface`
    #[serde(with = "wire")]
    SetMulticastInterface(MulticastInterface),
    /// `set_receive_buffer_size`
    SetReceiveBufferSize(u32),
    /// `set_send_buffer_size`
    SetSendBufferSize(u32),
    /// `add_membership`, or the one for a source.
    AddMembership(Group),
    /// `drop_membership`, or the one for a source.
    DropMembership(Group),
    /// `clear_block_lists`
    ClearBlockLists,
    /// `block_receiving`
    BlockReceiving(Blocked),
    /// `block_sending`
    BlockSending(Blocked),
    /// `handle_lookup`
    Answer {
        /// The question's, from [`Happened::Asked`](crate::Happened::Asked).
        number: u32,
        /// What has come of it.
        #[serde(with = "wire")]
        outcome: Result<Address, Errno>,
    },
    /// `poll_event`, which is told if there is one.
    PollEvent,
    /// `carry_out` of the host.
    CarryOut,
}

/// A payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_enums,
    reason = "bytes are in one piece or in several"
)]
pub enum Bytes<'a> {
    /// In one piece.
    Slice(&'a [u8]),
    /// In pieces that follow each other.
    List {
        /// All of them.
        bytes: &'a [u8],
        /// Their lengths, four bytes each, the lowest one first.
        lengths: &'a [u8],
    },
}

impl<'a> Bytes<'a> {
    /// The pieces one after the other, as long as somebody takes them; `None` if somebody does not, or if the lengths do
    /// not fit the bytes.
    pub(crate) fn pieces(self, mut take: impl FnMut(&'a [u8]) -> Option<()>) -> Option<()> {
        let (mut rest, lengths) = match self {
            Self::Slice(bytes) => return take(bytes),
            Self::List { bytes, lengths } => (bytes, lengths),
        };
        for length in lengths.as_chunks().0 {
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let (piece, others) = rest.split_at_checked(length)?;
            take(piece)?;
            rest = others;
        }
        Some(())
    }
}

/// A membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_structs,
    reason = "these are the arguments of the calls"
)]
pub struct Group {
    /// The group.
    pub group: IpAddr,
    /// The only source, if there is one.
    pub source: Option<IpAddr>,
    /// The interface.
    #[serde(with = "wire")]
    pub interface: Interface,
}

/// A rule of a block list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new rule must reach every executor"
)]
pub enum Blocked {
    /// One address.
    Address(IpAddr),
    /// All addresses from one to another.
    Range(IpAddr, IpAddr),
    /// All addresses with these first bits.
    Subnet(IpAddr, u8),
}

impl TryFrom<Blocked> for Rule {
    type Error = Misuse;

    fn try_from(blocked: Blocked) -> Result<Self, Misuse> {
        match blocked {
            Blocked::Address(ip) => Ok(Self::address(ip)),
            Blocked::Range(start, end) => Self::range(start, end),
            Blocked::Subnet(network, prefix) => Self::subnet(network, prefix),
        }
    }
}
