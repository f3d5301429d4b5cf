//! Routes and sources row by row.

use alloc::format;
use alloc::string::{String, ToString};

use super::*;

/// `eth0` has a gateway for each family, `eth1` is beside it, `tun0` has no address.
fn with_two(test: impl FnOnce(&mut Interfaces<'_>)) {
    with(|interfaces| {
        for name in ["eth0", "eth1", "tun0"] {
            interfaces.add(name, 1500).unwrap();
        }
        for (interface, own) in [
            (2, "10.1.1.1/16"),
            (2, "192.0.2.1/24"),
            (2, "2001:db8::1/64"),
            (2, "fe80::1/64"),
            (3, "10.1.2.1/24"),
            (3, "198.51.100.0/31"),
            (3, "fd00::1/64"),
            (3, "fe80::2/64"),
        ] {
            interfaces.add_address(interface, cidr(own)).unwrap();
        }
        for (family, gateway) in [(Family::V4, "192.0.2.254"), (Family::V6, "fe80::ff")] {
            let gateway = Some(ip(gateway));
            assert_eq!(interfaces.set_gateway(2, family, gateway), Ok(()));
        }
        test(interfaces);
    });
}

/// Interface, next hop and source; or the error.
fn way(interfaces: &Interfaces<'_>, to: &str, interface: Option<u32>) -> String {
    match interfaces.route(at(to), interface) {
        Ok(route) => format!(
            "{} {} {}",
            route.interface,
            route.next_hop(),
            route.source()
        ),
        Err(errno) => errno.to_string(),
    }
}

fn check(interfaces: &Interfaces<'_>, rows: &[(&str, Option<u32>, &str)]) {
    for (to, interface, expected) in rows {
        let found = way(interfaces, to, *interface);
        assert_eq!(found, *expected, "to {to} by {interface:?}");
    }
}

#[test]
fn what_is_this_hosts_own_stays_there() {
    with_two(|interfaces| {
        interfaces.set_up(3, false);
        check(
            interfaces,
            &[
                ("10.1.1.1", None, "1 10.1.1.1 10.1.1.1"),
                ("192.0.2.1", Some(3), "1 192.0.2.1 192.0.2.1"),
                ("2001:db8::1", None, "1 2001:db8::1 2001:db8::1"),
                ("fe80::1%2", None, "1 fe80::1 fe80::1"),
                ("fe80::1", Some(2), "1 fe80::1 fe80::1"),
                ("10.1.2.1", None, "1 10.1.2.1 10.1.2.1"),
                ("127.0.0.1", None, "1 127.0.0.1 127.0.0.1"),
                ("127.9.8.7", None, "1 127.9.8.7 127.0.0.1"),
                ("127.255.255.255", None, "1 127.255.255.255 127.0.0.1"),
                ("::1", Some(2), "1 ::1 ::1"),
                ("0.0.0.0", None, "1 127.0.0.1 127.0.0.1"),
                ("::", None, "1 ::1 ::1"),
            ],
        );
    });
}

#[test]
fn the_longest_prefix_is_the_way() {
    with_two(|interfaces| {
        check(
            interfaces,
            &[
                ("10.1.9.9", None, "2 10.1.9.9 10.1.1.1"),
                ("10.1.2.9", None, "3 10.1.2.9 10.1.2.1"),
                ("10.1.2.9", Some(2), "2 10.1.2.9 10.1.1.1"),
                ("192.0.2.9", None, "2 192.0.2.9 192.0.2.1"),
                ("192.0.2.255", None, "2 192.0.2.255 192.0.2.1"),
                ("198.51.100.1", None, "3 198.51.100.1 198.51.100.0"),
                ("2001:db8::9", None, "2 2001:db8::9 2001:db8::1"),
                ("fd00::9", None, "3 fd00::9 fd00::1"),
                ("10.1.2.9", Some(1), "ENETUNREACH"),
                ("10.1.2.9", Some(4), "EADDRNOTAVAIL"),
                ("10.1.2.9", Some(5), "ENODEV"),
                ("10.1.2.9", Some(0), "ENODEV"),
            ],
        );
    });
}

#[test]
fn what_is_in_no_network_goes_to_a_gateway() {
    with_two(|interfaces| {
        check(
            interfaces,
            &[
                // From the address that the gateway knows.
                ("8.8.8.8", None, "2 192.0.2.254 192.0.2.1"),
                ("8.8.8.8", Some(2), "2 192.0.2.254 192.0.2.1"),
                ("8.8.8.8", Some(3), "ENETUNREACH"),
                ("2a00::1", None, "2 fe80::ff 2001:db8::1"),
            ],
        );
        let gateway = Some(ip("198.51.100.1"));
        interfaces.set_gateway(3, Family::V4, gateway).unwrap();
        check(
            interfaces,
            &[
                ("8.8.8.8", None, "2 192.0.2.254 192.0.2.1"),
                ("8.8.8.8", Some(3), "3 198.51.100.1 198.51.100.0"),
            ],
        );
        interfaces.set_gateway(2, Family::V4, None).unwrap();
        check(
            interfaces,
            &[("8.8.8.8", None, "3 198.51.100.1 198.51.100.0")],
        );
    });
}

#[test]
fn a_gateway_that_cannot_be_reached_is_none() {
    with_two(|interfaces| {
        let far = Some(ip("203.0.113.1"));
        interfaces.set_gateway(2, Family::V4, far).unwrap();
        let far = Some(ip("2a00::ff"));
        interfaces.set_gateway(2, Family::V6, far).unwrap();
        let rows = [
            ("8.8.8.8", None, "ENETUNREACH"),
            ("2a00::1", None, "ENETUNREACH"),
        ];
        check(interfaces, &rows);
        // A link-local one is near, but there has to be an address to send from.
        interfaces
            .set_gateway(4, Family::V6, Some(ip("fe80::4")))
            .unwrap();
        check(interfaces, &[("2a00::1", None, "ENETUNREACH")]);
    });
}

#[test]
fn groups_and_broadcasts_go_by_one_interface() {
    with_two(|interfaces| {
        let rows = [
            ("239.1.2.3", None, "2 239.1.2.3 10.1.1.1"),
            ("239.1.2.3", Some(3), "3 239.1.2.3 10.1.2.1"),
            ("239.1.2.3", Some(1), "1 239.1.2.3 127.0.0.1"),
            ("239.1.2.3", Some(4), "EADDRNOTAVAIL"),
            ("239.1.2.3", Some(5), "ENODEV"),
            ("255.255.255.255", None, "2 255.255.255.255 10.1.1.1"),
            ("255.255.255.255", Some(3), "3 255.255.255.255 10.1.2.1"),
            ("ff02::1", None, "2 ff02::1 fe80::1"),
            ("ff02::1%3", None, "3 ff02::1 fe80::2"),
            ("ff01::1%3", None, "3 ff01::1 fe80::2"),
            ("ff02::1", Some(3), "3 ff02::1 fe80::2"),
            ("ff02::1%9", None, "ENETUNREACH"),
            ("ff02::1%1", None, "1 ff02::1 ::1"),
            ("ff0e::1", None, "2 ff0e::1 2001:db8::1"),
            ("ff0e::1", Some(3), "3 ff0e::1 fd00::1"),
        ];
        check(interfaces, &rows);
        // The gateway's interface first, also if it comes later.
        interfaces.set_gateway(2, Family::V4, None).unwrap();
        let gateway = Some(ip("198.51.100.1"));
        interfaces.set_gateway(3, Family::V4, gateway).unwrap();
        let by_gateway = [
            ("239.1.2.3", None, "3 239.1.2.3 10.1.2.1"),
            ("255.255.255.255", None, "3 255.255.255.255 10.1.2.1"),
        ];
        check(interfaces, &by_gateway);
        // Then the first with an address.
        interfaces.set_gateway(3, Family::V4, None).unwrap();
        check(interfaces, &rows[..1]);
    });
}

#[test]
fn link_local_addresses_go_by_their_scope() {
    with_two(|interfaces| {
        check(
            interfaces,
            &[
                // Without one, by the first interface, as in Linux.
                ("fe80::9", None, "2 fe80::9 fe80::1"),
                ("fe80::1", None, "1 fe80::1 fe80::1"),
                ("fe80::9%2", None, "2 fe80::9 fe80::1"),
                ("fe80::9%3", None, "3 fe80::9 fe80::2"),
                ("fe80::9", Some(3), "3 fe80::9 fe80::2"),
                ("fe80::9%3", Some(2), "3 fe80::9 fe80::2"),
                // Somebody else's, on the other link.
                ("fe80::1%3", None, "3 fe80::1 fe80::2"),
                ("fe80::2", Some(2), "2 fe80::2 fe80::1"),
                ("fe80::9%4", None, "EADDRNOTAVAIL"),
                ("fe80::9%9", None, "ENETUNREACH"),
            ],
        );
        interfaces.set_up(3, false);
        check(interfaces, &[("fe80::9%3", None, "ENETUNREACH")]);
    });
}

#[test]
fn what_is_down_is_no_way() {
    with_two(|interfaces| {
        interfaces.set_up(3, false);
        check(
            interfaces,
            &[
                ("10.1.2.9", None, "2 10.1.2.9 10.1.1.1"),
                ("10.1.2.9", Some(3), "ENETUNREACH"),
                ("239.1.2.3", Some(3), "ENETUNREACH"),
                ("fd00::9", None, "2 fe80::ff 2001:db8::1"),
            ],
        );
        interfaces.set_up(2, false);
        for to in [
            "10.1.2.9",
            "8.8.8.8",
            "239.1.2.3",
            "255.255.255.255",
            "fd00::9",
            "ff02::1",
        ] {
            assert_eq!(way(interfaces, to, None), "ENETUNREACH", "{to}");
        }
        interfaces.set_up(2, true);
        check(interfaces, &[("8.8.8.8", None, "2 192.0.2.254 192.0.2.1")]);
    });
}

#[test]
fn a_way_goes_with_its_address() {
    with_two(|interfaces| {
        interfaces.remove_address(2, ip("192.0.2.1")).unwrap();
        check(
            interfaces,
            &[
                ("192.0.2.9", None, "ENETUNREACH"),
                ("192.0.2.1", None, "ENETUNREACH"),
                ("8.8.8.8", None, "ENETUNREACH"),
                ("239.1.2.3", None, "2 239.1.2.3 10.1.1.1"),
            ],
        );
        interfaces.remove_address(2, ip("10.1.1.1")).unwrap();
        check(
            interfaces,
            &[
                ("239.1.2.3", None, "3 239.1.2.3 10.1.2.1"),
                ("239.1.2.3", Some(2), "EADDRNOTAVAIL"),
            ],
        );
    });
}

#[test]
fn without_interfaces_there_is_the_host_itself() {
    with(|interfaces| {
        check(
            interfaces,
            &[
                ("127.0.0.1", None, "1 127.0.0.1 127.0.0.1"),
                ("239.1.2.3", None, "ENETUNREACH"),
                ("255.255.255.255", None, "ENETUNREACH"),
                ("8.8.8.8", None, "ENETUNREACH"),
            ],
        );
    });
}

#[test]
fn sources_are_of_the_family_and_near() {
    with_two(|interfaces| {
        for (interface, to, source) in [
            (2, "192.0.2.9", Some("192.0.2.1")),
            (2, "10.1.0.0", Some("10.1.1.1")),
            (2, "8.8.8.8", Some("10.1.1.1")),
            (2, "2a00::1", Some("2001:db8::1")),
            (2, "fe80::9", Some("fe80::1")),
            (2, "2001:db8::1", Some("2001:db8::1")),
            (2, "fe80::1", Some("fe80::1")),
            (1, "127.1.1.1", Some("127.0.0.1")),
            (1, "8.8.8.8", Some("127.0.0.1")),
            (1, "ff02::1", Some("::1")),
            (4, "8.8.8.8", None),
            (9, "8.8.8.8", None),
        ] {
            let found = interfaces.source(interface, ip(to));
            assert_eq!(found, source.map(ip), "to {to} by {interface}");
        }
        interfaces.remove_address(2, ip("2001:db8::1")).unwrap();
        // Better from too small a scope than not at all.
        assert_eq!(interfaces.source(2, ip("2a00::1")), Some(ip("fe80::1")));
    });
}

/// RFC 6724 § 5: rule 8 counts no more bits than the source's prefix has.
#[test]
fn bits_of_a_host_are_not_compared() {
    with(|interfaces| {
        interfaces.add("eth0", 1500).unwrap();
        for own in ["2001:db8:0:1::1/32", "2001:db8:0:2::1/32"] {
            interfaces.add_address(2, cidr(own)).unwrap();
        }
        let first = Some(ip("2001:db8:0:1::1"));
        assert_eq!(interfaces.source(2, ip("2001:db8:0:2::9")), first);
    });
}
