//! Time.

use core::time::Duration;

use anydgram_core::Instant;

use crate::probe::{any, keep};

#[inline(never)]
pub fn drive() {
    let instant = any(Instant::from_micros(any(1)));
    keep(Instant::as_micros(instant));
    keep(Instant::saturating_add(instant, any(Duration::MAX)));
    keep(Instant::saturating_since(instant, any(Instant::default())));
}
