//! DNS messages of the mDNS browser: one question out, PTR records in.
//!
//! The messages are read by `simple-dns`, which keeps the limits that RFC 9267 asks for: compression pointers lead
//! backwards only, names have at most 255 bytes and labels 63, nothing is read behind the end. This module adds that
//! counts which cannot be true are refused before anything is reserved for them; tests below try both.

use core::error::Error;
use core::fmt;

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, TYPE};

/// A PTR record: what is found under a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Pointer {
    /// The name that was asked for, without the last dot.
    pub name: String,
    /// The name that it leads to. Control characters are escaped.
    pub target: String,
    /// For how many seconds that holds; 0 takes it back (RFC 6762 § 10.1).
    pub ttl: u32,
}

/// Why bytes are no DNS message, or a text no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// The header promises more than the rest has room for.
    Counts,
    /// Something in it breaks the format.
    Format,
    /// The text is no name: a label of more than 63 bytes, more than 255 bytes in all, or a bad escape.
    Name,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counts => "DNS message with more records than bytes for them",
            Self::Format => "malformed DNS message",
            Self::Name => "no DNS name",
        })
    }
}

impl Error for Malformed {}

/// A question for all PTR records of a name, for multicast (RFC 6762 § 18: the identifier is 0).
///
/// # Errors
/// [`Malformed::Name`] for a text that is no name.
pub fn pointer_query(name: &str) -> Result<Vec<u8>, Malformed> {
    let name = Name::new(name).map_err(|_| Malformed::Name)?;
    let mut packet = Packet::new_query(0);
    let class = QCLASS::CLASS(CLASS::IN);
    let is_unicast_wanted = false;
    packet.questions.push(Question::new(
        name,
        QTYPE::TYPE(TYPE::PTR),
        class,
        is_unicast_wanted,
    ));
    packet.build_bytes_vec().map_err(|_| Malformed::Name)
}

/// The PTR records in a response; none in a query, whose records are what the asker knows already.
///
/// # Errors
/// [`Malformed`] for bytes that are no DNS message.
pub fn pointers(message: &[u8]) -> Result<Vec<Pointer>, Malformed> {
    check_counts(message)?;
    let packet = Packet::parse(message).map_err(|_| Malformed::Format)?;
    if !packet.has_flags(PacketFlag::RESPONSE) {
        return Ok(Vec::new());
    }
    let records = packet.answers.iter().chain(&packet.additional_records);
    Ok(records
        .filter_map(|record| {
            let RData::PTR(target) = &record.rdata else {
                return None;
            };
            Some(Pointer {
                name: printable(&record.name),
                target: printable(target),
                ttl: record.ttl,
            })
        })
        .collect())
}

/// RFC 9267 § 5: the counts are the sender's word only.
fn check_counts(message: &[u8]) -> Result<(), Malformed> {
    let (header, rest) = message.split_at_checked(12).ok_or(Malformed::Format)?;
    let mut counts = header.chunks_exact(2).skip(2).map(|pair| {
        pair.iter()
            .fold(0, |all, byte| all << 8 | usize::from(*byte))
    });
    let questions = counts.next().unwrap_or_default();
    let records: usize = counts.sum();
    let least = questions * SHORTEST_QUESTION + records * SHORTEST_RECORD;
    if least > rest.len() {
        return Err(Malformed::Counts);
    }
    Ok(())
}

/// The root name, type and class.
const SHORTEST_QUESTION: usize = 5;
/// The root name, type, class, TTL and length.
const SHORTEST_RECORD: usize = 11;

fn printable(name: &Name<'_>) -> String {
    let text = name.to_string();
    let escaped = text.chars().map(|character| {
        if character.is_control() {
            character.escape_default().to_string()
        } else {
            character.to_string()
        }
    });
    escaped.collect()
}

#[cfg(test)]
mod tests;
