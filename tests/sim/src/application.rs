//! What runs on a host: a [`Handler`], as on every backend.

use anydgram_core::stack::Seed;
use anydgram_core::{Handler, Instant, Sockets};

use crate::host::Lent;
use crate::tasks::{Executor, Note};
use crate::unix::{UnixHandler, UnixHost, UnixId};

/// What runs on a host: a handler, or tasks.
pub(crate) enum Program<'m> {
    Handler(Box<dyn Handler + 'm>),
    Tasks(Executor<'m>),
}

impl<'m> Program<'m> {
    /// Whoever is told what happens to the sockets.
    pub(crate) fn handler(&mut self) -> &mut (dyn Handler + 'm) {
        match self {
            Self::Handler(handler) => handler.as_mut(),
            Self::Tasks(executor) => executor,
        }
    }

    pub(crate) fn wake_at(&self) -> Option<Instant> {
        match self {
            Self::Handler(handler) => handler.wake_at(),
            Self::Tasks(executor) => executor.wake_at(),
        }
    }

    /// What must never be, as tasks have seen.
    pub(crate) fn take_broken(&self) -> Option<String> {
        match self {
            Self::Handler(_) => None,
            Self::Tasks(executor) => executor.take_broken(),
        }
    }

    /// Whether it wants to be woken.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        self.wake_at().is_some_and(|at| at <= now)
    }

    /// It is time; what the trace is told of it.
    pub(crate) fn wake(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'m, 'static>,
        engine: &mut Option<Lent<'m>>,
        unix: &mut Option<Box<UnixHost>>,
    ) -> Vec<Note> {
        match self {
            Self::Handler(handler) => {
                handler.wake(sockets, now);
                Vec::new()
            }
            Self::Tasks(executor) => {
                executor.wake(now, sockets, engine, unix);
                executor.take_notes()
            }
        }
    }
}

/// What an application starts with.
#[derive(Debug)]
#[non_exhaustive]
pub struct Start<'a, 'm> {
    /// The sockets of the host: none.
    pub sockets: &'a mut Sockets<'m, 'static>,
    /// The time by the host's clock.
    pub now: Instant,
    /// How often the host was started before.
    pub boots: u32,
    /// For whatever the application draws by itself: another one with each start, and the same with each run of the world.
    pub seed: Seed,
}

/// A host without an application.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it is nobody")]
pub struct Nobody;

impl UnixHandler for Nobody {
    fn handle(&mut self, _: &mut UnixHost, _: UnixId, _: anydgram_core::Event<'_>) {}

    fn message(&mut self, _: &mut UnixHost, _: UnixId, _: anydgram_core::UnixMessage<'_>) {}
}

impl Handler for Nobody {
    fn handle(
        &mut self,
        _: &mut Sockets<'_, '_>,
        _: anydgram_core::SocketId,
        _: anydgram_core::Event<'_>,
    ) {
    }
}
