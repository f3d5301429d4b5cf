//! Answers for `board.local`, and for an echo service that it pretends to have, by mDNS (RFC 6762): edge-mdns, which is
//! written for edge-nal, as it is published.
#![no_std]
#![no_main]
#![expect(
    clippy::large_futures,
    reason = "the executor has static memory for each task"
)]

use core::convert::Infallible;
use core::net::{Ipv4Addr, Ipv6Addr};

use anydgram_core::stack::{Random, Seed};
use anydgram_core::{Error, Options, SocketType, Storage};
use anydgram_embassy::edge_nal::Stack;
use anydgram_embassy::{DatagramSlot, Host, Inbox, Place, Shim, Socket, WaitSlot};
use anydgram_firmware::{
    Command, ECHO_PORT, LONGEST, SOCKETS, command, hardware_address, ipv4_address, ipv6_address,
    link, listen, memory, options, seed,
};
use anydgram_firmware_board::{self as board, Ethernet};
use edge_mdns::HostAnswersMdnsHandler;
use edge_mdns::buf::VecBufAccess;
use edge_mdns::domain::base::Ttl;
use edge_mdns::host::{Host as Name, Service, ServiceAnswers};
use edge_mdns::io::{self, DEFAULT_SOCKET, Mdns, MdnsIoError};
use edge_nal::UdpSplit as _;
use embassy_executor::Spawner;
use embassy_net::Runner;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Timer};
use rand_core::TryRng;
use static_cell::{ConstStaticCell, StaticCell};

/// The index of the interface of a host.
const INTERFACE: u32 = 2;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::run(start)
}

fn start(spawner: Spawner, ethernet: Ethernet) {
    static PLACES: ConstStaticCell<[Place<'static>; SOCKETS]> =
        ConstStaticCell::new([const { Place::new() }; SOCKETS]);
    static WAITS: ConstStaticCell<[WaitSlot; 4]> =
        ConstStaticCell::new([const { WaitSlot::new() }; 4]);
    static HOST: StaticCell<Host<'static>> = StaticCell::new();
    static RECEIVED: ConstStaticCell<VecBufAccess<NoopRawMutex, LONGEST>> =
        ConstStaticCell::new(VecBufAccess::new());
    static SENT: ConstStaticCell<VecBufAccess<NoopRawMutex, ANSWER>> =
        ConstStaticCell::new(VecBufAccess::new());

    let hardware_address = hardware_address(&ethernet);
    let seed = u128::from(seed(hardware_address));
    let inbox = Inbox::new(PLACES.take(), WAITS.take());
    let host = Host::new(&ethernet, &options(&ethernet), memory(), inbox);
    let host = HOST.init(defmt::unwrap!(host));
    let commands = lend(host);
    let (stack, runner) = anydgram_firmware::stack(host, ethernet);
    let responder = Responder {
        stack: Stack::new(host),
        ipv4: ipv4_address(hardware_address),
        ipv6: ipv6_address(hardware_address),
        received: RECEIVED.take(),
        sent: SENT.take(),
    };
    // Another seed than the host's: what one gives away must not tell of the other.
    let dice = Dice(Random::new(Seed::new((!seed).to_le_bytes())));
    spawner.spawn(network(runner).expect("spawned once"));
    spawner.spawn(sockets(host, stack).expect("spawned once"));
    spawner.spawn(respond(spawner, stack, responder, dice).expect("spawned once"));
    spawner.spawn(control(commands).expect("spawned once"));
}

/// Gives the host memory for two sockets: the one of the control port, which has it, and the responder's.
fn lend(host: &'static Host<'static>) -> Socket<'static> {
    static CONTROL: StaticCell<Storage<64, 1, 0, 4, 0>> = StaticCell::new();
    static COMMANDS: ConstStaticCell<[DatagramSlot; 2]> =
        ConstStaticCell::new([const { DatagramSlot::new() }; 2]);
    static COMMAND_BYTES: ConstStaticCell<[u8; 64]> = ConstStaticCell::new([0; 64]);
    static QUEUE_BYTES: StaticCell<Storage<ANSWER, 4, 2, 8, 0>> = StaticCell::new();
    static DATAGRAMS: ConstStaticCell<[DatagramSlot; 16]> =
        ConstStaticCell::new([const { DatagramSlot::new() }; 16]);
    static DATAGRAM_BYTES: ConstStaticCell<[u8; LONGEST]> = ConstStaticCell::new([0; LONGEST]);

    let storage = CONTROL.init_with(Storage::new);
    defmt::unwrap!(host.lend(storage, COMMANDS.take(), COMMAND_BYTES.take()));
    let commands = defmt::unwrap!(host.socket(Options::new(SocketType::Udp4)));
    let storage = QUEUE_BYTES.init_with(Storage::new);
    defmt::unwrap!(host.lend(storage, DATAGRAMS.take(), DATAGRAM_BYTES.take()));
    commands
}

/// What is answered with, in bytes.
const ANSWER: usize = 1472;

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Shim<'static, Ethernet>>) -> ! {
    runner.run().await
}

#[embassy_executor::task]
async fn sockets(host: &'static Host<'static>, stack: embassy_net::Stack<'static>) -> ! {
    host.run(stack).await
}

#[embassy_executor::task]
async fn control(commands: Socket<'static>) -> ! {
    listen(&commands).await;
    let mut buffer = [0; 64];
    loop {
        let _: Command<'_> = command(&commands, &mut buffer).await;
        defmt::warn!("no command");
    }
}

/// Answers, also after something has failed: without its addresses a host cannot send.
#[embassy_executor::task]
async fn respond(
    spawner: Spawner,
    stack: embassy_net::Stack<'static>,
    responder: Responder,
    mut dice: Dice,
) -> ! {
    stack.wait_link_up().await;
    spawner.spawn(link(stack).expect("spawned once"));
    loop {
        if let Err(error) = responder.run(&mut dice).await {
            defmt::warn!("{}", defmt::Debug2Format(&error));
        }
        Timer::after(Duration::from_secs(1)).await;
    }
}

struct Responder {
    stack: Stack<'static>,
    ipv4: Ipv4Addr,
    ipv6: Ipv6Addr,
    /// edge-mdns takes the length of a datagram for that of what is in its buffer: the host has room for no longer ones.
    received: &'static VecBufAccess<NoopRawMutex, LONGEST>,
    sent: &'static VecBufAccess<NoopRawMutex, ANSWER>,
}

impl Responder {
    async fn run(&self, dice: &mut Dice) -> Result<(), MdnsIoError<Error<'static>>> {
        // Of both families: addresses of IPv4 are mapped.
        let (ipv4, ipv6) = (Some(self.ipv4), Some(INTERFACE));
        let mut socket = io::bind(&self.stack, DEFAULT_SOCKET, ipv4, ipv6).await?;
        // RFC 6762 § 11
        socket
            .set_multicast_ttl(255)
            .map_err(MdnsIoError::IoError)?;
        defmt::info!("answering for board.local");
        let changed = Signal::new();
        let (receiver, sender) = socket.split();
        let mdns = Mdns::<_, _, _, _, _, NoopRawMutex>::new(
            ipv4,
            ipv6,
            receiver,
            sender,
            self.received,
            self.sent,
            dice,
            &changed,
        );
        let name = Name {
            hostname: "board",
            ipv4: self.ipv4,
            ipv6: self.ipv6,
            ttl: Ttl::from_secs(120),
        };
        let service = Service {
            name: "board",
            priority: 0,
            weight: 0,
            service: "_echo",
            protocol: "_udp",
            port: ECHO_PORT,
            service_subtypes: &[],
            txt_kvs: &[],
        };
        let answers = ServiceAnswers::new(&name, &service);
        mdns.run(HostAnswersMdnsHandler::new(answers)).await
    }
}

/// They decide how long an answer waits.
struct Dice(Random);

impl TryRng for Dice {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let [first, second, third, fourth, ..] = self.0.next().to_le_bytes();
        Ok(u32::from_le_bytes([first, second, third, fourth]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            [*byte, ..] = self.0.next().to_le_bytes();
        }
        Ok(())
    }
}
