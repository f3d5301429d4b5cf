//! The oldest entries, as far as they can leave.

use super::{Entry, Kind, Queue, Stage};
use crate::address::Family;

impl Queue<'_> {
    /// The oldest entry, with its payload, if it is a datagram that can leave, to the peer or to an address of `family`.
    #[inline]
    pub(crate) fn front_to_send(&self, to_peer: bool, family: Family) -> Option<(&Entry, &[u8])> {
        let entry = self.entries.front()?;
        is_sendable(entry, to_peer, family).then(|| (entry, self.bytes.slice(entry.payload())))
    }

    /// The oldest entries, with their payloads, as far as they are as [`front_to_send`](Self::front_to_send) says.
    pub(crate) fn run_to_send(
        &self,
        to_peer: bool,
        family: Family,
    ) -> impl Iterator<Item = (&Entry, &[u8])> {
        self.entries
            .iter()
            .take_while(move |entry| is_sendable(entry, to_peer, family))
            .map(|entry| (entry, self.bytes.slice(entry.payload())))
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
