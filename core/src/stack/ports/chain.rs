//! Finding the sockets on a port, however many sockets there are: chains through the slots, one for each bucket of ports.
//!
//! Invariants: each bound slot is in the chain of its port, once, and no other slot is in any; a chain has the order of the
//! binds. The beginning of chain `n` is kept in slot `n`, whatever socket that slot has, so there are as many chains as
//! slots, and each has one socket on average.

use super::slot::PortSlot;
use crate::sockets::SocketId;

/// The number of a slot, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link(u16);

impl Link {
    pub(super) const NONE: Self = Self(u16::MAX);
    /// As many slots can be told apart.
    pub(super) const SLOTS: usize = 65_535;

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The socket that has this slot.
    pub(super) fn id(self, slot: &PortSlot) -> SocketId {
        slot.id(u32::from(self.0))
    }
}

impl From<SocketId> for Link {
    fn from(id: SocketId) -> Self {
        u16::try_from(id.index()).map_or(Self::NONE, Self)
    }
}

/// The sockets on one port, in the order of their binds.
pub(super) struct Chain<'a> {
    slots: &'a [PortSlot],
    port: u16,
    next: Link,
}

impl<'a> Chain<'a> {
    pub(super) fn new(slots: &'a [PortSlot], port: u16) -> Self {
        Self {
            slots,
            port,
            next: head(slots, port),
        }
    }
}

impl<'a> Iterator for Chain<'a> {
    type Item = (SocketId, &'a PortSlot);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let link = self.next;
            let slot = self.slots.get(link.index())?;
            self.next = slot.next;
            if slot.port() == self.port {
                return Some((link.id(slot), slot));
            }
        }
    }
}

/// The first slot of the chain that has a port.
pub(super) fn head(slots: &[PortSlot], port: u16) -> Link {
    slots
        .get(bucket(port, slots.len()))
        .map_or(Link::NONE, |slot| slot.head)
}

/// Appends a slot, which is in no chain, to the chain of a port.
pub(super) fn append(slots: &mut [PortSlot], port: u16, link: Link) {
    if let Some(slot) = slots.get_mut(link.index()) {
        slot.next = Link::NONE;
    }
    if let Some(end) = holder(slots, port, Link::NONE) {
        *end = link;
    }
}

/// Takes a slot out of the chain of its port.
pub(super) fn remove(slots: &mut [PortSlot], port: u16, link: Link) {
    let next = slots.get(link.index()).map_or(Link::NONE, |slot| slot.next);
    if let Some(holder) = holder(slots, port, link) {
        *holder = next;
    }
}

/// What leads to a slot in the chain of a port: its beginning, or the slot before.
fn holder(slots: &mut [PortSlot], port: u16, sought: Link) -> Option<&mut Link> {
    let bucket = bucket(port, slots.len());
    let mut link = slots.get(bucket)?.head;
    let mut before = None;
    while link != sought {
        before = Some(link.index());
        link = slots.get(link.index())?.next;
    }
    match before {
        Some(before) => Some(&mut slots.get_mut(before)?.next),
        None => Some(&mut slots.get_mut(bucket)?.head),
    }
}

/// The number of a port's chain among `count`: Fibonacci hashing, which spreads neighbours far apart.
fn bucket(port: u16, count: usize) -> usize {
    let hash = u32::from(port).wrapping_mul(0x9e37_79b1);
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let scaled = u64::from(hash).wrapping_mul(count) >> 32;
    usize::try_from(scaled).unwrap_or(0)
}
