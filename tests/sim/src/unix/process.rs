//! What runs as a process on a host of a world: a [`UnixHandler`], or tasks.

use core::fmt;

use anydgram_core::Instant;
use anydgram_core::stack::Seed;

use super::{UnixHandler, UnixHost};
use crate::tasks::Executor;

/// What runs as a process.
pub(crate) enum UnixProgram<'m> {
    Handler(Box<dyn UnixHandler + 'm>),
    Tasks(Executor<'m>),
}

impl UnixProgram<'_> {
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        match self {
            Self::Handler(handler) => handler.wake_at(),
            Self::Tasks(executor) => executor.wake_at(),
        }
    }

    /// Whether it takes datagrams as they come.
    pub(crate) const fn is_reader(&self) -> bool {
        matches!(self, Self::Handler(_))
    }
}

/// What a process starts with.
#[non_exhaustive]
pub struct UnixStart<'a> {
    /// The Unix sockets of its host: it opens its own.
    pub host: &'a mut UnixHost,
    /// The time by the host's clock.
    pub now: Instant,
    /// How often the process was started before.
    pub boots: u32,
    /// For whatever the process draws by itself: another one with each start, and the same with each run of the world.
    pub seed: Seed,
}

impl fmt::Debug for UnixStart<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnixStart")
            .field("now", &self.now)
            .field("boots", &self.boots)
            .finish_non_exhaustive()
    }
}
