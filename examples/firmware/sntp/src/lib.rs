//! The packets of an SNTP client (RFC 4330; RFC 5905 § 14), and what it may believe of an answer.
//!
//! No clock and no socket: whoever asks says when, by a clock of its own. A [`Request`] carries a random number in place of
//! its time, which a server has to repeat: who does not see the request cannot forge an answer, and nobody learns the
//! client's time.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

mod answer;
mod time;

pub use answer::{Answer, Refusal};
pub use time::Time;

/// The port of time servers.
pub const PORT: u16 = 123;

/// The length of a packet without extensions in bytes.
pub const LENGTH: usize = 48;

/// A question for the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// What the answer has to repeat.
    nonce: [u8; 8],
    /// When it was asked.
    at: Time,
}

impl Request {
    /// A question asked at `at`. `nonce` is a number that nobody can predict.
    #[must_use]
    pub const fn new(nonce: u64, at: Time) -> Self {
        // Zero is what servers send that have nothing to repeat.
        let nonce = if nonce == 0 { 1 } else { nonce };
        Self {
            nonce: nonce.to_be_bytes(),
            at,
        }
    }

    /// What is sent: a packet of version 4 from a client, with nothing but its number.
    #[must_use]
    pub fn packet(&self) -> [u8; LENGTH] {
        let mut packet = [0; LENGTH];
        if let Some((first, rest)) = packet.split_first_mut() {
            *first = VERSION << 3 | CLIENT;
            if let Some(transmit) = rest.last_chunk_mut() {
                *transmit = self.nonce;
            }
        }
        packet
    }
}

/// NTP's version.
const VERSION: u8 = 4;
/// The modes of a packet.
const CLIENT: u8 = 3;
const SERVER: u8 = 4;

#[cfg(test)]
mod tests;
