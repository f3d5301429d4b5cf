//! Async applications: tasks on the executor of a host, with async sockets.
//!
//! [`World::add_async_host`](crate::World::add_async_host) adds a host that runs a future, which has a [`Host`]: it opens
//! sockets, sleeps, draws and spawns. [`Socket`] has the names and arguments of the async sockets of `anydgram-std` (tokio) and
//! `anydgram-embassy`, so that code moves between them.
//!
//! ```text
//!  tasks ── bind, send_to, … ──▶ sockets of the host ──▶ stack ──▶ cable
//!    ▲                                │
//!    └── wakers ◀── inbox ◀── events ─┘
//! ```
//!
//! There is one thread and one order: tasks run in the order in which they were woken, each once before any runs again, and
//! every turn of a task is in the trace. A crash drops all tasks where they are; the host starts anew with another future.
//!
//! # Cancel safety
//! Every future may be dropped at any time, for example as the loser of a [`timeout`](Host::timeout). Until it is ready it has
//! taken nothing: no datagram and no event is lost. A datagram that a [`send_to`](Socket::send_to) has put into the socket's
//! queue leaves, whoever waits for it or does not; so do a [`bind`](Socket::bind) and a [`connect`](Socket::connect) go on that
//! have begun.
//!
//! # Differences from the sockets of the backends
//! * Only the tasks of its host can use a socket; elsewhere it is as good as closed. Tasks of two hosts talk by datagrams alone:
//!   nothing else wakes the other host.
//!
//! # Examples
//! ```
//! use core::time::Duration;
//!
//! use anydgram_core::{Destination, Error, SocketType};
//! use anydgram_sim::{HostOptions, SegmentOptions, WorldOptions, simulate, tasks};
//!
//! async fn echo(host: tasks::Host<'_>) -> Result<(), Error<'static>> {
//!     let socket = host.bound(SocketType::Udp4, 7).await?;
//!     let mut buffer = [0; 1472];
//!     loop {
//!         let (length, meta) = socket.recv_from(&mut buffer).await?;
//!         if let (Some(data), Some(sender)) = (buffer.get(..length), meta.sender) {
//!             socket.send_to(data, sender).await.map_err(Error::without_name)?;
//!         }
//!     }
//! }
//!
//! async fn ask(host: tasks::Host<'_>) -> Result<(), Error<'static>> {
//!     let socket = host.socket(SocketType::Udp4)?;
//!     socket.connect(Destination::new("server", 7)).await.map_err(Error::without_name)?;
//!     let mut buffer = [0; 1472];
//!     loop {
//!         socket.send("hello").await?;
//!         let answer = host.timeout(Duration::from_millis(100), socket.recv(&mut buffer)).await;
//!         if let Ok(length) = answer {
//!             assert_eq!(buffer.get(..length?), Some(&b"hello"[..]));
//!             host.note("there is an answer");
//!             return Ok(());
//!         }
//!     }
//! }
//!
//! let faults = "up 0 0 lose".parse().expect("it is a fault");
//! simulate(&WorldOptions::new(7).script(vec![faults]), |world| {
//!     let segment = world.add_segment(SegmentOptions::new());
//!     world.add_name("server", &["192.0.2.2".parse().expect("an address")]);
//!     let client = world.add_async_host("client", HostOptions::new(), |host| async move {
//!         ask(host).await.expect("the server is there");
//!     });
//!     world.plug_in(client, segment, &["192.0.2.1/24"]);
//!     let server = world.add_async_host("server", HostOptions::new(), |host| async move {
//!         echo(host).await.expect("nothing is wrong");
//!     });
//!     world.plug_in(server, segment, &["192.0.2.2/24"]);
//!     world.run_for(Duration::from_secs(1)).expect("nothing is wrong");
//!     assert_eq!(world.datagrams(), 3);
//! });
//! ```

mod event;
mod executor;
mod inbox;
mod join;
mod socket;
mod time;
mod unix;
mod waiting;

use alloc::rc::Rc;
use core::cell::RefCell;
use core::fmt;

use anydgram_core::stack::Random;
use anydgram_core::{
    BindOptions, Errno, Error, Instant, Limits, Options, SocketId, SocketType, Sockets, Syscall,
    SystemError,
};

pub use event::Event;
pub(crate) use executor::{Executor, Note};
use inbox::Inbox;
pub use join::JoinHandle;
pub use socket::Socket;
use time::Timers;
pub use time::{Elapsed, Sleep};
pub use unix::UnixSocket;

use crate::application::Start;
use crate::host::Lent;
use crate::unix::UnixHost;
use unix::UnixInbox;

/// The host of a task: what it opens sockets with, waits and draws by. Clones are the same host.
#[derive(Clone)]
pub struct Host<'m> {
    inner: Rc<RefCell<Inner<'m>>>,
}

/// What the tasks of a host share with its executor.
struct Inner<'m> {
    /// The host's sockets, while its tasks run.
    sockets: Option<Sockets<'m, 'static>>,
    /// The host's stack, while its tasks run.
    engine: Option<Lent<'m>>,
    /// The host's Unix sockets, while its tasks run.
    unix: Option<Box<UnixHost>>,
    inbox: Inbox,
    unix_inbox: UnixInbox,
    timers: Timers,
    now: Instant,
    boots: u32,
    random: Random,
    /// Tasks that have been spawned, and do not run yet.
    spawned: Vec<(u32, executor::Future<'m>)>,
    next_task: u32,
    /// Tasks that are to be dropped.
    aborted: Vec<u32>,
    /// What the trace is told.
    notes: Vec<Note>,
    /// What must never be, if it was.
    broken: Option<String>,
}

impl<'m> Host<'m> {
    fn new(start: &Start<'_, 'm>) -> Self {
        let inner = Inner {
            sockets: None,
            engine: None,
            unix: None,
            inbox: Inbox::default(),
            unix_inbox: UnixInbox::default(),
            timers: Timers::default(),
            now: start.now,
            boots: start.boots,
            random: Random::new(start.seed),
            spawned: Vec::new(),
            next_task: 0,
            aborted: Vec::new(),
            notes: Vec::new(),
            broken: None,
        };
        Self {
            inner: Rc::new(RefCell::new(inner)),
        }
    }

    /// A new socket, unbound, of a [`SocketType`] or with [`Options`], with the default [`Limits`].
    ///
    /// # Errors
    /// `open ENOBUFS` if the host has [no place](crate::HostOptions::sockets) for it.
    ///
    /// Node: `dgram.createSocket`
    #[doc(alias = "createSocket")]
    pub fn socket(&self, options: impl Into<SocketOptions>) -> Result<Socket<'m>, Error<'static>> {
        let SocketOptions { options, limits } = options.into();
        let core = anydgram_core::Socket::with_heap(options, limits);
        let id = self.with(|inner| {
            inner.inbox.bury(inner.sockets.as_mut());
            let sockets = inner.sockets.as_mut()?;
            let id = sockets.add(core).ok()?;
            inner.inbox.open(id, limits.bytes);
            Some(id)
        });
        let id = id.ok_or_else(|| SystemError::new(Syscall::Open, Errno::ENOBUFS))?;
        Ok(Socket::new(self.clone(), id))
    }

    /// Creates a socket and binds it: [`socket`](Self::socket), then [`bind`](Socket::bind).
    ///
    /// # Errors
    /// As those.
    pub async fn bound<'a>(
        &self,
        options: impl Into<SocketOptions>,
        address: impl Into<BindOptions<'a>>,
    ) -> Result<Socket<'m>, Error<'a>> {
        let socket = self.socket(options)?;
        socket.bind(address).await?;
        Ok(socket)
    }

    /// The time by the host's clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.with(|inner| inner.now)
    }

    /// How often the host was started before.
    #[must_use]
    pub fn boots(&self) -> u32 {
        self.with(|inner| inner.boots)
    }

    /// A number that the seed of the world decides.
    #[must_use]
    pub fn random(&self) -> u64 {
        self.with(|inner| inner.random.next())
    }

    /// A number below `bound` that the seed of the world decides, all equally likely; 0 for 0.
    #[must_use]
    pub fn random_below(&self, bound: u32) -> u32 {
        self.with(|inner| inner.random.below(bound))
    }

    /// Writes a line into the trace.
    pub fn note(&self, text: impl Into<Box<str>>) {
        self.with(|inner| inner.notes.push(Note::Text(text.into())));
    }

    /// Works on what the tasks share. Nobody's code runs meanwhile.
    fn with<R>(&self, work: impl FnOnce(&mut Inner<'m>) -> R) -> R {
        work(&mut self.inner.borrow_mut())
    }
}

impl fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

/// What a socket is created with: core's [`Options`], and how much it holds.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SocketOptions {
    /// What Node's options say.
    pub options: Options,
    /// How much waits at most.
    pub limits: Limits,
}

impl From<Options> for SocketOptions {
    fn from(options: Options) -> Self {
        let limits = Limits::new();
        Self { options, limits }
    }
}

impl From<SocketType> for SocketOptions {
    fn from(socket_type: SocketType) -> Self {
        Options::new(socket_type).into()
    }
}

impl SocketOptions {
    /// The same with other limits.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl Inner<'_> {
    fn core(&self, id: SocketId) -> Option<&anydgram_core::Socket<'static>> {
        self.sockets.as_ref()?.get(id)
    }

    /// Sends of a socket may not have been complete when it was closed.
    fn judge(&mut self, kept: Result<(), usize>) {
        if let Err(count) = kept {
            let what = format!("{count} sends were not complete when their socket was closed");
            self.broken.get_or_insert(what);
        }
    }

    /// Keeps for the trace what has happened among the Unix sockets.
    fn note_unix(&mut self) {
        if let Some(unix) = &mut self.unix {
            let records = unix.take_records();
            self.notes.extend(records.into_iter().map(Note::Unix));
        }
    }

    /// Carries out what a socket asks for.
    fn carry_out(&mut self, id: SocketId) -> Result<(), Error<'static>> {
        match (&mut self.engine, &mut self.sockets) {
            (Some(engine), Some(sockets)) => engine.command(self.now, sockets, id),
            _ => Ok(()),
        }
    }
}
