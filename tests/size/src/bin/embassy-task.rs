#![no_std]
#![no_main]
//! An echo server on anydgram, in front of embassy-net: a task.

use core::mem::MaybeUninit;
use core::pin::pin;

use anydgram_core::stack::Seed;
use anydgram_core::{Interface, Options, Storage};
use anydgram_embassy::{DatagramSlot, Host, HostOptions, Inbox, Place, WaitSlot};
use anydgram_size::chip::{Chip, MTU};
use anydgram_size::embassy::{self, DATAGRAMS, EVENTS, TASKS};
use anydgram_size::memory;
use embassy_net::StackResources;

/// Bytes of the datagrams that wait, on each side: one of the longest.
const BYTES: usize = 1_472;
type Memory = Storage<BYTES, DATAGRAMS, 1, EVENTS, 0>;

#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    // SAFETY: the program begins here, once.
    let (chip, resources, host, storage, frame, memory) = unsafe {
        (
            Chip::take(),
            memory!(RESOURCES: StackResources<1> = StackResources::new()),
            memory!(HOST: MaybeUninit<Host<'static>> = MaybeUninit::uninit()),
            memory!(STORAGE: Memory = Memory::new()),
            memory!(FRAME: [u8; MTU] = [0; MTU]),
            embassy::host_memory(),
        )
    };
    // SAFETY: as above.
    let (copy, places, waits, datagrams, bytes) = unsafe {
        (
            memory!(COPY: [u8; BYTES] = [0; BYTES]),
            memory!(PLACES: [Place<'static>; 1] = [Place::new()]),
            memory!(WAITS: [WaitSlot; TASKS] = [const { WaitSlot::new() }; TASKS]),
            memory!(DATAGRAM_SLOTS: [DatagramSlot; DATAGRAMS] = [const { DatagramSlot::new() }; DATAGRAMS]),
            memory!(DATAGRAM_BYTES: [u8; BYTES] = [0; BYTES]),
        )
    };
    let options = HostOptions::new(Seed::new([7; 16]));
    let Ok(made) = Host::new(&chip, &options, memory, Inbox::new(places, waits)) else {
        loop {}
    };
    let host = &*host.write(made);
    let _ = host.lend(storage, datagrams, bytes);
    let shim = host.shim(chip, frame);
    let (stack, mut runner) = embassy_net::new(shim, embassy::config(), resources, 7);
    let echo = async {
        let Ok(socket) = host.socket(Options::new(embassy::SOCKET)) else {
            return;
        };
        let _ = socket.bind(7).await;
        let _ = socket.add_membership(embassy::GROUP.into(), Interface::Default);
        loop {
            if let Ok((length, meta)) = socket.recv_from(copy).await
                && let (Some(data), Some(sender)) = (copy.get(..length), meta.sender)
            {
                let _ = socket.send_to(data, sender).await;
            }
        }
    };
    embassy::run([
        pin!(async { runner.run().await }),
        pin!(async { host.run(stack).await }),
        pin!(echo),
    ])
}
