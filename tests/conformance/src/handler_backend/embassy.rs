//! `anydgram-embassy` under test: hosts with embassy-net on an Ethernet in memory, polled by hand.

#[path = "../../../../backend-embassy/tests/in_memory/executor.rs"]
#[expect(dead_code, reason = "the tests of that backend use all of it")]
mod executor;
#[path = "../../../../backend-embassy/tests/in_memory/plug.rs"]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod plug;

use alloc::rc::Rc;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use anydgram_conformance_agent::{self as agent, Agent, Answer, Call, Reply, SocketNumber};
use anydgram_core::link::{AssemblySlot, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Lookup, Seed, TableStorage};
use anydgram_core::{
    Datagram, Error, Instant, Limits, Misuse, Options, SendToken, Socket, SocketId, SocketSlot,
    Sockets,
};
use anydgram_embassy::{HostMemory, HostOptions, JoinSlot};
use anydgram_smoltcp::Segment;
use embassy_net::{
    Config, ConfigV4, ConfigV6, Ipv4Address, Ipv4Cidr, Ipv6Address, Ipv6Cidr, StackResources,
    StaticConfigV4, StaticConfigV6,
};
use embassy_time::MockDriver;

use super::network::{At, Network, News, Queue, later};
use super::smoltcp::leaked;
use executor::{Executor, Flag};
use plug::{Cable, Plug, Wakers};

pub(crate) struct Embassy {
    segment: Segment,
    hosts: Vec<Host>,
    wakers: Wakers,
    executor: Executor,
}

struct Host {
    host: &'static anydgram_embassy::Host<'static, &'static Agent<Queue>>,
    agent: &'static Agent<Queue>,
    cable: Rc<Cable>,
}

impl Embassy {
    /// Hosts that have a link-local address in place of a global one if `is_link_local`: embassy-net has one of each family.
    pub(crate) fn new(hosts: usize, is_link_local: bool) -> Self {
        let segment = Segment::new();
        let wakers = Wakers::default();
        let woken = wakers.clone();
        segment.capture(move |_, frame| woken.wake_but(frame.get(6..12).unwrap_or_default()));
        let mut network = Self {
            segment,
            hosts: Vec::new(),
            wakers,
            executor: Executor::default(),
        };
        for number in (10..).take(hosts) {
            network.add(number, is_link_local);
        }
        network
    }

    /// Adds the host with this number at the end of its addresses.
    fn add(&mut self, number: u8, is_link_local: bool) {
        let cable = Rc::new(Cable::default());
        let plug = Plug {
            port: self.segment.port([2, 0, 0, 0, 0, number]),
            wakers: self.wakers.clone(),
            cable: Rc::clone(&cable),
        };
        let agent: &'static Agent<Queue> = leaked(Agent::new(Queue::default()));
        let mut options = HostOptions::new(Seed::new([number; 16]));
        options.name = "any0";
        let host = anydgram_embassy::Host::new(&plug, &options, memory(), agent);
        let host: &'static anydgram_embassy::Host<'static, _> =
            leaked(host.expect("the driver is sound"));
        host.set_resolver(leaked(move |lookup: &Lookup<'_>| agent.look_up(lookup)));
        let shim = host.stepped_shim(plug, leaked([0; 1514]));
        let resources = leaked(StackResources::<4>::new());
        let (stack, runner) = embassy_net::new(
            shim,
            config(number, is_link_local),
            resources,
            number.into(),
        );
        let runner = leaked(runner);
        self.executor.spawn(async move { runner.run().await });
        self.executor.spawn(async move { host.run(stack).await });
        self.executor.settle();
        cable.frames.set(Some(0));
        self.hosts.push(Host { host, agent, cable });
    }

    fn host(&self, host: usize) -> &Host {
        let host = self.hosts.get(host);
        host.expect("scenarios name hosts that are there")
    }

    /// Runs a future of a host until it is ready.
    fn finish<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        let waker = Waker::from(Flag::set());
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
                return value;
            }
            self.executor.settle();
        }
    }
}

impl Network for Embassy {
    fn hosts(&self) -> usize {
        self.hosts.len()
    }

    fn create(&mut self, at: At, options: Options) -> Answer {
        let host = self.host(at.host);
        agent::create(&mut host.host(), host.agent, options)
    }

    fn execute(&mut self, at: At, socket: SocketNumber, call: Call<'_>) -> Reply {
        let host = self.host(at.host);
        let reply = agent::execute(&mut host.host(), host.agent, socket, call);
        self.executor.settle();
        reply
    }

    fn step(&mut self, at: At) -> bool {
        let host = self.host(at.host).host;
        if self.finish(host.step()) {
            return true;
        }
        // A frame, if there is one.
        let cable = Rc::clone(&self.host(at.host).cable);
        cable.frames.set(Some(1));
        self.wakers.wake_but(&[]);
        self.executor.settle();
        cable.frames.replace(Some(0)) == Some(0)
    }

    fn take_news(&mut self, host: usize) -> Option<(SocketNumber, News)> {
        self.host(host).agent.with_told(Queue::take)
    }

    fn is_idle(&self) -> bool {
        self.segment.is_idle()
    }

    fn wait(&mut self, now: Instant, limit: Duration) -> Instant {
        let next = self.hosts.iter().filter_map(|host| host.host.poll_at());
        let then = later(now, next.min(), limit);
        let passed = then.saturating_since(now).as_micros();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        MockDriver::get().advance(embassy_time::Duration::from_micros(passed));
        self.executor.settle();
        then
    }
}

impl Host {
    const fn host(&self) -> Sender {
        Sender(self.host)
    }
}

struct Sender(&'static anydgram_embassy::Host<'static, &'static Agent<Queue>>);

impl agent::Host for Sender {
    fn with<R>(&mut self, work: impl FnOnce(&mut Sockets<'_, '_>) -> R) -> R {
        self.0.with(|sockets, _| work(sockets))
    }

    fn create(&mut self, options: Options) -> Option<SocketId> {
        let socket = Socket::with_heap(options, Limits::new());
        self.0.with(|sockets, _| sockets.add(socket).ok())
    }

    fn carry_out(&mut self, id: SocketId) -> Result<(), Error<'static>> {
        self.0.carry_out(id)
    }

    fn send(&mut self, id: SocketId, datagram: Datagram<'_>) -> Result<SendToken, Misuse> {
        self.0.send(id, datagram)
    }
}

fn memory() -> HostMemory<'static> {
    let slots: Vec<_> = (0..SOCKETS).map(|_| SocketSlot::new()).collect();
    HostMemory {
        tables: leaked(TableStorage::<SOCKETS, 256, 1, 16, 64, 1_048_576>::new()).tables(),
        sockets: slots.leak(),
        neighbours: leaked([const { NeighbourSlot::new() }; 16]),
        waiting: leaked([const { WaitingSlot::new() }; 64]),
        waiting_bytes: leaked([0; 65_536]),
        assemblies: leaked([const { AssemblySlot::new() }; 4]),
        assembly_bytes: vec![0; 4 * 65_515].leak(),
        groups: leaked([const { JoinSlot::new() }; 32]),
        lookups: &mut [],
    }
}

/// Addresses that a host has in `namespace.sh`, one of each family.
fn config(number: u8, is_link_local: bool) -> Config {
    let mut config = Config::default();
    config.ipv4 = ConfigV4::Static(StaticConfigV4 {
        address: Ipv4Cidr::new(Ipv4Address::new(192, 0, 2, number), 24),
        gateway: None,
        dns_servers: Default::default(),
    });
    let [a, b] = if is_link_local {
        [0xfe80, 0]
    } else {
        [0x2001, 0xdb8]
    };
    // Written as the other one's digits.
    let last = u16::from(number / 10 * 16 + number % 10);
    config.ipv6 = ConfigV6::Static(StaticConfigV6 {
        address: Ipv6Cidr::new(Ipv6Address::new(a, b, 0, 0, 0, 0, 0, last), 64),
        gateway: None,
        dns_servers: Default::default(),
    });
    config
}

/// How many sockets a host can have.
const SOCKETS: usize = 256;
