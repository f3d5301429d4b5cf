//! What a host is made with: memory that the application gives, and a name.

use core::fmt;

use anydgram_core::SocketSlot;
use anydgram_core::link::{AssemblySlot, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Seed, Tables};

use crate::groups::JoinSlot;
use crate::host::LookupSlot;

/// Memory for one host, lent for as long as it lives.
///
/// The sizes are the application's, and the only bound there is: what finds no room fails with `ENOBUFS`, or is dropped and
/// counted.
#[expect(
    clippy::exhaustive_structs,
    reason = "a new table must be given memory"
)]
pub struct HostMemory<'m> {
    /// The tables of [`anydgram_core::stack`], with room for one interface and its addresses.
    pub tables: Tables<'m>,
    /// Places for sockets: as many as in `tables.ports`.
    pub sockets: &'m mut [SocketSlot<'m>],
    /// Neighbours that are known at the same time; at least one.
    pub neighbours: &'m mut [NeighbourSlot],
    /// Datagrams that wait for their neighbour's address, or leave in fragments.
    pub waiting: &'m mut [WaitingSlot],
    /// Their bytes. They also limit how long an IPv4 datagram may be: up to 65,507 bytes, but what fits a frame always may.
    pub waiting_bytes: &'m mut [u8],
    /// IPv4 datagrams that come in fragments, at the same time; with none, fragments are dropped.
    pub assemblies: &'m mut [AssemblySlot],
    /// Their bytes, shared out equally among them: 8 more than the longest payload for each, at most 65,515.
    pub assembly_bytes: &'m mut [u8],
    /// Groups that sockets are in at the same time. No more than embassy-net's stack was built for:
    /// `SMOLTCP_IFACE_MAX_MULTICAST_GROUP_COUNT`, 4 by default, of which each IPv6 address takes one.
    pub groups: &'m mut [JoinSlot],
    /// Names that are looked up, one after the other, for a [`Handler`](anydgram_core::Handler) or for
    /// [`queue`](crate::Socket::queue); more are `EAI_AGAIN`. Without feature `dns` names are `ENOTFOUND`.
    pub lookups: &'m mut [LookupSlot],
}

impl fmt::Debug for HostMemory<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostMemory")
            .field("sockets", &self.sockets.len())
            .field("neighbours", &self.neighbours.len())
            .field("waiting", &self.waiting.len())
            .field("groups", &self.groups.len())
            .finish_non_exhaustive()
    }
}

/// What a host is made with, besides memory.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct HostOptions<'a> {
    /// The name of its interface, as in zones: 1 to 15 bytes. `eth0` by default.
    pub name: &'a str,
    /// What ports of the host's choice follow from.
    pub seed: Seed,
}

impl HostOptions<'_> {
    /// A host with an interface `eth0`. `seed` comes from a source that nobody can predict.
    #[must_use]
    pub const fn new(seed: Seed) -> Self {
        Self { name: "eth0", seed }
    }
}

impl fmt::Debug for HostOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostOptions")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
