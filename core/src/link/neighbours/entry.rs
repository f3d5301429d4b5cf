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
    state: Kind,
    /// Of [`Kind`].
    at: Micros,
    /// When a datagram was for it the last time.
    used: Micros,
}

/// Microseconds, aligned for words of four bytes.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(4))]
struct Micros(u64);

impl Micros {
    #[inline]
    const fn new(at: Instant) -> Self {
        Self(at.as_micros())
    }

    #[inline]
    const fn get(self) -> Instant {
        Instant::from_micros(self.0)
    }
}

/// A [`State`] without its time.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Asking { tries: u8 },
    Known { is_asked: bool },
    Failed,
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
    pub(super) const fn asking(ip: Ip, now: Instant) -> Self {
        Self {
            ip,
            hardware_address: [0; 6],
            state: Kind::Asking { tries: 0 },
            at: Micros::new(now),
            used: Micros::new(now),
        }
    }

    #[inline]
    pub(super) const fn state(&self) -> State {
        let at = self.at.get();
        match self.state {
            Kind::Asking { tries } => State::Asking { tries, next: at },
            Kind::Known { is_asked } => State::Known {
                refresh: at,
                is_asked,
            },
            Kind::Failed => State::Failed { until: at },
        }
    }

    pub(super) const fn set_state(&mut self, state: State) {
        let (kind, at) = match state {
            State::Asking { tries, next } => (Kind::Asking { tries }, next),
            State::Known { refresh, is_asked } => (Kind::Known { is_asked }, refresh),
            State::Failed { until } => (Kind::Failed, until),
        };
        self.state = kind;
        self.at = Micros::new(at);
    }

    pub(super) const fn used(&self) -> Instant {
        self.used.get()
    }

    /// The hardware address for a datagram, if it is known and need not be asked for.
    #[inline]
    pub(super) fn address_now(&mut self, now: Instant) -> Option<[u8; 6]> {
        let is_fresh = matches!(self.state, Kind::Known { is_asked: false }) && self.at.get() > now;
        if !is_fresh {
            return None;
        }
        self.use_now(now);
        Some(self.hardware_address)
    }

    /// A datagram is for it.
    #[inline]
    pub(super) const fn use_now(&mut self, now: Instant) {
        self.used = Micros::new(now);
    }

    /// Begins to ask.
    pub(super) const fn ask(&mut self, now: Instant) {
        self.set_state(State::Asking {
            tries: 0,
            next: now,
        });
    }

    /// When something is to be done about it.
    pub(super) fn next(&self) -> Option<Instant> {
        match self.state() {
            State::Asking { next, .. } => Some(next),
            // Only one that is in use.
            State::Known {
                refresh,
                is_asked: false,
            } => (self.used() >= refresh).then_some(refresh),
            State::Known { is_asked: true, .. } | State::Failed { .. } => None,
        }
    }

    /// Does what is due: the question to ask, to all (`None`) or to an address; or nothing, having given up.
    pub(super) fn advance(&mut self, now: Instant) -> Option<Option<[u8; 6]>> {
        let (state, question) = match self.state() {
            State::Asking { tries, .. } if tries >= TRIES => {
                let until = now.saturating_add(SILENCE);
                (State::Failed { until }, None)
            }
            State::Asking { tries, .. } => {
                let tries = tries.saturating_add(1);
                let next = now.saturating_add(INTERVAL);
                (State::Asking { tries, next }, Some(None))
            }
            State::Known { refresh, .. } => {
                let is_asked = true;
                let question = Some(Some(self.hardware_address));
                (State::Known { refresh, is_asked }, question)
            }
            State::Failed { .. } => return None,
        };
        self.set_state(state);
        question
    }
}

#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<NeighbourSlot>() <= 44);

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
