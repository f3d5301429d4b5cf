//! Boot, echo, end.

use core::net::IpAddr;

use super::*;

#[test]
fn boards_say_what_they_do_and_end_with_the_code_they_are_told() {
    for code in [0, 7] {
        let Some(pair) = Pair::new() else { return };
        let mut lines = pair.exit(&format!("exit {code}"), code);
        let stack = lines.remove(3);
        assert!(stack.starts_with("info stack "), "{stack}");
        let expected = [
            "info address [10, 99, 0, 2]",
            "info echo on port 7",
            "info link up",
            &format!("info exit {code}"),
        ];
        assert_eq!(lines, expected);
    }
}

#[test]
fn a_panic_is_logged_and_ends_with_code_1() {
    let Some(pair) = Pair::new() else { return };
    let lines = pair.exit("panic", 1);
    let last = lines.last().unwrap();
    assert!(last.starts_with("error panic at src/"), "{last}");
    assert!(last.ends_with(": told to"), "{last}");
}

#[test]
fn payloads_of_each_length_come_back() {
    let Some(mut pair) = Pair::new() else { return };
    for length in 0..=LONGEST {
        pair.echo(&payload(length));
    }
    let to = (pair.guest.ipv6(), ECHO).into();
    // The header of IPv6 is 20 bytes longer.
    for length in (0..=LONGEST - 20).step_by(11) {
        echo(&mut pair.peer, to, &payload(length)).unwrap();
    }
    pair.exit("exit 0", 0);
}

#[test]
fn neighbours_are_found_again() {
    let Some(mut pair) = Pair::new() else { return };
    for _ in 0..3 {
        pair.peer.forget();
        pair.echo(b"ipv4");
        let to = (pair.guest.ipv6(), ECHO).into();
        pair.peer.forget();
        echo(&mut pair.peer, to, b"ipv6").unwrap();
    }
}

#[test]
fn the_board_speaks_of_the_group_of_its_address() {
    let Some(mut pair) = Pair::new() else { return };
    pair.echo(b"it has started");
    let [.., a, b, c] = pair.guest.ipv6().octets();
    let group = format!("ff02::1:ff{a:02x}:{b:02x}{c:02x}");
    let group: IpAddr = group.parse().unwrap();
    let records = pair.switch.records();
    let mut said = records.iter().flat_map(|record| record.memberships());
    // As a member or not: smoltcp 0.13 joins with the record for leaving.
    assert!(said.any(|said| said.group == group && said.host == pair.guest.ipv6()));
}
