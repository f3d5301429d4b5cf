//! Frames that are wrong or get lost, cables that are pulled, and too much of everything.

use anydgram_firmware_tests::Fate;

use super::*;

/// Where IPv4 and UDP begin in a frame.
const IP: usize = 14;
const UDP: usize = IP + 20;

#[test]
fn frames_that_are_wrong_are_ignored() {
    let Some(mut pair) = Pair::new() else { return };
    pair.echo(b"before");
    let to = pair.address(ECHO);
    let good = pair.peer.frame(to, &payload(64)).unwrap();
    let flipped = |byte: usize| {
        let mut frame = good.clone();
        frame[byte] ^= 0x10;
        frame
    };
    let mut wrong: Vec<_> = (0..good.len())
        .step_by(3)
        .map(|end| good[..end].to_vec())
        .collect();
    wrong.extend([
        flipped(IP),      // the version
        flipped(IP + 3),  // the packet's length
        flipped(IP + 8),  // the hop limit, against the header's checksum
        flipped(IP + 10), // the header's checksum
        flipped(UDP),     // the source port, against the datagram's checksum
        flipped(UDP + 4), // the datagram's length
        flipped(UDP + 6), // the datagram's checksum
        flipped(UDP + 8), // the payload
        [&good[..], &[0; 2000]].concat(),
    ]);
    for frame in &wrong {
        pair.peer.send_frame(frame).unwrap();
    }
    assert_eq!(pair.catch_up(), []);
    pair.peer.send_frame(&good).unwrap();
    assert_echo(&pair.peer.receive(PATIENCE).unwrap(), to, &payload(64));
    pair.exit("exit 0", 0);
}

#[test]
fn a_cable_can_be_pulled_and_plugged_in_again() {
    let Some(mut pair) = Pair::new() else { return };
    for _ in 0..3 {
        pair.echo(b"plugged in");
        pair.guest.set_link(false).unwrap();
        pair.guest.log().wait_for("link down", PATIENCE).unwrap();
        let to = pair.address(ECHO);
        pair.peer.send(to, b"into the void").unwrap();
        assert_eq!(pair.peer.drain(SILENCE).unwrap(), []);
        pair.guest.set_link(true).unwrap();
        pair.guest.log().wait_for("link up", PATIENCE).unwrap();
    }
    pair.echo(b"plugged in");
    pair.exit("exit 0", 0);
}

#[test]
fn a_flood_is_survived() {
    let Some(mut pair) = Pair::new() else { return };
    pair.echo(b"before");
    let to = pair.address(ECHO);
    let frame = pair.peer.frame(to, &payload(1000)).unwrap();
    for _ in 0..10_000 {
        pair.peer.send_frame(&frame).unwrap();
    }
    let answers = pair.catch_up();
    for answer in &answers {
        assert_echo(answer, to, &payload(1000));
    }
    assert!(!answers.is_empty(), "some of it is answered");
    for length in 0..100 {
        pair.echo(&payload(length));
    }
    pair.exit("exit 0", 0);
}

#[test]
fn what_the_network_does_to_frames_is_seen() {
    let Some(mut pair) = Pair::new() else { return };
    pair.echo(b"before");
    let to = pair.address(ECHO);
    let mut left = [
        Fate::Double,
        Fate::Lose,
        Fate::Delay(Duration::from_millis(500)),
        Fate::Pass,
    ]
    .into_iter();
    let port = pair.guest.port();
    pair.switch
        .decide(port, move |_| left.next().unwrap_or(Fate::Pass));
    for text in [&b"twice"[..], b"lost", b"late", b"early"] {
        pair.peer.send(to, text).unwrap();
    }
    for text in [&b"twice"[..], b"twice", b"early", b"late"] {
        assert_echo(&pair.peer.receive(PATIENCE).unwrap(), to, text);
    }
    assert_eq!(pair.peer.drain(SILENCE).unwrap(), []);
}

#[test]
fn a_neighbour_is_found_though_the_first_answer_is_lost() {
    let Some(mut pair) = Pair::new() else { return };
    let mut left = 1;
    pair.switch.decide(pair.peer.port(), move |_| {
        if left == 0 {
            return Fate::Pass;
        }
        left -= 1;
        Fate::Lose
    });
    pair.echo(b"found");
}
