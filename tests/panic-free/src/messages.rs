//! Received datagrams and memberships, as data.

use core::net::Ipv4Addr;

use anydgram_core::{Endpoint, Family, Interface, Membership, RecvMeta};

use crate::probe::{any, keep};

#[inline(never)]
pub fn drive() {
    let address = any(Family::V4.loopback());
    let meta = any(RecvMeta::from_sender(any(Endpoint::new(address, any(9)))));
    keep(RecvMeta::ecn(&meta));
    keep(RecvMeta::dscp(&meta));

    let interface = any(Interface::Default);
    keep(Interface::of_address(any(Ipv4Addr::LOCALHOST)));
    keep(Interface::of_index(any(1)));
    keep(Membership::any_source(address.ip(), interface));
    keep(Membership::source_specific(
        address.ip(),
        address.ip(),
        interface,
    ));
}
