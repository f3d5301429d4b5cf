//! The oldest entries, as far as they can leave.

use core::mem;

use super::arena::slice_of;
use super::{Entry, Kind, Queue, Span, Stage, Tally};
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
        Waiting {
            entries: self.entries.slices(),
            bytes: self.bytes.0.all(),
            alike: 0,
            to_peer,
            family,
            behind: Behind::default(),
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
    entries: (&'q [Entry], &'q [Entry]),
    bytes: &'q [u8],
    /// How many datagrams without entries come behind the last entry.
    alike: u32,
    to_peer: bool,
    family: Family,
    behind: Behind,
}

/// What comes behind the datagram that was lent last, without an entry of its own.
#[derive(Debug, Default)]
struct Behind {
    /// How many there are.
    count: u32,
    /// The token of the one before.
    number: u64,
    to: Option<Endpoint>,
    meta: SendMeta,
    /// Where the next one lies.
    start: u32,
    size: u32,
}

impl<'q> Waiting<'q> {
    /// And so many datagrams that are like the last one and have no entries.
    pub(crate) const fn and_alike(mut self, alike: u32) -> Self {
        self.alike = alike;
        self
    }

    /// Takes the datagrams that come next, as far as they are known to differ from the last one in nothing but their bytes
    /// and their tokens: their bytes, one behind the other, each as many as the last one has. Empty if there is none; they
    /// come one by one if they are not taken.
    #[inline]
    pub fn take_alike(&mut self) -> &'q [u8] {
        let next = mem::take(&mut self.behind);
        let len = next.size.saturating_mul(next.count);
        let start = next.start;
        slice_of(self.bytes, Span { start, len })
    }

    #[inline]
    fn next_entry(&mut self) -> Option<&'q Entry> {
        if self.entries.0.is_empty() {
            self.entries = (self.entries.1, &[]);
        }
        let (entry, rest) = self.entries.0.split_first()?;
        if !is_sendable(entry, self.to_peer, self.family) {
            // None may leave before it.
            self.entries = (&[], &[]);
            return None;
        }
        self.entries.0 = rest;
        Some(entry)
    }

    /// Notes that those without entries are next, if `last` was the last entry.
    #[cold]
    fn go_behind(&mut self, last: &Entry, to: Option<Endpoint>, meta: SendMeta) {
        if self.entries.0.is_empty() && self.entries.1.is_empty() {
            self.behind = Behind {
                count: mem::take(&mut self.alike),
                number: last.number,
                to,
                meta,
                start: last.start.saturating_add(last.size),
                size: last.payload().len,
            };
        }
    }
}

impl<'q> Iterator for Waiting<'q> {
    type Item = Transmit<'q>;

    /// At most as many as wait.
    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let (front, back) = self.entries;
        let alike = self.alike.max(self.behind.count);
        let most = usize::try_from(alike)
            .unwrap_or(usize::MAX)
            .saturating_add(front.len())
            .saturating_add(back.len());
        (0, Some(most))
    }

    #[inline]
    fn next(&mut self) -> Option<Transmit<'q>> {
        if self.behind.count > 0 {
            let next = &mut self.behind;
            next.count = next.count.saturating_sub(1);
            next.number = next.number.saturating_add(1);
            let span = Span {
                start: next.start,
                len: next.size,
            };
            next.start = next.start.saturating_add(next.size);
            return Some(Transmit {
                token: SendToken(next.number),
                destination: next.to,
                meta: next.meta,
                payload: Payload::Slice(slice_of(self.bytes, span)),
            });
        }
        let entry = self.next_entry()?;
        let (meta, span) = if entry.has_payload_only() {
            (SendMeta::new(), entry.plain_payload())
        } else {
            let meta = slice_of(self.bytes, entry.meta());
            (SendMeta::from_bytes(meta), entry.payload())
        };
        let destination = (!self.to_peer).then_some(Endpoint::new(entry.address, entry.port));
        if self.alike > 0 {
            self.go_behind(entry, destination, meta);
        }
        Some(Transmit {
            token: SendToken(entry.number),
            destination,
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
