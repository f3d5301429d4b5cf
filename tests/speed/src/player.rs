//! A process of a peer's, and what is read off it.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::peers::Peer;
use crate::stage::Role;

/// What a process is to do.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub role: Role,
    /// Bytes of a datagram.
    pub size: usize,
    /// What the role says.
    pub number: usize,
    /// Where to send.
    pub to: Option<SocketAddr>,
}

/// A process that works.
pub struct Player {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    /// Where it receives.
    pub address: SocketAddr,
}

/// An answer of a process, or the difference of two.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// What was counted.
    pub count: f64,
    /// Processor time, in nanoseconds.
    pub processor: f64,
    /// Time, in nanoseconds.
    pub clock: f64,
    /// The median round trip since the answer before, in microseconds.
    pub trip: f64,
}

impl Player {
    /// Starts a process on one of the two processors, and waits until it is ready.
    pub fn start(peer: &Peer, call: Call, processor: usize) -> io::Result<Self> {
        let mut command = peer.command()?;
        command
            .arg(call.role.name())
            .arg(call.size.to_string())
            .arg(call.number.to_string());
        if let Some(to) = call.to {
            command.args([to.ip().to_string(), to.port().to_string()]);
        }
        let mut child = spawn_on(processor, &mut command)?;
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let (tell, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        let mut player = Self {
            child,
            input,
            lines,
            address: (Ipv4Addr::LOCALHOST, 0).into(),
        };
        let line = player.line()?;
        let port = line
            .strip_prefix("ready ")
            .and_then(|port| port.parse().ok());
        let port = port.ok_or_else(|| io::Error::other(format!("not ready: {line:?}")))?;
        player.address.set_port(port);
        Ok(player)
    }

    /// Asks what has been done until now.
    pub fn sample(&mut self) -> io::Result<Sample> {
        self.input.write_all(b"\n")?;
        let line = self.line()?;
        let numbers: Result<Vec<f64>, _> = line.split(' ').map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[count, processor, clock, trip]) => Ok(Sample {
                count,
                processor,
                clock,
                trip,
            }),
            _ => Err(io::Error::other(format!("no answer: {line:?}"))),
        }
    }

    /// The memory of the process that is in use, in bytes.
    pub fn resident(&self) -> io::Result<f64> {
        // The figure of `statm` is some hundred pages off.
        let text = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let mut lines = text.lines().filter_map(|line| line.strip_prefix("Rss:"));
        let size = lines.next().and_then(|rest| rest.strip_suffix("kB"));
        let size: Option<f64> = size.and_then(|size| size.trim().parse().ok());
        let size = size.ok_or_else(|| io::Error::other("smaps_rollup has other lines"))?;
        Ok(size * 1024.0)
    }

    fn line(&mut self) -> io::Result<String> {
        let line = self.lines.recv_timeout(PATIENCE);
        line.map_err(|error| io::Error::other(format!("the process does not answer: {error}")))
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        // It has no state that somebody would miss.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Sample {
    /// What happened since `earlier`.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            count: self.count - earlier.count,
            processor: self.processor - earlier.processor,
            clock: self.clock - earlier.clock,
            trip: self.trip,
        }
    }

    /// How many a second.
    pub fn rate(&self) -> f64 {
        self.count / self.clock * 1e9
    }

    /// Nanoseconds of processor time for each.
    pub fn cost(&self) -> f64 {
        self.processor / self.count
    }
}

/// A process inherits where it may run.
fn spawn_on(processor: usize, command: &mut Command) -> io::Result<Child> {
    let all = sched_getaffinity(None)?;
    let mut one = CpuSet::new();
    one.set(processor);
    sched_setaffinity(None, &one)?;
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    sched_setaffinity(None, &all)?;
    child
}

/// How long a process may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
