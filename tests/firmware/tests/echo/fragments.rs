//! Datagrams that are longer than a frame.

use core::time::Duration;

use anydgram_firmware_tests::Fate;

use crate::service::*;

/// The longest that the program has room for.
const MOST: usize = 8000;

#[test]
fn datagrams_in_fragments_come_back() {
    let Some(mut pair) = Pair::new() else { return };
    for length in [LONGEST + 1, 1480, 1481, 2952, 4321, MOST - 1, MOST] {
        pair.echo(&payload(length));
    }
    pair.exit("exit 0", 0);
}

#[test]
fn fragments_come_in_any_order_and_more_than_once() {
    let Some(mut pair) = Pair::new() else { return };
    pair.echo(b"before");
    let to = pair.address(ECHO);
    let port = pair.guest.port();
    let mut count = 0;
    pair.switch.decide(port, move |_| {
        count += 1;
        match count % 3 {
            0 => Fate::Pass,
            1 => Fate::Delay(Duration::from_millis(20)),
            _ => Fate::Double,
        }
    });
    for length in [2000, 5000, MOST] {
        pair.peer.send(to, &payload(length)).unwrap();
        assert_echo(&pair.peer.receive(PATIENCE).unwrap(), to, &payload(length));
        assert_eq!(pair.peer.drain(SILENCE).unwrap(), []);
    }
    pair.exit("exit 0", 0);
}

#[test]
fn what_is_too_long_or_incomplete_is_dropped() {
    let Some(mut pair) = Pair::new() else { return };
    pair.echo(b"before");
    let to = pair.address(ECHO);
    pair.peer.send(to, &payload(MOST + 1)).unwrap();
    pair.peer.send(to, &payload(60_000)).unwrap();
    // None of their frames is to be counted.
    assert_eq!(pair.catch_up(), []);
    let port = pair.guest.port();
    let mut count = 0;
    pair.switch.decide(port, move |_| {
        count += 1;
        if count == 2 { Fate::Lose } else { Fate::Pass }
    });
    pair.peer.send(to, &payload(5000)).unwrap();
    assert_eq!(pair.peer.drain(SILENCE).unwrap(), []);
    // There is room for one packet in fragments: the next one takes it.
    pair.echo(&payload(MOST));
    pair.echo(b"after");
    pair.exit("exit 0", 0);
}
