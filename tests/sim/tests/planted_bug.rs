//! A bug that only faults bring out: found by seeds, replayed, and shrunk to the one fault that it needs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

extern crate alloc;

use alloc::rc::Rc;
use core::cell::Cell;
use core::net::IpAddr;
use core::time::Duration;

use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Handler, Instant, Limits, Options, Socket, SocketId,
    SocketType, Sockets,
};
use anydgram_sim::scenario::{Scenario, explore};
use anydgram_sim::{
    Fault, HostOptions, Level, Rates, SegmentOptions, Violation, World, WorldOptions,
};

/// Deposits that a customer sends again until they are acknowledged.
const DEPOSITS: u8 = 5;

fn socket(sockets: &mut Sockets<'_, 'static>) -> SocketId {
    let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
    socket.bind(BindOptions::port(7)).unwrap();
    sockets.add(socket).unwrap()
}

/// Counts deposits, and acknowledges them. The bug: those that it has counted before are counted again.
struct Bank(Rc<Cell<u32>>);

impl Handler for Bank {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event {
            self.0.set(self.0.get() + 1);
            let socket = sockets.get_mut(id).unwrap();
            let answer = Datagram::new(message.data).reply_to(message.meta);
            socket.send(answer.unreported()).unwrap();
        }
    }
}

struct Customer {
    socket: SocketId,
    next: u8,
    again: Instant,
}

impl Handler for Customer {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event
            && message.data == [self.next]
        {
            self.next += 1;
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        (self.next < DEPOSITS).then_some(self.again)
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        self.again = now.saturating_add(Duration::from_millis(100));
        let to = Destination::new(IpAddr::from([192, 0, 2, 1]), 7);
        let deposit = [self.next];
        let socket = sockets.get_mut(self.socket).unwrap();
        socket
            .send(Datagram::new(&deposit).to(to).unreported())
            .unwrap();
    }
}

fn run(world: &mut World<'_>) -> Result<(), Violation> {
    let segment = world.add_segment(SegmentOptions::new());
    let counted = Rc::new(Cell::new(0));
    let balance = Rc::clone(&counted);
    let bank = world.add_host("bank", HostOptions::new(), move |start| {
        socket(start.sockets);
        Box::new(Bank(Rc::clone(&balance)))
    });
    world.plug_in(bank, segment, &["192.0.2.1/24"]);
    let customer = world.add_host("customer", HostOptions::new(), |start| {
        Box::new(Customer {
            socket: socket(start.sockets),
            next: 0,
            again: start.now,
        })
    });
    world.plug_in(customer, segment, &["192.0.2.2/24"]);
    world.add_invariant("no deposit counts twice", move |_| match counted.get() {
        count if count > u32::from(DEPOSITS) => Err(format!("{count} of {DEPOSITS}")),
        _ => Ok(()),
    });
    world.run_for(Duration::from_secs(5))
}

const SCENARIO: Scenario = Scenario::new("bank", "a bank that counts some deposits twice", run);

/// Datagrams go wrong, and nothing else.
fn rates() -> Rates {
    let mut rates = Rates::all();
    rates.tick = Duration::ZERO;
    rates
}

#[test]
fn without_faults_the_bug_does_not_show() {
    for level in Level::ALL {
        let options = WorldOptions::new(1).level(level);
        assert_eq!(SCENARIO.run(&options).violation, None);
    }
}

#[test]
fn it_is_found_replayed_and_shrunk_among_datagrams() {
    find(Level::Datagrams);
}

#[test]
fn it_is_found_replayed_and_shrunk_among_frames() {
    find(Level::Frames);
}

fn find(level: Level) {
    let options = WorldOptions::new(0).level(level).rates(rates());
    let explored = explore(&SCENARIO, &options, 1_000, |so_far| so_far.failed < 10);
    let failures = explored.failures.iter();
    let failure = failures.max_by_key(|failure| failure.outcome.faults.len());
    let failure = failure.expect("within 1,000 seeds");
    let violation = failure.outcome.violation.as_ref().unwrap();
    assert_eq!(violation.what, "no deposit counts twice: 6 of 5");
    assert!(
        violation
            .to_string()
            .contains(&format!("SIM_SEED={}", failure.seed))
    );
    let has_level = violation.to_string().ends_with("--level frames");
    assert_eq!(has_level, level == Level::Frames);

    let options = options.seed(failure.seed);
    let again = SCENARIO.run(&options);
    assert_eq!(again, failure.outcome, "byte for byte");

    let least = SCENARIO.shrink(&options, &failure.outcome.faults);
    assert!(least.len() <= 2, "{least:?}");
    assert!(least.len() < failure.outcome.faults.len());
    for at in 0..least.len() {
        let mut others = least.clone();
        let left_out = others.remove(at);
        let outcome = SCENARIO.run(&options.clone().script(others));
        assert_eq!(outcome.violation, None, "needed: {left_out}");
    }

    // As a script that was saved, which needs no seed's rates.
    let script: Vec<Fault> = least
        .iter()
        .map(|fault| fault.to_string().parse().unwrap())
        .collect();
    let options = WorldOptions::new(failure.seed).level(level);
    let replayed = SCENARIO.run(&options.script(script));
    assert_eq!(replayed.faults, least);
    assert!(replayed.violation.is_some());
}
