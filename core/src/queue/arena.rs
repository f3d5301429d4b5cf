//! The queue's bytes: a ring in which each entry lies in one piece.
//!
//! Entries are placed behind each other and freed oldest first. When the room behind the newest is too
//! short, a padding skips to the start; when only the sum of the free room is large enough, everything is
//! moved together once.

use super::{Entry, Span};
use crate::queue::Stage;
use crate::storage::containers::{Fifo, Room};

/// Which bytes of the ring are taken: `used` of them from `head` on, around the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arena {
    pub(super) head: u32,
    pub(super) used: u32,
    /// How many entries are done with but not the oldest.
    pub(super) released: u32,
}

/// Where an entry's bytes go.
pub(super) struct Place {
    pub(super) start: u32,
    pub(super) padding: u32,
}

impl Arena {
    pub(crate) const fn new() -> Self {
        Self {
            head: 0,
            used: 0,
            released: 0,
        }
    }

    /// Takes `size` bytes, making room if that is needed and possible.
    #[inline]
    pub(super) fn place(
        &mut self,
        bytes: &mut Bytes<'_>,
        entries: &mut Fifo<'_, Entry>,
        size: u32,
    ) -> Option<Place> {
        match self.take(bytes.capacity(), size) {
            Some(place) => Some(place),
            None => self.make_room(bytes, entries, size),
        }
    }

    #[cold]
    fn make_room(
        &mut self,
        bytes: &mut Bytes<'_>,
        entries: &mut Fifo<'_, Entry>,
        size: u32,
    ) -> Option<Place> {
        let live = entries.iter().fold(0_u32, |sum, entry| {
            if entry.stage == Stage::Released {
                sum
            } else {
                sum.saturating_add(entry.size)
            }
        });
        let needed = usize::try_from(live.checked_add(size)?).ok()?;
        if !bytes.could_hold(needed) {
            return None;
        }
        self.gather(bytes, entries);
        bytes.0.grow(needed);
        self.take(bytes.capacity(), size)
    }

    /// Frees the oldest entries' bytes, with the paddings before them.
    pub(super) fn free(&mut self, capacity: u32, freed: u32) {
        self.used = self.used.saturating_sub(freed);
        self.head = if self.used == 0 {
            0
        } else {
            wrap(self.head.saturating_add(freed), capacity)
        };
    }

    #[inline]
    fn take(&mut self, capacity: u32, size: u32) -> Option<Place> {
        let tail = wrap(self.head.checked_add(self.used)?, capacity);
        let is_split = self.used > 0 && tail <= self.head;
        let (start, padding) = if is_split {
            let room = self.head.checked_sub(tail)?;
            (size <= room).then_some((tail, 0))?
        } else if size <= capacity.checked_sub(tail)? {
            (tail, 0)
        } else {
            (size <= self.head).then_some((0, capacity.checked_sub(tail)?))?
        };
        self.used = self.used.checked_add(padding)?.checked_add(size)?;
        Some(Place { start, padding })
    }

    /// Moves all live entries to the start, in order and without gaps.
    fn gather(&mut self, bytes: &mut Bytes<'_>, entries: &mut Fifo<'_, Entry>) {
        let capacity = bytes.capacity();
        bytes.rotate_left(self.head);
        let mut next = 0_u32;
        for entry in entries.iter_mut() {
            let rotated = match entry.start.checked_sub(self.head) {
                Some(start) => start,
                None => entry
                    .start
                    .saturating_add(capacity.saturating_sub(self.head)),
            };
            if entry.stage == Stage::Released {
                entry.size = 0;
                entry.name_len = 0;
                entry.meta_len = 0;
            }
            bytes.move_down(rotated, next, entry.size);
            entry.start = next;
            entry.padding = 0;
            next = next.saturating_add(entry.size);
        }
        *self = Self {
            head: 0,
            used: next,
            released: self.released,
        };
    }
}

/// `position` in a ring of `capacity` bytes; at most once around.
const fn wrap(position: u32, capacity: u32) -> u32 {
    if position >= capacity {
        position.saturating_sub(capacity)
    } else {
        position
    }
}

/// The ring's memory.
pub(super) struct Bytes<'p>(pub(super) Room<'p>);

impl<'p> Bytes<'p> {
    pub(super) fn all(&mut self) -> &mut [u8] {
        self.0.all_mut()
    }

    pub(super) fn capacity(&self) -> u32 {
        u32::try_from(self.0.all().len()).unwrap_or(u32::MAX)
    }

    /// Whether there are, or could be, `needed` bytes.
    pub(super) const fn could_hold(&self, needed: usize) -> bool {
        needed <= self.0.limit()
    }

    /// Copies `from` to `start`; the position behind it.
    pub(super) fn write(&mut self, start: u32, from: &[u8]) -> u32 {
        let len = u32::try_from(from.len()).unwrap_or(u32::MAX);
        if let Some(to) = usize::try_from(start)
            .ok()
            .and_then(|start| self.all().get_mut(start..))
        {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        start.saturating_add(len)
    }

    pub(super) fn slice(&self, span: Span) -> &[u8] {
        slice_of(self.0.all(), span)
    }

    pub(super) fn into_slice(self, start: u32, len: u32) -> &'p [u8] {
        let bytes = self.0.into_slice();
        range(start, len)
            .and_then(|range| bytes.get(range))
            .unwrap_or_default()
    }

    /// Brings the byte at `head` to the start.
    fn rotate_left(&mut self, head: u32) {
        let all = self.all();
        if let Some((front, back)) = usize::try_from(head)
            .ok()
            .and_then(|head| all.split_at_mut_checked(head))
        {
            front.reverse();
            back.reverse();
            all.reverse();
        }
    }

    /// Moves `len` bytes from `from` down to `to`.
    fn move_down(&mut self, from: u32, to: u32, len: u32) {
        if from == to {
            return;
        }
        let Ok(distance) = usize::try_from(from.saturating_sub(to)) else {
            return;
        };
        let Ok(len) = usize::try_from(len) else {
            return;
        };
        let Some(bytes) = usize::try_from(to)
            .ok()
            .and_then(|to| self.all().get_mut(to..))
        else {
            return;
        };
        for index in 0..len {
            let Some(byte) = index
                .checked_add(distance)
                .and_then(|source| bytes.get(source))
                .copied()
            else {
                return;
            };
            if let Some(target) = bytes.get_mut(index) {
                *target = byte;
            }
        }
    }
}

/// Some of the bytes of a queue.
#[inline]
pub(super) fn slice_of(bytes: &[u8], span: Span) -> &[u8] {
    range(span.start, span.len)
        .and_then(|range| bytes.get(range))
        .unwrap_or_default()
}

#[inline]
pub(super) fn range(start: u32, len: u32) -> Option<core::ops::Range<usize>> {
    let start = usize::try_from(start).ok()?;
    let end = start.checked_add(usize::try_from(len).ok()?)?;
    Some(start..end)
}
