//! What is known of a received datagram.

use crate::address::{Address, Endpoint};
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
    /// Its hop limit on arrival.
    pub hop_limit: Option<u8>,
    /// Its ECN bits (RFC 3168), 0..=3.
    pub ecn: Option<u8>,
    /// Its full length in bytes on the wire; more than the payload's when it was truncated.
    pub wire_len: Option<usize>,
    /// The length of each segment but the last, where a stack hands over several datagrams as one.
    pub segment_stride: Option<usize>,
    /// When it arrived, by the stack's clock.
    pub timestamp: Option<Instant>,
}

impl RecvMeta {
    /// The metadata of a datagram of which only the sender is known.
    #[must_use]
    pub fn from_sender(sender: Endpoint) -> Self {
        Self {
            sender: Some(sender),
            ..Self::default()
        }
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
