//! All sequences up to a length; or, merged where nothing that could show later differs, all states up to a depth.

use core::fmt;
use core::hash::Hasher as _;
use core::sync::atomic::{AtomicU64, Ordering};
use std::collections::HashSet;
use std::hash::DefaultHasher;
use std::thread;

use crate::config::Config;
use crate::coverage::{Coverage, State, state_of};
use crate::fault::Fault;
use crate::run::{Violation, check_and};
use crate::symbol::{Move, Symbol};
use crate::world::World;

/// Sequences that a thread takes at a time.
const CHUNK: u64 = 512;

/// What is explored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Search {
    /// The sockets.
    pub configs: Vec<Config>,
    /// What is done to each of them.
    pub symbols: Vec<Symbol>,
    /// How many symbols a sequence has, at most.
    pub length: u32,
    /// Goes on from one sequence only of those that have led to the same state.
    pub is_merged: bool,
    /// How many threads share the work, at least 1.
    pub threads: usize,
    /// A fault to plant into each socket.
    pub fault: Option<Fault>,
}

/// What has come of it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Explored {
    /// Sequences that were run from the beginning to rest.
    pub sequences: u64,
    /// The first of the shortest sequences that lead to what must not be.
    pub violation: Option<Violation>,
    /// What was reached.
    pub coverage: Coverage,
    /// The longest sequences had so many symbols.
    pub length: u32,
    /// A merged search has found nothing new at the end.
    pub is_complete: bool,
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} sequences, {} distinct states, {} transitions, {} violations",
            self.sequences,
            self.coverage.distinct_states(),
            self.coverage.distinct_transitions(),
            usize::from(self.violation.is_some()),
        )
    }
}

/// The sequences of one length: a beginning, and a last symbol.
enum Sequences<'s> {
    All(u32),
    /// Each of these, and each symbol.
    Beyond(&'s [Vec<Move>]),
}

impl Search {
    /// All sequences of these symbols up to this length, on one socket.
    #[must_use]
    pub fn new(config: Config, symbols: Vec<Symbol>, length: u32) -> Self {
        Self {
            configs: vec![config],
            symbols,
            length,
            is_merged: false,
            threads: 1,
            fault: None,
        }
    }

    /// How many sequences there are at most.
    #[must_use]
    pub fn size(&self) -> u64 {
        let symbols = self.moves().len() as u64;
        (0..=self.length).fold(0, |sum: u64, length| {
            sum.saturating_add(symbols.saturating_pow(length))
        })
    }

    /// Runs them, the shorter ones first, until a violation is found. `progress` is told how many more were run.
    #[must_use]
    pub fn run(&self, progress: &(dyn Fn(u64) + Sync)) -> Explored {
        let mut explored = Explored::default();
        let mut seen = HashSet::new();
        let mut frontier = vec![Vec::new()];
        if let Err(violation) = check_and(&self.configs, &[], self.fault, |_, _| ()) {
            explored.violation = Some(violation);
        }
        explored.sequences = 1;
        while explored.length < self.length && explored.violation.is_none() {
            explored.length += 1;
            let sequences = if self.is_merged {
                Sequences::Beyond(&frontier)
            } else {
                Sequences::All(explored.length)
            };
            let mut ends = self.run_length(&sequences, &mut explored, progress);
            if self.is_merged {
                ends.sort_unstable();
                ends.retain(|(_, hash)| seen.insert(*hash));
                let next = ends
                    .iter()
                    .map(|(number, _)| self.sequence(&sequences, *number));
                frontier = next.collect();
                if frontier.is_empty() {
                    explored.is_complete = true;
                    break;
                }
            }
        }
        explored
    }

    /// Runs the sequences of one length; of a merged search, the hash of the state that each has led to.
    fn run_length(
        &self,
        sequences: &Sequences<'_>,
        explored: &mut Explored,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Vec<(u64, u64)> {
        let symbols = self.moves().len() as u64;
        let total = match sequences {
            Sequences::All(length) => symbols.saturating_pow(*length),
            Sequences::Beyond(beginnings) => symbols.saturating_mul(beginnings.len() as u64),
        };
        let next = AtomicU64::new(0);
        let first_bad = AtomicU64::new(u64::MAX);
        let work = || {
            let mut part = Part::default();
            loop {
                let start = next.fetch_add(CHUNK, Ordering::Relaxed);
                let end = start.saturating_add(CHUNK).min(total);
                if start >= total.min(first_bad.load(Ordering::Relaxed)) {
                    return part;
                }
                for number in start..end {
                    if let Some(violation) = self.run_one(sequences, number, &mut part) {
                        first_bad.fetch_min(number, Ordering::Relaxed);
                        part.violation = Some((number, violation));
                        return part;
                    }
                }
                part.sequences += end - start;
                progress(end - start);
            }
        };
        let parts: Vec<Part> = thread::scope(|scope| {
            let workers: Vec<_> = (0..self.threads.max(1))
                .map(|_| scope.spawn(work))
                .collect();
            let joined = workers.into_iter().map(|worker| worker.join());
            joined
                .map(|part| part.expect("a worker catches panics"))
                .collect()
        });
        let mut ends = Vec::new();
        let mut violations = Vec::new();
        for part in parts {
            explored.sequences += part.sequences;
            explored.coverage.merge(part.coverage);
            ends.extend(part.ends);
            violations.extend(part.violation);
        }
        let first = violations.into_iter().min_by_key(|(number, _)| *number);
        explored.violation = first.map(|(_, violation)| violation);
        ends
    }

    fn run_one(
        &self,
        sequences: &Sequences<'_>,
        number: u64,
        part: &mut Part,
    ) -> Option<Violation> {
        let moves = self.sequence(sequences, number);
        let last = moves.last()?;
        let mut way: [(State, u64); 2] = Default::default();
        let look = |world: &World<'_, '_>, done: usize| {
            if done + 2 > moves.len() {
                let mut hasher = DefaultHasher::new();
                world.hash_state(&mut hasher);
                let state = state_of(world.view(last.socket));
                way[done + 1 - moves.len()] = (state, hasher.finish());
            }
        };
        if let Err(violation) = check_and(&self.configs, &moves, self.fault, look) {
            return Some(violation);
        }
        let [from, to] = way;
        part.coverage.count(last.symbol, from, to);
        if self.is_merged {
            part.ends.push((number, to.1));
        }
        None
    }

    /// The sequence of a number.
    fn sequence(&self, sequences: &Sequences<'_>, mut number: u64) -> Vec<Move> {
        let symbols = self.moves();
        let count = symbols.len() as u64;
        let mut pick = || {
            let at = usize::try_from(number % count).unwrap_or(0);
            number /= count;
            symbols[at]
        };
        match sequences {
            Sequences::All(length) => {
                let mut moves: Vec<Move> = (0..*length).map(|_| pick()).collect();
                moves.reverse();
                moves
            }
            Sequences::Beyond(beginnings) => {
                let last = pick();
                let beginning = &beginnings[usize::try_from(number).unwrap_or(usize::MAX)];
                [&beginning[..], &[last]].concat()
            }
        }
    }

    /// Each symbol, done to each of the sockets.
    fn moves(&self) -> Vec<Move> {
        let of = |socket| {
            self.symbols
                .iter()
                .map(move |&symbol| Move { socket, symbol })
        };
        (0..self.configs.len()).flat_map(of).collect()
    }
}

/// What one thread has found.
#[derive(Default)]
struct Part {
    sequences: u64,
    coverage: Coverage,
    ends: Vec<(u64, u64)>,
    violation: Option<(u64, Violation)>,
}
