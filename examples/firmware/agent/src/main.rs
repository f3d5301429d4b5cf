//! Plays conformance scenarios: carries out what it is told in datagrams, and answers with what has happened.
//!
//! The sockets take a turn when the runner of the scenarios asks for it. The datagrams of the runner are embassy-net's own:
//! nothing of what is tested carries the test.
#![no_std]
#![no_main]

mod memory;
mod node;

use anydgram_conformance_agent::transport::{LONGEST, Log, Packet, Turn};
use anydgram_conformance_agent::{Agent, Answer, Command, Reply, create, execute};
use anydgram_core::stack::Seed;
use anydgram_embassy::{HostOptions, Shim};
use anydgram_firmware_board::{self as board, Ethernet};
use embassy_executor::Spawner;
use embassy_net::driver::{Driver as _, HardwareAddress};
use embassy_net::udp::{PacketMetadata, UdpSocket};
use embassy_net::{
    Config, ConfigV6, Ipv4Address, Ipv4Cidr, Ipv6Address, Ipv6Cidr, Runner, Stack, StaticConfigV4,
    StaticConfigV6,
};
use static_cell::{ConstStaticCell, StaticCell};

use node::{Names, Node};

type Told = Agent<Log<'static>>;
type Host = anydgram_embassy::Host<'static, &'static Told>;

/// The port of the runner's datagrams; scenarios have higher ones.
const PORT: u16 = 99;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::run(start)
}

fn start(spawner: Spawner, ethernet: Ethernet) {
    static AGENT: StaticCell<Told> = StaticCell::new();
    static HOST: StaticCell<Host> = StaticCell::new();
    static NAMES: StaticCell<Names> = StaticCell::new();

    let HardwareAddress::Ethernet(hardware_address) = ethernet.hardware_address() else {
        unreachable!("an Ethernet chip has an Ethernet address");
    };
    let agent = &*AGENT.init_with(|| Agent::new(memory::log()));
    let mut options = HostOptions::new(Seed::new([hardware_address[5]; 16]));
    options.name = "any0";
    let host = Host::new(&ethernet, &options, memory::host(), agent);
    let host = &*HOST.init(defmt::unwrap!(host));
    host.set_resolver(NAMES.init(Names(agent)));
    let shim = host.stepped_shim(ethernet, memory::frame());
    let (config, seed) = (config(hardware_address), hardware_address[5].into());
    let (stack, runner) = embassy_net::new(shim, config, memory::resources(), seed);
    spawner.spawn(network(runner).expect("spawned once"));
    spawner.spawn(sockets(host, stack).expect("spawned once"));
    spawner.spawn(serve(stack, host, agent).expect("spawned once"));
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Shim<'static, Ethernet, &'static Told, true>>) -> ! {
    runner.run().await
}

#[embassy_executor::task]
async fn sockets(host: &'static Host, stack: Stack<'static>) -> ! {
    host.run(stack).await
}

/// Does what it is told.
#[embassy_executor::task]
async fn serve(stack: Stack<'static>, host: &'static Host, agent: &'static Told) -> ! {
    static META: ConstStaticCell<[[PacketMetadata; 4]; 2]> =
        ConstStaticCell::new([[PacketMetadata::EMPTY; 4]; 2]);
    static BYTES: ConstStaticCell<[[u8; 4 * LONGEST]; 2]> =
        ConstStaticCell::new([[0; 4 * LONGEST]; 2]);

    let ([rx_meta, tx_meta], [rx, tx]) = (META.take(), BYTES.take());
    let mut socket = UdpSocket::new(stack, rx_meta, rx, tx_meta, tx);
    socket.bind(PORT).expect("the port is free");
    stack.wait_link_up().await;
    let mut server = memory::server();
    let mut node = Node::new(host);
    let mut datagram = [0; LONGEST];
    let mut room = [0; LONGEST];
    defmt::info!("at your service");
    loop {
        let Ok((length, meta)) = socket.recv_from(&mut datagram).await else {
            continue;
        };
        let packet = datagram.get(..length).and_then(Packet::read);
        let Some(packet) = packet else {
            defmt::warn!("not of the runner");
            continue;
        };
        let mut turn = server.receive(packet);
        if turn == Turn::Execute {
            let reply = match server.command() {
                Some(command) => carry_out(&mut node, host, agent, command).await,
                None => Ok(Answer::Impossible),
            };
            turn = agent.with_told(|log| server.finish(&reply, log));
        }
        if let Turn::Answer(packet) = turn {
            let answer = packet.write(&mut room);
            // What is lost is asked for again.
            socket.send_to(answer, meta.endpoint).await.ok();
        }
    }
}

async fn carry_out(node: &mut Node, host: &Host, agent: &Told, command: Command<'_>) -> Reply {
    match command {
        Command::Create(options) => Ok(create(node, agent, options)),
        Command::Call(socket, call) => execute(node, agent, socket, call),
        Command::Step => Ok(Answer::More(host.step().await)),
        Command::Next => Ok(Answer::Next {
            at: host.poll_at().map(|at| at.as_micros()),
            now: now(),
        }),
    }
}

/// In microseconds.
#[expect(clippy::disallowed_methods, reason = "the board's time is asked for")]
fn now() -> u64 {
    embassy_time::Instant::now().as_micros()
}

/// The addresses of the scenarios' hosts: the last part is that of the hardware address; from 100 on, it is 100 less, and
/// the IPv6 address is link-local.
fn config([.., number]: [u8; 6]) -> Config {
    let (last, [a, b]) = match number.checked_sub(100) {
        Some(last) => (last, [0xFE80, 0]),
        None => (number, [0x2001, 0xDB8]),
    };
    // In IPv6 it is written with the same digits.
    let digits = u16::from(last / 10 * 16 + last % 10);
    let mut config = Config::ipv4_static(StaticConfigV4 {
        address: Ipv4Cidr::new(Ipv4Address::new(192, 0, 2, last), 24),
        gateway: None,
        dns_servers: Default::default(),
    });
    config.ipv6 = ConfigV6::Static(StaticConfigV6 {
        address: Ipv6Cidr::new(Ipv6Address::new(a, b, 0, 0, 0, 0, 0, digits), 64),
        gateway: None,
        dns_servers: Default::default(),
    });
    config
}
