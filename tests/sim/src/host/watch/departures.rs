//! Bytes (S4): what leaves is what sockets were given, byte for byte, to where it was to go, in the order of the calls, and each
//! at most once; what waits stays as it was given.
//!
//! Calls of `send` cannot be seen. What they leave in a queue can, when an application has had its socket, as far as it may leave
//! then. What waits for a bind or a name first is only counted: so many datagrams may leave that nobody was seen to give. With
//! frames, some wait for their neighbours, so that the order is that of each destination.

use alloc::collections::{BTreeMap, VecDeque};
use core::net::IpAddr;

use anydgram_core::{Endpoint, SendToken, Socket, SocketId, Transmit};

use super::Verdict;
use crate::trace::digest;

/// What was given to the sockets of a host, and has not left.
#[derive(Debug, Default)]
pub(super) struct Departures {
    /// By the ports that it will leave from.
    ports: BTreeMap<u16, VecDeque<Given>>,
    /// Sends that nobody has seen wait.
    unseen: u64,
}

/// A datagram that was given to a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Given {
    socket: SocketId,
    token: SendToken,
    /// `None`: to the peer, whoever that is when it leaves.
    to: Option<(IpAddr, u16)>,
    /// A hash of its bytes.
    digest: u64,
}

impl Given {
    fn of(socket: SocketId, transmit: &Transmit<'_>) -> Self {
        let to = transmit.destination;
        Self {
            socket,
            token: transmit.token,
            to: to.map(|to| (to.address.canonical().ip(), to.port)),
            digest: match transmit.payload.pieces() {
                [piece] => digest(piece),
                pieces => digest(&pieces.concat()),
            },
        }
    }
}

impl Departures {
    /// An application has had a socket, which has accepted `count` sends since.
    pub(super) fn give(&mut self, id: SocketId, socket: &mut Socket<'_>, count: u64) -> Verdict {
        let new = self.look(id, socket)?;
        self.unseen = self.unseen.saturating_add(count.saturating_sub(new));
        Ok(())
    }

    /// Looks at what waits in a socket, when no application has had it.
    pub(super) fn look_at(&mut self, id: SocketId, socket: &mut Socket<'_>) -> Verdict {
        let new = self.look(id, socket)?;
        // It could not leave when it was given.
        self.unseen = self.unseen.saturating_sub(new);
        Ok(())
    }

    /// How much of what waits had not been seen.
    fn look(&mut self, id: SocketId, socket: &mut Socket<'_>) -> Result<u64, String> {
        let Ok(local) = socket.address() else {
            return Ok(0);
        };
        let mut new = Ok(0);
        socket.transmit_run(|run| {
            new = self.wait(local.port, run.map(|transmit| Given::of(id, &transmit)));
            0
        });
        new
    }

    /// These wait in a socket at a port; how many of them had not been seen.
    fn wait(&mut self, port: u16, waiting: impl Iterator<Item = Given>) -> Result<u64, String> {
        let given = self.ports.entry(port).or_default();
        let mut new = 0;
        for datagram in waiting {
            let is_it =
                |known: &&Given| (known.socket, known.token) == (datagram.socket, datagram.token);
            match given.iter().rev().find(is_it) {
                Some(known) if *known == datagram => {}
                Some(known) => {
                    return Err(format!(
                        "a datagram has changed while it waits: {known:?}, {datagram:?}"
                    ));
                }
                None => {
                    given.push_back(datagram);
                    new += 1;
                }
            }
        }
        while given.len() > KEPT {
            given.pop_front();
            self.unseen = self.unseen.saturating_add(1);
        }
        Ok(new)
    }

    /// A datagram has left, or the last of its fragments. With `is_in_line`, none overtakes another of its socket.
    pub(super) fn leave(
        &mut self,
        (source, destination): (Endpoint, Endpoint),
        digest: u64,
        is_in_line: bool,
    ) -> Verdict {
        let to = (destination.address.canonical().ip(), destination.port);
        let given = self.ports.entry(source.port).or_default();
        let is_it =
            |known: &Given| known.digest == digest && known.to.is_none_or(|known| known == to);
        if let Some(at) = given.iter().position(is_it)
            && let Some(left) = given.remove(at)
        {
            // What was given before has failed.
            let mut places = 0..;
            given.retain(|known| {
                let is_earlier = places.next().is_some_and(|place| place < at);
                let is_passed = known.socket == left.socket && (is_in_line || known.to == left.to);
                !(is_earlier && is_passed)
            });
            return Ok(());
        }
        let Some(unseen) = self.unseen.checked_sub(1) else {
            return Err(format!(
                "a datagram left from {source} to {destination} that no socket was given, or not so late"
            ));
        };
        self.unseen = unseen;
        Ok(())
    }

    /// Nothing waits anywhere: what has not left, stays on the host or has failed.
    pub(super) fn rest(&mut self) {
        for given in self.ports.values_mut() {
            given.clear();
        }
    }
}

/// How many are kept of each port.
const KEPT: usize = 256;

#[cfg(test)]
mod tests;
