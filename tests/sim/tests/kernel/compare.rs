//! Plays a script on both sides, and compares after each step what there is to see.

use alloc::collections::BTreeMap;
use core::fmt;
use core::time::Duration;

use anydgram_core::{Error, SocketType};
use anydgram_sim::{Level, WorldOptions, simulate};

use crate::lab::Lab;
use crate::linux::Linux;
use crate::plan::{HOSTS, owner};
use crate::script::{Planned, Script, Step, name};
use crate::side::{Hosts, Side, carry_out};
use crate::simulated::Simulated;
use crate::told::{Names, Ports, Told};
use crate::wire::Packet;

/// A step after which the sides were not the same.
#[derive(Debug)]
pub(crate) struct Difference {
    pub(crate) step: usize,
    simulated: Seen,
    linux: Seen,
}

/// What there is to see after a step: lines by what they are about.
///
/// Between sockets there is no order, nor between datagrams of different senders, nor between those and what else a socket is
/// told; all else is in order. Sockets that share a port for the balance of load are one, as far as datagrams go: which of
/// them gets one is the stack's choice.
type Seen = BTreeMap<String, Vec<String>>;

/// Plays a script, in a world of a level; the kernel may take `patience` for each step.
pub(crate) fn play(
    script: &Script,
    level: Level,
    lab: &Lab,
    patience: Duration,
) -> Result<(), Difference> {
    let options = WorldOptions::new(0).level(level).keep_records();
    simulate(&options, |world| {
        let hears = level == Level::Frames;
        let mut simulated = Watched::new(Simulated::new(world), script, hears);
        let mut linux = Watched::new(Linux::new(lab), script, hears);
        for (number, step) in script.steps.iter().enumerate() {
            simulated.take(number, step);
            linux.take(number, step);
            if !script.rests_after(number) {
                continue;
            }
            simulated.side.rest();
            let expected = simulated.see();
            let limit = linux.side.now().saturating_add(patience);
            while linux.see() != expected && linux.side.now() < limit {
                linux.side.round();
            }
            // What must not come has this long to do so.
            let limit = linux.side.now().saturating_add(QUIET);
            while linux.side.now() < limit {
                linux.side.round();
            }
            let seen = linux.see();
            if seen != expected {
                return Err(Difference {
                    step: number,
                    simulated: expected,
                    linux: seen,
                });
            }
            simulated.forget();
            linux.forget();
        }
        Ok(())
    })
}

/// A script with as few steps as still make a difference.
pub(crate) fn shrink(script: &Script, level: Level, lab: &Lab) -> Script {
    let mut least = script.clone();
    let mut at = least.steps.len();
    while let Some(before) = at.checked_sub(1) {
        at = before;
        let mut shorter = least.clone();
        shorter.steps.remove(at);
        if let Err(difference) = play(&shorter, level, lab, IMPATIENCE) {
            shorter.steps.truncate(difference.step + 1);
            at = at.min(shorter.steps.len());
            least = shorter;
        }
    }
    least
}

/// A side, and what its sockets have been told since the last step.
struct Watched<'s, S> {
    side: S,
    sockets: &'s [Planned],
    ports: Ports,
    returned: Vec<Result<(), Error<'static>>>,
    told: Vec<(usize, Told)>,
    /// What is on the networks counts.
    hears: bool,
    packets: Vec<Packet>,
}

impl<'s, S: Side> Watched<'s, S> {
    fn new(mut side: S, script: &'s Script, hears: bool) -> Self {
        for socket in &script.sockets {
            side.add(socket);
        }
        Self {
            side,
            sockets: &script.sockets,
            ports: Ports::default(),
            returned: Vec::new(),
            told: Vec::new(),
            hears,
            packets: Vec::new(),
        }
    }

    /// Carries a step out.
    fn take(&mut self, number: usize, step: &Step) {
        let returned = carry_out(&mut self.side, &Hosts(self.sockets), number, step);
        self.returned.push(returned);
    }

    fn see(&mut self) -> Seen {
        for host in 0..HOSTS {
            for (id, told) in self.side.notebook(host).take() {
                let is_it = |at: &usize| {
                    let of = self.sockets.get(*at).map(|planned| planned.host);
                    of == Some(host) && self.side.id(*at) == id
                };
                let socket = (0..self.sockets.len()).find(is_it);
                self.told.push((socket.expect("it was added"), told));
            }
        }
        let packets = self.side.take_packets();
        if self.hears {
            self.packets.extend(packets);
        }
        self.note_ports();
        let mut seen = Seen::new();
        let returned = self.returned.iter().map(|returned| match returned {
            Ok(()) => "done".to_owned(),
            Err(error) => error.to_string(),
        });
        seen.insert("call".to_owned(), returned.collect());
        for (socket, told) in &self.told {
            let names = self.names(*socket);
            let about = self.about(*socket, told, &names);
            seen.entry(about).or_default().push(told.text(&names));
        }
        for packet in &self.packets {
            let line = packet.text(&self.names(0));
            seen.entry(packet.place()).or_default().push(line);
        }
        for (about, lines) in &mut seen {
            // Some may wait for their neighbours.
            if about.starts_with("network") {
                lines.sort_unstable();
            }
        }
        for socket in 0..self.sockets.len() {
            let state = self.state(socket);
            seen.insert(format!("{} is", name(socket)), vec![state]);
        }
        seen
    }

    fn forget(&mut self) {
        self.returned.clear();
        self.told.clear();
        self.packets.clear();
    }

    fn about(&self, socket: usize, told: &Told, names: &Names<'_>) -> String {
        let planned = self.planned(socket);
        match told.sender(names) {
            None => format!("{} is told", name(socket)),
            Some(sender) if planned.reuse_port => {
                format!("those on host {} from {sender}", planned.host)
            }
            Some(sender) => format!("{} from {sender}", name(socket)),
        }
    }

    fn state(&mut self, socket: usize) -> String {
        let (bound, connected, local, peer, waiting) = self.side.with(socket, |socket| {
            (
                socket.bind_state(),
                socket.connect_state(),
                socket.address().ok(),
                socket.remote_address().ok(),
                socket.send_queue_count(),
            )
        });
        let names = self.names(socket);
        let [local, peer] =
            [local, peer].map(|at| at.map_or_else(|| "-".to_owned(), |at| names.endpoint(at)));
        format!("{bound:?} {local}; {connected:?} {peer}; {waiting} waiting")
    }

    fn note_ports(&mut self) {
        for (at, planned) in self.sockets.iter().enumerate() {
            let local = self.side.with(at, |socket| socket.address().ok());
            let is_dual = planned.socket_type == SocketType::Udp6 && !planned.ipv6_only;
            if let Some(local) = local.filter(|local| local.port >= FIRST_CHOSEN) {
                self.ports.note(planned.host, local, is_dual, name(at));
            }
        }
    }

    fn names(&self, socket: usize) -> Names<'_> {
        let host = self.planned(socket).host;
        Names {
            host,
            ports: &self.ports,
            indexes: [0, 1].map(|lan| self.side.index(host, lan)),
            owner,
        }
    }

    fn planned(&self, socket: usize) -> &Planned {
        self.sockets
            .get(socket)
            .expect("scripts name their sockets")
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "after step {}:", self.step)?;
        let all = self.simulated.keys().chain(self.linux.keys());
        let mut all: Vec<&String> = all.collect();
        all.sort_unstable();
        all.dedup();
        for about in all {
            let [simulated, linux] = [&self.simulated, &self.linux].map(|side| side.get(about));
            if simulated != linux {
                writeln!(f, "  {about}:")?;
                for (side, lines) in [("simulator", simulated), ("kernel", linux)] {
                    let lines = lines.map_or_else(|| "nothing".to_owned(), |all| all.join(" | "));
                    writeln!(f, "    {side:9} {lines}")?;
                }
            }
        }
        Ok(())
    }
}

/// Ports from here on are a stack's choice.
const FIRST_CHOSEN: u16 = 20_000;
/// As long as a busy machine takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// While a script is shrunk, which asks for the same difference many times.
const IMPATIENCE: Duration = Duration::from_millis(50);
/// How long the kernel is watched when it has done what the simulator has.
const QUIET: Duration = Duration::from_millis(3);
