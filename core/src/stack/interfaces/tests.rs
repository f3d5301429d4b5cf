//! Interfaces and addresses one by one; `route.rs` the ways that they make, `choice.rs` the choices among many.

extern crate alloc;

use alloc::vec::Vec;

use super::*;

mod choice;
mod route;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn at(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// `192.0.2.1/24`
fn cidr(text: &str) -> Cidr {
    let (address, prefix) = text.split_once('/').unwrap();
    Cidr::new(ip(address), prefix.parse().unwrap())
}

/// Runs `test` on interfaces with three places, and room for eight addresses.
fn with(test: impl FnOnce(&mut Interfaces<'_>)) {
    let mut slots = [const { InterfaceSlot::new() }; 3];
    let mut addresses = [const { AddressSlot::new() }; 8];
    test(&mut Interfaces::new(&mut slots, &mut addresses));
}

fn listed<T>(items: impl Iterator<Item = T>) -> Vec<T> {
    items.collect()
}

#[test]
fn the_loopback_interface_is_always_there() {
    let (mut slots, mut addresses) = ([], []);
    let mut interfaces = Interfaces::new(&mut slots, &mut addresses);
    let lo = Interfaces::LOOPBACK;
    assert_eq!(listed(interfaces.indexes()), [lo]);
    assert_eq!(interfaces.name(lo), Some("lo"));
    assert_eq!(interfaces.index_of("lo"), Some(lo));
    assert_eq!(interfaces.mtu(lo), 65_536);
    let own = [cidr("127.0.0.1/8"), cidr("::1/128")];
    assert_eq!(listed(interfaces.addresses(lo)), own);
    assert!(!interfaces.set_up(lo, false) && interfaces.is_up(lo));
    // What it has is fixed.
    let own = cidr("10.0.0.1/8");
    assert_eq!(interfaces.add_address(lo, own), Err(Errno::ENODEV));
    assert_eq!(
        interfaces.remove_address(lo, ip("127.0.0.1")),
        Err(Errno::EADDRNOTAVAIL)
    );
    assert_eq!(
        interfaces.set_gateway(lo, Family::V4, None),
        Err(Errno::ENODEV)
    );
    assert_eq!(interfaces.add("eth0", 1500), Err(Errno::ENOBUFS));
}

#[test]
fn interfaces_have_indexes_in_the_order_of_their_coming() {
    with(|interfaces| {
        assert_eq!(interfaces.add("eth0", 1500), Ok(2));
        assert_eq!(interfaces.add("wlan0", 1280), Ok(3));
        assert_eq!(listed(interfaces.indexes()), [1, 2, 3]);
        assert_eq!(interfaces.name(3), Some("wlan0"));
        assert_eq!((interfaces.mtu(2), interfaces.mtu(3)), (1500, 1280));
        for nobody in [0, 4, 5, u32::MAX] {
            assert_eq!(interfaces.name(nobody), None);
            assert_eq!(
                (interfaces.mtu(nobody), interfaces.is_up(nobody)),
                (0, false)
            );
            assert!(!interfaces.set_up(nobody, true));
            assert_eq!(interfaces.addresses(nobody).count(), 0);
        }
        assert_eq!(interfaces.add("tun0", 1500), Ok(4));
        assert_eq!(interfaces.add("tun1", 1500), Err(Errno::ENOBUFS));
    });
}

#[test]
fn names_are_short_and_of_one_interface() {
    with(|interfaces| {
        let odd = ["", "a b", "a\tb", "a%b", "a/b", "a\0b", "sixteen-bytes-xx"];
        for name in odd {
            assert_eq!(interfaces.add(name, 1500), Err(Errno::EINVAL), "{name:?}");
        }
        assert_eq!(interfaces.add("fifteen-bytes-x", 1500), Ok(2));
        for name in ["lo", "fifteen-bytes-x"] {
            assert_eq!(interfaces.add(name, 1500), Err(Errno::EEXIST));
        }
        assert_eq!(interfaces.indexes().count(), 2);
    });
}

#[test]
fn a_number_names_an_interface_that_has_no_other_claim_to_it() {
    with(|interfaces| {
        interfaces.add("eth0", 1500).unwrap();
        interfaces.add("2", 1500).unwrap();
        for (name, index) in [
            ("eth0", Some(2)),
            ("2", Some(3)),
            ("3", Some(3)),
            ("1", Some(1)),
            ("0", None),
            ("4", None),
            ("", None),
            ("eth", None),
            ("+3", None),
            ("99999999999", None),
        ] {
            assert_eq!(interfaces.index_of(name), index, "{name:?}");
        }
    });
}

#[test]
fn up_and_down_are_told_once() {
    with(|interfaces| {
        interfaces.add("eth0", 1500).unwrap();
        assert!(interfaces.is_up(2));
        assert!(!interfaces.set_up(2, true));
        assert!(interfaces.set_up(2, false) && !interfaces.is_up(2));
        assert!(!interfaces.set_up(2, false));
    });
}

#[test]
fn addresses_keep_the_order_of_their_coming() {
    with(|interfaces| {
        interfaces.add("eth0", 1500).unwrap();
        interfaces.add("eth1", 1500).unwrap();
        let all = ["10.0.0.1/8", "10.0.0.2/8", "fd00::1/64", "10.0.0.3/8"].map(cidr);
        for (own, interface) in all.into_iter().zip([2, 3, 2, 2]) {
            assert_eq!(interfaces.add_address(interface, own), Ok(()));
        }
        let [first, other, second, third] = all;
        assert_eq!(listed(interfaces.addresses(2)), [first, second, third]);
        assert_eq!(interfaces.remove_address(2, first.address()), Ok(()));
        assert_eq!(interfaces.add_address(2, first), Ok(()));
        assert_eq!(listed(interfaces.addresses(2)), [second, third, first]);
        assert_eq!(listed(interfaces.addresses(3)), [other]);
        assert_eq!(interfaces.remove_address(2, first.address()), Ok(()));
        assert_eq!(listed(interfaces.addresses(2)), [second, third]);
        for (interface, nothing) in [(2, first), (2, other), (4, second)] {
            assert_eq!(
                interfaces.remove_address(interface, nothing.address()),
                Err(Errno::EADDRNOTAVAIL)
            );
        }
    });
}

#[test]
fn only_unicast_addresses_are_given() {
    with(|interfaces| {
        interfaces.add("eth0", 1500).unwrap();
        for bad in [
            "0.0.0.0/0",
            "127.0.0.1/8",
            "127.1.2.3/32",
            "224.0.0.1/24",
            "255.255.255.255/32",
            "192.0.2.255/24",
            "::/0",
            "::1/128",
            "ff02::1/64",
            "::ffff:192.0.2.1/128",
        ] {
            let added = interfaces.add_address(2, cidr(bad));
            assert_eq!(added, Err(Errno::EINVAL), "{bad}");
        }
        assert_eq!(interfaces.add_address(2, cidr("192.0.2.1/24")), Ok(()));
        for again in ["192.0.2.1/24", "192.0.2.1/32"] {
            let added = interfaces.add_address(2, cidr(again));
            assert_eq!(added, Err(Errno::EEXIST));
        }
        let missing = interfaces.add_address(3, cidr("192.0.2.1/24"));
        assert_eq!(missing, Err(Errno::ENODEV));
        for last in 2..9 {
            let own = Cidr::new([10, 0, 0, last].into(), 8);
            assert_eq!(interfaces.add_address(2, own), Ok(()));
        }
        let one_more = interfaces.add_address(2, cidr("10.0.0.9/8"));
        assert_eq!(one_more, Err(Errno::ENOBUFS));
        assert_eq!(interfaces.addresses(2).count(), 8);
    });
}

#[test]
fn gateways_are_unicast_addresses_of_their_family() {
    with(|interfaces| {
        interfaces.add("eth0", 1500).unwrap();
        let mut set = |interface, family, gateway: &str| {
            interfaces.set_gateway(interface, family, Some(ip(gateway)))
        };
        assert_eq!(set(2, Family::V4, "192.0.2.1"), Ok(()));
        assert_eq!(set(2, Family::V6, "fe80::1"), Ok(()));
        assert_eq!(set(3, Family::V4, "192.0.2.1"), Err(Errno::ENODEV));
        for (family, bad) in [
            (Family::V4, "fe80::1"),
            (Family::V6, "192.0.2.1"),
            (Family::V4, "0.0.0.0"),
            (Family::V4, "255.255.255.255"),
            (Family::V4, "127.0.0.1"),
            (Family::V4, "224.0.0.1"),
            (Family::V6, "::"),
            (Family::V6, "ff02::2"),
            (Family::V6, "::1"),
        ] {
            assert_eq!(set(2, family, bad), Err(Errno::EINVAL), "{bad}");
        }
    });
}

#[test]
fn addresses_have_owners_also_while_they_are_down() {
    with(|interfaces| {
        interfaces.add("eth0", 1500).unwrap();
        interfaces.add("eth1", 1500).unwrap();
        for (interface, own) in [
            (2, "192.0.2.1/24"),
            (2, "fe80::1/64"),
            (3, "fe80::1/64"),
            (3, "fd00::1/64"),
        ] {
            interfaces.add_address(interface, cidr(own)).unwrap();
        }
        interfaces.set_up(2, false);
        for (address, owner) in [
            ("192.0.2.1", Some(2)),
            ("192.0.2.2", None),
            ("fe80::1", Some(2)),
            ("fe80::1%2", Some(2)),
            ("fe80::1%3", Some(3)),
            ("fe80::1%4", None),
            ("fd00::1", Some(3)),
            ("127.0.0.1", Some(1)),
            ("127.9.8.7", Some(1)),
            ("127.255.255.255", None),
            ("::1", Some(1)),
            ("::2", None),
            ("::ffff:192.0.2.1", None),
            ("0.0.0.0", None),
            ("::", None),
        ] {
            assert_eq!(interfaces.owner(at(address)), owner, "{address}");
        }
    });
}

#[test]
fn broadcast_addresses_are_the_last_of_networks() {
    with(|interfaces| {
        interfaces.add("eth0", 1500).unwrap();
        interfaces.add("eth1", 1500).unwrap();
        for (interface, own) in [
            (2, "192.0.2.1/24"),
            (3, "10.1.2.3/30"),
            (3, "198.51.100.0/31"),
            (3, "203.0.113.5/32"),
            (3, "2001:db8::1/64"),
        ] {
            let added = interfaces.add_address(interface, cidr(own));
            let is_broadcast = own == "10.1.2.3/30";
            assert_eq!(added.is_err(), is_broadcast, "{own}");
        }
        interfaces.add_address(3, cidr("10.1.2.1/30")).unwrap();
        for (address, two, three, any) in [
            ("255.255.255.255", true, true, true),
            ("192.0.2.255", true, false, true),
            ("192.0.2.0", false, false, false),
            ("10.1.2.3", false, true, true),
            ("10.1.2.2", false, false, false),
            // RFC 3021
            ("198.51.100.1", false, false, false),
            ("203.0.113.5", false, false, false),
            ("127.255.255.255", false, false, true),
            ("2001:db8::ffff:ffff:ffff:ffff", false, false, false),
        ] {
            let is = |interface| interfaces.is_broadcast(interface, ip(address));
            let found = (is(Some(2)), is(Some(3)), is(None));
            assert_eq!(found, (two, three, any), "{address}");
        }
        let lo = Some(Interfaces::LOOPBACK);
        assert!(interfaces.is_broadcast(lo, ip("127.255.255.255")));
        assert!(!interfaces.is_broadcast(lo, ip("192.0.2.255")));
    });
}

#[test]
fn a_prefix_says_what_is_in_a_network() {
    assert_eq!(Cidr::new(ip("192.0.2.1"), 99).prefix(), 32);
    assert_eq!(Cidr::new(ip("fd00::1"), 200).prefix(), 128);
    for (network, address, is_in) in [
        ("192.0.2.129/25", "192.0.2.128", true),
        ("192.0.2.129/25", "192.0.2.127", false),
        ("192.0.2.1/32", "192.0.2.1", true),
        ("192.0.2.1/32", "192.0.2.0", false),
        ("192.0.2.1/0", "1.2.3.4", true),
        ("192.0.2.1/0", "::1", false),
        ("2001:db8::1/63", "2001:db8:0:1::9", true),
        ("2001:db8::1/64", "2001:db8:0:1::9", false),
        ("::1/0", "0.0.0.1", false),
    ] {
        assert_eq!(
            cidr(network).contains(ip(address)),
            is_in,
            "{network} {address}"
        );
    }
    assert_eq!(cidr("192.0.2.1/0").broadcast(), Some(Ipv4Addr::BROADCAST));
}

#[test]
fn old_interfaces_are_forgotten_with_their_host() {
    let mut slots = [InterfaceSlot::new()];
    let mut addresses = [AddressSlot::new()];
    let mut old = Interfaces::new(&mut slots, &mut addresses);
    old.add("eth0", 1500).unwrap();
    old.add_address(2, cidr("192.0.2.1/24")).unwrap();
    let mut new = Interfaces::new(&mut slots, &mut addresses);
    assert_eq!(new.add("eth0", 1500), Ok(2));
    assert_eq!(new.addresses(2).count(), 0);
}
