//! Groups on the wire and between hosts.

use core::time::Duration;

use anydgram_core::Interface;
use anydgram_core::SocketType::{Udp4, Udp6};

use crate::lab::{ETH0, Lab, ip};

#[test]
fn a_group_reaches_its_members_only() {
    for (socket_type, group) in [(Udp4, "239.1.2.3"), (Udp6, "ff12::1234")] {
        let mut lab = Lab::new(3);
        let ids: Vec<_> = lab
            .computers
            .iter_mut()
            .map(|computer| computer.bound(socket_type, 7))
            .collect();
        lab.settle();
        lab.computers[1]
            .socket(ids[1])
            .add_membership(ip(group), Interface::Default)
            .unwrap();
        lab.settle();
        lab.forget();
        lab.computers[0].send(ids[0], b"x", group, 7);
        lab.settle();
        assert_eq!(lab.computers[0].told(ids[0]), ["sent 1"]);
        assert_eq!(lab.computers[1].told(ids[1]), ["message x"]);
        assert_eq!(lab.computers[1].log.metas[0].hop_limit, Some(1));
        assert!(lab.computers[2].told(ids[2]).is_empty());
        lab.computers[1]
            .socket(ids[1])
            .drop_membership(ip(group), Interface::Default)
            .unwrap();
        lab.settle();
        lab.computers[0].send(ids[0], b"x", group, 7);
        lab.settle();
        assert!(lab.computers[1].told(ids[1]).is_empty());
    }
}

/// The bodies of multicast listener reports that a port has sent since the last call.
fn mld_reports(lab: &Lab) -> Vec<Vec<u8>> {
    let mut frames = lab.frames.borrow_mut();
    let reports = frames
        .drain(..)
        .filter(|(port, frame)| *port == 0 && frame[12..14] == [0x86, 0xdd] && frame[20] == 0)
        .map(|(_, frame)| frame[14 + 40 + 8..].to_vec())
        .filter(|body| body[0] == 143);
    reports.collect()
}

/// Type and group of the records in a report.
fn records(report: &[u8]) -> Vec<(u8, &[u8])> {
    let count = usize::from(u16::from_be_bytes([report[6], report[7]]));
    (0..count)
        .map(|at| {
            let record = &report[8 + 20 * at..][..20];
            assert_eq!(record[1..4], [0, 0, 0], "no auxiliary data, no sources");
            (record[0], &record[4..20])
        })
        .collect()
}

#[test]
fn a_listener_report_means_join_when_a_group_is_joined() {
    let (mut lab, a, _) = Lab::pair(Udp6);
    let group = ip("ff12::1234");
    let core::net::IpAddr::V6(bytes) = group else {
        panic!()
    };
    lab.computers[0]
        .socket(a)
        .add_membership(group, Interface::Default)
        .unwrap();
    lab.settle();
    let reports = mld_reports(&lab);
    // CHANGE_TO_EXCLUDE_MODE of no source: everything (RFC 3810 § 5.2.12).
    let joined: Vec<_> = reports.iter().flat_map(|report| records(report)).collect();
    assert_eq!(joined, [(4, &bytes.octets()[..])]);
    lab.computers[0]
        .socket(a)
        .drop_membership(group, Interface::Default)
        .unwrap();
    lab.settle();
    let reports = mld_reports(&lab);
    let left: Vec<_> = reports.iter().flat_map(|report| records(report)).collect();
    // CHANGE_TO_INCLUDE_MODE of no source: nothing.
    assert_eq!(left, [(3, &bytes.octets()[..])]);
}

#[test]
fn groups_are_reported_again_when_the_link_comes_up() {
    let (mut lab, a, _) = Lab::pair(Udp4);
    lab.computers[0]
        .socket(a)
        .add_membership(ip("239.1.2.3"), Interface::Default)
        .unwrap();
    lab.settle();
    lab.forget();
    lab.computers[0].stack.set_link_up(ETH0, false);
    lab.pass(Duration::from_secs(1));
    lab.computers[0].stack.set_link_up(ETH0, true);
    lab.pass(Duration::from_secs(1));
    let frames = lab.frames.borrow();
    let reports = frames.iter().filter(|(port, frame)| {
        // IGMPv2 membership report.
        *port == 0 && frame[12..14] == [8, 0] && frame[23] == 2 && frame[34] == 0x16
    });
    assert_eq!(reports.count(), 1);
}

#[test]
fn a_channel_lets_only_its_source_through() {
    let mut lab = Lab::new(3);
    let ids: Vec<_> = lab
        .computers
        .iter_mut()
        .map(|computer| computer.bound(Udp4, 7))
        .collect();
    lab.settle();
    let group = ip("232.1.2.3");
    lab.computers[0]
        .socket(ids[0])
        .add_source_specific_membership(ip("192.0.2.2"), group, Interface::Default)
        .unwrap();
    lab.settle();
    lab.forget();
    for at in [1, 2] {
        lab.computers[at].send(ids[at], b"x", "232.1.2.3", 7);
    }
    lab.settle();
    assert_eq!(lab.computers[0].told(ids[0]), ["message x"]);
    let sender = lab.computers[0].log.metas[0].sender.unwrap();
    assert_eq!(sender.address.ip(), ip("192.0.2.2"));
}
