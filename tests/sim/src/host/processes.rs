//! The processes of a host: applications with Unix sockets, each of which fails by itself, beside the application of the host.
//!
//! Its tasks have Unix sockets, too; it is the first process. All that can happen among Unix sockets happens in one turn of the
//! host, in the order of the processes and of the sockets, until there is nothing left to do.

mod decisions;
mod outside;

use alloc::collections::BTreeMap;

use anydgram_core::stack::Seed;
use anydgram_core::{Instant, Sockets};

use super::{Life, TURNS};
use crate::application::{Nobody, Program, Start};
use crate::chance::{Dice, Site};
use crate::network::Network;
use crate::tasks::Executor;
use crate::trace::{Happened, OfProcess};
use crate::unix::{UnixHandler, UnixHost, UnixId, UnixProgram, UnixStart};
use decisions::Decisions;

/// Starts a process, again after each crash.
pub(crate) enum ProcessBoot<'m> {
    Handler(HandlerBoot<'m>),
    Tasks(TasksBoot<'m>),
}

pub(crate) type HandlerBoot<'m> =
    Box<dyn FnMut(&mut UnixStart<'_>) -> Box<dyn UnixHandler + 'm> + 'm>;
pub(crate) type TasksBoot<'m> = Box<dyn FnMut(&Start<'_, 'm>) -> Executor<'m> + 'm>;

/// A process, which outlives its crashes.
struct Process<'m> {
    number: u32,
    name: String,
    boot: ProcessBoot<'m>,
    boots: u32,
    /// `None` after a crash.
    program: Option<UnixProgram<'m>>,
    /// Until when it does nothing.
    paused_until: u64,
    /// Until when it is down.
    down_until: u64,
}

/// All processes of a host, and its Unix sockets.
pub(super) struct Processes<'m> {
    /// Tasks have it while they run.
    pub(super) unix: Option<Box<UnixHost>>,
    /// The number of the host's application.
    own: u32,
    others: Vec<Process<'m>>,
    /// How many calls of each have been decided about.
    calls: BTreeMap<u32, u64>,
}

/// A moment of a host.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) host: u32,
    /// By the clock of the world.
    pub(super) now: u64,
    /// By the clock of the host.
    pub(super) local: Instant,
}

impl<'m> Processes<'m> {
    pub(super) fn new(host: u32, own: u32, backlog: usize) -> Self {
        Self {
            unix: Some(Box::new(UnixHost::witnessed(host, backlog))),
            own,
            others: Vec::new(),
            calls: BTreeMap::new(),
        }
    }

    pub(super) fn unix(&self) -> &UnixHost {
        self.unix.as_deref().expect(BACK)
    }

    pub(super) fn unix_mut(&mut self) -> &mut UnixHost {
        self.unix.as_deref_mut().expect(BACK)
    }

    /// Whether there is nothing of that kind on the host.
    fn is_unused(&self) -> bool {
        self.others.is_empty() && self.unix().is_empty()
    }

    /// When a process wants to be woken, by the host's clock.
    pub(super) fn wake_at(&self, now: u64) -> Option<Instant> {
        let running = self
            .others
            .iter()
            .filter(|process| process.paused_until <= now);
        let wishes = running.filter_map(|process| process.program.as_ref()?.wake_at());
        wishes.min()
    }

    /// Starts the processes that are down.
    pub(super) fn start(&mut self, moment: Moment, network: &mut Network) {
        for at in 0..self.others.len() {
            self.start_one(at, moment, network);
        }
    }

    fn start_one(&mut self, at: usize, moment: Moment, network: &mut Network) {
        let unix = self.unix.as_deref_mut().expect(BACK);
        let process = &mut self.others[at];
        if process.program.is_some() || process.down_until > moment.now {
            return;
        }
        let seed = process.seed(network.chance.seed());
        let boots = process.boots;
        process.boots = boots.saturating_add(1);
        unix.enter(process.number);
        process.program = Some(match &mut process.boot {
            ProcessBoot::Handler(boot) => UnixProgram::Handler(boot(&mut UnixStart {
                host: unix,
                now: moment.local,
                boots,
                seed,
            })),
            ProcessBoot::Tasks(boot) => UnixProgram::Tasks(boot(&Start {
                sockets: &mut Sockets::new(&mut []),
                now: moment.local,
                boots,
                seed,
            })),
        });
        unix.glance(process.number);
        let began = Happened::Process {
            host: moment.host,
            process: process.number,
            what: OfProcess::Began,
        };
        network.trace.add(moment.now, began);
    }

    /// Wakes the host's application.
    pub(super) fn wake_main(&mut self, moment: Moment, life: &mut Life<'m>, network: &mut Network) {
        let own = self.own;
        self.unix_mut().enter(own);
        let Life {
            engine,
            sockets,
            program,
            watch,
        } = life;
        for note in program.wake(moment.local, sockets, engine, &mut self.unix) {
            network.trace.add(moment.now, note.of(moment.host));
        }
        watch.glance(sockets);
        self.unix_mut().glance(own);
    }

    /// Does all that can be done now by the processes and by the Unix sockets of the host's application.
    pub(super) fn run(&mut self, moment: Moment, main: &mut Program<'m>, network: &mut Network) {
        if self.is_unused() {
            return;
        }
        self.unix_mut().set_now(moment.now);
        for _ in 0..TURNS {
            let has_woken = self.wake(moment, network);
            let has_acted = self.serve(moment, main, network);
            self.tell(moment.now, network);
            if !has_woken && !has_acted {
                return;
            }
            if main.is_due(moment.local) {
                return;
            }
        }
        self.unix_mut()
            .find("the processes never rest: an event has come of each event");
    }

    /// Wakes the processes that want to be; whether there was one.
    fn wake(&mut self, moment: Moment, network: &mut Network) -> bool {
        let mut has_woken = false;
        for process in &mut self.others {
            let number = process.number;
            let is_paused = process.paused_until > moment.now;
            let Some(program) = process.program.as_mut().filter(|_| !is_paused) else {
                continue;
            };
            if program.wake_at().is_none_or(|at| at > moment.local) {
                continue;
            }
            has_woken = true;
            self.unix.as_deref_mut().expect(BACK).enter(number);
            match program {
                UnixProgram::Handler(handler) => {
                    let unix = self.unix.as_deref_mut().expect(BACK);
                    handler.wake(unix, moment.local);
                }
                UnixProgram::Tasks(executor) => {
                    let none = &mut Sockets::new(&mut []);
                    executor.wake(moment.local, none, &mut None, &mut self.unix);
                    for note in executor.take_notes() {
                        network
                            .trace
                            .add(moment.now, note.of_process(moment.host, number));
                    }
                }
            }
            self.unix.as_deref_mut().expect(BACK).glance(number);
        }
        has_woken
    }

    /// Does what the sockets ask for, and tells their processes; whether anything happened.
    fn serve(&mut self, moment: Moment, main: &mut Program<'m>, network: &mut Network) -> bool {
        let Self {
            unix,
            others,
            calls,
            own,
        } = self;
        let unix = unix.as_deref_mut().expect(BACK);
        let mut has_happened = false;
        for id in unix.ids() {
            let Some(number) = unix.process_of(id) else {
                continue;
            };
            let mut program = if number == *own {
                Running::Main(main)
            } else {
                let mut others = others.iter_mut();
                let process = others.find(|process| process.number == number);
                let process = process.filter(|process| process.paused_until <= moment.now);
                match process.and_then(|process| process.program.as_mut()) {
                    Some(program) => Running::Other(program),
                    None => continue,
                }
            };
            let mut faults = Decisions {
                moment,
                calls: &mut *calls,
                network: &mut *network,
            };
            has_happened |= unix.act(id, &mut faults);
            has_happened |= serve_one(unix, id, number, &mut program);
        }
        has_happened
    }

    /// Tells the trace what has happened.
    fn tell(&mut self, now: u64, network: &mut Network) {
        for what in self.unix_mut().take_records() {
            network.trace.add(now, what);
        }
    }

    /// Looks at all that there is when there is nothing left to do.
    pub(super) fn look(&mut self, now: u64) {
        if self.is_unused() {
            return;
        }
        let Self {
            unix, others, own, ..
        } = self;
        let unix = unix.as_deref_mut().expect(BACK);
        for id in unix.ids() {
            let number = unix.process_of(id);
            if number == Some(*own) {
                unix.look(id, false);
                continue;
            }
            let mut others = others.iter();
            let process = others.find(|process| Some(process.number) == number);
            let process = process.filter(|process| process.paused_until <= now);
            if let Some(program) = process.and_then(|process| process.program.as_ref()) {
                unix.look(id, program.is_reader());
            }
        }
        unix.look_at_names();
    }

    /// What must never be, if it was.
    pub(super) fn take_fault(&mut self) -> Option<String> {
        if self.is_unused() {
            return None;
        }
        let mut broken = self
            .others
            .iter()
            .filter_map(|process| match &process.program {
                Some(UnixProgram::Tasks(executor)) => executor.take_broken(),
                Some(UnixProgram::Handler(_)) | None => None,
            });
        let broken = broken.next();
        self.unix_mut().take_fault().or(broken)
    }
}

impl Process<'_> {
    fn seed(&self, seed: u64) -> Seed {
        let site = Site::Process(self.number);
        let mut dice = Dice::new(!seed, site, u64::from(self.boots));
        Seed::new([(); 16].map(|()| u8::try_from(dice.below(256)).unwrap_or(0)))
    }
}

/// Whose a socket is.
enum Running<'p, 'm> {
    Main(&'p mut Program<'m>),
    Other(&'p mut UnixProgram<'m>),
}

/// Tells a process what happened to a socket; whether anything did.
fn serve_one(unix: &mut UnixHost, id: UnixId, number: u32, program: &mut Running<'_, '_>) -> bool {
    let mut nobody = Nobody;
    let handler: &mut dyn UnixHandler = match program {
        Running::Main(Program::Tasks(executor)) | Running::Other(UnixProgram::Tasks(executor)) => {
            let has_happened = tell_all(unix, id, number, executor);
            // Tasks take datagrams by themselves.
            return has_happened | (unix.has_mail(id) && executor.wake_readers(id));
        }
        Running::Other(UnixProgram::Handler(handler)) => handler.as_mut(),
        Running::Main(Program::Handler(_)) => &mut nobody,
    };
    let mut has_happened = tell_all(unix, id, number, handler);
    unix.enter(number);
    if unix.show(id, handler) {
        unix.glance(number);
        has_happened = true;
    }
    has_happened
}

/// Tells a process all events of a socket; whether there was one.
fn tell_all(unix: &mut UnixHost, id: UnixId, number: u32, handler: &mut dyn UnixHandler) -> bool {
    unix.enter(number);
    let mut has_happened = false;
    while unix.tell(id, handler) {
        unix.glance(number);
        has_happened = true;
    }
    has_happened
}

/// Why a host has its Unix sockets.
const BACK: &str = "tasks give them back";
