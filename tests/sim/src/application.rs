//! What runs on a host: a [`Handler`], as on every backend.

use anydgram_core::stack::Seed;
use anydgram_core::{Handler, Instant, Sockets};

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

impl Handler for Nobody {
    fn handle(
        &mut self,
        _: &mut Sockets<'_, '_>,
        _: anydgram_core::SocketId,
        _: anydgram_core::Event<'_>,
    ) {
    }
}
