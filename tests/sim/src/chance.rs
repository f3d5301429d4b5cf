//! Who decides what goes wrong: the seed, or a script.
//!
//! Every decision has a place: whom it is about, and how many were made there before. What the seed says of a place depends
//! on nothing else, so that a fault that is left out changes no other decision. That is what makes a script of faults, and
//! any part of it, play as the seed did.

use alloc::collections::{BTreeMap, VecDeque};
use core::fmt;
use core::time::Duration;

use anydgram_core::Instant;
use rand_core::{Rng as _, SeedableRng as _};
use rand_xoshiro::SplitMix64;

use crate::fault::{Fault, Kind, When};

/// Whom a decision is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Site {
    /// What a host sends by one of its cables, numbered as they were plugged in.
    Up(u32),
    /// What a host receives by one of its cables.
    Down(u32),
    /// A host, numbered as they were added.
    Host(u32),
    /// A segment, numbered as they were added.
    Segment(u32),
    /// Anything else that is drawn, by a number of the caller's.
    Other(u32),
    /// A process, numbered as they were added; the application of each host is one, too.
    Process(u32),
    /// What a process asks its host for with its Unix sockets: to bind them to files, and to send.
    Unix(u32),
}

impl Site {
    const fn key(self) -> u64 {
        let (kind, number) = match self {
            Self::Up(number) => (1, number),
            Self::Down(number) => (2, number),
            Self::Host(number) => (3, number),
            Self::Segment(number) => (4, number),
            Self::Other(number) => (5, number),
            Self::Process(number) => (6, number),
            Self::Unix(number) => (7, number),
        };
        (kind << 32) | number as u64
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Up(number) => write!(f, "up {number}"),
            Self::Down(number) => write!(f, "down {number}"),
            Self::Host(number) => write!(f, "host {number}"),
            Self::Segment(number) => write!(f, "segment {number}"),
            Self::Other(number) => write!(f, "other {number}"),
            Self::Process(number) => write!(f, "process {number}"),
            Self::Unix(number) => write!(f, "unix {number}"),
        }
    }
}

/// Numbers for one decision.
#[derive(Clone, Debug)]
pub struct Dice(SplitMix64);

impl Dice {
    /// What `seed` says of the decision number `ordinal` at `site`.
    #[must_use]
    pub fn new(seed: u64, site: Site, ordinal: u64) -> Self {
        let mut mixed = SplitMix64::seed_from_u64(seed ^ site.key().rotate_left(17));
        let place = mixed.next_u64() ^ ordinal;
        Self(SplitMix64::seed_from_u64(place))
    }

    /// A number below `bound`; 0 for 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()).wrapping_mul(u128::from(bound));
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Whether something that happens `per_million` times out of a million does.
    pub fn happens(&mut self, per_million: u32) -> bool {
        self.below(1_000_000) < u64::from(per_million)
    }

    /// A duration of at most `longest`, in microseconds.
    pub fn duration(&mut self, longest: Duration) -> Duration {
        let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.below(micros.saturating_add(1)))
    }
}

/// All that is decided in one world, and what has gone wrong.
#[derive(Debug)]
pub(crate) struct Chance {
    seed: u64,
    /// What goes wrong; `None`: the seed says.
    script: Option<Script>,
    happened: Vec<Fault>,
}

/// What goes wrong, by place and by time.
#[derive(Debug, Default)]
struct Script {
    ordinals: BTreeMap<(Site, u64), Vec<Kind>>,
    /// What goes wrong with datagrams and calls from a time on, in order.
    datagrams: BTreeMap<Site, VecDeque<(Instant, Kind)>>,
    /// What goes wrong with hosts, processes and segments at a time.
    others: Vec<Fault>,
}

impl Script {
    fn new(faults: &[Fault]) -> Self {
        let mut script = Self::default();
        for &fault in faults {
            let Fault { site, when, kind } = fault;
            match (when, site) {
                (When::Ordinal(ordinal), _) => {
                    let place = (site, ordinal);
                    script.ordinals.entry(place).or_default().push(kind);
                }
                (When::Time(time), Site::Up(_) | Site::Down(_) | Site::Unix(_)) => {
                    let known = script.datagrams.entry(site).or_default();
                    known.push_back((time, kind));
                }
                (
                    When::Time(_),
                    Site::Host(_) | Site::Segment(_) | Site::Process(_) | Site::Other(_),
                ) => {
                    script.others.push(fault);
                }
            }
        }
        for known in script.datagrams.values_mut() {
            known.make_contiguous().sort_by_key(|(time, _)| *time);
        }
        script
    }

    fn faults(&mut self, now: Instant, site: Site, ordinal: u64, faults: &mut Vec<Fault>) {
        let by_place = self.ordinals.get(&(site, ordinal)).into_iter().flatten();
        faults.extend(by_place.map(|&kind| Fault {
            site,
            when: When::Ordinal(ordinal),
            kind,
        }));
        if let Some(known) = self.datagrams.get_mut(&site) {
            while let Some(&(time, kind)) = known.front().filter(|(time, _)| *time <= now) {
                known.pop_front();
                let when = When::Time(time);
                faults.push(Fault { site, when, kind });
            }
        }
    }
}

impl Chance {
    pub(crate) const fn drawn(seed: u64) -> Self {
        Self {
            seed,
            script: None,
            happened: Vec::new(),
        }
    }

    pub(crate) fn scripted(seed: u64, faults: &[Fault]) -> Self {
        Self {
            seed,
            script: Some(Script::new(faults)),
            happened: Vec::new(),
        }
    }

    /// What the script has go wrong with hosts, processes and segments at a time.
    pub(crate) fn timed(&self) -> &[Fault] {
        self.script.as_ref().map_or(&[], |script| &script.others)
    }

    pub(crate) const fn seed(&self) -> u64 {
        self.seed
    }

    /// What goes wrong at a place: what the script says, or else what `draw` makes of the seed.
    pub(crate) fn faults(
        &mut self,
        now: Instant,
        site: Site,
        ordinal: u64,
        draw: impl FnOnce(&mut Dice, &mut Vec<Kind>),
    ) -> &[Fault] {
        let before = self.happened.len();
        match &mut self.script {
            Some(script) => script.faults(now, site, ordinal, &mut self.happened),
            None => {
                let mut kinds = Vec::new();
                draw(&mut Dice::new(self.seed, site, ordinal), &mut kinds);
                let when = When::Ordinal(ordinal);
                let faults = kinds.into_iter().map(|kind| Fault { site, when, kind });
                self.happened.extend(faults);
            }
        }
        &self.happened[before..]
    }

    /// Something that was not asked for here goes wrong.
    pub(crate) fn happen(&mut self, fault: Fault) {
        self.happened.push(fault);
    }

    /// What has gone wrong so far, in order.
    pub(crate) fn happened(&self) -> &[Fault] {
        &self.happened
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_says_the_same_whatever_was_asked_before() {
        let mut one = Dice::new(7, Site::Up(1), 5);
        let mut ask_others = Dice::new(7, Site::Up(1), 4);
        ask_others.below(10);
        let mut other = Dice::new(7, Site::Up(1), 5);
        let draw = |dice: &mut Dice| [(); 8].map(|()| dice.below(1 << 40));
        assert_eq!(draw(&mut one), draw(&mut other));
        for different in [
            Dice::new(8, Site::Up(1), 5),
            Dice::new(7, Site::Down(1), 5),
            Dice::new(7, Site::Up(2), 5),
            Dice::new(7, Site::Up(1), 6),
        ] {
            let mut same = Dice::new(7, Site::Up(1), 5);
            assert_ne!(draw(&mut different.clone()), draw(&mut same));
        }
    }

    #[test]
    fn what_happens_so_often_does() {
        let happens = |ordinal| Dice::new(1, Site::Host(0), ordinal).happens(250_000);
        let count = (0..10_000).filter(|&ordinal| happens(ordinal)).count();
        assert!((2_300..2_700).contains(&count), "{count} of 10,000");
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let mut dice = Dice::new(3, Site::Other(0), 0);
        let drawn: Vec<u64> = (0..1_000).map(|_| dice.below(6)).collect();
        assert!(drawn.iter().all(|&drawn| drawn < 6));
        assert!((0..6).all(|number| drawn.contains(&number)));
        assert_eq!(dice.below(0), 0);
    }

    #[test]
    fn a_script_is_all_that_goes_wrong() {
        let script = ["up 0 3 lose", "up 0 @20 corrupt", "up 0 @10 lose"];
        let script = script.map(|line| line.parse().expect("it is a fault"));
        let mut chance = Chance::scripted(1, &script);
        let mut ask = |now, site, ordinal| {
            let now = Instant::from_micros(now);
            let faults = chance.faults(now, site, ordinal, |_, kinds| kinds.push(Kind::Refuse));
            faults.to_vec()
        };
        let [by_place, late, soon] = script;
        assert_eq!(ask(0, Site::Up(0), 2), []);
        assert_eq!(ask(0, Site::Up(0), 3), [by_place]);
        assert_eq!(ask(30, Site::Down(0), 3), []);
        assert_eq!(ask(9, Site::Up(0), 4), []);
        assert_eq!(ask(11, Site::Up(0), 5), [soon]);
        assert_eq!(ask(30, Site::Up(0), 6), [late]);
        assert_eq!(ask(40, Site::Up(0), 7), []);
        assert_eq!(chance.happened(), [by_place, soon, late]);
    }
}
