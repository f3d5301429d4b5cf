//! What each program that echoes has to do: `PROGRAM` names it.

use core::net::SocketAddr;
use core::time::Duration;
use std::io;

use super::PROGRAM;
use anydgram_firmware_tests::{Datagram, Firmware, Guest, Peer, Switch};

/// How long anything may take; the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// After this nothing comes any more.
pub(crate) const SILENCE: Duration = Duration::from_millis(300);

pub(crate) const ECHO: u16 = 7;
pub(crate) const CONTROL: u16 = 9;
/// The longest payload of a frame with IPv4.
pub(crate) const LONGEST: usize = 1472;

mod basics;
mod faults;
pub(crate) mod groups;
mod many;

/// A peer and a board that echoes.
pub(crate) struct Pair {
    pub(crate) guest: Guest,
    pub(crate) peer: Peer,
    // Last: its folder has the others' sockets.
    pub(crate) switch: Switch,
}

impl Pair {
    pub(crate) fn new() -> Option<Self> {
        let firmware = Firmware::find(PROGRAM)?;
        let switch = Switch::new().unwrap();
        let peer = Peer::new(&switch, 1).unwrap();
        let mut guest = Guest::boot(&firmware, &switch, 2).unwrap();
        guest.log().wait_for("link up", PATIENCE).unwrap();
        Some(Self {
            guest,
            peer,
            switch,
        })
    }

    pub(crate) fn address(&self, port: u16) -> SocketAddr {
        (self.guest.ipv4(), port).into()
    }

    /// Sends a payload to the echo and waits for it.
    pub(crate) fn echo(&mut self, payload: &[u8]) {
        let to = self.address(ECHO);
        echo(&mut self.peer, to, payload).unwrap();
    }

    /// After more than the board's card has room for: sends until the last of what was sent comes back, so that
    /// nothing is on its way any more, and returns what else came meanwhile.
    pub(crate) fn catch_up(&mut self) -> Vec<Datagram> {
        let to = self.address(ECHO);
        let mut others = Vec::new();
        // Nothing overtakes anything.
        for attempt in 0_u8..100 {
            self.peer.send(to, &[attempt]).unwrap();
            for answer in self.peer.drain(Duration::from_secs(1)).unwrap() {
                match answer.payload[..] {
                    [last] if last == attempt => return others,
                    // The answer to one before it.
                    [_] => {}
                    _ => others.push(answer),
                }
            }
        }
        panic!("the board does not answer any more")
    }

    pub(crate) fn exit(mut self, command: &str, expected: i32) -> Vec<String> {
        let to = self.address(CONTROL);
        self.peer.send(to, command.as_bytes()).unwrap();
        assert_eq!(self.guest.wait(PATIENCE).unwrap(), expected);
        let lines = self.guest.log().rest(PATIENCE).unwrap();
        lines
            .iter()
            .map(|line| format!("{} {}", line.level, line.message))
            .collect()
    }
}

/// Sends a payload to an echo, and waits until it comes back from there.
pub(crate) fn echo(peer: &mut Peer, to: SocketAddr, payload: &[u8]) -> io::Result<()> {
    peer.send(to, payload)?;
    let datagram = peer.receive(PATIENCE)?;
    assert_echo(&datagram, to, payload);
    Ok(())
}

pub(crate) fn assert_echo(datagram: &Datagram, from: SocketAddr, payload: &[u8]) {
    assert_eq!(datagram.source, from);
    assert_eq!(datagram.payload.len(), payload.len());
    assert_eq!(datagram.payload, payload);
}

pub(crate) fn payload(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}
