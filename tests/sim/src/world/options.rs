//! What a world begins with.

use crate::fault::{Fault, Rates};

/// What the cables of a world carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "there are two")]
pub enum Level {
    /// Datagrams: each host is [`anydgram_core::stack`] straight on its cables.
    #[default]
    Datagrams,
    /// Frames: each host is an [`anydgram_smoltcp::Stack`] on an Ethernet, with ARP, neighbour discovery, IGMP, MLD and
    /// fragments, and its limits. An interface has room for as many addresses and groups as smoltcp was built for: 2
    /// (`SMOLTCP_IFACE_MAX_ADDR_COUNT`) and 4 (`SMOLTCP_IFACE_MAX_MULTICAST_GROUP_COUNT`) by default, of which each IPv6
    /// address takes one. Frames are as long as what is in them, without padding and check sequence.
    Frames,
}

impl Level {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Datagrams, Self::Frames];

    /// Its name, as on a command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Datagrams => "datagrams",
            Self::Frames => "frames",
        }
    }

    /// The level of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// What a world begins with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WorldOptions {
    /// What everything that is drawn follows from.
    pub seed: u64,
    /// What its cables carry. Datagrams by default.
    pub level: Level,
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
            level: Level::Datagrams,
            rates: Rates::none(),
            script: None,
            keeps_records: false,
        }
    }

    /// The same with another seed.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The same with cables that carry something else.
    #[must_use]
    pub fn level(self, level: Level) -> Self {
        Self { level, ..self }
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
