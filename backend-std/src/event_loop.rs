//! The event loop: sockets with listeners on one thread, as Node runs them.
//!
//! ```text
//!  Socket::bind, send, … ──▶ core ── Action, Transmit ──▶ step ──▶ OsSocket
//!          ▲                  │ ▲                                     │
//!    listeners ◀── Event ─────┘ └── handle_* ◀── readiness ◀── mio ◀──┘
//! ```
//!
//! What a call leaves for later is a *turn* of its socket. Turns are taken in the order in which they were asked
//! for, one event each, and all of them before the next datagram: the order in which Node's sockets act, too.
//! Invariant: nothing is borrowed while a listener, a callback or a lookup of the application runs.

cfg_if::cfg_if! {
    if #[cfg(unix)] {
        mod cluster;
    } else {
        mod no_cluster;
        use no_cluster as cluster;
    }
}
mod blocked;
mod place;
mod places;
mod read;
#[cfg(test)]
mod tests;
mod turn;
mod turns;
mod unix;
mod wait;
mod watch;

use core::cell::{Cell, RefCell};
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;
use core::time::Duration;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use alloc::rc::Rc;
use alloc::sync::Arc;
use alloc::task::Wake as _;

use anydgram_core::LookupToken;
use mio::{Events, Poll, Registry, Token};

use crate::alarm::Alarm;
use crate::error::Error;
use crate::event::{Event, Listener};
use crate::lookup::Resolver;
use crate::options::SocketOptions;
use crate::socket::Socket;
use crate::unix::UnixSocket;
use blocked::Blocked;
use cluster::Cluster;
use places::Places;
use read::Reading;
use turns::Turns;

/// The alarm's token; the others are places of sockets.
const ALARM: Token = Token(usize::MAX);

/// The token of the channel to the primary of a cluster.
const CHANNEL: Token = Token(usize::MAX - 1);

/// Runs sockets with listeners on the current thread.
///
/// # Examples
/// ```
/// use anydgram_std::{Datagram, Destination, EventLoop, SocketType};
///
/// let event_loop = EventLoop::new()?;
/// let server = event_loop.create_socket(SocketType::Udp4)?;
/// server.on_message(|server, message| {
///     assert_eq!(message.data, b"hello");
///     server.close().expect("it is open");
/// });
/// server.on_listening(move |server| {
///     let port = server.address().expect("it is bound").port;
///     server.send(Datagram::new("hello").to(Destination::local(port))).expect("it is open");
/// });
/// server.bind(0)?;
/// event_loop.run()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EventLoop {
    shared: Rc<Shared>,
}

/// What the loop and its sockets share.
pub(crate) struct Shared {
    /// The system's readiness; lent to the one that waits.
    poll: Cell<Option<Poll>>,
    /// Room for what the system tells; lent likewise.
    events: Cell<Option<Events>>,
    registry: Registry,
    /// Sockets that the loop has to know: those with a system socket, a turn or a lookup.
    sockets: RefCell<Places>,
    turns: Turns,
    /// Datagrams on their way to listeners.
    reading: Reading,
    /// Sockets with datagrams that the system had no room for.
    blocked: Blocked<Socket>,
    cluster: Cluster,
    resolver: Resolver<LookupKey>,
    /// Lookups that have not been answered.
    lookups: Cell<usize>,
    aborted: Arc<Aborted>,
    alarm: Arc<Alarm>,
    next_serial: Cell<u64>,
    /// How many open sockets keep the loop running.
    alive: Cell<usize>,
    /// The loop is gone: nobody takes turns any more.
    has_ended: Cell<bool>,
    /// An `error` that nobody handled: in memory of its own, as it is looked for before each turn.
    unhandled: Cell<Option<Box<Error>>>,
    /// How often the listeners of a socket may have changed.
    listener_changes: Cell<u64>,
    unix: unix::UnixSockets,
}

/// Sockets whose signal has aborted.
#[derive(Default)]
struct Aborted {
    keys: Mutex<Vec<SocketKey>>,
    /// Whether there are any; spares the lock.
    is_any: AtomicBool,
}

/// A place in the loop, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SocketKey {
    pub(crate) place: usize,
    pub(crate) serial: u64,
}

/// A lookup of a socket.
#[derive(Clone, Copy, Debug)]
struct LookupKey {
    socket: SocketKey,
    token: LookupToken,
}

impl EventLoop {
    /// An event loop without sockets.
    ///
    /// # Errors
    /// What the system has against another readiness queue, as a rule the number of open files.
    pub fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let alarm = Arc::new(Alarm::new(&registry, ALARM)?);
        let notify = Arc::clone(&alarm);
        let shared = Shared {
            poll: Cell::new(Some(poll)),
            events: Cell::new(None),
            registry,
            sockets: RefCell::default(),
            turns: Turns::default(),
            reading: Reading::default(),
            blocked: Blocked::default(),
            cluster: Cluster::default(),
            resolver: Resolver::new(move || notify.wake_by_ref()),
            lookups: Cell::new(0),
            aborted: Arc::default(),
            alarm,
            next_serial: Cell::new(0),
            alive: Cell::new(0),
            has_ended: Cell::new(false),
            unhandled: Cell::new(None),
            listener_changes: Cell::new(0),
            unix: unix::UnixSockets::default(),
        };
        Ok(Self {
            shared: Rc::new(shared),
        })
    }

    /// Creates a socket of a [`SocketType`](crate::SocketType), or with [`Options`](crate::Options) or
    /// [`SocketOptions`]. It is unbound.
    ///
    /// # Errors
    /// None today; what options may refuse in future.
    ///
    /// Node: `dgram.createSocket`
    #[doc(alias = "createSocket")]
    pub fn create_socket(&self, options: impl Into<SocketOptions>) -> Result<Socket, Error> {
        Ok(Socket::create(&self.shared, options.into()))
    }

    /// Creates a Unix datagram socket, which is open and unbound.
    ///
    /// # Errors
    /// `open ENOTSUP` where the system has none (Windows); else what socket(2) says, for example `open EMFILE`.
    ///
    /// Node: `dgram.createSocket('unix_dgram')`, until 0.5
    #[doc(alias = "createSocket")]
    pub fn create_unix_socket(&self) -> Result<UnixSocket, Error> {
        UnixSocket::create(&self.shared)
    }

    /// Creates a socket with a first listener of its `message` event.
    ///
    /// # Errors
    /// As [`create_socket`](Self::create_socket).
    ///
    /// Node: `dgram.createSocket(options, callback)`
    #[doc(alias = "createSocket")]
    pub fn create_socket_with(
        &self,
        options: impl Into<SocketOptions>,
        listener: impl Fn(&Socket, &Event<'_>) + 'static,
    ) -> Result<Socket, Error> {
        let options = options.into();
        Ok(Socket::create_with(
            &self.shared,
            options,
            Some(Listener::new(listener)),
        ))
    }

    /// Runs until no referenced socket is open and nothing is left to do.
    ///
    /// # Errors
    /// The error of an `error` event that has no listener. What was left to do is still there: the loop can be run
    /// again.
    pub fn run(&self) -> Result<(), Error> {
        while self.turn(None)? {}
        Ok(())
    }

    /// Runs as [`run`](Self::run), for `limit` at most; returns whether there was nothing left to do before that.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn run_for(&self, limit: Duration) -> Result<bool, Error> {
        let end = now().checked_add(limit);
        loop {
            let left = end.map(|end| end.saturating_duration_since(now()));
            if !self.turn(left)? {
                return Ok(true);
            }
            if left.is_some_and(|left| left.is_zero()) {
                return Ok(false);
            }
        }
    }

    /// Ends a wait of this loop from any thread: [`turn`](Self::turn) returns, [`run`](Self::run) goes on. For
    /// programs that have more to look after than sockets.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.shared.alarm))
    }

    /// Does what is there to do, then waits for more for `limit` at most (`None`: for as long as it takes) and does
    /// that; returns whether something can still happen. Does not wait when nothing can.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn turn(&self, limit: Option<Duration>) -> Result<bool, Error> {
        let shared = &self.shared;
        shared.take_turns()?;
        if !shared.can_happen() {
            return Ok(false);
        }
        shared.wait(limit)?;
        shared.take_turns()?;
        Ok(shared.can_happen())
    }

    /// What the loop shares with its sockets.
    #[cfg(unix)]
    pub(crate) fn shared(&self) -> &Rc<Shared> {
        &self.shared
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        // Sockets know the loop and the loop its sockets: without this they would keep each other.
        self.shared.has_ended.set(true);
        let sockets = self.shared.sockets.borrow_mut().take();
        for socket in sockets.into_iter().flatten() {
            socket.abandon();
        }
        // Outside of the borrows: these may be the last handles, and a listener's destructor may do anything.
        self.shared.turns.forget();
        self.shared.reading.forget();
        self.shared.blocked.forget();
        self.shared.cluster.end();
        self.shared.unix.abandon();
    }
}

impl fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLoop")
            .field("sockets", &self.shared.sockets.borrow().len())
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// A number that no other socket of the loop has.
    pub(crate) fn next_serial(&self) -> u64 {
        let serial = self.next_serial.get();
        self.next_serial.set(serial.wrapping_add(1));
        serial
    }

    /// Whether a referenced socket is open, or something waits to be done.
    fn can_happen(&self) -> bool {
        self.alive.get() > 0
            || self.lookups.get() > 0
            || self.cluster.is_waiting()
            || !self.turns.is_empty()
            || self.blocked.is_any()
            || self.unix.is_any_blocked()
    }

    /// One more, or one less, socket keeps the loop running.
    pub(crate) fn count_alive(&self, is_alive: bool) {
        let alive = self.alive.get();
        self.alive.set(if is_alive {
            alive.saturating_add(1)
        } else {
            alive.saturating_sub(1)
        });
    }

    /// An `error` event that nobody handled; the first one counts. A loop within a listener may have found all turns
    /// taken, so that it has to be asked for again.
    pub(crate) fn leave_unhandled(&self, error: Error) {
        self.turns.ask();
        let first = self.unhandled.take();
        self.unhandled.set(first.or_else(|| Some(Box::new(error))));
    }

    /// Some socket's listeners change.
    pub(crate) fn count_listener_change(&self) {
        let changes = self.listener_changes.get();
        self.listener_changes.set(changes.wrapping_add(1));
    }

    /// What a signal of this socket has to call.
    pub(crate) fn abort_waker(&self, key: SocketKey) -> crate::abort::Waker {
        let (aborted, alarm) = (Arc::clone(&self.aborted), Arc::clone(&self.alarm));
        Arc::new(move || {
            aborted.keys().push(key);
            aborted.is_any.store(true, Ordering::Release);
            alarm.wake_by_ref();
        })
    }
}

impl Aborted {
    /// Nothing that can panic happens under the lock, so a poisoned one is whole.
    fn keys(&self) -> MutexGuard<'_, Vec<SocketKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the event loop asks for the time"
)]
fn now() -> Instant {
    Instant::now()
}
