//! What a Unix socket is given to send, and what it hands on.

use super::UnixAddress;
use crate::payload::Payload;

/// One datagram to send from a [`UnixSocket`](crate::UnixSocket).
///
/// ```
/// use anydgram_core::UnixDatagram;
/// let to_the_log = UnixDatagram::new("<14>hello").to("/dev/log").unreported();
/// let to_the_connected_peer = UnixDatagram::new("hello");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct UnixDatagram<'a> {
    /// Its bytes.
    pub payload: Payload<'a>,
    /// Where it goes; `None`: to the connected peer.
    pub destination: Option<UnixAddress<'a>>,
    /// Whether its completion is reported by [`Event::Sent`](crate::Event::Sent). Default `true`.
    pub report: bool,
}

impl<'a> UnixDatagram<'a> {
    /// A datagram to the connected peer.
    #[must_use]
    pub fn new(payload: impl Into<Payload<'a>>) -> Self {
        Self {
            payload: payload.into(),
            destination: None,
            report: true,
        }
    }

    /// The same datagram to `address`.
    #[must_use]
    pub fn to(mut self, address: impl Into<UnixAddress<'a>>) -> Self {
        self.destination = Some(address.into());
        self
    }

    /// The same datagram to whoever sent `message`; to the connected peer if the sender has no address.
    #[must_use]
    pub const fn reply_to(mut self, message: &UnixMessage<'a>) -> Self {
        self.destination = message.sender;
        self
    }

    /// The same datagram without a completion event; a failure is only counted. As a `send` without callback in Node.
    #[must_use]
    pub const fn unreported(mut self) -> Self {
        self.report = false;
        self
    }
}

/// A received datagram, with its bytes lent.
///
/// Node: the arguments of a `'message'` listener
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct UnixMessage<'a> {
    /// The payload, which may be empty. Shorter than `wire_len` when it was truncated.
    pub data: &'a [u8],
    /// Who sent it; `None` for a sender that is not bound.
    pub sender: Option<UnixAddress<'a>>,
    /// Its full length in bytes, where the system tells; more than the payload's when it was truncated.
    pub wire_len: Option<usize>,
}

impl<'a> UnixMessage<'a> {
    /// A whole datagram from `sender`.
    #[must_use]
    pub const fn new(data: &'a [u8], sender: Option<UnixAddress<'a>>) -> Self {
        Self {
            data,
            sender,
            wire_len: Some(data.len()),
        }
    }

    /// The same with the full length that the system tells, if it does.
    #[must_use]
    pub const fn of_length(mut self, wire_len: Option<usize>) -> Self {
        self.wire_len = wire_len;
        self
    }

    /// How many bytes of the datagram's tail were lost to a short buffer; 0 when it is whole.
    #[must_use]
    pub const fn truncated_by(&self) -> usize {
        match self.wire_len {
            Some(wire_len) => wire_len.saturating_sub(self.data.len()),
            None => 0,
        }
    }
}
