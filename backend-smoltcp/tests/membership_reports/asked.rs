//! What a quiet host answers when it is asked for its groups.

use core::net::Ipv6Addr;

use etherparse::{
    IpHeaders, IpNumber, Ipv6Extensions, Ipv6Header, Ipv6RawExtHeader, PacketBuilder,
};

use crate::computer::ip;
use crate::ours::Ours;
use crate::said::{JOINED, PRESENT, what};

/// The frame of a query for all groups, to be answered within 10 s, with what only version 2 has at its end.
fn question(end: &[u8]) -> Vec<u8> {
    let header = Ipv6Header {
        hop_limit: 1,
        source: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1).octets(),
        destination: Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1).octets(),
        ..Ipv6Header::default()
    };
    let alert = Ipv6RawExtHeader::new_raw(IpNumber::IPV6_ICMP, &[5, 2, 0, 0, 1, 0]).unwrap();
    let extensions = Ipv6Extensions {
        hop_by_hop_options: Some(alert),
        ..Ipv6Extensions::default()
    };
    let group = Ipv6Addr::UNSPECIFIED.octets();
    let message = [&group[..], end].concat();
    let mut frame = Vec::new();
    PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [0x33, 0x33, 0, 0, 0, 1])
        .ip(IpHeaders::Ipv6(header, extensions))
        // RFC 3810 § 5.1
        .icmpv6_raw(130, 0, [0x27, 0x10, 0, 0])
        .write(&mut frame, &message)
        .unwrap();
    frame
}

#[test]
fn the_group_of_an_address_is_answered_for_though_nothing_else_happens() {
    // Versions 1 and 2 (RFC 3810 § 8.1).
    for end in [&[][..], &[2, 125, 0, 0]] {
        let mut ours = Ours::new(("fe80::2", 64), ip("ff02::1:ff00:2"));
        assert_eq!(what(&ours.said()), [JOINED]);
        ours.hear(&question(end));
        assert_eq!(what(&ours.said()), [PRESENT]);
    }
}

#[test]
fn joined_groups_are_answered_for() {
    for end in [&[][..], &[2, 125, 0, 0]] {
        let mut ours = Ours::new(("fe80::2", 64), ip("ff12::1234"));
        ours.hear(&question(end));
        assert_eq!(ours.said(), []);
        ours.join(None);
        assert_eq!(what(&ours.said()), [JOINED]);
        ours.hear(&question(end));
        assert_eq!(what(&ours.said()), [PRESENT]);
        ours.leave(None);
        ours.said();
        ours.hear(&question(end));
        assert_eq!(ours.said(), []);
    }
}
