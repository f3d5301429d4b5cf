//! What `send` takes: a payload and where it goes.

use core::net::SocketAddr;

use crate::address::{Endpoint, Host};
use crate::payload::Payload;
use crate::receive::RecvMeta;
use crate::send_meta::SendMeta;

/// Where a datagram goes: a host and a port.
///
/// ```
/// use anydgram_core::Destination;
/// let named = Destination::new("example.org", 9);
/// assert_eq!(named, ("example.org", 9).into());
/// let numeric: Destination<'_> = core::net::SocketAddr::from(([192, 0, 2, 1], 9)).into();
/// assert_eq!(numeric, Destination::new("192.0.2.1", 9));
/// ```
///
/// Node: the `port` and `address` of `socket.send` and `connect`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Destination<'a> {
    /// The host; defaults to the loopback address of the family.
    pub host: Host<'a>,
    /// The port, 1..=65535.
    pub port: u16,
}

impl<'a> Destination<'a> {
    /// The socket's own host at `port`.
    #[must_use]
    pub const fn local(port: u16) -> Self {
        Self {
            host: Host::Default,
            port,
        }
    }

    /// `host`, an address or a name, at `port`.
    #[must_use]
    pub fn new(host: impl Into<Host<'a>>, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }
}

impl From<Endpoint> for Destination<'_> {
    #[inline]
    fn from(endpoint: Endpoint) -> Self {
        Self {
            host: Host::Ip(endpoint.address),
            port: endpoint.port,
        }
    }
}

impl From<SocketAddr> for Destination<'_> {
    #[inline]
    fn from(address: SocketAddr) -> Self {
        Endpoint::from(address).into()
    }
}

impl<'a, H: Into<Host<'a>>> From<(H, u16)> for Destination<'a> {
    fn from((host, port): (H, u16)) -> Self {
        Self::new(host, port)
    }
}

/// One datagram to send.
///
/// ```
/// use anydgram_core::{Datagram, Destination};
/// let hello = Datagram::new("hello").to(Destination::new("192.0.2.1", 9));
/// let to_the_connected_peer = Datagram::new(&[1, 2, 3]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Datagram<'a> {
    /// Its bytes.
    pub payload: Payload<'a>,
    /// Where it goes; `None`: to the connected peer.
    pub destination: Option<Destination<'a>>,
    /// Whether its completion is reported by [`Event::Sent`](crate::Event::Sent). Default `true`.
    pub report: bool,
    /// What it asks for beyond that. Default: nothing.
    pub meta: SendMeta,
}

impl<'a> Datagram<'a> {
    /// A datagram to the connected peer.
    #[must_use]
    pub fn new(payload: impl Into<Payload<'a>>) -> Self {
        Self {
            payload: payload.into(),
            destination: None,
            report: true,
            meta: SendMeta::new(),
        }
    }

    /// The same datagram to `destination`.
    #[must_use]
    pub fn to(mut self, destination: impl Into<Destination<'a>>) -> Self {
        self.destination = Some(destination.into());
        self
    }

    /// The same datagram to whoever sent the one that `meta` came with, from the address that that one was sent to
    /// if the socket has asked for that address ([`SendMeta::reply_to`]); to the connected peer if the sender is unknown.
    #[must_use]
    #[inline]
    pub fn reply_to(mut self, meta: &RecvMeta) -> Self {
        self.destination = meta.sender.map(Destination::from);
        self.with(SendMeta::reply_to(meta))
    }

    /// The same datagram, asking for `meta` beyond its destination, and for nothing else.
    #[must_use]
    pub const fn with(mut self, meta: SendMeta) -> Self {
        self.meta = meta;
        self
    }

    /// The same datagram without a completion event; failures of the stack are only counted, a failed
    /// lookup is an [`Event::Error`](crate::Event::Error). As a `send` without callback in Node.
    #[must_use]
    pub const fn unreported(mut self) -> Self {
        self.report = false;
        self
    }
}
