//! What a world begins with.

use crate::fault::{Fault, Rates};

/// What a world begins with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WorldOptions {
    /// What everything that is drawn follows from.
    pub seed: u64,
    /// How often things go wrong.
    pub rates: Rates,
    /// What goes wrong, in place of what the seed says.
    pub script: Option<Vec<Fault>>,
    /// Whether all that happens is kept, for [`World::records`](super::World::records). Otherwise only its hash is.
    pub keeps_records: bool,
}

impl WorldOptions {
    /// A world of this seed without faults, which keeps no records.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            rates: Rates::none(),
            script: None,
            keeps_records: false,
        }
    }

    /// The same with faults, so often.
    #[must_use]
    pub fn rates(self, rates: Rates) -> Self {
        Self { rates, ..self }
    }

    /// The same with just these faults.
    #[must_use]
    pub fn script(self, faults: Vec<Fault>) -> Self {
        Self {
            script: Some(faults),
            ..self
        }
    }

    /// The same, with all that happens kept.
    #[must_use]
    pub fn keep_records(self) -> Self {
        Self {
            keeps_records: true,
            ..self
        }
    }
}
