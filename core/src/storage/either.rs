//! Where a socket has its memory with feature `alloc`.

use super::containers::Fifo;
use super::{Growable, Memory, Parts};
use crate::datagram::Datagram;
use crate::event::PendingEvent;
use crate::queue::Queue;
use crate::socket::options::Settings;
use crate::stats::Rare;

/// What few sockets have, and is therefore not in the socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aside {
    /// What has gone wrong so far.
    pub(crate) rare: Rare,
    /// The socket options that were set.
    pub(super) settings: Settings,
}

impl Aside {
    pub(super) const fn new() -> Self {
        Self {
            rare: Rare::new(),
            settings: Settings::new(),
        }
    }
}

/// Where a socket has its memory.
pub(crate) enum MemoryRef<'s> {
    /// In a [`Storage`](super::Storage) of the user.
    Borrowed(&'s mut dyn Memory),
    /// On the heap, as soon as it is needed.
    Owned(Growable),
}

impl<'s> MemoryRef<'s> {
    pub(crate) fn borrowed(memory: &'s mut dyn Memory) -> Self {
        Self::Borrowed(memory)
    }

    /// All of it.
    pub(crate) fn parts(&mut self) -> Parts<'_> {
        match self {
            Self::Borrowed(memory) => memory.parts(),
            Self::Owned(memory) => memory.parts(),
        }
    }

    /// All of it, unless there is none because nothing has needed it.
    pub(crate) fn parts_in_use(&mut self) -> Option<Parts<'_>> {
        match self {
            Self::Borrowed(memory) => Some(memory.parts()),
            Self::Owned(memory) => memory.parts_in_use(),
        }
    }

    /// The queue alone.
    pub(crate) fn queue(&mut self) -> Queue<'_> {
        match self {
            Self::Borrowed(memory) => memory.queue(),
            Self::Owned(memory) => memory.queue(),
        }
    }

    /// The queue without entries for the [alike](Self::alike).
    pub(crate) fn queue_as_it_is(&mut self) -> Queue<'_> {
        match self {
            Self::Borrowed(memory) => memory.queue(),
            Self::Owned(memory) => memory.queue_as_it_is(),
        }
    }

    /// How many datagrams behind the last entry are like it and have no entries.
    pub(crate) fn alike(&self) -> u32 {
        match self {
            Self::Borrowed(_) => 0,
            Self::Owned(memory) => memory.alike(),
        }
    }

    /// Whether a datagram that is like the last one would be kept without an entry.
    #[inline]
    pub(crate) fn expects_alike(&self) -> bool {
        match self {
            Self::Borrowed(_) => false,
            Self::Owned(memory) => memory.expects_alike(),
        }
    }

    /// Keeps a datagram that is like the last one; whether it did.
    #[inline]
    pub(crate) fn push_alike(&mut self, datagram: &Datagram<'_>, number: u64) -> bool {
        match self {
            Self::Borrowed(_) => false,
            Self::Owned(memory) => memory.push_alike(datagram, number),
        }
    }

    /// Notes that a datagram that was queued may be followed by others that are like it.
    #[inline]
    pub(crate) fn expect_alike(&mut self, len: usize) {
        if let Self::Owned(memory) = self {
            memory.expect_alike(len);
        }
    }

    /// Forgets them if they were among the first `count` datagrams of the queue; how many they were.
    pub(crate) fn take_alike(&mut self, count: usize) -> u32 {
        match self {
            Self::Borrowed(_) => 0,
            Self::Owned(memory) => memory.take_alike(count),
        }
    }

    /// The queue alone, unless there is none because nothing has needed it.
    pub(crate) fn queue_in_use(&mut self) -> Option<Queue<'_>> {
        match self {
            Self::Borrowed(memory) => Some(memory.queue()),
            Self::Owned(memory) => memory.queue_in_use(),
        }
    }

    /// The events alone.
    pub(crate) fn events(&mut self) -> Fifo<'_, PendingEvent> {
        match self {
            Self::Borrowed(memory) => memory.events(),
            Self::Owned(memory) => memory.events(),
        }
    }

    /// What few sockets have.
    pub(crate) fn aside(&self) -> &Aside {
        match self {
            Self::Borrowed(memory) => memory.aside(),
            Self::Owned(memory) => memory.aside(),
        }
    }

    /// The same, to be changed.
    pub(crate) fn aside_mut(&mut self) -> &mut Aside {
        match self {
            Self::Borrowed(memory) => memory.aside_mut(),
            Self::Owned(memory) => memory.aside_mut(),
        }
    }

    /// The options that were set.
    pub(crate) fn settings(&self) -> &Settings {
        &self.aside().settings
    }

    /// The same, to be changed.
    pub(crate) fn settings_mut(&mut self) -> &mut Settings {
        &mut self.aside_mut().settings
    }

    /// Lets memory go that grows, while nothing is in it.
    #[cold]
    pub(crate) fn rest(&mut self) {
        if let Self::Owned(memory) = self {
            memory.rest();
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        match self {
            Self::Borrowed(memory) => memory.clear(),
            Self::Owned(memory) => memory.clear(),
        }
    }
}
