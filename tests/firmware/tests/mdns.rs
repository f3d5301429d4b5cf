//! edge-mdns on a board: who asks for its name and its service is answered, by IPv4 and by IPv6.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;

use anydgram_firmware_tests::{Firmware, Guest, Membership, Peer, Record, Switch};

/// How long anything may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);
/// After this nothing comes any more, although answers wait for up to 120 ms.
const SILENCE: Duration = Duration::from_millis(500);

const CONTROL: u16 = 9;
/// RFC 6762 § 3
const PORT: u16 = 5353;
const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 251));
const GROUP6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb));
/// What is longer is dropped by the board.
const LONGEST: usize = 8000;

/// Types of records (RFC 1035 § 3.2.2, RFC 3596, RFC 2782).
const A: u8 = 1;
const PTR: u8 = 12;
const AAAA: u8 = 28;
const SRV: u8 = 33;

/// A board that answers, and somebody who asks.
struct Pair {
    guest: Guest,
    peer: Peer,
    // Last: its folder has the others' sockets.
    switch: Switch,
}

impl Pair {
    /// The questions come from this port.
    fn asking_from(port: u16) -> Option<Self> {
        let firmware = Firmware::find("mdns")?;
        let switch = Switch::new().unwrap();
        let peer = Peer::with_port(&switch, 1, port).unwrap();
        let mut guest = Guest::boot(&firmware, &switch, 2).unwrap();
        guest.log().wait_for("answering", PATIENCE).unwrap();
        Some(Self {
            guest,
            peer,
            switch,
        })
    }

    fn ask(&mut self, group: IpAddr, question: &[u8]) {
        self.peer.send((group, PORT).into(), question).unwrap();
    }

    /// The answer to whoever does not ask from the port of mDNS (RFC 6762 § 6.7).
    fn answer(&mut self, group: IpAddr, question: &[u8]) -> Vec<u8> {
        self.ask(group, question);
        let answer = self.peer.receive(PATIENCE).unwrap();
        let own: IpAddr = match group {
            IpAddr::V4(_) => self.guest.ipv4().into(),
            IpAddr::V6(_) => self.guest.ipv6().into(),
        };
        assert_eq!(answer.source, SocketAddr::from((own, PORT)));
        assert_eq!(answer.payload[2] & 0x80, 0x80, "it is an answer");
        answer.payload
    }

    /// What all records have of an address of the board: 120 s, its length, and itself.
    fn records(&self) -> [Vec<u8>; 2] {
        let (v4, v6) = (self.guest.ipv4().octets(), self.guest.ipv6().octets());
        [
            [&[0, 0, 0, 120, 0, 4], &v4[..]].concat(),
            [&[0, 0, 0, 120, 0, 16], &v6[..]].concat(),
        ]
    }

    fn exit(mut self) {
        let to = (self.guest.ipv4(), CONTROL).into();
        self.peer.send(to, b"exit 0").unwrap();
        assert_eq!(self.guest.wait(PATIENCE).unwrap(), 0);
        for line in self.guest.log().rest(PATIENCE).unwrap() {
            assert_eq!(line.level, "info", "{}", line.message);
        }
    }
}

/// A question for one record (RFC 1035 § 4.1).
fn question(name: &str, kind: u8) -> Vec<u8> {
    let mut message = vec![0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        message.push(u8::try_from(label.len()).unwrap());
        message.extend(label.bytes());
    }
    message.extend([0, 0, kind, 0, 1]);
    message
}

fn has(message: &[u8], part: &[u8]) -> bool {
    message.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_name_is_answered_by_both_families() {
    let Some(mut pair) = Pair::asking_from(Peer::PORT) else {
        return;
    };
    let [a, aaaa] = pair.records();
    for group in [GROUP, GROUP6] {
        let answer = pair.answer(group, &question("board.local", A));
        assert!(has(&answer, &a), "{answer:?}");
        let answer = pair.answer(group, &question("BOARD.local", AAAA));
        assert!(has(&answer, &aaaa), "{answer:?}");
        pair.ask(group, &question("other.local", A));
        assert_eq!(pair.peer.drain(SILENCE).unwrap(), []);
    }
    pair.exit();
}

#[test]
fn the_service_is_found() {
    let Some(mut pair) = Pair::asking_from(Peer::PORT) else {
        return;
    };
    let answer = pair.answer(GROUP, &question("_echo._udp.local", PTR));
    assert!(
        has(&answer, b"\x05board\x05_echo\x04_udp\x05local\0"),
        "{answer:?}"
    );
    let answer = pair.answer(GROUP6, &question("board._echo._udp.local", SRV));
    // Priority, weight, port, and the host.
    assert!(has(&answer, b"\0\0\0\0\0\x07\x05board"), "{answer:?}");
    pair.exit();
}

/// RFC 6762 §§ 6, 11
#[test]
fn who_asks_from_the_port_of_mdns_is_answered_in_the_groups() {
    let Some(mut pair) = Pair::asking_from(PORT) else {
        return;
    };
    let [a, _] = pair.records();
    let from = pair.guest.port().clone();
    let mut passed = pair.switch.records().len();
    pair.ask(GROUP, &question("board.local", A));
    for (to, hop_limit_at) in [
        ([1, 0, 0x5e, 0, 0, 0xfb], 22),
        ([0x33, 0x33, 0, 0, 0, 0xfb], 21),
    ] {
        let is_answer = |record: &Record| {
            record.from == from
                && record.frame[..6] == to
                && record.frame[hop_limit_at] == 255
                && has(&record.frame, &a)
        };
        passed = pair.switch.wait_for(passed, PATIENCE, is_answer).unwrap();
    }
    // Nobody is answered alone.
    assert_eq!(pair.peer.drain(SILENCE).unwrap(), []);
    pair.exit();
}

#[test]
fn garbage_is_survived_however_long_it_is() {
    let Some(mut pair) = Pair::asking_from(Peer::PORT) else {
        return;
    };
    for length in [
        0,
        1,
        11,
        12,
        1472,
        1473,
        LONGEST - 1,
        LONGEST,
        LONGEST + 1,
        20_000,
    ] {
        pair.ask(GROUP, &vec![0; length]);
        pair.ask(GROUP, &vec![0xff; length]);
    }
    // All that the board's card had room for has been looked at before this is; it may have none for this.
    let question = question("board.local", A);
    let answer = (0..100).find_map(|_| {
        pair.ask(GROUP, &question);
        pair.peer.receive(Duration::from_secs(1)).ok()
    });
    let [a, _] = pair.records();
    assert!(has(&answer.unwrap().payload, &a));
    pair.exit();
}

#[test]
fn a_board_is_found_again_behind_another_cable() {
    let Some(mut pair) = Pair::asking_from(Peer::PORT) else {
        return;
    };
    let [a, _] = pair.records();
    let question = question("board.local", A);
    pair.answer(GROUP, &question);
    let passed = pair.switch.records().len();
    pair.guest.set_link(false).unwrap();
    pair.guest.log().wait_for("link down", PATIENCE).unwrap();
    pair.guest.set_link(true).unwrap();
    pair.guest.log().wait_for("link up", PATIENCE).unwrap();
    let report = Membership::new(pair.guest.ipv4().into(), GROUP, true);
    let is_report = |record: &Record| record.memberships().contains(&report);
    pair.switch.wait_for(passed, PATIENCE, is_report).unwrap();
    let answer = pair.answer(GROUP, &question);
    assert!(has(&answer, &a), "{answer:?}");
    pair.exit();
}
