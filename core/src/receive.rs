//! What is known of a received datagram, and what of it is asked for.

use crate::address::{Address, Endpoint};
use crate::send_meta::ECN;
use crate::time::Instant;

/// What a backend knows of a received datagram; `None` where its stack cannot tell.
///
/// Node: `rinfo`, of which only the sender is known there
#[doc(alias = "rinfo")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct RecvMeta {
    /// Who sent it. `None` when the stack gave no address; never invented.
    pub sender: Option<Endpoint>,
    /// The address it was sent to: an own address, a group, or a broadcast address.
    pub local: Option<Address>,
    /// The index of the interface it came in by.
    pub interface: Option<u32>,
    /// Whether answers come from [`local`](Self::local) ([`SendMeta::reply_to`](crate::SendMeta::reply_to)): the socket
    /// has asked for that ([`Metadata::with_local`]), and it is an own address, not a group or a broadcast address.
    pub reply_from_local: bool,
    /// Its hop limit on arrival.
    pub hop_limit: Option<u8>,
    /// Its traffic class: [ECN bits](Self::ecn) and [DSCP](Self::dscp).
    pub traffic_class: Option<u8>,
    /// Its full length in bytes on the wire; more than the payload's when it was truncated.
    pub wire_len: Option<usize>,
    /// The length of each datagram but the last of those that the stack handed over at once, of which this is one, or
    /// which these are, in bytes.
    pub segment_stride: Option<u16>,
    /// When it arrived, by the stack's clock; of an operating system since 1970-01-01 00:00 UTC.
    pub timestamp: Option<Instant>,
}

impl RecvMeta {
    /// Nothing is known. The default.
    pub const UNKNOWN: Self = Self {
        sender: None,
        local: None,
        interface: None,
        reply_from_local: false,
        hop_limit: None,
        traffic_class: None,
        wire_len: None,
        segment_stride: None,
        timestamp: None,
    };

    /// The metadata of a datagram of which only the sender is known.
    #[must_use]
    pub fn from_sender(sender: Endpoint) -> Self {
        Self {
            sender: Some(sender),
            ..Self::default()
        }
    }

    /// Its ECN bits, 0..=3.
    ///
    /// RFC 3168
    #[must_use]
    pub fn ecn(&self) -> Option<u8> {
        self.traffic_class.map(|class| class & ECN)
    }

    /// Its DSCP, 0..=63.
    ///
    /// RFC 2474
    #[must_use]
    pub fn dscp(&self) -> Option<u8> {
        self.traffic_class.map(|class| class >> 2)
    }
}

/// What a socket wants to know of the datagrams that it receives, beyond sender and length, where knowing it costs.
///
/// A backend that knows something for nothing tells it unasked, and one that cannot know it tells nothing:
/// [`Capabilities`](crate::Capabilities) say which.
///
/// ```
/// use anydgram_core::{Metadata, Options, SocketType};
/// let options = Options::new(SocketType::Udp4).metadata(Metadata::NONE.with_local().with_traffic_class());
/// assert!(options.metadata.has_local() && !options.metadata.has_timestamp());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Metadata(u8);

impl Metadata {
    /// Nothing more. The default.
    pub const NONE: Self = Self(0);

    /// Everything that there is.
    pub const ALL: Self = Self(0b1111);

    /// And [`RecvMeta::local`] with [`RecvMeta::interface`], and have answers come from there ([`RecvMeta::reply_from_local`]).
    #[must_use]
    pub const fn with_local(self) -> Self {
        Self(self.0 | 0b0001)
    }

    /// And [`RecvMeta::hop_limit`].
    #[must_use]
    pub const fn with_hop_limit(self) -> Self {
        Self(self.0 | 0b0010)
    }

    /// And [`RecvMeta::traffic_class`].
    #[must_use]
    pub const fn with_traffic_class(self) -> Self {
        Self(self.0 | 0b0100)
    }

    /// And [`RecvMeta::timestamp`].
    #[must_use]
    pub const fn with_timestamp(self) -> Self {
        Self(self.0 | 0b1000)
    }

    /// Whether [`RecvMeta::local`] and [`RecvMeta::interface`] are asked for.
    #[must_use]
    pub const fn has_local(self) -> bool {
        self.0 & 0b0001 != 0
    }

    /// Whether [`RecvMeta::hop_limit`] is asked for.
    #[must_use]
    pub const fn has_hop_limit(self) -> bool {
        self.0 & 0b0010 != 0
    }

    /// Whether [`RecvMeta::traffic_class`] is asked for.
    #[must_use]
    pub const fn has_traffic_class(self) -> bool {
        self.0 & 0b0100 != 0
    }

    /// Whether [`RecvMeta::timestamp`] is asked for.
    #[must_use]
    pub const fn has_timestamp(self) -> bool {
        self.0 & 0b1000 != 0
    }
}

/// A received datagram, with its bytes lent.
///
/// Node: the arguments of a `'message'` listener
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Message<'a> {
    /// The payload, which may be empty. Shorter than [`RecvMeta::wire_len`] when it was truncated.
    pub data: &'a [u8],
    /// What is known of it.
    pub meta: &'a RecvMeta,
}

impl Message<'_> {
    /// How many bytes of the datagram's tail were lost to a short buffer; 0 when it is whole.
    #[must_use]
    pub fn truncated_by(&self) -> usize {
        self.meta
            .wire_len
            .map_or(0, |wire_len| wire_len.saturating_sub(self.data.len()))
    }
}
