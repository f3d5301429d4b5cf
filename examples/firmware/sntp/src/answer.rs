//! Answers, and which of them are believed.

use crate::{LENGTH, Request, SERVER, Time};

/// What a server has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, defmt::Format)]
#[non_exhaustive]
pub struct Answer {
    /// How far the client's clock is behind the server's, in microseconds.
    pub offset: i64,
    /// How long question and answer were under way together, in microseconds.
    pub delay: i64,
    /// How many servers the time has come by: 1 has a clock of its own, 15 is the most.
    pub stratum: u8,
}

/// Why an answer is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, defmt::Format)]
#[non_exhaustive]
pub enum Refusal {
    /// It is too short for a packet.
    Length,
    /// It is not from a server, or of another version.
    Mode,
    /// It does not repeat the question's number: it answers another question, or is forged.
    Originate,
    /// The server wants to be left alone, for this reason: the client must not ask it again (RFC 5905 § 7.4).
    KissOfDeath([u8; 4]),
    /// The server does not know the time.
    Unsynchronized,
    /// Its times contradict each other.
    Times,
}

impl Request {
    /// Reads an answer that has come at `now`, by the clock that the question was asked by.
    ///
    /// # Errors
    /// [`Refusal`] if it cannot be believed: wait for another one, but for a [`KissOfDeath`](Refusal::KissOfDeath).
    pub fn read(&self, packet: &[u8], now: Time) -> Result<Answer, Refusal> {
        let packet: &[u8; LENGTH] = packet.first_chunk().ok_or(Refusal::Length)?;
        let [first, stratum, _, _, rest @ ..] = packet;
        let (leap, version, mode) = (first >> 6, first >> 3 & 7, first & 7);
        if mode != SERVER || !(3..=4).contains(&version) {
            return Err(Refusal::Mode);
        }
        // Root delay and dispersion, reference, and four timestamps.
        let (words, _) = rest.as_chunks::<4>();
        let [_, _, reference, _, _, o0, o1, r0, r1, t0, t1] = words else {
            return Err(Refusal::Length);
        };
        // First of all: only a server that has seen the question may send the client away.
        if joined(*o0, *o1) != self.nonce {
            return Err(Refusal::Originate);
        }
        if *stratum == 0 {
            return Err(Refusal::KissOfDeath(*reference));
        }
        if leap == UNSYNCHRONIZED || *stratum > MOST_STRATUM {
            return Err(Refusal::Unsynchronized);
        }
        let received = Time::read(joined(*r0, *r1)).ok_or(Refusal::Times)?;
        let sent = Time::read(joined(*t0, *t1)).ok_or(Refusal::Times)?;
        self.compare(received, sent, now)
            .map(|(offset, delay)| Answer {
                offset,
                delay,
                stratum: *stratum,
            })
    }

    /// Offset and delay, RFC 4330 § 5: the way there is taken to be as long as the way back.
    fn compare(&self, received: Time, sent: Time, now: Time) -> Result<(i64, i64), Refusal> {
        let [asked, received, sent, now] =
            [self.at, received, sent, now].map(|time| i128::from(time.as_micros()));
        let (elapsed, within) = (now - asked, sent - received);
        if elapsed < 0 || within < 0 || within > elapsed + PRECISION {
            return Err(Refusal::Times);
        }
        let offset = (received - asked + sent - now) / 2;
        let delay = (elapsed - within).max(0);
        match (i64::try_from(offset), i64::try_from(delay)) {
            (Ok(offset), Ok(delay)) => Ok((offset, delay)),
            _ => Err(Refusal::Times),
        }
    }
}

fn joined(high: [u8; 4], low: [u8; 4]) -> [u8; 8] {
    let ([a, b, c, d], [e, f, g, h]) = (high, low);
    [a, b, c, d, e, f, g, h]
}

/// The leap indicator of a server that does not know the time.
const UNSYNCHRONIZED: u8 = 3;
const MOST_STRATUM: u8 = 15;
/// How much longer than the client a server may think that it took, in microseconds: its clock has a precision.
const PRECISION: i128 = 1000;
