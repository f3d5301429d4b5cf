//! The oldest entries, as far as they can leave.

use core::{mem, slice};

use super::arena::slice_of;
use super::{Entry, Kind, Queue, Stage, Tally};
use crate::address::{Endpoint, Family};
use crate::output::Transmit;
use crate::payload::Payload;
use crate::send_meta::SendMeta;
use crate::token::SendToken;

impl Queue<'_> {
    /// The oldest entry, with its payload, if it is a datagram that can leave, to the peer or to an address of `family`, and
    /// there is nothing but the payload.
    #[inline]
    pub(crate) fn front_to_send(&self, to_peer: bool, family: Family) -> Option<(&Entry, &[u8])> {
        let entry = self.entries.front()?;
        let is_plain = entry.has_payload_only() && is_sendable(entry, to_peer, family);
        is_plain.then(|| (entry, self.bytes.slice(entry.plain_payload())))
    }

    /// Removes the oldest `count` entries, which [`Waiting`] has had, or fewer: up to and with one whose end is told.
    pub(crate) fn take_front(&mut self, count: usize, tally: &mut Tally) -> Taken {
        let mut taken = Taken::default();
        let mut bytes = 0_u32;
        for entry in self.entries.iter().take(count) {
            taken.count = taken.count.saturating_add(1);
            bytes = bytes
                .saturating_add(entry.padding)
                .saturating_add(entry.size);
            if let Kind::Send { report: true, .. } = entry.kind {
                taken.told = Some((entry.number, entry.payload_len()));
                break;
            }
        }
        self.arena.free(self.bytes.capacity(), bytes);
        self.entries.discard_front(taken.count);
        tally.leave(u32::try_from(taken.count).unwrap_or(u32::MAX));
        if self.arena.released > 0 {
            self.pop_released();
        }
        taken
    }

    /// The oldest entries, as far as they are datagrams that can leave.
    pub(crate) fn run_to_send(&self, to_peer: bool, family: Family) -> Waiting<'_> {
        let (front, back) = self.entries.slices();
        Waiting {
            entries: front.iter(),
            behind: back,
            bytes: self.bytes.0.all(),
            to_peer,
            family,
        }
    }
}

/// Entries that were removed.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) count: usize,
    /// The last one's number and length, if its end is told.
    pub(crate) told: Option<(u64, u32)>,
}

/// Datagrams that wait and may leave one after the other, oldest first: what
/// [`Socket::transmit_run`](crate::Socket::transmit_run) lends.
#[derive(Debug)]
pub struct Waiting<'q> {
    entries: slice::Iter<'q, Entry>,
    /// What comes behind those.
    behind: &'q [Entry],
    bytes: &'q [u8],
    to_peer: bool,
    family: Family,
}

impl<'q> Waiting<'q> {
    #[inline]
    fn next_entry(&mut self) -> Option<&'q Entry> {
        let next = match self.entries.next() {
            Some(entry) => Some(entry),
            None => {
                self.entries = mem::take(&mut self.behind).iter();
                self.entries.next()
            }
        };
        let entry = next.filter(|entry| is_sendable(entry, self.to_peer, self.family));
        if entry.is_none() {
            // None comes after it.
            self.entries = [].iter();
            self.behind = &[];
        }
        entry
    }
}

impl<'q> Iterator for Waiting<'q> {
    type Item = Transmit<'q>;

    /// At most as many as wait.
    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let most = self.entries.len().saturating_add(self.behind.len());
        (0, Some(most))
    }

    #[inline]
    fn next(&mut self) -> Option<Transmit<'q>> {
        let entry = self.next_entry()?;
        let (meta, span) = if entry.has_payload_only() {
            (SendMeta::new(), entry.plain_payload())
        } else {
            let meta = slice_of(self.bytes, entry.meta());
            (SendMeta::from_bytes(meta), entry.payload())
        };
        Some(Transmit {
            token: SendToken(entry.number),
            destination: (!self.to_peer).then_some(Endpoint::new(entry.address, entry.port)),
            meta,
            payload: Payload::Slice(slice_of(self.bytes, span)),
        })
    }
}

/// Whether an entry is a datagram that can leave, to the peer or to an address of `family`.
#[inline]
fn is_sendable(entry: &Entry, to_peer: bool, family: Family) -> bool {
    entry.stage == Stage::Ready
        && matches!(entry.kind, Kind::Send { to_peer: to, .. } if to == to_peer)
        && !entry.is_too_long()
        && (to_peer || entry.address.family() == family)
}
