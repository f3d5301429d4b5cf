//! The groups that the board is a member of.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anydgram_firmware_tests::Record;

use super::*;

/// The board's groups, as `examples/firmware/src/lib.rs` has them, and others.
pub(crate) const JOINED: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(239, 99, 0, 1)),
    IpAddr::V6(Ipv6Addr::new(0xFF12, 0, 0, 0, 0, 0, 0, 0x99)),
];
const OTHERS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(239, 99, 0, 2)),
    IpAddr::V6(Ipv6Addr::new(0xFF12, 0, 0, 0, 0, 0, 0, 0x9A)),
];

#[test]
fn what_is_sent_to_a_group_comes_back_from_the_board() {
    let Some(mut pair) = Pair::new() else { return };
    let addresses: [IpAddr; 2] = [pair.guest.ipv4().into(), pair.guest.ipv6().into()];
    for (group, address) in JOINED.into_iter().zip(addresses) {
        for length in [0, 1, 100, 1400] {
            pair.peer
                .send((group, ECHO).into(), &payload(length))
                .unwrap();
            let answer = pair.peer.receive(PATIENCE).unwrap();
            assert_echo(&answer, (address, ECHO).into(), &payload(length));
        }
    }
}

#[test]
fn what_is_sent_to_other_groups_is_ignored() {
    let Some(mut pair) = Pair::new() else { return };
    for group in OTHERS {
        pair.peer
            .send((group, ECHO).into(), b"not for the board")
            .unwrap();
    }
    assert_eq!(pair.peer.drain(SILENCE).unwrap(), []);
    pair.echo(b"for the board");
}

#[test]
fn groups_are_reported_when_they_are_joined_and_when_a_router_asks() {
    let Some(mut pair) = Pair::new() else { return };
    pair.echo(b"it has started");
    let hosts: [IpAddr; 2] = [pair.guest.ipv4().into(), pair.guest.ipv6().into()];
    for (group, host) in JOINED.into_iter().zip(hosts) {
        let speaks = |record: &Record| {
            let said = record.memberships();
            said.iter()
                .any(|said| said.group == group && said.host == host)
        };
        let is_member = |record: &Record| {
            let said = record.memberships();
            said.iter()
                .any(|said| said.group == group && said.host == host && said.is_member)
        };
        // As a member or not: smoltcp 0.13 joins a group of IPv6 with the record for leaving.
        let mut passed = pair.switch.wait_for(0, PATIENCE, speaks).unwrap();
        for _ in 0..2 {
            pair.peer.ask_for_groups(group).unwrap();
            // embassy-net 0.9 does not wake up for an answer: it goes out when something else happens.
            let answer = (0..100).find_map(|_| {
                pair.echo(b"something else");
                let within = Duration::from_millis(100);
                pair.switch.wait_for(passed, within, is_member).ok()
            });
            passed = answer.unwrap();
        }
    }
}
