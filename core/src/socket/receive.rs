//! Receiving: whether a datagram is for this socket's application.

use super::{Life, Socket};
use crate::address::{Endpoint, Family, Scope};
use crate::receive::{Message, RecvMeta};
use crate::stats::{Rare, count};

impl Socket<'_> {
    /// Shows a received datagram to the socket: `Some` if it is a message for the application, with the same
    /// bytes; `None` if it is dropped, which is counted with its reason.
    ///
    /// The driver has handed on all events before it shows a datagram.
    ///
    /// Node: `'message'`
    #[must_use]
    #[inline]
    pub fn handle_datagram<'d>(
        &mut self,
        meta: &'d RecvMeta,
        data: &'d [u8],
    ) -> Option<Message<'d>> {
        count(&mut self.stats.received);
        if self.life != Life::Open || !self.is_bound() {
            count(&mut self.rare().dropped_not_running);
            return None;
        }
        let sender = meta.sender.as_ref();
        if sender.is_some_and(|sender| !self.takes_from(sender, meta)) {
            return None;
        }
        count(&mut self.stats.delivered);
        Some(Message { data, meta })
    }

    fn takes_from(&mut self, sender: &Endpoint, meta: &RecvMeta) -> bool {
        let reason: fn(&mut Rare) -> &mut u32 = if !self.has_family_of(sender) {
            |rare| &mut rare.dropped_family
        } else if self.is_connected() && !same_end(&self.peer, sender) {
            |rare| &mut rare.dropped_peer
        } else if self.excludes_source(sender, meta) {
            |rare| &mut rare.dropped_source
        } else if self.blocks_sender(&sender.address) {
            |rare| &mut rare.dropped_blocked
        } else {
            return true;
        };
        count(reason(self.rare()));
        false
    }

    /// IPv4 comes to a `udp6` socket as mapped addresses only, and not at all if it is for IPv6 only.
    fn has_family_of(&self, sender: &Endpoint) -> bool {
        let ip = sender.address.ip;
        match self.family() {
            Family::V4 => ip.is_ipv4(),
            Family::V6 => ip.is_ipv6() && !(self.options.ipv6_only && ip.is_mapped()),
        }
    }
}

/// Whether a datagram from `sender` is from `peer`; a scope id counts where both have one.
fn same_end(peer: &Endpoint, sender: &Endpoint) -> bool {
    let (own, other) = (peer.address.scope, sender.address.scope);
    let same_scope = own == Scope::NONE || other == Scope::NONE || own == other;
    // A stack may turn a connect to the wildcard address into one to its loopback address.
    let same_address = peer.address.ip == sender.address.ip || peer.address.ip.is_unspecified();
    same_scope && same_address && peer.port == sender.port
}
