//! The tables of a host: interfaces, routes, groups, local datagrams.

use core::net::{IpAddr, Ipv4Addr};

use anydgram_core::stack::{
    AddressSlot, Cidr, GroupSlot, Groups, InterfaceSlot, Interfaces, LocalSlot, Loopback, Outgoing,
    Route,
};
use anydgram_core::{Address, Endpoint, Family, Payload, SocketId};

use crate::probe::{any, keep};

fn ip() -> IpAddr {
    any(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

fn address() -> Address {
    any(Family::V6.loopback())
}

fn end() -> Endpoint {
    any(Endpoint::new(address(), any(9)))
}

#[inline(never)]
pub fn drive(id: SocketId) {
    cidrs();
    let mut slots = any([const { InterfaceSlot::new() }; 2]);
    let mut addresses = any([const { AddressSlot::new() }; 3]);
    let mut interfaces = any(Interfaces::new(any(&mut slots), any(&mut addresses)));
    change(any(&mut interfaces));
    ask(any(&interfaces));
    groups(id);
    local();
}

#[inline(never)]
fn cidrs() {
    let cidr = any(Cidr::new(ip(), any(24)));
    keep(Cidr::address(cidr));
    keep(Cidr::prefix(cidr));
    keep(Cidr::contains(cidr, ip()));
    keep(Cidr::broadcast(cidr));
}

#[inline(never)]
fn change(interfaces: &mut Interfaces<'_>) {
    keep(Interfaces::add(interfaces, any("eth0"), any(1500)));
    keep(Interfaces::set_up(interfaces, any(2), any(true)));
    let cidr = any(Cidr::new(ip(), any(24)));
    keep(Interfaces::add_address(interfaces, any(2), cidr));
    keep(Interfaces::remove_address(interfaces, any(2), ip()));
    keep(Interfaces::set_gateway(
        interfaces,
        any(2),
        any(Family::V4),
        any(Some(ip())),
    ));
}

#[inline(never)]
fn ask(interfaces: &Interfaces<'_>) {
    keep(Interfaces::is_up(interfaces, any(2)));
    keep(Interfaces::mtu(interfaces, any(2)));
    for index in Interfaces::indexes(interfaces) {
        keep(index);
    }
    keep(Interfaces::index_of(interfaces, any("eth0")));
    keep(Interfaces::name(interfaces, any(2)));
    for cidr in Interfaces::addresses(interfaces, any(2)) {
        keep(cidr);
    }
    keep(Interfaces::owner(interfaces, address()));
    keep(Interfaces::is_broadcast(interfaces, any(Some(2)), ip()));
    if let Ok(route) = any(Interfaces::route(interfaces, address(), any(Some(2)))) {
        keep(Route::next_hop(&route));
        keep(Route::source(&route));
    }
    keep(Interfaces::source(interfaces, any(2), ip()));
}

#[inline(never)]
fn groups(id: SocketId) {
    let mut slots = any([const { GroupSlot::new() }; 2]);
    let mut groups = any(Groups::new(any(&mut slots)));
    let groups = any(&mut groups);
    keep(Groups::add(groups, id, any(2), ip(), any(Some(ip()))));
    keep(Groups::remove(groups, id, any(2), ip(), any(Some(ip()))));
    keep(Groups::remove_one(groups, id));
    keep(Groups::wants(groups, id, any(2), ip(), ip()));
    keep(Groups::has(groups, any(2), ip()));
    keep(Groups::lets_in(groups, any(2), ip(), ip()));
    keep(Groups::filter(groups, any(2), ip()));
    for source in Groups::sources(groups, any(2), ip()) {
        keep(source);
    }
    for group in Groups::of_interface(groups, any(2)) {
        keep(group);
    }
}

#[inline(never)]
fn local() {
    let mut slots = any([const { LocalSlot::new() }; 2]);
    let mut bytes = any([0; 64]);
    let mut local = any(Loopback::new(any(&mut slots), any(&mut bytes)));
    let local = any(&mut local);
    let pieces: &[&[u8]] = any(&[b"a", b"bc"]);
    let payload = any(Payload::List(pieces));
    let datagram = any(Outgoing::new(any(1), end(), end(), payload));
    keep(Loopback::push(local, &datagram));
    keep(Loopback::front(local));
    Loopback::pop(local);
    keep(Loopback::could_hold(local, any(9)));
    keep(Loopback::len(local));
    keep(Loopback::is_empty(local));
}
