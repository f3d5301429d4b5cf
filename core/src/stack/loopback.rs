//! Datagrams that stay on this host: a ring of them, each in one piece.

use crate::address::Endpoint;
use crate::payload::Payload;

use super::packet::Incoming;

/// The place of one datagram.
#[derive(Clone, Debug, Default)]
pub struct LocalSlot {
    is_taken: bool,
}

impl LocalSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self { is_taken: false }
    }
}

/// Datagrams on their way from a socket of this host to another, in order.
pub struct Loopback<'m> {
    slots: &'m mut [LocalSlot],
    bytes: &'m mut [u8],
}

impl<'m> Loopback<'m> {
    /// None, and room for as many as there are slots, of so many bytes in all.
    #[must_use]
    pub fn new(slots: &'m mut [LocalSlot], bytes: &'m mut [u8]) -> Self {
        Self { slots, bytes }
    }

    /// Copies a datagram in; whether there was room.
    pub fn push(
        &mut self,
        interface: u32,
        source: Endpoint,
        destination: Endpoint,
        hop_limit: u8,
        payload: Payload<'_>,
    ) -> bool {
        let _ = (&mut self.slots, &mut self.bytes, interface, source, destination, hop_limit, payload);
        false
    }

    /// The oldest datagram.
    #[must_use]
    pub fn front(&self) -> Option<Incoming<'_>> {
        None
    }

    /// Forgets the oldest datagram.
    pub fn pop(&mut self) {}

    /// Whether a datagram of `len` bytes could be here if there were no others.
    #[must_use]
    pub fn could_hold(&self, len: usize) -> bool {
        let _ = len;
        false
    }

    /// How many datagrams there are.
    #[must_use]
    pub fn len(&self) -> usize {
        0
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        true
    }
}
