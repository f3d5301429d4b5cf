//! What a socket asks of its backend: [`Action`] and [`Transmit`].

use crate::address::{Address, Endpoint, Family, Host};
use crate::membership::Membership;
use crate::payload::Payload;
use crate::receive::Metadata;
use crate::send_meta::SendMeta;
use crate::token::{LookupToken, SendToken};

/// Something the backend must do, taken from [`Socket::poll_action`](crate::Socket::poll_action).
///
/// Each has its answer: a `handle_*` method of [`Socket`](crate::Socket), named with the variant. Exhaustive on purpose: a new
/// action must break every backend's build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new action must break every backend's build"
)]
pub enum Action<'a> {
    /// Resolve `host` for `family`, then [`handle_lookup`](crate::Socket::handle_lookup).
    LookUp {
        /// Names the lookup in the answer.
        token: LookupToken,
        /// What to resolve; a numeric address only with [`Options::look_up_always`](crate::Options::look_up_always).
        host: Host<'a>,
        /// The family that the socket wants; answers of another family fail later, in the call that uses them.
        family: Family,
    },
    /// Open and bind, then [`handle_bind`](crate::Socket::handle_bind).
    Bind(BindRequest),
    /// Set an option, then [`handle_option`](crate::Socket::handle_option).
    SetOption(SocketOption),
    /// Join or leave, then [`handle_membership`](crate::Socket::handle_membership).
    Membership(MembershipChange, Membership),
    /// Connect to a peer, then [`handle_connect`](crate::Socket::handle_connect).
    Connect(Endpoint),
    /// Forget the peer. Already done in the socket; failing is reported by [`handle_disconnect`](crate::Socket::handle_disconnect).
    Disconnect,
    /// Release everything that belongs to the socket. Needs no answer.
    Close,
}

/// Everything that binding needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct BindRequest {
    /// The socket's family.
    pub family: Family,
    /// The resolved address.
    pub address: Address,
    /// The port, 0 for one of the stack's choice.
    pub port: u16,
    /// A descriptor to adopt in place of a new socket; `address` and `port` do not count then.
    pub fd: Option<i32>,
    /// Never shared between processes.
    pub exclusive: bool,
    /// `SO_REUSEADDR` (`SO_REUSEPORT` on BSD and macOS).
    pub reuse_address: bool,
    /// `SO_REUSEPORT` with load balancing.
    pub reuse_port: bool,
    /// `IPV6_V6ONLY`.
    pub ipv6_only: bool,
    /// Receive buffer size in bytes to set before reading starts.
    pub receive_buffer_size: Option<u32>,
    /// Send buffer size in bytes to set before reading starts.
    pub send_buffer_size: Option<u32>,
    /// Never to send a datagram in fragments.
    pub dont_fragment: bool,
    /// What to tell of received datagrams.
    pub metadata: Metadata,
}

/// One socket option with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new option must break every backend's build"
)]
pub enum SocketOption {
    /// May send to broadcast addresses. Default off.
    Broadcast(bool),
    /// Hop limit of unicast datagrams, 1..=255. Default: the stack's, 64 as a rule.
    Ttl(u8),
    /// Hop limit of multicast datagrams, 0..=255; 0 stays on the host. Default 1.
    MulticastTtl(u8),
    /// Multicast datagrams are delivered on this host as well. Default on.
    MulticastLoopback(bool),
    /// The interface that multicast leaves by.
    MulticastInterface(MulticastInterface),
    /// Receive buffer size in bytes.
    ReceiveBufferSize(u32),
    /// Send buffer size in bytes.
    SendBufferSize(u32),
}

/// How `set_multicast_interface` names an interface; the family is the text's, not the socket's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "IP_MULTICAST_IF takes an address, IPV6_MULTICAST_IF an index"
)]
pub enum MulticastInterface {
    /// The interface that owns this address; `0.0.0.0` is the stack's choice (`IP_MULTICAST_IF`).
    V4(core::net::Ipv4Addr),
    /// The interface of this index; 0 is the stack's choice (`IPV6_MULTICAST_IF`).
    V6(u32),
    /// The interface of this index, in the socket's own family.
    Index(u32),
}

/// Whether a membership is added or dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(clippy::exhaustive_enums, reason = "a membership comes or goes")]
pub enum MembershipChange {
    /// Join.
    Add,
    /// Leave.
    Drop,
}

/// One datagram to send, lent by the socket or by the caller of `send`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Transmit<'a> {
    /// Names the send in [`handle_transmit`](crate::Socket::handle_transmit).
    pub token: SendToken,
    /// Where it goes; `None`: to the connected peer.
    pub destination: Option<Endpoint>,
    /// What it asks for beyond that: whoever cannot do it fails it with `ENOTSUP`.
    pub meta: SendMeta,
    /// Its bytes, in pieces that belong together.
    pub payload: Payload<'a>,
}

/// What became of a [`Transmit`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a datagram is taken, refused for now, or refused"
)]
pub enum Transmitted {
    /// The stack took it.
    Sent,
    /// The stack has no room now; the datagram waits in the queue.
    Blocked(Full),
    /// The stack refused it.
    Failed(crate::Errno),
}

impl Transmitted {
    /// Whether the datagram has to wait, for whatever room.
    #[must_use]
    pub const fn is_blocked(self) -> bool {
        matches!(self, Self::Blocked(_))
    }
}

/// What is full when a datagram is [blocked](Transmitted::Blocked), and with it who ends the wait.
///
/// A backend that waits for a sign after [`Memory`](Self::Memory) waits for ever; one that tries again at once spins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "somebody tells when there is room, or nobody does"
)]
pub enum Full {
    /// The socket's buffer, or the device that it sends by (`EAGAIN`): the stack tells when it has room again.
    Buffer,
    /// The stack's memory, or the queue of an interface (`ENOBUFS`): nobody tells, so that the backend tries again after a
    /// while.
    Memory,
}
