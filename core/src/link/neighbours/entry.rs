//! What is known of one neighbour, and when it is asked for.

use core::time::Duration;

use crate::address::Ip;
use crate::time::Instant;

/// The place of one neighbour.
#[derive(Clone, Debug, Default)]
pub struct NeighbourSlot(pub(super) Option<Entry>);

impl NeighbourSlot {
    /// A free place.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) ip: Ip,
    pub(super) hardware_address: [u8; 6],
    pub(super) state: State,
    /// When a datagram was for it the last time.
    pub(super) used: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// So many questions were asked, and the next one, or giving up, is due then.
    Asking {
        tries: u8,
        next: Instant,
    },
    /// It is asked again, at most once, after `refresh`, and forgotten some time [later](State::end).
    Known {
        refresh: Instant,
        is_asked: bool,
    },
    Failed {
        until: Instant,
    },
}

impl State {
    pub(super) fn known(now: Instant) -> Self {
        Self::Known {
            refresh: now.saturating_add(LIFETIME.saturating_sub(REFRESH)),
            is_asked: false,
        }
    }

    /// Until when one is known that is asked again at `refresh`.
    pub(super) fn end(refresh: Instant) -> Instant {
        refresh.saturating_add(REFRESH)
    }
}

impl Entry {
    pub(super) fn asking(ip: Ip, now: Instant) -> Self {
        let mut entry = Self {
            ip,
            hardware_address: [0; 6],
            state: State::Failed { until: now },
            used: now,
        };
        entry.ask(now);
        entry
    }

    /// Begins to ask.
    pub(super) fn ask(&mut self, now: Instant) {
        self.state = State::Asking {
            tries: 0,
            next: now,
        };
    }

    /// When something is to be done about it.
    pub(super) fn next(&self) -> Option<Instant> {
        match self.state {
            State::Asking { next, .. } => Some(next),
            // Only one that is in use.
            State::Known {
                refresh,
                is_asked: false,
            } => (self.used >= refresh).then_some(refresh),
            State::Known { is_asked: true, .. } | State::Failed { .. } => None,
        }
    }

    /// Does what is due: the question to ask, to all (`None`) or to an address; or nothing, having given up.
    pub(super) fn advance(&mut self, now: Instant) -> Option<Option<[u8; 6]>> {
        match &mut self.state {
            State::Asking { tries, .. } if *tries >= TRIES => {
                self.state = State::Failed {
                    until: now.saturating_add(SILENCE),
                };
                None
            }
            State::Asking { tries, next } => {
                *tries = tries.saturating_add(1);
                *next = now.saturating_add(INTERVAL);
                Some(None)
            }
            State::Known { is_asked, .. } => {
                *is_asked = true;
                Some(Some(self.hardware_address))
            }
            State::Failed { .. } => None,
        }
    }
}

/// How many questions are asked (RFC 4861 § 10: `MAX_MULTICAST_SOLICIT`).
const TRIES: u8 = 3;
/// How long after each of them (RFC 4861 § 10: `RETRANS_TIMER`).
const INTERVAL: Duration = Duration::from_secs(1);
/// How long one that has not answered is not asked for.
const SILENCE: Duration = Duration::from_secs(3);
/// How long an answer is good for.
const LIFETIME: Duration = Duration::from_secs(60);
/// How long before its end one in use is asked again.
const REFRESH: Duration = Duration::from_secs(10);
