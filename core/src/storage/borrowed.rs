//! Where a socket has its memory without feature `alloc`.

use super::containers::Fifo;
use super::{Memory, Parts};
use crate::datagram::Datagram;
use crate::event::PendingEvent;
use crate::queue::Queue;
use crate::socket::options::Settings;
use crate::stats::Rare;

/// Where a socket has its memory: in a [`Storage`](super::Storage) of the user.
pub(crate) struct MemoryRef<'s>(&'s mut dyn Memory, Settings);

/// What has gone wrong so far: the socket itself would be no smaller on a machine where it has its memory anyway.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aside {
    pub(crate) rare: Rare,
}

impl Aside {
    pub(super) const fn new() -> Self {
        Self { rare: Rare::new() }
    }
}

impl<'s> MemoryRef<'s> {
    pub(crate) fn borrowed(memory: &'s mut dyn Memory) -> Self {
        Self(memory, Settings::new())
    }

    /// All of it.
    pub(crate) fn parts(&mut self) -> Parts<'_> {
        self.0.parts()
    }

    /// All of it, unless there is none because nothing has needed it.
    pub(crate) fn parts_in_use(&mut self) -> Option<Parts<'_>> {
        Some(self.0.parts())
    }

    /// The queue alone.
    pub(crate) fn queue(&mut self) -> Queue<'_> {
        self.0.queue()
    }

    /// The queue without entries for the [alike](Self::alike).
    pub(crate) fn queue_as_it_is(&mut self) -> Queue<'_> {
        self.0.queue()
    }

    /// How many datagrams behind the last entry are like it and have no entries: where memory is fixed, none.
    #[expect(
        clippy::unused_self,
        reason = "memory that grows keeps datagrams without entries"
    )]
    pub(crate) const fn alike(&self) -> u32 {
        0
    }

    /// Whether a datagram that is like the last one would be kept without an entry.
    #[expect(clippy::unused_self, reason = "as above")]
    pub(crate) const fn expects_alike(&self) -> bool {
        false
    }

    /// Keeps a datagram that is like the last one; whether it did.
    #[expect(
        clippy::unused_self,
        clippy::needless_pass_by_ref_mut,
        reason = "as above"
    )]
    pub(crate) const fn push_alike(&mut self, _: &Datagram<'_>, _number: u64) -> bool {
        false
    }

    /// Notes that a datagram that was queued may be followed by others that are like it.
    #[expect(
        clippy::unused_self,
        clippy::needless_pass_by_ref_mut,
        reason = "as above"
    )]
    pub(crate) const fn expect_alike(&mut self, _len: usize) {}

    /// Forgets them if they were among the first `count` datagrams of the queue; how many they were.
    #[expect(
        clippy::unused_self,
        clippy::needless_pass_by_ref_mut,
        reason = "as above"
    )]
    pub(crate) const fn take_alike(&mut self, _count: usize) -> u32 {
        0
    }

    /// The queue alone, unless there is none because nothing has needed it.
    pub(crate) fn queue_in_use(&mut self) -> Option<Queue<'_>> {
        Some(self.0.queue())
    }

    /// The events alone.
    pub(crate) fn events(&mut self) -> Fifo<'_, PendingEvent> {
        self.0.events()
    }

    /// What few sockets have.
    pub(crate) fn aside(&self) -> &Aside {
        self.0.aside()
    }

    /// The same, to be changed.
    pub(crate) fn aside_mut(&mut self) -> &mut Aside {
        self.0.aside_mut()
    }

    /// The options that were set.
    pub(crate) const fn settings(&self) -> &Settings {
        &self.1
    }

    /// The same, to be changed.
    pub(crate) const fn settings_mut(&mut self) -> &mut Settings {
        &mut self.1
    }

    /// Nothing: it is the user's.
    #[expect(
        clippy::unused_self,
        reason = "memory that grows has something to let go"
    )]
    pub(crate) const fn rest(&self) {}

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
        self.1 = Settings::new();
    }
}
