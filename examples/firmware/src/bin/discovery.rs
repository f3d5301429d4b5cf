//! Waits in the group 239.255.42.99 and answers whoever asks: the application that also runs on a PC, as it is.
#![no_std]
#![no_main]

#[path = "../../../src/rendezvous.rs"]
pub mod rendezvous;

use core::fmt;

use anydgram_core::{Event, Handler, SocketId, Sockets};
use anydgram_embassy::{Host, Shim};
use anydgram_firmware::{DISCOVERY_PORT, hardware_address, ipv4_address, link, memory, options};
use anydgram_firmware_board::{self as board, Ethernet};
use embassy_executor::Spawner;
use embassy_net::{Runner, Stack};
use rendezvous::{Greeter, Memory, Site};
use static_cell::{ConstStaticCell, StaticCell};

/// The application, once it has begun.
struct Application(Option<Greeter<'static>>);

impl Handler for Application {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let Some(greeter) = &mut self.0 else {
            return;
        };
        greeter.handle(sockets, id, event);
        // It has said goodbye.
        if event == Event::Close && greeter.port(sockets).is_none() {
            board::exit(0);
        }
    }
}

#[cortex_m_rt::entry]
fn main() -> ! {
    board::run(start)
}

fn start(spawner: Spawner, ethernet: Ethernet) {
    static HOST: StaticCell<Host<'static, Application>> = StaticCell::new();

    let site = Site {
        address: ipv4_address(hardware_address(&ethernet)),
        hops: 1,
    };
    let host = Host::new(&ethernet, &options(&ethernet), memory(), Application(None));
    let host = HOST.init(defmt::unwrap!(host));
    let (stack, runner) = anydgram_firmware::stack(host, ethernet);
    spawner.spawn(network(runner).expect("spawned once"));
    spawner.spawn(sockets(host, stack).expect("spawned once"));
    spawner.spawn(greet(spawner, host, stack, site).expect("spawned once"));
}

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Shim<'static, Ethernet, Application>>) -> ! {
    runner.run().await
}

#[embassy_executor::task]
async fn sockets(host: &'static Host<'static, Application>, stack: Stack<'static>) -> ! {
    host.run(stack).await
}

/// Begins once the host has its addresses.
#[embassy_executor::task]
async fn greet(
    spawner: Spawner,
    host: &'static Host<'static, Application>,
    stack: Stack<'static>,
    site: Site,
) {
    static MEMORY: ConstStaticCell<[Memory; 2]> =
        ConstStaticCell::new([const { Memory::new() }; 2]);

    stack.wait_link_up().await;
    host.with(|sockets, application| {
        let greeter = Greeter::start(
            sockets,
            MEMORY.take().each_mut(),
            (site, DISCOVERY_PORT),
            &tell,
        );
        application.0 = Some(defmt::unwrap!(greeter));
    });
    spawner.spawn(link(stack).expect("spawned once"));
}

fn tell(who: &str, what: fmt::Arguments<'_>) {
    defmt::info!("{=str}: {}", who, defmt::Display2Format(&what));
}
