//! An echo server on UDP port 7, and a beacon that answers "anybody there?" in the group 239.255.42.99, on a NUCLEO-F429ZI.
//!
//! The address comes from DHCP and is in the log. README.md says how to get the program onto a board.
#![no_std]
#![no_main]

use anydgram_core::link::{NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Seed, TableStorage};
use anydgram_core::{Datagram, Interface, Options, SocketSlot, SocketType, Storage};
use anydgram_embassy::{
    DatagramSlot, Host, HostMemory, HostOptions, Inbox, JoinSlot, Place, Shim, Socket, WaitSlot,
};
use defmt_rtt as _;
use embassy_executor::Spawner;
use embassy_net::{Runner, Stack, StackResources};
use embassy_stm32::eth::{self, Ethernet, GenericPhy, PacketQueue, Sma};
use embassy_stm32::peripherals::{ETH, ETH_SMA, RNG};
use embassy_stm32::rng::{self, Rng};
use embassy_stm32::{Config, bind_interrupts};
use panic_probe as _;
use static_cell::{ConstStaticCell, StaticCell};

type Chip = Ethernet<'static, ETH, GenericPhy<Sma<'static, ETH_SMA>>>;
type Driver = Shim<'static, Chip>;

bind_interrupts!(struct Interrupts {
    ETH => eth::InterruptHandler;
    HASH_RNG => rng::InterruptHandler<RNG>;
});

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let board = embassy_stm32::init(clocks());
    let mut rng = Rng::new(board.RNG, Interrupts);
    let mut seed = [0; 16];
    rng.async_fill_bytes(&mut seed)
        .await
        .expect("the generator works");

    static PACKETS: StaticCell<PacketQueue<4, 4>> = StaticCell::new();
    let chip = Ethernet::new(
        PACKETS.init_with(PacketQueue::new),
        board.ETH,
        Interrupts,
        board.PA1,
        board.PA7,
        board.PC4,
        board.PC5,
        board.PG13,
        board.PB13,
        board.PG11,
        hardware_address(),
        board.ETH_SMA,
        board.PA2,
        board.PC1,
    );

    let host = host(&chip, Seed::new(seed));
    static FRAME: ConstStaticCell<[u8; 1514]> = ConstStaticCell::new([0; 1514]);
    let driver = host.shim(chip, FRAME.take());
    // One for DHCP; our sockets are none of them.
    static RESOURCES: StaticCell<StackResources<2>> = StaticCell::new();
    let config = embassy_net::Config::dhcpv4(embassy_net::DhcpConfig::default());
    let resources = RESOURCES.init_with(StackResources::new);
    let (stack, runner) = embassy_net::new(driver, config, resources, rng.next_u64());

    spawner.spawn(network(runner).expect("spawned once"));
    spawner.spawn(sockets(host, stack).expect("spawned once"));
    stack.wait_config_up().await;
    if let Some(config) = stack.config_v4() {
        defmt::info!("address {}", config.address);
    }
    spawner.spawn(echo(socket(host)).expect("spawned once"));
    spawner.spawn(beacon(socket(host)).expect("spawned once"));
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Driver>) -> ! {
    runner.run().await
}

#[embassy_executor::task]
async fn sockets(host: &'static Host<'static>, stack: Stack<'static>) -> ! {
    host.run(stack).await
}

/// Sends each datagram back to where it came from.
#[embassy_executor::task]
async fn echo(socket: Socket<'static>) -> ! {
    let bound = socket.bind(7).await;
    defmt::unwrap!(bound.map_err(|error| error.errno().map(|errno| errno.name())));
    let mut buffer = [0; LONGEST];
    loop {
        let Ok((len, meta)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let data = buffer.get(..len).unwrap_or(&buffer);
        let answer = Datagram::new(data).reply_to(&meta).unreported();
        if socket.queue(answer).is_err() {
            defmt::warn!("no room for an answer");
        }
    }
}

/// Answers whoever asks the group.
#[embassy_executor::task]
async fn beacon(socket: Socket<'static>) -> ! {
    const GROUP: core::net::Ipv4Addr = core::net::Ipv4Addr::new(239, 255, 42, 99);
    let bound = socket.bind(4299).await;
    defmt::unwrap!(bound.map_err(|error| error.errno().map(|errno| errno.name())));
    let joined = socket.add_membership(GROUP.into(), Interface::Default);
    defmt::unwrap!(joined.map_err(|error| error.errno().map(|errno| errno.name())));
    let mut buffer = [0; 32];
    loop {
        let Ok((len, meta)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        if buffer.get(..len) != Some(b"anybody there?") {
            continue;
        }
        let answer = Datagram::new("I am here").reply_to(&meta).unreported();
        if socket.queue(answer).is_err() {
            defmt::warn!("no room for an answer");
        }
    }
}

/// Memory for two sockets and all that they share.
fn host(chip: &Chip, seed: Seed) -> &'static Host<'static> {
    static TABLES: StaticCell<TableStorage<SOCKETS, 4, 1, 2, 4, 2048>> = StaticCell::new();
    static SLOTS: ConstStaticCell<[SocketSlot<'static>; SOCKETS]> =
        ConstStaticCell::new([const { SocketSlot::new() }; SOCKETS]);
    static NEIGHBOURS: ConstStaticCell<[NeighbourSlot; 16]> =
        ConstStaticCell::new([const { NeighbourSlot::new() }; 16]);
    static WAITING: ConstStaticCell<[WaitingSlot; 4]> =
        ConstStaticCell::new([const { WaitingSlot::new() }; 4]);
    static WAITING_BYTES: ConstStaticCell<[u8; 2 * LONGEST]> =
        ConstStaticCell::new([0; 2 * LONGEST]);
    static JOINS: ConstStaticCell<[JoinSlot; 4]> =
        ConstStaticCell::new([const { JoinSlot::new() }; 4]);
    static PLACES: ConstStaticCell<[Place<'static>; SOCKETS]> =
        ConstStaticCell::new([const { Place::new() }; SOCKETS]);
    static WAITS: ConstStaticCell<[WaitSlot; 8]> =
        ConstStaticCell::new([const { WaitSlot::new() }; 8]);
    static HOST: StaticCell<Host<'static>> = StaticCell::new();
    static STORAGE: StaticCell<[Storage<{ 2 * LONGEST }, 8, 2, 16, 0>; SOCKETS]> =
        StaticCell::new();
    static DATAGRAMS: ConstStaticCell<[[DatagramSlot; 8]; SOCKETS]> =
        ConstStaticCell::new([const { [const { DatagramSlot::new() }; 8] }; SOCKETS]);
    static BYTES: ConstStaticCell<[[u8; 4 * LONGEST]; SOCKETS]> =
        ConstStaticCell::new([[0; 4 * LONGEST]; SOCKETS]);

    let memory = HostMemory {
        tables: TABLES.init_with(TableStorage::new).tables(),
        sockets: SLOTS.take(),
        neighbours: NEIGHBOURS.take(),
        waiting: WAITING.take(),
        waiting_bytes: WAITING_BYTES.take(),
        assemblies: &mut [],
        assembly_bytes: &mut [],
        groups: JOINS.take(),
        lookups: &mut [],
    };
    let inbox = Inbox::new(PLACES.take(), WAITS.take());
    let host = Host::new(chip, &HostOptions::new(seed), memory, inbox);
    let host = HOST.init(defmt::unwrap!(host.map_err(|errno| errno.name())));
    let storages = STORAGE.init_with(|| [(); SOCKETS].map(|()| Storage::new()));
    let parts = storages.iter_mut().zip(DATAGRAMS.take()).zip(BYTES.take());
    for ((storage, datagrams), bytes) in parts {
        defmt::unwrap!(
            host.lend(storage, datagrams, bytes)
                .map_err(|errno| errno.name())
        );
    }
    host
}

fn socket(host: &'static Host<'static>) -> Socket<'static> {
    let socket = host.socket(Options::new(SocketType::Udp4));
    socket.expect("there is memory for as many sockets as are made")
}

/// An address of the board's own: one that is administered locally (IEEE 802), out of the chip's number.
fn hardware_address() -> [u8; 6] {
    let number = embassy_stm32::uid::uid();
    let mix = |at: usize| number[at] ^ number[at + 4] ^ number[(at + 8) % 12];
    [2, 0, mix(0), mix(1), mix(2), mix(3)]
}

/// 168 MHz out of the 8 MHz that the debugger's chip gives, and 48 MHz for the random number generator.
fn clocks() -> Config {
    use embassy_stm32::rcc::{
        AHBPrescaler, APBPrescaler, Hse, HseMode, Pll, PllMul, PllPDiv, PllPreDiv, PllQDiv,
        PllSource, Sysclk,
    };
    use embassy_stm32::time::Hertz;

    let mut config = Config::default();
    config.rcc.hse = Some(Hse {
        freq: Hertz(8_000_000),
        mode: HseMode::Bypass,
    });
    config.rcc.pll_src = PllSource::HSE;
    config.rcc.pll = Some(Pll {
        prediv: PllPreDiv::DIV4,
        mul: PllMul::MUL168,
        divp: Some(PllPDiv::DIV2),
        divq: Some(PllQDiv::DIV7),
        divr: None,
    });
    config.rcc.ahb_pre = AHBPrescaler::DIV1;
    config.rcc.apb1_pre = APBPrescaler::DIV4;
    config.rcc.apb2_pre = APBPrescaler::DIV2;
    config.rcc.sys = Sysclk::PLL1_P;
    config
}

const SOCKETS: usize = 2;
/// The most bytes of a datagram in one frame of Ethernet.
const LONGEST: usize = 1472;
