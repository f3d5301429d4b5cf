//! How fast worlds are: `cargo bench -p anydgram-sim`.
//!
//! * datagrams between two hosts without faults, per second of this thread, and frames, in a world of them;
//! * worlds of ten hosts and a thousand datagrams with all faults, per second, at either level;
//! * worlds of each scenario with all faults, likewise.
//!
//! Seconds are those of the processor on Linux, so that it does not matter what else a computer does; by the clock elsewhere.
//!
//! As a test, each is run a little, and has to arrive.
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program that measures time"
)]

use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;
use std::env;

use anydgram_core::{
    BindOptions, Datagram, Destination, Endpoint, Event, Handler, Instant, Limits, Options, Socket,
    SocketId, SocketType, Sockets,
};
use anydgram_sim::scenario::{SCENARIOS, explore};
use anydgram_sim::{
    HostOptions, Level, Rates, Scenario, SegmentOptions, Violation, World, WorldOptions, simulate,
};

/// Sends everything back; the first host begins with some.
struct Echo {
    begins: bool,
}

impl Handler for Echo {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let Some(socket) = sockets.get_mut(id) else {
            return;
        };
        if event == Event::Listening && self.begins {
            let to = Destination::new(IpAddr::from([192, 0, 2, 2]), 7);
            for _ in 0..WINDOW {
                let datagram = Datagram::new(&[0x55; 64]).to(to);
                socket.send(datagram.unreported()).expect("there is room");
            }
        }
        if let Event::Message(message) = event {
            let answer = Datagram::new(message.data).reply_to(message.meta);
            socket.send(answer.unreported()).expect("there is room");
        }
    }
}

/// How many datagrams are under way.
const WINDOW: usize = 32;

/// Datagrams and frames between two hosts within so much time of the world.
fn echo(level: Level, time: Duration) -> (u64, u64) {
    simulate(&WorldOptions::new(1).level(level), |world| {
        let segment = world.add_segment(SegmentOptions::new());
        for number in [2, 1] {
            let host = world.add_host("host", HostOptions::new(), move |start| {
                let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
                socket.bind(BindOptions::port(7)).expect("it is open");
                start.sockets.add(socket).expect("there is room");
                Box::new(Echo {
                    begins: number == 1,
                })
            });
            world.plug_in(host, segment, &[&format!("192.0.2.{number}/24")]);
        }
        world.run_for(time).expect("nothing is wrong");
        (world.datagrams(), world.frames())
    })
}

/// Sends to the next host, again and again, and hears what comes.
struct Talker {
    socket: SocketId,
    peer: Endpoint,
    next: Instant,
}

impl Handler for Talker {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, _: Event<'_>) {}

    fn wake_at(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        self.next = now.saturating_add(Duration::from_millis(20));
        if let Some(socket) = sockets.get_mut(self.socket) {
            let datagram = Datagram::new(&[0x55; 64]).to(self.peer);
            // What finds no room is not sent.
            socket.send(datagram.unreported()).ok();
        }
    }
}

const HOSTS: u8 = 10;

const fn address(number: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, number + 1))
}

fn talk(world: &mut World<'_>) -> Result<(), Violation> {
    let segment = world.add_segment(SegmentOptions::new());
    for number in 0..HOSTS {
        let peer = (address((number + 1) % HOSTS), 7).into();
        let host = world.add_host("host", HostOptions::new(), move |start| {
            let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
            socket.bind(BindOptions::port(7)).expect("it is open");
            Box::new(Talker {
                socket: start.sockets.add(socket).expect("there is room"),
                peer,
                next: start.now,
            })
        });
        world.plug_in(host, segment, &[&format!("{}/24", address(number))]);
    }
    let is_done = |world: &World<'_>| world.datagrams() >= 1_000;
    let has_sent = world.run_until(Duration::from_secs(600), is_done)?;
    assert!(has_sent, "a thousand are not sent in ten minutes");
    Ok(())
}

const TALK: Scenario = Scenario::new("talk", "ten hosts send a thousand datagrams", talk);

fn main() {
    // Cargo asks for a benchmark by this; anything else is a test.
    let is_bench = env::args().any(|argument| argument == "--bench");
    let (time, seeds) = if is_bench { (10_000, 500) } else { (10, 5) };
    for level in Level::ALL {
        let started = now();
        let (datagrams, frames) = echo(level, Duration::from_millis(time));
        let taken = now() - started;
        let rate = per_second(datagrams, taken);
        assert!(datagrams > time * 300, "{datagrams} datagrams in {time} ms");
        print!("two hosts, no faults: {datagrams} datagrams, {rate:.0} per second");
        if level == Level::Frames {
            assert!(frames > datagrams, "ARP goes before");
            print!(
                "; {frames} frames, {:.0} per second",
                per_second(frames, taken)
            );
        }
        println!();
    }
    for (scenario, level) in [TALK]
        .into_iter()
        .chain(SCENARIOS)
        .flat_map(|scenario| Level::ALL.map(|level| (scenario, level)))
    {
        let options = WorldOptions::new(0).level(level).rates(Rates::all());
        let started = now();
        let explored = explore(&scenario, &options, seeds, |_| true);
        let rate = per_second(seeds, now() - started);
        assert_eq!(explored.failed, 0, "{explored}");
        let (name, level) = (scenario.name, level.name());
        println!("{name}, {level}: {explored}; {rate:.0} seeds per second");
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is measured, not counted")]
fn per_second(count: u64, taken: Duration) -> f64 {
    count as f64 / taken.as_secs_f64()
}

/// How long this thread has run.
#[cfg(target_os = "linux")]
fn now() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(now).expect("it began at 0")
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::disallowed_methods, reason = "it is measured")]
fn now() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> =
        std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}
