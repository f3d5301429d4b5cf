//! What lasts as long as a world: memory that its hosts are lent, and what names mean.
//!
//! A host that starts anew takes new memory, and what it had before is not used again. The next world may have the same memory,
//! which then is as if it were new: to get it from the system each time took half of the time of a world of frames.

use anydgram_core::link::{AssemblySlot, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{AddressSlot, GroupSlot, InterfaceSlot, LocalSlot, PortSlot, Tables};
use anydgram_core::{SocketSlot, Sockets};
use anydgram_smoltcp::NicMemory;
use bumpalo::Bump;

use super::names::{ByName, Names, OwnNames};
use super::{HostOptions, INTERFACES};

#[derive(Debug, Default)]
pub(crate) struct Memory {
    bump: Bump,
    pub(crate) names: Names,
}

impl Memory {
    /// Takes back all that was lent.
    pub(crate) fn reset(&mut self) {
        self.bump.reset();
        self.names = Names::default();
    }

    pub(super) fn sockets<'m>(&'m self, options: &HostOptions) -> Sockets<'m, 'static> {
        Sockets::new(self.slots(options.sockets, SocketSlot::new))
    }

    pub(super) fn tables(&self, options: &HostOptions) -> Tables<'_> {
        Tables {
            ports: self.slots(options.sockets, PortSlot::new),
            groups: self.slots(options.memberships, GroupSlot::new),
            interfaces: self.slots(INTERFACES, InterfaceSlot::new),
            addresses: self.slots(ADDRESSES, AddressSlot::new),
            local: self.slots(options.local, LocalSlot::new),
            local_bytes: self.bytes(options.local_bytes),
        }
    }

    /// What an interface needs whose cable carries frames.
    pub(super) fn nic(&self, options: &HostOptions) -> NicMemory<'_> {
        NicMemory {
            neighbours: self.slots(options.neighbours, NeighbourSlot::new),
            waiting: self.slots(options.waiting, WaitingSlot::new),
            waiting_bytes: self.bytes(options.waiting_bytes),
            assemblies: self.slots(options.assemblies, AssemblySlot::new),
            assembly_bytes: self.bytes(options.assembly_bytes),
            sockets: &mut [],
        }
    }

    /// What names mean to a host that begins.
    pub(super) fn own_names(&self) -> &OwnNames<'_> {
        self.bump.alloc(OwnNames::new(&self.names))
    }

    pub(super) fn by_name<'m>(&'m self, names: &'m OwnNames<'m>) -> &'m mut ByName<'m> {
        self.bump.alloc(ByName(names))
    }

    fn slots<T>(&self, count: usize, slot: fn() -> T) -> &mut [T] {
        self.bump.alloc_slice_fill_with(count, |_| slot())
    }

    fn bytes(&self, len: usize) -> &mut [u8] {
        // Copied, as filling takes its time byte by byte without optimisation.
        match ZEROS.get(..len) {
            Some(zeros) => self.bump.alloc_slice_copy(zeros),
            None => self.bump.alloc_slice_copy(&vec![0; len]),
        }
    }
}

/// How many addresses a host can have.
const ADDRESSES: usize = 32;
/// As many as hosts take at once by default.
static ZEROS: [u8; 2 * 65_536] = [0; 2 * 65_536];
