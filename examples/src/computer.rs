//! A computer with a userspace stack, on an Ethernet in memory.

use core::fmt;
use core::net::Ipv4Addr;

use anydgram_core::link::{NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Cidr, Seed, TableStorage};
use anydgram_core::{Errno, Instant};
use anydgram_smoltcp::{NicMemory, NicOptions, Port, Segment, Stack};

/// A computer's stack.
pub type Computer<'m> = Stack<'m, Port>;

/// The memory of a computer: for two sockets, two memberships, one interface and one address, and 16 neighbours.
pub struct Memory {
    tables: TableStorage<2, 2, 1, 1, 4, 512>,
    neighbours: [NeighbourSlot; 16],
    waiting: [WaitingSlot; 4],
    waiting_bytes: [u8; 512],
}

impl Memory {
    /// Memory that nothing is in.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            tables: TableStorage::new(),
            neighbours: [const { NeighbourSlot::new() }; 16],
            waiting: [const { WaitingSlot::new() }; 4],
            waiting_bytes: [0; 512],
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

/// A computer that has `address`, in a network of 256 addresses.
///
/// # Errors
/// None that this memory has no room for; they are those of [`Stack::add_nic`].
pub fn new<'m>(
    segment: &Segment,
    address: Ipv4Addr,
    memory: &'m mut Memory,
) -> Result<Computer<'m>, Errno> {
    let [.., number] = address.octets();
    // The same each time, as a demonstration should be; elsewhere nobody must be able to predict it.
    let seed = Seed::new([number; 16]);
    let mut stack = Stack::new(memory.tables.tables(), seed);
    let hardware_address = [2, 0, 0, 0, 0, number];
    let nic = stack.add_nic(
        Instant::from_micros(0),
        segment.port(hardware_address),
        &NicOptions::new("eth0", hardware_address, number.into()),
        NicMemory {
            neighbours: &mut memory.neighbours,
            waiting: &mut memory.waiting,
            waiting_bytes: &mut memory.waiting_bytes,
            assemblies: &mut [],
            assembly_bytes: &mut [],
            sockets: &mut [],
        },
    )?;
    stack.add_address(nic, Cidr::new(address.into(), 24))?;
    Ok(stack)
}
