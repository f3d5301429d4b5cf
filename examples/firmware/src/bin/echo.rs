//! UDP echo on anydgram: the same service as `plain-echo`, and datagrams in fragments.
#![no_std]
#![no_main]

use anydgram_core::{Datagram, Interface, SocketType};
use anydgram_embassy::Socket;
use anydgram_firmware::{ECHO_PORT, GROUPS, LONGEST, command, link, listen};
use anydgram_firmware_board::{self as board, Ethernet};
use embassy_executor::Spawner;
use embassy_net::Stack;
use static_cell::ConstStaticCell;

#[cortex_m_rt::entry]
fn main() -> ! {
    board::run(start)
}

fn start(spawner: Spawner, ethernet: Ethernet) {
    // Of both families: addresses of IPv4 are mapped.
    let (stack, [socket, commands]) = anydgram_firmware::start(spawner, ethernet, SocketType::Udp6);
    spawner.spawn(echo(spawner, stack, socket).expect("spawned once"));
    spawner.spawn(control(commands).expect("spawned once"));
}

/// Sends each datagram back.
#[embassy_executor::task]
async fn echo(spawner: Spawner, stack: Stack<'static>, socket: Socket<'static>) -> ! {
    static ECHO_BYTES: ConstStaticCell<[u8; LONGEST]> = ConstStaticCell::new([0; LONGEST]);

    defmt::unwrap!(socket.bind(ECHO_PORT).await);
    defmt::info!("echo on port {=u16}", ECHO_PORT);
    // From then on the host has its addresses, and knows where groups are.
    stack.wait_link_up().await;
    for group in [GROUPS.0.into(), GROUPS.1.into()] {
        defmt::unwrap!(socket.add_membership(group, Interface::Default));
    }
    spawner.spawn(link(stack).expect("spawned once"));
    let buffer = ECHO_BYTES.take();
    loop {
        let Ok((length, meta)) = socket.recv_from(buffer).await else {
            continue;
        };
        let Some(datagram) = buffer.get(..length) else {
            defmt::warn!("a datagram is too long");
            continue;
        };
        // An answer for which there is no room is lost, as any datagram may be.
        socket.queue(Datagram::new(datagram).reply_to(&meta)).ok();
    }
}

#[embassy_executor::task]
async fn control(socket: Socket<'static>) -> ! {
    listen(&socket).await;
    let mut buffer = [0; 64];
    loop {
        command(&socket, &mut buffer).await;
        defmt::warn!("no command");
    }
}
