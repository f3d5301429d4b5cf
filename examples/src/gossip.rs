//! Gossip: nodes that tell each other, one at a time and at random, what they know, until all know the same.
//!
//! ```text
//!  node 0 ── all that it knows ──▶ node 3 ── all that it knows ──▶ node 1 …
//! ```
//! Each node has a value that it may change. Each change has a version, so that the newest is kept wherever a datagram is
//! late, comes twice or is lost: it is told again. A node that starts anew learns from the others which versions of its own
//! value it has had, and goes on from there.
//!
//! It is a [`Handler`] that knows the core only, with a clock and without a heap: the same file runs on the operating
//! system's sockets, on a userspace stack, and in a simulated world, where much goes wrong. [`Restart::Forgets`] is a bug, to be
//! found there.

use core::fmt;
use core::time::Duration;

use anydgram_core::stack::{Random, Seed};
use anydgram_core::{
    BindOptions, BindState, Datagram, Endpoint, Errno, Error, Event, Handler, Instant, Socket,
    SocketId, Sockets, Syscall, SystemError,
};

/// How often a node tells another one.
pub const INTERVAL: Duration = Duration::from_millis(100);

/// A value of a node, as another one knows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "all there is to know")]
pub struct Entry {
    /// How often it was set; 0: never, as far as is known.
    pub version: u32,
    /// What it is.
    pub value: u32,
}

/// What a node that starts anew does with what the others know of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "right, and wrong")]
pub enum Restart {
    /// It goes on from the version that it had.
    #[default]
    GoesOn,
    /// It begins with the first version. A bug, planted: the others keep what is newer, and never hear of its new values. It
    /// shows only where a node crashes.
    Forgets,
}

/// A node, of `N`.
pub struct Gossip<const N: usize> {
    socket: SocketId,
    me: usize,
    peers: [Endpoint; N],
    restart: Restart,
    entries: [Entry; N],
    random: Random,
    next: Instant,
}

impl<const N: usize> Gossip<N> {
    /// Begins as the node `me` of `peers`: binds `socket`, which is of the address' family, and tells from `now` on.
    /// `seed` decides whom.
    ///
    /// # Errors
    /// `ENOBUFS`: there is no room for the socket, or for that many nodes in a datagram; `EINVAL`: `me` is none of the peers.
    pub fn start<'s>(
        sockets: &mut Sockets<'_, 's>,
        mut socket: Socket<'s>,
        (me, peers): (usize, [Endpoint; N]),
        (now, seed): (Instant, Seed),
    ) -> Result<Self, Error<'static>> {
        if N * ENTRY > LONGEST {
            return Err(SystemError::new(Syscall::Bind, Errno::ENOBUFS).into());
        }
        let own = peers.get(me);
        let own = own.ok_or_else(|| SystemError::new(Syscall::Bind, Errno::EINVAL))?;
        socket.bind(BindOptions::from(*own))?;
        let added = sockets.add(socket);
        let full = |_| SystemError::new(Syscall::Bind, Errno::ENOBUFS);
        Ok(Self {
            socket: added.map_err(full)?,
            me,
            peers,
            restart: Restart::GoesOn,
            entries: [Entry::default(); N],
            random: Random::new(seed),
            next: now.saturating_add(INTERVAL),
        })
    }

    /// The same with another way to [start anew](Restart).
    #[must_use]
    pub const fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Sets the value of this node.
    pub fn set(&mut self, value: u32) {
        if let Some(own) = self.entries.get_mut(self.me) {
            own.version = own.version.saturating_add(1);
            own.value = value;
        }
    }

    /// What is known of all nodes.
    #[must_use]
    pub const fn entries(&self) -> &[Entry; N] {
        &self.entries
    }

    /// Says goodbye to nobody: the others go on telling, and hear nothing.
    pub fn stop(&self, sockets: &mut Sockets<'_, '_>) {
        if let Some(socket) = sockets.get_mut(self.socket) {
            // One that is closed stays so.
            socket.close().ok();
        }
    }

    /// Takes what another node knows.
    fn hear(&mut self, told: &[u8]) {
        let (told, rest) = told.as_chunks::<ENTRY>();
        if told.len() != N || !rest.is_empty() {
            // It is none of these nodes.
            return;
        }
        let nodes = self.entries.iter_mut().zip(told).zip(0..);
        for ((known, &[a, b, c, d, e, f, g, h]), node) in nodes {
            let version = u32::from_be_bytes([a, b, c, d]);
            let value = u32::from_be_bytes([e, f, g, h]);
            let told = Entry { version, value };
            if node != self.me {
                if told.version > known.version {
                    *known = told;
                }
            } else if told.version >= known.version
                && told != *known
                && self.restart == Restart::GoesOn
            {
                // From before this node started anew: what it has set since is newer.
                let value = if known.version == 0 {
                    value
                } else {
                    known.value
                };
                let version = told.version.saturating_add(1);
                *known = Entry { version, value };
            }
        }
    }

    /// Tells another node, or binds again if that failed: the address may have come since.
    fn tell(&mut self, sockets: &mut Sockets<'_, '_>) {
        let Some(socket) = sockets.get_mut(self.socket) else {
            return;
        };
        if socket.bind_state() == BindState::Unbound {
            if let Some(own) = self.peers.get(self.me) {
                socket.bind(BindOptions::from(*own)).ok();
            }
            return;
        }
        let others = u32::try_from(N.saturating_sub(1)).unwrap_or(u32::MAX);
        let other = usize::try_from(self.random.below(others)).unwrap_or(0);
        let other = if other < self.me {
            other
        } else {
            other.saturating_add(1)
        };
        let mut told = [0; LONGEST];
        let (chunks, _) = told.as_chunks_mut::<ENTRY>();
        for (chunk, entry) in chunks.iter_mut().zip(&self.entries) {
            let [a, b, c, d] = entry.version.to_be_bytes();
            let [e, f, g, h] = entry.value.to_be_bytes();
            *chunk = [a, b, c, d, e, f, g, h];
        }
        if let (Some(peer), Some(told)) = (self.peers.get(other), told.get(..N * ENTRY)) {
            // What finds no room is told again.
            socket.send(Datagram::new(told).to(*peer).unreported()).ok();
        }
    }
}

impl<const N: usize> Handler for Gossip<N> {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event {
            self.hear(message.data);
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        self.next = now.saturating_add(INTERVAL);
        self.tell(sockets);
    }
}

impl<const N: usize> fmt::Debug for Gossip<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gossip")
            .field("me", &self.me)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}

/// Bytes of an entry, and of the longest datagram.
const ENTRY: usize = 8;
const LONGEST: usize = 512;
