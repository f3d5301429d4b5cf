//! Worlds to explore: what `sim explore` runs for many seeds.

mod check;
mod clients;
mod discovery;
mod explore;
mod gossip;
mod knowledge;
mod letters;
mod multicast;
mod syslog;

pub use explore::{Explored, Failure, explore};

use alloc::collections::BTreeMap;

use crate::fault::Fault;
use crate::host::Memory;
use crate::trace::Why;
use crate::world::{Violation, World, WorldOptions, simulate_in};

/// A world, what happens in it, and what must come of it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// How it is called.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    run: fn(&mut World<'_>) -> Result<(), Violation>,
}

/// All scenarios there are.
pub const SCENARIOS: [Scenario; 6] = [
    discovery::SCENARIO,
    gossip::SCENARIO,
    letters::SCENARIO,
    clients::SCENARIO,
    multicast::SCENARIO,
    syslog::SCENARIO,
];

/// What came of a scenario with one seed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The hash of all that happened.
    pub hash: u64,
    /// Datagrams that left hosts.
    pub datagrams: u64,
    /// Frames that did, in a world of frames.
    pub frames: u64,
    /// Things that were done.
    pub steps: u64,
    /// What went wrong.
    pub faults: Vec<Fault>,
    /// Datagrams that came to nobody, or not by one way, by reason.
    pub drops: BTreeMap<Why, u64>,
    /// What must never be, if it was.
    pub violation: Option<Violation>,
}

impl Scenario {
    /// A scenario of the caller's: `run` builds a world, lets it go, and says what must not have been.
    #[must_use]
    pub const fn new(
        name: &'static str,
        about: &'static str,
        run: fn(&mut World<'_>) -> Result<(), Violation>,
    ) -> Self {
        Self { name, about, run }
    }

    /// Runs it, and [ends](World::drain) all hosts.
    #[must_use]
    pub fn run(&self, options: &WorldOptions) -> Outcome {
        self.run_and(options, |_| ()).0
    }

    /// Runs it, [ends](World::drain) all hosts, and has the world looked at.
    pub fn run_and<R>(
        &self,
        options: &WorldOptions,
        look: impl FnOnce(&World<'_>) -> R,
    ) -> (Outcome, R) {
        self.run_in(&mut Memory::default(), options, look)
    }

    /// Does so in memory that worlds before it may have had.
    fn run_in<R>(
        &self,
        memory: &mut Memory,
        options: &WorldOptions,
        look: impl FnOnce(&World<'_>) -> R,
    ) -> (Outcome, R) {
        simulate_in(memory, options, |world| {
            let end = (self.run)(world).and_then(|()| world.drain());
            let violation = end.err();
            let outcome = Outcome {
                hash: world.hash(),
                datagrams: world.datagrams(),
                frames: world.frames(),
                steps: world.steps(),
                faults: world.faults().to_vec(),
                drops: world.drops().collect(),
                violation,
            };
            let looked = look(world);
            (outcome, looked)
        })
    }

    /// The fewest of the faults of a failed run, with these options, with which it still fails.
    #[must_use]
    pub fn shrink(&self, options: &WorldOptions, faults: &[Fault]) -> Vec<Fault> {
        let mut memory = Memory::default();
        crate::shrink(faults, |part| {
            let options = options.clone().script(part.to_vec());
            let (outcome, ()) = self.run_in(&mut memory, &options, |_| ());
            outcome.violation.is_some()
        })
    }
}

#[cfg(test)]
mod tests;
