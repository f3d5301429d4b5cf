//! Datagrams that stay on this host: a ring of them, each in one piece.
//!
//! A datagram that does not fit behind the newest goes to the start of the bytes, and what is left there is lost until
//! the ring has come round. Nothing is ever moved.

use core::fmt;

use crate::address::Endpoint;

use super::packet::{Incoming, Outgoing};

/// The place of one datagram.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LocalSlot(Option<Record>);

#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
struct Record {
    interface: u32,
    source: Endpoint,
    destination: Endpoint,
    hop_limit: u8,
    traffic_class: u8,
    /// Where its bytes begin, and how many there are.
    start: usize,
    len: usize,
    /// Bytes that were left before it at the end of the ring.
    padding: usize,
}

impl LocalSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }
}

/// Datagrams on their way from a socket of this host to another, in order.
pub struct Loopback<'m> {
    slots: &'m mut [LocalSlot],
    bytes: &'m mut [u8],
    /// The place of the oldest.
    first: usize,
    count: usize,
    /// Where the taken bytes begin, and how many there are, around the end.
    head: usize,
    used: usize,
}

impl<'m> Loopback<'m> {
    /// None, and room for as many as there are slots, of so many bytes in all.
    #[must_use]
    pub fn new(slots: &'m mut [LocalSlot], bytes: &'m mut [u8]) -> Self {
        Self {
            slots,
            bytes,
            first: 0,
            count: 0,
            head: 0,
            used: 0,
        }
    }

    /// Copies a datagram in; whether there was room.
    pub fn push(&mut self, datagram: &Outgoing<'_>) -> bool {
        let payload = datagram.payload;
        let len = payload.len();
        let Some((start, padding)) = self.place(len) else {
            return false;
        };
        let at = self.nth(self.count);
        let Some(slot) = self.slots.get_mut(at) else {
            return false;
        };
        let mut room = self.bytes.get_mut(start..).unwrap_or_default();
        for piece in payload.pieces() {
            let Some((place, rest)) = room.split_at_mut_checked(piece.len()) else {
                return false;
            };
            for (to, from) in place.iter_mut().zip(*piece) {
                *to = *from;
            }
            room = rest;
        }
        slot.0 = Some(Record {
            interface: datagram.interface,
            source: datagram.source,
            destination: datagram.destination,
            hop_limit: datagram.hop_limit,
            traffic_class: datagram.traffic_class,
            start,
            len,
            padding,
        });
        self.count = self.count.saturating_add(1);
        self.used = self.used.saturating_add(padding).saturating_add(len);
        true
    }

    /// The oldest datagram.
    #[must_use]
    pub fn front(&self) -> Option<Incoming<'_>> {
        let record = self.oldest()?;
        let bytes = self.bytes.get(record.start..)?.get(..record.len)?;
        let mut datagram =
            Incoming::new(record.interface, record.source, record.destination, bytes);
        datagram.hop_limit = Some(record.hop_limit);
        datagram.traffic_class = Some(record.traffic_class);
        Some(datagram)
    }

    /// Forgets the oldest datagram.
    pub fn pop(&mut self) {
        let slot = self.slots.get_mut(self.first);
        let Some(record) = slot.and_then(|slot| slot.0.take()) else {
            return;
        };
        self.first = self.nth(1);
        self.count = self.count.saturating_sub(1);
        let freed = record.padding.saturating_add(record.len);
        self.used = self.used.saturating_sub(freed);
        self.head = if self.used == 0 {
            0
        } else {
            around(self.head.saturating_add(freed), self.bytes.len())
        };
    }

    /// Whether a datagram of `len` bytes could be here if there were no others.
    #[must_use]
    pub const fn could_hold(&self, len: usize) -> bool {
        !self.slots.is_empty() && len <= self.bytes.len()
    }

    /// How many datagrams there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn oldest(&self) -> Option<&Record> {
        if self.count == 0 {
            return None;
        }
        self.slots.get(self.first)?.0.as_ref()
    }

    /// The place that is `steps` (at most as many as there are places) behind the oldest.
    fn nth(&self, steps: usize) -> usize {
        around(self.first.saturating_add(steps), self.slots.len())
    }

    /// Where `len` bytes can go, and how many are left before them at the end.
    fn place(&self, len: usize) -> Option<(usize, usize)> {
        if self.count >= self.slots.len() {
            return None;
        }
        let capacity = self.bytes.len();
        let end = self.head.saturating_add(self.used);
        if let Some(behind) = capacity.checked_sub(end) {
            if len <= behind {
                return Some((end, 0));
            }
            return (len <= self.head).then_some((0, behind));
        }
        let free = capacity.saturating_sub(self.used);
        (len <= free).then_some((around(end, capacity), 0))
    }
}

/// A place in a ring: `at` is less than twice its size.
fn around(at: usize, size: usize) -> usize {
    at.checked_sub(size).unwrap_or(at)
}

impl fmt::Debug for Loopback<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loopback")
            .field("count", &self.count)
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Loopback<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Loopback {{ count: {=usize} }}", self.count);
    }
}

/// 80 bytes on 32-bit.
const _: () = assert!(size_of::<LocalSlot>() <= 68 + 3 * size_of::<usize>());

#[cfg(test)]
mod tests;
