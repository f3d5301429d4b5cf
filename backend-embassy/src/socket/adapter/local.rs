//! Own addresses: which there are, and which a datagram would be sent from.

use anydgram_core::stack::Interfaces;
use anydgram_core::{Address, Endpoint, Family};

use crate::host::{Host, INTERFACE};
use crate::socket::Socket;

impl Socket<'_> {
    /// Whether a datagram to `peer` comes from `local`, or that leaves it open: no datagram comes from the wildcard
    /// address, from a group or from a broadcast address (RFC 1122 § 3.2.1.3, RFC 4291 § 2.7). What cannot be sent at all
    /// may come from anywhere.
    pub(crate) fn sends_from(&self, local: Address, peer: Endpoint) -> bool {
        self.with(|inner| {
            let Ok((interface, source)) = inner.host.source(self.id, peer) else {
                return true;
            };
            let own = local.canonical();
            let is_open = own.is_unspecified()
                || own.is_multicast()
                || inner.host.interfaces().is_broadcast(None, own.ip());
            let is_there = own.scope_id() == 0
                || own.scope_id() == interface
                || interface == Interfaces::LOOPBACK;
            is_there && (is_open || own.ip() == source)
        })
    }
}

impl Host<'_> {
    /// The first address of the interface, but link-local ones after all others.
    pub(crate) fn own_address(&self, family: Family) -> Option<Address> {
        let inner = self.inner().borrow();
        let own = inner.host.interfaces().addresses(INTERFACE);
        let own = own.map(|cidr| Address::new(cidr.address()));
        let address = own
            .filter(|address| address.family() == family)
            .min_by_key(|address| address.is_link_local())?;
        if family == Family::V6 && address.is_link_local() {
            return Some(address.with_scope_id(INTERFACE));
        }
        Some(address)
    }
}
