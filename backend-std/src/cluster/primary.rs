//! The primary: spawns workers, opens the sockets they ask for, and hands the same one to all that ask for the same.
//!
//! A worker is trusted no further than the sockets go that it may ask for: its messages are checked, one that makes no
//! sense ends its channel; a worker that does not take its answers is not listened to meanwhile, so that nothing piles
//! up for it.

use core::fmt;
use core::task::Waker;
use core::time::Duration;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::process::{Child, Command};

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;

use anydgram_core::{Endpoint, Errno, Family, SocketType};
use mio::net::UnixStream;
use mio::{Events, Interest, Poll, Token};

use super::CHANNEL_VARIABLE;
use super::channel::{Channel, Received};
use super::event::{Parting, WorkerEvent, WorkerId};
use super::frame::{Reply, Request, VERSION, Wanted};
use super::table::{Share, Table};
use crate::alarm::Alarm;
use crate::errno;
use crate::sys::cluster::{duplicate_udp, inherit, local_address, open_for_worker};

/// Owns the sockets that its workers share. See the [module](super) for an example.
///
/// Dropping it closes the channels, and its own descriptors of the shared sockets: workers keep theirs, and keep
/// receiving.
///
/// Node: the module `cluster` in the primary
pub struct Primary {
    poll: Poll,
    events: Events,
    alarm: Arc<Alarm>,
    peers: BTreeMap<WorkerId, Peer>,
    table: Table,
    told: VecDeque<WorkerEvent>,
    last: u32,
    max_sockets: usize,
}

/// A worker, as the primary sees it.
#[derive(Debug)]
struct Peer {
    channel: Channel,
    /// The channel may have something.
    is_readable: bool,
    /// A `disconnect` on either side: no more sockets.
    is_leaving: bool,
}

impl Primary {
    /// A primary without workers.
    ///
    /// # Errors
    /// What the system has against another readiness queue, as a rule the number of open files.
    pub fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let alarm = Arc::new(Alarm::new(poll.registry(), ALARM)?);
        Ok(Self {
            poll,
            events: Events::with_capacity(64),
            alarm,
            peers: BTreeMap::new(),
            table: Table::default(),
            told: VecDeque::new(),
            last: 0,
            max_sockets: MAX_SOCKETS,
        })
    }

    /// How many shared sockets one worker may have at a time; its further binds fail with `EMFILE`. Default 1,024.
    pub fn set_max_sockets(&mut self, limit: usize) {
        self.max_sockets = limit;
    }

    /// Starts a worker: a process that inherits its end of a channel, and finds it by [`Worker::join`](super::Worker::join).
    ///
    /// The process is the caller's: it is neither waited for nor ended here.
    ///
    /// # Errors
    /// Those of [`Command::spawn`], and of making a channel.
    ///
    /// Node: `cluster.fork`
    #[doc(alias = "fork")]
    pub fn spawn(&mut self, mut command: Command) -> io::Result<(WorkerId, Child)> {
        let (ours, theirs) = UnixStream::pair()?;
        let theirs = OwnedFd::from(theirs);
        let inherited = inherit(&mut command, theirs.as_fd());
        command.env(CHANNEL_VARIABLE, inherited.to_string());
        let worker = self.admit(ours)?;
        let child = command.spawn().inspect_err(|_| self.dismiss(worker))?;
        Ok((worker, child))
    }

    /// Does what workers ask for, and returns what there is to tell; waits for `limit` at most (`None`: for as long as
    /// it takes) when there is nothing to do. `None` is no end: there may be something to tell the next time.
    ///
    /// # Errors
    /// What the system has against waiting.
    pub fn turn(&mut self, limit: Option<Duration>) -> io::Result<Option<WorkerEvent>> {
        if let Some(event) = self.told.pop_front() {
            return Ok(Some(event));
        }
        let has_more = self.peers.values().any(Peer::is_ready);
        let limit = if has_more {
            Some(Duration::ZERO)
        } else {
            limit
        };
        match self.poll.poll(&mut self.events, limit) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &self.events {
            let worker = u32::try_from(event.token().0).map(WorkerId);
            if let Ok(Some(peer)) = worker.map(|worker| self.peers.get_mut(&worker)) {
                peer.is_readable = true;
            }
        }
        let ready = self.peers.iter().filter(|(_, peer)| peer.is_readable);
        let ready: Vec<WorkerId> = ready.map(|(worker, _)| *worker).collect();
        for worker in ready {
            self.serve(worker);
        }
        Ok(self.told.pop_front())
    }

    /// Ends a wait of this primary from any thread: [`turn`](Self::turn) returns.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.alarm))
    }

    /// Has a worker close its shared sockets and leave. [`WorkerEvent::Disconnected`] follows; nothing more is opened
    /// for it. A worker that is not there, or leaves already, is left alone.
    ///
    /// Node: `worker.disconnect` in the primary
    pub fn disconnect(&mut self, worker: WorkerId) {
        let Some(peer) = self.peers.get_mut(&worker) else {
            return;
        };
        if core::mem::replace(&mut peer.is_leaving, true) {
            return;
        }
        let sent = peer.channel.send(Reply::Disconnect.encode(), None);
        self.check_sent(worker, sent);
    }

    /// The workers whose channel is open, in the order in which they were spawned.
    pub fn workers(&self) -> impl Iterator<Item = WorkerId> + '_ {
        self.peers.keys().copied()
    }

    /// How many sockets are open for workers.
    #[must_use]
    pub fn socket_count(&self) -> usize {
        self.table.len()
    }

    /// A worker on this channel. Its first message waits for it.
    pub(super) fn admit(&mut self, stream: UnixStream) -> io::Result<WorkerId> {
        let number = self.last.checked_add(1);
        let number = number.ok_or(io::ErrorKind::QuotaExceeded)?;
        let worker = WorkerId(number);
        let mut channel = Channel::new(stream);
        let welcome = Reply::Welcome {
            version: VERSION,
            worker: number,
        };
        channel.send(welcome.encode(), None)?;
        let interests = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.registry();
        registry.register(&mut channel.stream, token(worker), interests)?;
        self.last = number;
        let peer = Peer {
            channel,
            is_readable: false,
            is_leaving: false,
        };
        self.peers.insert(worker, peer);
        Ok(worker)
    }

    /// Does what a worker asks for, a little at a time: others have their turn.
    fn serve(&mut self, worker: WorkerId) {
        for _ in 0..MESSAGES_IN_A_ROW {
            let Some(peer) = self.peers.get_mut(&worker) else {
                return;
            };
            let sent = peer.channel.flush();
            if peer.channel.is_blocked() {
                return;
            }
            self.check_sent(worker, sent);
            let Some(peer) = self.peers.get_mut(&worker) else {
                return;
            };
            match peer.channel.receive() {
                Ok(Some(message)) => self.take(worker, &message),
                Ok(None) => {
                    peer.is_readable = false;
                    return;
                }
                Err(error) => return self.part(worker, cause(&error)),
            }
        }
    }

    fn take(&mut self, worker: WorkerId, message: &Received) {
        match Request::decode(&message.frame) {
            Some(Request::Online { version: VERSION }) => {
                self.told.push_back(WorkerEvent::Online(worker));
            }
            Some(Request::Ask { number, wanted }) => self.answer(worker, number, &wanted),
            Some(Request::Listening { share }) => {
                let share = self.table.get(worker, share);
                self.told
                    .extend(share.map(|share| listening(worker, share)));
            }
            Some(Request::Close { share }) => self.table.release(worker, share),
            Some(Request::Leave) => {
                if let Some(peer) = self.peers.get_mut(&worker) {
                    peer.is_leaving = true;
                }
            }
            Some(Request::Online { .. }) | None => self.part(worker, Parting::Nonsense),
        }
    }

    fn answer(&mut self, worker: WorkerId, number: u32, wanted: &Wanted) {
        let Some(peer) = self.peers.get_mut(&worker) else {
            return;
        };
        if peer.is_leaving {
            return;
        }
        let share = self.table.take(worker, wanted, self.max_sockets, open);
        let twin = share.map(|share| (share.number, share.descriptor.try_clone()));
        let (reply, descriptor) = match twin {
            Ok((share, Ok(twin))) => (Reply::Granted { number, share }, Some(twin)),
            Ok((share, Err(error))) => {
                self.table.release(worker, share);
                (refused(number, errno::from_io(&error)), None)
            }
            Err(errno) => (refused(number, errno), None),
        };
        let sent = peer.channel.send(reply.encode(), descriptor);
        self.check_sent(worker, sent);
    }

    /// Whether a worker was told. One that has gone may have said before that it leaves: reading tells.
    fn check_sent(&mut self, worker: WorkerId, sent: io::Result<()>) {
        match sent.map_err(|error| cause(&error)) {
            Ok(()) | Err(Parting::Gone) => {}
            Err(cause) => self.part(worker, cause),
        }
    }

    /// The channel of a worker has ended.
    fn part(&mut self, worker: WorkerId, cause: Parting) {
        let is_leaving = |peer: &Peer| peer.is_leaving;
        let is_voluntary = self.peers.get(&worker).is_some_and(is_leaving);
        let cause = if is_voluntary && cause == Parting::Gone {
            Parting::Voluntary
        } else {
            cause
        };
        self.dismiss(worker);
        self.told
            .push_back(WorkerEvent::Disconnected { worker, cause });
    }

    /// Forgets a worker, and releases its sockets.
    fn dismiss(&mut self, worker: WorkerId) {
        self.table.release_all(worker);
        let peer = self.peers.remove(&worker);
        let stopped =
            peer.map(|mut peer| self.poll.registry().deregister(&mut peer.channel.stream));
        if let Some(Err(error)) = stopped {
            log::debug!("a channel was not watched: {error}");
        }
    }
}

impl fmt::Debug for Primary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Primary")
            .field("peers", &self.peers)
            .field("table", &self.table)
            .finish_non_exhaustive()
    }
}

impl Peer {
    /// Whether there may be something to do for it at once.
    fn is_ready(&self) -> bool {
        self.is_readable && !self.channel.is_blocked()
    }
}

fn open(wanted: &Wanted) -> Result<OwnedFd, Errno> {
    match wanted.fd {
        Some(fd) => duplicate_udp(fd),
        None => {
            let at = Endpoint::new(wanted.address, wanted.port);
            open_for_worker(wanted.family, at, wanted.reuse_address, wanted.ipv6_only)
        }
    }
}

fn refused(number: u32, errno: Errno) -> Reply {
    let errno = errno::to_io(errno).raw_os_error().unwrap_or(libc::EIO);
    Reply::Refused { number, errno }
}

fn listening(worker: WorkerId, share: &Share) -> WorkerEvent {
    let wanted = &share.wanted;
    let bound = local_address(share.descriptor.as_fd());
    WorkerEvent::Listening {
        worker,
        socket_type: match wanted.family {
            Family::V4 => SocketType::Udp4,
            Family::V6 => SocketType::Udp6,
        },
        address: match (wanted.fd, bound) {
            (Some(_), Ok(bound)) => bound,
            (None, Ok(bound)) => Endpoint::new(wanted.address, bound.port),
            (_, Err(_)) => Endpoint::new(wanted.address, wanted.port),
        },
        fd: wanted.fd,
    }
}

/// Why a channel has ended, from what reading or writing it says.
fn cause(error: &io::Error) -> Parting {
    if matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset
    ) {
        Parting::Gone
    } else {
        Parting::Failed(errno::from_io(error))
    }
}

fn token(worker: WorkerId) -> Token {
    Token(usize::try_from(worker.0).unwrap_or(usize::MAX))
}

/// No worker has the number 0.
const ALARM: Token = Token(0);

/// How many messages of one worker are taken before others have their turn.
const MESSAGES_IN_A_ROW: usize = 16;

/// The default of [`Primary::set_max_sockets`].
const MAX_SOCKETS: usize = 1_024;

#[cfg(test)]
mod tests;
