//! What can go wrong, and how it is written down. `rates.rs` says how often, `kind.rs` has the text of each kind.

mod kind;
mod rates;

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use anydgram_core::Instant;
pub use rates::Rates;
pub(crate) use rates::TICK;

use crate::chance::Site;

/// One thing that went wrong, or shall.
///
/// Its text is a line of a script: `up 3 17 lose`, `host 1 4 crash 250000`, `segment 0 @1500000 mtu 576 300000`. Times are in
/// microseconds.
///
/// # Examples
/// ```
/// use core::time::Duration;
///
/// use anydgram_sim::{Fault, Kind, Site};
///
/// let crash = Fault::at(Duration::from_secs(2), Site::Host(1), Kind::Crash(Duration::from_millis(250)));
/// assert_eq!(crash.to_string(), "host 1 @2000000 crash 250000");
/// assert_eq!("host 1 @2000000 crash 250000".parse(), Ok(crash));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "scripts are made of them")]
pub struct Fault {
    /// Where.
    pub site: Site,
    /// When.
    pub when: When,
    /// What.
    pub kind: Kind,
}

/// When something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "by order or by the clock")]
pub enum When {
    /// After so many decisions at the same place: datagrams in that direction of the cable, calls of that process, or ticks of
    /// the world. What the seed says is told so.
    Ordinal(u64),
    /// By the clock of the world; with a datagram or a call, the first one from then on. For scripts that are written by hand.
    Time(Instant),
}

/// What goes wrong.
///
/// With the sites [`Up`](Site::Up) and [`Down`](Site::Down) go `Lose` to `NoBuffers`, with [`Host`](Site::Host) `Pause` to
/// `AddressOther`, with [`Segment`](Site::Segment) `Partition` to `Spike`; with [`Process`](Site::Process) `Pause` and `Crash`, with
/// [`Unix`](Site::Unix) `Block` and `NoBuffers` when it sends, `ForeignFile` and `ReadOnly` when it binds. Elsewhere a kind changes
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A datagram is lost.
    Lose,
    /// So many datagrams in a row are lost, this one among them.
    Burst(u32),
    /// A datagram comes twice, the second so much later.
    Duplicate(Duration),
    /// A datagram comes later, and may be overtaken.
    Delay(Duration),
    /// Bits of a datagram are wrong: its receiver notices, and drops it.
    Corrupt,
    /// A datagram to one host is dropped there, and its sender is told that nobody has the port (ICMP), though somebody may.
    /// Only on the way down.
    Refuse,
    /// The device has no room for so long, and what is sent waits: `EAGAIN`. Only on the way up. Of a Unix datagram, the
    /// receiver has no room: a connected sender waits, any other is told.
    Block(Duration),
    /// There is no memory for a datagram, which is tried again when the host does something, after 10 ms at the latest:
    /// `ENOBUFS`. A frame is lost, and of a Unix datagram the send fails. Only on the way up, and of Unix datagrams.
    NoBuffers,
    /// A host or a process stops for so long, and goes on with what has come meanwhile.
    Pause(Duration),
    /// A host or a process loses all that it had but for files, and starts anew after so long.
    Crash(Duration),
    /// The clock of a host runs faster by so many parts of a million, or slower.
    Skew(i32),
    /// All interfaces of a host are down for so long.
    LinkDown(Duration),
    /// For so long, a host does not have one of its addresses: the one of this number, counted round.
    AddressLost(u32, Duration),
    /// As [`AddressLost`](Self::AddressLost), and meanwhile the host has another address of the same prefix in its place.
    AddressOther(u32, Duration),
    /// For so long, nothing gets from the cables whose bits are set to the others of the segment, nor back.
    Partition(u64, Duration),
    /// As a partition, but only away from those whose bits are set.
    OneWay(u64, Duration),
    /// For the second time given, IP packets longer than so many bytes are dropped on the segment, and nobody is told.
    Mtu(u32, Duration),
    /// For the second time given, everything on the segment takes longer, by the first.
    Spike(Duration, Duration),
    /// A file that is no socket is where a process binds one, for so long: `EADDRINUSE`. Unless there is a file.
    ForeignFile(Duration),
    /// Nobody can make files in the folder of a file that a process binds a socket to, nor remove any, for so long: `EACCES`.
    ReadOnly(Duration),
}

impl Fault {
    /// Something that goes wrong so long after the beginning, by the clock of the world.
    #[must_use]
    pub fn at(time: Duration, site: Site, kind: Kind) -> Self {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Self {
            site,
            when: When::Time(Instant::from_micros(micros)),
            kind,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { site, when, kind } = self;
        write!(f, "{site} {when} {kind}")
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ordinal(ordinal) => write!(f, "{ordinal}"),
            Self::Time(time) => write!(f, "@{}", time.as_micros()),
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
            "no fault: '{}' (a line is SITE NUMBER WHEN KIND …, as in 'up 3 17 lose' or 'host 1 @2000000 crash 250000')",
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
        "process" => Site::Process(number),
        "unix" => Site::Unix(number),
        _ => return None,
    };
    let when = words.next()?;
    let when = match when.strip_prefix('@') {
        Some(time) => When::Time(Instant::from_micros(time.parse().ok()?)),
        None => When::Ordinal(when.parse().ok()?),
    };
    let kind = Kind::parse(&mut words)?;
    let is_all = words.next().is_none();
    is_all.then_some(Fault { site, when, kind })
}

#[cfg(test)]
mod tests;
