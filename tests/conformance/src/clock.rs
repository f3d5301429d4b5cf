//! The time of the machine.

use std::time::Instant;

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the runner asks for the time"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
