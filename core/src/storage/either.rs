//! Where a socket has its memory with feature `alloc`.

use super::containers::Fifo;
use super::{Growable, Memory, Parts};
use crate::event::PendingEvent;
use crate::queue::Queue;
use crate::stats::Rare;

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

    /// What has gone wrong so far.
    pub(crate) fn rare(&self) -> Rare {
        match self {
            Self::Borrowed(memory) => memory.rare(),
            Self::Owned(memory) => memory.rare(),
        }
    }

    /// The same, to count on.
    pub(crate) fn rare_mut(&mut self) -> &mut Rare {
        match self {
            Self::Borrowed(memory) => memory.rare_mut(),
            Self::Owned(memory) => memory.rare_mut(),
        }
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
