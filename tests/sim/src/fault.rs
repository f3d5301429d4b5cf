//! What can go wrong, how often, and how it is written down.

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use crate::chance::{Dice, Site};

/// One thing that went wrong, or shall.
///
/// Its text is a line of a script: `up 3 17 lose`, `host 1 4 crash 250000`. Times are in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "scripts are made of them")]
pub struct Fault {
    /// Where.
    pub site: Site,
    /// How many decisions came before, there.
    pub ordinal: u64,
    /// What.
    pub kind: Kind,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A datagram is lost.
    Lose,
    /// A datagram comes twice, the second so much later.
    Duplicate(Duration),
    /// A datagram comes later, and may be overtaken.
    Delay(Duration),
    /// Bits of a datagram are wrong: its receiver notices, and drops it.
    Corrupt,
    /// The device has no room for so long: `EAGAIN`, `ENOBUFS`.
    Block(Duration),
    /// A host stops for so long, and goes on with what has come meanwhile.
    Pause(Duration),
    /// A host loses all that it had, and starts anew after so long.
    Crash(Duration),
    /// The clock of a host runs faster by so many parts of a million, or slower.
    Skew(i32),
    /// An interface is down for so long.
    LinkDown(Duration),
    /// For so long, nothing gets from the cables whose bits are set to the others of the segment, nor back.
    Partition(u64, Duration),
    /// As a partition, but only away from those whose bits are set.
    OneWay(u64, Duration),
}

/// How often things go wrong: parts of a million for each datagram, or for each tick.
///
/// The default is a world without faults; [`all`](Self::all) has all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rates {
    /// Datagrams that are lost, in each direction of a cable.
    pub lose: u32,
    /// Datagrams that come twice.
    pub duplicate: u32,
    /// Datagrams that come late.
    pub delay: u32,
    /// The latest that they come, and come again.
    pub delay_up_to: Duration,
    /// Datagrams that are corrupted.
    pub corrupt: u32,
    /// Datagrams that find no room in the device.
    pub block: u32,
    /// How far ticks are apart, at which hosts and segments may fail; zero: never.
    pub tick: Duration,
    /// Ticks at which a host pauses.
    pub pause: u32,
    /// Ticks at which a host crashes.
    pub crash: u32,
    /// Ticks at which the speed of a host's clock changes, by up to 1,000 parts of a million.
    pub skew: u32,
    /// Ticks at which an interface of a host goes down.
    pub link_down: u32,
    /// Ticks at which a segment falls apart, one way or both.
    pub partition: u32,
    /// The longest that any of these lasts.
    pub outage_up_to: Duration,
}

impl Rates {
    /// No faults.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// All faults, so often that protocols which repeat what matters get along.
    #[must_use]
    pub fn all() -> Self {
        Self {
            lose: 50_000,
            duplicate: 20_000,
            delay: 50_000,
            delay_up_to: Duration::from_millis(200),
            corrupt: 10_000,
            block: 10_000,
            tick: Duration::from_millis(500),
            pause: 20_000,
            crash: 10_000,
            skew: 20_000,
            link_down: 20_000,
            partition: 30_000,
            outage_up_to: Duration::from_secs(2),
        }
    }

    /// Of a datagram in one direction of a cable.
    pub(crate) fn draw_datagram(&self, dice: &mut Dice, is_up: bool, kinds: &mut Vec<Kind>) {
        if is_up && dice.happens(self.block) {
            let limit = Duration::from_millis(20).min(self.delay_up_to);
            kinds.push(Kind::Block(dice.duration(limit)));
            return;
        }
        if dice.happens(self.lose) {
            kinds.push(Kind::Lose);
            return;
        }
        if dice.happens(self.corrupt) {
            kinds.push(Kind::Corrupt);
        }
        if dice.happens(self.duplicate) {
            kinds.push(Kind::Duplicate(dice.duration(self.delay_up_to)));
        }
        if dice.happens(self.delay) {
            kinds.push(Kind::Delay(dice.duration(self.delay_up_to)));
        }
    }

    pub(crate) const fn can_spoil_datagrams(&self) -> bool {
        self.lose | self.duplicate | self.delay | self.corrupt | self.block != 0
    }

    /// Of a host at a tick.
    pub(crate) fn draw_host(&self, dice: &mut Dice, kinds: &mut Vec<Kind>) {
        if dice.happens(self.crash) {
            kinds.push(Kind::Crash(dice.duration(self.outage_up_to)));
            return;
        }
        if dice.happens(self.pause) {
            kinds.push(Kind::Pause(dice.duration(self.outage_up_to)));
        }
        if dice.happens(self.link_down) {
            kinds.push(Kind::LinkDown(dice.duration(self.outage_up_to)));
        }
        if dice.happens(self.skew) {
            let parts = i32::try_from(dice.below(2_001)).unwrap_or(0);
            kinds.push(Kind::Skew(parts.saturating_sub(1_000)));
        }
    }

    /// Of a segment at a tick.
    pub(crate) fn draw_segment(&self, dice: &mut Dice, kinds: &mut Vec<Kind>) {
        if dice.happens(self.partition) {
            let side = dice.below(u64::MAX);
            let time = dice.duration(self.outage_up_to);
            kinds.push(if dice.happens(300_000) {
                Kind::OneWay(side, time)
            } else {
                Kind::Partition(side, time)
            });
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            site,
            ordinal,
            kind,
        } = self;
        write!(f, "{site} {ordinal} {kind}")
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lose => f.write_str("lose"),
            Self::Corrupt => f.write_str("corrupt"),
            Self::Duplicate(time) => write!(f, "duplicate {}", time.as_micros()),
            Self::Delay(time) => write!(f, "delay {}", time.as_micros()),
            Self::Block(time) => write!(f, "block {}", time.as_micros()),
            Self::Pause(time) => write!(f, "pause {}", time.as_micros()),
            Self::Crash(time) => write!(f, "crash {}", time.as_micros()),
            Self::LinkDown(time) => write!(f, "link-down {}", time.as_micros()),
            Self::Skew(parts) => write!(f, "skew {parts}"),
            Self::Partition(side, time) => write!(f, "partition {side:x} {}", time.as_micros()),
            Self::OneWay(side, time) => write!(f, "one-way {side:x} {}", time.as_micros()),
        }
    }
}

/// A line that is no fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoFault(String);

impl fmt::Display for NoFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no fault: '{}' (a line is SITE NUMBER ORDINAL KIND …, as in 'up 3 17 lose')",
            self.0
        )
    }
}

impl core::error::Error for NoFault {}

impl FromStr for Fault {
    type Err = NoFault;

    fn from_str(line: &str) -> Result<Self, NoFault> {
        parse(line).ok_or_else(|| NoFault(line.to_owned()))
    }
}

fn parse(line: &str) -> Option<Fault> {
    let mut words = line.split_whitespace();
    let (site, number) = (words.next()?, words.next()?.parse().ok()?);
    let site = match site {
        "up" => Site::Up(number),
        "down" => Site::Down(number),
        "host" => Site::Host(number),
        "segment" => Site::Segment(number),
        "other" => Site::Other(number),
        _ => return None,
    };
    let ordinal = words.next()?.parse().ok()?;
    let kind = words.next()?;
    let mut time = || words.next()?.parse().ok().map(Duration::from_micros);
    let kind = match kind {
        "lose" => Kind::Lose,
        "corrupt" => Kind::Corrupt,
        "duplicate" => Kind::Duplicate(time()?),
        "delay" => Kind::Delay(time()?),
        "block" => Kind::Block(time()?),
        "pause" => Kind::Pause(time()?),
        "crash" => Kind::Crash(time()?),
        "link-down" => Kind::LinkDown(time()?),
        "skew" => Kind::Skew(words.next()?.parse().ok()?),
        "partition" | "one-way" => {
            let side = u64::from_str_radix(words.next()?, 16).ok()?;
            let time = words.next()?.parse().ok().map(Duration::from_micros)?;
            if kind == "partition" {
                Kind::Partition(side, time)
            } else {
                Kind::OneWay(side, time)
            }
        }
        _ => return None,
    };
    words.next().is_none().then_some(Fault {
        site,
        ordinal,
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_a_line_that_reads_as_it() {
        let time = Duration::from_micros(1_234);
        let kinds = [
            Kind::Lose,
            Kind::Corrupt,
            Kind::Duplicate(time),
            Kind::Delay(time),
            Kind::Block(time),
            Kind::Pause(time),
            Kind::Crash(time),
            Kind::LinkDown(time),
            Kind::Skew(-7),
            Kind::Partition(0xff00, time),
            Kind::OneWay(1, time),
        ];
        let sites = [
            Site::Up(1),
            Site::Down(2),
            Site::Host(3),
            Site::Segment(4),
            Site::Other(5),
        ];
        for (kind, site) in kinds.into_iter().zip(sites.into_iter().cycle()) {
            let fault = Fault {
                site,
                ordinal: 17,
                kind,
            };
            assert_eq!(fault.to_string().parse(), Ok(fault), "{fault}");
        }
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        for line in [
            "",
            "up",
            "up 1",
            "up 1 2",
            "up 1 2 sing",
            "up x 2 lose",
            "up 1 2 lose 3",
            "up 1 2 delay",
            "up 1 2 delay -1",
            "sideways 1 2 lose",
            "segment 0 1 partition zz 1",
        ] {
            assert_eq!(line.parse::<Fault>(), Err(NoFault(line.to_owned())));
        }
    }
}
