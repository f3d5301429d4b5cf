//! Ports and addresses (P1 to P3): no two sockets own one that do not share it; what is sent comes from a socket's port; a closed
//! socket has none.
//!
//! Which ports were asked for, and which chosen, cannot be seen, nor where a socket was bound once it is connected: it shows the
//! address that it sends from.

use alloc::collections::BTreeSet;

use anydgram_core::stack::Host as Stack;
use anydgram_core::{Endpoint, Family, Socket, SocketId};

use super::Verdict;

/// Where a socket is, and with whom it shares that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner {
    pub(super) local: Endpoint,
    pub(super) is_v4: bool,
    pub(super) ipv6_only: bool,
    pub(super) reuse_address: bool,
    pub(super) reuse_port: bool,
}

impl Owner {
    /// `None` unless the socket is bound.
    pub(super) fn of(socket: &Socket<'_>) -> Option<Self> {
        let options = socket.options();
        Some(Self {
            local: socket.address().ok()?,
            is_v4: socket.family() == Family::V4,
            ipv6_only: options.ipv6_only,
            reuse_address: options.reuse_address,
            reuse_port: options.reuse_port,
        })
    }

    fn shares_with(&self, other: &Self) -> bool {
        (self.reuse_address && other.reuse_address) || (self.reuse_port && other.reuse_port)
    }

    /// Whether there is an address that both receive at.
    fn overlaps(&self, other: &Self) -> bool {
        let (one, two) = (self.local, other.local);
        if one.port != two.port {
            return false;
        }
        let (a, b) = (one.address.canonical(), two.address.canonical());
        match (a.is_unspecified(), b.is_unspecified()) {
            (false, false) => a == b,
            (true, false) => self.takes(other),
            (false, true) => other.takes(self),
            (true, true) => self.is_v4 == other.is_v4 || self.takes(other) && other.takes(self),
        }
    }

    /// Whether one at the wildcard address takes what is for another one.
    fn takes(&self, other: &Self) -> bool {
        let is_other_v4 = other.is_v4 || other.local.address.canonical().ip.is_ipv4();
        if self.is_v4 {
            is_other_v4 || other.local.address.is_unspecified() && !other.ipv6_only
        } else {
            !is_other_v4 || !self.ipv6_only
        }
    }
}

/// Whether all sockets that overlap share.
pub(super) fn no_two_own_one(owners: &[Owner]) -> Verdict {
    for (at, one) in owners.iter().enumerate() {
        for two in &owners[at + 1..] {
            if one.overlaps(two) && !one.shares_with(two) {
                return Err(format!("two sockets have {} and {}", one.local, two.local));
            }
        }
    }
    Ok(())
}

/// Whether what was sent comes from a port that a socket has, or has had: `ports`.
pub(super) fn is_source(source: Endpoint, ports: &BTreeSet<u16>, stack: &Stack<'_>) -> Verdict {
    // One that was closed before anybody looked has an unknown port, 0.
    if ports.contains(&source.port) || ports.contains(&0) || stack.ports().has(source.port) {
        Ok(())
    } else {
        Err(format!(
            "a datagram was sent from {source}, which no socket has"
        ))
    }
}

/// Whether a socket that has ended has no port any more.
pub(super) fn has_none(id: SocketId, stack: &Stack<'_>) -> Verdict {
    match stack.ports().get(id) {
        None => Ok(()),
        Some(_) => Err("it has ended, and has its port".into()),
    }
}
