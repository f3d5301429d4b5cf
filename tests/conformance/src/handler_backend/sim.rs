//! `anydgram-sim` under test: hosts of a world in which nothing goes wrong, with the addresses of `namespace.sh`.

use core::time::Duration;

use anydgram_conformance_agent::{self as agent, Agent, Answer, Call, Reply, SocketNumber};
use anydgram_core::{
    Datagram, Error, Event, Handler, Instant, Limits, Misuse, Options, SendToken, Socket, SocketId,
    Sockets,
};
use anydgram_sim::{HostId, HostOptions, Level, SegmentOptions, World, WorldOptions};

use super::network::{At, Network, News, Queue};
use super::smoltcp::{SOCKETS, addresses, leaked};

pub(crate) struct Sim {
    world: World<'static>,
    hosts: Vec<Host>,
}

#[derive(Clone, Copy)]
struct Host {
    id: HostId,
    agent: &'static Agent<Queue>,
}

/// Tells the agent of its host.
struct Teller(&'static Agent<Queue>);

impl Handler for Teller {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let mut agent = self.0;
        agent.handle(sockets, id, event);
    }
}

impl Sim {
    pub(crate) fn new(hosts: usize, level: Level) -> Self {
        let mut world = World::leaked(&WorldOptions::new(0).level(level));
        let mut segment = SegmentOptions::new();
        if level == Level::Datagrams {
            // Whatever fits an IP packet, as on a kernel that sends it in fragments.
            segment.mtu = 65_575;
        }
        let segments = [world.add_segment(segment), world.add_segment(segment)];
        let mut options = HostOptions::new();
        options.sockets = SOCKETS;
        options.memberships = 256;
        options.local_bytes = 1_048_576;
        options.interfaces = "any";
        options.is_stepped = true;
        let made = (0..hosts).map(|number| {
            let agent: &'static Agent<Queue> = leaked(Agent::new(Queue::default()));
            let name = format!("host {number}");
            let id = world.add_host(&name, options, move |_| Box::new(Teller(agent)));
            world.set_resolver(id, |lookup| agent.look_up(lookup));
            for (at, segment) in (0..).zip(segments) {
                let addresses = addresses(number, hosts, at);
                let texts = addresses.map(|(address, prefix)| format!("{address}/{prefix}"));
                let texts: Vec<String> = texts.collect();
                let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                world.plug_in(id, segment, &texts);
            }
            Host { id, agent }
        });
        let hosts = made.collect();
        Self { world, hosts }
    }

    fn host(&self, host: usize) -> Host {
        let host = self.hosts.get(host);
        *host.expect("scenarios name hosts that are there")
    }
}

impl Network for Sim {
    fn hosts(&self) -> usize {
        self.hosts.len()
    }

    fn create(&mut self, at: At, options: Options) -> Answer {
        let Host { id, agent } = self.host(at.host);
        agent::create(&mut Driven(&mut self.world, id), agent, options)
    }

    fn execute(&mut self, at: At, socket: SocketNumber, call: Call<'_>) -> Reply {
        let Host { id, agent } = self.host(at.host);
        agent::execute(&mut Driven(&mut self.world, id), agent, socket, call)
    }

    fn step(&mut self, at: At) -> bool {
        let host = self.host(at.host);
        self.world.step_host(host.id)
    }

    fn take_news(&mut self, host: usize) -> Option<(SocketNumber, News)> {
        self.host(host).agent.with_told(Queue::take)
    }

    fn is_idle(&self) -> bool {
        // What is under way takes its time.
        true
    }

    fn wait(&mut self, _: Instant, limit: Duration) -> Instant {
        // After each thing that happens, a host may have something to do.
        let steps = self.world.steps();
        let has_passed = self.world.run_until(limit, |world| world.steps() != steps);
        has_passed.expect("no socket is told what must not be");
        self.world.now()
    }
}

/// A host of a world.
struct Driven<'w>(&'w mut World<'static>, HostId);

impl agent::Host for Driven<'_> {
    fn with<R>(&mut self, work: impl FnOnce(&mut Sockets<'_, '_>) -> R) -> R {
        let result = self.0.with(self.1, |sockets| work(sockets));
        result.expect("no host is down")
    }

    fn create(&mut self, options: Options) -> Option<SocketId> {
        let socket = Socket::with_heap(options, Limits::new());
        self.0.with(self.1, |sockets| sockets.add(socket).ok())?
    }

    fn carry_out(&mut self, id: SocketId) -> Result<(), Error<'static>> {
        self.0.carry_out(self.1, id)
    }

    fn send(&mut self, id: SocketId, datagram: Datagram<'_>) -> Result<SendToken, Misuse> {
        self.0.send(self.1, id, datagram)
    }
}
