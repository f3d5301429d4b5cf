//! Processes on hosts: applications with Unix sockets, which fail by themselves.

use core::time::Duration;

use super::{HostId, World};
use crate::agenda::Due;
use crate::fault::Kind;
use crate::host::ProcessBoot;
use crate::network::{micros, place};
use crate::tasks::{self, Executor};
use crate::unix::{UnixHandler, UnixHost, UnixStart};

/// A process of a [`World`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub(super) u32);

impl ProcessId {
    /// Its number, that of its [`Site::Process`](crate::Site::Process) and [`Site::Unix`](crate::Site::Unix): processes are
    /// numbered as they are added, the application of each host with the host.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl<'m> World<'m> {
    /// Adds a process to a host, and starts it: `boot` makes it, with its first sockets, and again after each crash of its own or
    /// of its host. It has Unix sockets, and reaches those of all processes of the host.
    ///
    /// # Examples
    /// ```
    /// use core::time::Duration;
    ///
    /// use anydgram_core::{Event, UnixDatagram, UnixMessage};
    /// use anydgram_sim::unix::{UnixHandler, UnixHost, UnixId};
    /// use anydgram_sim::{HostOptions, Nobody, WorldOptions, simulate};
    ///
    /// /// Sends everything back.
    /// struct Echo;
    ///
    /// impl UnixHandler for Echo {
    ///     fn handle(&mut self, _: &mut UnixHost, _: UnixId, _: Event<'_>) {}
    ///
    ///     fn message(&mut self, host: &mut UnixHost, id: UnixId, message: UnixMessage<'_>) {
    ///         if let (Some(socket), Some(_)) = (host.get_mut(id), message.sender) {
    ///             let answer = UnixDatagram::new(message.data).reply_to(&message);
    ///             socket.send(answer.unreported()).expect("there is room");
    ///         }
    ///     }
    /// }
    ///
    /// simulate(&WorldOptions::new(7), |world| {
    ///     let host = world.add_host("host", HostOptions::new(), |_| Box::new(Nobody));
    ///     world.add_process(host, "echo", |start| {
    ///         let id = start.host.open();
    ///         let socket = start.host.get_mut(id).expect("it has been opened");
    ///         socket.bind("/run/echo").expect("it is unbound");
    ///         Box::new(Echo)
    ///     });
    ///     world.run_for(Duration::from_secs(1)).expect("nothing is wrong");
    ///     assert!(world.unix(host).has_file("/run/echo"));
    /// });
    /// ```
    pub fn add_process(
        &mut self,
        host: HostId,
        name: &str,
        boot: impl FnMut(&mut UnixStart<'_>) -> Box<dyn UnixHandler + 'm> + 'm,
    ) -> ProcessId {
        self.add_program_to(host, name, ProcessBoot::Handler(Box::new(boot)))
    }

    /// Adds a process that runs tasks to a host, and starts it: `boot` makes its first task, and again after each crash. Its
    /// [`Host`](tasks::Host) opens [Unix sockets](tasks::Host::unix_socket), and has no place for others.
    pub fn add_async_process<F>(
        &mut self,
        host: HostId,
        name: &str,
        mut boot: impl FnMut(tasks::Host<'m>) -> F + 'm,
    ) -> ProcessId
    where
        F: Future<Output = ()> + 'm,
    {
        let boot = ProcessBoot::Tasks(Box::new(move |start| Executor::new(start, &mut boot)));
        self.add_program_to(host, name, boot)
    }

    fn add_program_to(&mut self, host: HostId, name: &str, boot: ProcessBoot<'m>) -> ProcessId {
        let number = self.network.add_process(host.0);
        let now = self.now;
        let machine = &mut self.hosts[place(host.0)];
        machine.add_process((number, name), boot, now, &mut self.network);
        self.network.agenda.push(now, Due::Wake(host.0));
        ProcessId(number)
    }

    /// The Unix sockets of a host, and its files.
    #[must_use]
    pub fn unix(&self, host: HostId) -> &UnixHost {
        self.host(host).unix()
    }

    /// Works on the Unix sockets of a host, as its application would, and on its files; also while it is down.
    pub fn with_unix<R>(&mut self, host: HostId, work: impl FnOnce(&mut UnixHost) -> R) -> R {
        let now = self.now;
        let machine = &mut self.hosts[place(host.0)];
        let result = machine.with_unix(now, &mut self.network, work);
        self.network.agenda.push(now, Due::Wake(host.0));
        result
    }

    /// The name of a process.
    #[must_use]
    pub fn process_name(&self, process: ProcessId) -> &str {
        let host = self.network.processes()[place(process.0)];
        self.hosts[place(host)].process_name(process.0)
    }

    /// Stops a process for a while: it makes no calls, and reads nothing. The application of a host stops with its host alone.
    pub fn pause_process(&mut self, process: ProcessId, time: Duration) {
        let until = self.now.saturating_add(micros(time));
        let host = self.network.processes()[place(process.0)];
        self.hosts[place(host)].pause_process(process.0, until);
        self.network.agenda.push(until, Due::Wake(host));
    }

    /// Takes all that a process has but for its files, and starts it anew after a while. The application of a host crashes with
    /// its host alone.
    pub fn crash_process(&mut self, process: ProcessId, time: Duration) {
        let until = self.now.saturating_add(micros(time));
        let host = self.network.processes()[place(process.0)];
        let machine = &mut self.hosts[place(host)];
        machine.crash_process(process.0, (self.now, until), &mut self.network);
        self.network.agenda.push(until, Due::Process(process.0));
        // Those who wait for it learn of it.
        self.network.agenda.push(self.now, Due::Wake(host));
    }

    pub(super) fn happen_to_process(&mut self, process: u32, kind: Kind) {
        if let Kind::Pause(time) = kind {
            self.pause_process(ProcessId(process), time);
        } else if let Kind::Crash(time) = kind {
            self.crash_process(ProcessId(process), time);
        }
    }

    /// All processes, as they were added, with their hosts.
    pub fn processes(&self) -> impl Iterator<Item = (ProcessId, HostId)> {
        let hosts = self.network.processes().iter();
        (0..)
            .zip(hosts)
            .map(|(process, host)| (ProcessId(process), HostId(*host)))
    }

    /// Whether a process is the application of a host, which fails with it alone.
    #[must_use]
    pub fn is_application(&self, process: ProcessId) -> bool {
        let host = self.network.processes()[place(process.0)];
        !self.hosts[place(host)].has_process(process.0)
    }

    /// A process starts anew.
    pub(super) fn start_process(&mut self, process: u32) {
        let host = self.network.processes()[place(process)];
        self.hosts[place(host)].start_processes(self.now, &mut self.network);
        self.work(host);
    }
}
