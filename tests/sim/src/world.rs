//! The world: hosts, segments, the time, and the order of everything.

mod addresses;
mod build;
mod by_hand;
mod faults;
mod options;
mod processes;
mod view;
mod violation;

use core::fmt;
use core::time::Duration;

use anydgram_core::{Errno, Sockets};

use crate::agenda::Due;
use crate::chance::Chance;
use crate::fault::{TICK, When};
use crate::host::{Came, Machine, Memory};
use crate::network::{Network, micros, place};
use crate::trace::Why;
use addresses::Lost;
pub use options::{Level, WorldOptions};
pub use processes::ProcessId;
pub use violation::Violation;

/// A host of a [`World`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostId(u32);

/// A segment of a [`World`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId(u32);

impl HostId {
    /// Its number: hosts are numbered as they are added.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// What must hold after each step; an error says what does not.
type Invariant<'m> = Box<dyn FnMut(&World<'m>) -> Result<(), String> + 'm>;

/// Hosts on segments, in a time of their own.
///
/// # Examples
/// ```
/// use core::time::Duration;
///
/// use anydgram_core::{
///     BindOptions, Datagram, Destination, Event, Handler, Limits, Options, Socket, SocketId, SocketType, Sockets,
/// };
/// use anydgram_sim::{HostOptions, SegmentOptions, WorldOptions, simulate};
///
/// /// Sends everything back.
/// struct Echo;
///
/// impl Handler for Echo {
///     fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
///         if let (Event::Message(message), Some(socket)) = (event, sockets.get_mut(id)) {
///             let answer = Datagram::new(message.data).reply_to(message.meta);
///             socket.send(answer.unreported()).expect("there is room");
///         }
///     }
/// }
///
/// simulate(&WorldOptions::new(7), |world| {
///     let segment = world.add_segment(SegmentOptions::new());
///     let server = world.add_host("server", HostOptions::new(), |start| {
///         let mut socket = Socket::with_heap(Options::new(SocketType::Udp4), Limits::new());
///         socket.bind(BindOptions::port(7)).expect("it is open");
///         start.sockets.add(socket).expect("there is room");
///         Box::new(Echo)
///     });
///     world.plug_in(server, segment, &["192.0.2.1/24"]);
///     world.run_for(Duration::from_secs(1)).expect("nothing is wrong");
/// });
/// ```
pub struct World<'m> {
    memory: &'m Memory,
    now: u64,
    network: Network,
    hosts: Vec<Machine<'m>>,
    invariants: Vec<(String, Invariant<'m>)>,
    /// Addresses that come back; `None`: that have.
    lost: Vec<Option<Lost>>,
    /// How far ticks are apart.
    tick: Duration,
    steps: u64,
}

/// Makes a world, which lasts as long as `run`.
pub fn simulate<R>(options: &WorldOptions, run: impl FnOnce(&mut World<'_>) -> R) -> R {
    simulate_in(&mut Memory::default(), options, run)
}

/// Makes a world in memory that worlds before it may have had.
pub(crate) fn simulate_in<R>(
    memory: &mut Memory,
    options: &WorldOptions,
    run: impl FnOnce(&mut World<'_>) -> R,
) -> R {
    memory.reset();
    let mut world = World::new(memory, options);
    run(&mut world)
}

impl<'m> World<'m> {
    fn new(memory: &'m Memory, options: &WorldOptions) -> Self {
        let WorldOptions {
            seed,
            rates,
            ref script,
            ..
        } = *options;
        let is_scripted = script.is_some();
        let chance = match script {
            Some(faults) => Chance::scripted(seed, faults),
            None => Chance::drawn(seed),
        };
        // What hosts and segments of a script suffer is told by ticks, too.
        let tick = if is_scripted && rates.tick.is_zero() {
            TICK
        } else {
            rates.tick
        };
        let mut network = Network::new(chance, options);
        if !tick.is_zero() {
            network.agenda.push(micros(tick), Due::Tick);
        }
        for (fault, number) in network.chance.timed().iter().zip(0..) {
            if let When::Time(time) = fault.when {
                network.agenda.push(time.as_micros(), Due::Fault(number));
            }
        }
        Self {
            memory,
            now: 0,
            network,
            hosts: Vec::new(),
            invariants: Vec::new(),
            lost: Vec::new(),
            tick,
            steps: 0,
        }
    }

    /// Has `check` hold after each step. It is shown the world, and may know more.
    pub fn add_invariant(
        &mut self,
        name: &str,
        check: impl FnMut(&Self) -> Result<(), String> + 'm,
    ) {
        self.invariants.push((name.to_owned(), Box::new(check)));
    }

    /// Works on the sockets of a host, as its application would; `None` while it is down.
    pub fn with<R>(
        &mut self,
        host: HostId,
        work: impl FnOnce(&mut Sockets<'m, 'static>) -> R,
    ) -> Option<R> {
        let result = self.host_mut(host).with(work);
        self.network.agenda.push(self.now, Due::Wake(host.0));
        result
    }

    /// Does the next thing; `false` if there is none.
    ///
    /// # Errors
    /// What must never be.
    pub fn step(&mut self) -> Result<bool, Violation> {
        let Some((at, due)) = self.network.agenda.pop() else {
            return Ok(false);
        };
        self.now = self.now.max(at);
        self.steps = self.steps.wrapping_add(1);
        self.happen(due);
        self.check()?;
        Ok(true)
    }

    /// Ends all hosts: their applications are gone, their sockets are closed, and nothing may be left. Each socket has ended and
    /// was told so once, ports and groups are free, and no host has anything to do. To be called at the end of a scenario.
    ///
    /// # Errors
    /// What must never be.
    pub fn drain(&mut self) -> Result<(), Violation> {
        for host in &mut self.hosts {
            host.drain(self.now, &mut self.network);
        }
        self.check()
    }

    /// Does all that is to happen within `time`.
    ///
    /// # Errors
    /// What must never be.
    pub fn run_for(&mut self, time: Duration) -> Result<(), Violation> {
        let end = self.now.saturating_add(micros(time));
        while self.network.agenda.next_at().is_some_and(|at| at <= end) {
            self.step()?;
        }
        self.now = end;
        Ok(())
    }

    /// Does things until `is_done` says so, for `limit` at most; whether it did.
    ///
    /// # Errors
    /// What must never be.
    pub fn run_until(
        &mut self,
        limit: Duration,
        mut is_done: impl FnMut(&Self) -> bool,
    ) -> Result<bool, Violation> {
        let end = self.now.saturating_add(micros(limit));
        loop {
            if is_done(self) {
                return Ok(true);
            }
            if self.network.agenda.next_at().is_none_or(|at| at > end) {
                self.now = end;
                return Ok(is_done(self));
            }
            self.step()?;
        }
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Arrival {
                cable,
                parcel,
                corrupt,
            } => self.arrive(cable, parcel, corrupt, due),
            Due::Refusal {
                cable,
                parcel,
                is_port,
            } => {
                let known = self.network.cable(cable);
                let (host, interface) = (known.host, known.interface);
                let taken = self.network.take(parcel);
                let came = Came {
                    cable,
                    interface,
                    parcel: &taken,
                    corrupt: None,
                };
                let errno = if is_port {
                    Errno::ECONNREFUSED
                } else {
                    Errno::EHOSTUNREACH
                };
                self.hosts[place(host)].refuse(&came, errno);
                self.network.put_back(parcel, taken);
                self.work(host);
            }
            Due::Wake(host) => self.work(host),
            Due::Rise { host, is_boot } => self.rise(host, is_boot),
            Due::LinkUp(cable) => self.set_link(cable, true),
            Due::Address(number) => self.give_back(number),
            Due::Fault(number) => {
                let fault = self.network.chance.timed()[place(number)];
                self.go_wrong(fault);
            }
            Due::Process(process) => self.start_process(process),
            Due::Tick => self.tick(),
        }
    }

    fn arrive(&mut self, cable: u32, parcel: u32, corrupt: Option<u64>, due: Due) {
        let known = self.network.cable(cable);
        let (host, interface, is_up) = (known.host, known.interface, known.is_up);
        let machine = &mut self.hosts[place(host)];
        // A device takes frames while its host does nothing.
        let has_device = self.network.level == Level::Frames;
        if machine.is_alive() && machine.paused_until > self.now && !has_device {
            self.network.agenda.push(machine.paused_until, due);
            return;
        }
        let taken = self.network.take(parcel);
        let why = if !is_up {
            Some(Why::LinkDown)
        } else if !machine.is_alive() {
            Some(Why::HostDown)
        } else {
            (corrupt.is_some() && !has_device).then_some(Why::Corrupt)
        };
        match why {
            Some(why) => self.network.lose(self.now, host, taken.id, why),
            None => {
                let came = Came {
                    cable,
                    interface,
                    parcel: &taken,
                    corrupt,
                };
                machine.receive(self.now, &came, &mut self.network);
            }
        }
        self.network.put_back(parcel, taken);
        if why.is_none() {
            self.work(host);
        }
    }

    /// A host has its turn, if it does anything.
    fn work(&mut self, host: u32) {
        let machine = &mut self.hosts[place(host)];
        if machine.paused_until <= self.now {
            machine.work(self.now, &mut self.network);
        }
    }

    fn check(&mut self) -> Result<(), Violation> {
        for at in 0..self.hosts.len() {
            if let Some(fault) = self.hosts[at].take_fault() {
                let name = self.hosts[at].name().to_owned();
                return Err(self.violation(format!("host {name}: {fault}")));
            }
        }
        if self.invariants.is_empty() {
            return Ok(());
        }
        let mut invariants = core::mem::take(&mut self.invariants);
        let mut broken = None;
        for (name, check) in &mut invariants {
            if let Err(what) = check(self) {
                broken = Some(format!("{name}: {what}"));
                break;
            }
        }
        self.invariants = invariants;
        broken.map_or(Ok(()), |what| Err(self.violation(what)))
    }

    /// Says that something must not be, with all that went wrong so far.
    #[must_use]
    pub fn violation(&self, what: String) -> Violation {
        Violation {
            seed: self.network.chance.seed(),
            level: self.network.level,
            at: self.now(),
            what,
            faults: self.network.chance.happened().to_vec(),
        }
    }

    fn host(&self, host: HostId) -> &Machine<'m> {
        &self.hosts[place(host.0)]
    }

    fn host_mut(&mut self, host: HostId) -> &mut Machine<'m> {
        &mut self.hosts[place(host.0)]
    }
}

impl fmt::Debug for World<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("now", &self.now())
            .field("hosts", &self.hosts.len())
            .field("hash", &self.hash())
            .finish_non_exhaustive()
    }
}
