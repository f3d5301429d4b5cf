//! Answers of servers, good and bad.

use proptest::prelude::*;

use super::*;

const NONCE: u64 = 0x0123_4567_89AB_CDEF;
const ASKED: Time = Time::from_micros(5_000_000);
/// 2026-11-21 12:00:00.5 UTC.
const SECONDS: u64 = 1_795_262_400;

/// An NTP timestamp of a time since 1970, in halves of a second.
fn timestamp(halves: u64) -> [u8; 8] {
    let seconds = (halves / 2 + 2_208_988_800) & 0xFFFF_FFFF;
    (seconds << 32 | (halves % 2) << 31).to_be_bytes()
}

/// A server's answer, that it got at half past and sent half a second later.
fn answer() -> [u8; LENGTH] {
    let mut packet = [0; LENGTH];
    packet[0] = 0b00_100_100;
    packet[1] = 2;
    packet[24..32].copy_from_slice(&NONCE.to_be_bytes());
    packet[32..40].copy_from_slice(&timestamp(SECONDS * 2 + 1));
    packet[40..48].copy_from_slice(&timestamp(SECONDS * 2 + 2));
    packet
}

fn read(packet: &[u8]) -> Result<Answer, Refusal> {
    let now = Time::from_micros(ASKED.as_micros() + 700_000);
    Request::new(NONCE, ASKED).read(packet, now)
}

fn changed(change: impl FnOnce(&mut [u8; LENGTH])) -> Result<Answer, Refusal> {
    let mut packet = answer();
    change(&mut packet);
    read(&packet)
}

#[test]
fn a_request_has_its_mode_and_its_number_and_nothing_else() {
    let packet = Request::new(NONCE, ASKED).packet();
    assert_eq!(packet[0], 0b00_100_011);
    assert_eq!(packet[1..40], [0; 39]);
    assert_eq!(packet[40..], NONCE.to_be_bytes());
    assert_ne!(Request::new(0, ASKED).packet()[40..], [0; 8]);
}

#[test]
fn an_answer_tells_offset_and_delay() {
    // It took 0.7 s in all and 0.5 s at the server: 0.1 s each way.
    let server = i64::try_from(SECONDS).unwrap() * 1_000_000 + 500_000;
    let expected = Answer {
        offset: server - (ASKED.as_micros() + 100_000),
        delay: 200_000,
        stratum: 2,
    };
    assert_eq!(read(&answer()), Ok(expected));
    let longer = [&answer()[..], &[7; 20]].concat();
    assert_eq!(read(&longer), Ok(expected), "an extension or a signature");
    assert_eq!(changed(|packet| packet[0] = 0b01_011_100), Ok(expected));
}

#[test]
fn what_is_no_answer_to_the_question_is_refused() {
    for length in 0..LENGTH {
        assert_eq!(read(&answer()[..length]), Err(Refusal::Length));
    }
    for mode in [0, 1, 2, 3, 5, 6, 7] {
        let refused = changed(|packet| packet[0] = 0b00_100_000 | mode);
        assert_eq!(refused, Err(Refusal::Mode));
    }
    for version in [0, 1, 2, 5, 6, 7] {
        let refused = changed(|packet| packet[0] = version << 3 | 4);
        assert_eq!(refused, Err(Refusal::Mode));
    }
    for byte in 24..32 {
        assert_eq!(changed(|packet| packet[byte] ^= 1), Err(Refusal::Originate));
    }
}

#[test]
fn a_kiss_of_death_counts_if_it_repeats_the_number() {
    let kiss = |packet: &mut [u8; LENGTH]| {
        packet[1] = 0;
        packet[12..16].copy_from_slice(b"RATE");
        packet[32..].fill(0);
    };
    assert_eq!(changed(kiss), Err(Refusal::KissOfDeath(*b"RATE")));
    let forged = changed(|packet| {
        kiss(packet);
        packet[24] ^= 1;
    });
    assert_eq!(forged, Err(Refusal::Originate));
}

#[test]
fn a_server_that_does_not_know_the_time_is_refused() {
    let alarm = changed(|packet| packet[0] |= 0b11_000_000);
    assert_eq!(alarm, Err(Refusal::Unsynchronized));
    assert!(changed(|packet| packet[1] = 15).is_ok());
    assert_eq!(
        changed(|packet| packet[1] = 16),
        Err(Refusal::Unsynchronized)
    );
    assert_eq!(changed(|packet| packet[40..].fill(0)), Err(Refusal::Times));
    assert_eq!(
        changed(|packet| packet[32..40].fill(0)),
        Err(Refusal::Times)
    );
}

#[test]
fn times_that_contradict_each_other_are_refused() {
    let back = changed(|packet| packet[40..].copy_from_slice(&timestamp(SECONDS * 2)));
    assert_eq!(back, Err(Refusal::Times));
    let longer = changed(|packet| packet[40..].copy_from_slice(&timestamp(SECONDS * 2 + 3)));
    assert_eq!(longer, Err(Refusal::Times), "than the client has waited");
    let request = Request::new(NONCE, ASKED);
    let early = Time::from_micros(ASKED.as_micros() - 1);
    assert_eq!(request.read(&answer(), early), Err(Refusal::Times));
}

#[test]
fn timestamps_go_on_in_2036() {
    // RFC 4330 § 3: 6h 28m 16s UTC on 7 February 2036.
    let begin = 2_085_978_496_000_000;
    let read = |bits: u64| Time::read(bits.to_be_bytes()).map(Time::as_micros);
    assert_eq!(read(0), None);
    assert_eq!(read(1), Some(begin));
    assert_eq!(read(1 << 32), Some(begin + 1_000_000));
    assert_eq!(read(u64::MAX), Some(begin - 1));
    assert_eq!(read(2_208_988_800 << 32), Some(0));
    assert_eq!(read(2_208_988_800 << 32 | 1 << 31), Some(500_000));
}

proptest! {
    #[test]
    fn whatever_comes_is_read(
        packet in proptest::collection::vec(any::<u8>(), 0..100),
        nonce: u64,
        asked: i64,
        now: i64,
    ) {
        let request = Request::new(nonce, Time::from_micros(asked));
        prop_assert!(request.read(&packet, Time::from_micros(now)).is_err(), "64 bits are guessed");
    }

    #[test]
    fn whatever_times_are_compared(received: u64, sent: u64, asked: i64, now: i64) {
        let request = Request::new(NONCE, Time::from_micros(asked));
        let mut packet = answer();
        packet[32..40].copy_from_slice(&received.to_be_bytes());
        packet[40..].copy_from_slice(&sent.to_be_bytes());
        if let Ok(answer) = request.read(&packet, Time::from_micros(now)) {
            prop_assert!(answer.delay >= 0);
            prop_assert!(i128::from(answer.delay) <= i128::from(now) - i128::from(asked));
        }
    }
}
