//! Hosts that find each other through a multicast group, though much goes wrong.

use alloc::rc::Rc;
use core::cell::Cell;
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Handler, Instant, Interface, Limits, Options,
    Socket, SocketId, SocketType, Sockets,
};

use super::Scenario;
use crate::application::Start;
use crate::host::HostOptions;
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
    let known: Rc<[Cell<u64>]> = (0..HOSTS).map(|_| Cell::new(0)).collect();
    for number in 0..HOSTS {
        let known = Rc::clone(&known);
        let name = format!("host{number}");
        let host = world.add_host(&name, HostOptions::new(), move |start| {
            Box::new(Seeker::start(start, number, Rc::clone(&known)))
        });
        world.plug_in(host, segment, &[&format!("192.0.2.{}/24", number + 1)]);
    }
    let all = (1_u64 << HOSTS) - 1;
    let found = Rc::clone(&known);
    world.add_invariant(
        "nobody knows a host that is not there",
        move |_| match found.iter().find(|known| known.get() & !all != 0) {
            Some(known) => Err(format!("{:b}", known.get())),
            None => Ok(()),
        },
    );
    let is_done = |_: &World<'_>| known.iter().all(|known| known.get() == all);
    if world.run_until(LIMIT, is_done)? {
        Ok(())
    } else {
        let known: Vec<_> = known
            .iter()
            .map(|known| format!("{:010b}", known.get()))
            .collect();
        Err(world.violation(format!(
            "after {LIMIT:?}, the hosts know: {}",
            known.join(" ")
        )))
    }
}

/// Asks who is there, and answers whoever asks.
struct Seeker {
    number: u8,
    socket: SocketId,
    /// A bit for each host that is known, itself among them.
    known: Rc<[Cell<u64>]>,
    next: Instant,
}

impl Seeker {
    fn start(start: &mut Start<'_, '_>, number: u8, known: Rc<[Cell<u64>]>) -> Self {
        known[usize::from(number)].set(1 << number);
        let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
        socket.bind(BindOptions::port(PORT)).expect("it is open");
        Self {
            number,
            socket: start.sockets.add(socket).expect("there is room"),
            known,
            next: start.now.saturating_add(INTERVAL),
        }
    }

    fn learn(&self, number: u8) {
        let known = &self.known[usize::from(self.number)];
        known.set(known.get() | 1_u64.wrapping_shl(number.into()));
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
        self.learn(number);
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
