//! Datagrams a second and processor time per datagram over loopback, of anydgram-std and of what there is beside it.
//!
//! A sender and a receiver, each a thread on a processor of its own, flood for a while; all ways take turns, in an order
//! that changes from round to round, and the table has the medians. What is delivered is from one way to the same; the
//! time of a sender is taken with the system calls by hand as its receiver, and the other way round, under overload.
//! Loopback charges the way up to the receiver's socket to the sender. Compare within a table only: figures of two runs
//! differ by what else the machine did.
//!
//! ```sh
//! cargo run --release --manifest-path tests/speed/Cargo.toml -- [--rounds N] [--millis N] [--sizes N,N,…] [--only PART-OF-A-NAME]
//! ```

#![expect(clippy::disallowed_methods, reason = "what is measured is time")]

mod ours;
mod peers;
mod raw;
mod table;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};

/// What both sides of a flood know.
pub struct Flood {
    /// Bytes of a datagram.
    pub size: usize,
    /// How long to send.
    pub time: Duration,
    /// The sender has ended, and what it sent has had time to come.
    pub is_over: AtomicBool,
}

/// A way to send and to receive.
pub struct Way {
    /// Its name in the table.
    pub name: &'static str,
    /// What it is compared with.
    pub group: Group,
    /// Sends for as long as the flood says; returns how many datagrams.
    pub send: fn(&Flood, SocketAddr) -> u64,
    /// Binds, tells where, receives until the flood is over; returns how many datagrams.
    pub receive: fn(&Flood, mpsc::Sender<SocketAddr>) -> u64,
}

/// Ways that do the same; the first of each is what the others are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Each datagram is sent by its own call.
    OneByOne,
    /// Datagrams of different lengths, sent together.
    Batched,
    /// Datagrams of one length, sent together.
    Segments,
}

/// What one flood came to.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Datagrams that came, a second.
    pub delivered: f64,
    /// Processor time of the sender for a datagram, in nanoseconds.
    pub send: f64,
    /// Of the receiver.
    pub receive: f64,
    /// Of the datagrams that were sent, the part that did not come.
    pub lost: f64,
}

impl Flood {
    /// Whether the receiver may end.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// Calls `send`, which returns how many datagrams it sent, for as long as the flood lasts.
    pub fn repeat(&self, mut send: impl FnMut() -> u64) -> u64 {
        let start = Instant::now();
        let mut sent = 0;
        while start.elapsed() < self.time {
            sent += send();
        }
        sent
    }
}

/// A socket on a port of the system's choice, with room for much.
pub fn bound() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a port");
    rustix::net::sockopt::set_socket_recv_buffer_size(&socket, BUFFER).expect("a size");
    rustix::net::sockopt::set_socket_send_buffer_size(&socket, BUFFER).expect("a size");
    socket
}

/// The kernel buffers of every socket here, as far as the system allows.
pub const BUFFER: usize = 4 << 20;
/// How long a receiver waits before it looks whether the flood is over.
pub const PATIENCE: Duration = Duration::from_millis(20);

/// One round of a way: from itself to itself; then its sender to the fastest receiver of its group, and the fastest sender
/// to its receiver, so that each is charged for what it does alone.
fn run_round(way: &Way, size: usize, time: Duration) -> Outcome {
    let fastest = |group| raw::WAYS.iter().find(|way| way.group == group);
    let (sink, source) = match way.group {
        Group::OneByOne => (Group::Batched, Group::Segments),
        group => (group, group),
    };
    let sink = fastest(sink).expect("each group has one");
    let source = fastest(source).expect("each group has one");
    Outcome {
        send: flood(way, sink, size, time).send,
        receive: flood(source, way, size, time).receive,
        ..flood(way, way, size, time)
    }
}

fn flood(from: &Way, to: &Way, size: usize, time: Duration) -> Outcome {
    let flood = Flood {
        size,
        time,
        is_over: AtomicBool::new(false),
    };
    let flood = &flood;
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        let receiver = scope.spawn(move || on_processor(1, || (to.receive)(flood, tell)));
        let address = told.recv().expect("the receiver binds");
        let start = Instant::now();
        let sender = scope.spawn(move || on_processor(0, || (from.send)(flood, address)));
        let (sent, send_time) = sender.join().expect("the sender ends");
        let took = start.elapsed();
        thread::sleep(PATIENCE);
        flood.is_over.store(true, Ordering::Release);
        let (received, receive_time) = receiver.join().expect("the receiver ends");
        Outcome {
            delivered: received as f64 / took.as_secs_f64(),
            send: send_time.as_nanos() as f64 / sent.max(1) as f64,
            receive: receive_time.as_nanos() as f64 / received.max(1) as f64,
            lost: sent.saturating_sub(received) as f64 / sent.max(1) as f64,
        }
    })
}

/// Runs on one processor, and tells the time that it took there.
fn on_processor<T>(processor: usize, work: impl FnOnce() -> T) -> (T, Duration) {
    let mut set = CpuSet::new();
    set.set(processor);
    if let Err(error) = sched_setaffinity(None, &set) {
        eprintln!("SKIPPED: processor {processor} for itself: {error}");
    }
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("it is positive");
    let start = now();
    let value = work();
    (value, now() - start)
}

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let value = |name: &str| {
        let position = arguments.iter().position(|argument| argument == name)?;
        arguments.get(position + 1).cloned()
    };
    let number = |name, default| value(name).map_or(default, |text| text.parse().expect(name));
    let (rounds, millis) = (number("--rounds", 5), number("--millis", 300));
    let sizes = value("--sizes").unwrap_or_else(|| "64,512,1400,8192".into());
    let mut ways: Vec<_> = [raw::WAYS, peers::WAYS, ours::WAYS].concat_ways();
    if let Some(only) = value("--only") {
        ways.retain(|way| way.name.contains(&only));
    }
    for size in sizes.split(',').map(|size| size.parse().expect("--sizes")) {
        let mut outcomes = vec![Vec::new(); ways.len()];
        for round in 0..rounds {
            for step in 0..ways.len() {
                // A different order each round, without a source of chance.
                let index = (step * (2 * (round as usize % 3) + 1) + round as usize) % ways.len();
                let way = &ways[index];
                outcomes[index].push(run_round(way, size, Duration::from_millis(millis)));
            }
        }
        table::print(size, &ways, &outcomes);
    }
}

/// All ways, of one group after the other.
trait Concat<'a> {
    fn concat_ways(self) -> Vec<&'a Way>;
}

impl<'a> Concat<'a> for [&'a [Way]; 3] {
    fn concat_ways(self) -> Vec<&'a Way> {
        let all = || self.iter().flat_map(|ways| ways.iter());
        [Group::OneByOne, Group::Batched, Group::Segments]
            .into_iter()
            .flat_map(|group| all().filter(move |way| way.group == group))
            .collect()
    }
}
