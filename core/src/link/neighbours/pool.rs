//! Datagrams that wait, for their neighbour or to leave in fragments: all together in one piece, oldest first.
//!
//! One that has left is cut out, and what is behind it moves up. That costs time in proportion to what waits, which is
//! little and rare, and the memory never breaks into pieces that are too small.

use crate::address::{Address, Endpoint, Ip};
use crate::link::egress::Fragment;
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

/// Whom a datagram goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::link) enum Way {
    /// A neighbour, which may have to be asked for first.
    Neighbour(Ip),
    /// Whoever has this hardware address, a group or all; on a device of bare IP packets, whoever is at the other end.
    Known([u8; 6]),
}

/// A datagram without its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    source: Address,
    destination: Address,
    source_port: u16,
    destination_port: u16,
    way: Way,
    hop_limit: u8,
    traffic_class: u8,
    interface: u32,
    len: u16,
    /// The next fragment, of one that is too long for a frame.
    fragment: Option<Fragment>,
    /// Was lent as a whole, and is gone with the next call.
    is_leaving: bool,
}

impl Record {
    pub(super) const fn source(&self) -> Endpoint {
        Endpoint::new(self.source, self.source_port)
    }

    pub(super) const fn destination(&self) -> Endpoint {
        Endpoint::new(self.destination, self.destination_port)
    }

    fn len(&self) -> usize {
        self.len.into()
    }
}

#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<WaitingSlot>() <= 92);

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

    /// How long a datagram may be that waits; `None` if there are no places.
    pub(super) const fn longest(&self) -> Option<usize> {
        if self.slots.is_empty() {
            None
        } else {
            Some(self.bytes.len())
        }
    }

    /// How many datagrams may go one way.
    pub(super) fn share(&self) -> usize {
        (self.slots.len() / 2).max(1)
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.first().is_none_or(|slot| slot.0.is_none())
    }

    /// How many datagrams wait to go one way.
    pub(super) fn count(&self, way: &Way) -> usize {
        let its = |record: &&Record| !record.is_leaving && record.way == *way;
        let its = self.records().filter(its);
        its.fold(0, |count: usize, _| count.saturating_add(1))
    }

    /// Copies a datagram in, which leaves whole or from its first fragment on; whether there was room.
    pub(super) fn push(
        &mut self,
        way: Way,
        datagram: &Outgoing<'_>,
        fragment: Option<Fragment>,
    ) -> bool {
        // No datagram is longer.
        let Ok(len) = u16::try_from(datagram.payload.len()) else {
            return false;
        };
        self.sweep();
        let used: usize = self
            .records()
            .fold(0, |sum, record| sum.saturating_add(record.len()));
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
            source: datagram.source.address,
            destination: datagram.destination.address,
            source_port: datagram.source.port,
            destination_port: datagram.destination.port,
            way,
            hop_limit: datagram.hop_limit,
            traffic_class: datagram.traffic_class,
            interface: datagram.interface,
            len,
            fragment,
            is_leaving: false,
        });
        true
    }

    /// Whether a datagram waits to go a way that `wants` it.
    pub(super) fn has_where(&self, wants: impl Fn(&Way) -> bool) -> bool {
        self.records()
            .any(|record| !record.is_leaving && wants(&record.way))
    }

    /// The oldest datagram to go a way that `wants` it, and that way.
    pub(super) fn find_map<T>(&mut self, wants: impl Fn(&Way) -> Option<T>) -> Option<(usize, T)> {
        self.sweep();
        let mut records = (0..self.slots.len()).zip(self.records());
        records.find_map(|(at, record)| Some((at, wants(&record.way)?)))
    }

    /// Lends the datagram at a position, of which the whole leaves, or the fragment. It is gone with the next call, unless
    /// there are more fragments.
    pub(super) fn lend(&mut self, at: usize) -> Option<(Outgoing<'_>, Option<Fragment>)> {
        let start = self.start(at);
        let record = self.slots.get_mut(at)?.0.as_mut()?;
        let fragment = record.fragment;
        record.fragment = fragment.and_then(|fragment| fragment.next());
        record.is_leaving = record.fragment.is_none();
        let bytes = self.bytes.get(start..)?.get(..record.len())?;
        let mut datagram = Outgoing::new(
            record.interface,
            record.source(),
            record.destination(),
            Payload::Slice(bytes),
        );
        if let Way::Neighbour(next_hop) = record.way {
            datagram.next_hop = next_hop;
        }
        datagram.hop_limit = record.hop_limit;
        datagram.traffic_class = record.traffic_class;
        Some((datagram, fragment))
    }

    /// Takes the oldest datagram to go a way that `wants` it, without its bytes.
    pub(super) fn take_where(&mut self, wants: impl Fn(&Way) -> bool) -> Option<Record> {
        let (at, ()) = self.find_map(|way| wants(way).then_some(()))?;
        let record = self.slots.get(at)?.0;
        self.cut(at);
        record
    }

    fn records(&self) -> impl Iterator<Item = &Record> {
        self.slots.iter().map_while(|slot| slot.0.as_ref())
    }

    /// Where the bytes of a datagram begin.
    fn start(&self, at: usize) -> usize {
        self.records()
            .take(at)
            .fold(0, |sum, record| sum.saturating_add(record.len()))
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
            Some(behind) if record.len() <= behind.len() => behind.rotate_left(record.len()),
            Some(_) | None => {}
        }
        match self.slots.get_mut(at..) {
            Some(behind) if !behind.is_empty() => behind.rotate_left(1),
            Some(_) | None => {}
        }
    }
}
