//! An Ethernet switch, whose cables are Unix datagram sockets.
//!
//! It learns who is where from the frames' sources, sends to the port of a known destination and to all others if it
//! knows none, and never sends a frame back to where it came from. On its way out, a test decides a frame's [`Fate`].

mod port;
#[cfg(test)]
mod tests;

use alloc::sync::Arc;
use core::fmt;
use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::collections::HashMap;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use tempfile::TempDir;

use crate::frame;
use crate::group::{self, Membership};
use crate::time::{Deadline, now};
use port::Way;

/// What becomes of a frame on its way out of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// It goes out.
    Pass,
    /// It is lost.
    Lose,
    /// It goes out twice.
    Double,
    /// It goes out later; others overtake it.
    Delay(Duration),
}

/// A frame that came to the switch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The time since the switch was made.
    pub at: Duration,
    /// Where it came from.
    pub from: Port,
    /// The frame, without its check sequence.
    pub frame: Vec<u8>,
}

impl Record {
    /// What it says about groups, if it does and its checksums are right.
    #[must_use]
    pub fn memberships(&self) -> Vec<Membership> {
        group::memberships(&self.frame)
    }

    /// The destination of the datagram that it says nobody wanted, if it does and its checksum is right.
    #[must_use]
    pub fn refused(&self) -> Option<SocketAddr> {
        frame::refused(&self.frame)
    }
}

/// A port of a switch.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Port {
    path: Arc<Path>,
}

impl Port {
    /// The socket at the other end of its cable.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Port({:?})", self.path.file_name().unwrap_or_default())
    }
}

/// A switch; its sockets' folder goes with it.
#[derive(Debug)]
pub struct Switch {
    // In the order in which they go.
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
    folder: TempDir,
}

impl Switch {
    /// A switch without cables.
    ///
    /// # Errors
    /// If there is no place for its sockets.
    pub fn new() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("anydgram-").tempdir()?;
        let shared = Arc::new(Shared::default());
        let socket = UnixDatagram::bind(folder.path().join(NAME))?;
        let worker = Worker {
            socket,
            shared: Arc::clone(&shared),
            began: now(),
            learnt: HashMap::new(),
        };
        let thread = thread::Builder::new().name(NAME.to_owned());
        Ok(Self {
            thread: Some(thread.spawn(|| worker.run())?),
            shared,
            folder,
        })
    }

    /// The socket that frames are sent to.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join(NAME)
    }

    /// A new port; its cable ends in a socket of this name, which somebody is to bind.
    ///
    /// # Errors
    /// `AlreadyExists` if there is a port of this name, or there are no more sockets.
    pub fn connect(&self, name: &str) -> io::Result<Port> {
        let path = self.folder.path().join(name);
        let port = Port { path: path.into() };
        let way = Way::new()?;
        let mut state = self.shared.state();
        if state.ways.iter().any(|(other, _)| *other == port) || name == NAME {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.ways.push((port.clone(), way));
        Ok(port)
    }

    /// Has `decide` say what becomes of each frame that leaves through `port` from now on.
    pub fn decide(&self, port: &Port, decide: impl FnMut(&[u8]) -> Fate + Send + 'static) {
        if let Some(way) = self.shared.state().way(port) {
            way.decide(decide);
        }
    }

    /// The frames that have come so far, whatever became of them: the first 100,000.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.shared.state().records.clone()
    }

    /// Waits for a record that `is_wanted`, and returns how many there are up to it. The first `passed` are passed.
    ///
    /// # Errors
    /// `TimedOut` if none comes.
    pub fn wait_for(
        &self,
        passed: usize,
        within: Duration,
        is_wanted: impl Fn(&Record) -> bool,
    ) -> io::Result<usize> {
        Deadline::after(within).poll("a frame", || {
            let state = self.shared.state();
            let mut records = (1..).zip(&state.records).skip(passed);
            Ok(records
                .find(|(_, record)| is_wanted(record))
                .map(|(count, _)| count))
        })
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of it has been shown.
            drop(thread.join());
        }
    }
}

/// What the switch and its thread have in common.
#[derive(Debug, Default)]
struct Shared {
    ends: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    ways: Vec<(Port, Way)>,
    records: Vec<Record>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A test's decision may have panicked; what is here stays in order.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn way(&mut self, port: &Port) -> Option<&mut Way> {
        let mut ways = self.ways.iter_mut();
        ways.find(|(other, _)| other == port).map(|(_, way)| way)
    }
}

/// The thread that moves frames.
struct Worker {
    socket: UnixDatagram,
    shared: Arc<Shared>,
    began: Instant,
    learnt: HashMap<[u8; 6], Port>,
}

impl Worker {
    fn run(mut self) {
        let mut frame = [0; LONGEST];
        while !self.shared.ends.load(Ordering::Relaxed) {
            let wait = self.flush();
            // Only a duration of zero is refused.
            let came = self.socket.set_read_timeout(Some(wait.max(SHORTEST_WAIT)));
            match came.and_then(|()| self.socket.recv_from(&mut frame)) {
                Ok((length, from)) => {
                    // Without a byte it is no frame, and ends QEMU's reading.
                    if let (Some(path), Some(frame @ [_, ..])) =
                        (from.as_pathname(), frame.get(..length))
                    {
                        self.take(path, frame);
                    }
                }
                Err(error) => assert!(
                    matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                    ),
                    "the switch cannot receive: {error}"
                ),
            }
        }
    }

    /// A frame has come from the socket at `path`.
    fn take(&mut self, path: &Path, frame: &[u8]) {
        let now = now();
        let mut state = self.shared.state();
        let State { ways, records } = &mut *state;
        let Some((from, _)) = ways.iter().find(|(port, _)| port.path() == path) else {
            return;
        };
        let from = from.clone();
        if records.len() < LONGEST_RECORD {
            records.push(Record {
                at: now - self.began,
                from: from.clone(),
                frame: frame.to_owned(),
            });
        }
        // What is too short for both addresses goes everywhere: it is the receivers' to refuse.
        let destination = frame.first_chunk();
        let source = frame.get(6..).and_then(|rest| rest.first_chunk());
        if let Some(source) = source.filter(|source| !is_group(source)) {
            self.learnt.insert(*source, from.clone());
        }
        let known = destination.and_then(|destination| self.learnt.get(destination));
        for (port, way) in ways {
            if *port != from && known.is_none_or(|known| known == port) {
                way.push(frame, now);
            }
        }
    }

    /// Sends what is due, and returns how long nothing else will be.
    fn flush(&self) -> Duration {
        let now = now();
        let mut state = self.shared.state();
        let waits = state
            .ways
            .iter_mut()
            .map(|(port, way)| way.flush(port.path(), now));
        waits.min().unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
    }
}

/// Whether an address is that of a group, IEEE 802 § 8.2.2.
const fn is_group([first, ..]: &[u8; 6]) -> bool {
    *first & 1 != 0
}

const NAME: &str = "switch";
/// No frame is longer.
const LONGEST: usize = 4096;
const LONGEST_RECORD: usize = 100_000;
/// How soon the end of the switch is seen.
const LONGEST_WAIT: Duration = Duration::from_millis(20);
/// What rounds down to 0 would wait for ever.
const SHORTEST_WAIT: Duration = Duration::from_micros(10);
