//! The driver: an application of the core, a [`Handler`], on the sockets of the operating system.
//!
//! ```text
//!  Handler ── commands ──▶ Sockets ── Action, Transmit ──▶ step ──▶ OsSocket
//!     ▲                      │  ▲                                     │
//!     └────── Event ─────────┘  └── handle_* ◀── readiness ◀── mio ◀──┘
//! ```
//!
//! [`turn`] has what a socket does when it is its turn, [`table`] the system's sockets and which of them are ready.
//! Invariant: every event that waits is handed on before the next datagram is taken, but for the bound that [`TURNS`]
//! is.

mod table;
#[cfg(test)]
mod tests;
mod turn;

use core::fmt;
use core::task::Waker;
use core::time::Duration;
use std::io;

use alloc::sync::Arc;
use alloc::task::Wake;

use anydgram_core::{Handler, HostName, Instant, LookupToken, SocketId, Sockets};
use mio::{Events, Poll, Token};

use crate::alarm::Alarm;
use crate::lookup::Resolver;
use crate::sys::batch::Pool;
use table::Table;

/// Runs a [`Handler`] on the sockets of the operating system.
///
/// The application is the same on every backend: sockets in a [`Sockets`], commands on them, and a [`Handler`] that
/// is told what happens. What is special here:
/// * A closed socket stays in its [`Sockets`]: the application removes it, or [renews](anydgram_core::Socket::renew) it
///   and adds it again. Its system socket is gone before its `Close` is told.
/// * A socket is better closed before it is removed. One that is removed while it is open loses its system socket when
///   the driver notices: after the handler that it was removed in if the event was its own, else with the next datagram
///   for it, or when its place is taken.
/// * What the system has against an option or a membership is an [`Event::Error`](anydgram_core::Event::Error), and so
///   is the failure of a `bind_sync`, of a `connect_sync`, of adopting a descriptor, and of a `disconnect`: the calls
///   have returned by then.
/// * Dropping the driver closes all system sockets; the sockets in [`Sockets`] are not told.
/// * Host names are looked up on a few threads; a zone that is an interface's name (`fe80::1%eth0`) is known at once.
///
/// # Examples
/// ```
/// use anydgram_core::{
///     BindOptions, Datagram, Destination, Event, Handler, Options, Socket, SocketId, SocketSlot, SocketType, Sockets,
///     Storage,
/// };
/// use anydgram_std::Driver;
///
/// struct Echo;
///
/// impl Handler for Echo {
///     fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
///         let Some(socket) = sockets.get_mut(id) else { return };
///         match event {
///             Event::Listening => {
///                 let to_itself = Destination::local(socket.address().expect("it is bound").port);
///                 socket.send(Datagram::new("hello").to(to_itself)).expect("there is room");
///             }
///             Event::Message(message) => {
///                 assert_eq!(message.data, b"hello");
///                 socket.close().expect("it is open");
///             }
///             _ => {}
///         }
///     }
/// }
///
/// let mut storage: Storage<1024, 4, 0, 8, 0> = Storage::new();
/// let mut slots = [SocketSlot::new()];
/// let mut sockets = Sockets::new(&mut slots);
/// let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
/// socket.bind(BindOptions::port(0).address("127.0.0.1"))?;
/// sockets.add(socket).expect("there is room");
/// Driver::new()?.run(&mut sockets, &mut Echo)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Driver {
    poll: Poll,
    events: Events,
    /// What the system told has been noted since the last `poll`.
    has_looked: bool,
    table: Table,
    resolver: Resolver<LookupKey>,
    /// Lookups that have not been answered.
    lookups: usize,
    alarm: Arc<Alarm>,
    /// Room for the datagrams of one socket.
    pool: Pool,
    /// Room for the name in one event.
    name: HostName,
    /// The zero of [`now`](Self::now).
    start: std::time::Instant,
}

/// A lookup of a socket.
#[derive(Clone, Copy, Debug)]
struct LookupKey {
    id: SocketId,
    token: LookupToken,
}

impl Driver {
    /// A driver without system sockets.
    ///
    /// # Errors
    /// What the system has against another readiness queue, as a rule the number of open files.
    pub fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let alarm = Arc::new(Alarm::new(&registry, ALARM)?);
        let notify = Arc::clone(&alarm);
        Ok(Self {
            poll,
            events: Events::with_capacity(256),
            has_looked: false,
            table: Table::new(registry),
            resolver: Resolver::new(move || notify.wake_by_ref()),
            lookups: 0,
            alarm,
            pool: Pool::new(),
            name: HostName::new(),
            start: clock(),
        })
    }

    /// Does everything that is there to do, and never waits: wakes the application if it is time, carries out what the sockets ask for, sends what waits,
    /// hands events on to `handler`, and takes at most 32 messages of the system's for each socket. Returns when it wants to be called
    /// again, even if the system tells nothing until then: `now` if something is left to do, `None` if only the system,
    /// an answer to a lookup or the application can change anything.
    ///
    /// All events that wait are handed on before the next datagram is. Only an application that answers each event
    /// with another one cannot keep datagrams out: after 1,024 events the next datagram has its turn.
    ///
    /// `now` is by the clock of the caller, the same in all calls; [`now`](Self::now) has one.
    pub fn poll<H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> Option<Instant> {
        if !core::mem::take(&mut self.has_looked) {
            // A queue that fails is told by `wait`.
            if let Err(error) = self.look(Some(Duration::ZERO)) {
                log::warn!("asking for readiness failed: {error}");
            }
            self.has_looked = false;
        }
        self.take_answers(sockets);
        sockets.wake_due(now, handler);
        self.table.retry(now, sockets);
        let mut has_more = self.take_turns(now, sockets, handler);
        for _ in 0..self.table.readable_len() {
            let Some(id) = self.table.take_readable() else {
                break;
            };
            has_more |= self.read(now, id, sockets, handler);
        }
        if has_more || self.table.readable_len() > 0 {
            Some(now)
        } else {
            let times = [self.table.retry_at(), handler.wake_at()];
            times.into_iter().flatten().min()
        }
    }

    /// Waits until there is something to do, or for `limit` at most (`None`: for as long as it takes): for datagrams,
    /// for room to send, for answers to lookups, and for the [`waker`](Self::waker). [`poll`](Self::poll) does it then.
    ///
    /// Sockets that the application has called since the last [`poll`](Self::poll) are not looked at.
    ///
    /// # Errors
    /// What the system has against waiting.
    pub fn wait(&mut self, limit: Option<Duration>) -> io::Result<()> {
        let is_busy = self.table.readable_len() > 0;
        self.look(if is_busy { Some(Duration::ZERO) } else { limit })
    }

    /// Polls and waits until nothing can happen any more: every socket is closed or has never been used, every lookup
    /// is answered, everything has been told, and the application does not want to be woken.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn run<H: Handler + ?Sized>(
        &mut self,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> io::Result<()> {
        while !self.take_round(None, sockets, handler)? {}
        Ok(())
    }

    /// Runs as [`run`](Self::run), for `limit` at most; returns whether nothing could happen any more before that.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn run_for<H: Handler + ?Sized>(
        &mut self,
        limit: Duration,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> io::Result<bool> {
        let end = self.now().saturating_add(limit);
        loop {
            if self.take_round(Some(end), sockets, handler)? {
                return Ok(true);
            }
            if self.now() >= end {
                return Ok(false);
            }
        }
    }

    /// The time since the driver was made: a clock for [`poll`](Self::poll).
    #[must_use]
    pub fn now(&self) -> Instant {
        let since = clock().saturating_duration_since(self.start);
        Instant::from_micros(0).saturating_add(since)
    }

    /// A waker that ends [`wait`](Self::wait) from any thread, or the next one if there is none.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.alarm))
    }

    /// Polls, and waits unless nothing can happen any more, which it returns.
    fn take_round<H: Handler + ?Sized>(
        &mut self,
        end: Option<Instant>,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> io::Result<bool> {
        let deadline = self.poll(self.now(), sockets, handler);
        if deadline.is_none() && self.table.open() == 0 && self.lookups == 0 {
            return Ok(true);
        }
        let until = match (deadline, end) {
            (Some(deadline), Some(end)) => Some(deadline.min(end)),
            (one, other) => one.or(other),
        };
        let now = self.now();
        self.wait(until.map(|until| until.saturating_since(now)))?;
        Ok(false)
    }

    /// Waits for the system to tell something, and notes it.
    fn look(&mut self, limit: Option<Duration>) -> io::Result<()> {
        match self.poll.poll(&mut self.events, limit) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            Ok(()) | Err(_) => {}
        }
        self.has_looked = true;
        for event in &self.events {
            self.table.note(event);
        }
        Ok(())
    }

    fn take_answers(&mut self, sockets: &mut Sockets<'_, '_>) {
        while let Some(answer) = self.resolver.poll_answer() {
            self.lookups = self.lookups.saturating_sub(1);
            if let Some(core) = sockets.get_mut(answer.key.id) {
                core.handle_lookup(answer.key.token, answer.result);
            }
        }
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("open", &self.table.open())
            .field("lookups", &self.lookups)
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the driver asks for the time"
)]
fn clock() -> std::time::Instant {
    std::time::Instant::now()
}

/// The alarm's token; the others are places of sockets.
const ALARM: Token = Token(usize::MAX);
/// How many events are handed on before the next datagram has its turn.
const TURNS: usize = 1_024;
