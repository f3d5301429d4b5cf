//! What the world does to processes: it adds, stops, crashes and ends them.

use super::{Moment, Process, ProcessBoot, Processes};
use crate::application::Nobody;
use crate::host::{Life, Machine};
use crate::network::Network;
use crate::unix::{UnixHost, UnixProgram};

impl<'m> Machine<'m> {
    /// Adds a process, and starts it if the host is up.
    pub(crate) fn add_process(
        &mut self,
        (number, name): (u32, &str),
        boot: ProcessBoot<'m>,
        now: u64,
        network: &mut Network,
    ) {
        self.processes.others.push(Process {
            number,
            name: name.to_owned(),
            boot,
            boots: 0,
            program: None,
            paused_until: 0,
            down_until: 0,
        });
        self.start_processes(now, network);
    }

    /// Starts the processes that are down, and whose time it is.
    pub(crate) fn start_processes(&mut self, now: u64, network: &mut Network) {
        if self.life.is_some() {
            let moment = self.moment(now);
            self.processes.start(moment, network);
        }
    }

    pub(in crate::host) fn moment(&self, now: u64) -> Moment {
        Moment {
            host: self.number,
            now,
            local: self.clock.local(now),
        }
    }

    /// Stops a process until a time; whether there is one.
    pub(crate) fn pause_process(&mut self, number: u32, until: u64) {
        if let Some(process) = self.processes.get_mut(number) {
            process.paused_until = process.paused_until.max(until);
        }
    }

    /// Takes all that a process has, until a time; one that is down starts when it was going to.
    pub(crate) fn crash_process(
        &mut self,
        number: u32,
        (now, until): (u64, u64),
        network: &mut Network,
    ) {
        let Some(process) = self.processes.get_mut(number) else {
            return;
        };
        if process.program.take().is_none() {
            return;
        }
        process.paused_until = 0;
        process.down_until = until;
        self.processes.unix_mut().set_now(now);
        self.processes.unix_mut().crash_process(number);
        self.processes.tell(now, network);
    }

    /// Whether there is such a process beside the application.
    pub(crate) fn has_process(&self, number: u32) -> bool {
        let mut others = self.processes.others.iter();
        others.any(|process| process.number == number)
    }

    /// The name of a process; that of the host for its application.
    pub(crate) fn process_name(&self, number: u32) -> &str {
        let mut others = self.processes.others.iter();
        let process = others.find(|process| process.number == number);
        process.map_or(&self.name, |process| &process.name)
    }

    pub(crate) fn unix(&self) -> &UnixHost {
        self.processes.unix()
    }

    /// Works on the Unix sockets, as the application would.
    pub(crate) fn with_unix<R>(
        &mut self,
        now: u64,
        network: &mut Network,
        work: impl FnOnce(&mut UnixHost) -> R,
    ) -> R {
        let own = self.processes.own;
        let unix = self.processes.unix_mut();
        unix.set_now(now);
        unix.enter(own);
        let result = work(unix);
        for id in unix.ids() {
            unix.glance_at(id);
        }
        self.processes.tell(now, network);
        result
    }
}

impl<'m> Processes<'m> {
    fn get_mut(&mut self, number: u32) -> Option<&mut Process<'m>> {
        let mut others = self.others.iter_mut();
        others.find(|process| process.number == number)
    }

    /// The host crashes: nothing is left but files.
    pub(in crate::host) fn crash_all(&mut self, now: u64, network: &mut Network) {
        for process in &mut self.others {
            process.program = None;
            process.paused_until = 0;
            process.down_until = 0;
        }
        self.unix_mut().set_now(now);
        self.unix_mut().crash_all();
        self.tell(now, network);
    }

    /// The end of the host: the processes are gone, and all sockets are closed and ended.
    pub(in crate::host) fn drain(
        &mut self,
        moment: Moment,
        life: &mut Life<'m>,
        network: &mut Network,
    ) {
        for process in &mut self.others {
            process.program = Some(UnixProgram::Handler(Box::new(Nobody)));
            process.paused_until = 0;
        }
        self.unix_mut().close_all();
        self.run(moment, &mut life.program, network);
        self.look(moment.now);
        self.unix_mut().look_at_the_end();
    }
}
