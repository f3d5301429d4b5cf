//! Addresses, hosts, socket types.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anydgram_core::{Address, Endpoint, Family, Host, SocketType, split_zone};

use crate::probe::{any, keep, print};

#[inline(never)]
pub fn drive() {
    families();
    read();
    addresses();
    endpoints();
}

fn families() {
    let family = any(Family::V4);
    keep(Family::of(any(IpAddr::V4(Ipv4Addr::LOCALHOST))));
    keep(Family::bits(family));
    keep(Family::name(family));
    keep(Family::wildcard(family));
    keep(Family::loopback(family));

    let socket_type = any(SocketType::Udp4);
    keep(SocketType::parse(any("udp4")));
    keep(SocketType::name(socket_type));
    keep(SocketType::family(socket_type));
    keep(SocketType::from(family));
}

fn read() {
    let text = any("fe80::1%2");
    keep(split_zone(text));
    keep(Address::parse(text));
    keep(Host::parse(text));
    keep(Host::from(any("example.org")));
    keep(Host::check(&any(Host::Name(text))));
    keep(Host::from(any(Ipv4Addr::LOCALHOST)));
}

fn addresses() {
    let address = any(Address::new(any(IpAddr::V4(Ipv4Addr::LOCALHOST))));
    keep(Address::scoped(any(Ipv6Addr::LOCALHOST), any(1)));
    keep(Address::from(any(IpAddr::V4(Ipv4Addr::LOCALHOST))));
    keep(Address::from(any(Ipv4Addr::LOCALHOST)));
    keep(Address::from(any(Ipv6Addr::LOCALHOST)));
    keep(Address::ip(address));
    keep(Address::scope_id(address));
    keep(Address::with_scope_id(address, any(1)));
    keep(Address::family(address));
    keep(Address::is_multicast(address));
    keep(Address::is_unspecified(address));
    keep(Address::is_loopback(address));
    keep(Address::is_link_local(address));
    keep(Address::needs_scope(address));
    keep(Address::canonical(address));
    keep(address == any(address));
    print(&address);
}

fn endpoints() {
    let endpoint = any(Endpoint::new(any(Family::V6.wildcard()), any(1)));
    let socket_address = any(SocketAddr::from(endpoint));
    keep(Endpoint::from(socket_address));
    keep(endpoint == any(endpoint));
    print(&endpoint);
}
