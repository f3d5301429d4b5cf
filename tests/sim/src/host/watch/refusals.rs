//! Refusals (R5): a socket is told that a datagram did not arrive only of a peer of its own, to which something has been sent from
//! its port.
//!
//! Which of several sockets at one port has sent it, cannot be seen on the wire. A refusal that is on its way when its host starts
//! anew comes to whoever has the port then, as on any system: what was sent before counts. What stays on the host is not seen, and
//! neither is, among frames, what waits for a neighbour that does not answer.

use alloc::collections::BTreeSet;
use core::net::IpAddr;

use anydgram_core::{Endpoint, Socket};

use super::Verdict;

/// From which ports a host has sent something, and where to.
#[derive(Debug, Default)]
pub(in crate::host) struct Sent {
    pairs: BTreeSet<(u16, IpAddr, u16)>,
}

impl Sent {
    pub(super) fn add(&mut self, source: Endpoint, destination: Endpoint) {
        self.pairs.insert(pair(source.port, destination));
    }

    fn has(&self, port: u16, peer: Endpoint) -> bool {
        self.pairs.contains(&pair(port, peer))
    }
}

fn pair(port: u16, peer: Endpoint) -> (u16, IpAddr, u16) {
    (port, peer.address.canonical().ip(), peer.port)
}

/// Whom a socket has been connected to.
#[derive(Debug, Default)]
pub(super) struct Peers(Vec<Endpoint>);

impl Peers {
    pub(super) fn see(&mut self, socket: &Socket<'_>) {
        if let Ok(peer) = socket.remote_address()
            && self.0.last() != Some(&peer)
        {
            self.0.push(peer);
        }
    }

    /// The socket at a port is told of a refusal; `own` are addresses of its host.
    pub(super) fn refuse(&self, port: u16, sent: &Sent, own: &BTreeSet<IpAddr>) -> Verdict {
        let is_own = |peer: Endpoint| {
            let address = peer.address.canonical();
            address.is_loopback() || own.contains(&address.ip())
        };
        let mut peers = self.0.iter().copied();
        if peers.any(|peer| is_own(peer) || sent.has(port, peer)) {
            Ok(())
        } else {
            Err(format!(
                "it was told of a refusal, and port {port} has sent nothing to {:?}",
                self.0
            ))
        }
    }
}
