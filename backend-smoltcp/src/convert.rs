//! Times, also at the seam to smoltcp, whose own are signed.

use anydgram_core::Instant;

/// A time as smoltcp has it; stays at the last one that it can tell.
pub(crate) fn instant(at: Instant) -> smoltcp::time::Instant {
    smoltcp::time::Instant::from_micros(i64::try_from(at.as_micros()).unwrap_or(i64::MAX))
}

/// A time of smoltcp's; nothing is before the start.
pub(crate) fn core_instant(at: smoltcp::time::Instant) -> Instant {
    Instant::from_micros(u64::try_from(at.total_micros()).unwrap_or(0))
}

/// The earlier of two times; `None` is never.
pub(crate) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
