//! Receiving: whether a datagram is for this socket's application.

use super::connect::Connection;
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
        match self.reason_to_drop(meta) {
            None => {
                count(&mut self.stats.delivered);
                Some(Message { data, meta })
            }
            Some(reason) => self.drop_datagram(reason),
        }
    }

    #[cold]
    fn drop_datagram<'d>(&mut self, reason: Reason) -> Option<Message<'d>> {
        count(reason(self.rare()));
        None
    }

    /// What speaks against a datagram, cheap questions first: nearly every datagram is asked no other ones.
    #[inline]
    fn reason_to_drop(&mut self, meta: &RecvMeta) -> Option<Reason> {
        if self.life != Life::Open || !self.is_bound() {
            return Some(|rare| &mut rare.dropped_not_running);
        }
        let sender = meta.sender.as_ref()?;
        if !self.has_family_of(sender) {
            Some(|rare| &mut rare.dropped_family)
        } else if self.connection != Connection::Disconnected && self.has_another_peer(sender) {
            Some(|rare| &mut rare.dropped_peer)
        } else if self.excludes_source(sender, meta) {
            Some(|rare| &mut rare.dropped_source)
        } else if self.blocks_sender(&sender.address) {
            Some(|rare| &mut rare.dropped_blocked)
        } else {
            None
        }
    }

    /// IPv4 comes to a `udp6` socket as mapped addresses only, and not at all if it is for IPv6 only.
    #[inline]
    fn has_family_of(&self, sender: &Endpoint) -> bool {
        let ip = &sender.address.ip;
        let is_of_type = ip.is_ipv4() == (self.family() == Family::V4);
        is_of_type && !(self.options.ipv6_only && ip.is_mapped())
    }

    /// Whether the socket is connected, and not to `sender`.
    #[inline(never)]
    fn has_another_peer(&self, sender: &Endpoint) -> bool {
        self.is_connected() && !same_end(&self.peer, sender)
    }
}

/// The counter of a drop.
type Reason = fn(&mut Rare) -> &mut u32;

/// Whether a datagram from `sender` is from `peer`; a scope id counts where both have one.
fn same_end(peer: &Endpoint, sender: &Endpoint) -> bool {
    let (own, other) = (peer.address.scope, sender.address.scope);
    let same_scope = own == Scope::NONE || other == Scope::NONE || own == other;
    // A stack may turn a connect to the wildcard address into one to its loopback address.
    let same_address = peer.address.ip == sender.address.ip || peer.address.ip.is_unspecified();
    same_scope && same_address && peer.port == sender.port
}
