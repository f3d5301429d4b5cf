//! The application that finds others in a multicast group, on boards: the same source as on a PC, in handler mode.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;

use anydgram_firmware_tests::{Firmware, Guest, Membership, Peer, Switch};

/// How long anything may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);
/// After this nothing comes any more.
const SILENCE: Duration = Duration::from_millis(300);

/// Where boards wait, as `examples/src/rendezvous.rs` and `examples/firmware/src/lib.rs` have it.
const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(239, 255, 42, 99));
const PORT: u16 = 4299;

const QUESTION: &[u8] = b"anybody there?";
const ANSWER: &[u8] = b"I am here";
const GOODBYE: &[u8] = b"goodbye";

/// A board that can be found.
fn boot(firmware: &Firmware, switch: &Switch, number: u8) -> Guest {
    let mut guest = Guest::boot(firmware, switch, number).unwrap();
    // The last thing that it does before it waits: its second socket has not got the port.
    guest.log().wait_for("rival: closed", PATIENCE).unwrap();
    guest
}

/// Has a board end, by word of mouth.
fn say_goodbye(peer: &mut Peer, guest: &mut Guest) {
    let to = SocketAddr::from((guest.ipv4(), PORT));
    peer.send(to, GOODBYE).unwrap();
    let answer = peer.receive(PATIENCE).unwrap();
    assert_eq!((answer.source, &answer.payload[..]), (to, GOODBYE));
    assert_eq!(guest.wait(PATIENCE).unwrap(), 0);
}

#[test]
fn a_board_is_found_and_tells_the_same_as_a_pc() {
    let Some(firmware) = Firmware::find("discovery") else {
        return;
    };
    let switch = Switch::new().unwrap();
    let mut peer = Peer::new(&switch, 1).unwrap();
    let mut guest = boot(&firmware, &switch, 2);
    peer.send((GROUP, PORT).into(), QUESTION).unwrap();
    let answer = peer.receive(PATIENCE).unwrap();
    assert_eq!(answer.source, SocketAddr::from((guest.ipv4(), PORT)));
    assert_eq!(answer.payload, ANSWER);
    say_goodbye(&mut peer, &mut guest);
    let lines = guest.log().rest(PATIENCE).unwrap();
    let told: Vec<_> = lines
        .iter()
        .map(|line| &line.message[..])
        .filter(|text| text.starts_with("greeter") || text.starts_with("rival"))
        .collect();
    let expected = [
        "greeter: listening on 0.0.0.0:4299",
        "rival: error event: bind EADDRINUSE 0.0.0.0:4299",
        "rival: closed",
        "greeter: got \"anybody there?\" from 10.99.0.1:4242",
        "greeter: sent 9 bytes",
        "greeter: got \"goodbye\" from 10.99.0.1:4242",
        "greeter: sent 7 bytes",
        "greeter: closed",
    ];
    assert_eq!(told, expected);
}

#[test]
fn questions_that_are_not_for_the_board_are_not_answered() {
    let Some(firmware) = Firmware::find("discovery") else {
        return;
    };
    let switch = Switch::new().unwrap();
    let mut peer = Peer::new(&switch, 1).unwrap();
    let mut guest = boot(&firmware, &switch, 2);
    let other = IpAddr::V4(Ipv4Addr::new(239, 255, 42, 98));
    peer.send((other, PORT).into(), QUESTION).unwrap();
    peer.send((GROUP, PORT + 1).into(), QUESTION).unwrap();
    peer.send((GROUP, PORT).into(), b"who are you?").unwrap();
    peer.send((GROUP, PORT).into(), b"").unwrap();
    assert_eq!(peer.drain(SILENCE).unwrap(), []);
    say_goodbye(&mut peer, &mut guest);
}

#[test]
fn the_group_is_reported_at_once_and_again_behind_another_cable() {
    let Some(firmware) = Firmware::find("discovery") else {
        return;
    };
    let switch = Switch::new().unwrap();
    let mut peer = Peer::new(&switch, 1).unwrap();
    let mut guest = boot(&firmware, &switch, 2);
    let report = Membership::new(guest.ipv4().into(), GROUP, true);
    let is_report =
        |record: &anydgram_firmware_tests::Record| record.memberships().contains(&report);
    let mut passed = switch.wait_for(0, PATIENCE, is_report).unwrap();
    for _ in 0..2 {
        peer.ask_for_groups(GROUP).unwrap();
        passed = switch.wait_for(passed, PATIENCE, is_report).unwrap();
    }
    guest.set_link(false).unwrap();
    guest.log().wait_for("link down", PATIENCE).unwrap();
    guest.set_link(true).unwrap();
    guest.log().wait_for("link up", PATIENCE).unwrap();
    switch.wait_for(passed, PATIENCE, is_report).unwrap();
    peer.send((GROUP, PORT).into(), QUESTION).unwrap();
    assert_eq!(peer.receive(PATIENCE).unwrap().payload, ANSWER);
    say_goodbye(&mut peer, &mut guest);
}

#[test]
fn ten_boards_are_found_by_one_question() {
    let Some(firmware) = Firmware::find("discovery") else {
        return;
    };
    let switch = Switch::new().unwrap();
    let mut peer = Peer::new(&switch, 1).unwrap();
    let mut guests: Vec<_> = (2..12)
        .map(|number| boot(&firmware, &switch, number))
        .collect();
    let expected: Vec<_> = guests
        .iter()
        .map(|guest| SocketAddr::from((guest.ipv4(), PORT)))
        .collect();
    for _ in 0..3 {
        peer.send((GROUP, PORT).into(), QUESTION).unwrap();
        let mut found: Vec<_> = guests
            .iter()
            .map(|_| {
                let answer = peer.receive(PATIENCE).unwrap();
                assert_eq!(answer.payload, ANSWER);
                answer.source
            })
            .collect();
        found.sort();
        assert_eq!(found, expected);
    }
    for guest in &mut guests {
        say_goodbye(&mut peer, guest);
    }
}
