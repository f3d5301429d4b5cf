//! What a simulated host can do.

use anydgram_core::{Capabilities, stack};

/// What hosts of a [`World`](crate::World) can do: what a [`Host`](anydgram_core::stack::Host) adds to any network.
///
/// # Examples
/// ```
/// use anydgram_core::Feature;
/// use anydgram_sim::capabilities;
///
/// assert!(capabilities().has(Feature::SourceSpecificMulticast));
/// assert!(!capabilities().has(Feature::AdoptDescriptor));
/// ```
#[must_use]
pub const fn capabilities() -> Capabilities {
    stack::capabilities()
}
