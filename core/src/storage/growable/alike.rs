//! Datagrams that are kept without entries: their bytes, and how many they are.

use super::{Growable, Grown};
use crate::address::{Endpoint, Host};
use crate::datagram::{Datagram, Destination};
use crate::payload::Payload;
use crate::queue::Queue;
use crate::send_meta::SendMeta;

/// Datagrams behind the last entry that are like it and have no entries: what the next one has to be like.
#[derive(Default)]
pub(super) struct Alike {
    /// For how many more there is room behind them.
    more: u32,
    /// For how many there was before the first.
    room: u32,
    /// The number of the first for which there is none.
    end: u64,
    /// Where the next one goes; `None`: to the peer.
    to: Option<Endpoint>,
    meta: SendMeta,
    /// The bytes of each; of one that is not expected to be followed by others like it, too.
    size: usize,
    /// Where those of the next one come to lie.
    start: usize,
}

impl Growable {
    /// The queue as it is, without entries for the [alike](Self::alike).
    pub(crate) fn queue_as_it_is(&mut self) -> Queue<'_> {
        self.grown().queue_as_it_is()
    }

    /// How many datagrams behind the last entry are like it and have no entries.
    pub(crate) fn alike(&self) -> u32 {
        self.0.as_ref().map_or(0, |grown| grown.alike.count())
    }

    /// Whether a datagram that is like the last one would be kept without an entry.
    #[inline]
    pub(crate) fn expects_alike(&self) -> bool {
        self.0.as_ref().is_some_and(|grown| grown.alike.more > 0)
    }

    /// Keeps a datagram of this number, which could leave at once, and of whose end nobody is told, if it is like the last
    /// one of the queue and there is room right behind that; whether it did.
    #[inline]
    pub(crate) fn push_alike(&mut self, datagram: &Datagram<'_>, number: u64) -> bool {
        match (&mut self.0, &datagram.payload) {
            (Some(grown), Payload::Slice(bytes)) => {
                grown.alike.takes(datagram, bytes, number) && grown.push_alike(bytes)
            }
            _ => false,
        }
    }

    /// Notes that a datagram of `len` bytes that was queued, and of whose end nobody is told, may be followed by others that
    /// are like it.
    #[inline]
    pub(crate) fn expect_alike(&mut self, len: usize) {
        if let Some(grown) = &mut self.0 {
            // Where lengths change all the time, there is no sense in it.
            if grown.alike.size == len {
                grown.expect_alike();
            }
            grown.alike.size = len;
        }
    }

    /// Forgets those of the alike that were among the first `count` datagrams of the queue; how many they were. The entries
    /// before them are there still; if not all alike are gone, there is one behind those now.
    pub(crate) fn take_alike(&mut self, count: usize) -> u32 {
        let Some(grown) = &mut self.0 else { return 0 };
        match count.checked_sub(grown.entries.len()).map(u32::try_from) {
            Some(Ok(taken)) if taken < grown.alike.count() => grown.part(taken),
            Some(_) => grown.alike.forget(),
            None => 0,
        }
    }
}

impl Alike {
    /// How many there are.
    #[inline]
    pub(super) const fn count(&self) -> u32 {
        self.room.saturating_sub(self.more)
    }

    /// Forgets them, and expects no more; how many they were.
    #[inline]
    pub(super) const fn forget(&mut self) -> u32 {
        let count = self.count();
        self.more = 0;
        self.room = 0;
        count
    }

    #[inline]
    fn takes(&self, datagram: &Datagram<'_>, bytes: &[u8], number: u64) -> bool {
        self.more > 0
            && self.size == bytes.len()
            && self.end == number.wrapping_add(u64::from(self.more))
            && (self.meta.is_none() && datagram.meta.is_none() || self.meta == datagram.meta)
            && match (&datagram.destination, &self.to) {
                (None, None) => true,
                (Some(Destination { host, port }), Some(to)) => {
                    *port == to.port && matches!(host, Host::Ip(address) if *address == to.address)
                }
                (None, Some(_)) | (Some(_), None) => false,
            }
    }
}

impl Grown {
    #[inline]
    fn push_alike(&mut self, bytes: &[u8]) -> bool {
        let next = &mut self.alike;
        let rest = self.bytes.get_mut(next.start..);
        let Some(place) = rest.and_then(|rest| rest.get_mut(..bytes.len())) else {
            return false;
        };
        place.copy_from_slice(bytes);
        next.start = next.start.wrapping_add(bytes.len());
        next.more = next.more.wrapping_sub(1);
        true
    }

    #[inline(never)]
    fn expect_alike(&mut self) {
        self.alike = self.next_alike().unwrap_or_default();
    }

    fn next_alike(&mut self) -> Option<Alike> {
        let last = self.entries.back()?;
        let start = last.plain_end()?;
        let (meta, size) = last.lengths();
        if size == 0 {
            return None;
        }
        let capacity = u32::try_from(self.bytes.len()).ok()?;
        let bytes = self.arena.room_at(capacity, start)?;
        // With entries, each has to ask for itself.
        let room = bytes.checked_div(size.checked_add(meta)?)?;
        let places = u32::try_from(self.limits.sends.checked_sub(self.entries.len())?);
        let room = room.min(places.unwrap_or(u32::MAX));
        Some(Alike {
            more: room,
            room,
            end: last.number.checked_add(1)?.checked_add(u64::from(room))?,
            to: last.plain_destination()?,
            meta: self.queue_as_it_is().last_meta(),
            size: usize::try_from(size).ok()?,
            start: usize::try_from(start).ok()?,
        })
    }

    /// Makes an entry of the alike behind the first `taken`, and forgets those; how many they were.
    fn part(&mut self, taken: u32) -> u32 {
        if !self.queue_as_it_is().part(taken) {
            self.write_out();
            return 0;
        }
        self.alike.room = self.alike.room.saturating_sub(taken).saturating_sub(1);
        taken
    }

    /// Has entries made for them.
    #[cold]
    pub(super) fn write_out(&mut self) {
        let count = self.alike.forget();
        self.queue_as_it_is().write_out(count);
    }
}
