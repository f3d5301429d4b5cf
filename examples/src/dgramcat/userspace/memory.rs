//! Memory for the stack, which lives until the program ends.

use core::iter;

use anydgram_core::link::{AssemblySlot, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{AddressSlot, GroupSlot, InterfaceSlot, LocalSlot, PortSlot, Tables};
use anydgram_smoltcp::{DnsMemory, NicMemory};
use smoltcp::iface::SocketStorage;

/// For one socket in many groups, on one interface.
pub(super) fn tables() -> Tables<'static> {
    Tables {
        ports: lent(1, PortSlot::new),
        groups: lent(GROUPS, GroupSlot::new),
        interfaces: lent(1, InterfaceSlot::new),
        addresses: lent(ADDRESSES, AddressSlot::new),
        local: lent(64, LocalSlot::new),
        local_bytes: lent(BYTES, || 0),
    }
}

pub(super) fn nic() -> NicMemory<'static> {
    NicMemory {
        neighbours: lent(256, NeighbourSlot::new),
        waiting: lent(64, WaitingSlot::new),
        waiting_bytes: lent(BYTES, || 0),
        assemblies: lent(ASSEMBLIES, AssemblySlot::new),
        assembly_bytes: lent(ASSEMBLIES * LONGEST, || 0),
        // One for DHCP, one for DNS.
        sockets: lent(2, || SocketStorage::EMPTY),
    }
}

pub(super) fn dns() -> &'static mut DnsMemory {
    Box::leak(Box::default())
}

fn lent<T>(count: usize, new: impl FnMut() -> T) -> &'static mut [T] {
    let all: Vec<T> = iter::repeat_with(new).take(count).collect();
    all.leak()
}

/// As many as smoltcp is built for, see this package's manifest.
pub(super) const ADDRESSES: usize = smoltcp::config::IFACE_MAX_ADDR_COUNT;
/// As many as smoltcp is built for, and as many again on the loopback interface.
const GROUPS: usize = 2 * smoltcp::config::IFACE_MAX_MULTICAST_GROUP_COUNT;
/// Some of the longest datagrams there are.
const BYTES: usize = 1 << 20;
/// How many of them may come in fragments at the same time.
const ASSEMBLIES: usize = 8;
/// The most bytes behind the header of an IPv4 packet.
const LONGEST: usize = 65_515;
