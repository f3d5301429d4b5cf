//! Who gets a datagram, rule by rule.

use super::*;
use crate::stack::packet::Incoming;

/// A table with these sockets; the first is `id(0)`.
fn table<'m>(slots: &'m mut [PortSlot], bindings: &[Binding]) -> Ports<'m> {
    let mut ports = Ports::new(slots, SEED);
    for (&binding, index) in bindings.iter().zip(0..) {
        ports.bind(id(index), binding).unwrap();
    }
    ports
}

/// A datagram by interface 2.
fn datagram<'p>(source: Endpoint, destination: Endpoint) -> Incoming<'p> {
    Incoming::new(2, source, destination, &[])
}

/// A datagram to port 7.
fn to<'p>(destination: &str) -> Incoming<'p> {
    let source = if destination.contains(':') {
        end("fd00::9", 5)
    } else {
        end("10.0.0.9", 5)
    };
    datagram(source, end(destination, 7))
}

/// The index of the socket that gets a datagram, of some with `reuse_address`.
fn winner(bindings: &[&str], datagram: &Incoming<'_>) -> Option<u32> {
    let mut slots = slots(bindings.len());
    let bindings: Vec<Binding> = bindings
        .iter()
        .map(|text| reuse_address(at(text, 7)))
        .collect();
    let ports = table(&mut slots, &bindings);
    ports.select(datagram).map(|id| id.index)
}

/// The indexes of all sockets that get a datagram, in order.
fn all(ports: &mut Ports<'_>, datagram: &Incoming<'_>) -> Vec<u32> {
    ports.select_all(datagram, |_, _| true);
    core::iter::from_fn(|| ports.next_selected())
        .map(|id| id.index)
        .collect()
}

#[test]
fn a_socket_gets_what_is_sent_to_its_address_and_port() {
    assert_eq!(winner(&["10.0.0.1"], &to("10.0.0.1")), Some(0));
    assert_eq!(winner(&["10.0.0.1"], &to("10.0.0.2")), None);
    assert_eq!(winner(&["fd00::1"], &to("fd00::1")), Some(0));
    let other_port = datagram(end("10.0.0.9", 5), end("10.0.0.1", 8));
    assert_eq!(winner(&["10.0.0.1"], &other_port), None);
    assert_eq!(winner(&["0.0.0.0"], &to("10.0.0.1")), Some(0));
    assert_eq!(winner(&["0.0.0.0"], &to("fd00::1")), None);
    assert_eq!(winner(&["::"], &to("fd00::1")), Some(0));
}

#[test]
fn a_udp6_socket_gets_ipv4_by_a_mapped_address_or_both_families() {
    assert_eq!(winner(&["::ffff:10.0.0.1"], &to("10.0.0.1")), Some(0));
    assert_eq!(winner(&["::ffff:10.0.0.1"], &to("10.0.0.2")), None);
    assert_eq!(winner(&["::"], &to("10.0.0.1")), Some(0));
    assert_eq!(winner(&["::ffff:0.0.0.0"], &to("10.0.0.1")), Some(0));
    assert_eq!(winner(&["::ffff:0.0.0.0"], &to("fd00::1")), None);
    let mut slots = slots(1);
    let ports = table(&mut slots, &[ipv6_only(at("::", 7))]);
    assert_eq!(ports.select(&to("10.0.0.1")), None);
    assert_eq!(ports.select(&to("fd00::1")), Some(id(0)));
}

#[test]
fn a_link_local_address_counts_on_its_interface_only() {
    let sockets = ["fe80::1%3", "fe80::1%2"];
    assert_eq!(winner(&sockets, &to("fe80::1")), Some(1));
    assert_eq!(winner(&sockets, &to("fe80::1%3")), Some(0), "its own scope");
    assert_eq!(winner(&["fe80::1%3"], &to("fe80::1")), None);
    assert_eq!(winner(&["ff02::fb%3"], &to("ff02::fb")), None);
    assert_eq!(winner(&["ff02::fb%2"], &to("ff02::fb")), Some(0));
    assert_eq!(winner(&["ff02::fb"], &to("ff02::fb")), Some(0));
}

#[test]
fn the_socket_that_fits_best_wins() {
    let v4 = to("10.0.0.1");
    // A bound address beats the wildcard address, also that of another family.
    assert_eq!(winner(&["10.0.0.1", "0.0.0.0"], &v4), Some(0));
    assert_eq!(winner(&["::ffff:10.0.0.1", "0.0.0.0"], &v4), Some(0));
    // The own family beats both.
    assert_eq!(winner(&["0.0.0.0", "::"], &v4), Some(0));
    assert_eq!(winner(&["10.0.0.1", "::ffff:10.0.0.1"], &v4), Some(0));
    // An interface beats none.
    assert_eq!(
        winner(&["ff02::fb%2", "ff02::fb"], &to("ff02::fb")),
        Some(0)
    );
    // Of equals it is the last.
    assert_eq!(winner(&["0.0.0.0", "0.0.0.0", "0.0.0.0"], &v4), Some(2));
    assert_eq!(winner(&["::", "::"], &to("fd00::1")), Some(1));
}

#[test]
fn a_connected_socket_gets_its_peers_datagrams_and_no_others() {
    let shared = reuse_address(at("10.0.0.1", 7));
    let mut slots = slots(2);
    let mut ports = table(&mut slots, &[shared, shared]);
    let here = end("10.0.0.1", 7);
    ports.connect(id(0), end("10.0.0.9", 5), here.address.ip());
    let from = |sender| datagram(sender, here);
    assert_eq!(ports.select(&from(end("10.0.0.9", 5))), Some(id(0)));
    assert_eq!(ports.select(&from(end("10.0.0.9", 6))), Some(id(1)));
    assert_eq!(ports.select(&from(end("10.0.0.8", 5))), Some(id(1)));
    ports.disconnect(id(0));
    assert_eq!(ports.select(&from(end("10.0.0.9", 5))), Some(id(1)));
    ports.release(id(1));
    assert_eq!(ports.select(&from(end("10.0.0.8", 5))), Some(id(0)));
}

#[test]
fn a_connected_socket_at_the_wildcard_address_receives_at_its_source() {
    let mut slots = slots(1);
    for wildcard in ["0.0.0.0", "::", "::ffff:0.0.0.0"] {
        let mut ports = table(&mut slots, &[at(wildcard, 7)]);
        // As a udp6 socket has it.
        let peer = end("::ffff:10.0.0.9", 5);
        ports.connect(id(0), peer, end("::ffff:10.0.0.1", 7).address.ip());
        assert_eq!(ports.select(&to("10.0.0.1")), Some(id(0)), "{wildcard}");
        assert_eq!(ports.select(&to("10.0.0.2")), None, "{wildcard}");
        assert_eq!(all(&mut ports, &to("224.0.0.251")), [0; 0]);
        ports.disconnect(id(0));
        assert_eq!(ports.select(&to("10.0.0.2")), Some(id(0)), "{wildcard}");
    }
}

#[test]
fn a_peers_scope_counts_where_both_have_one() {
    let mut slots = slots(1);
    let mut ports = table(&mut slots, &[at("::", 7)]);
    let here = end("fe80::1", 7);
    ports.connect(id(0), end("fe80::9%2", 5), here.address.ip());
    let by = |interface, sender| Incoming::new(interface, end(sender, 5), here, &[]);
    assert_eq!(ports.select(&by(2, "fe80::9%2")), Some(id(0)));
    assert_eq!(ports.select(&by(2, "fe80::9")), Some(id(0)));
    assert_eq!(ports.select(&by(2, "fe80::9%3")), None);
    // The source has the peer's scope.
    assert_eq!(ports.select(&by(3, "fe80::9")), None);
    ports.connect(id(0), end("fe80::9", 5), here.address.ip());
    assert_eq!(ports.select(&by(3, "fe80::9%3")), Some(id(0)));
}

#[test]
fn a_disconnect_leaves_no_scope_behind() {
    let shared = reuse_address(at("::", 7));
    let mut slots = slots(2);
    let mut ports = table(&mut slots, &[shared, shared]);
    ports.connect(id(0), end("fe80::9%2", 5), end("fe80::1", 7).address.ip());
    ports.disconnect(id(0));
    assert_eq!(ports.select(&to("fd00::1")), Some(id(1)));
}

#[test]
fn sharers_of_a_port_divide_the_senders_among_them() {
    let mut slots = slots(5);
    let shared = reuse_port(at("0.0.0.0", 7));
    let mut ports = table(&mut slots, &[shared; 4]);
    let from = |port| datagram(end("10.0.0.9", port), end("10.0.0.1", 7));
    let picks: Vec<u32> = (0..4_000)
        .map(|port| ports.select(&from(port)).unwrap().index)
        .collect();
    for (&pick, port) in picks.iter().zip(0..) {
        assert_eq!(ports.select(&from(port)), Some(id(pick)), "the same again");
    }
    let mut counts = [0_u32; 4];
    for pick in picks {
        counts[pick as usize] += 1;
    }
    // Chi-square: p = 0.001 at 3 degrees of freedom.
    let squares: u32 = counts.map(|n| n.abs_diff(1_000).pow(2)).iter().sum();
    assert!(squares / 1_000 <= 16, "{counts:?}");

    // A better one beats all of them.
    ports.bind(id(4), reuse_port(at("10.0.0.1", 7))).unwrap();
    assert!((0..100).all(|port| ports.select(&from(port)) == Some(id(4))));
}

#[test]
fn another_seed_divides_otherwise() {
    let picks = [1, 2].map(|seed| {
        let mut slots = slots(2);
        let mut ports = Ports::new(&mut slots, Seed::new([seed; 16]));
        for index in 0..2 {
            ports.bind(id(index), reuse_port(at("::", 7))).unwrap();
        }
        let pick = |port| ports.select(&datagram(end("fd00::9", port), end("fd00::1", 7)));
        (0..64).map(pick).collect::<Vec<_>>()
    });
    assert_ne!(picks[0], picks[1]);
}

#[test]
fn a_socket_that_does_not_share_is_not_in_the_group_of_those_that_do() {
    let shared = reuse_port(reuse_address(at("0.0.0.0", 7)));
    let own = reuse_address(at("0.0.0.0", 7));
    let mut slots = slots(3);
    // The last of equals decides.
    let ports = table(&mut slots, &[shared, shared, own]);
    assert_eq!(ports.select(&to("10.0.0.1")), Some(id(2)));
    let ports = table(&mut slots, &[shared, own, shared]);
    let from = |port| datagram(end("10.0.0.9", port), end("10.0.0.1", 7));
    let mut picks: Vec<_> = (0..64).filter_map(|n| ports.select(&from(n))).collect();
    picks.sort_unstable();
    picks.dedup();
    assert_eq!(picks, [id(0), id(2)]);
}

#[test]
fn a_group_is_for_all_that_match_in_the_order_of_their_binds() {
    let bindings = [
        "0.0.0.0",
        "224.0.0.251",
        "10.0.0.1",
        "224.0.0.1",
        "::",
        "::ffff:224.0.0.251",
    ]
    .map(|text| reuse_address(at(text, 7)));
    let mut slots = slots(7);
    let mut ports = table(&mut slots, &bindings);
    assert_eq!(all(&mut ports, &to("224.0.0.251")), [0, 1, 4, 5]);
    assert_eq!(all(&mut ports, &to("255.255.255.255")), [0, 4]);
    ports.release(id(0));
    ports.bind(id(0), bindings[0]).unwrap();
    assert_eq!(all(&mut ports, &to("224.0.0.251")), [1, 4, 5, 0]);
    ports.connect(id(1), end("10.0.0.9", 5), end("10.0.0.1", 7).address.ip());
    ports.connect(id(5), end("10.0.0.8", 5), end("10.0.0.1", 7).address.ip());
    let datagram = to("224.0.0.251");
    assert_eq!(all(&mut ports, &datagram), [1, 4, 0], "5 has another peer");
    ports.select_all(&datagram, |socket, _| socket != id(4));
    assert_eq!(ports.next_selected(), Some(id(1)));
    assert_eq!(ports.next_selected(), Some(id(0)));
    assert_eq!(ports.next_selected(), None);
}

#[test]
fn what_is_bound_to_a_broadcast_address_gets_its_broadcasts() {
    let mut slots = slots(2);
    let bindings = [at("10.0.0.255", 7), at("10.0.0.1", 7)];
    let mut ports = table(&mut slots, &bindings);
    assert_eq!(all(&mut ports, &to("10.0.0.255")), [0]);
    assert_eq!(all(&mut ports, &to("255.255.255.255")), [0; 0]);
}

#[test]
fn sockets_come_and_go_while_the_selected_are_taken() {
    let shared = reuse_address(at("0.0.0.0", 7));
    let mut slots = slots(6);
    let mut ports = table(&mut slots, &[shared; 5]);
    ports.select_all(&to("224.0.0.251"), |_, _| true);
    assert_eq!(ports.next_selected(), Some(id(0)));
    // The next one, one that was taken, and one later, whose place another one takes.
    ports.release(id(1));
    ports.release(id(0));
    ports.release(id(3));
    ports.bind(id(1), shared).unwrap();
    let successor = SocketId {
        generation: 4,
        ..id(3)
    };
    ports.bind(successor, shared).unwrap();
    ports.bind(id(0), shared).unwrap();
    ports.bind(id(5), shared).unwrap();
    assert_eq!(ports.next_selected(), Some(id(2)));
    ports.release(id(2));
    assert_eq!(ports.next_selected(), Some(id(4)));
    assert_eq!(ports.next_selected(), None);
    assert_eq!(ports.next_selected(), None);
    assert_eq!(all(&mut ports, &to("224.0.0.251")), [4, 1, 3, 0, 5]);
}

#[test]
fn what_was_not_taken_is_forgotten() {
    let mut slots = slots(4);
    let shared = reuse_address(at("0.0.0.0", 7));
    let other = at("0.0.0.0", 8);
    let mut ports = table(&mut slots, &[shared, shared, shared, other]);
    ports.select_all(&to("224.0.0.251"), |_, _| true);
    assert_eq!(ports.next_selected(), Some(id(0)));
    let elsewhere = datagram(end("10.0.0.9", 5), end("224.0.0.251", 8));
    assert_eq!(all(&mut ports, &elsewhere), [3]);
    ports.select_all(&to("224.0.0.251"), |_, _| true);
    ports.select_all(&to("224.0.0.251"), |socket, _| socket == id(1));
    assert_eq!(ports.next_selected(), Some(id(1)));
    assert_eq!(ports.next_selected(), None);
}

#[test]
fn an_icmp_error_finds_the_socket_that_is_connected() {
    let shared = reuse_address(at("0.0.0.0", 7));
    let mut slots = slots(4);
    let own = reuse_address(at("10.0.0.1", 7));
    let mut ports = table(&mut slots, &[shared, shared, own, shared]);
    let (here, peer) = (end("10.0.0.1", 7), end("10.0.0.9", 5));
    assert_eq!(ports.connected(here, peer), None, "nobody is connected");
    ports.connect(id(0), peer, here.address.ip());
    ports.connect(id(1), peer, end("10.0.0.2", 7).address.ip());
    assert_eq!(ports.connected(here, peer), Some(id(0)));
    assert_eq!(ports.connected(end("10.0.0.2", 7), peer), Some(id(1)));
    assert_eq!(ports.connected(end("10.0.0.3", 7), peer), None);
    assert_eq!(ports.connected(end("10.0.0.1", 8), peer), None);
    assert_eq!(ports.connected(here, end("10.0.0.9", 6)), None);
    ports.connect(id(2), peer, here.address.ip());
    assert_eq!(ports.connected(here, peer), Some(id(2)), "the last one");
    ports.disconnect(id(2));
    assert_eq!(ports.connected(here, peer), Some(id(0)));
}
