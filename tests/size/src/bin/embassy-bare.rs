#![no_std]
#![no_main]
//! The echo server on embassy-net's own UDP socket.

use core::pin::pin;

use anydgram_size::chip::Chip;
use anydgram_size::embassy::{self, DATAGRAMS};
use anydgram_size::memory;
use embassy_net::StackResources;
use embassy_net::udp::{PacketMetadata, UdpSocket};

/// Bytes of the datagrams that wait, on each side: one of the longest.
const BYTES: usize = 1_472;

#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    // SAFETY: the program begins here, once.
    let (chip, resources, copy, received, received_bytes, sent, sent_bytes) = unsafe {
        (
            Chip::take(),
            memory!(RESOURCES: StackResources<1> = StackResources::new()),
            memory!(COPY: [u8; BYTES] = [0; BYTES]),
            memory!(RECEIVED: [PacketMetadata; DATAGRAMS] = [PacketMetadata::EMPTY; DATAGRAMS]),
            memory!(RECEIVED_BYTES: [u8; BYTES] = [0; BYTES]),
            memory!(SENT: [PacketMetadata; DATAGRAMS] = [PacketMetadata::EMPTY; DATAGRAMS]),
            memory!(SENT_BYTES: [u8; BYTES] = [0; BYTES]),
        )
    };
    let (stack, mut runner) = embassy_net::new(chip, embassy::config(), resources, 7);
    let echo = async {
        let mut socket = UdpSocket::new(stack, received, received_bytes, sent, sent_bytes);
        let _ = socket.bind(7);
        embassy::join(stack);
        loop {
            if let Ok((length, meta)) = socket.recv_from(copy).await {
                let _ = socket.send_to(&copy[..length], meta.endpoint).await;
            }
        }
    };
    embassy::run([
        pin!(async { runner.run().await }),
        pin!(echo),
        pin!(async {}),
    ])
}
