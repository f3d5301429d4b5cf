//! The port table: binding rule by rule, ports of its choice, its chains; `select.rs` who gets a datagram, `model.rs`
//! all of it against a model.

extern crate alloc;

use alloc::vec::Vec;

use super::*;
use crate::output::Action;
use crate::{BindOptions, Options, Socket, SocketType, TinyStorage};

mod model;
mod select;

const SEED: Seed = Seed::new([0x5a; 16]);

fn slots(count: usize) -> Vec<PortSlot> {
    alloc::vec![PortSlot::new(); count]
}

fn id(index: u32) -> SocketId {
    SocketId {
        index,
        generation: 3,
    }
}

/// A socket of the text's family, without options.
fn at(text: &str, port: u16) -> Binding {
    let address = Address::parse(text).unwrap();
    Binding {
        family: address.family(),
        address,
        port,
        reuse_address: false,
        reuse_port: false,
        ipv6_only: false,
    }
}

fn reuse_address(binding: Binding) -> Binding {
    Binding {
        reuse_address: true,
        ..binding
    }
}

fn reuse_port(binding: Binding) -> Binding {
    Binding {
        reuse_port: true,
        ..binding
    }
}

fn ipv6_only(binding: Binding) -> Binding {
    Binding {
        ipv6_only: true,
        ..binding
    }
}

fn end(text: &str, port: u16) -> Endpoint {
    Endpoint::new(Address::parse(text).unwrap(), port)
}

/// What binding `second` after `first` gives; the same the other way round.
#[track_caller]
fn both(first: Binding, second: Binding) -> Result<u16, Errno> {
    let [there, back] = [[first, second], [second, first]].map(|[first, second]| {
        let mut slots = slots(2);
        let mut ports = Ports::new(&mut slots, SEED);
        ports.bind(id(0), first).unwrap();
        ports.bind(id(1), second)
    });
    assert_eq!(there.is_ok(), back.is_ok(), "{first:?} {second:?}");
    there
}

#[test]
fn sockets_conflict_where_an_address_is_in_both() {
    let clashes = [
        ("10.0.0.1", "10.0.0.1"),
        ("10.0.0.1", "0.0.0.0"),
        ("0.0.0.0", "0.0.0.0"),
        ("0.0.0.0", "::"),
        ("10.0.0.1", "::"),
        ("224.0.0.251", "::"),
        ("::", "::"),
        ("fd00::1", "::"),
        ("fd00::1", "fd00::1"),
        ("fe80::1%2", "::"),
        ("fe80::1%2", "fe80::1%2"),
        ("ff02::fb%2", "ff02::fb%2"),
        ("ff02::fb", "ff02::fb%2"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "0.0.0.0"),
        ("::ffff:10.0.0.1", "::"),
        ("::ffff:0.0.0.0", "10.0.0.1"),
        ("::ffff:0.0.0.0", "::"),
        // A scope means nothing here.
        ("fd00::1%2", "fd00::1%3"),
        ("ff05::fb%2", "ff05::fb%3"),
    ];
    for (first, second) in clashes {
        let result = both(at(first, 7), at(second, 7));
        assert_eq!(result, Err(Errno::EADDRINUSE), "{first} {second}");
    }
    let pairs = [
        ("10.0.0.1", "10.0.0.2"),
        ("10.0.0.1", "fd00::1"),
        ("0.0.0.0", "fd00::1"),
        ("fd00::1", "fd00::2"),
        ("fe80::1%2", "fe80::1%3"),
        ("ff01::fb%2", "ff01::fb%3"),
        ("ff02::fb%2", "ff02::fb%3"),
        ("::ffff:10.0.0.1", "10.0.0.2"),
        ("::ffff:10.0.0.1", "fd00::1"),
        ("::ffff:0.0.0.0", "fd00::1"),
    ];
    for (first, second) in pairs {
        assert_eq!(both(at(first, 7), at(second, 7)), Ok(7), "{first} {second}");
    }
}

#[test]
fn an_ipv6_only_socket_has_no_ipv4() {
    let only = ipv6_only(at("::", 7));
    assert_eq!(both(only, at("0.0.0.0", 7)), Ok(7));
    assert_eq!(both(only, at("10.0.0.1", 7)), Ok(7));
    assert_eq!(both(only, at("::ffff:10.0.0.1", 7)), Ok(7));
    assert_eq!(both(only, at("::ffff:0.0.0.0", 7)), Ok(7));
    assert_eq!(both(only, at("::", 7)), Err(Errno::EADDRINUSE));
    assert_eq!(both(only, only), Err(Errno::EADDRINUSE));
    assert_eq!(both(only, at("fd00::1", 7)), Err(Errno::EADDRINUSE));
}

#[test]
fn sockets_share_if_both_say_so_in_the_same_way() {
    let plain = at("0.0.0.0", 7);
    assert_eq!(both(reuse_address(plain), reuse_address(plain)), Ok(7));
    assert_eq!(both(reuse_port(plain), reuse_port(plain)), Ok(7));
    for (first, second) in [
        (reuse_address(plain), plain),
        (reuse_port(plain), plain),
        (reuse_address(plain), reuse_port(plain)),
    ] {
        assert_eq!(both(first, second), Err(Errno::EADDRINUSE));
    }
    let mixed = reuse_address(reuse_port(plain));
    assert_eq!(both(mixed, reuse_address(plain)), Ok(7));
    assert_eq!(both(mixed, reuse_port(plain)), Ok(7));
}

#[test]
fn two_ports_never_conflict() {
    assert_eq!(both(at("::", 7), at("0.0.0.0", 8)), Ok(8));
}

#[test]
fn a_connected_socket_keeps_the_address_that_it_was_bound_to() {
    let mut slots = slots(2);
    let mut ports = Ports::new(&mut slots, SEED);
    ports.bind(id(0), at("0.0.0.0", 7)).unwrap();
    let peer = end("10.0.0.9", 5);
    ports.connect(id(0), peer, peer.address.ip());
    let result = ports.bind(id(1), at("10.0.0.2", 7));
    assert_eq!(result, Err(Errno::EADDRINUSE));
}

#[test]
fn a_bind_that_cannot_be_is_refused_and_changes_nothing() {
    let mut slots = slots(1);
    let mut ports = Ports::new(&mut slots, SEED);
    assert_eq!(ports.bind(id(1), at("::", 7)), Err(Errno::ENOBUFS));
    assert_eq!(ports.bind(id(u32::MAX), at("::", 7)), Err(Errno::ENOBUFS));
    let mapped = at("::ffff:10.0.0.1", 7);
    assert_eq!(ports.bind(id(0), ipv6_only(mapped)), Err(Errno::EINVAL));
    let mut alien = at("10.0.0.1", 7);
    alien.family = Family::V6;
    assert_eq!(ports.bind(id(0), alien), Err(Errno::EINVAL));
    alien = Binding {
        family: Family::V4,
        ..mapped
    };
    assert_eq!(ports.bind(id(0), alien), Err(Errno::EINVAL));
    assert!(!ports.has(7) && ports.get(id(0)).is_none());

    assert_eq!(ports.bind(id(0), at("::", 7)), Ok(7));
    assert_eq!(ports.bind(id(0), at("::", 8)), Err(Errno::EINVAL));
    let successor = SocketId {
        generation: 4,
        ..id(0)
    };
    assert_eq!(ports.bind(successor, at("::", 8)), Err(Errno::ENOBUFS));
    assert!(ports.has(7) && !ports.has(8));
}

#[test]
fn an_old_id_names_nothing() {
    let mut slots = slots(1);
    let mut ports = Ports::new(&mut slots, SEED);
    ports.bind(id(0), at("::", 7)).unwrap();
    let stale = SocketId {
        generation: 2,
        ..id(0)
    };
    ports.release(stale);
    ports.connect(stale, end("::1", 5), end("::1", 5).address.ip());
    assert!(ports.get(stale).is_none() && ports.get_mut(stale).is_none());
    assert_eq!(ports.get(id(0)).and_then(PortSlot::peer), None);
    assert_eq!(ports.occupant(0), Some(id(0)));
    ports.release(id(0));
    ports.release(id(0));
    assert!(!ports.has(7) && ports.occupant(0).is_none() && ports.occupant(1).is_none());
}

#[test]
fn a_socket_that_is_bound_anew_has_the_defaults() {
    let mut slots = slots(1);
    let mut ports = Ports::new(&mut slots, SEED);
    for _ in 0..2 {
        ports.bind(id(0), at("0.0.0.0", 7)).unwrap();
        let slot = ports.get_mut(id(0)).unwrap();
        assert_eq!((slot.ttl(), slot.multicast_ttl()), (64, 1));
        assert_eq!(slot.multicast_interface(), 0);
        assert!(slot.loops_multicast() && !slot.can_broadcast());
        assert_eq!((slot.peer(), slot.source()), (None, None));
        slot.set_ttl(9);
        slot.set_multicast_ttl(0);
        slot.set_multicast_interface(0x1_0000);
        slot.set_multicast_loopback(false);
        slot.set_broadcast(true);
        assert_eq!((slot.ttl(), slot.multicast_ttl()), (9, 0));
        assert_eq!(slot.multicast_interface(), 0x1_0000);
        assert!(!slot.loops_multicast() && slot.can_broadcast());
        ports.connect(id(0), end("10.0.0.9", 5), end("10.0.0.1", 7).address.ip());
        ports.release(id(0));
    }
}

#[test]
fn a_place_tells_where_its_socket_is() {
    for text in [
        "0.0.0.0",
        "10.0.0.1",
        "224.0.0.251",
        "::",
        "fd00::1",
        "fe80::1%70000",
        "::ffff:0.0.0.0",
        "::ffff:10.0.0.1",
    ] {
        let mut slots = slots(1);
        let mut ports = Ports::new(&mut slots, SEED);
        let binding = at(text, 7);
        ports.bind(id(0), binding).unwrap();
        let is_wildcard = binding.address.canonical().is_unspecified();
        let source = end("10.0.0.1", 7).address.ip();
        let peer = end("fe80::9%70001", 5);
        ports.connect(id(0), peer, source);
        let slot = ports.get(id(0)).unwrap();
        assert_eq!(slot.family(), binding.family, "{text}");
        assert_eq!(slot.local(), end(text, 7));
        assert_eq!(slot.peer(), Some(peer), "{text}");
        assert_eq!(
            slot.source(),
            is_wildcard.then_some(source.into()),
            "{text}"
        );
        ports.disconnect(id(0));
        let slot = ports.get(id(0)).unwrap();
        assert_eq!((slot.peer(), slot.source()), (None, None), "{text}");
        assert_eq!(slot.local(), end(text, 7));
    }
}

#[test]
fn a_binding_is_what_a_socket_asks_for() {
    let mut storage = TinyStorage::new();
    let options = Options::new(SocketType::Udp6)
        .reuse_address(true)
        .ipv6_only(true);
    let mut socket = Socket::new(options, &mut storage);
    socket.bind(BindOptions::port(7)).unwrap();
    let Some(Action::Bind(request)) = socket.poll_action() else {
        panic!("a bind is asked for");
    };
    let expected = ipv6_only(reuse_address(at("::", 7)));
    assert_eq!(Binding::from(&request), expected);
}

#[test]
fn a_new_table_forgets_what_is_in_the_slots() {
    let mut slots = slots(2);
    Ports::new(&mut slots, SEED)
        .bind(id(1), at("::", 7))
        .unwrap();
    let mut ports = Ports::new(&mut slots, SEED);
    assert!(!ports.has(7) && ports.occupant(1).is_none());
    assert_eq!(ports.bind(id(0), at("::", 7)), Ok(7));
}

#[test]
fn a_table_has_at_most_65535_places() {
    let mut slots = slots(65_537);
    let mut ports = Ports::new(&mut slots, SEED);
    assert_eq!(ports.bind(id(65_534), at("::", 7)), Ok(7));
    assert_eq!(ports.bind(id(65_535), at("::", 8)), Err(Errno::ENOBUFS));
    assert_eq!(ports.bind(id(65_536), at("::", 8)), Err(Errno::ENOBUFS));
    assert!(ports.has(7) && !ports.has(8));
    ports.release(id(65_534));
    assert!(!ports.has(7));
}

/// The ports that a table gives one socket after the other.
fn chosen(seed: Seed, count: usize) -> Vec<u16> {
    let mut slots = slots(1);
    let mut ports = Ports::new(&mut slots, seed);
    (0..count)
        .map(|_| {
            let port = ports.bind(id(0), at("0.0.0.0", 0)).unwrap();
            ports.release(id(0));
            port
        })
        .collect()
}

#[test]
fn chosen_ports_are_dynamic_and_equally_likely() {
    let mut counts = alloc::vec![0_u32; 16_384];
    let draws = 16_384 * 8;
    for port in chosen(SEED, draws) {
        counts[usize::from(port.checked_sub(49_152).unwrap())] += 1;
    }
    assert!(counts[0] > 0 && counts[16_383] > 0, "both ends");
    let statistic: u32 = counts
        .iter()
        .map(|count| count.abs_diff(8) * count.abs_diff(8))
        .sum();
    // Chi-square: p = 0.001 at 16,383 degrees of freedom.
    assert!(statistic / 8 < 16_948, "{}", statistic / 8);
}

#[test]
fn a_place_knows_whether_its_port_was_chosen() {
    let mut slots = slots(2);
    let mut ports = Ports::new(&mut slots, SEED);
    for (index, port, is_chosen) in [(0, 0, true), (1, 50_000, false)] {
        ports.bind(id(index), at("10.0.0.1", port)).unwrap();
        let place = ports.get(id(index)).unwrap();
        assert_eq!(place.is_port_chosen(), is_chosen);
    }
}

#[test]
fn chosen_ports_follow_from_the_seed_and_not_from_each_other() {
    let ports = chosen(SEED, 1_000);
    assert_eq!(ports, chosen(SEED, 1_000));
    assert_ne!(ports, chosen(Seed::new([0xa5; 16]), 1_000));
    let neighbours = ports
        .windows(2)
        .filter(|pair| pair[0].abs_diff(pair[1]) < 2);
    assert!(neighbours.count() < 5);
}

#[test]
fn every_dynamic_port_is_chosen_before_none_is_free() {
    const ALL: u32 = 16_384;
    let mut slots = slots(ALL as usize + 2);
    let mut ports = Ports::new(&mut slots, SEED);
    let shared = reuse_port(reuse_address(at("10.0.0.1", 0)));
    let mut given: Vec<u16> = (0..ALL)
        .map(|index| ports.bind(id(index), shared).unwrap())
        .collect();
    let last = given[777];
    given.sort_unstable();
    assert!(given.into_iter().eq(49_152..=65_535));

    let wildcard = reuse_port(reuse_address(at("::", 0)));
    for binding in [shared, wildcard, at("0.0.0.0", 0)] {
        assert_eq!(ports.bind(id(ALL), binding), Err(Errno::EADDRINUSE));
    }
    // Where nobody is, all of them are free.
    assert!(ports.bind(id(ALL), at("10.0.0.2", 0)).is_ok());
    ports.release(id(777));
    assert_eq!(ports.bind(id(ALL + 1), shared), Ok(last));
}

#[test]
fn a_chosen_port_is_not_shared() {
    let mut slots = slots(200);
    let mut ports = Ports::new(&mut slots, SEED);
    // The same seed begins with the same port.
    let first = chosen(SEED, 1)[0];
    ports
        .bind(id(0), reuse_address(at("10.0.0.1", first)))
        .unwrap();
    let second = ports.bind(id(1), reuse_address(at("::", 0))).unwrap();
    assert_eq!(second, first.checked_add(1).unwrap_or(49_152));
}

/// How many slots are looked at to find the socket on a port.
fn visits(ports: &Ports<'_>, port: u16) -> usize {
    let mut link = chain::head(ports.slots, port);
    let mut visits = 1;
    while ports.slots[link.index()].port() != port {
        link = ports.slots[link.index()].next;
        visits += 1;
    }
    visits
}

#[test]
fn finding_a_port_costs_the_same_for_a_thousand_sockets() {
    for first in [1, 1_024, 49_152, 0] {
        let mut slots = slots(1_000);
        let mut ports = Ports::new(&mut slots, SEED);
        let bound: Vec<u16> = (0..1_000_u16)
            .map(|index| {
                let port = if first == 0 { 0 } else { first + index };
                ports.bind(id(index.into()), at("::", port)).unwrap()
            })
            .collect();
        let total: usize = bound.iter().map(|&port| visits(&ports, port)).sum();
        // Chains as long as chance makes them have 1.5 on average.
        assert!(total <= 1_600, "{total} visits from port {first}");
    }
}

#[test]
fn sizes_and_debug_are_small() {
    assert_eq!(size_of::<PortSlot>(), 68);
    let mut slots = slots(2);
    let mut ports = Ports::new(&mut slots, SEED);
    ports.bind(id(0), at("::", 7)).unwrap();
    let slot = ports.get(id(0)).unwrap();
    let shown = alloc::format!("{slot:?} {ports:?}");
    let expected = "PortSlot { generation: 3, port: 7, .. } Ports { slots: 2, .. }";
    assert_eq!(shown, expected);
}
