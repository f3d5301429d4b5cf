//! The SNTP client on a board: a server that answers, and servers that do not, or not as they should.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

use core::net::Ipv4Addr;
use core::time::Duration;

use anydgram_firmware_tests::{Datagram, Firmware, Guest, Peer, Switch};

/// How long anything may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);
/// After this nothing comes any more, if nobody waits longer for an answer.
const SILENCE: Duration = Duration::from_millis(300);

const CONTROL: u16 = 9;
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 4);
/// 2026-11-21 12:00:00 UTC since 1900.
const SECONDS: u64 = 1_795_262_400 + 2_208_988_800;

/// A board, who tells it whom to ask, and who is asked.
struct Lab {
    guest: Guest,
    peer: Peer,
    server: Peer,
    // Last: its folder has the others' sockets.
    switch: Switch,
}

impl Lab {
    fn new() -> Option<Self> {
        let firmware = Firmware::find("sntp")?;
        let switch = Switch::new().unwrap();
        let peer = Peer::new(&switch, 1).unwrap();
        let server = Peer::with_port(&switch, 4, 123).unwrap();
        let mut guest = Guest::boot(&firmware, &switch, 2).unwrap();
        guest.log().wait_for("link up", PATIENCE).unwrap();
        Some(Self {
            guest,
            peer,
            server,
            switch,
        })
    }

    fn tell(&mut self, command: &str) {
        let to = (self.guest.ipv4(), CONTROL).into();
        self.peer.send(to, command.as_bytes()).unwrap();
    }

    fn ask(&mut self) {
        self.tell(&format!("ask {SERVER}"));
    }

    /// The question that the server gets.
    fn question(&mut self) -> Datagram {
        let question = self.server.receive(PATIENCE).unwrap();
        assert_eq!(question.source.ip(), self.guest.ipv4());
        assert_eq!(question.payload.len(), 48);
        // Version 4, from a client, and nothing but a number.
        assert_eq!(question.payload[0], 0b00_100_011);
        assert_eq!(question.payload[1..40], [0; 39]);
        question
    }

    fn answer(&mut self, question: &Datagram, answer: &[u8]) {
        self.server.send(question.source, answer).unwrap();
    }

    fn wait_for(&mut self, text: &str) -> String {
        self.guest.log().wait_for(text, PATIENCE).unwrap().message
    }

    fn exit(mut self) {
        self.tell("exit 0");
        assert_eq!(self.guest.wait(PATIENCE).unwrap(), 0);
        drop(self.switch);
    }
}

/// What a server says that it is `SECONDS` since 1900.
fn right(question: &Datagram) -> Vec<u8> {
    let mut packet = vec![0; 48];
    packet[0] = 0b00_100_100;
    packet[1] = 1;
    packet[24..32].copy_from_slice(&question.payload[40..]);
    let now = (SECONDS << 32).to_be_bytes();
    packet[32..40].copy_from_slice(&now);
    packet[40..].copy_from_slice(&now);
    packet
}

#[test]
fn a_board_learns_the_time() {
    let Some(mut lab) = Lab::new() else { return };
    for is_first in [true, false] {
        lab.ask();
        let question = lab.question();
        lab.answer(&question, &right(&question));
        let line = lab.wait_for("offset");
        // The clock is set to what is then, half of the delay later.
        assert!(line.starts_with("17952624"), "{line}");
        assert!(line.ends_with(", stratum 1"), "{line}");
        let offset = line.split_once("offset ").unwrap().1;
        let offset: i64 = offset.split_once(' ').unwrap().0.parse().unwrap();
        // The second time, the server says the same again: the board is ahead by what has passed.
        let expected = if is_first {
            1_795_262_000_000_000..1_795_262_400_000_000
        } else {
            -60_000_000..0
        };
        assert!(expected.contains(&offset), "{offset}");
    }
    lab.exit();
}

#[test]
fn a_server_is_found_by_its_name() {
    let Some(mut lab) = Lab::new() else { return };
    let mut names = Peer::with_port(&lab.switch, 3, 53).unwrap();
    lab.tell("ask time.example");
    let query = names.receive(PATIENCE).unwrap();
    let name = b"\x04time\x07example\0\x00\x01\x00\x01";
    assert_eq!(query.payload[12..], name[..]);
    // The same question, and one answer: its name as before, an address, for a minute.
    let mut answer = query.payload.clone();
    answer[2..8].copy_from_slice(&[0x81, 0x80, 0, 1, 0, 1]);
    answer.extend(b"\xC0\x0C\x00\x01\x00\x01\x00\x00\x00\x3C\x00\x04");
    answer.extend(SERVER.octets());
    names.send(query.source, &answer).unwrap();
    let question = lab.question();
    lab.answer(&question, &right(&question));
    lab.wait_for("stratum 1");
    lab.exit();
}

#[test]
fn a_name_that_nobody_knows_is_said() {
    let Some(mut lab) = Lab::new() else { return };
    let mut names = Peer::with_port(&lab.switch, 3, 53).unwrap();
    lab.tell("ask nowhere.example");
    let query = names.receive(PATIENCE).unwrap();
    let mut answer = query.payload.clone();
    answer[2..4].copy_from_slice(&[0x81, 0x83]);
    names.send(query.source, &answer).unwrap();
    let line = lab.wait_for("ENOTFOUND");
    assert!(line.contains("GetAddrInfo"), "{line}");
    lab.exit();
}

#[test]
fn an_answer_to_another_question_is_refused() {
    let Some(mut lab) = Lab::new() else { return };
    lab.ask();
    let question = lab.question();
    let mut wrong = right(&question);
    wrong[24] ^= 1;
    lab.answer(&question, &wrong);
    lab.wait_for("refused: Originate");
    let mut wrong = right(&question);
    wrong[0] = 0b00_100_011;
    lab.answer(&question, &wrong);
    lab.wait_for("refused: Mode");
    lab.answer(&question, &right(&question)[..47]);
    lab.wait_for("refused: Length");
    // Somebody else knows the number, but is not who was asked.
    let mut other = Peer::with_port(&lab.switch, 5, 123).unwrap();
    other.send(question.source, &right(&question)).unwrap();
    // The next question has another number.
    let next = lab.question();
    assert_ne!(next.payload, question.payload);
    lab.answer(&question, &right(&question));
    lab.wait_for("refused: Originate");
    lab.answer(&next, &right(&next));
    lab.wait_for("stratum 1");
    lab.exit();
}

#[test]
fn after_a_kiss_of_death_a_server_is_left_alone() {
    let Some(mut lab) = Lab::new() else { return };
    lab.ask();
    let question = lab.question();
    let mut kiss = right(&question);
    kiss[1] = 0;
    kiss[12..16].copy_from_slice(b"DENY");
    let mut forged = kiss.clone();
    forged[31] ^= 1;
    lab.answer(&question, &forged);
    lab.wait_for("refused: Originate");
    lab.answer(&question, &kiss);
    lab.wait_for("kiss of death b\"DENY\"");
    // Longer than the first time without an answer takes.
    let later = lab.server.drain(Duration::from_millis(1500)).unwrap();
    assert_eq!(later, []);
    lab.exit();
}

#[test]
fn a_server_that_is_silent_is_asked_three_times() {
    let Some(mut lab) = Lab::new() else { return };
    lab.ask();
    let mut questions = Vec::new();
    for _ in 0..3 {
        questions.push(lab.question().payload);
        lab.wait_for("no answer");
    }
    assert_eq!(lab.server.drain(SILENCE).unwrap(), []);
    questions.sort();
    questions.dedup();
    assert_eq!(questions.len(), 3, "each has a number of its own");
    // It still does what it is told.
    lab.ask();
    let question = lab.question();
    lab.answer(&question, &right(&question));
    lab.wait_for("stratum 1");
    lab.exit();
}

#[test]
fn a_host_without_a_server_is_asked_three_times() {
    let Some(mut lab) = Lab::new() else { return };
    lab.tell("ask 10.99.0.77");
    for _ in 0..3 {
        lab.wait_for("no answer");
    }
    lab.exit();
}
