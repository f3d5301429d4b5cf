//! The host of the programs on anydgram: its memory, what runs for it, and its control port.

use anydgram_core::link::{AssemblySlot, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Seed, TableStorage};
use anydgram_core::{Handler, Options, SocketSlot, SocketType, Storage};
use anydgram_embassy::{
    DatagramSlot, Host, HostMemory, HostOptions, Inbox, JoinSlot, LookupSlot, Place, Shim, Socket,
    WaitSlot,
};
use anydgram_firmware_board::lan9118::MAX_FRAME;
use anydgram_firmware_board::{self as board, Ethernet};
use embassy_executor::Spawner;
use embassy_net::{Runner, Stack, StackResources};
use static_cell::{ConstStaticCell, StaticCell};

use crate::{CONTROL_PORT, Command, config, hardware_address, seed};

/// How many sockets a program can have, one of them for its control port.
pub const SOCKETS: usize = 2;

/// The longest payload in bytes, in fragments.
pub const LONGEST: usize = 8000;

/// Memory for a host; it can be had once.
///
/// # Panics
/// The second time.
pub fn memory() -> HostMemory<'static> {
    static TABLES: ConstStaticCell<TableStorage<SOCKETS, 4, 1, 2, 1, 64>> =
        ConstStaticCell::new(TableStorage::new());
    static SLOTS: ConstStaticCell<[SocketSlot<'static>; SOCKETS]> =
        ConstStaticCell::new([const { SocketSlot::new() }; SOCKETS]);
    static NEIGHBOURS: ConstStaticCell<[NeighbourSlot; 16]> =
        ConstStaticCell::new([const { NeighbourSlot::new() }; 16]);
    static WAITING: ConstStaticCell<[WaitingSlot; 2]> =
        ConstStaticCell::new([const { WaitingSlot::new() }; 2]);
    static WAITING_BYTES: ConstStaticCell<[u8; LONGEST]> = ConstStaticCell::new([0; LONGEST]);
    static ASSEMBLIES: ConstStaticCell<[AssemblySlot; 1]> =
        ConstStaticCell::new([const { AssemblySlot::new() }; 1]);
    static ASSEMBLY_BYTES: ConstStaticCell<[u8; LONGEST + 8]> =
        ConstStaticCell::new([0; LONGEST + 8]);
    static JOINS: ConstStaticCell<[JoinSlot; 3]> =
        ConstStaticCell::new([const { JoinSlot::new() }; 3]);
    static LOOKUPS: ConstStaticCell<[LookupSlot; 0]> = ConstStaticCell::new([]);

    HostMemory {
        tables: TABLES.take().tables(),
        sockets: SLOTS.take(),
        neighbours: NEIGHBOURS.take(),
        waiting: WAITING.take(),
        waiting_bytes: WAITING_BYTES.take(),
        assemblies: ASSEMBLIES.take(),
        assembly_bytes: ASSEMBLY_BYTES.take(),
        groups: JOINS.take(),
        lookups: LOOKUPS.take(),
    }
}

/// The host's options, on this chip.
///
/// # Panics
/// If the chip is not Ethernet.
#[must_use]
pub fn options(ethernet: &Ethernet) -> HostOptions<'static> {
    let seed = u128::from(seed(hardware_address(ethernet)));
    HostOptions::new(Seed::new(seed.to_le_bytes()))
}

/// embassy-net behind a host.
///
/// # Panics
/// The second time.
pub fn stack<H: Handler>(
    host: &'static Host<'static, H>,
    ethernet: Ethernet,
) -> (Stack<'static>, Runner<'static, Shim<'static, Ethernet, H>>) {
    static FRAME_BYTES: ConstStaticCell<[u8; MAX_FRAME]> = ConstStaticCell::new([0; MAX_FRAME]);
    // One for names; our sockets are none of them.
    static RESOURCES: ConstStaticCell<StackResources<1>> =
        ConstStaticCell::new(StackResources::new());

    let hardware_address = hardware_address(&ethernet);
    let shim = host.shim(ethernet, FRAME_BYTES.take());
    let (config, seed) = (config(hardware_address), seed(hardware_address));
    embassy_net::new(shim, config, RESOURCES.take(), seed)
}

/// embassy-net, and the two async sockets of a program.
///
/// The first one is its own, of type `socket_type`, the other one is for its control port. What is left to run are the program's own tasks, and [`link`](crate::link()).
///
/// # Panics
/// The second time.
pub fn start(
    spawner: Spawner,
    ethernet: Ethernet,
    socket_type: SocketType,
) -> (Stack<'static>, [Socket<'static>; 2]) {
    static PLACES: ConstStaticCell<[Place<'static>; SOCKETS]> =
        ConstStaticCell::new([const { Place::new() }; SOCKETS]);
    static WAITS: ConstStaticCell<[WaitSlot; 4]> =
        ConstStaticCell::new([const { WaitSlot::new() }; 4]);
    static HOST: StaticCell<Host<'static>> = StaticCell::new();

    let inbox = Inbox::new(PLACES.take(), WAITS.take());
    let host = Host::new(&ethernet, &options(&ethernet), memory(), inbox);
    let host = HOST.init(defmt::unwrap!(host));
    lend(host);
    let (stack, runner) = stack(host, ethernet);
    spawner.spawn(network(runner).expect("spawned once"));
    spawner.spawn(sockets(host, stack).expect("spawned once"));
    // In the order in which memory was lent.
    let types = [socket_type, SocketType::Udp4];
    let sockets = types.map(|socket_type| defmt::unwrap!(host.socket(Options::new(socket_type))));
    (stack, sockets)
}

/// Gives the host memory for two sockets: one for the program, and a small one for its control port.
fn lend(host: &Host<'static>) {
    static QUEUE_BYTES: ConstStaticCell<Storage<LONGEST, 16, 2, 8, 0>> =
        ConstStaticCell::new(Storage::new());
    static DATAGRAMS: ConstStaticCell<[DatagramSlot; 16]> =
        ConstStaticCell::new([const { DatagramSlot::new() }; 16]);
    static DATAGRAM_BYTES: ConstStaticCell<[u8; LONGEST]> = ConstStaticCell::new([0; LONGEST]);
    static CONTROL: ConstStaticCell<Storage<64, 1, 0, 4, 0>> = ConstStaticCell::new(Storage::new());
    static COMMANDS: ConstStaticCell<[DatagramSlot; 2]> =
        ConstStaticCell::new([const { DatagramSlot::new() }; 2]);
    static COMMAND_BYTES: ConstStaticCell<[u8; 64]> = ConstStaticCell::new([0; 64]);

    defmt::unwrap!(host.lend(QUEUE_BYTES.take(), DATAGRAMS.take(), DATAGRAM_BYTES.take()));
    defmt::unwrap!(host.lend(CONTROL.take(), COMMANDS.take(), COMMAND_BYTES.take()));
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Shim<'static, Ethernet>>) -> ! {
    runner.run().await
}

#[embassy_executor::task]
async fn sockets(host: &'static Host<'static>, stack: Stack<'static>) -> ! {
    host.run(stack).await
}

/// Has the socket for commands wait for some.
///
/// # Panics
/// If somebody else has the port.
pub async fn listen(socket: &Socket<'static>) {
    defmt::unwrap!(socket.bind(CONTROL_PORT).await);
}

/// The next command that is not the same for all programs; those are carried out.
///
/// # Panics
/// If it is told to.
pub async fn command<'a>(socket: &Socket<'static>, buffer: &'a mut [u8]) -> Command<'a> {
    let length = loop {
        let Ok((length, _)) = socket.recv_from(buffer).await else {
            continue;
        };
        match buffer.get(..length).and_then(Command::parse) {
            Some(Command::Exit(code)) => board::exit(code),
            Some(Command::Panic) => panic!("told to"),
            Some(_) => break length,
            None => defmt::warn!("no command"),
        }
    };
    let command = buffer.get(..length).and_then(Command::parse);
    command.expect("it has just been one")
}
