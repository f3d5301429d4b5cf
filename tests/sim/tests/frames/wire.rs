//! What hosts say to each other beside datagrams: ARP, neighbour discovery, IGMP, MLD, ICMP.

use core::net::IpAddr;

use anydgram_core::{Destination, Interface};
use anydgram_sim::{Happened, Why};
use etherparse::{ArpOperation, IpNumber, NetSlice, SlicedPacket, TransportSlice};

use crate::lab::{Lab, PORT, Seen, lab, options, script, v4, v6};

/// What a frame is, in a word, with its hardware addresses.
fn what(seen: &Seen) -> (&'static str, [u8; 6], [u8; 6]) {
    let packet = SlicedPacket::from_ethernet(&seen.bytes).unwrap();
    let link = packet
        .link
        .unwrap()
        .to_header()
        .unwrap()
        .ethernet2()
        .unwrap();
    let word = match (packet.net.unwrap(), packet.transport) {
        (NetSlice::Arp(arp), _) if arp.operation() == ArpOperation::REQUEST => "arp question",
        (NetSlice::Arp(_), _) => "arp answer",
        (_, Some(TransportSlice::Udp(_))) => "datagram",
        (_, Some(TransportSlice::Icmpv4(icmp))) if icmp.type_u8() == 3 => "unreachable",
        (_, Some(TransportSlice::Icmpv6(icmp))) => match icmp.type_u8() {
            1 => "unreachable",
            135 => "neighbour question",
            136 => "neighbour answer",
            143 => "mld report",
            _ => "other icmp",
        },
        (net, _) => match net.ip_payload_ref() {
            Some(payload) if payload.ip_number == IpNumber::IGMP => match payload.payload[0] {
                0x16 => "igmp report",
                0x17 => "igmp leave",
                _ => "other igmp",
            },
            _ => "other",
        },
    };
    (word, link.source, link.destination)
}

/// What left a host since a time, in words.
fn words(lab: &Lab<'_, '_>, host: usize, skipped: usize) -> Vec<&'static str> {
    let sent = lab.sent(host);
    sent.iter().skip(skipped).map(|seen| what(seen).0).collect()
}

const EVERYBODY: [u8; 6] = [0xff; 6];

#[test]
fn a_datagram_waits_until_its_neighbour_has_answered() {
    let expected = [
        (v4(1), "arp question", "arp answer", EVERYBODY),
        // Solicited-node multicast (RFC 4291 § 2.7.1), as hardware has it.
        (
            v6(1),
            "neighbour question",
            "neighbour answer",
            [0x33, 0x33, 0xff, 0, 0, 2],
        ),
    ];
    for (to, question, answer, asked) in expected {
        lab(&options(), 2, |lab| {
            let before = [0, 1].map(|host| lab.sent(host).len());
            lab.send(0, to, b"hello");
            lab.run(10);
            lab.send(0, to, b"again");
            lab.run(10);
            assert_eq!(lab.came(1), [b"hello", b"again"]);
            let said = words(lab, 0, before[0]);
            assert_eq!(said, [question, "datagram", "datagram"]);
            assert_eq!(words(lab, 1, before[1]), [answer]);
            let sent = lab.sent(0);
            let (_, own, destination) = what(&sent[before[0]]);
            assert_eq!(destination, asked);
            let (_, other, back) = what(&lab.sent(1)[before[1]]);
            assert_eq!(back, own);
            let (_, from, to) = what(&sent[before[0] + 1]);
            assert_eq!((from, to), (own, other));
        });
    }
}

#[test]
fn a_host_asks_who_has_an_address_by_its_name_in_arp() {
    lab(&options(), 2, |lab| {
        lab.send(0, v4(1), b"hello");
        lab.run(10);
        let sent = lab.sent(0);
        let question = sent.iter().find(|seen| what(seen).0 == "arp question");
        let packet = SlicedPacket::from_ethernet(&question.unwrap().bytes).unwrap();
        let Some(NetSlice::Arp(arp)) = packet.net else {
            panic!("it is ARP");
        };
        assert_eq!(arp.sender_protocol_addr(), [192, 0, 2, 1]);
        assert_eq!(arp.target_protocol_addr(), [192, 0, 2, 2]);
    });
}

#[test]
fn a_neighbour_that_never_answers_is_unreachable() {
    for to in [v4(40), v6(40)] {
        lab(&options(), 1, |lab| {
            let before = lab.sent(0).len();
            lab.with(0, to, |socket| socket.connect(Destination::new(to, PORT)))
                .unwrap();
            lab.run(10);
            lab.say(0, to, b"hello");
            lab.run(2_900);
            assert_eq!(lab.errors(0), [""; 0]);
            lab.run(200);
            assert_eq!(lab.errors(0), ["recvmsg EHOSTUNREACH"]);
            let said = words(lab, 0, before);
            assert_eq!(said.len(), 3, "it is asked for three times: {said:?}");
            assert!(said.iter().all(|word| word.ends_with("question")));
        });
    }
}

#[test]
fn a_switch_learns_where_to_send_what() {
    lab(&options(), 3, |lab| {
        lab.send(0, v4(1), b"hello");
        lab.run(10);
        lab.send(1, v4(0), b"hello");
        lab.run(10);
        assert_eq!((lab.came(0).len(), lab.came(1).len()), (1, 1));
        let all = lab.captured();
        let came = all
            .iter()
            .filter(|seen| seen.host == "host2" && !seen.is_outbound);
        let words: Vec<_> = came.map(|seen| what(seen).0).collect();
        assert!(
            words.contains(&"arp question"),
            "what is for all: {words:?}"
        );
        assert!(!words.contains(&"arp answer"), "{words:?}");
        assert!(!words.contains(&"datagram"), "{words:?}");
        assert_eq!(lab.drops(Why::Unfit), 0);
    });
}

#[test]
fn frames_for_an_address_that_the_switch_has_forgotten_go_to_all() {
    lab(&options(), 3, |lab| {
        lab.send(0, v4(1), b"hello");
        lab.run(10);
        let id = lab.host(1);
        let time = core::time::Duration::from_millis(100);
        lab.world.set_link_down(id, 2, time);
        lab.run(50);
        lab.send(0, v4(1), b"lost");
        lab.run(10);
        assert_eq!(lab.came(1), [b"hello"]);
        assert_eq!(lab.fate(1), [Why::LinkDown, Why::NotOurs]);
    });
}

#[test]
fn groups_are_joined_and_left_on_the_wire() {
    let group4 = IpAddr::from([239, 255, 0, 7]);
    let group6: IpAddr = "ff15::7".parse().unwrap();
    let expected = [
        (
            group4,
            ["igmp report", "igmp leave"],
            [1, 0, 0x5e, 127, 0, 7],
        ),
        (
            group6,
            ["mld report", "mld report"],
            [0x33, 0x33, 0, 0, 0, 7],
        ),
    ];
    for (group, [join, leave], hardware) in expected {
        lab(&options(), 3, |lab| {
            let before = lab.sent(1).len();
            lab.with(1, group, |socket| {
                socket.add_membership(group, Interface::Default)
            })
            .unwrap();
            lab.run(10);
            assert_eq!(words(lab, 1, before), [join]);
            lab.send(0, group, b"to all");
            lab.run(10);
            assert_eq!(lab.came(1), [b"to all"]);
            assert_eq!(lab.came(2), [b""; 0]);
            let sent = lab.sent(0);
            let datagram = sent.iter().find(|seen| what(seen).0 == "datagram");
            assert_eq!(what(datagram.unwrap()).2, hardware);
            lab.with(1, group, |socket| {
                socket.drop_membership(group, Interface::Default)
            })
            .unwrap();
            lab.run(10);
            assert_eq!(words(lab, 1, before), [join, leave]);
            lab.send(0, group, b"to nobody");
            lab.run(10);
            assert_eq!(lab.came(1), [b""; 0]);
        });
    }
}

#[test]
fn a_link_that_comes_up_reports_its_groups_again() {
    let group = IpAddr::from([239, 255, 0, 7]);
    lab(&options(), 2, |lab| {
        lab.with(1, group, |socket| {
            socket.add_membership(group, Interface::Default)
        })
        .unwrap();
        lab.run(10);
        let before = lab.sent(1).len();
        let id = lab.host(1);
        let time = core::time::Duration::from_millis(100);
        lab.world.set_link_down(id, 2, time);
        lab.run(200);
        let said = words(lab, 1, before);
        assert!(said.contains(&"igmp report"), "{said:?}");
    });
}

#[test]
fn reports_leave_as_soon_as_there_is_room() {
    // The first report of a group; others find no room in the stack.
    let options = script(&["up 1 1 block 20000"]);
    lab(&options, 2, |lab| {
        let before = lab.sent(1).len();
        for last in [7, 8] {
            let group = IpAddr::from([239, 255, 0, last]);
            lab.with(1, group, |socket| {
                socket.add_membership(group, Interface::Default)
            })
            .unwrap();
            lab.run(1);
            assert_eq!(words(lab, 1, before), [""; 0]);
        }
        lab.run(30);
        assert_eq!(words(lab, 1, before), ["igmp report"; 2]);
    });
}

#[test]
fn another_address_has_its_group_reported_though_there_are_many_others() {
    lab(&options(), 2, |lab| {
        for last in [7, 8, 9] {
            let group = IpAddr::from([239, 255, 0, last]);
            lab.with(1, group, |socket| {
                socket.add_membership(group, Interface::Default)
            })
            .unwrap();
        }
        lab.run(10);
        let before = lab.sent(1).len();
        let (id, time) = (lab.host(1), core::time::Duration::from_secs(1));
        lab.world.change_address(id, 1, true, time);
        // It is an invariant of the world, too.
        lab.run(10);
        let said = words(lab, 1, before);
        let reports = said.iter().filter(|word| **word == "mld report");
        assert_eq!(reports.count(), 2, "one is left, one is joined: {said:?}");
    });
}

#[test]
fn a_closed_port_is_told_to_a_connected_sender() {
    for to in [v4(1), v6(1)] {
        lab(&options(), 2, |lab| {
            lab.with(0, to, |socket| socket.connect(Destination::new(to, 9)))
                .unwrap();
            lab.run(10);
            lab.say(0, to, b"hello");
            lab.run(10);
            assert_eq!(lab.errors(0), ["recvmsg ECONNREFUSED"]);
            assert_eq!(words(lab, 1, 0).last(), Some(&"unreachable"));
            assert_eq!(lab.fate(0), [Why::NoSocket]);
        });
    }
}

#[test]
fn both_families_share_an_interface_and_a_trace() {
    lab(&options(), 2, |lab| {
        lab.world.add_name("other", &[v4(1), v6(1)]);
        for family in [v4(0), v6(0)] {
            lab.with(0, family, |socket| {
                let to = Destination::new("other", PORT);
                socket.send(anydgram_core::Datagram::new("hello").to(to))
            })
            .unwrap();
        }
        lab.run(10);
        assert_eq!(lab.came(1), [b"hello"; 2]);
        let records = lab.world.records().iter();
        let sent = records.filter_map(|record| match &record.what {
            Happened::Sent {
                source,
                destination,
                len,
                ..
            } => Some((source.address.ip(), destination.address.ip(), *len)),
            _ => None,
        });
        let mut sent: Vec<_> = sent.collect();
        sent.sort_unstable();
        assert_eq!(sent, [(v4(0), v4(1), 5), (v6(0), v6(1), 5)]);
        assert_eq!(lab.world.datagrams(), 2);
        assert!(lab.world.frames() > 6);
    });
}
