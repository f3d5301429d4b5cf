//! What embassy-net needs of the firmware: a driver, the time, critical sections, and an executor.

use core::pin::Pin;
use core::task::{Context, Waker};

use embassy_net::driver::{Capabilities, Driver, HardwareAddress, LinkState};
use embassy_net::{Config, ConfigV4, Ipv4Address, Ipv4Cidr, StaticConfigV4};

pub use families::{GROUP, IS_IPV6};
pub use groups::join;

use crate::chip::{self, Chip, MTU, RxToken, TxToken};

#[cfg_attr(feature = "ipv6", path = "embassy/dual.rs")]
#[cfg_attr(not(feature = "ipv6"), path = "embassy/v4_only.rs")]
mod families;
#[cfg_attr(feature = "multicast", path = "embassy/groups.rs")]
#[cfg_attr(not(feature = "multicast"), path = "embassy/no_groups.rs")]
mod groups;

/// The firmware's addresses.
#[must_use]
pub fn config() -> Config {
    let mut config = Config::default();
    config.ipv4 = ConfigV4::Static(StaticConfigV4 {
        address: Ipv4Cidr::new(Ipv4Address::new(192, 0, 2, 1), 24),
        gateway: None,
        dns_servers: Default::default(),
    });
    families::configure(&mut config);
    config
}

/// Datagrams that wait at most, on each side.
pub const DATAGRAMS: usize = if TINY { 2 } else { 4 };

/// Places for events of a socket, of which it needs 4.
pub const EVENTS: usize = if TINY { 4 } else { 8 };

/// Tasks that wait at the same time.
pub const TASKS: usize = if TINY { 1 } else { 2 };

/// Only the places that the echo cannot do without.
const TINY: bool = cfg!(feature = "tiny");

/// Polls tasks in turn, for ever.
pub fn run(mut tasks: [Pin<&mut dyn Future<Output = ()>>; 3]) -> ! {
    let mut context = Context::from_waker(Waker::noop());
    loop {
        for task in &mut tasks {
            let _ = task.as_mut().poll(&mut context);
        }
    }
}

impl Driver for Chip {
    type RxToken<'a> = RxToken<'a>;
    type TxToken<'a> = TxToken<'a>;

    fn receive(&mut self, _: &mut Context<'_>) -> Option<(RxToken<'_>, TxToken<'_>)> {
        self.take_frame()
    }

    fn transmit(&mut self, _: &mut Context<'_>) -> Option<TxToken<'_>> {
        Some(Chip::room(self))
    }

    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        if chip::is_up() {
            LinkState::Up
        } else {
            LinkState::Down
        }
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = MTU;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(chip::ADDRESS)
    }
}

impl embassy_net::driver::RxToken for RxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

impl embassy_net::driver::TxToken for TxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        self.send(len, f)
    }
}

struct Time;

embassy_time_driver::time_driver_impl!(static TIME: Time = Time);

impl embassy_time_driver::Driver for Time {
    fn now(&self) -> u64 {
        chip::micros()
    }

    fn schedule_wake(&self, _: u64, _: &Waker) {
        // Tasks are polled all the time.
    }
}

struct Nothing;

critical_section::set_impl!(Nothing);

// SAFETY: there is one core, and no interrupt handler.
unsafe impl critical_section::Impl for Nothing {
    unsafe fn acquire() -> critical_section::RawRestoreState {}

    unsafe fn release((): critical_section::RawRestoreState) {}
}

/// The type of the firmware's socket.
#[cfg(feature = "embassy")]
pub const SOCKET: anydgram_core::SocketType = if IS_IPV6 {
    anydgram_core::SocketType::Udp6
} else {
    anydgram_core::SocketType::Udp4
};

/// Memory of a host with one socket.
///
/// # Safety
/// To be called once.
#[cfg(feature = "embassy")]
#[must_use]
pub unsafe fn host_memory() -> anydgram_embassy::HostMemory<'static> {
    use anydgram_core::SocketSlot;
    use anydgram_core::link::{NeighbourSlot, WaitingSlot};
    use anydgram_core::stack::TableStorage;
    use anydgram_embassy::JoinSlot;

    const LOCAL: usize = if TINY { 0 } else { 1 };
    const PEERS: usize = if TINY { 4 } else { 8 };
    const PATIENT: usize = if TINY { 1 } else { 2 };

    // SAFETY: by the caller.
    unsafe {
        let tables = crate::memory!(TABLES: TableStorage<1, 1, 1, 2, LOCAL, { LOCAL * 64 }> = TableStorage::new());
        anydgram_embassy::HostMemory {
            tables: tables.tables(),
            sockets: crate::memory!(SLOTS: [SocketSlot<'static>; 1] = [SocketSlot::new()]),
            neighbours: crate::memory!(NEIGHBOURS: [NeighbourSlot; PEERS] = [const { NeighbourSlot::new() }; PEERS]),
            waiting: crate::memory!(WAITING: [WaitingSlot; PATIENT] = [const { WaitingSlot::new() }; PATIENT]),
            waiting_bytes: crate::memory!(WAITING_BYTES: [u8; 1_472] = [0; 1_472]),
            assemblies: &mut [],
            assembly_bytes: &mut [],
            groups: crate::memory!(GROUPS: [JoinSlot; 1] = [JoinSlot::new()]),
            lookups: &mut [],
        }
    }
}
