//! The text of each kind of fault.

use core::fmt;
use core::str::SplitWhitespace;
use core::time::Duration;

use super::Kind;

impl Kind {
    /// The names of all kinds, as in scripts.
    pub const NAMES: [&'static str; 20] = [
        "lose",
        "burst",
        "duplicate",
        "delay",
        "corrupt",
        "refuse",
        "block",
        "no-buffers",
        "pause",
        "crash",
        "skew",
        "link-down",
        "address-lost",
        "address-other",
        "partition",
        "one-way",
        "mtu",
        "spike",
        "foreign-file",
        "read-only",
    ];

    /// Its name, as in scripts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lose => "lose",
            Self::Burst(_) => "burst",
            Self::Duplicate(_) => "duplicate",
            Self::Delay(_) => "delay",
            Self::Corrupt => "corrupt",
            Self::Refuse => "refuse",
            Self::Block(_) => "block",
            Self::NoBuffers => "no-buffers",
            Self::Pause(_) => "pause",
            Self::Crash(_) => "crash",
            Self::Skew(_) => "skew",
            Self::LinkDown(_) => "link-down",
            Self::AddressLost(..) => "address-lost",
            Self::AddressOther(..) => "address-other",
            Self::Partition(..) => "partition",
            Self::OneWay(..) => "one-way",
            Self::Mtu(..) => "mtu",
            Self::Spike(..) => "spike",
            Self::ForeignFile(_) => "foreign-file",
            Self::ReadOnly(_) => "read-only",
        }
    }

    /// Reads a kind with what belongs to it.
    pub(super) fn parse(words: &mut SplitWhitespace<'_>) -> Option<Self> {
        Some(match words.next()? {
            "lose" => Self::Lose,
            "burst" => Self::Burst(words.next()?.parse().ok()?),
            "duplicate" => Self::Duplicate(time(words)?),
            "delay" => Self::Delay(time(words)?),
            "corrupt" => Self::Corrupt,
            "refuse" => Self::Refuse,
            "block" => Self::Block(time(words)?),
            "no-buffers" => Self::NoBuffers,
            "pause" => Self::Pause(time(words)?),
            "crash" => Self::Crash(time(words)?),
            "skew" => Self::Skew(words.next()?.parse().ok()?),
            "link-down" => Self::LinkDown(time(words)?),
            "address-lost" => Self::AddressLost(words.next()?.parse().ok()?, time(words)?),
            "address-other" => Self::AddressOther(words.next()?.parse().ok()?, time(words)?),
            "partition" => Self::Partition(side(words)?, time(words)?),
            "one-way" => Self::OneWay(side(words)?, time(words)?),
            "mtu" => Self::Mtu(words.next()?.parse().ok()?, time(words)?),
            "spike" => Self::Spike(time(words)?, time(words)?),
            "foreign-file" => Self::ForeignFile(time(words)?),
            "read-only" => Self::ReadOnly(time(words)?),
            _ => return None,
        })
    }
}

fn time(words: &mut SplitWhitespace<'_>) -> Option<Duration> {
    words.next()?.parse().ok().map(Duration::from_micros)
}

fn side(words: &mut SplitWhitespace<'_>) -> Option<u64> {
    u64::from_str_radix(words.next()?, 16).ok()
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Lose | Self::Corrupt | Self::Refuse | Self::NoBuffers => Ok(()),
            Self::Burst(count) => write!(f, " {count}"),
            Self::Skew(parts) => write!(f, " {parts}"),
            Self::Duplicate(time)
            | Self::Delay(time)
            | Self::Block(time)
            | Self::Pause(time)
            | Self::Crash(time)
            | Self::LinkDown(time)
            | Self::ForeignFile(time)
            | Self::ReadOnly(time) => write!(f, " {}", time.as_micros()),
            Self::AddressLost(number, time)
            | Self::AddressOther(number, time)
            | Self::Mtu(number, time) => write!(f, " {number} {}", time.as_micros()),
            Self::Partition(side, time) | Self::OneWay(side, time) => {
                write!(f, " {side:x} {}", time.as_micros())
            }
            Self::Spike(extra, time) => {
                write!(f, " {} {}", extra.as_micros(), time.as_micros())
            }
        }
    }
}
