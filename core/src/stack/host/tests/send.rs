//! Where datagrams go.

use super::*;
use crate::output::MulticastInterface;

#[test]
fn a_datagram_leaves_by_the_interface_of_its_destination() {
    let mut net = Net::new();
    let id = net.udp4("0.0.0.0", 7);
    for (to, interface, next_hop, source) in [
        ("192.0.2.9", 2, "192.0.2.9", "192.0.2.1:7"),
        ("198.51.100.9", 3, "198.51.100.9", "198.51.100.1:7"),
        ("203.0.113.9", 2, "192.0.2.254", "192.0.2.1:7"),
    ] {
        assert_eq!(net.send(id, b"out", to, 9), "sent 3");
        let sent = net.wire.sent.pop().unwrap();
        assert_eq!(
            sent,
            Sent {
                interface,
                next_hop: ip(next_hop),
                source: end(source),
                destination: (ip(to), 9).into(),
                is_broadcast: false,
                hop_limit: 64,
                traffic_class: 0,
                bytes: b"out".to_vec(),
            }
        );
    }
    assert!(net.wire.sent.is_empty());
}

#[test]
fn link_local_addresses_go_by_their_scope() {
    let mut net = Net::new();
    let id = net.udp6("::", 7);
    for (to, interface) in [("fe80::9", 2), ("fe80::9%eth0", 2), ("fe80::9%none", 2)] {
        assert_eq!(net.send(id, b"x", to, 9), "sent 1");
        assert_eq!(net.wire.sent.pop().unwrap().interface, interface);
    }
    assert_eq!(net.send(id, b"x", "fe80::9%2", 9), "sent 1");
    let sent = net.wire.sent.pop().unwrap();
    assert_eq!((sent.interface, sent.source), (2, end("[fe80::1%2]:7")));
}

#[test]
fn what_is_for_this_host_stays_here() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    for (to, source) in [
        ("127.0.0.1", "127.0.0.1:7"),
        ("127.9.9.9", "127.0.0.1:7"),
        ("0.0.0.0", "127.0.0.1:7"),
        ("192.0.2.1", "192.0.2.1:7"),
        ("198.51.100.1", "198.51.100.1:7"),
    ] {
        assert_eq!(net.send(a, b"x", to, 7), "sent 1");
        assert_eq!(net.told(a), ["message x"], "{to}");
        assert_eq!(net.log.metas.pop().unwrap().sender, Some(end(source)));
    }
    assert!(net.wire.sent.is_empty());
    assert_eq!(net.send(a, b"x", "127.0.0.1", 8), "sent 1");
    assert_eq!(net.run(), vec![]);
    assert_eq!(net.host.drops().no_socket, 1);
}

#[test]
fn nobody_at_a_local_port_is_told_to_the_connected_socket() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    net.socket(a)
        .connect(Destination::new("127.0.0.1", 9))
        .unwrap();
    assert_eq!(net.told(a), ["connect"]);
    net.socket(a).send(Datagram::new("x")).unwrap();
    assert_eq!(net.told(a), ["sent 1", "error recvmsg ECONNREFUSED"]);
}

#[test]
fn an_own_link_local_address_keeps_its_scope() {
    let mut net = Net::new();
    let a = net.udp6("::", 7);
    assert_eq!(net.send(a, b"x", "fe80::1%2", 7), "sent 1");
    assert_eq!(net.told(a), ["message x"]);
    let meta = net.log.metas.pop().unwrap();
    assert_eq!(meta.sender, Some(end("[fe80::1%2]:7")));
}

#[test]
fn a_datagram_can_leave_within_the_call() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    let datagram = Datagram::new("x").to(Destination::new("192.0.2.9", 9));
    let Net {
        host,
        sockets,
        wire,
        ..
    } = &mut net;
    host.send((NOW, wire), sockets, a, datagram).unwrap();
    assert_eq!(net.wire.sent.len(), 1);
    assert_eq!(net.socket(a).send_queue_count(), 0);
    assert_eq!(net.told(a), ["sent 1"]);
    net.wire.is_full = true;
    let Net {
        host,
        sockets,
        wire,
        ..
    } = &mut net;
    host.send((NOW, wire), sockets, a, datagram).unwrap();
    assert_eq!(net.socket(a).send_queue_count(), 1);
    net.wire.is_full = false;
    assert_eq!(net.told(a), ["sent 1"]);
}

#[test]
fn udp6_sockets_reach_both_families() {
    let mut net = Net::new();
    let four = net.udp4("0.0.0.0", 4);
    let six = net.udp6("::", 6);
    assert_eq!(net.send(six, b"x", "::ffff:127.0.0.1", 4), "sent 1");
    assert_eq!(net.told(four), ["message x"]);
    assert_eq!(
        net.log.metas.pop().unwrap().sender,
        Some(end("127.0.0.1:6"))
    );
    assert_eq!(net.send(four, b"y", "127.0.0.1", 6), "sent 1");
    assert_eq!(net.told(six), ["message y"]);
    let meta = net.log.metas.pop().unwrap();
    assert_eq!(meta.sender, Some(end("[::ffff:127.0.0.1]:4")));
    assert_eq!(
        meta.local.map(|local| local.ip()),
        Some(ip("::ffff:127.0.0.1"))
    );
    assert_eq!(net.send(four, b"x", "::1", 6), "send EINVAL ::1:6");
    let only = net.bound(Options::new(SocketType::Udp6).ipv6_only(true), "::", 66);
    assert_eq!(
        net.send(only, b"x", "::ffff:127.0.0.1", 4),
        "send ENETUNREACH ::ffff:127.0.0.1:4"
    );
}

#[test]
fn broadcasting_needs_permission_and_reaches_this_host_too() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    for to in ["255.255.255.255", "192.0.2.255"] {
        assert_eq!(net.send(a, b"x", to, 7), format!("send EACCES {to}:7"));
    }
    assert!(net.wire.sent.is_empty());
    net.socket(a).set_broadcast(true).unwrap();
    for to in ["255.255.255.255", "192.0.2.255"] {
        assert_eq!(net.send(a, b"x", to, 7), "sent 1");
        assert!(net.wire.sent.pop().unwrap().is_broadcast);
        assert_eq!(net.told(a), ["message x"]);
    }
    assert_eq!(net.send(a, b"x", "198.51.100.255", 7), "sent 1");
    assert_eq!(net.wire.sent.pop().unwrap().interface, 3);
}

#[test]
fn hop_limits_are_the_sockets() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    net.socket(a).set_ttl(3).unwrap();
    assert_eq!(net.send(a, b"x", "192.0.2.9", 9), "sent 1");
    assert_eq!(net.wire.sent.pop().unwrap().hop_limit, 3);
    assert_eq!(net.send(a, b"x", "239.1.2.3", 9), "sent 1");
    assert_eq!(net.wire.sent.pop().unwrap().hop_limit, 1);
    net.socket(a).set_multicast_ttl(5).unwrap();
    assert_eq!(net.send(a, b"x", "239.1.2.3", 9), "sent 1");
    assert_eq!(net.wire.sent.pop().unwrap().hop_limit, 5);
    net.socket(a).set_multicast_ttl(0).unwrap();
    assert_eq!(net.send(a, b"x", "239.1.2.3", 9), "sent 1");
    assert!(net.wire.sent.is_empty(), "it stays on the host");
}

#[test]
fn what_does_not_fit_is_refused() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    for (to, longest) in [("192.0.2.9", 1472), ("198.51.100.9", 572)] {
        let bytes = vec![0; longest + 1];
        assert_eq!(
            net.send(a, &bytes[..longest], to, 9),
            format!("sent {longest}")
        );
        assert_eq!(net.send(a, &bytes, to, 9), format!("send EMSGSIZE {to}:9"));
    }
    // More than the memory for local datagrams.
    let id = net.udp4("0.0.0.0", 8);
    let bytes = vec![0; 4096];
    assert_eq!(net.send(id, &bytes, "127.0.0.1", 7), "sent 4096");
}

#[test]
fn a_wire_that_fragments_says_how_much() {
    let mut net = Net::new();
    net.wire.longest_ipv4 = Some(4028);
    let a = net.udp4("0.0.0.0", 7);
    let (fits, does_not) = (&vec![0; 4000], &vec![0; 4001]);
    for to in ["192.0.2.9", "203.0.113.9", "239.1.2.3"] {
        assert_eq!(net.send(a, fits, to, 9), "sent 4000", "{to}");
        assert_eq!(net.wire.sent.pop().unwrap().bytes.len(), 4000);
        let refused = format!("send EMSGSIZE {to}:9");
        assert_eq!(net.send(a, does_not, to, 9), refused);
    }
    let id = net.udp6("::", 8);
    let refused = "send EMSGSIZE 2001:db8::9:9";
    assert_eq!(net.send(id, fits, "2001:db8::9", 9), refused);
    // Nothing says more than a header can.
    net.wire.longest_ipv4 = Some(usize::MAX);
    let refused = "send EMSGSIZE 192.0.2.9:9";
    assert_eq!(net.send(a, &vec![0; 65_508], "192.0.2.9", 9), refused);
}

#[test]
fn datagrams_wait_for_room_on_the_wire() {
    let mut net = Net::new();
    let a = net.udp4("0.0.0.0", 7);
    net.wire.is_full = true;
    for byte in [b"1", b"2"] {
        let datagram = Datagram::new(byte).to(Destination::new("192.0.2.9", 9));
        net.socket(a).send(datagram).unwrap();
        assert_eq!(net.run(), vec![]);
        assert!(net.host.is_blocked());
    }
    net.wire.is_full = false;
    assert_eq!(net.told(a), ["sent 1", "sent 1"]);
    let order: Vec<_> = net
        .wire
        .sent
        .iter()
        .map(|sent| sent.bytes.clone())
        .collect();
    assert_eq!(order, [b"1", b"2"]);
    assert!(!net.host.is_blocked());
}

#[test]
fn local_datagrams_wait_for_room_and_none_is_lost() {
    let mut net = Net::new();
    let (a, b) = (net.udp4("0.0.0.0", 7), net.udp4("0.0.0.0", 8));
    for byte in 0..8_u8 {
        let bytes = [b'a' + byte];
        let datagram = Datagram::new(&bytes[..]).to(Destination::local(8));
        net.socket(a).send(datagram).unwrap();
    }
    let mut messages = net.run();
    messages.retain(|&(id, _)| id == b);
    let messages: Vec<_> = messages.into_iter().map(|(_, line)| line).collect();
    assert_eq!(
        messages,
        "abcdefgh"
            .chars()
            .map(|byte| format!("message {byte}"))
            .collect::<Vec<_>>()
    );
}

#[test]
fn steps_leave_nothing_waiting() {
    let mut net = Net::new();
    let (a, b) = (net.udp4("0.0.0.0", 7), net.udp4("0.0.0.0", 8));
    // More than the memory for local datagrams holds.
    for _ in 0..8 {
        let datagram = Datagram::new("x").to(Destination::local(8));
        net.socket(a).send(datagram).unwrap();
    }
    let mut messages = net.step();
    messages.retain(|&(id, _)| id == b);
    assert_eq!(messages, vec![(b, "message x".to_string()); 8]);
    // The wire's room is the backend's to see.
    net.wire.is_full = true;
    let datagram = Datagram::new("x").to(Destination::new("192.0.2.9", 9));
    net.socket(a).send(datagram).unwrap();
    assert_eq!(net.step(), vec![]);
    net.wire.is_full = false;
    assert_eq!(net.step(), vec![]);
    assert!(net.host.is_blocked());
    net.host.retry(&mut net.sockets);
    assert_eq!(net.step(), [(a, "sent 1".to_string())]);
    assert!(!net.host.is_blocked() && net.wire.sent.len() == 1);
}

#[test]
fn a_loopback_address_is_no_source_for_the_network() {
    let mut net = Net::new();
    let a = net.udp4("127.0.0.1", 7);
    assert_eq!(net.send(a, b"x", "192.0.2.9", 9), "send EINVAL 192.0.2.9:9");
}

#[test]
fn a_socket_at_an_address_of_one_link_sends_by_that_link() {
    let mut net = Net::new();
    let a = net.udp6("fe80::1%2", 7);
    assert_eq!(net.send(a, b"x", "2001:db8::9", 9), "sent 1");
    assert_eq!(net.send(a, b"x", "ff05::9", 9), "sent 1");
    for sent in core::mem::take(&mut net.wire.sent) {
        assert_eq!((sent.interface, sent.source), (2, end("[fe80::1%2]:7")));
    }
    assert_eq!(net.send(a, b"x", "2001:db8::1", 9), "sent 1");
    assert_eq!(net.send(a, b"x", "::1", 9), "send ENETUNREACH ::1:9");
    assert_eq!(net.send(a, b"x", "::", 9), "send ENETUNREACH :::9");
    assert!(net.wire.sent.is_empty());
}

#[test]
fn the_wildcard_address_is_the_own_address_of_a_socket_that_has_one() {
    let mut net = Net::new();
    for (bound, to) in [
        ("192.0.2.1", "0.0.0.0"),
        ("127.0.0.1", "0.0.0.0"),
        ("::ffff:192.0.2.1", "::ffff:0.0.0.0"),
        ("::ffff:127.0.0.1", "::"),
    ] {
        let id = if bound.starts_with(':') {
            net.udp6(bound, 7)
        } else {
            net.udp4(bound, 7)
        };
        assert_eq!(net.send(id, b"x", to, 7), "sent 1");
        assert_eq!(net.told(id), ["message x"], "{bound}");
        net.socket(id).close().unwrap();
        net.run();
    }
}

#[test]
fn a_socket_at_an_ipv4_address_sends_by_ipv4_only() {
    let mut net = Net::new();
    let id = net.udp6("::ffff:192.0.2.1", 7);
    assert_eq!(net.send(id, b"x", "::1", 9), "send EAFNOSUPPORT ::1:9");
    // There has to be a way.
    assert_eq!(
        net.send(id, b"x", "2a00::1", 9),
        "send ENETUNREACH 2a00::1:9"
    );
    assert_eq!(net.send(id, b"x", "::ffff:192.0.2.9", 9), "sent 1");
}

#[test]
fn the_address_of_a_socket_says_where_all_hosts_are() {
    let mut net = Net::new();
    for (bound, interface) in [("192.0.2.1", 2), ("198.51.100.1", 3), ("0.0.0.0", 2)] {
        let id = net.udp4(bound, 7);
        net.socket(id).set_broadcast(true).unwrap();
        net.run();
        assert_eq!(net.send(id, b"x", "255.255.255.255", 9), "sent 1");
        assert_eq!(net.wire.sent.pop().unwrap().interface, interface, "{bound}");
        net.socket(id).close().unwrap();
        net.run();
    }
}

#[test]
fn a_way_is_looked_for_before_permission() {
    let mut net = Net::new();
    let id = net.udp4("127.0.0.1", 7);
    let to = "192.0.2.255";
    assert_eq!(net.send(id, b"x", to, 9), "send EINVAL 192.0.2.255:9");
    let id = net.udp4("192.0.2.1", 8);
    assert_eq!(net.send(id, b"x", to, 9), "send EACCES 192.0.2.255:9");
}

#[test]
fn a_scope_means_nothing_to_what_is_wider_than_a_link() {
    let mut net = Net::new();
    let id = net.udp6("::", 7);
    net.socket(id)
        .set_multicast_interface(MulticastInterface::V6(2))
        .unwrap();
    net.run();
    assert_eq!(net.send(id, b"x", "ff05::9%3", 9), "sent 1");
    let sent = net.wire.sent.pop().unwrap();
    assert_eq!((sent.interface, sent.destination), (2, end("[ff05::9]:9")));
    let at_group = net.udp6("ff05::9%3", 8);
    let local = net.socket(at_group).address().unwrap();
    assert_eq!(local, end("[ff05::9]:8"));
}

#[test]
fn an_ipv6_address_of_a_socket_says_nothing_of_groups() {
    let mut net = Net::new();
    let interface = 3;
    let own = Cidr::new(ip("2001:db8:9::1"), 64);
    let added = net.host.interfaces_mut().add_address(interface, own);
    added.unwrap();
    let id = net.udp6("2001:db8:9::1", 7);
    assert_eq!(net.send(id, b"x", "ff05::9", 9), "sent 1");
    assert_eq!(net.wire.sent.pop().unwrap().interface, 2);
}
