//! The short way beside the way that weighs everything.

use proptest::prelude::*;

use super::*;
use crate::payload::Payload;
use crate::send_meta::SendMeta;
use crate::stack::host::path::Kind;
use crate::stack::ports::Binding;

/// Few, so that they are own addresses, neighbours, and far away.
const ADDRESSES: [&str; 20] = [
    "0.0.0.0",
    "127.0.0.1",
    "127.255.255.255",
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.9",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:192.0.2.1",
    "::ffff:192.0.2.2",
    "::ffff:203.0.113.1",
    "2001:db8::1",
    "2001:db8::2",
    "fe80::1",
    "fe80::2",
    "ff02::9",
];

fn any_ip() -> impl Strategy<Value = IpAddr> {
    prop::sample::select(&ADDRESSES[..]).prop_map(ip)
}

fn any_address() -> impl Strategy<Value = Address> {
    (any_ip(), 0..4_u32).prop_map(|(ip, scope_id)| Address::new(ip).with_scope_id(scope_id))
}

/// A socket, as far as it matters.
#[derive(Clone, Copy, Debug)]
struct Bound {
    binding: Binding,
    /// Whom it is connected to, and the source that was chosen then.
    connected: Option<(Address, IpAddr)>,
}

fn any_socket() -> impl Strategy<Value = Bound> {
    // What a path says is no wildcard address.
    let source = any_ip().prop_filter("a source", |ip| !ip.is_unspecified());
    let connected = prop::option::of((any_address(), source));
    let wildcards = prop::sample::select(&["0.0.0.0", "::", "::ffff:0.0.0.0"][..]);
    let bound = prop_oneof![
        wildcards.prop_map(|text| Address::new(ip(text))),
        any_address()
    ];
    (bound, any::<bool>(), connected).prop_map(|(address, ipv6_only, connected)| Bound {
        binding: Binding {
            family: address.family(),
            address,
            port: 7,
            reuse_address: false,
            reuse_port: false,
            ipv6_only,
        },
        connected,
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(5_000)
    })]

    /// Whatever was sent before: nothing is remembered from one datagram to the next.
    #[test]
    fn the_short_way_is_the_one_that_weighs_everything(
        own in prop::collection::vec((2..4_u32, any_ip(), prop::sample::select(&[0_u8, 8, 24, 31, 64, 128][..])), 0..5),
        gateways in prop::collection::vec((2..4_u32, any_ip()), 0..4),
        is_up: [bool; 2],
        socket in any_socket(),
        peer in any_address(),
        to_peer: bool,
    ) {
        let mut memory = Memory::new();
        let mut host = Host::new(memory.tables(), Seed::new([7; 16]));
        let interfaces = host.interfaces_mut();
        interfaces.add("eth0", 1500).unwrap();
        interfaces.add("eth1", 1500).unwrap();
        for (interface, ip, prefix) in own {
            // Those that cannot be own addresses are not.
            interfaces.add_address(interface, Cidr::new(ip, prefix)).ok();
        }
        for (interface, ip) in gateways {
            interfaces.set_gateway(interface, Family::of(ip), Some(ip)).ok();
        }
        for (index, is_up) in (2..).zip(is_up) {
            interfaces.set_up(index, is_up);
        }
        let id = SocketId { index: 0, generation: 0 };
        if host.ports.bind(id, socket.binding).is_err() {
            return Ok(());
        }
        if let Some((peer, source)) = socket.connected {
            host.ports.connect(id, Endpoint::new(peer, 9), source);
        }
        let slot = host.ports.get(id).unwrap();
        let peer = slot.peer().filter(|_| to_peer).unwrap_or_else(|| Endpoint::new(peer, 9));
        let near = host.near(slot, &peer, Payload::Slice(b"out"));
        let shortest = host.neighbour(slot, &peer);
        if near.is_none() && shortest.is_none() {
            return Ok(());
        }
        let path = host.path(slot, peer, &SendMeta::new()).unwrap();
        let owner = host.owner_of(path.interface, &path.source);
        let source = Endpoint::new(crate::stack::scoped(path.source, owner), 7);
        prop_assert_eq!(path.kind, Kind::Unicast);
        if let Some(shortest) = shortest {
            prop_assert_eq!(shortest, (path.interface, source.address));
            prop_assert_eq!((peer.address.ip, peer), (path.next_hop, path.destination));
        }
        let Some(near) = near else {
            return Ok(());
        };
        prop_assert_eq!(near, Outgoing {
            next_hop: path.next_hop,
            ..Outgoing::new(path.interface, source, path.destination, Payload::Slice(b"out"))
        });
    }
}

#[test]
fn nearly_all_datagrams_go_the_short_way() {
    let mut net = Net::new();
    let interfaces = net.host.interfaces_mut();
    let router = Some(ip("fe80::9"));
    interfaces.set_gateway(2, Family::V6, router).unwrap();
    let four = [
        net.udp4("0.0.0.0", 1),
        net.udp4("192.0.2.1", 2),
        net.udp4("0.0.0.0", 3),
    ];
    let six = [
        net.udp6("::", 4),
        net.udp6("2001:db8::1", 5),
        net.udp6("::", 6),
    ];
    for (id, peer) in [(four[2], "192.0.2.7"), (six[2], "::ffff:192.0.2.7")] {
        net.socket(id).connect(Destination::new(peer, 9)).unwrap();
        assert_eq!(net.told(id), ["connect"]);
    }
    let goes = |id: SocketId, to: &str| {
        let peer = Endpoint::new(Address::parse(to).unwrap(), 9);
        net.host
            .near(net.host.ports.get(id).unwrap(), &peer, Payload::Slice(b"x"))
            .is_some()
    };
    for to in ["192.0.2.7", "203.0.113.1"] {
        assert!(four.iter().all(|&id| goes(id, to)), "{to}");
    }
    for to in ["2001:db8::7", "2a00::1"] {
        assert!(goes(six[0], to) && goes(six[1], to), "{to}");
    }
    for to in ["::ffff:192.0.2.7", "::ffff:203.0.113.1"] {
        assert!(goes(six[0], to) && goes(six[2], to), "{to}");
        assert!(!goes(six[1], to), "it has an IPv6 address");
    }
}
