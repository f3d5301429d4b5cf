//! The oldest entries, as far as they can leave.

use super::{Entry, Kind, Queue, Stage, Tally};
use crate::address::Family;
use crate::send_meta::SendMeta;

impl Queue<'_> {
    /// The oldest entry, with its payload, if it is a datagram that can leave, to the peer or to an address of `family`, and
    /// there is nothing but the payload.
    #[inline]
    pub(crate) fn front_to_send(&self, to_peer: bool, family: Family) -> Option<(&Entry, &[u8])> {
        let entry = self.entries.front()?;
        let is_plain = entry.has_payload_only() && is_sendable(entry, to_peer, family);
        is_plain.then(|| (entry, self.bytes.slice(entry.plain_payload())))
    }

    /// Removes the oldest entry if it is a datagram that can leave; its number, its length, and
    /// whether its end is told.
    #[inline]
    pub(crate) fn take_front(
        &mut self,
        to_peer: bool,
        family: Family,
        tally: &mut Tally,
    ) -> Option<(u64, u32, bool)> {
        let entry = self.entries.front()?;
        if !is_sendable(entry, to_peer, family) {
            return None;
        }
        let is_told = matches!(entry.kind, Kind::Send { report: true, .. });
        let taken = (entry.number, entry.payload_len(), is_told);
        self.pop_front(tally);
        Some(taken)
    }

    /// The oldest entries, with what is lent of them, as far as they are datagrams that can leave.
    pub(crate) fn run_to_send(
        &self,
        to_peer: bool,
        family: Family,
    ) -> impl Iterator<Item = (&Entry, Lent<'_>)> {
        self.entries
            .iter()
            .take_while(move |entry| is_sendable(entry, to_peer, family))
            .map(|entry| (entry, self.lend(entry)))
    }

    #[inline]
    fn lend(&self, entry: &Entry) -> Lent<'_> {
        (self.meta(entry), self.bytes.slice(entry.payload()))
    }
}

/// What the backend is told of a datagram beside its destination: what it asks for, and its payload.
type Lent<'q> = (SendMeta, &'q [u8]);

/// Whether an entry is a datagram that can leave, to the peer or to an address of `family`.
#[inline]
fn is_sendable(entry: &Entry, to_peer: bool, family: Family) -> bool {
    entry.stage == Stage::Ready
        && matches!(entry.kind, Kind::Send { to_peer: to, .. } if to == to_peer)
        && !entry.is_too_long()
        && (to_peer || entry.address.family() == family)
}
