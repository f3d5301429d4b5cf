//! Hosts that tell each other, one at a time, all that they know.

use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;

use anydgram_core::stack::Random;
use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Handler, Instant, Limits, Options, Socket, SocketId,
    SocketType, Sockets,
};

use super::Scenario;
use super::knowledge::Knowledge;
use crate::application::Start;
use crate::network::SegmentOptions;
use crate::world::{Violation, World};

pub(super) const SCENARIO: Scenario = Scenario::new(
    "gossip",
    "ten hosts tell one other host at a time what they know, until all know everything",
    run,
);

const HOSTS: u8 = 10;
const PORT: u16 = 7000;
/// How often a host tells another one.
const INTERVAL: Duration = Duration::from_millis(200);
const LIMIT: Duration = Duration::from_secs(60);

const fn address(number: u8) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number as u16 + 1)
}

fn run(world: &mut World<'_>) -> Result<(), Violation> {
    let segment = world.add_segment(SegmentOptions::new());
    let known = Knowledge::new(world, HOSTS);
    let address = |number| format!("{}/64", address(number));
    known.add_hosts(world, segment, address, Gossip::start);
    known.until_all_know(world, LIMIT)
}

struct Gossip {
    number: u8,
    socket: SocketId,
    known: Knowledge,
    random: Random,
    next: Instant,
}

impl Gossip {
    fn start(start: &mut Start<'_, '_>, number: u8, known: Knowledge) -> Self {
        let mut socket = Socket::with_heap(Options::new(SocketType::Udp6), Limits::new());
        socket.bind(BindOptions::port(PORT)).expect("it is open");
        Self {
            number,
            socket: start.sockets.add(socket).expect("there is room"),
            known,
            random: Random::new(start.seed),
            next: start.now.saturating_add(INTERVAL),
        }
    }
}

impl Handler for Gossip {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event
            && let Ok(news) = message.data.try_into()
        {
            self.known.learn(self.number, u64::from_be_bytes(news));
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        self.next = now.saturating_add(INTERVAL);
        let other = self.random.below(u32::from(HOSTS) - 1);
        let other = u8::try_from(other).unwrap_or(0);
        let other = if other < self.number {
            other
        } else {
            other + 1
        };
        if let Some(socket) = sockets.get_mut(self.socket) {
            let news = self.known.of(self.number).to_be_bytes();
            let to = Destination::new(IpAddr::V6(address(other)), PORT);
            // What finds no room is told again.
            socket.send(Datagram::new(&news).to(to).unreported()).ok();
        }
    }
}
