//! Where a socket has its memory without feature `alloc`.

use super::containers::Fifo;
use super::{Memory, Parts};
use crate::event::PendingEvent;
use crate::queue::Queue;
use crate::stats::Rare;

/// Where a socket has its memory: in a [`Storage`](super::Storage) of the user.
pub(crate) struct MemoryRef<'s>(&'s mut dyn Memory);

impl<'s> MemoryRef<'s> {
    pub(crate) fn borrowed(memory: &'s mut dyn Memory) -> Self {
        Self(memory)
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

    /// The queue alone, unless there is none because nothing has needed it.
    pub(crate) fn queue_in_use(&mut self) -> Option<Queue<'_>> {
        Some(self.0.queue())
    }

    /// The events alone.
    pub(crate) fn events(&mut self) -> Fifo<'_, PendingEvent> {
        self.0.events()
    }

    /// What has gone wrong so far.
    pub(crate) fn rare(&self) -> Rare {
        self.0.rare()
    }

    /// The same, to count on.
    pub(crate) fn rare_mut(&mut self) -> &mut Rare {
        self.0.rare_mut()
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
    }
}
