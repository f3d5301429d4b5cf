//! The choices among many addresses against naive ones.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

/// Addresses of few networks and all scopes.
fn v6() -> impl Strategy<Value = Ipv6Addr> {
    let first = prop::sample::select(&[0x2001_u16, 0xfe80, 0xfec0, 0xfd00][..]);
    (first, 0..4_u16, 0..4_u16)
        .prop_map(|(first, net, host)| Ipv6Addr::new(first, 0, 0, net, 0, 0, 0, host + 1))
}

fn group_or_v6() -> impl Strategy<Value = Ipv6Addr> {
    let group = (0..16_u16).prop_map(|scope| Ipv6Addr::new(0xff00 | scope, 0, 0, 0, 0, 0, 0, 9));
    prop_oneof![3 => v6(), 1 => group]
}

/// Few, so that they are equal, near and far.
fn any_ip() -> impl Strategy<Value = IpAddr> {
    let v4 = (
        prop::sample::select(&[0_u8, 10, 127, 192, 224, 255][..]),
        0..3_u8,
        any::<bool>(),
    );
    let v4 = v4.prop_map(|(first, host, is_last)| {
        let last = if is_last { 255 } else { host };
        Ipv4Addr::new(
            first,
            if first == 255 { 255 } else { 0 },
            if is_last { 255 } else { 2 },
            last,
        )
        .into()
    });
    let odd = prop::sample::select(&[Ipv6Addr::UNSPECIFIED, Ipv6Addr::LOCALHOST][..]);
    prop_oneof![4 => v4, 4 => group_or_v6().prop_map(IpAddr::V6), 1 => odd.prop_map(IpAddr::V6)]
}

/// RFC 4291 § 2.7, RFC 6724 § 3.1
fn scope_of(ip: Ipv6Addr) -> u16 {
    match ip.segments()[0] {
        group @ 0xff00.. => group & 15,
        0xfe80..=0xfebf => 2,
        0xfec0..=0xfeff => 5,
        _ => 14,
    }
}

/// Whether `a` is preferred to `b`, by the text of RFC 6724 § 5.
fn beats(a: (Ipv6Addr, u8), b: (Ipv6Addr, u8), to: Ipv6Addr) -> bool {
    if (a.0 == to) != (b.0 == to) {
        return a.0 == to;
    }
    let (one, other, wanted) = (scope_of(a.0), scope_of(b.0), scope_of(to));
    if one < other {
        return one >= wanted;
    }
    if other < one {
        return other < wanted;
    }
    let common = |(ip, prefix): (Ipv6Addr, u8)| {
        let bits = (ip.to_bits() ^ to.to_bits()).leading_zeros();
        bits.min(u32::from(prefix))
    };
    common(a) > common(b)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(2_000)
    })]

    #[test]
    fn no_other_address_is_a_better_source(
        own in prop::collection::vec((v6(), 0..=128_u8), 0..8),
        to in group_or_v6(),
    ) {
        with(|interfaces| {
            interfaces.add("eth0", 1500).unwrap();
            let mut given = Vec::new();
            for (ip, prefix) in own {
                if interfaces.add_address(2, Cidr::new(ip.into(), prefix)).is_ok() {
                    given.push((ip, prefix));
                }
            }
            let source = interfaces.source(2, to.into());
            let at = given.iter().position(|own| Some(own.0.into()) == source);
            assert_eq!(at.is_none(), given.is_empty());
            for (rival, known) in (0..).zip(&given) {
                let best = given[at.unwrap()];
                assert!(!beats(*known, best, to), "{known:?} beats {best:?} for {to}");
                // Of equals the first.
                assert!(rival >= at.unwrap() || beats(best, *known, to));
            }
        });
    }

    #[test]
    fn no_other_network_is_smaller(
        own in prop::collection::vec((2..4_u32, any::<u8>(), 0..=32_u8), 0..8),
        last: u8,
        is_up: [bool; 2],
    ) {
        with(|interfaces| {
            interfaces.add("eth0", 1500).unwrap();
            interfaces.add("eth1", 1500).unwrap();
            let mut given = Vec::new();
            for (interface, host, prefix) in own {
                let ip = Ipv4Addr::new(192, 0, 2, host);
                if interfaces.add_address(interface, Cidr::new(ip.into(), prefix)).is_ok() {
                    given.push((interface, ip, prefix));
                }
            }
            for (index, is_up) in (2..).zip(is_up) {
                interfaces.set_up(index, is_up);
            }
            let to = Ipv4Addr::new(192, 0, 2, last);
            if given.iter().any(|(_, ip, _)| *ip == to) {
                return;
            }
            let matches = given.iter().filter(|(interface, ip, prefix)| {
                let mask = u32::MAX.checked_shl(32 - u32::from(*prefix)).unwrap_or(0);
                is_up[*interface as usize - 2] && (ip.to_bits() ^ to.to_bits()) & mask == 0
            });
            let longest = matches.clone().map(|row| row.2).max();
            let first = matches.clone().find(|row| Some(row.2) == longest);
            let route = interfaces.route(Address::from(to), None);
            match first {
                Some((interface, _, _)) => {
                    let route = route.unwrap();
                    assert_eq!((route.interface, route.next_hop()), (*interface, to.into()));
                    assert!(interfaces.addresses(*interface).any(|own| own.address() == route.source()));
                }
                None => assert_eq!(route, Err(Errno::ENETUNREACH)),
            }
        });
    }

    #[test]
    fn the_short_way_is_the_way(
        own in prop::collection::vec((2..4_u32, any_ip(), 0..=128_u8), 0..5),
        to in any_ip(),
        scope in 0..5_u32,
        is_up: [bool; 2],
        gateways in prop::collection::vec((2..4_u32, any_ip()), 0..4),
    ) {
        with(|interfaces| {
            interfaces.add("eth0", 1500).unwrap();
            interfaces.add("eth1", 1500).unwrap();
            for (interface, ip, prefix) in own {
                // Those that cannot be own addresses are not.
                interfaces.add_address(interface, Cidr::new(ip, prefix)).ok();
            }
            for (index, is_up) in (2..).zip(is_up) {
                interfaces.set_up(index, is_up);
            }
            for (interface, ip) in gateways {
                interfaces.set_gateway(interface, Family::of(ip), Some(ip)).ok();
            }
            let (near, demanded) = match to {
                IpAddr::V4(to) => (interfaces.near_v4(to), None),
                IpAddr::V6(to) => (
                    interfaces.near_v6(to, scope),
                    (scope != 0).then_some(scope),
                ),
            };
            let Some(near) = near else { return };
            assert!(!interfaces.is_broadcast(None, to) && !to.is_multicast());
            let scope_id = if to.is_ipv6() { scope } else { 0 };
            let route = interfaces.route(Address::new(to).with_scope_id(scope_id), demanded);
            assert_eq!(route, Ok(near));
        });
    }
}

#[test]
fn there_are_short_ways() {
    with(|interfaces| {
        interfaces.add("eth0", 1500).unwrap();
        for own in ["192.0.2.1/24", "2001:db8::1/64", "fe80::1/64"] {
            interfaces.add_address(2, cidr(own)).unwrap();
        }
        for far in [
            "192.0.2.1",
            "192.0.2.255",
            "198.51.100.1",
            "127.0.0.1",
            "224.0.0.9",
            "2001:db8::1",
            "2a00::1",
            "fe80::7",
            "fe80::1%2",
            "ff02::9%2",
            "::1",
        ] {
            assert_eq!(short(interfaces, far), None, "{far}");
        }
        assert_eq!(
            interfaces.set_gateway(2, Family::V4, Some(ip("192.0.2.9"))),
            Ok(())
        );
        assert_eq!(
            interfaces.set_gateway(2, Family::V6, Some(ip("fe80::9"))),
            Ok(())
        );
        let ways = [
            ("192.0.2.7", "192.0.2.7", "192.0.2.1"),
            ("198.51.100.1", "192.0.2.9", "192.0.2.1"),
            ("2001:db8::7", "2001:db8::7", "2001:db8::1"),
            ("2a00::1", "fe80::9", "2001:db8::1"),
            ("fe80::7%2", "fe80::7", "fe80::1"),
        ];
        for (to, next_hop, source) in ways {
            let way = Route {
                interface: 2,
                next_hop: ip(next_hop).into(),
                source: ip(source).into(),
            };
            assert_eq!(short(interfaces, to), Some(way), "{to}");
        }
        // With two gateways, there is something to weigh.
        interfaces.add("eth1", 1500).unwrap();
        interfaces
            .set_gateway(3, Family::V4, Some(ip("192.0.2.8")))
            .unwrap();
        assert_eq!(short(interfaces, "198.51.100.1"), None);
        // The one that is left is on no network of its interface.
        interfaces.set_gateway(2, Family::V4, None).unwrap();
        assert_eq!(short(interfaces, "198.51.100.1"), None);
        interfaces.set_up(2, false);
        for (to, _, _) in ways {
            assert_eq!(short(interfaces, to), None, "{to}");
        }
    });
}

fn short(interfaces: &Interfaces<'_>, to: &str) -> Option<Route> {
    let address = at(to);
    match address.ip() {
        IpAddr::V4(ip) => interfaces.near_v4(ip),
        IpAddr::V6(ip) => interfaces.near_v6(ip, address.scope_id()),
    }
}
