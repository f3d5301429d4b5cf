//! In worlds that a seed decides: what must never be, whatever goes wrong.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::time::Duration;

use anydgram_core::{Event, Handler, Instant, SocketId, Sockets};
use anydgram_sim::{HostOptions, Scenario, SegmentOptions, Start, Violation, World};

use super::{GOSSIP_PORT, address, udp4};
use crate::gossip::{Entry, Gossip, Restart};
use crate::rendezvous::Site;
use crate::services::{Service, Services, Trust};

/// What can be explored: both protocols, as they are and with a bug.
pub const SCENARIOS: [Scenario; 4] = [
    Scenario::new(
        "gossip",
        "eight nodes that change their values until all know the newest of each",
        |world| gossip(world, Restart::GoesOn),
    ),
    Scenario::new(
        "gossip-bug",
        "the same with nodes that forget their version in a crash",
        |world| gossip(world, Restart::Forgets),
    ),
    Scenario::new(
        "services",
        "eight services that move to other ports until each knows where all others are",
        |world| services(world, Trust::Newest),
    ),
    Scenario::new(
        "services-bug",
        "the same with members that believe what they hear last, though it be older",
        |world| services(world, Trust::Anything),
    ),
];

fn gossip(world: &mut World<'_>, restart: Restart) -> Result<(), Violation> {
    let mut number = 0..;
    let peers = [(); NODES].map(|()| {
        let address = address(number.next().unwrap_or(0));
        (core::net::IpAddr::V4(address), GOSSIP_PORT).into()
    });
    play(world, move |start, number| {
        let gossip = Gossip::start(
            start.sockets,
            udp4(),
            (number, peers),
            (start.now, start.seed),
        );
        gossip.expect("there is room").restart(restart)
    })
}

fn services(world: &mut World<'_>, trust: Trust) -> Result<(), Violation> {
    play(world, move |start, number| {
        let own = Service {
            name: u16::try_from(number).unwrap_or(u16::MAX),
            port: FIRST_PORT,
            // What was announced before a crash is older.
            incarnation: start.boots.saturating_mul(1_000).saturating_add(1),
        };
        let site = Site {
            address: address(number),
            hops: 1,
        };
        let when = (start.now, start.seed);
        let services = Services::start(start.sockets, udp4(), (site, Some(own)), when);
        services.expect("there is room").trust(trust)
    })
}

/// A node whose knowledge can be looked at, and changes.
trait Node: Handler {
    /// Its value changes.
    fn change(&mut self, value: u32);

    /// What it knows of all nodes, `number` being its own.
    fn knowledge(&self, number: usize) -> [Entry; NODES];
}

impl Node for Gossip<NODES> {
    fn change(&mut self, value: u32) {
        self.set(value);
    }

    fn knowledge(&self, _: usize) -> [Entry; NODES] {
        *self.entries()
    }
}

impl Node for Services<NODES> {
    fn change(&mut self, value: u32) {
        let more = u16::try_from(value).unwrap_or(u16::MAX);
        self.move_to(FIRST_PORT.saturating_add(more));
    }

    fn knowledge(&self, number: usize) -> [Entry; NODES] {
        let mut all = [Entry::default(); NODES];
        let own = self.own().map(|own| (number, own));
        let others = self.known().map(|known| known.service);
        let others = others.map(|service| (service.name.into(), service));
        for (number, service) in others.chain(own) {
            if let Some(entry) = all.get_mut(number) {
                entry.version = service.incarnation;
                entry.value = service.port.into();
            }
        }
        all
    }
}

/// What a node knows since it was started so many times.
type Seen = (u32, [Entry; NODES]);

/// Runs nodes that change for a while, and then until all know the same.
fn play<N: Node + 'static>(
    world: &mut World<'_>,
    start: impl Fn(&mut Start<'_, '_>, usize) -> N + Copy + 'static,
) -> Result<(), Violation> {
    let segment = world.add_segment(SegmentOptions::new());
    let seen = Rc::new(RefCell::new([Seen::default(); NODES]));
    for number in 0..NODES {
        let seen = Rc::clone(&seen);
        let name = format!("node{number}");
        let host = world.add_host(&name, HostOptions::new(), move |begin| {
            let node = start(begin, number);
            let changes_at = begin.now.saturating_add(CHANGE);
            Box::new(Watched {
                node,
                number,
                boots: begin.boots,
                changes: 0,
                changes_at,
                seen: Rc::clone(&seen),
            })
        });
        world.plug_in(host, segment, &[&format!("{}/24", address(number))]);
    }
    let (now_seen, mut before) = (Rc::clone(&seen), [Seen::default(); NODES]);
    world.add_invariant("nobody goes back to what is older", move |_| {
        let now = *now_seen.borrow();
        let found = (0..).zip(before.iter().zip(&now)).find_map(went_back);
        before = now;
        found.map_or(Ok(()), Err)
    });
    let is_settled = |_: &World<'_>| {
        let seen = seen.borrow();
        let (_, first) = seen.first().copied().unwrap_or_default();
        let is_known = first.iter().all(|entry| entry.version > CHANGES);
        is_known && seen.iter().all(|(_, known)| *known == first)
    };
    if world.run_until(LIMIT, is_settled)? {
        return Ok(());
    }
    let text = difference(&seen.borrow());
    Err(world.violation(format!("after {LIMIT:?}, {text}")))
}

/// What a node knows of another one, and that one knows better.
fn difference(seen: &[Seen; NODES]) -> String {
    let mut nodes = seen.iter().enumerate();
    let found = nodes.find_map(|(node, (_, known))| {
        let mut others = known.iter().zip(seen).enumerate();
        others.find_map(|(of, (told, (_, own)))| {
            let own = own.get(of).filter(|own| *own != told)?;
            let (told, own) = (told.value, own.value);
            Some(format!(
                "node{node} takes {told} for the value of node{of}, which is {own}"
            ))
        })
    });
    found.unwrap_or_else(|| "some know no value of some".to_owned())
}

/// What a node knows that is older than what it knew, and was not forgotten in between.
fn went_back((number, (before, now)): (usize, (&Seen, &Seen))) -> Option<String> {
    let ((boots, before), (boots_now, now)) = (before, now);
    if boots != boots_now {
        return None;
    }
    let mut entries = (0_usize..).zip(before.iter().zip(now));
    entries.find_map(|(of, (before, now))| {
        let is_older = now.version != 0 && now.version < before.version;
        is_older.then(|| {
            let (old, new) = (before.version, now.version);
            format!("node{number} knew version {old} of node{of}, and now {new}")
        })
    })
}

/// A node that shows what it knows after all that happens to it, and changes for a while.
struct Watched<N> {
    node: N,
    number: usize,
    boots: u32,
    changes: u32,
    changes_at: Instant,
    seen: Rc<RefCell<[Seen; NODES]>>,
}

impl<N: Node> Watched<N> {
    fn show(&self) {
        let known = self.node.knowledge(self.number);
        if let Some(seen) = self.seen.borrow_mut().get_mut(self.number) {
            *seen = (self.boots, known);
        }
    }
}

impl<N: Node> Handler for Watched<N> {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        self.node.handle(sockets, id, event);
        self.show();
    }

    fn wake_at(&self) -> Option<Instant> {
        let own = (self.changes <= CHANGES).then_some(self.changes_at);
        [own, self.node.wake_at()].into_iter().flatten().min()
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        if self.changes <= CHANGES && self.changes_at <= now {
            self.changes += 1;
            self.changes_at = now.saturating_add(CHANGE);
            // Another value than in any life before.
            let life = self.boots.saturating_mul(1_000);
            self.node.change(life.saturating_add(self.changes));
        }
        if self.node.wake_at().is_some_and(|at| at <= now) {
            self.node.wake(sockets, now);
        }
        self.show();
    }
}

const NODES: usize = 8;
const FIRST_PORT: u16 = 8_000;
/// How often a node changes after each start, and how many times.
const CHANGE: Duration = Duration::from_millis(700);
const CHANGES: u32 = 6;
/// How long they may take: many times what they need without faults.
const LIMIT: Duration = Duration::from_secs(120);
