//! One host: its stack, its sockets, its application, and what becomes of them when it fails.

mod by_hand;
mod clock;
mod datagrams;
mod device;
mod drain;
mod engine;
mod frames;
mod life;
mod memory;
mod names;
mod options;
mod port;
mod processes;
mod watch;

use core::net::IpAddr;

use anydgram_core::link::LinkDrops;
use anydgram_core::stack::{Cidr, Host as Stack, Seed};
use anydgram_core::{Errno, Sockets};

use crate::application::{Program, Start};
use crate::chance::{Dice, Site};
use crate::network::Network;
use crate::trace::Happened;
use crate::world::Level;
use clock::Clock;
use datagrams::Datagrams;
pub(crate) use engine::Came;
use frames::Frames;
pub(crate) use life::Lent;
use life::{BACK, Life};
pub(crate) use memory::Memory;
use names::OwnNames;
pub(crate) use names::Resolver;
pub use options::HostOptions;
use port::Port;
pub(crate) use processes::ProcessBoot;
use processes::Processes;
use watch::Sent;
pub(crate) use watch::{Rest, Taken, UnixWatch, Watch, Wired};

/// Starts the application of a host, again after each crash.
pub(crate) type Boot<'m> = Box<dyn FnMut(&mut Start<'_, 'm>) -> Program<'m> + 'm>;

/// An interface of a host, which outlives its crashes.
#[derive(Clone, Debug)]
pub(crate) struct Nic {
    name: String,
    pub(crate) cable: u32,
    mtu: u32,
    pub(crate) addresses: Vec<Cidr>,
}

pub(crate) struct Machine<'m> {
    memory: &'m Memory,
    number: u32,
    name: String,
    options: HostOptions,
    boot: Boot<'m>,
    boots: u32,
    names: &'m OwnNames<'m>,
    pub(crate) nics: Vec<Nic>,
    clock: Clock,
    /// `None` after a crash.
    life: Option<Life<'m>>,
    /// Until when it does nothing.
    pub(crate) paused_until: u64,
    /// When it is woken next.
    wakes_at: Option<u64>,
    /// What has left before it crashed.
    sent: Sent,
    processes: Processes<'m>,
}

impl<'m> Machine<'m> {
    pub(crate) fn new(
        memory: &'m Memory,
        (number, process): (u32, u32),
        name: &str,
        options: HostOptions,
        boot: Boot<'m>,
    ) -> Self {
        Self {
            memory,
            number,
            name: name.to_owned(),
            options,
            boot,
            boots: 0,
            names: memory.own_names(),
            nics: Vec::new(),
            clock: Clock::default(),
            life: None,
            paused_until: 0,
            wakes_at: None,
            sent: Sent::default(),
            processes: Processes::new(number, process, options.unix_backlog),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) const fn is_alive(&self) -> bool {
        self.life.is_some()
    }

    pub(crate) fn stack(&self) -> Option<&Stack<'m>> {
        self.life.as_ref().map(|life| life.engine().stack())
    }

    pub(crate) fn link_drops(&self, interface: u32) -> Option<&LinkDrops> {
        self.life.as_ref()?.engine().link_drops(interface)
    }

    pub(crate) fn sockets(&self) -> Option<&Sockets<'m, 'static>> {
        self.life.as_ref().map(|life| &life.sockets)
    }

    /// What the watch has found wrong, once.
    pub(crate) fn take_fault(&mut self) -> Option<String> {
        let of_ip = self.life.as_mut().and_then(|life| life.watch.take_fault());
        of_ip.or_else(|| self.processes.take_fault())
    }

    pub(crate) fn add_nic(&mut self, now: u64, cable: u32, mtu: u32) -> u32 {
        self.nics.push(Nic {
            name: format!("{}{}", self.options.interfaces, self.nics.len()),
            cable,
            mtu,
            addresses: Vec::new(),
        });
        let interface = u32::try_from(self.nics.len()).expect("a host is not that large") + 1;
        let nic = self.nics.last().expect("it was added");
        if let Some(life) = &mut self.life {
            let added = life.engine_mut().add_nic(self.clock.local(now), nic);
            life.watch.stir();
            assert_eq!(added, interface, "interfaces are never removed");
        }
        interface
    }

    /// Gives an interface an address, for good.
    pub(crate) fn add_address(&mut self, interface: u32, cidr: Cidr) -> Result<(), Errno> {
        if let Some(life) = &mut self.life {
            life.engine_mut().add_address(interface, cidr)?;
            life.watch.own(cidr.address());
        }
        self.nic_mut(interface).addresses.push(cidr);
        Ok(())
    }

    pub(crate) fn remove_address(&mut self, interface: u32, ip: IpAddr) -> Result<(), Errno> {
        let addresses = &mut self.nic_mut(interface).addresses;
        addresses.retain(|cidr| cidr.address() != ip);
        match &mut self.life {
            Some(life) => {
                life.watch.disown();
                life.engine_mut().remove_address(interface, ip)
            }
            None => Ok(()),
        }
    }

    pub(crate) fn set_link(
        &mut self,
        now: u64,
        interface: u32,
        is_up: bool,
        network: &mut Network,
    ) {
        if let Some(life) = &mut self.life {
            life.watch.stir();
            let mut port = Port::new(&self.nics, now, network, self.names);
            life.engine_mut().set_link(interface, is_up, &mut port);
            life.heed(network);
        }
    }

    fn nic_mut(&mut self, interface: u32) -> &mut Nic {
        let at = interface.checked_sub(2).map(crate::network::place);
        let nic = at.and_then(|at| self.nics.get_mut(at));
        nic.expect("the world knows its interfaces")
    }

    /// Starts the host, with nothing but its interfaces.
    pub(crate) fn start(&mut self, now: u64, network: &mut Network) {
        let seed = network.chance.seed();
        let site = Site::Host(self.number);
        let mut dice = Dice::new(!seed, site, u64::from(self.boots));
        let mut draw = || Seed::new([(); 16].map(|()| u8::try_from(dice.below(256)).unwrap_or(0)));
        let mut engine = self.engine(network, draw());
        let local = self.clock.local(now);
        let nics = &self.nics;
        for nic in nics {
            let interface = engine.add_nic(local, nic);
            for cidr in &nic.addresses {
                let added = engine.add_address(interface, *cidr);
                added.expect("it had room before");
            }
            let is_up = network.cable(nic.cable).is_up;
            let mut port = Port::new(nics, now, network, self.names);
            engine.set_link(interface, is_up, &mut port);
        }
        let mut sockets = self.memory.sockets(&self.options);
        let program = (self.boot)(&mut Start {
            sockets: &mut sockets,
            now: local,
            boots: self.boots,
            seed: draw(),
        });
        self.boots = self.boots.saturating_add(1);
        self.wakes_at = None;
        let mut watch = Watch::new(network.level == Level::Datagrams, self.options.is_stepped);
        watch.remember(core::mem::take(&mut self.sent));
        for cidr in nics.iter().flat_map(|nic| &nic.addresses) {
            watch.own(cidr.address());
        }
        watch.glance(&mut sockets);
        self.life = Some(Life {
            engine: Some(engine),
            sockets,
            program,
            watch,
        });
        self.tell_watch();
        network.trace.add(now, Happened::Up { host: self.number });
        self.start_processes(now, network);
    }

    fn engine(&self, network: &Network, seed: Seed) -> Lent<'m> {
        let Self {
            memory, options, ..
        } = *self;
        match network.level {
            Level::Datagrams => Box::new(Datagrams::new(memory.tables(&options), self.names, seed)),
            Level::Frames => {
                let site = Site::Other(self.number);
                let dice = Dice::new(!network.chance.seed(), site, u64::from(self.boots));
                Box::new(Frames::new((memory, self.names), options, seed, dice))
            }
        }
    }

    /// Takes all that the host had.
    pub(crate) fn crash(&mut self, now: u64, network: &mut Network) {
        self.end();
        self.processes.crash_all(now, network);
    }

    fn end(&mut self) {
        if let Some(mut life) = self.life.take() {
            self.sent = life.watch.take_sent();
            life.clear();
        }
    }

    /// Has the clock run faster by so many parts of a million.
    pub(crate) fn skew(&mut self, now: u64, parts: i32) {
        self.clock.skew(now, parts);
        self.wakes_at = None;
    }

    /// Does everything that is there to do now, and says when to come back.
    pub(crate) fn work(&mut self, now: u64, network: &mut Network) {
        let moment = self.moment(now);
        let local = moment.local;
        let Some(life) = &mut self.life else { return };
        if self.options.is_stepped {
            // There may be room again.
            let port = Port::new(&self.nics, now, network, self.names);
            let (engine, mut turn) = life.turn(self.number, local, port);
            engine.retry(&mut turn);
            return;
        }
        let port = Port::new(&self.nics, now, network, self.names);
        let (engine, mut turn) = life.turn(self.number, local, port);
        let verdict = engine.begin(&mut turn);
        life.judge(verdict);
        let mut turns = 0..TURNS;
        while turns.next().is_some() {
            if life.program.is_due(local) {
                self.processes.wake_main(moment, life, network);
            }
            let port = Port::new(&self.nics, now, network, self.names);
            let (engine, mut turn) = life.turn(self.number, local, port);
            while engine.poll(&mut turn) && turns.next().is_some() {}
            self.processes.run(moment, &mut life.program, network);
            if !life.program.is_due(local) {
                break;
            }
        }
        if turns.is_empty() {
            let fault = "it never rests: an event has come of each event";
            life.watch.find(fault);
        }
        life.heed(network);
        life.look(local);
        self.processes.look(now);
        if let Some(broken) = life.program.take_broken() {
            life.watch.find(&broken);
        }
        self.set_alarm(now, network);
    }

    /// Works on the sockets, as an application would.
    pub(crate) fn with<R>(
        &mut self,
        work: impl FnOnce(&mut Sockets<'m, 'static>) -> R,
    ) -> Option<R> {
        let life = self.life.as_mut()?;
        let result = work(&mut life.sockets);
        life.watch.glance(&mut life.sockets);
        Some(result)
    }

    /// Has the world come back when the application wants to be woken, or the stack has something to do.
    fn set_alarm(&mut self, now: u64, network: &mut Network) {
        let Some(life) = &self.life else { return };
        let local = self.clock.local(now);
        let wishes = [
            self.processes.wake_at(now),
            life.program.wake_at(),
            life.engine().poll_at(local, &life.sockets),
        ];
        let Some(wanted) = wishes.into_iter().flatten().min() else {
            return;
        };
        let at = self.clock.world(wanted).max(now.saturating_add(1));
        if self.wakes_at.is_none_or(|known| known <= now || at < known) {
            self.wakes_at = Some(at);
            network
                .agenda
                .push(at, crate::agenda::Due::Wake(self.number));
        }
    }

    /// Takes what has come in by a cable.
    pub(crate) fn receive(&mut self, now: u64, came: &Came<'_>, network: &mut Network) {
        if let Some(life) = &mut self.life {
            let port = Port::new(&self.nics, now, network, self.names);
            let (engine, mut turn) = life.turn(self.number, self.clock.local(now), port);
            engine.receive(&mut turn, came);
        }
    }

    /// A datagram of this host came to nobody.
    pub(crate) fn refuse(&mut self, came: &Came<'_>, errno: Errno) {
        if let Some(life) = &mut self.life {
            life.refuse(came, errno);
        }
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        self.end();
        // Memory that lasts as long as the world drops nothing.
        self.names.set(None);
    }
}

/// How many interfaces a host can have.
const INTERFACES: usize = 8;
/// How often a host is polled at one moment, before that is an error.
const TURNS: u32 = 10_000;
