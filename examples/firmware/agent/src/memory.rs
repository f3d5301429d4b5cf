//! Memory: enough for any scenario, which is far more than firmware has.

use anydgram_conformance_agent::transport::{Log, Server};
use anydgram_core::link::{AssemblySlot, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::TableStorage;
use anydgram_core::{SocketSlot, Storage};
use anydgram_embassy::{HostMemory, JoinSlot};
use anydgram_firmware_board::lan9118::MAX_FRAME;
use embassy_net::StackResources;
use static_cell::{ConstStaticCell, StaticCell};

/// Of one socket.
pub(crate) type Memory = Storage<131_072, 128, 32, 128, 32>;

const SOCKETS: usize = 12;
const ASSEMBLIES: usize = 2;
/// The longest payload, and what a command or an event has besides it.
const COMMAND: usize = 80_000;
/// The bytes of all that happens in one step: a datagram may be for several sockets.
const HAPPENED: usize = 300_000;

macro_rules! taken {
    ($type:ty, $value:expr) => {{
        static MEMORY: ConstStaticCell<$type> = ConstStaticCell::new($value);
        MEMORY.take()
    }};
}

/// Memory for the host; all here can be had once.
pub(crate) fn host() -> HostMemory<'static> {
    static TABLES: StaticCell<TableStorage<SOCKETS, 64, 1, 2, 32, 262_144>> = StaticCell::new();

    HostMemory {
        tables: TABLES.init_with(TableStorage::new).tables(),
        sockets: taken!(
            [SocketSlot<'static>; SOCKETS],
            [const { SocketSlot::new() }; SOCKETS]
        ),
        neighbours: taken!([NeighbourSlot; 16], [const { NeighbourSlot::new() }; 16]),
        waiting: taken!([WaitingSlot; 64], [const { WaitingSlot::new() }; 64]),
        waiting_bytes: taken!([u8; 65_536], [0; 65_536]),
        assemblies: taken!(
            [AssemblySlot; ASSEMBLIES],
            [const { AssemblySlot::new() }; ASSEMBLIES]
        ),
        assembly_bytes: taken!([u8; ASSEMBLIES * 65_515], [0; ASSEMBLIES * 65_515]),
        groups: taken!([JoinSlot; 32], [const { JoinSlot::new() }; 32]),
        lookups: &mut [],
    }
}

/// Memory for sockets.
pub(crate) fn sockets() -> &'static mut [Memory] {
    taken!([Memory; SOCKETS], [const { Memory::new() }; SOCKETS])
}

/// Room for what happens.
pub(crate) fn log() -> Log<'static> {
    Log::new(taken!([u8; HAPPENED], [0; HAPPENED]))
}

/// Room for commands and their replies.
pub(crate) fn server() -> Server<'static> {
    let command = taken!([u8; COMMAND], [0; COMMAND]);
    Server::new(command, taken!([u8; HAPPENED + 64], [0; HAPPENED + 64]))
}

/// Room for a frame that is for embassy-net.
pub(crate) fn frame() -> &'static mut [u8] {
    taken!([u8; MAX_FRAME], [0; MAX_FRAME])
}

/// For embassy-net, and the one socket of its own.
pub(crate) fn resources() -> &'static mut StackResources<1> {
    taken!(StackResources<1>, StackResources::new())
}
