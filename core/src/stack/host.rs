//! The host: sockets on one side, datagrams on the other, and the tables in between.
//!
//! One concern in each file of `host/`, read downward: `turn.rs` whose turn it is, `action.rs` what a socket asks for,
//! `membership.rs` and `lookup.rs` the longer answers, `path.rs` which way a datagram goes, `transmit.rs` sending it,
//! `receive.rs` whose it is.
//! Invariant: the tables hold a socket exactly while it is bound; one that was taken out of its
//! [`Sockets`] while it was bound is forgotten when the host notices.

mod action;
mod lookup;
mod membership;
mod path;
mod receive;
#[cfg(test)]
mod tests;
mod transmit;
mod turn;

use core::fmt;

pub use lookup::Lookup;
pub use receive::Arrival;

use super::groups::Groups;
use super::interfaces::Interfaces;
use super::loopback::Loopback;
use super::ports::Ports;
use super::random::Seed;
use super::tables::Tables;
#[cfg(doc)]
use crate::sockets::Sockets;
use crate::time::Instant;

/// What a kernel keeps for the sockets of one host.
///
/// A backend for a stack that moves datagrams has one: it says which interfaces there are, hands arriving datagrams to
/// [`receive`](Self::receive), calls [`poll`](Self::poll), and is the [`Wire`](super::Wire).
pub struct Host<'m> {
    ports: Ports<'m>,
    groups: Groups<'m>,
    interfaces: Interfaces<'m>,
    local: Loopback<'m>,
    drops: Drops,
    /// A datagram found no room, and its socket waits for the next poll.
    is_blocked: bool,
    /// Nobody was at the port of the last datagram that stayed on this host.
    is_refused: bool,
}

/// What a host has while it is called: the time, and whoever sends for it.
struct Context<'c, W: ?Sized> {
    now: Instant,
    wire: &'c mut W,
}

macro_rules! drops {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// Datagrams that no socket was shown, by reason. Counters stay at their maximum.
        ///
        /// What a socket itself does not want is in its [`Stats`](crate::Stats).
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub struct Drops {
            $($(#[$doc])+ pub $name: u32,)+
        }
    };
}

drops! {
    /// The source can be nobody's, or is this host's own, or the datagram came in by an interface that is not there.
    martian,
    /// For an address or a group that is not this host's.
    not_ours,
    /// For a port that no socket has.
    no_socket,
    /// A copy for this host of a datagram to a group or a broadcast address found no room.
    local_full,
}

impl<'m> Host<'m> {
    /// A host with the loopback interface, and nothing else.
    ///
    /// Ports of the host's choice follow from `seed`.
    #[must_use]
    pub fn new(tables: Tables<'m>, seed: Seed) -> Self {
        let Tables {
            ports,
            groups,
            interfaces,
            addresses,
            local,
            local_bytes,
        } = tables;
        Self {
            ports: Ports::new(ports, seed),
            groups: Groups::new(groups),
            interfaces: Interfaces::new(interfaces, addresses),
            local: Loopback::new(local, local_bytes),
            drops: Drops::default(),
            is_blocked: false,
            is_refused: false,
        }
    }

    /// The interfaces.
    #[must_use]
    pub const fn interfaces(&self) -> &Interfaces<'m> {
        &self.interfaces
    }

    /// The interfaces, to be changed. Groups are joined anew by [`rejoin`](Self::rejoin).
    pub const fn interfaces_mut(&mut self) -> &mut Interfaces<'m> {
        &mut self.interfaces
    }

    /// The memberships of all sockets.
    #[must_use]
    pub const fn groups(&self) -> &Groups<'m> {
        &self.groups
    }

    /// The bound sockets.
    #[must_use]
    pub const fn ports(&self) -> &Ports<'m> {
        &self.ports
    }

    /// What was dropped before it came to a socket.
    #[must_use]
    pub const fn drops(&self) -> &Drops {
        &self.drops
    }

    /// Whether a datagram that stays on this host has not been delivered.
    #[must_use]
    pub fn has_local(&self) -> bool {
        !self.local.is_empty()
    }

    /// Whether a datagram waits for room on the wire; the next [`poll`](Self::poll) offers it again.
    #[must_use]
    pub const fn is_blocked(&self) -> bool {
        self.is_blocked
    }
}

impl fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("drops", &self.drops)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Host<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Host {{ drops: {} }}", self.drops);
    }
}
