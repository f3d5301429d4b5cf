#![no_std]
#![no_main]
//! An echo server on anydgram, in front of embassy-net: a handler.

use core::mem::MaybeUninit;
use core::pin::pin;

use anydgram_core::stack::Seed;
use anydgram_core::{
    BindOptions, Datagram, Event, Handler, Interface, Options, Socket, SocketId, Sockets, Storage,
};
use anydgram_embassy::{Host, HostOptions};
use anydgram_size::chip::{Chip, MTU};
use anydgram_size::embassy::{self, DATAGRAMS, EVENTS};
use anydgram_size::memory;
use embassy_net::StackResources;

/// One datagram of the longest waits at most.
type Memory = Storage<1_472, DATAGRAMS, 1, EVENTS, 0>;

struct Echo;

impl Handler for Echo {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        if let (Event::Message(message), Some(socket)) = (event, sockets.get_mut(id)) {
            let answer = Datagram::new(message.data).reply_to(message.meta);
            // A full queue loses the answer.
            let _ = socket.send(answer.unreported());
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    // SAFETY: the program begins here, once.
    let (chip, resources, host, storage, frame, memory) = unsafe {
        (
            Chip::take(),
            memory!(RESOURCES: StackResources<1> = StackResources::new()),
            memory!(HOST: MaybeUninit<Host<'static, Echo>> = MaybeUninit::uninit()),
            memory!(STORAGE: Memory = Memory::new()),
            memory!(FRAME: [u8; MTU] = [0; MTU]),
            embassy::host_memory(),
        )
    };
    let options = HostOptions::new(Seed::new([7; 16]));
    let Ok(made) = Host::new(&chip, &options, memory, Echo) else {
        loop {}
    };
    let host = &*host.write(made);
    let mut socket = Socket::new(Options::new(embassy::SOCKET), storage);
    let _ = socket.bind(BindOptions::port(7));
    let _ = socket.add_membership(embassy::GROUP.into(), Interface::Default);
    let _ = host.with(|sockets, _| sockets.add(socket).ok());
    let shim = host.shim(chip, frame);
    let (stack, mut runner) = embassy_net::new(shim, embassy::config(), resources, 7);
    embassy::run([
        pin!(async { runner.run().await }),
        pin!(async { host.run(stack).await }),
        pin!(async {}),
    ])
}
