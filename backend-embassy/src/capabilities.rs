//! What this stack can do.

use anydgram_core::{Capabilities, stack};

/// What this crate can do, on every device: what a [`Host`](anydgram_core::stack::Host) adds to embassy-net.
///
/// Host names are here although they need feature `dns`, and a server.
///
/// # Examples
/// ```
/// use anydgram_core::Feature;
/// use anydgram_embassy::capabilities;
///
/// assert!(capabilities().has(Feature::SourceSpecificMulticast));
/// assert!(!capabilities().has(Feature::AdoptDescriptor));
/// ```
#[must_use]
pub const fn capabilities() -> Capabilities {
    stack::capabilities()
}
