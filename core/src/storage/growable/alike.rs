//! Datagrams that are kept without entries: their bytes, and how many they are.

use super::{Growable, Grown};
use crate::address::{Endpoint, Host};
use crate::datagram::{Datagram, Destination};
use crate::payload::Payload;
use crate::queue::Queue;

/// Datagrams behind the last entry that are like it and have no entries: what the next one has to be like.
#[derive(Default)]
pub(super) struct Alike {
    /// How many there are.
    pub(super) count: u32,
    /// For how many more there is room behind them.
    more: u32,
    /// The number of the next one.
    number: u64,
    /// Where it goes; `None`: to the peer.
    to: Option<Endpoint>,
    /// The bytes of each.
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
        self.0.as_ref().map_or(0, |grown| grown.alike.count)
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

    /// Notes that a datagram that was queued may be followed by others that are like it.
    pub(crate) fn expect_alike(&mut self) {
        if let Some(grown) = &mut self.0 {
            grown.expect_alike();
        }
    }

    /// Forgets the alike if they were among the first `count` datagrams of the queue; how many they were.
    pub(crate) fn take_alike(&mut self, count: usize) -> u32 {
        match &mut self.0 {
            Some(grown) if grown.alike.count > 0 && grown.len() <= count => {
                core::mem::take(&mut grown.alike).count
            }
            Some(_) | None => 0,
        }
    }
}

impl Alike {
    /// Nothing is expected any more, as the queue changes.
    #[inline]
    pub(super) const fn forget(&mut self) {
        self.more = 0;
    }

    #[inline]
    fn takes(&self, datagram: &Datagram<'_>, bytes: &[u8], number: u64) -> bool {
        self.more > 0
            && self.number == number
            && self.size == bytes.len()
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
    /// How many datagrams, and other calls, there are.
    fn len(&self) -> usize {
        let alike = usize::try_from(self.alike.count).unwrap_or(usize::MAX);
        self.entries.len().saturating_add(alike)
    }

    #[inline]
    fn push_alike(&mut self, bytes: &[u8]) -> bool {
        let next = &mut self.alike;
        let end = next.start.saturating_add(bytes.len());
        let Some(place) = self.bytes.get_mut(next.start..end) else {
            return false;
        };
        place.copy_from_slice(bytes);
        next.start = end;
        next.more = next.more.saturating_sub(1);
        next.count = next.count.saturating_add(1);
        next.number = next.number.saturating_add(1);
        true
    }

    fn expect_alike(&mut self) {
        self.alike = self.next_alike().unwrap_or_default();
    }

    fn next_alike(&self) -> Option<Alike> {
        let last = self.entries.back()?;
        let (start, size) = last.plain_end()?;
        let room = self
            .arena
            .room_at(u32::try_from(self.bytes.len()).ok()?, start)?;
        let places = u32::try_from(self.limits.sends.checked_sub(self.entries.len())?);
        Some(Alike {
            count: 0,
            more: room.checked_div(size)?.min(places.unwrap_or(u32::MAX)),
            number: last.number.checked_add(1)?,
            to: last.plain_destination()?,
            size: usize::try_from(size).ok()?,
            start: usize::try_from(start).ok()?,
        })
    }

    /// Has entries made for them.
    #[cold]
    pub(super) fn write_out(&mut self) {
        let count = core::mem::take(&mut self.alike).count;
        self.queue_as_it_is().write_out(count);
    }
}
