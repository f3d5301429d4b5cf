//! UDP echo on embassy-net alone: what anydgram is compared with.
#![no_std]
#![no_main]

use anydgram_firmware::{CONTROL_PORT, Command, ECHO_PORT, GROUPS, ipv4_address, ipv6_address};
use anydgram_firmware_board::{self as board, Ethernet};
use embassy_executor::Spawner;
use embassy_net::driver::{Driver as _, HardwareAddress};
use embassy_net::udp::{PacketMetadata, UdpSocket};
use embassy_net::{
    ConfigV6, IpAddress, Ipv4Cidr, Ipv6Cidr, Runner, Stack, StackResources, StaticConfigV4,
    StaticConfigV6,
};
use static_cell::ConstStaticCell;

/// The largest payload of a datagram that is not fragmented.
const LARGEST: usize = 1472;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::run(start)
}

fn start(spawner: Spawner, ethernet: Ethernet) {
    static RESOURCES: ConstStaticCell<StackResources<2>> =
        ConstStaticCell::new(StackResources::new());

    let HardwareAddress::Ethernet(hardware_address) = ethernet.hardware_address() else {
        unreachable!("an Ethernet chip has an Ethernet address");
    };
    let mut config = embassy_net::Config::ipv4_static(StaticConfigV4 {
        address: Ipv4Cidr::new(ipv4_address(hardware_address).into(), 24),
        gateway: None,
        dns_servers: Default::default(),
    });
    config.ipv6 = ConfigV6::Static(StaticConfigV6 {
        address: Ipv6Cidr::new(ipv6_address(hardware_address).into(), 64),
        gateway: None,
        dns_servers: Default::default(),
    });
    // Nothing here has to be unpredictable.
    let seed = hardware_address
        .iter()
        .fold(0, |seed, &byte| seed << 8 | u64::from(byte));
    let (stack, runner) = embassy_net::new(ethernet, config, RESOURCES.take(), seed);
    defmt::info!("address {=[u8; 4]}", ipv4_address(hardware_address));
    spawner.spawn(network(runner).expect("spawned once"));
    spawner.spawn(link(stack).expect("spawned once"));
    spawner.spawn(echo(stack).expect("spawned once"));
    spawner.spawn(control(stack).expect("spawned once"));
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Ethernet>) -> ! {
    runner.run().await
}

/// Says when the link comes and goes.
#[embassy_executor::task]
async fn link(stack: Stack<'static>) -> ! {
    loop {
        stack.wait_link_up().await;
        defmt::info!("link up");
        stack.wait_link_down().await;
        defmt::info!("link down");
    }
}

/// Sends each datagram back.
#[embassy_executor::task]
async fn echo(stack: Stack<'static>) -> ! {
    static RX: ConstStaticCell<[u8; 4096]> = ConstStaticCell::new([0; 4096]);
    static TX: ConstStaticCell<[u8; 4096]> = ConstStaticCell::new([0; 4096]);
    static RX_META: ConstStaticCell<[PacketMetadata; 16]> =
        ConstStaticCell::new([PacketMetadata::EMPTY; 16]);
    static TX_META: ConstStaticCell<[PacketMetadata; 16]> =
        ConstStaticCell::new([PacketMetadata::EMPTY; 16]);
    static DATAGRAM: ConstStaticCell<[u8; LARGEST]> = ConstStaticCell::new([0; LARGEST]);

    let mut socket = UdpSocket::new(stack, RX_META.take(), RX.take(), TX_META.take(), TX.take());
    socket.bind(ECHO_PORT).expect("the port is free");
    for group in [IpAddress::from(GROUPS.0), GROUPS.1.into()] {
        stack
            .join_multicast_group(group)
            .expect("there is room for a group");
    }
    defmt::info!("echo on port {=u16}", ECHO_PORT);
    let datagram = DATAGRAM.take();
    loop {
        let Ok((length, meta)) = socket.recv_from(datagram).await else {
            defmt::warn!("a datagram is too long");
            continue;
        };
        let Some(datagram) = datagram.get(..length) else {
            continue;
        };
        // To the sender alone: the address that was received on may be a group, which is no source.
        if socket.send_to(datagram, meta.endpoint).await.is_err() {
            defmt::warn!("no route back");
        }
    }
}

/// Does what it is told.
#[embassy_executor::task]
async fn control(stack: Stack<'static>) -> ! {
    static RX: ConstStaticCell<[u8; 64]> = ConstStaticCell::new([0; 64]);
    static RX_META: ConstStaticCell<[PacketMetadata; 2]> =
        ConstStaticCell::new([PacketMetadata::EMPTY; 2]);

    let mut socket = UdpSocket::new(stack, RX_META.take(), RX.take(), &mut [], &mut []);
    socket.bind(CONTROL_PORT).expect("the port is free");
    loop {
        let command = socket
            .recv_from_with(|datagram, _| Command::parse(datagram))
            .await;
        match command {
            Some(Command::Exit(code)) => board::exit(code),
            Some(Command::Panic) => panic!("told to"),
            _ => defmt::warn!("no command"),
        }
    }
}
