//! The networks of all scripts: two of them, and three hosts on each.
//!
//! Host `h` is `192.0.2.1h`, `2001:db8::1h` and `fe80::1h` on the first network, its `eth0`, and `198.51.100.1h`,
//! `2001:db8:1::1h` and `fe80::2h` on the second. There is no router. Groups and `255.255.255.255` are on the first network,
//! unless somebody says otherwise.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How many hosts there are.
pub(crate) const HOSTS: usize = 3;
/// How many networks there are.
pub(crate) const LANS: usize = 2;

pub(crate) fn ipv4(host: usize, lan: usize) -> Ipv4Addr {
    let host = 10 + small(host);
    match lan {
        0 => Ipv4Addr::new(192, 0, 2, host),
        _ => Ipv4Addr::new(198, 51, 100, host),
    }
}

pub(crate) fn ipv6(host: usize, lan: usize) -> Ipv6Addr {
    let (lan, host) = (small(lan), 0x10 + small(host));
    Ipv6Addr::new(0x2001, 0xdb8, lan.into(), 0, 0, 0, 0, host.into())
}

pub(crate) fn link_local(host: usize, lan: usize) -> Ipv6Addr {
    let host = 0x10 * (1 + small(lan)) + small(host);
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, host.into())
}

/// The addresses of a host on a network, with the lengths of their prefixes.
pub(crate) fn addresses(host: usize, lan: usize) -> [(IpAddr, u8); 3] {
    [
        (ipv4(host, lan).into(), 24),
        (ipv6(host, lan).into(), 64),
        (link_local(host, lan).into(), 64),
    ]
}

/// Whose an address is.
pub(crate) fn owner(ip: IpAddr) -> Option<usize> {
    let has = |host: &usize| {
        let mut all = (0..LANS).flat_map(|lan| addresses(*host, lan));
        all.any(|(own, _)| own == ip)
    };
    (0..HOSTS).find(has)
}

fn small(number: usize) -> u8 {
    u8::try_from(number).expect("there are few")
}
