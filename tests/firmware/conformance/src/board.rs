//! One board: what it is asked, and the frames that it exchanges with others.

use alloc::collections::VecDeque;
use core::net::Ipv4Addr;
use core::time::Duration;
use std::io;
use std::os::unix::net::UnixDatagram;

use anydgram_conformance::handler_backend::Queue;
use anydgram_conformance_agent::transport::{LONGEST, Packet, read_reply, write_command};
use anydgram_conformance_agent::{Command, Reply};
use anydgram_firmware_tests::{Firmware, Guest, Peer, Switch};

/// A board on a switch of its own, so that frames of others come when they are let through.
pub(crate) struct Board {
    pub(crate) told: Queue,
    guest: Guest,
    peer: Peer,
    /// The cable to the other boards.
    trunk: UnixDatagram,
    waiting: VecDeque<Vec<u8>>,
    number: u32,
    address: Ipv4Addr,
    // Last: its folder has the others' sockets.
    switch: Switch,
}

impl Board {
    /// Boots a board whose addresses end with `last`.
    pub(crate) fn boot(firmware: &Firmware, last: u8, is_link_local: bool) -> io::Result<Self> {
        let switch = Switch::new()?;
        let peer = Peer::new(&switch, PEER)?.at(Ipv4Addr::new(192, 0, 2, PEER));
        let port = switch.connect("trunk")?;
        let trunk = UnixDatagram::bind(port.path())?;
        trunk.set_nonblocking(true)?;
        let number = if is_link_local { last + 100 } else { last };
        let mut guest = Guest::boot(firmware, &switch, number)?;
        guest.log().wait_for("at your service", PATIENCE)?;
        Ok(Self {
            told: Queue::default(),
            guest,
            peer,
            trunk,
            waiting: VecDeque::new(),
            number: 0,
            address: Ipv4Addr::new(192, 0, 2, last),
            switch,
        })
    }

    /// Has a command carried out, and takes what has happened.
    pub(crate) fn ask(&mut self, command: &Command<'_>) -> io::Result<Reply> {
        self.number += 1;
        let number = self.number;
        let mut room = vec![0; ROOM];
        let command = write_command(command, &mut room).ok_or(io::ErrorKind::OutOfMemory)?;
        let mut next = Packet::part(number, command, 0);
        let mut reply = Vec::new();
        loop {
            let packet = next.ok_or(io::ErrorKind::InvalidData)?;
            let answer = self.exchange(&packet)?;
            next = match Packet::read(&answer) {
                Some(Packet::Next { offset, .. }) => Packet::part(number, command, offset),
                Some(Packet::Part { total, bytes, .. }) => {
                    reply.extend(bytes);
                    let offset = u32::try_from(reply.len()).map_err(io::Error::other)?;
                    if offset == total {
                        break;
                    }
                    Some(Packet::Next { number, offset })
                }
                None => None,
            };
        }
        let reply = read_reply(&reply, &mut self.told);
        reply.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Sends a datagram until an answer to it comes.
    fn exchange(&mut self, packet: &Packet<'_>) -> io::Result<Vec<u8>> {
        let mut room = [0; LONGEST];
        let datagram = packet.write(&mut room);
        for _ in 0..TIMES {
            self.peer.send((self.address, PORT).into(), datagram)?;
            loop {
                match self.peer.receive(PATIENCE / TIMES) {
                    Ok(answer) if answers(packet, &answer.payload) => return Ok(answer.payload),
                    // Late, and twice.
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::TimedOut => break,
                    Err(error) => return Err(error),
                }
            }
        }
        let log = self.guest.log();
        let text = format!("the board does not answer; it has logged:\n{log}");
        Err(io::Error::new(io::ErrorKind::TimedOut, text))
    }

    /// What the board has sent to others since the last call.
    pub(crate) fn sent(&self) -> io::Result<Vec<Vec<u8>>> {
        let mut frames = Vec::new();
        let mut frame = [0; 2_048];
        loop {
            match self.trunk.recv(&mut frame) {
                Ok(length) => {
                    let frame = frame.get(..length).unwrap_or_default();
                    if frame.get(6..12) == Some(&self.guest.hardware_address()) {
                        frames.push(frame.to_owned());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(frames),
                Err(error) => return Err(error),
            }
        }
    }

    /// A frame of another board is for this one, too.
    pub(crate) fn hold(&mut self, frame: &[u8]) {
        self.waiting.push_back(frame.to_owned());
    }

    /// Whether no frame waits.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Lets the oldest frame through, if there is one; whether there was.
    pub(crate) fn release(&mut self) -> io::Result<bool> {
        let Some(frame) = self.waiting.pop_front() else {
            return Ok(false);
        };
        self.trunk.send_to(&frame, self.switch.path())?;
        Ok(true)
    }
}

/// Whether a datagram is what comes back for another one.
fn answers(packet: &Packet<'_>, datagram: &[u8]) -> bool {
    match (packet, Packet::read(datagram)) {
        // More of the command is wanted than before, or all of it has come.
        (
            Packet::Part { number, offset, .. },
            Some(Packet::Next {
                number: of,
                offset: next,
            }),
        ) => *number == of && next > *offset,
        (
            Packet::Part { number, .. },
            Some(Packet::Part {
                number: of,
                offset: 0,
                ..
            }),
        ) => *number == of,
        (
            Packet::Next { number, offset },
            Some(Packet::Part {
                number: of,
                offset: at,
                ..
            }),
        ) => (*number, *offset) == (of, at),
        (_, _) => false,
    }
}

/// The port of the program `agent`.
const PORT: u16 = 99;
/// The last part of the peer's addresses.
const PEER: u8 = 200;
/// For the longest command.
const ROOM: usize = 100_000;
/// How long a board may take, and how often it is asked meanwhile.
const PATIENCE: Duration = Duration::from_secs(20);
const TIMES: u32 = 40;
