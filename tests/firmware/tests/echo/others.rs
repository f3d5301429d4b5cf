//! What a host does that has no socket for it.

use core::net::{IpAddr, SocketAddr};

use anydgram_firmware_tests::{Membership, Record};

use crate::service::*;

#[test]
fn who_sends_to_a_closed_port_is_told() {
    let Some(mut pair) = Pair::new() else { return };
    let addresses: [IpAddr; 2] = [pair.guest.ipv4().into(), pair.guest.ipv6().into()];
    for address in addresses {
        let to = SocketAddr::from((address, 13));
        pair.peer.send(to, b"daytime?").unwrap();
        // Meanwhile it is found by the board.
        assert_eq!(pair.peer.drain(SILENCE).unwrap(), []);
        let is_answer = |record: &Record| record.refused() == Some(to);
        pair.switch.wait_for(0, PATIENCE, is_answer).unwrap();
        echo(&mut pair.peer, (address, ECHO).into(), b"open").unwrap();
    }
    pair.exit("exit 0", 0);
}

/// Beside plain embassy-net, which does so when something else happens, and joins groups of IPv6 by leaving them.
#[test]
fn groups_are_reported_without_further_cause() {
    let Some(pair) = Pair::new() else { return };
    let hosts: [IpAddr; 2] = [pair.guest.ipv4().into(), pair.guest.ipv6().into()];
    for (group, host) in groups::JOINED.into_iter().zip(hosts) {
        let report = Membership::new(host, group, true);
        let is_report = |record: &Record| record.memberships().contains(&report);
        let mut passed = pair.switch.wait_for(0, PATIENCE, is_report).unwrap();
        for _ in 0..2 {
            pair.peer.ask_for_groups(group).unwrap();
            passed = pair.switch.wait_for(passed, PATIENCE, is_report).unwrap();
        }
    }
    let left = pair.switch.records();
    let mut said = left.iter().flat_map(Record::memberships);
    assert!(said.all(|said| said.is_member), "nothing was left");
    pair.exit("exit 0", 0);
}
