//! Points in time, and how NTP writes them.

/// A point in time: microseconds since some beginning, 1970 for a server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(i64);

impl Time {
    /// The time of this many microseconds.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the beginning.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// What a timestamp means: seconds since 1900, or since 2036 if they are less than half of all (RFC 4330 § 3). `None`
    /// for the one that says that there is none.
    pub(crate) fn read(timestamp: [u8; 8]) -> Option<Self> {
        let bits = u64::from_be_bytes(timestamp);
        if bits == 0 {
            return None;
        }
        let (seconds, fraction) = (bits >> 32, bits & 0xFFFF_FFFF);
        let era = if seconds >> 31 == 0 { 1 << 32 } else { 0 };
        let seconds = (seconds | era).cast_signed() - SECONDS_TO_1970;
        let micros = (fraction * 1_000_000) >> 32;
        Some(Self(seconds * 1_000_000 + micros.cast_signed()))
    }
}

/// From 1900 to 1970: 70 years, 17 of them with a leap day.
const SECONDS_TO_1970: i64 = (70 * 365 + 17) * 86_400;
