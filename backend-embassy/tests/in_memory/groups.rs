//! Groups: who hears them, and what the network is told.

use core::net::{IpAddr, Ipv6Addr};

use anydgram_core::{Destination, Interface, Options, SocketType};
use anydgram_smoltcp::Port;

use crate::lab::Lab;

const GROUP: &str = "239.1.2.3";

/// What frames say of groups: the type of an IGMP message or of the records of MLD 2, with the group.
fn said(frames: &[Vec<u8>]) -> Vec<(u8, IpAddr)> {
    let mut said = Vec::new();
    for frame in frames {
        match frame.get(12..14).unwrap() {
            [8, 0] if frame[23] == 2 => {
                let message = &frame[14 + usize::from(frame[14] & 15) * 4..];
                let group: [u8; 4] = message[4..8].try_into().unwrap();
                said.push((message[0], group.into()));
            }
            [0x86, 0xdd] if frame[20] == 0 && frame[62] == 143 => {
                let records = u16::from_be_bytes([frame[68], frame[69]]);
                for record in frame[70..].chunks_exact(20).take(records.into()) {
                    let group: [u8; 16] = record[4..20].try_into().unwrap();
                    said.push((record[0], group.into()));
                }
            }
            _ => {}
        }
    }
    said
}

#[test]
fn joins_and_leaves_reach_the_wire() {
    const CHANGE_TO_INCLUDE: u8 = 3;
    const CHANGE_TO_EXCLUDE: u8 = 4;
    let mut lab = Lab::new();
    let a = lab.computer(1);
    for (socket_type, group, join, leave) in [
        (SocketType::Udp4, GROUP, 0x16, 0x17),
        (
            SocketType::Udp6,
            "ff12::1234",
            CHANGE_TO_EXCLUDE,
            CHANGE_TO_INCLUDE,
        ),
    ] {
        let group: IpAddr = group.parse().unwrap();
        let [one, other] = [0, 1].map(|_| {
            let options = Options::new(socket_type).reuse_address(true);
            let socket = a.host.socket(options).unwrap();
            lab.wait(socket.bind(5000)).unwrap();
            socket
        });
        lab.pass(2000);
        lab.seen();
        assert_eq!(one.add_membership(group, Interface::Default), Ok(()));
        lab.settle();
        assert_eq!(said(&lab.seen()), [(join, group)], "at once");
        assert_eq!(other.add_membership(group, Interface::Default), Ok(()));
        lab.pass(2000);
        assert_eq!(said(&lab.seen()), [], "the host is in it");
        assert_eq!(one.drop_membership(group, Interface::Default), Ok(()));
        lab.pass(2000);
        assert_eq!(said(&lab.seen()), [], "the other socket is");
        let again = one.drop_membership(group, Interface::Default).unwrap_err();
        assert_eq!(again.to_string(), "dropMembership EADDRNOTAVAIL");
        drop(other);
        lab.settle();
        assert_eq!(said(&lab.seen()), [(leave, group)]);
    }
}

#[test]
fn a_query_is_answered() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let router = lab.segment.port([2, 0, 0, 0, 0, 9]);
    let socket = a.bound(&mut lab, SocketType::Udp4, 5000);
    let group: IpAddr = GROUP.parse().unwrap();
    assert_eq!(socket.add_membership(group, Interface::Default), Ok(()));
    lab.pass(100);
    lab.seen();
    let mut query = vec![1, 0, 0x5e, 0, 0, 1, 2, 0, 0, 0, 0, 9, 8, 0];
    query.extend([
        0x46, 0, 0, 32, 0, 0, 0, 0, 1, 2, 0, 0, 192, 0, 2, 9, 224, 0, 0, 1, 0x94, 4, 0, 0,
    ]);
    query.extend([0x11, 20, 0, 0, 0, 0, 0, 0]);
    for (range, at) in [(14..38, 24), (38..46, 40)] {
        let checksum = checksum(&query[range]);
        query[at..at + 2].copy_from_slice(&checksum);
    }
    router.send(&query);
    // Within the two seconds that it gives, and the half second until the stack is looked at.
    lab.pass(2500);
    assert_eq!(
        said(&lab.seen()),
        [(0x11, IpAddr::from([0; 4])), (0x16, group)]
    );
}

#[test]
fn a_group_is_reported_when_there_is_an_address() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let socket = a.bound(&mut lab, SocketType::Udp4, 5000);
    let group: IpAddr = GROUP.parse().unwrap();
    a.stack.set_config_v4(embassy_net::ConfigV4::None);
    lab.pass(600);
    lab.seen();
    let joined = socket.add_membership(group, Interface::Index(2));
    assert_eq!(joined, Ok(()));
    lab.pass(600);
    assert_eq!(said(&lab.seen()), [], "nobody could say it");
    a.stack.set_config_v4(crate::lab::config(1).ipv4);
    lab.pass(600);
    assert!(said(&lab.seen()).contains(&(0x16, group)));
}

#[test]
fn the_last_group_of_a_host_is_left_at_once() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    a.stack.set_config_v6(embassy_net::ConfigV6::None);
    let socket = a.bound(&mut lab, SocketType::Udp4, 5000);
    let group: IpAddr = GROUP.parse().unwrap();
    assert_eq!(socket.add_membership(group, Interface::Default), Ok(()));
    lab.pass(1000);
    lab.seen();
    assert_eq!(socket.drop_membership(group, Interface::Default), Ok(()));
    lab.settle();
    assert_eq!(said(&lab.seen()), [(0x17, group)]);
}

#[test]
fn a_query_of_mld_1_is_answered() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let bridge = lab.segment.port([2, 0, 0, 0, 0, 9]);
    ask_by_mld_1(&bridge);
    // Within the second that it gives, and the half second until the stack is looked at.
    lab.pass(1500);
    let of_address: IpAddr = "ff02::1:ff00:1".parse().unwrap();
    assert!(said(&lab.seen()).contains(&(MODE_IS_EXCLUDE, of_address)));

    let socket = a.bound(&mut lab, SocketType::Udp6, 5000);
    let group: IpAddr = "ff12::1234".parse().unwrap();
    assert_eq!(socket.add_membership(group, Interface::Default), Ok(()));
    lab.pass(2000);
    lab.seen();
    ask_by_mld_1(&bridge);
    lab.pass(1500);
    assert!(said(&lab.seen()).contains(&(MODE_IS_EXCLUDE, group)));
}

/// Asks all who hear it for their groups, as a Linux bridge does (RFC 2710 § 3).
fn ask_by_mld_1(bridge: &Port) {
    let source = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 9).octets();
    let all_nodes = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1).octets();
    let mut query = vec![0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 0x86, 0xdd];
    query.extend([0x60, 0, 0, 0, 0, 32, 0, 1]);
    query.extend([source, all_nodes].concat());
    query.extend([58, 0, 5, 2, 0, 0, 1, 0, 130, 0, 0, 0, 0x03, 0xe8, 0, 0]);
    query.extend([0; 16]);
    let words = [&query[22..54], &[0, 24, 0, 58], &query[62..]].concat();
    let checksum = checksum(&words);
    query[64..66].copy_from_slice(&checksum);
    bridge.send(&query);
}

/// RFC 3810 § 5.2.12
const MODE_IS_EXCLUDE: u8 = 2;

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> [u8; 2] {
    let words = bytes.chunks(2);
    let sum: u32 = words
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]))
        .sum();
    (!u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap()).to_be_bytes()
}

#[test]
fn each_member_hears_the_sources_that_it_wants() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.computer(number));
    let sender = a.bound(&mut lab, SocketType::Udp4, 5000);
    let [any, right, wrong] = [0, 1, 2].map(|_| {
        let options = Options::new(SocketType::Udp4).reuse_address(true);
        let socket = b.host.socket(options).unwrap();
        lab.wait(socket.bind(5000)).unwrap();
        socket
    });
    let group: IpAddr = GROUP.parse().unwrap();
    assert_eq!(any.add_membership(group, Interface::Default), Ok(()));
    for (socket, source) in [(&right, 1), (&wrong, 9)] {
        let source = IpAddr::from([192, 0, 2, source]);
        let joined = socket.add_source_specific_membership(source, group, Interface::Default);
        assert_eq!(joined, Ok(()));
    }
    let sent = lab.wait(sender.send_to("all", Destination::new(GROUP, 5000)));
    assert_eq!(sent, Ok(3));
    lab.settle();
    let mut buffer = [0; 8];
    for member in [&any, &right] {
        let (_, meta) = member.try_recv_from(&mut buffer).unwrap();
        assert_eq!(meta.hop_limit, Some(1));
        assert_eq!(meta.local.map(|local| local.ip()), Some(group));
    }
    assert!(wrong.try_recv_from(&mut buffer).is_err());
}

#[test]
fn there_is_room_for_as_many_groups_as_were_given_places() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let socket = a.bound(&mut lab, SocketType::Udp4, 5000);
    for last in 1..=3 {
        let group = IpAddr::from([239, 0, 0, last]);
        assert_eq!(socket.add_membership(group, Interface::Default), Ok(()));
    }
    let refused = socket.add_membership([239, 0, 0, 4].into(), Interface::Default);
    assert_eq!(refused.unwrap_err().to_string(), "addMembership ENOBUFS");
    assert_eq!(
        socket.drop_membership([239, 0, 0, 1].into(), Interface::Default),
        Ok(())
    );
    let joined = socket.add_membership([239, 0, 0, 4].into(), Interface::Default);
    assert_eq!(joined, Ok(()));
}

#[test]
fn a_group_of_the_application_is_not_left() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let group: IpAddr = GROUP.parse().unwrap();
    a.stack.join_multicast_group(group).unwrap();
    let socket = a.bound(&mut lab, SocketType::Udp4, 5000);
    assert_eq!(socket.add_membership(group, Interface::Default), Ok(()));
    lab.pass(1000);
    drop(socket);
    lab.pass(1000);
    assert!(a.stack.has_multicast_group(group));
}

#[test]
fn groups_are_reported_again_when_the_link_comes_up() {
    let mut lab = Lab::new();
    let a = lab.computer(1);
    let socket = a.bound(&mut lab, SocketType::Udp4, 5000);
    let group: IpAddr = GROUP.parse().unwrap();
    assert_eq!(socket.add_membership(group, Interface::Default), Ok(()));
    lab.pass(100);
    for is_down in [true, false] {
        a.cable.is_down.set(is_down);
        lab.wake();
        lab.settle();
        if is_down {
            lab.seen();
        }
    }
    assert_eq!(said(&lab.seen()), [(0x17, group), (0x16, group)]);
    assert!(a.stack.has_multicast_group(group));
}
