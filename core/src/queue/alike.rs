//! Datagrams at the end of the queue that are like the last one, and have no entries yet.
//!
//! Whoever sends many datagrams of one length to one destination, all of which ask for the same, has them lie one behind the
//! other in the queue, with numbers one behind the other. Their payloads are all that has to be kept: how many they are says
//! the rest. Memory on the heap keeps them so. It counts their bytes as free until [entries](Queue::write_out) are made of them, which happens
//! before anybody looks at more of the queue than its run.

use super::arena::{Arena, Bytes, range};
use super::{Entry, HostKind, Kind, Queue, Stage};
use crate::address::Endpoint;
use crate::send_meta::SendMeta;

impl Entry {
    /// Where its bytes end, if it is a datagram that could leave, and was not given a name.
    pub(crate) fn plain_end(&self) -> Option<u32> {
        let is_plain = self.stage == Stage::Ready && self.name_len == 0 && !self.is_too_long();
        is_plain.then_some(self.start.checked_add(self.size)?)
    }

    /// How many bytes it has: those of what it asks for, and its payload's.
    pub(crate) fn lengths(&self) -> (u32, u32) {
        (u32::from(self.meta_len), self.payload().len)
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

impl Entry {
    /// The entry of the datagram behind this one and `count` others that are like it, if what it asks for has room in place
    /// of those.
    fn parted(&self, count: u32) -> Option<Self> {
        let (meta, payload) = self.lengths();
        let end = self.start.checked_add(self.size)?;
        let padding = payload.checked_mul(count)?.checked_sub(meta)?;
        Some(Self {
            number: self.number.checked_add(u64::from(count))?.checked_add(1)?,
            start: end.checked_add(padding)?,
            padding,
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
    /// What the last datagram asks for.
    pub(crate) fn last_meta(&self) -> SendMeta {
        self.last()
            .map_or(const { SendMeta::new() }, |entry| self.meta(&entry))
    }

    /// Makes the entries of `count` datagrams behind the last one, whose payloads lie behind it.
    pub(crate) fn write_out(&mut self, count: u32) {
        let Some(last) = self.last() else {
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
        let (meta, payload) = last.lengths();
        if meta == 0 {
            return;
        }
        // Each has to ask for itself now: from the last one on they make room for that.
        for place in (1..=count).rev() {
            let Some(entry) = last.follower(place) else {
                continue;
            };
            let back = meta.saturating_mul(place);
            let to = entry.payload().start;
            self.bytes.move_up(to.saturating_sub(back), to, payload);
            self.bytes.move_up(last.start, entry.start, meta);
        }
    }

    /// Makes the entry of the datagram behind the last one and `count` others, whose bytes are lost; `false`, and nothing
    /// changed, if those have no room for what it asks for.
    pub(crate) fn part(&mut self, count: u32) -> bool {
        let Some((last, entry)) = self
            .last()
            .and_then(|last| Some((last, last.parted(count)?)))
        else {
            return false;
        };
        let (meta, _) = last.lengths();
        self.bytes.move_up(last.start, entry.start, meta);
        let bytes = entry.padding.saturating_add(entry.size);
        self.arena.used = self.arena.used.saturating_add(bytes);
        self.entries.push_back(entry)
    }

    fn last(&self) -> Option<Entry> {
        let (front, back) = self.entries.slices();
        back.last().or_else(|| front.last()).copied()
    }
}

impl Bytes<'_> {
    /// Moves `len` bytes from `from` up to `to`.
    fn move_up(&mut self, from: u32, to: u32, len: u32) {
        let (Some(from), Ok(to)) = (range(from, len), usize::try_from(to)) else {
            return;
        };
        let bytes = self.all();
        if to.saturating_add(from.len()) <= bytes.len() && from.end <= bytes.len() {
            bytes.copy_within(from, to);
        }
    }
}
