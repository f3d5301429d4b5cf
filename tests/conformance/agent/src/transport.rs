//! How commands get to a board, and replies back: in parts that fit a datagram, each of which is repeated until it is answered.
//!
//! Commands are numbered. A number is executed once: whoever asks for it again gets the same reply.

use anydgram_core::Error;
use serde::{Deserialize, Serialize};

use crate::wire::{Plain, PlainError};
use crate::{Answer, Command, Happened, Reply, SocketNumber, Told};

/// A datagram, in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_enums,
    reason = "both sides must know every datagram"
)]
pub enum Packet<'a> {
    /// A part of a command, or of its reply.
    Part {
        /// The command's number; from 1 on.
        number: u32,
        /// How many bytes there are in all.
        total: u32,
        /// Where these begin.
        offset: u32,
        /// These.
        bytes: &'a [u8],
    },
    /// What is wanted next.
    Next {
        /// The command's number.
        number: u32,
        /// Where the next part begins.
        offset: u32,
    },
}

impl<'a> Packet<'a> {
    /// Reads a datagram, if it is one of these.
    #[must_use]
    pub fn read(datagram: &'a [u8]) -> Option<Self> {
        postcard::from_bytes(datagram).ok()
    }

    /// Writes a datagram, which is no longer than [`LONGEST`].
    pub fn write<'b>(&self, room: &'b mut [u8; LONGEST]) -> &'b [u8] {
        postcard::to_slice(self, room).map_or(&[], |written| written)
    }

    /// The part of `all` at `offset`.
    #[must_use]
    pub fn part(number: u32, all: &'a [u8], offset: u32) -> Option<Self> {
        let (_, rest) = all.split_at_checked(usize::try_from(offset).ok()?)?;
        let bytes = rest.get(..PART).unwrap_or(rest);
        let total = u32::try_from(all.len()).ok()?;
        Some(Self::Part {
            number,
            total,
            offset,
            bytes,
        })
    }
}

/// The longest datagram: it fits a frame.
pub const LONGEST: usize = 1_400;
/// The longest part, with room for the rest of its datagram.
const PART: usize = LONGEST - 32;

/// A board's side.
#[derive(Debug)]
pub struct Server<'m> {
    command: &'m mut [u8],
    reply: &'m mut [u8],
    number: u32,
    /// Bytes of the command that have come.
    received: usize,
    /// The reply's length, once there is one.
    replied: Option<usize>,
}

/// What a datagram leads to.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the board has to do all of it")]
pub enum Turn<'a> {
    /// To send this back.
    Answer(Packet<'a>),
    /// To execute the [command](Server::command), and to send back what [`finish`](Server::finish) returns.
    Execute,
    /// Nothing.
    Ignore,
}

impl<'m> Server<'m> {
    /// With room for the longest command and for the longest reply, with everything that has happened.
    #[must_use]
    pub const fn new(command: &'m mut [u8], reply: &'m mut [u8]) -> Self {
        Self {
            command,
            reply,
            number: 0,
            received: 0,
            replied: None,
        }
    }

    /// Takes a datagram.
    pub fn receive(&mut self, packet: Packet<'_>) -> Turn<'_> {
        match packet {
            Packet::Next { number, offset } => self.reply(number, offset),
            Packet::Part { number, .. } if number == self.number && self.replied.is_some() => {
                self.reply(number, 0)
            }
            Packet::Part {
                number,
                total,
                offset,
                bytes,
            } => {
                if number != self.number {
                    (self.number, self.received, self.replied) = (number, 0, None);
                }
                if usize::try_from(offset) == Ok(self.received) {
                    self.take(bytes);
                }
                let offset = u32::try_from(self.received).unwrap_or(u32::MAX);
                if offset == total {
                    Turn::Execute
                } else {
                    Turn::Answer(Packet::Next { number, offset })
                }
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        let end = self.received.saturating_add(bytes.len());
        if let Some(place) = self.command.get_mut(self.received..end) {
            place.copy_from_slice(bytes);
            self.received = end;
        }
    }

    fn reply(&self, number: u32, offset: u32) -> Turn<'_> {
        let replied = self.replied.filter(|_| number == self.number);
        let all = replied.and_then(|length| self.reply.get(..length));
        let part = all.and_then(|all| Packet::part(number, all, offset));
        part.map_or(Turn::Ignore, Turn::Answer)
    }

    /// The command that is to be executed, if it is one.
    #[must_use]
    pub fn command(&self) -> Option<Command<'_>> {
        postcard::from_bytes(self.command.get(..self.received)?).ok()
    }

    /// The command was executed; the first part of its reply. What was told is taken out of `log`.
    pub fn finish(&mut self, reply: &Reply, log: &mut Log<'_>) -> Turn<'_> {
        let length = write_reply(reply, log, self.reply);
        let length = length.or_else(|| {
            log.length = 0;
            log.is_over = false;
            write_reply(&Ok(Answer::Impossible), log, self.reply)
        });
        log.length = 0;
        self.replied = length;
        self.reply(self.number, 0)
    }
}

/// Keeps what happens, as it is written.
#[derive(Debug)]
pub struct Log<'m> {
    bytes: &'m mut [u8],
    length: usize,
    /// There was no room for something.
    is_over: bool,
}

impl<'m> Log<'m> {
    /// With room for all that happens from one command to the next.
    #[must_use]
    pub const fn new(bytes: &'m mut [u8]) -> Self {
        Self {
            bytes,
            length: 0,
            is_over: false,
        }
    }
}

impl Told for Log<'_> {
    fn told(&mut self, socket: SocketNumber, happened: Happened<'_>) {
        let room = self.bytes.get_mut(self.length..).unwrap_or_default();
        match postcard::to_slice(&(socket, happened), room) {
            Ok(written) => self.length = self.length.saturating_add(written.len()),
            Err(_) => self.is_over = true,
        }
    }
}

/// How long the reply is with what has happened; `None` if there is no room, or was none.
fn write_reply(reply: &Reply, log: &Log<'_>, room: &mut [u8]) -> Option<usize> {
    if log.is_over {
        return None;
    }
    let reply = reply.as_ref().map_err(Plain::plain);
    let length = postcard::to_slice(&reply, room).ok()?.len();
    let (_, room) = room.split_at_mut_checked(length)?;
    let told = log.bytes.get(..log.length)?;
    room.get_mut(..told.len())?.copy_from_slice(told);
    length.checked_add(told.len())
}

/// Writes a command, if there is room.
#[must_use]
pub fn write_command<'b>(command: &Command<'_>, room: &'b mut [u8]) -> Option<&'b [u8]> {
    postcard::to_slice(command, room)
        .ok()
        .map(|written| &*written)
}

/// Reads a reply, and tells what has happened; `None` if it is none.
pub fn read_reply(bytes: &[u8], told: &mut impl Told) -> Option<Reply> {
    type Written<'a> = Result<Answer, PlainError<'a>>;
    let (reply, mut rest) = postcard::take_from_bytes::<Written<'_>>(bytes).ok()?;
    let reply = match reply {
        Ok(answer) => Ok(answer),
        Err(error) => Err(Error::of(error)?.without_name()),
    };
    while !rest.is_empty() {
        let ((socket, happened), others) = postcard::take_from_bytes(rest).ok()?;
        told.told(socket, happened);
        rest = others;
    }
    Some(reply)
}

#[cfg(test)]
mod tests;
