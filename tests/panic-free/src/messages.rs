//! Received datagrams and memberships, as data.

use anydgram_core::{Endpoint, Family, Interface, Membership, RecvMeta};

use crate::probe::{any, keep};

#[inline(never)]
pub fn drive() {
    let address = any(Family::V4.loopback());
    keep(RecvMeta::from_sender(any(Endpoint::new(address, any(9)))));

    let interface = any(Interface::Default);
    keep(Membership::any_source(address.ip, interface));
    keep(Membership::source_specific(
        address.ip, address.ip, interface,
    ));
}
