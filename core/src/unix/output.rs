//! What a Unix socket asks of its backend: [`UnixAction`] and [`UnixTransmit`].

use super::UnixAddress;
use crate::payload::Payload;
use crate::token::SendToken;

/// Something the backend must do, taken from [`UnixSocket::poll_action`](crate::UnixSocket::poll_action).
///
/// Each has its answer: a `handle_*` method of [`UnixSocket`](crate::UnixSocket), named with the variant. Exhaustive on
/// purpose: a new action must break every backend's build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new action must break every backend's build"
)]
pub enum UnixAction<'a> {
    /// Bind, then [`handle_bind`](crate::UnixSocket::handle_bind).
    Bind(UnixBindRequest<'a>),
    /// Connect to a peer, then [`handle_connect`](crate::UnixSocket::handle_connect).
    Connect(UnixAddress<'a>),
    /// Forget the peer. Already done in the socket; failing is reported by
    /// [`handle_disconnect`](crate::UnixSocket::handle_disconnect).
    Disconnect,
    /// Release everything that belongs to the socket, its file too. Needs no answer.
    Close,
}

/// Everything that binding needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct UnixBindRequest<'a> {
    /// Where; `None`: an abstract name of the system's choice.
    pub address: Option<UnixAddress<'a>>,
    /// The permission bits of the file; `None`: as the system has it.
    pub mode: Option<u32>,
    /// A socket file that nobody answers on is replaced.
    pub replace_stale: bool,
}

/// One datagram to send, lent by the socket or by the caller of `offer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct UnixTransmit<'a> {
    /// Names the send in [`handle_transmit`](crate::UnixSocket::handle_transmit).
    pub token: SendToken,
    /// Where it goes; `None`: to the connected peer.
    pub destination: Option<UnixAddress<'a>>,
    /// Its bytes, in pieces that belong together.
    pub payload: Payload<'a>,
}
