//! Who has which hardware address, and who waits for it.
//!
//! A neighbour that is not known is asked for at once, then each second, three times in all (RFC 1122 § 2.3.2.1,
//! RFC 4861 § 10). Datagrams for it wait meanwhile, in a place of their own, so that a neighbour that never answers
//! delays nobody; it has failed then, and is left in peace for three seconds. A known one is asked again before it
//! expires, if it is in use. Tables are bounded: of known and failed neighbours the one that was not used for the longest
//! time gives way; one that is asked for does not.
//!
//! Datagrams that leave in fragments wait in the same place until the last one has left, groups' and broadcasts', too.
//!
//! `entry.rs` has what is known of one neighbour, `pool.rs` the datagrams that wait, `frame.rs` what leaves by itself,
//! `solicitation.rs` the questions.

mod entry;
mod frame;
mod pool;
mod solicitation;
#[cfg(test)]
mod tests;

use core::fmt;

pub use entry::NeighbourSlot;
use entry::{Entry, State};
pub use frame::Waiting;
pub(super) use frame::{poll, poll_datagram};
use pool::Pool;
pub use pool::WaitingSlot;
pub(super) use pool::Way;
pub use solicitation::Solicitation;

use super::egress::Fragment;
use super::{LinkDrops, Unreachable};
use crate::address::Ip;
use crate::error::Errno;
use crate::stack::Outgoing;
use crate::stats::count;
use crate::time::Instant;

/// What is known of a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolution {
    /// Its hardware address.
    Known([u8; 6]),
    /// Nothing yet: it is asked for, or there is no room to ask.
    Unknown,
    /// It has not answered.
    Failed,
}

/// The neighbours of one link.
pub(super) struct Neighbours<'m> {
    slots: &'m mut [NeighbourSlot],
    pool: Pool<'m>,
    /// Somebody may be asked for, or wait: there is something to look for.
    is_busy: bool,
    /// Counted here until the link's drops are asked for.
    overflowed: u32,
    moved: u32,
}

impl<'m> Neighbours<'m> {
    pub(super) fn new(
        slots: &'m mut [NeighbourSlot],
        waiting: &'m mut [WaitingSlot],
        bytes: &'m mut [u8],
    ) -> Self {
        for slot in &mut *slots {
            slot.0 = None;
        }
        Self {
            slots,
            pool: Pool::new(waiting, bytes),
            is_busy: false,
            overflowed: 0,
            moved: 0,
        }
    }

    /// The hardware address of a neighbour that a datagram is for, if it is known and nothing waits.
    #[inline]
    pub(super) fn hardware_address(&mut self, now: Instant, ip: Ip) -> Option<[u8; 6]> {
        if !self.pool.is_empty() {
            return None;
        }
        // Whom to ask again is not for here.
        self.find(ip)?.address_now(now)
    }

    /// What is known of a neighbour that a datagram is for; if it is nothing, it is asked for from now on.
    pub(super) fn resolve(&mut self, now: Instant, ip: Ip) -> Resolution {
        self.is_busy = true;
        // Nothing overtakes what still waits.
        let has_older = self.pool.count(&Way::Neighbour(ip)) > 0;
        if let Some(entry) = self.find(ip) {
            entry.use_now(now);
            match entry.state() {
                State::Known { refresh, .. } if State::end(refresh) > now && has_older => {
                    return Resolution::Unknown;
                }
                State::Known { refresh, .. } if State::end(refresh) > now => {
                    return Resolution::Known(entry.hardware_address);
                }
                State::Asking { .. } => return Resolution::Unknown,
                State::Failed { until } if until > now => return Resolution::Failed,
                State::Known { .. } | State::Failed { .. } => entry.ask(now),
            }
        } else if let Some(slot) = self.vacant() {
            slot.0 = Some(Entry::asking(ip, now));
        }
        Resolution::Unknown
    }

    /// Whether a datagram that needs no answer has to wait, as nothing overtakes those before it.
    #[inline]
    pub(super) fn is_behind(&self, way: Way) -> bool {
        !self.pool.is_empty() && self.pool.count(&way) > 0
    }

    /// How long a datagram may be that waits; `None` if none can.
    pub(super) const fn longest(&self) -> Option<usize> {
        self.pool.longest()
    }

    /// Has a datagram wait, for a neighbour that [`resolve`](Self::resolve) has looked for, or to leave in fragments;
    /// whether there is room.
    pub(super) fn enqueue(
        &mut self,
        way: Way,
        datagram: &Outgoing<'_>,
        fragment: Option<Fragment>,
    ) -> bool {
        if matches!(way, Way::Neighbour(ip) if self.find(ip).is_none()) {
            return false;
        }
        // No neighbour has more than half of the places, so that others have some.
        if self.pool.count(&way) >= self.pool.share() {
            // What is about to leave does not give way.
            if self.address(&way).is_some() || self.pool.take_where(|other| *other == way).is_none()
            {
                return false;
            }
            count(&mut self.overflowed);
        }
        self.is_busy = true;
        self.pool.push(way, datagram, fragment)
    }

    /// Somebody says that `ip` has a hardware address: an answer, or whoever asks for this host. What is known is
    /// replaced; a neighbour is made of one who asks, if there is room, and never of an answer to no question. Nobody
    /// gives way for it.
    pub(super) fn learn(
        &mut self,
        now: Instant,
        ip: Ip,
        hardware_address: [u8; 6],
        is_answer: bool,
    ) {
        self.is_busy = true;
        let Some(entry) = self.find(ip) else {
            // Whoever asks will want an answer; one that nobody has asked for is nothing to go by.
            let free = self.slots.iter_mut().find(|slot| slot.0.is_none());
            if let Some(slot) = free.filter(|_| !is_answer) {
                let mut entry = Entry::asking(ip, now);
                entry.hardware_address = hardware_address;
                entry.set_state(State::known(now));
                slot.0 = Some(entry);
            }
            return;
        };
        let was_known = matches!(entry.state(), State::Known { .. });
        let has_moved = was_known && entry.hardware_address != hardware_address;
        entry.hardware_address = hardware_address;
        entry.set_state(State::known(now));
        if has_moved {
            count(&mut self.moved);
        }
    }

    /// The hardware address of a neighbour, if it is known.
    pub(super) fn known(&self, ip: Ip) -> Option<[u8; 6]> {
        let mut entries = self.slots.iter().filter_map(|slot| slot.0.as_ref());
        let entry = entries.find(|entry| entry.ip == ip)?;
        matches!(entry.state(), State::Known { .. }).then_some(entry.hardware_address)
    }

    /// The hardware address that datagrams go to, if it is known.
    fn address(&self, way: &Way) -> Option<[u8; 6]> {
        match *way {
            Way::Neighbour(ip) => self.known(ip),
            Way::Known(hardware_address) => Some(hardware_address),
        }
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.pool.is_empty()
    }

    /// Whether a datagram that has waited can leave.
    pub(super) fn has_datagram(&self) -> bool {
        self.is_busy && self.pool.has_where(|way| self.address(way).is_some())
    }

    /// The next datagram of a neighbour that has failed.
    #[inline]
    pub(super) fn poll_unreachable(&mut self) -> Option<Unreachable> {
        if self.is_busy { self.lost() } else { None }
    }

    fn lost(&mut self) -> Option<Unreachable> {
        let slots = &*self.slots;
        let record = self.pool.take_where(|way| {
            let Way::Neighbour(ip) = *way else {
                return false;
            };
            let mut entries = slots.iter().filter_map(|slot| slot.0.as_ref());
            let entry = entries.find(|entry| entry.ip == ip);
            entry.is_none_or(|entry| matches!(entry.state(), State::Failed { .. }))
        });
        let Some(record) = record else {
            let mut entries = slots.iter().filter_map(|slot| slot.0.as_ref());
            self.is_busy = !self.pool.is_empty() || entries.any(|entry| entry.next().is_some());
            return None;
        };
        Some(Unreachable::new(
            record.source(),
            record.destination(),
            Errno::EHOSTUNREACH,
        ))
    }

    /// When there is a question to ask, or a datagram to send.
    #[inline]
    pub(super) fn poll_at(&self) -> Option<Instant> {
        if self.is_busy { self.next() } else { None }
    }

    fn next(&self) -> Option<Instant> {
        if self.has_datagram() {
            return Some(Instant::from_micros(0));
        }
        let entries = self.slots.iter().filter_map(|slot| slot.0.as_ref());
        entries.filter_map(Entry::next).min()
    }

    pub(super) fn reset(&mut self, drops: &mut LinkDrops) {
        while self.pool.take_where(|_| true).is_some() {
            count(&mut drops.waiting_lost);
        }
        for slot in &mut *self.slots {
            slot.0 = None;
        }
    }

    /// Moves what was counted to the counters of the link.
    pub(super) fn count_drops(&mut self, drops: &mut LinkDrops) {
        let overflowed = core::mem::take(&mut self.overflowed);
        let moved = core::mem::take(&mut self.moved);
        drops.waiting_overflowed = drops.waiting_overflowed.saturating_add(overflowed);
        drops.neighbour_moved = drops.neighbour_moved.saturating_add(moved);
    }

    #[inline]
    fn find(&mut self, ip: Ip) -> Option<&mut Entry> {
        let mut entries = self.slots.iter_mut().filter_map(|slot| slot.0.as_mut());
        entries.find(|entry| entry.ip == ip)
    }

    /// A free slot, or that of the entry that was not used for the longest time and is not asked for.
    fn vacant(&mut self) -> Option<&mut NeighbourSlot> {
        let mut best: Option<(Instant, &mut NeighbourSlot)> = None;
        for slot in &mut *self.slots {
            let Some(entry) = &slot.0 else {
                return Some(slot);
            };
            let is_needed = match entry.state() {
                State::Asking { .. } => true,
                State::Failed { .. } => false,
                // By datagrams that are about to leave.
                State::Known { .. } => self.pool.count(&Way::Neighbour(entry.ip)) > 0,
            };
            let used = entry.used();
            if !is_needed && best.as_ref().is_none_or(|(other, _)| used < *other) {
                best = Some((used, slot));
            }
        }
        best.map(|(_, slot)| slot)
    }

    /// The next question that is due.
    fn ask(&mut self, now: Instant) -> Option<(Ip, Option<[u8; 6]>)> {
        for slot in &mut *self.slots {
            let Some(entry) = &mut slot.0 else { continue };
            if entry.next().is_none_or(|next| next > now) {
                continue;
            }
            if let Some(known) = entry.advance(now) {
                return Some((entry.ip, known));
            }
        }
        None
    }
}

impl fmt::Debug for Neighbours<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.slots.iter().filter_map(|slot| slot.0.as_ref());
        f.debug_list().entries(entries).finish()
    }
}
