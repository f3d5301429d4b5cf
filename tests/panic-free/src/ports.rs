//! The port table of a host, and what its ports are chosen with.

use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::stack::{Binding, Incoming, PortSlot, Ports, Random, Seed};
use anydgram_core::{BindRequest, Endpoint, Family, SocketId};

use crate::probe::{any, keep};

#[inline(never)]
pub fn drive() {
    let mut random = any(Random::new(any(Seed::new(any([1; 16])))));
    keep(Random::next(&mut random));
    keep(Random::below(&mut random, any(9)));
    let mut none: [PortSlot; 0] = any([]);
    let mut slots = [PortSlot::new(), any(PortSlot::new())];
    table(any(&mut none));
    table(any(&mut slots));
}

/// A table in a state that nobody knows.
#[inline(never)]
fn table(slots: &mut [PortSlot]) {
    let mut ports = any(Ports::new(slots, any(Seed::new(any([1; 16])))));
    let ports = any(&mut ports);
    let Some(id) = any(None::<SocketId>) else {
        return;
    };
    let end = any(Endpoint::new(any(Family::V6.loopback()), any(9)));
    let bytes: &[u8] = any(&[1, 2, 3]);
    let datagram = any(Incoming::new(any(2), end, end, bytes));
    if let Some(request) = any(None::<BindRequest>) {
        keep(Ports::bind(ports, id, any(Binding::from(&request))));
    }
    Ports::connect(ports, id, end, any(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    Ports::disconnect(ports, id);
    keep(Ports::get(ports, id));
    if let Some(slot) = Ports::get(ports, id) {
        keep(PortSlot::is_port_chosen(slot));
    }
    keep(Ports::has(ports, any(9)));
    keep(Ports::select(ports, &datagram));
    Ports::select_all(ports, &datagram, |id, _| any(any(id) == id));
    keep(Ports::next_selected(ports));
    keep(Ports::connected(ports, end, end));
    Ports::release(ports, id);
}
