//! Datagrams that wait for their neighbour: all together in one piece, oldest first.
//!
//! One that leaves is cut out, and what is behind it moves up. That costs time in proportion to what waits, which is
//! little and rare, and the memory never breaks into pieces that are too small.

use core::net::IpAddr;

use crate::address::Endpoint;
use crate::payload::Payload;
use crate::stack::Outgoing;

/// The place of one datagram.
#[derive(Clone, Debug, Default)]
pub struct WaitingSlot(Option<Record>);

impl WaitingSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }
}

/// A datagram without its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) source: Endpoint,
    pub(super) destination: Endpoint,
    next_hop: IpAddr,
    hop_limit: u8,
    interface: u32,
    len: usize,
    /// Was lent, and is gone with the next call.
    is_leaving: bool,
}

pub(super) struct Pool<'m> {
    /// The taken ones first, oldest first.
    slots: &'m mut [WaitingSlot],
    /// Their bytes in the same order.
    bytes: &'m mut [u8],
}

impl<'m> Pool<'m> {
    pub(super) fn new(slots: &'m mut [WaitingSlot], bytes: &'m mut [u8]) -> Self {
        for slot in &mut *slots {
            slot.0 = None;
        }
        Self { slots, bytes }
    }

    /// How many datagrams one neighbour may have.
    pub(super) fn share(&self) -> usize {
        (self.slots.len() / 2).max(1)
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.first().is_none_or(|slot| slot.0.is_none())
    }

    /// How many datagrams wait for a neighbour.
    pub(super) fn count(&self, ip: IpAddr) -> usize {
        let its = |record: &&Record| !record.is_leaving && record.next_hop == ip;
        let its = self.records().filter(its);
        its.fold(0, |count: usize, _| count.saturating_add(1))
    }

    /// Copies a datagram in; whether there was room.
    pub(super) fn push(&mut self, datagram: &Outgoing<'_>) -> bool {
        self.sweep();
        let used: usize = self
            .records()
            .fold(0, |sum, record| sum.saturating_add(record.len));
        let Some(mut room) = self.bytes.get_mut(used..) else {
            return false;
        };
        let Some(slot) = self.slots.iter_mut().find(|slot| slot.0.is_none()) else {
            return false;
        };
        for piece in datagram.payload.pieces() {
            let Some((place, rest)) = room.split_at_mut_checked(piece.len()) else {
                return false;
            };
            for (to, from) in place.iter_mut().zip(*piece) {
                *to = *from;
            }
            room = rest;
        }
        slot.0 = Some(Record {
            source: datagram.source,
            destination: datagram.destination,
            next_hop: datagram.next_hop,
            hop_limit: datagram.hop_limit,
            interface: datagram.interface,
            len: datagram.payload.len(),
            is_leaving: false,
        });
        true
    }

    /// Whether a datagram waits for a neighbour that `wants` it.
    pub(super) fn has_where(&self, wants: impl Fn(IpAddr) -> bool) -> bool {
        self.records()
            .any(|record| !record.is_leaving && wants(record.next_hop))
    }

    /// The oldest datagram for a neighbour that `wants` it.
    pub(super) fn position(&mut self, wants: impl Fn(IpAddr) -> bool) -> Option<usize> {
        self.sweep();
        let mut records = self.records();
        records.position(|record| wants(record.next_hop))
    }

    /// Lends the datagram at a position, which is gone with the next call.
    pub(super) fn lend(&mut self, at: usize) -> Option<Outgoing<'_>> {
        let start = self.start(at);
        let record = self.slots.get_mut(at)?.0.as_mut()?;
        record.is_leaving = true;
        let bytes = self.bytes.get(start..)?.get(..record.len)?;
        let mut datagram = Outgoing::new(
            record.interface,
            record.source,
            record.destination,
            Payload::Slice(bytes),
        );
        datagram.next_hop = record.next_hop;
        datagram.hop_limit = record.hop_limit;
        Some(datagram)
    }

    /// Takes the oldest datagram for a neighbour that `wants` it, without its bytes.
    pub(super) fn take_where(&mut self, wants: impl Fn(IpAddr) -> bool) -> Option<Record> {
        let at = self.position(wants)?;
        let record = self.slots.get(at)?.0;
        self.cut(at);
        record
    }

    /// Drops the oldest datagram for a neighbour.
    pub(super) fn remove_first(&mut self, ip: IpAddr) {
        if let Some(at) = self.position(|other| other == ip) {
            self.cut(at);
        }
    }

    fn records(&self) -> impl Iterator<Item = &Record> {
        self.slots.iter().map_while(|slot| slot.0.as_ref())
    }

    /// Where the bytes of a datagram begin.
    fn start(&self, at: usize) -> usize {
        self.records()
            .take(at)
            .fold(0, |sum, record| sum.saturating_add(record.len))
    }

    /// Cuts out what was lent.
    fn sweep(&mut self) {
        let leaving = self.records().position(|record| record.is_leaving);
        if let Some(at) = leaving {
            self.cut(at);
        }
    }

    fn cut(&mut self, at: usize) {
        let start = self.start(at);
        let slot = self.slots.get_mut(at);
        let Some(record) = slot.and_then(|slot| slot.0.take()) else {
            return;
        };
        match self.bytes.get_mut(start..) {
            Some(behind) if record.len <= behind.len() => behind.rotate_left(record.len),
            Some(_) | None => {}
        }
        match self.slots.get_mut(at..) {
            Some(behind) if !behind.is_empty() => behind.rotate_left(1),
            Some(_) | None => {}
        }
    }
}
