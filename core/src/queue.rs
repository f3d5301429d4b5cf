//! The send queue: what waits to be looked up, bound for, connected for or sent, in the order of its calls.
//!
//! An [`Entry`] is a datagram, a `connect`, or a `bind` to a host name; their [`Content`]s lie in
//! the [`Arena`]'s bytes, each entry's in one piece. An entry *stands in line* while it is
//! [`Stage::Waiting`] or [`Stage::Ready`]; one under look-up does not, so that a slow name delays nobody.

mod arena;
mod content;
mod departing;
mod tally;

cfg_if::cfg_if! {
    if #[cfg(feature = "alloc")] {
        mod alike;
    }
}

pub(crate) use arena::Arena;
use arena::Bytes;
pub(crate) use content::{Content, name_of};
pub use departing::Waiting;
pub(crate) use tally::Tally;

use crate::address::{Address, Host};
use crate::error::{Errno, Error, ErrorAddress, Misuse, Syscall, SystemError};
use crate::payload::Payload;
use crate::storage::containers::{Fifo, Room};

/// One call that is not done yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Counts calls; also the call's send or lookup token.
    pub(crate) number: u64,
    pub(crate) kind: Kind,
    pub(crate) stage: Stage,
    pub(crate) host: HostKind,
    /// The literal or resolved address.
    pub(crate) address: Address,
    pub(crate) port: u16,
    /// The length of a payload that is longer than a datagram can be, and was left where it was; else 0.
    excess: u32,
    /// It could have left when it was settled.
    was_queued: bool,
    name_len: u8,
    meta_len: u8,
    start: u32,
    size: u32,
    padding: u32,
}

/// Bytes of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

/// What an entry does when its turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Gives `bind` its address.
    Bind,
    /// Gives `connect` its address, and keeps later sends behind it.
    Connect,
    /// Sends a datagram.
    Send { report: bool, to_peer: bool },
}

/// How far an entry has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The socket is not bound yet.
    Waiting,
    /// The backend has not been asked for the name yet.
    NeedsLookup,
    /// The backend is looking the name up.
    LookingUp,
    /// Can be done.
    Ready,
    /// Failed; its event, which needs the name, has not been polled.
    Settled(Failure),
    /// Done with; its memory is freed when it is the oldest.
    Released,
}

/// Why an entry failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The lookup of its host.
    Lookup(Errno),
    /// Its own system call.
    System(Errno),
    /// The block list.
    Blocked,
}

/// How the caller gave the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostKind {
    Default,
    Ip,
    /// A host name; in the queue of a Unix socket, an address.
    Name,
}

impl Entry {
    /// An entry for a call to `host`, whose default address is `default`.
    pub(crate) fn new(number: u64, kind: Kind, host: Host<'_>, default: Address) -> Self {
        let (host, address) = match host {
            Host::Default => (HostKind::Default, default),
            Host::Ip(address) => (HostKind::Ip, address),
            Host::Name(_) => (HostKind::Name, default),
        };
        Self::to_address(number, kind, host, address)
    }

    /// An entry for a call whose host is, or stands for, `address`.
    #[inline]
    pub(crate) fn to_address(number: u64, kind: Kind, host: HostKind, address: Address) -> Self {
        Self {
            number,
            kind,
            stage: Stage::Waiting,
            host,
            address,
            port: 0,
            excess: 0,
            was_queued: false,
            name_len: 0,
            meta_len: 0,
            start: 0,
            size: 0,
            padding: 0,
        }
    }

    /// Notes that the payload, of `len` bytes, is longer than a datagram can be.
    pub(crate) const fn mark_too_long(&mut self, len: u32) {
        self.excess = len;
    }

    pub(crate) const fn is_too_long(&self) -> bool {
        self.excess > 0
    }

    /// Whether later entries have to wait for this one.
    pub(crate) const fn stands_in_line(&self) -> bool {
        matches!(self.stage, Stage::Waiting | Stage::Ready)
    }

    /// Moves to `stage` and keeps `tally` right.
    pub(crate) fn advance(&mut self, stage: Stage, tally: &mut Tally) {
        self.was_queued = matches!(stage, Stage::Settled(_)) && self.is_queued();
        let before = *self;
        self.stage = stage;
        tally.open.correct(before.is_open(), self.is_open());
        let (was_in_line, is_in_line) = (before.stands_in_line(), self.stands_in_line());
        tally.in_line.correct(was_in_line, is_in_line);
    }

    /// Whether it only keeps its place.
    const fn is_released(&self) -> bool {
        matches!(self.stage, Stage::Released)
    }

    /// Whether neither its result nor its end has come.
    pub(crate) const fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Settled(_) | Stage::Released)
    }

    /// Whether this is a datagram that could leave, or could have but for its event, which needs the name.
    pub(crate) const fn is_queued(&self) -> bool {
        let is_datagram = matches!(self.kind, Kind::Send { .. });
        is_datagram && (matches!(self.stage, Stage::Ready) || self.was_queued)
    }

    /// The failure as Node words it. `name` is the host as it was given.
    pub(crate) fn error<'n>(&self, failure: Failure, name: &'n str) -> Error<'n> {
        let given = match (self.host, failure) {
            // A lookup was asked for the default address.
            (HostKind::Default, Failure::Lookup(_)) | (HostKind::Ip, _) => {
                ErrorAddress::Ip(self.address)
            }
            (HostKind::Default, Failure::System(_) | Failure::Blocked) => ErrorAddress::Undefined,
            (HostKind::Name, _) => ErrorAddress::Name(name),
        };
        let syscall = match self.kind {
            Kind::Bind => Syscall::Bind,
            Kind::Connect => Syscall::Connect,
            Kind::Send { .. } => Syscall::Send,
        };
        match (failure, self.kind) {
            (Failure::Blocked, _) => Misuse::IpBlocked(self.address).into(),
            (Failure::Lookup(errno), _) => {
                SystemError::at(Syscall::GetAddrInfo, errno, given, 0).into()
            }
            (Failure::System(errno), Kind::Send { to_peer: true, .. }) => {
                SystemError::new(syscall, errno).into()
            }
            (Failure::System(errno), _) => SystemError::at(syscall, errno, given, self.port).into(),
        }
    }
}

/// The queue with its memory, borrowed for one step.
pub(crate) struct Queue<'p> {
    pub(crate) entries: Fifo<'p, Entry>,
    bytes: Bytes<'p>,
    arena: &'p mut Arena,
}

impl<'p> Queue<'p> {
    pub(crate) fn new(entries: Fifo<'p, Entry>, room: Room<'p>, arena: &'p mut Arena) -> Self {
        Self {
            entries,
            bytes: Bytes(room),
            arena,
        }
    }

    /// Appends `entry` with copies of what is before its payload and of that; `false`, and nothing changed, when it does
    /// not fit. How much is before, the entry knows.
    #[inline]
    pub(crate) fn push<'b>(
        &mut self,
        entry: &Entry,
        before: impl IntoIterator<Item = &'b [u8]> + Copy,
        payload: &Payload<'_>,
        tally: &mut Tally,
    ) -> bool {
        debug_assert!(entry.is_open(), "it is new");
        let pieces = before.into_iter();
        let size = pieces.fold(payload.len(), |size, piece| {
            size.saturating_add(piece.len())
        });
        let Ok(size) = u32::try_from(size) else {
            return false;
        };
        if self.entries.is_full() {
            // Whoever sends faster than the system is told so often: no search then.
            if self.arena.released == 0 {
                return false;
            }
            self.purge();
        }
        let Some(place) = self.arena.place(&mut self.bytes, &mut self.entries, size) else {
            return false;
        };
        let mut at = place.start;
        for piece in before {
            at = self.bytes.write(at, piece);
        }
        match payload {
            Payload::Slice(piece) => {
                self.bytes.write(at, piece);
            }
            Payload::List(pieces) => {
                for piece in *pieces {
                    at = self.bytes.write(at, piece);
                }
            }
        }
        tally.open.correct(false, true);
        tally.in_line.correct(false, entry.stands_in_line());
        self.entries.push_back(Entry {
            size,
            start: place.start,
            padding: place.padding,
            ..*entry
        })
    }

    /// Whether an entry of `size` bytes would fit if the queue were empty.
    pub(crate) fn could_hold(&self, size: usize) -> bool {
        self.entries.capacity() > 0 && self.bytes.could_hold(size)
    }

    /// Whether an entry of `size` bytes would fit if no send were waiting.
    pub(crate) fn could_hold_without_sends(&self, size: usize) -> bool {
        let kept = self.entries.iter().filter(|entry| {
            let is_waiting_send = entry.is_open() && matches!(entry.kind, Kind::Send { .. });
            entry.stage != Stage::Released && !is_waiting_send
        });
        let (count, size) = kept.fold((0_usize, size), |(count, size), entry| {
            let bytes = usize::try_from(entry.size).unwrap_or(usize::MAX);
            (count.saturating_add(1), size.saturating_add(bytes))
        });
        count < self.entries.capacity() && self.bytes.could_hold(size)
    }

    /// Removes the entries that are done with but not the oldest. Their bytes are free when all others are
    /// moved together the next time.
    fn purge(&mut self) {
        for _ in 0..self.entries.len() {
            let Some(entry) = self.entries.pop_front() else {
                break;
            };
            if !entry.is_released() {
                let fits = self.entries.push_back(entry);
                debug_assert!(fits, "it has just been taken out");
            }
        }
        self.arena.released = 0;
    }

    /// The entry of this number.
    pub(crate) fn find(&mut self, number: u64) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.number == number)
    }

    /// The first entry that stands in line.
    pub(crate) fn first_in_line(&self) -> Option<&Entry> {
        let oldest = self.entries.front()?;
        if oldest.stands_in_line() {
            return Some(oldest);
        }
        self.entries.iter().find(|entry| entry.stands_in_line())
    }

    /// Gives the queue up for some of its bytes.
    pub(crate) fn into_slice(self, span: Span) -> &'p [u8] {
        self.bytes.into_slice(span.start, span.len)
    }

    /// Frees the memory of the entry of this number, at once or when it is the oldest. Does not touch bytes.
    pub(crate) fn release(&mut self, number: u64, tally: &mut Tally) {
        let entry = self.find(number).filter(|entry| !entry.is_released());
        if let Some(entry) = entry {
            entry.advance(Stage::Released, tally);
            self.arena.released = self.arena.released.saturating_add(1);
        }
        self.pop_released();
    }

    /// Removes the oldest entry, which stands in line.
    #[inline]
    pub(crate) fn pop_front(&mut self, tally: &mut Tally) {
        let Some(entry) = self.entries.front() else {
            return;
        };
        let (padding, size) = (entry.padding, entry.size);
        tally.open.correct(true, false);
        tally.in_line.correct(true, false);
        self.free_front(padding, size);
        if self.arena.released > 0 {
            self.pop_released();
        }
    }

    /// Removes the oldest entries as far as they are done with.
    fn pop_released(&mut self) {
        while let Some(entry) = self.entries.front().filter(|entry| entry.is_released()) {
            let (padding, size) = (entry.padding, entry.size);
            self.free_front(padding, size);
            self.arena.released = self.arena.released.saturating_sub(1);
        }
    }

    fn free_front(&mut self, padding: u32, size: u32) {
        let freed = padding.saturating_add(size);
        self.arena.free(self.bytes.capacity(), freed);
        self.entries.pop_front();
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        *self.arena = Arena::new();
    }
}

#[cfg(test)]
mod tests;
