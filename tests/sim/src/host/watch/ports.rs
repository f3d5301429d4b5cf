//! Ports and addresses (P1 to P3): no two sockets own one that do not share it; a port of the host's choice is in the dynamic range;
//! what is sent comes from where a socket says that it is; a closed socket has no port.
//!
//! Where a socket was bound cannot be seen once it is connected: it shows the address that it sends from.

use alloc::collections::{BTreeMap, BTreeSet};
use core::net::IpAddr;

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
        let is_other_v4 = other.is_v4 || other.local.address.canonical().ip().is_ipv4();
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

/// The ports that sockets of a host have had, each with the addresses that they said.
#[derive(Debug, Default)]
pub(super) struct Homes {
    known: BTreeMap<u16, BTreeSet<IpAddr>>,
    /// A socket was bound and closed before anybody looked.
    has_unknown: bool,
}

impl Homes {
    /// A socket was bound; `None` if it does not say where any more.
    pub(super) fn add(&mut self, local: Option<Endpoint>) {
        let Some(local) = local else {
            self.has_unknown = true;
            return;
        };
        let addresses = self.known.entry(local.port).or_default();
        addresses.insert(local.address.canonical().ip());
    }

    /// Whether a socket has, or may have, had a port.
    pub(super) fn has(&self, port: u16) -> bool {
        self.has_unknown || self.known.contains_key(&port)
    }

    /// Whether what was sent comes from where a socket is, or was. With `is_own`, its address is one of the host: the source of
    /// those that are at none, or at a group or a broadcast address.
    pub(super) fn is_source(
        &self,
        source: Endpoint,
        is_own: bool,
        is_broadcast: impl Fn(IpAddr) -> bool,
    ) -> Verdict {
        if self.has_unknown {
            return Ok(());
        }
        let Some(addresses) = self.known.get(&source.port) else {
            return Err(format!(
                "a datagram was sent from {source}, which no socket has"
            ));
        };
        let is_of_none =
            |ip: &IpAddr| ip.is_unspecified() || ip.is_multicast() || is_broadcast(*ip);
        let is_its = addresses.contains(&source.address.canonical().ip());
        if is_its || (is_own && addresses.iter().any(is_of_none)) {
            Ok(())
        } else {
            Err(format!(
                "a datagram was sent from {source}, and its socket is at {addresses:?}"
            ))
        }
    }
}

/// Whether a port of the host's choice is in the dynamic range (RFC 6335 § 6).
pub(super) fn is_fit(port: u16, is_chosen: bool) -> Verdict {
    if is_chosen && port < FIRST_DYNAMIC {
        Err(format!("the host has chosen the port {port}"))
    } else {
        Ok(())
    }
}

/// Whether a socket that has ended has no port any more.
pub(super) fn has_none(id: SocketId, stack: &Stack<'_>) -> Verdict {
    match stack.ports().get(id) {
        None => Ok(()),
        Some(_) => Err("it has ended, and has its port".into()),
    }
}

/// The first port that a host may choose.
const FIRST_DYNAMIC: u16 = 49_152;
