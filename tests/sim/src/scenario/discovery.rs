//! Hosts that find each other through a multicast group, though much goes wrong.

use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Handler, Instant, Interface, Limits, Options,
    Socket, SocketId, SocketType, Sockets,
};

use super::Scenario;
use super::knowledge::Knowledge;
use crate::application::Start;
use crate::network::SegmentOptions;
use crate::world::{Violation, World};

pub(super) const SCENARIO: Scenario = Scenario::new(
    "discovery",
    "ten hosts ask a multicast group until each knows all others",
    run,
);

/// How many hosts there are.
const HOSTS: u8 = 10;
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 42, 99);
const PORT: u16 = 4299;
/// How often a host asks.
const INTERVAL: Duration = Duration::from_millis(300);
/// How long they may take: many times what they need without faults.
const LIMIT: Duration = Duration::from_secs(60);
const QUESTION: u8 = b'?';
const ANSWER: u8 = b'!';

fn run(world: &mut World<'_>) -> Result<(), Violation> {
    let mut options = SegmentOptions::new();
    options.jitter = Duration::from_micros(300);
    let segment = world.add_segment(options);
    let known = Knowledge::new(world, HOSTS);
    let address = |number| format!("192.0.2.{}/24", number + 1);
    known.add_hosts(world, segment, address, Seeker::start);
    known.until_all_know(world, LIMIT)
}

/// Asks who is there, and answers whoever asks.
struct Seeker {
    number: u8,
    socket: SocketId,
    known: Knowledge,
    next: Instant,
}

impl Seeker {
    fn start(start: &mut Start<'_, '_>, number: u8, known: Knowledge) -> Self {
        let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
        socket.bind(BindOptions::port(PORT)).expect("it is open");
        Self {
            number,
            socket: start.sockets.add(socket).expect("there is room"),
            known,
            next: start.now.saturating_add(INTERVAL),
        }
    }
}

impl Handler for Seeker {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let Some(socket) = sockets.get_mut(id) else {
            return;
        };
        if event == Event::Listening {
            let joined = socket.add_membership(IpAddr::V4(GROUP), Interface::Default);
            debug_assert!(joined.is_ok(), "it is a group");
        }
        let Event::Message(message) = event else {
            return;
        };
        let &[kind, number] = message.data else {
            return;
        };
        self.known
            .learn(self.number, 1_u64.wrapping_shl(number.into()));
        if kind == QUESTION && number != self.number {
            let answer = [ANSWER, self.number];
            let answer = Datagram::new(&answer).reply_to(message.meta);
            // What finds no room is asked for again.
            socket.send(answer.unreported()).ok();
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        self.next = now.saturating_add(INTERVAL);
        if let Some(socket) = sockets.get_mut(self.socket) {
            let question = [QUESTION, self.number];
            let to = Destination::new(IpAddr::V4(GROUP), PORT);
            let question = Datagram::new(&question).to(to);
            socket.send(question.unreported()).ok();
        }
    }
}
