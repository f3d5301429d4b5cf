//! Unix datagram sockets of one host, in memory: what a kernel is to [`UnixSocket`], with a file system of nothing but names.
//!
//! [`UnixHost`] owns the names, the files that bound sockets leave, and the datagrams that nobody has read yet. Nothing is lost
//! between Unix sockets, and nothing comes twice or overtakes: what can go wrong is a peer that does not read, one that is gone,
//! no memory, a file that was there before, and a folder that nobody can write to.
//!
//! It can be used in two ways:
//!
//! * by hand: whatever can happen, happens in [`run`](UnixHost::run), in the order of the sockets, so that the same calls give the
//!   same events; faults are methods ([`pause`](UnixHost::pause), [`crash`](UnixHost::crash), [`put_file`](UnixHost::put_file),
//!   [`set_writable`](UnixHost::set_writable));
//! * as a part of a [host of a world](crate::World::add_process), whose processes have the sockets, with its time and its faults.
//!
//! Behaviour is that of Linux, and compared with it: `tests/unix`. Left out are lengths (no `EMSGSIZE`), folders that are not there
//! (no `ENOENT` to bind), who may do what, and the limit of the send buffer.

mod calls;
mod deliver;
mod names;
mod process;
mod witness;

use alloc::collections::{BTreeMap, VecDeque};

use anydgram_core::{
    BindState, Event, HostName, Instant, Limits, SendToken, UnixMessage, UnixSocket,
};

use calls::NoFaults;
pub(crate) use calls::{Call, Faults};
use names::{Inode, Names};
pub(crate) use process::UnixProgram;
pub use process::UnixStart;
pub(crate) use witness::Witness;

/// Names a socket of a [`UnixHost`]. Never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixId(u64);

impl UnixId {
    /// Its number: the sockets of a host are numbered as they are opened.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// An application with Unix sockets: on a [`UnixHost`] by itself, or a process on a host of a [`World`](crate::World).
pub trait UnixHandler {
    /// Something happened to the socket `id`. Any call on any socket is legal here.
    fn handle(&mut self, host: &mut UnixHost, id: UnixId, event: Event<'_>);

    /// A datagram arrived.
    fn message(&mut self, host: &mut UnixHost, id: UnixId, message: UnixMessage<'_>);

    /// When it wants to be [woken](Self::wake), by the clock of its host; `None`, the default: never. Only in a world.
    fn wake_at(&self) -> Option<Instant> {
        None
    }

    /// It is [time](Self::wake_at). It is to ask for a later time from now on, or for none.
    fn wake(&mut self, host: &mut UnixHost, now: Instant) {
        let _ = (host, now);
    }
}

/// A host with Unix sockets.
#[derive(Debug)]
pub struct UnixHost {
    seats: BTreeMap<UnixId, Seat>,
    names: Names,
    /// How many datagrams may wait in a socket beyond the first.
    backlog: usize,
    next_id: u64,
    next_datagram: u64,
    /// The process that opens sockets now.
    process: u32,
    /// The time of the world, in microseconds; 0 without one.
    now: u64,
    /// In a world.
    witness: Option<Witness>,
}

/// One socket, and what the host knows of it.
#[derive(Debug)]
struct Seat {
    core: UnixSocket<'static>,
    /// Whose it is.
    process: u32,
    /// What it is bound to.
    name: Option<Box<[u8]>>,
    /// The file that it has made.
    inode: Option<Inode>,
    peer: Option<UnixId>,
    /// Datagrams that have not been read.
    inbox: VecDeque<Waiting>,
    is_paused: bool,
    /// Until when there is no room for more.
    full_until: u64,
    /// The datagram that was last decided about.
    decided: Option<SendToken>,
}

/// A datagram that has not been read.
#[derive(Debug)]
struct Waiting {
    number: u64,
    /// The name of its sender, if it had one.
    sender: Option<Box<[u8]>>,
    data: Box<[u8]>,
}

impl UnixHost {
    /// A host without sockets, in each of which `backlog` datagrams may wait beyond the first (10 on Linux, by default).
    ///
    /// Linux: `net.unix.max_dgram_qlen`
    #[must_use]
    pub fn new(backlog: usize) -> Self {
        Self {
            seats: BTreeMap::new(),
            names: Names::default(),
            backlog,
            next_id: 0,
            next_datagram: 0,
            process: 0,
            now: 0,
            witness: None,
        }
    }

    /// Opens a socket.
    pub fn open(&mut self) -> UnixId {
        self.open_with(Limits::new())
    }

    /// Opens a socket that holds so much.
    pub fn open_with(&mut self, limits: Limits) -> UnixId {
        let id = UnixId(self.next_id);
        self.next_id += 1;
        let seat = Seat {
            core: UnixSocket::with_heap(limits),
            process: self.process,
            name: None,
            inode: None,
            peer: None,
            inbox: VecDeque::new(),
            is_paused: false,
            full_until: 0,
            decided: None,
        };
        self.seats.insert(id, seat);
        id
    }

    /// The socket, for calls; `None` when it is gone.
    pub fn get_mut(&mut self, id: UnixId) -> Option<&mut UnixSocket<'static>> {
        self.seats.get_mut(&id).map(|seat| &mut seat.core)
    }

    /// The socket, to look at; `None` when it is gone.
    #[must_use]
    pub fn get(&self, id: UnixId) -> Option<&UnixSocket<'static>> {
        self.seats.get(&id).map(|seat| &seat.core)
    }

    /// How many datagrams a socket has that have not been read.
    #[must_use]
    pub fn unread(&self, id: UnixId) -> usize {
        self.seats.get(&id).map_or(0, |seat| seat.inbox.len())
    }

    /// The sockets that there are, in the order in which they were opened.
    #[must_use]
    pub fn ids(&self) -> Vec<UnixId> {
        self.seats.keys().copied().collect()
    }

    /// Has the application of a socket read no datagrams, or read them again.
    pub fn pause(&mut self, id: UnixId, is_paused: bool) {
        if let Some(seat) = self.seats.get_mut(&id) {
            seat.is_paused = is_paused;
        }
    }

    /// Takes one datagram of a socket, also of a paused one: its bytes. Nobody is told of it.
    pub fn read(&mut self, id: UnixId) -> Option<Box<[u8]>> {
        let seat = self.seats.get_mut(&id)?;
        let (process, waiting) = (seat.process, seat.inbox.pop_front()?);
        self.watch_loss(id, process, [&waiting]);
        Some(waiting.data)
    }

    /// Ends a socket as a crash of its process does: nobody is told, and its file stays.
    pub fn crash(&mut self, id: UnixId) {
        if let Some(seat) = self.seats.remove(&id) {
            self.names.leave(seat.name.as_deref(), id);
            self.watch_loss(id, seat.process, &seat.inbox);
            self.lose(id, seat.process);
        }
    }

    /// Ends all sockets so.
    pub fn crash_all(&mut self) {
        for id in self.ids() {
            self.crash(id);
        }
    }

    /// Puts a file that is no socket at `path`.
    pub fn put_file(&mut self, path: &str) {
        self.names.put_file(path.as_bytes(), u64::MAX);
    }

    /// Removes the file at `path`, as somebody else may; whether there was one.
    pub fn remove_file(&mut self, path: &str) -> bool {
        self.names.remove_file(path.as_bytes())
    }

    /// Whether there is a file at `path`.
    #[must_use]
    pub fn has_file(&self, path: &str) -> bool {
        self.names.has_file(path.as_bytes())
    }

    /// Whether files can be made in a folder, and removed: what comes before the last `/` of their paths. They can by default; a
    /// bind fails with `EACCES` otherwise, and a socket that is closed leaves its file.
    pub fn set_writable(&mut self, folder: &str, is_writable: bool) {
        if is_writable {
            self.names.unprotect(folder.as_bytes());
        } else {
            self.names.protect(folder.as_bytes(), u64::MAX);
        }
    }

    /// Has everything happen that can, and tells `handler`. For a host that is not in a world.
    ///
    /// # Panics
    /// When that does not end: the handler makes something happen for ever.
    pub fn run(&mut self, handler: &mut impl UnixHandler) {
        for _ in 0..MOST_ROUNDS {
            let mut has_happened = false;
            for id in self.ids() {
                has_happened |= self.act(id, &mut NoFaults);
                while self.tell(id, handler) {
                    has_happened = true;
                }
                has_happened |= self.show(id, handler);
            }
            if !has_happened {
                return;
            }
        }
        panic!("this does not come to rest");
    }

    /// Tells a socket's next event; whether there was one. A socket whose last event is told is gone.
    pub(crate) fn tell(&mut self, id: UnixId, handler: &mut dyn UnixHandler) -> bool {
        let Some(seat) = self.seats.get_mut(&id) else {
            return false;
        };
        let mut room = HostName::new();
        let event = seat.core.poll_event();
        let Some(event) = event.and_then(|event| event.detach(&mut room)) else {
            return false;
        };
        if let Some(witness) = &mut self.witness {
            witness.tell(id, seat.process, &mut seat.core, &event);
        }
        if seat.core.is_finished() {
            self.seats.remove(&id);
        }
        handler.handle(self, id, event);
        true
    }

    /// Shows a socket its next datagram; whether there was one.
    pub(crate) fn show(&mut self, id: UnixId, handler: &mut dyn UnixHandler) -> bool {
        let Some(waiting) = self.take(id) else {
            return false;
        };
        let sender = waiting.sender.as_deref();
        let message = UnixMessage::new(&waiting.data, sender.map(Into::into));
        if let Some(message) = self.accept(id, waiting.number, message) {
            handler.message(self, id, message);
        }
        true
    }

    /// Has the application of a socket take its next datagram by itself; `None` if there is none.
    pub(crate) fn receive<R>(
        &mut self,
        id: UnixId,
        work: impl FnOnce(UnixMessage<'_>) -> R,
    ) -> Option<R> {
        let waiting = self.take(id)?;
        let sender = waiting.sender.as_deref();
        let message = UnixMessage::new(&waiting.data, sender.map(Into::into));
        self.accept(id, waiting.number, message).map(work)
    }

    /// Takes the next datagram of a socket whose application reads.
    fn take(&mut self, id: UnixId) -> Option<Waiting> {
        let seat = self.seats.get_mut(&id).filter(|seat| !seat.is_paused)?;
        // Nobody reads for an unbound socket.
        let is_bound = seat.core.bind_state() == BindState::Bound;
        is_bound.then(|| seat.inbox.pop_front()).flatten()
    }

    /// Hands a datagram that was taken to its socket.
    fn accept<'d>(
        &mut self,
        id: UnixId,
        number: u64,
        message: UnixMessage<'d>,
    ) -> Option<UnixMessage<'d>> {
        let seat = self.seats.get_mut(&id)?;
        let message = seat.core.handle_datagram(message);
        if let Some(witness) = &mut self.witness {
            witness.show(id, seat.process, &seat.core, (number, message));
        }
        message
    }
}

/// Far more than any application that comes to rest.
const MOST_ROUNDS: usize = 1_000_000;

#[cfg(test)]
mod tests;
