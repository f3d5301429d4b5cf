//! Who gets a datagram: the socket that fits best, or all that fit.

use super::chain::{self, Chain, Link};
use super::{PortSlot, Ports};
use crate::address::Endpoint;
use crate::sockets::SocketId;
use crate::stack::packet::Incoming;

impl Ports<'_> {
    /// The socket that gets a unicast datagram.
    ///
    /// As in Linux, a socket that is bound to the address is preferred to one at the wildcard address, a connected socket to
    /// one that is not, and a socket of the datagram's family to one of both. Of equals it is the one bound last; if that
    /// shares its port (`reuse_port`), it is one of all that do, always the same for the same sender and destination while
    /// the sockets stay the same.
    #[must_use]
    pub fn select(&self, datagram: &Incoming<'_>) -> Option<SocketId> {
        let mut sockets = self.on(datagram.destination.port);
        let (id, slot) = sockets.next()?;
        // Nearly always, there is no other one.
        if sockets.next().is_none() {
            return slot.takes(datagram).then_some(id);
        }
        self.select_best(datagram)
    }

    #[cold]
    fn select_best(&self, datagram: &Incoming<'_>) -> Option<SocketId> {
        let mut best = None;
        let mut winner = None;
        let mut sharers = 0_u32;
        for (id, slot) in self.on(datagram.destination.port) {
            let score = slot.score(datagram);
            if score.is_none() || score < best {
                continue;
            }
            if score > best {
                best = score;
                sharers = 0;
            }
            sharers = sharers.saturating_add(u32::from(slot.shares_port()));
            winner = Some((id, slot));
        }
        let (id, slot) = winner?;
        if sharers < 2 || !slot.shares_port() {
            return Some(id);
        }
        let choice = self
            .random
            .choice(datagram.source, datagram.destination, sharers);
        let mut sharing = self
            .on(datagram.destination.port)
            .filter(|(_, slot)| slot.shares_port() && slot.score(datagram) == best);
        sharing.nth(usize::try_from(choice).ok()?).map(|(id, _)| id)
    }

    /// Selects all sockets that get a broadcast or a datagram to a group, as far as `accepts` agrees; they are taken by
    /// [`next_selected`](Self::next_selected). Forgets those of an earlier call that were not taken.
    ///
    /// As in Linux, these are the sockets at the wildcard address or bound to exactly that group or broadcast address,
    /// which are connected to the sender or to nobody.
    pub fn select_all(
        &mut self,
        datagram: &Incoming<'_>,
        mut accepts: impl FnMut(SocketId, &PortSlot) -> bool,
    ) {
        while self.next_selected().is_some() {}
        let port = datagram.destination.port;
        let mut link = chain::head(self.slots, port);
        self.selected = link;
        while let Some(slot) = self.slots.get_mut(link.index()) {
            let is_match = slot.port() == port && slot.score(datagram).is_some();
            if is_match && accepts(link.id(slot), slot) {
                slot.select();
            }
            link = slot.next;
        }
    }

    /// The next of the selected sockets that is still bound, in the order of their binds. Sockets may be bound and
    /// released between two calls.
    pub fn next_selected(&mut self) -> Option<SocketId> {
        loop {
            let link = self.selected;
            let slot = self.slots.get_mut(link.index())?;
            self.selected = slot.next;
            if slot.deselect() {
                return Some(link.id(slot));
            }
        }
    }

    /// The socket at `local` that is connected to `peer`, both with IPv4 as IPv4; of several, the one bound last.
    #[must_use]
    pub fn connected(&self, local: Endpoint, peer: Endpoint) -> Option<SocketId> {
        self.on(local.port)
            .filter(|(_, slot)| slot.is_pair(local.address, peer))
            .last()
            .map(|(id, _)| id)
    }

    /// Goes on behind a selected socket that is about to be released.
    pub(super) fn skip_selected(&mut self, link: Link) {
        if self.selected == link {
            self.selected = self
                .slots
                .get(link.index())
                .map_or(Link::NONE, |slot| slot.next);
        }
    }

    /// The sockets on a port, in the order of their binds.
    pub(super) fn on(&self, port: u16) -> Chain<'_> {
        Chain::new(self.slots, port)
    }
}
