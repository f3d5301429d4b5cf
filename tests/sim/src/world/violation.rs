//! What must never be, when it is.

use core::fmt;
use core::time::Duration;

use anydgram_core::Instant;

use super::Level;
use crate::fault::Fault;

/// Something that must never be has been found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The seed of the world.
    pub seed: u64,
    /// What its cables carry.
    pub level: Level,
    /// When it was found.
    pub at: Instant,
    /// What is wrong.
    pub what: String,
    /// What went wrong before.
    pub faults: Vec<Fault>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            level,
            at,
            what,
            faults,
        } = self;
        let seconds = Duration::from_micros(at.as_micros()).as_secs_f64();
        let faults = faults.len();
        write!(
            f,
            "{what}\n  after {seconds:.6} s and {faults} faults; again by SIM_SEED={seed}"
        )?;
        match level {
            Level::Datagrams => Ok(()),
            Level::Frames => write!(f, " and --level {}", level.name()),
        }
    }
}

impl core::error::Error for Violation {}
