//! The time, of which waiting needs to know how much has passed.

use std::time::Instant;

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the runner asks for the time"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
