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
#[expect(
    clippy::type_complexity,
    reason = "a type of its own would repeat the capacities"
)]
pub struct TableStorage<
    const SOCKETS: usize,
    const GROUPS: usize,
    const INTERFACES: usize,
    const ADDRESSES: usize,
    const LOCALS: usize,
    const BYTES: usize,
>(
    Lazy<(
        [PortSlot; SOCKETS],
        [GroupSlot; GROUPS],
        [InterfaceSlot; INTERFACES],
        [AddressSlot; ADDRESSES],
        [LocalSlot; LOCALS],
        [u8; BYTES],
    )>,
);

/// Zero and no more until it is used, without a niche for it: a `static` takes no flash for what is not zero in a new value.
#[repr(u8)]
enum Lazy<T> {
    Unused,
    Used(T),
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
        Self(Lazy::Unused)
    }

    /// The memory, for a host. Anything in there is forgotten.
    pub fn tables(&mut self) -> Tables<'_> {
        self.0 = Lazy::Used((
            [const { PortSlot::new() }; SOCKETS],
            [const { GroupSlot::new() }; GROUPS],
            [const { InterfaceSlot::new() }; INTERFACES],
            [const { AddressSlot::new() }; ADDRESSES],
            [const { LocalSlot::new() }; LOCALS],
            [0; BYTES],
        ));
        match &mut self.0 {
            Lazy::Used((ports, groups, interfaces, addresses, local, local_bytes)) => Tables {
                ports,
                groups,
                interfaces,
                addresses,
                local,
                local_bytes,
            },
            Lazy::Unused => Tables {
                ports: &mut [],
                groups: &mut [],
                interfaces: &mut [],
                addresses: &mut [],
                local: &mut [],
                local_bytes: &mut [],
            },
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
