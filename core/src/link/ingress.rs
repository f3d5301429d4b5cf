//! The gate: what a host is obliged to check before it believes a frame.

use super::Link;
use crate::address::Endpoint;
use crate::error::Errno;
use crate::stack::{Groups, Incoming, Interfaces};
use crate::time::Instant;

/// What a frame was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "for us, against us, for the stack, or for nobody"
)]
pub enum Ingress<'f> {
    /// A checked UDP datagram to an own address, a broadcast address of the interface, or a group that a socket is in.
    ///
    /// One for a port that no socket has goes on to the stack, which answers that nobody is there.
    Datagram(Incoming<'f>),
    /// ICMP says that a datagram of this host did not arrive.
    Unreachable(Unreachable),
    /// For the stack behind: ARP, echo requests, IGMP, MLD, NDP, fragments; all that is not UDP. It is checked.
    Other,
    /// It was dropped, and counted in [`LinkDrops`].
    Dropped,
}

/// A datagram of this host that did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Unreachable {
    /// Where it came from: an own address and the port of a socket.
    pub local: Endpoint,
    /// Where it was sent to.
    pub peer: Endpoint,
    /// Why it did not arrive.
    pub errno: Errno,
}

impl Unreachable {
    /// A datagram from `local` did not get to `peer`.
    #[must_use]
    pub const fn new(local: Endpoint, peer: Endpoint, errno: Errno) -> Self {
        Self { local, peer, errno }
    }
}

macro_rules! drops {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// What a link has dropped, by reason. Counters stay at their maximum.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub struct LinkDrops {
            $($(#[$doc])+ pub $name: u32,)+
        }
    };
}

drops! {
    /// Datagrams that waited for a neighbour and gave way to later ones.
    waiting_overflowed,
    /// Datagrams that waited for a neighbour when the link was reset.
    waiting_lost,
    /// Neighbours that have another hardware address now; nothing was dropped.
    neighbour_moved,
}

pub(super) fn receive<'f>(
    link: &mut Link<'_>,
    now: Instant,
    frame: &'f [u8],
    interfaces: &Interfaces<'_>,
    groups: &Groups<'_>,
) -> Ingress<'f> {
    let _ = (link, now, frame, interfaces, groups);
    Ingress::Dropped
}
