//! `anydgram-smoltcp` under test: hosts with the addresses of `namespace.sh` on two Ethernets in memory.

use core::time::Duration;

use anydgram_conformance_agent::{self as agent, Agent, Answer, Call, Reply, SocketNumber};
use anydgram_core::link::{AssemblySlot, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Cidr, Lookup, Seed, TableStorage};
use anydgram_core::{
    Address, Datagram, Errno, Error, Instant, Limits, Misuse, Options, SendToken, Socket, SocketId,
    SocketSlot, Sockets,
};
use anydgram_smoltcp::{NicMemory, NicOptions, Port, Resolver, Segment, Stack};
use smoltcp::iface::SocketStorage;

use super::network::{At, Network, News, Queue, later};

pub(crate) struct Smoltcp {
    segments: [Segment; 2],
    hosts: Vec<Host>,
}

struct Host {
    stack: Stack<'static, Port, 2>,
    sockets: Sockets<'static, 'static>,
    agent: &'static Agent<Queue>,
}

/// What a run uses lives until its process ends.
pub(super) fn leaked<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

impl Smoltcp {
    pub(crate) fn new(hosts: usize) -> Self {
        let segments = [Segment::new(), Segment::new()];
        let made = (0..hosts).map(|host| Host::new(host, hosts, &segments));
        Self {
            hosts: made.collect(),
            segments,
        }
    }

    fn host(&mut self, host: usize) -> &mut Host {
        let host = self.hosts.get_mut(host);
        host.expect("scenarios name hosts that are there")
    }
}

impl Network for Smoltcp {
    fn hosts(&self) -> usize {
        self.hosts.len()
    }

    fn create(&mut self, at: At, options: Options) -> Answer {
        let host = self.host(at.host);
        let agent = host.agent;
        agent::create(&mut Now(host, at.now), agent, options)
    }

    fn execute(&mut self, at: At, socket: SocketNumber, call: Call<'_>) -> Reply {
        let host = self.host(at.host);
        let agent = host.agent;
        agent::execute(&mut Now(host, at.now), agent, socket, call)
    }

    fn step(&mut self, at: At) -> bool {
        let Host {
            stack,
            sockets,
            agent,
        } = self.host(at.host);
        stack.step(at.now, sockets, agent)
    }

    fn take_news(&mut self, host: usize) -> Option<(SocketNumber, News)> {
        self.host(host).agent.with_told(Queue::take)
    }

    fn is_idle(&self) -> bool {
        self.segments.iter().all(Segment::is_idle)
    }

    fn wait(&mut self, now: Instant, limit: Duration) -> Instant {
        let hosts = self.hosts.iter();
        let next = hosts.filter_map(|host| host.stack.poll_at(now, &host.sockets));
        later(now, next.min(), limit)
    }
}

/// A host at a time.
struct Now<'h>(&'h mut Host, Instant);

impl agent::Host for Now<'_> {
    fn with<R>(&mut self, work: impl FnOnce(&mut Sockets<'_, '_>) -> R) -> R {
        work(&mut self.0.sockets)
    }

    fn create(&mut self, options: Options) -> Option<SocketId> {
        let socket = Socket::with_heap(options, Limits::new());
        self.0.sockets.add(socket).ok()
    }

    fn carry_out(&mut self, id: SocketId) -> Result<(), Error<'static>> {
        let Self(host, now) = self;
        host.stack.carry_out(*now, &mut host.sockets, id)
    }

    fn send(&mut self, id: SocketId, datagram: Datagram<'_>) -> Result<SendToken, Misuse> {
        let Self(host, now) = self;
        host.stack.send(*now, &mut host.sockets, id, datagram)
    }
}

/// Host names: none but those of the host itself, unless a socket has a lookup of its own.
struct Names(&'static Agent<Queue>);

impl Resolver for Names {
    fn look_up(&mut self, _: Instant, lookup: Lookup<'_>) -> Option<Result<Address, Errno>> {
        self.0.look_up(&lookup)
    }
}

impl Host {
    fn new(host: usize, hosts: usize, segments: &[Segment; 2]) -> Self {
        let agent: &'static Agent<Queue> = leaked(Agent::new(Queue::default()));
        let mut stack = stack(host, hosts, segments);
        stack.set_resolver(leaked(Names(agent)));
        let slots: Vec<_> = (0..SOCKETS).map(|_| SocketSlot::new()).collect();
        Self {
            stack,
            sockets: Sockets::new(slots.leak()),
            agent,
        }
    }
}

fn stack(host: usize, hosts: usize, segments: &[Segment; 2]) -> Stack<'static, Port, 2> {
    let tables = leaked(TableStorage::<SOCKETS, 256, 2, 16, 64, 1_048_576>::new()).tables();
    let number = u8::try_from(host).expect("there are two at most");
    let mut stack = Stack::new(tables, Seed::new([number + 1; 16]));
    for (at, segment) in (0_u8..).zip(segments) {
        let name = if at == 0 { "any0" } else { "any1" };
        let hardware_address = [2, 0, 0, 0, at, number + 1];
        let sockets: &'static mut [SocketStorage<'static>; 1] = leaked(Default::default());
        let memory = NicMemory {
            neighbours: leaked([const { NeighbourSlot::new() }; 16]),
            waiting: leaked([const { WaitingSlot::new() }; 64]),
            waiting_bytes: leaked([0; 65_536]),
            assemblies: leaked([const { AssemblySlot::new() }; 4]),
            assembly_bytes: leaked([0; 4 * 65_515]),
            sockets,
        };
        let options = NicOptions::new(name, hardware_address, number.into());
        let port = segment.port(hardware_address);
        let index = stack.add_nic(Instant::from_micros(0), port, &options, memory);
        let index = index.expect("there is room");
        for (text, prefix) in addresses(host, hosts, at) {
            let address = text.parse().expect("it is an address");
            let added = stack.add_address(index, Cidr::new(address, *prefix));
            added.expect("there is room");
        }
    }
    stack
}

/// A host that is alone has the addresses of both, as the namespace does.
pub(super) fn addresses(
    host: usize,
    hosts: usize,
    interface: u8,
) -> impl Iterator<Item = &'static (&'static str, u8)> {
    const FIRST: [(&str, u8); 3] = [("192.0.2.10", 24), ("2001:db8::10", 64), ("fe80::10", 64)];
    const OTHER: [(&str, u8); 3] = [("192.0.2.11", 24), ("2001:db8::11", 64), ("fe80::11", 64)];
    const SECOND: [(&str, u8); 3] = [
        ("198.51.100.10", 24),
        ("2001:db8:1::10", 64),
        ("fe80::20", 64),
    ];
    let first = (interface == 0 && host == 0).then_some(FIRST.iter());
    let other = (interface == 0 && (host == 1 || hosts == 1)).then_some(OTHER.iter());
    let second = (interface == 1 && host == 0).then_some(SECOND.iter());
    [first, other, second].into_iter().flatten().flatten()
}

/// How many sockets a host can have.
pub(super) const SOCKETS: usize = 256;
