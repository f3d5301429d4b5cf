//! What a peer's process sees of the program that measures it: what it is to do, and a counter.
//!
//! The process tells that it is ready, with its port if it has one, and works until its standard input ends. Each line
//! that comes in is answered with one: what was counted, the processor time of the process and the monotonic clock in
//! nanoseconds, and the median round trip since the line before in microseconds. As all of them are read at one moment,
//! the differences of two answers are what happened between them, whoever else had the processor meanwhile.

use std::io::BufRead as _;
use std::net::SocketAddr;
use std::process;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What a peer may be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Sends as fast as it can.
    Send,
    /// Sends `number` datagrams a second.
    Pace,
    /// Receives; `number` is [`ASLEEP`] or [`AWAKE`].
    Receive,
    /// Keeps `number` datagrams on their way to an echo and back.
    Ping,
    /// Answers each datagram with itself.
    Echo,
    /// Creates, binds and closes a socket, again and again.
    Churn,
    /// Binds `number` sockets when the first line comes, and keeps them.
    Hold,
}

/// What a peer works with.
pub struct Stage {
    /// Bytes of a datagram.
    pub size: usize,
    /// What the role says.
    pub number: usize,
    to: Option<SocketAddr>,
    count: AtomicU64,
    /// Round trips by their microseconds.
    trips: Box<[AtomicU32]>,
}

impl Role {
    const ALL: [(&'static str, Self); 7] = [
        ("send", Self::Send),
        ("pace", Self::Pace),
        ("receive", Self::Receive),
        ("ping", Self::Ping),
        ("echo", Self::Echo),
        ("churn", Self::Churn),
        ("hold", Self::Hold),
    ];

    /// Its name in the arguments of a process.
    pub fn name(self) -> &'static str {
        let all = Self::ALL.iter().find(|(_, role)| *role == self);
        all.expect("all are there").0
    }

    /// The role of a name.
    pub fn named(name: &str) -> Option<Self> {
        let all = Self::ALL.iter().find(|(of, _)| *of == name);
        all.map(|(_, role)| *role)
    }
}

impl Stage {
    pub fn new(size: usize, number: usize, to: Option<SocketAddr>) -> Self {
        Self {
            size,
            number,
            to,
            count: AtomicU64::new(0),
            trips: (0..LONGEST_TRIP).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    /// Where to send.
    pub fn to(&self) -> SocketAddr {
        self.to.expect("who sends is told where to")
    }

    /// Tells that everything is there, and from where datagrams are received; questions are answered from now on.
    pub fn ready(&'static self, address: Option<SocketAddr>) {
        println!("ready {}", address.map_or(0, |address| address.port()));
        thread::spawn(|| {
            for line in std::io::stdin().lock().lines() {
                if line.is_err() {
                    break;
                }
                self.answer();
            }
            process::exit(0);
        });
    }

    /// Counts. For one thread only.
    pub fn add(&self, more: u64) {
        let count = self.count.load(Ordering::Relaxed);
        self.count.store(count + more, Ordering::Relaxed);
    }

    /// Counts a round trip, and notes how long it took.
    pub fn add_trip(&self, took: Duration) {
        let micros = usize::try_from(took.as_micros()).unwrap_or(usize::MAX);
        let last = self.trips.len() - 1;
        self.trips[micros.min(last)].fetch_add(1, Ordering::Relaxed);
        self.add(1);
    }

    /// Counts what `work` returns, for ever.
    pub fn repeat(&self, mut work: impl FnMut() -> u64) {
        loop {
            self.add(work());
        }
    }

    /// Makes `number` of something when asked to, and keeps them; asks `settle` to have done what is left to do. The first
    /// one is there before, so that what makes them, and what answers, is in memory.
    pub fn hold<T>(&self, mut make: impl FnMut() -> T, mut settle: impl FnMut()) {
        let mut held = Vec::with_capacity(self.number);
        held.push(make());
        settle();
        self.median_trip();
        println!("ready 0");
        for line in std::io::stdin().lock().lines() {
            if line.is_err() {
                break;
            }
            while held.len() < self.number {
                held.push(make());
            }
            settle();
            self.answer();
        }
        process::exit(0);
    }

    fn answer(&self) {
        let nanoseconds = |clock| {
            Duration::try_from(clock_gettime(clock))
                .expect("it is positive")
                .as_nanos()
        };
        let count = self.count.load(Ordering::Relaxed);
        let processor = nanoseconds(ClockId::ProcessCPUTime);
        let clock = nanoseconds(ClockId::Monotonic);
        println!("{count} {processor} {clock} {}", self.median_trip());
    }

    /// The median of the round trips since the last call in microseconds, or 0.
    fn median_trip(&self) -> usize {
        // Without memory, which is measured, too.
        let load = |count: &AtomicU32| u64::from(count.load(Ordering::Relaxed));
        let half = self.trips.iter().map(load).sum::<u64>().div_ceil(2);
        let mut below = 0;
        let mut middle = None;
        for (micros, count) in self.trips.iter().enumerate() {
            below += u64::from(count.swap(0, Ordering::Relaxed));
            if below >= half {
                middle.get_or_insert(micros);
            }
        }
        middle.unwrap_or(0)
    }
}

/// A receiver sleeps when there is nothing to receive.
pub const ASLEEP: usize = 0;
/// It never does, if it knows how: who receives by hand.
pub const AWAKE: usize = 1;
/// Round trips of so many microseconds and more are one.
const LONGEST_TRIP: usize = 20_000;
