//! Several nodes of a protocol: in one process, on the operating system's sockets or on userspace stacks with an Ethernet
//! between them; and in worlds that a seed decides, where much goes wrong.
//!
//! The nodes are [`Handler`]s, the same everywhere.

use core::error::Error as AnyError;
use core::net::Ipv4Addr;

use anydgram_core::stack::Seed;
use anydgram_core::{
    Endpoint, Error, Handler, Instant, Limits, Options, Socket, SocketType, Sockets,
};

use crate::gossip::Gossip;
use crate::rendezvous::Site;
use crate::services::{Service, Services};

mod in_memory;
mod system;
mod world;

pub use in_memory::run_in_memory;
pub use system::run_on_system;
pub use world::SCENARIOS;

/// How many nodes there are.
pub const NODES: usize = 5;

/// Nodes of a protocol.
pub trait Swarm {
    /// What runs on each.
    type Node: Handler;

    /// Starts a node.
    ///
    /// # Errors
    /// What it has against that.
    fn start(
        &self,
        number: usize,
        sockets: &mut Sockets<'_, 'static>,
        now: Instant,
    ) -> Result<Self::Node, Error<'static>>;

    /// What a node knows, and whether that is all.
    fn report(&self, node: &Self::Node) -> (String, bool);
}

/// Where nodes are: each has an address of its own, or all are on one computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are no others")]
pub enum Place {
    /// On one computer, where nothing leaves the loopback interface: 127.0.0.1 with a port for each.
    Loopback,
    /// On a network of their own: 192.0.2.1, 192.0.2.2 and so on.
    Network,
}

impl Place {
    fn site(self, number: usize) -> Site {
        match self {
            Self::Loopback => Site {
                address: Ipv4Addr::LOCALHOST,
                hops: 0,
            },
            Self::Network => Site {
                address: address(number),
                hops: 1,
            },
        }
    }

    fn end(self, number: usize) -> Endpoint {
        let more = match self {
            Self::Loopback => u16::try_from(number).unwrap_or(0),
            Self::Network => 0,
        };
        let port = GOSSIP_PORT.saturating_add(more);
        (core::net::IpAddr::V4(self.site(number).address), port).into()
    }
}

/// Nodes that tell each other a value each.
#[derive(Clone, Copy, Debug)]
pub struct Gossips {
    peers: [Endpoint; NODES],
}

impl Gossips {
    /// Nodes at a place.
    #[must_use]
    pub fn at(place: Place) -> Self {
        let mut number = 0..;
        Self {
            peers: [(); NODES].map(|()| place.end(number.next().unwrap_or(0))),
        }
    }
}

impl Swarm for Gossips {
    type Node = Gossip<NODES>;

    fn start(
        &self,
        number: usize,
        sockets: &mut Sockets<'_, 'static>,
        now: Instant,
    ) -> Result<Self::Node, Error<'static>> {
        let node = (number, self.peers);
        let mut node = Gossip::start(sockets, udp4(), node, (now, seed(number)))?;
        node.set(u32::try_from(number).unwrap_or(0).saturating_mul(100));
        Ok(node)
    }

    fn report(&self, node: &Self::Node) -> (String, bool) {
        let known = node.entries().iter().filter(|entry| entry.version > 0);
        let values: Vec<String> = known.map(|entry| entry.value.to_string()).collect();
        let is_all = values.len() == NODES;
        (format!("knows the values {}", values.join(" ")), is_all)
    }
}

/// Members of a group with a service each.
#[derive(Clone, Copy, Debug)]
pub struct Providers(Place);

impl Providers {
    /// Members at a place.
    #[must_use]
    pub const fn at(place: Place) -> Self {
        Self(place)
    }
}

impl Swarm for Providers {
    type Node = Services<NODES>;

    fn start(
        &self,
        number: usize,
        sockets: &mut Sockets<'_, 'static>,
        now: Instant,
    ) -> Result<Self::Node, Error<'static>> {
        let name = u16::try_from(number).unwrap_or(u16::MAX);
        let own = Service {
            name,
            port: 8_000_u16.saturating_add(name),
            incarnation: 1,
        };
        let (site, when) = (self.0.site(number), (now, seed(number)));
        Services::start(sockets, udp4(), (site, Some(own)), when)
    }

    fn report(&self, node: &Self::Node) -> (String, bool) {
        let known = node.known();
        let mut known: Vec<String> = known
            .map(|known| format!("{}:{}", known.address, known.service.port))
            .collect();
        known.sort();
        let is_all = known.len() == NODES.saturating_sub(1);
        (format!("knows the services {}", known.join(" ")), is_all)
    }
}

/// The address of a node, of 250 at most.
fn address(number: usize) -> Ipv4Addr {
    let number = u8::try_from(number).unwrap_or(u8::MAX).saturating_add(1);
    Ipv4Addr::new(192, 0, 2, number)
}

fn udp4() -> Socket<'static> {
    let options = Options::new(SocketType::Udp4).reuse_address(true);
    Socket::with_heap(options, Limits::new())
}

/// The same each time, as a demonstration should be.
fn seed(number: usize) -> Seed {
    Seed::new([u8::try_from(number).unwrap_or(u8::MAX); 16])
}

/// Whether every node knows all, and what each does.
fn reports<S: Swarm>(swarm: &S, nodes: &[S::Node]) -> (Vec<String>, bool) {
    let (texts, all): (Vec<_>, Vec<_>) = nodes.iter().map(|node| swarm.report(node)).unzip();
    (texts, all.into_iter().all(|is_all| is_all))
}

/// What each node knows in the end, and whether that is all.
pub type Ended = Result<(Vec<String>, bool), Box<dyn AnyError>>;

/// The port of the first node that gossips.
const GOSSIP_PORT: u16 = 42_970;
