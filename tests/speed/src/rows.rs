//! What is measured: floods, paced datagrams, round trips, churn and memory, peer by peer in turns.

use std::fmt;
use std::io;
use std::thread;
use std::time::Duration;

use crate::peers::{self, Group, Peer};
use crate::player::{Call, Player, Sample};
use crate::results::{Metric, Results};
use crate::stage::{ASLEEP, AWAKE, Role};
use crate::statistics::shuffle;

/// One thing to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// As many datagrams of so many bytes as possible.
    Flood(usize),
    /// So many datagrams a second.
    Paced(usize),
    /// So many on their way at once, there and back.
    PingPong(usize),
    /// Sockets that are created, bound and closed.
    Churn,
    /// So many sockets that do nothing.
    Memory(usize),
}

/// For how long, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    pub rounds: u64,
    pub warm_up: Duration,
    pub time: Duration,
    pub seed: u64,
}

/// A field of peers, and what one of them is measured beside.
pub struct Field {
    pub peers: Vec<Peer>,
    /// All of this program's, whichever are measured.
    own: Vec<Peer>,
    effort: Effort,
}

impl Row {
    /// The peers that take part.
    pub fn field<'a>(&self, peers: &'a [Peer]) -> Vec<&'a Peer> {
        let plays = |peer: &&Peer| match self {
            Self::Flood(_) => peer.plays(Role::Send) && peer.plays(Role::Receive),
            Self::Paced(_) => peer.plays(Role::Receive) && !is_twice(peer),
            Self::PingPong(_) => peer.plays(Role::Ping) && peer.plays(Role::Echo),
            Self::Churn => peer.plays(Role::Churn),
            Self::Memory(_) => peer.plays(Role::Hold),
        };
        peers.iter().filter(plays).collect()
    }

    /// The word that selects it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Flood(_) => "flood",
            Self::Paced(_) => "paced",
            Self::PingPong(_) => "ping",
            Self::Churn => "churn",
            Self::Memory(_) => "memory",
        }
    }

    /// What other peers of the row are compared with.
    pub fn reference(&self, group: Group) -> &'static str {
        match (self, group) {
            (Self::Flood(_), Group::Mixed) => peers::MMSG,
            (Self::Flood(_), Group::Equal) => peers::TOUCH,
            _ => peers::STD,
        }
    }
}

/// Receives as another peer does, and differs in how it sends only.
fn is_twice(peer: &Peer) -> bool {
    [
        peers::DRIVER_MIXED,
        peers::MANY_MIXED,
        peers::ASYNC_MIXED,
        peers::MANY,
    ]
    .contains(&peer.name)
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flood(size) => write!(f, "Flood, {size} bytes"),
            Self::Paced(rate) => write!(f, "Paced, {rate} a second, {SIZE} bytes"),
            Self::PingPong(window) => write!(f, "Ping-pong, {window} outstanding, {SIZE} bytes"),
            Self::Churn => write!(f, "Create, bind and close"),
            Self::Memory(count) => write!(f, "Memory of {count} idle bound sockets"),
        }
    }
}

impl Field {
    pub fn new(peers: Vec<Peer>, effort: Effort) -> Self {
        Self {
            peers,
            own: peers::own(),
            effort,
        }
    }

    /// Measures a row, all peers in turns, in another order each round; tells `done` after each peer.
    pub fn measure(&self, row: Row, results: &mut Results, mut done: impl FnMut(&Peer)) {
        let mut peers = row.field(&self.peers);
        for round in 0..self.effort.rounds {
            shuffle(&mut peers, self.effort.seed.wrapping_add(round));
            for peer in &peers {
                match self.measure_one(row, peer) {
                    Ok(figures) => results.add(row, peer, round, &figures),
                    Err(error) => {
                        eprintln!("FAILED: {row}, {}: {error}", peer.name);
                        results.failures += 1;
                    }
                }
                done(peer);
            }
        }
    }

    fn measure_one(&self, row: Row, peer: &Peer) -> io::Result<Vec<(Metric, f64)>> {
        match row {
            Row::Flood(size) => self.flood(peer, size),
            Row::Paced(rate) => {
                let pace = call(Role::Pace, SIZE, rate);
                let (_, came) = self.stream(self.own(peers::STD), pace, peer)?;
                Ok(vec![(Metric::Receive, came.cost())])
            }
            Row::PingPong(window) => self.ping_pong(peer, window),
            Row::Churn => {
                let churned = self.sample_alone(peer, Role::Churn)?;
                Ok(vec![
                    (Metric::Sockets, churned.rate()),
                    (Metric::Processor, churned.cost()),
                ])
            }
            Row::Memory(count) => self.memory(peer, count),
        }
    }

    /// From a peer to itself; then to the fastest receiver of its group, and from the fastest sender, so that each side is
    /// charged for what it does itself.
    fn flood(&self, peer: &Peer, size: usize) -> io::Result<Vec<(Metric, f64)>> {
        let (source, sink) = match peer.group {
            Group::OneByOne => (peers::TOUCH, peers::MMSG),
            Group::Mixed => (peers::MMSG, peers::MMSG),
            Group::Equal => (peers::TOUCH, peers::TOUCH),
        };
        let send = call(Role::Send, size, 0);
        let (sent, came) = self.stream(peer, send, peer)?;
        let sink = self.own(sink);
        let (alone, _) = self.stream(peer, send, sink)?;
        let (awake, _) = self.stream_to(peer, send, (sink, AWAKE))?;
        let (_, taken) = self.stream(self.own(source), send, peer)?;
        Ok(vec![
            (Metric::Delivered, came.rate()),
            (Metric::Lost, 1.0 - (came.rate() / sent.rate()).min(1.0)),
            (Metric::Send, alone.cost()),
            (Metric::SendAwake, awake.cost()),
            (Metric::Receive, taken.cost()),
            (Metric::TakenIn, taken.rate()),
        ])
    }

    /// What a sender, who is asked for `call`, and a receiver did.
    fn stream(&self, from: &Peer, call: Call, to: &Peer) -> io::Result<(Sample, Sample)> {
        self.stream_to(from, call, (to, ASLEEP))
    }

    /// As [`stream`](Self::stream), with what the receiver is told of sleeping.
    fn stream_to(
        &self,
        from: &Peer,
        sends: Call,
        (to, sleeping): (&Peer, usize),
    ) -> io::Result<(Sample, Sample)> {
        let takes = call(Role::Receive, sends.size, sleeping);
        let mut receiver = Player::start(to, takes, 1)?;
        let call = Call {
            to: Some(receiver.address),
            ..sends
        };
        let mut sender = Player::start(from, call, 0)?;
        self.sample(&mut sender, &mut receiver)
    }

    fn ping_pong(&self, peer: &Peer, window: usize) -> io::Result<Vec<(Metric, f64)>> {
        let mut echo = Player::start(peer, call(Role::Echo, SIZE, 0), 1)?;
        let call = Call {
            to: Some(echo.address),
            ..call(Role::Ping, SIZE, window)
        };
        let mut client = Player::start(peer, call, 0)?;
        let (pings, echoes) = self.sample(&mut client, &mut echo)?;
        let mut values = vec![
            (Metric::Trips, pings.rate()),
            (Metric::Processor, pings.cost() + echoes.cost()),
        ];
        if window == 1 {
            values.push((Metric::Median, pings.trip));
        }
        Ok(values)
    }

    /// What two players did in the time, after they have warmed up.
    fn sample(&self, one: &mut Player, other: &mut Player) -> io::Result<(Sample, Sample)> {
        thread::sleep(self.effort.warm_up);
        let before = (one.sample()?, other.sample()?);
        thread::sleep(self.effort.time);
        let after = (one.sample()?, other.sample()?);
        Ok((after.0.since(before.0), after.1.since(before.1)))
    }

    fn sample_alone(&self, peer: &Peer, role: Role) -> io::Result<Sample> {
        let mut player = Player::start(peer, call(role, SIZE, 0), 1)?;
        thread::sleep(self.effort.warm_up);
        let before = player.sample()?;
        thread::sleep(self.effort.time);
        Ok(player.sample()?.since(before))
    }

    fn memory(&self, peer: &Peer, count: usize) -> io::Result<Vec<(Metric, f64)>> {
        let mut player = Player::start(peer, call(Role::Hold, SIZE, count), 1)?;
        let before = player.resident()?;
        player.sample()?;
        let more = player.resident()? - before;
        Ok(vec![
            (Metric::Memory, more / count as f64),
            (Metric::Base, before),
        ])
    }

    fn own(&self, name: &str) -> &Peer {
        let own = self.own.iter().find(|peer| peer.name == name);
        own.expect("it is in the list")
    }
}

fn call(role: Role, size: usize, number: usize) -> Call {
    Call {
        role,
        size,
        number,
        to: None,
    }
}

/// Bytes of a datagram where that is not what differs.
const SIZE: usize = 64;
