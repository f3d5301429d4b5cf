//! Datagrams at the end of the queue that are like the last one, and have no entries yet.
//!
//! Whoever sends many datagrams of one length to one destination has them lie one behind the other in the queue, with
//! numbers one behind the other. Their bytes are all that has to be kept: how many they are says the rest. Memory on the
//! heap keeps them so. It counts their bytes as free until [entries](Queue::write_out) are made of them, which happens
//! before anybody looks at more of the queue than its run.

use super::arena::Arena;
use super::{Entry, HostKind, Kind, Queue, Stage};
use crate::address::Endpoint;

impl Entry {
    /// Where its bytes end, and how many they are, if they are the payload of a datagram that could leave.
    pub(crate) fn plain_end(&self) -> Option<(u32, u32)> {
        let is_plain = self.stage == Stage::Ready && self.has_payload_only() && !self.is_too_long();
        let end = self.start.checked_add(self.size)?;
        is_plain.then_some((end, self.size))
    }

    /// Where a datagram goes (`Some(None)`: to the peer) that was given an address, or the peer, and of whose end nobody
    /// is told.
    pub(crate) fn plain_destination(&self) -> Option<Option<Endpoint>> {
        let Kind::Send {
            report: false,
            to_peer,
        } = self.kind
        else {
            return None;
        };
        match (to_peer, self.host) {
            (true, _) => Some(None),
            (false, HostKind::Ip) => Some(Some(Endpoint::new(self.address, self.port))),
            (false, HostKind::Default | HostKind::Name) => None,
        }
    }

    /// The entry of the datagram that comes `count` datagrams behind this one.
    fn follower(&self, count: u32) -> Option<Self> {
        let distance = self.size.checked_mul(count)?;
        Some(Self {
            number: self.number.checked_add(u64::from(count))?,
            start: self.start.checked_add(distance)?,
            padding: 0,
            ..*self
        })
    }
}

impl Arena {
    /// How many bytes are free from `start` on, if the next ones are taken there.
    pub(crate) fn room_at(&self, capacity: u32, start: u32) -> Option<u32> {
        let tail = self.head.checked_add(self.used)?;
        if tail == start {
            return capacity.checked_sub(start);
        }
        // Around the end.
        let is_next = tail.checked_sub(capacity) == Some(start);
        is_next.then(|| self.head.saturating_sub(start))
    }
}

impl Queue<'_> {
    /// Makes the entries of `count` datagrams behind the last one.
    pub(crate) fn write_out(&mut self, count: u32) {
        let (front, back) = self.entries.slices();
        let Some(last) = back.last().or_else(|| front.last()).copied() else {
            return;
        };
        for place in 1..=count {
            let is_there = last
                .follower(place)
                .is_some_and(|entry| self.entries.push_back(entry));
            debug_assert!(is_there, "it was counted among the others");
        }
        let bytes = last.size.saturating_mul(count);
        self.arena.used = self.arena.used.saturating_add(bytes);
    }
}
