//! UDP echo on embassy-net alone: what anydgram is compared with.
#![no_std]
#![no_main]

use anydgram_firmware::{
    CONTROL_PORT, Command, ECHO_PORT, GROUPS, config, hardware_address, link, seed,
};
use anydgram_firmware_board::{self as board, Ethernet};
use embassy_executor::Spawner;
use embassy_net::udp::{PacketMetadata, UdpSocket};
use embassy_net::{IpAddress, Runner, Stack, StackResources};
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

    let hardware_address = hardware_address(&ethernet);
    let (config, seed) = (config(hardware_address), seed(hardware_address));
    let (stack, runner) = embassy_net::new(ethernet, config, RESOURCES.take(), seed);
    spawner.spawn(network(runner).expect("spawned once"));
    spawner.spawn(link(stack).expect("spawned once"));
    spawner.spawn(echo(stack).expect("spawned once"));
    spawner.spawn(control(stack).expect("spawned once"));
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Ethernet>) -> ! {
    runner.run().await
}

/// Sends each datagram back.
#[embassy_executor::task]
async fn echo(stack: Stack<'static>) -> ! {
    static RX_BYTES: ConstStaticCell<[u8; 4096]> = ConstStaticCell::new([0; 4096]);
    static TX_BYTES: ConstStaticCell<[u8; 4096]> = ConstStaticCell::new([0; 4096]);
    static RX_META: ConstStaticCell<[PacketMetadata; 16]> =
        ConstStaticCell::new([PacketMetadata::EMPTY; 16]);
    static TX_META: ConstStaticCell<[PacketMetadata; 16]> =
        ConstStaticCell::new([PacketMetadata::EMPTY; 16]);
    static DATAGRAM_BYTES: ConstStaticCell<[u8; LARGEST]> = ConstStaticCell::new([0; LARGEST]);

    let mut socket = UdpSocket::new(
        stack,
        RX_META.take(),
        RX_BYTES.take(),
        TX_META.take(),
        TX_BYTES.take(),
    );
    socket.bind(ECHO_PORT).expect("the port is free");
    for group in [IpAddress::from(GROUPS.0), GROUPS.1.into()] {
        stack
            .join_multicast_group(group)
            .expect("there is room for a group");
    }
    defmt::info!("echo on port {=u16}", ECHO_PORT);
    let datagram = DATAGRAM_BYTES.take();
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
    static RX_BYTES: ConstStaticCell<[u8; 64]> = ConstStaticCell::new([0; 64]);
    static RX_META: ConstStaticCell<[PacketMetadata; 2]> =
        ConstStaticCell::new([PacketMetadata::EMPTY; 2]);

    let mut socket = UdpSocket::new(stack, RX_META.take(), RX_BYTES.take(), &mut [], &mut []);
    socket.bind(CONTROL_PORT).expect("the port is free");
    loop {
        socket
            .recv_from_with(|datagram, _| match Command::parse(datagram) {
                Some(Command::Exit(code)) => board::exit(code),
                Some(Command::Panic) => panic!("told to"),
                _ => defmt::warn!("no command"),
            })
            .await;
    }
}
