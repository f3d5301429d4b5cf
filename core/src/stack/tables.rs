//! The memory of a host: slices of slots, with their sizes erased.

use core::fmt;

use super::groups::GroupSlot;
use super::interfaces::{AddressSlot, InterfaceSlot};
use super::loopback::LocalSlot;
use super::ports::PortSlot;

/// Memory for the tables of one [`Host`](super::Host), lent for as long as it lives.
///
/// The sizes are the caller's, and the only bound there is: what finds no room fails with `ENOBUFS`, or is dropped and
/// counted.
///
/// # Examples
/// ```
/// use anydgram_core::stack::{Host, Seed, TableStorage};
///
/// let mut storage: TableStorage<4, 2, 1, 4, 4, 1024> = TableStorage::new();
/// // From a hardware generator, or the operating system.
/// let seed = Seed::new([7; 16]);
/// let host = Host::new(storage.tables(), seed);
/// assert!(host.interfaces().is_up(1), "the loopback interface");
/// ```
#[expect(
    clippy::exhaustive_structs,
    reason = "a new table must be given memory"
)]
pub struct Tables<'m> {
    /// A place for each index that a [`SocketId`](crate::SocketId) can have: as many as sockets.
    pub ports: &'m mut [PortSlot],
    /// Memberships: one for each socket, interface, group and source.
    pub groups: &'m mut [GroupSlot],
    /// Interfaces but for the loopback interface.
    pub interfaces: &'m mut [InterfaceSlot],
    /// Addresses of those.
    pub addresses: &'m mut [AddressSlot],
    /// Datagrams that stay on this host and have not been delivered.
    pub local: &'m mut [LocalSlot],
    /// Their bytes.
    pub local_bytes: &'m mut [u8],
}

impl fmt::Debug for Tables<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables")
            .field("ports", &self.ports.len())
            .field("groups", &self.groups.len())
            .finish_non_exhaustive()
    }
}

/// Fixed memory for the tables of one host.
///
/// * `SOCKETS`: as many as the [`Sockets`](crate::Sockets) have places;
/// * `GROUPS`: memberships of all sockets together;
/// * `INTERFACES`: interfaces but for the loopback interface;
/// * `ADDRESSES`: addresses of those;
/// * `LOCALS`, `BYTES`: datagrams that stay on this host and have not been delivered, and their bytes.
pub struct TableStorage<
    const SOCKETS: usize,
    const GROUPS: usize,
    const INTERFACES: usize,
    const ADDRESSES: usize,
    const LOCALS: usize,
    const BYTES: usize,
> {
    ports: [PortSlot; SOCKETS],
    groups: [GroupSlot; GROUPS],
    interfaces: [InterfaceSlot; INTERFACES],
    addresses: [AddressSlot; ADDRESSES],
    local: [LocalSlot; LOCALS],
    local_bytes: [u8; BYTES],
}

impl<
    const SOCKETS: usize,
    const GROUPS: usize,
    const INTERFACES: usize,
    const ADDRESSES: usize,
    const LOCALS: usize,
    const BYTES: usize,
> TableStorage<SOCKETS, GROUPS, INTERFACES, ADDRESSES, LOCALS, BYTES>
{
    /// Empty memory, fit for a `static`.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            ports: [const { PortSlot::new() }; SOCKETS],
            groups: [const { GroupSlot::new() }; GROUPS],
            interfaces: [const { InterfaceSlot::new() }; INTERFACES],
            addresses: [const { AddressSlot::new() }; ADDRESSES],
            local: [const { LocalSlot::new() }; LOCALS],
            local_bytes: [0; BYTES],
        }
    }

    /// The memory, for a host. Anything in there is forgotten.
    pub fn tables(&mut self) -> Tables<'_> {
        *self = Self::new();
        Tables {
            ports: &mut self.ports,
            groups: &mut self.groups,
            interfaces: &mut self.interfaces,
            addresses: &mut self.addresses,
            local: &mut self.local,
            local_bytes: &mut self.local_bytes,
        }
    }
}

impl<
    const SOCKETS: usize,
    const GROUPS: usize,
    const INTERFACES: usize,
    const ADDRESSES: usize,
    const LOCALS: usize,
    const BYTES: usize,
> Default for TableStorage<SOCKETS, GROUPS, INTERFACES, ADDRESSES, LOCALS, BYTES>
{
    fn default() -> Self {
        Self::new()
    }
}

impl<
    const SOCKETS: usize,
    const GROUPS: usize,
    const INTERFACES: usize,
    const ADDRESSES: usize,
    const LOCALS: usize,
    const BYTES: usize,
> fmt::Debug for TableStorage<SOCKETS, GROUPS, INTERFACES, ADDRESSES, LOCALS, BYTES>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableStorage")
            .field("sockets", &SOCKETS)
            .field("groups", &GROUPS)
            .finish_non_exhaustive()
    }
}
