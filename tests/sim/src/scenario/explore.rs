//! A scenario with many seeds.

use alloc::collections::BTreeMap;
use core::fmt;

use super::{Outcome, Scenario};
use crate::fault::Kind;
use crate::host::Memory;
use crate::trace::Why;
use crate::world::WorldOptions;

/// What came of a scenario with many seeds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explored {
    /// How many seeds.
    pub seeds: u64,
    /// Datagrams that left hosts.
    pub datagrams: u64,
    /// Frames that did, in a world of frames.
    pub frames: u64,
    /// Things that went wrong.
    pub faults: u64,
    /// Of these, how many of each [kind](crate::Kind::name).
    pub kinds: BTreeMap<&'static str, u64>,
    /// Datagrams that came to nobody, or not by one way, by reason.
    pub drops: BTreeMap<Why, u64>,
    /// Things that were done.
    pub steps: u64,
    /// A hash of the hashes of all runs, in the order of the seeds.
    pub hash: u64,
    /// The first runs that failed, ten at most.
    pub failures: Vec<Failure>,
    /// How many failed.
    pub failed: u64,
}

/// A run that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What came of it.
    pub outcome: Outcome,
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seeds,
            datagrams,
            frames,
            faults,
            failed,
            hash,
            ..
        } = self;
        write!(f, "{seeds} seeds, {datagrams} datagrams, ")?;
        if *frames > 0 {
            write!(f, "{frames} frames, ")?;
        }
        write!(f, "{faults} faults, {failed} failed, hash {hash:016x}")
    }
}

impl Explored {
    /// How often each kind of fault happened and each reason to drop a datagram was given, a line for each.
    ///
    /// # Examples
    /// ```
    /// use anydgram_sim::scenario::{SCENARIOS, explore};
    /// use anydgram_sim::{Rates, WorldOptions};
    ///
    /// let options = WorldOptions::new(0).rates(Rates::all());
    /// let explored = explore(&SCENARIOS[0], &options, 10, |_| true);
    /// assert!(explored.reach().contains("fault lose "));
    /// assert!(explored.reach().contains("dropped: the link is down "));
    /// ```
    #[must_use]
    pub fn reach(&self) -> String {
        let kinds = Kind::NAMES.iter().map(|&name| {
            let count = self.kinds.get(name).copied().unwrap_or(0);
            (format!("fault {name}"), count)
        });
        let drops = Why::ALL.iter().map(|why| {
            let count = self.drops.get(why).copied().unwrap_or(0);
            (format!("dropped: {why}"), count)
        });
        let lines = kinds.chain(drops);
        let lines = lines.map(|(what, count)| format!("{what:36} {count:>12}\n"));
        lines.collect()
    }
}

/// Runs a scenario with `count` seeds, from that of the options on. `progress` is told after each how it looks so far; it ends
/// the run by `false`.
#[must_use]
pub fn explore(
    scenario: &Scenario,
    options: &WorldOptions,
    count: u64,
    mut progress: impl FnMut(&Explored) -> bool,
) -> Explored {
    let mut explored = Explored::default();
    let mut memory = Memory::default();
    for seed in (0..count).map(|at| options.seed.wrapping_add(at)) {
        let options = options.clone().seed(seed);
        let (outcome, ()) = scenario.run_in(&mut memory, &options, |_| ());
        explored.seeds += 1;
        explored.datagrams += outcome.datagrams;
        explored.frames += outcome.frames;
        explored.faults += u64::try_from(outcome.faults.len()).unwrap_or(u64::MAX);
        for fault in &outcome.faults {
            *explored.kinds.entry(fault.kind.name()).or_default() += 1;
        }
        for (why, count) in &outcome.drops {
            *explored.drops.entry(*why).or_default() += count;
        }
        explored.steps += outcome.steps;
        let both = [explored.hash.to_le_bytes(), outcome.hash.to_le_bytes()];
        explored.hash = crate::trace::digest(&both.concat());
        if outcome.violation.is_some() {
            explored.failed += 1;
            if explored.failures.len() < KEPT {
                explored.failures.push(Failure { seed, outcome });
            }
        }
        if !progress(&explored) {
            break;
        }
    }
    explored
}

/// How many failures are kept.
const KEPT: usize = 10;
