//! Unix datagram sockets of one host, in memory: what a kernel is to [`UnixSocket`], without a file system around it.
//!
//! [`UnixHost`] owns the names, the files that bound sockets leave, and the datagrams that nobody has read yet. There is no time
//! in it: whatever can happen, happens in [`run`](UnixHost::run), in the order of the sockets, so that the same calls give the
//! same events. Nothing is lost between Unix sockets; what can go wrong is a peer that does not read ([`pause`](UnixHost::pause)),
//! one that is gone ([`crash`](UnixHost::crash)), and a file that was there before ([`put_file`](UnixHost::put_file)).
//!
//! Behaviour is that of Linux, and compared with it: `tests/unix`. Left out are directories and permissions (no `ENOENT` or
//! `EACCES` to bind), lengths (no `EMSGSIZE`), and the limit of the send buffer.

mod deliver;
mod names;

use alloc::collections::{BTreeMap, VecDeque};

use anydgram_core::{
    BindState, Errno, Event, HostName, Limits, Transmitted, UnixAction, UnixAddress,
    UnixBindRequest, UnixMessage, UnixSocket,
};

use names::{Inode, Names};

/// Names a socket of a [`UnixHost`]. Never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixId(u64);

/// An application on a [`UnixHost`].
pub trait UnixHandler {
    /// Something happened to the socket `id`. Any call on any socket is legal here.
    fn handle(&mut self, host: &mut UnixHost, id: UnixId, event: Event<'_>);

    /// A datagram arrived.
    fn message(&mut self, host: &mut UnixHost, id: UnixId, message: UnixMessage<'_>);
}

/// A host with Unix sockets.
#[derive(Debug)]
pub struct UnixHost {
    seats: BTreeMap<UnixId, Seat>,
    names: Names,
    /// How many datagrams may wait in a socket beyond the first.
    backlog: usize,
    next_id: u64,
}

/// One socket, and what the host knows of it.
#[derive(Debug)]
struct Seat {
    core: UnixSocket<'static>,
    /// What it is bound to.
    name: Option<Box<[u8]>>,
    /// The file that it has made.
    inode: Option<Inode>,
    peer: Option<UnixId>,
    /// Datagrams that have not been read.
    inbox: VecDeque<Waiting>,
    is_paused: bool,
}

/// A datagram that has not been read.
#[derive(Debug)]
struct Waiting {
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
        }
    }

    /// Opens a socket.
    pub fn open(&mut self) -> UnixId {
        let id = UnixId(self.next_id);
        self.next_id += 1;
        let seat = Seat {
            core: UnixSocket::with_heap(Limits::new()),
            name: None,
            inode: None,
            peer: None,
            inbox: VecDeque::new(),
            is_paused: false,
        };
        self.seats.insert(id, seat);
        id
    }

    /// The socket, for calls; `None` when it is gone.
    pub fn get_mut(&mut self, id: UnixId) -> Option<&mut UnixSocket<'static>> {
        self.seats.get_mut(&id).map(|seat| &mut seat.core)
    }

    /// Has the application of a socket read no datagrams, or read them again.
    pub fn pause(&mut self, id: UnixId, is_paused: bool) {
        if let Some(seat) = self.seats.get_mut(&id) {
            seat.is_paused = is_paused;
        }
    }

    /// Takes one datagram of a socket, also of a paused one: its bytes.
    pub fn read(&mut self, id: UnixId) -> Option<Box<[u8]>> {
        let waiting = self.seats.get_mut(&id)?.inbox.pop_front()?;
        Some(waiting.data)
    }

    /// Ends a socket as a crash of its process does: nobody is told, and its file stays.
    pub fn crash(&mut self, id: UnixId) {
        if let Some(seat) = self.seats.remove(&id) {
            self.names.leave(seat.name.as_deref(), id);
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
        self.names.put_file(path.as_bytes());
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

    /// Has everything happen that can, and tells `handler`.
    ///
    /// # Panics
    /// When that does not end: the handler makes something happen for ever.
    pub fn run(&mut self, handler: &mut impl UnixHandler) {
        for _ in 0..MOST_ROUNDS {
            let mut has_happened = false;
            for id in self.ids() {
                has_happened |= self.act(id);
                has_happened |= self.tell(id, handler);
                has_happened |= self.show(id, handler);
            }
            if !has_happened {
                return;
            }
        }
        panic!("this does not come to rest");
    }

    fn ids(&self) -> Vec<UnixId> {
        self.seats.keys().copied().collect()
    }

    /// Does what a socket asks for; whether there was anything that came to an end.
    fn act(&mut self, id: UnixId) -> bool {
        let mut has_acted = false;
        loop {
            let Some(seat) = self.seats.get_mut(&id) else {
                return has_acted;
            };
            match seat.core.poll_action() {
                Some(UnixAction::Bind(request)) => {
                    let outcome = bind(&mut self.names, id, &request);
                    self.bound(id, outcome);
                }
                Some(UnixAction::Connect(peer)) => {
                    let outcome = self.names.find(peer);
                    let outcome = outcome.and_then(|peer| self.may_send(id, peer));
                    self.connected(id, outcome);
                }
                Some(UnixAction::Disconnect) => {
                    self.let_peer_go(id, None);
                    let core = self.get_mut(id).expect("it has asked for it");
                    core.handle_disconnect(Ok(())).expect("it is answered well");
                }
                Some(UnixAction::Close) => self.close(id),
                None => {
                    if !self.transmit(id) {
                        return has_acted;
                    }
                }
            }
            has_acted = true;
        }
    }

    fn bound(&mut self, id: UnixId, outcome: Result<(Box<[u8]>, Option<Inode>), Errno>) {
        let seat = self.seats.get_mut(&id).expect("it has asked for it");
        match outcome {
            Ok((name, inode)) => {
                seat.core.handle_bind(Ok(UnixAddress::new(&name)));
                (seat.name, seat.inode) = (Some(name), inode);
            }
            Err(errno) => seat.core.handle_bind(Err(errno)),
        }
    }

    fn connected(&mut self, id: UnixId, outcome: Result<UnixId, Errno>) {
        if let Ok(peer) = outcome {
            self.let_peer_go(id, Some(peer));
        }
        let core = self.get_mut(id).expect("it has asked for it");
        core.handle_connect(outcome.map(drop));
    }

    fn close(&mut self, id: UnixId) {
        let seat = self.seats.get_mut(&id).expect("it has asked for it");
        seat.inbox.clear();
        seat.peer = None;
        let (name, inode) = (seat.name.take(), seat.inode);
        self.names.remove_own(name.as_deref(), inode);
        self.names.leave(name.as_deref(), id);
    }

    /// Sends the next datagram of a socket; whether it came to an end.
    fn transmit(&mut self, id: UnixId) -> bool {
        let seat = self.seats.get_mut(&id).expect("it has been asked");
        let Some(transmit) = seat.core.poll_transmit() else {
            return false;
        };
        let token = transmit.token;
        let destination = transmit.destination.map(|to| self.names.find(to));
        let data = transmit.payload.pieces().concat().into_boxed_slice();
        let outcome = self.deliver(id, destination, data);
        let core = self.get_mut(id).expect("it has been asked");
        core.handle_transmit(token, outcome);
        outcome != Transmitted::Blocked
    }

    /// Tells a socket's next event; whether there was one. A socket whose last event is told is gone.
    fn tell(&mut self, id: UnixId, handler: &mut impl UnixHandler) -> bool {
        let Some(seat) = self.seats.get_mut(&id) else {
            return false;
        };
        let mut room = HostName::new();
        let event = seat.core.poll_event();
        let Some(event) = event.and_then(|event| event.detach(&mut room)) else {
            return false;
        };
        if seat.core.is_finished() {
            self.seats.remove(&id);
        }
        handler.handle(self, id, event);
        true
    }

    /// Shows a socket its next datagram; whether there was one.
    fn show(&mut self, id: UnixId, handler: &mut impl UnixHandler) -> bool {
        let Some(seat) = self.seats.get_mut(&id).filter(|seat| !seat.is_paused) else {
            return false;
        };
        // Nobody reads for an unbound socket.
        if seat.core.bind_state() != BindState::Bound {
            return false;
        }
        let Some(Waiting { sender, data }) = seat.inbox.pop_front() else {
            return false;
        };
        let message = UnixMessage::new(&data, sender.as_deref().map(UnixAddress::new));
        let message = seat.core.handle_datagram(message);
        if let Some(message) = message {
            handler.message(self, id, message);
        }
        true
    }
}

/// What a bind gives: the name, and the file if it has one.
fn bind(
    names: &mut Names,
    id: UnixId,
    request: &UnixBindRequest<'_>,
) -> Result<(Box<[u8]>, Option<Inode>), Errno> {
    let is_file = request
        .address
        .is_some_and(|address| matches!(address.name(), anydgram_core::UnixName::Path(_)));
    if request.mode.is_some_and(|mode| !is_file || mode > 0o777) {
        return Err(Errno::EINVAL);
    }
    names.bind(id, request.address, request.replace_stale)
}

/// Far more than any application that comes to rest.
const MOST_ROUNDS: usize = 1_000_000;

#[cfg(test)]
mod tests;
