//! What a simulated host can do.

use anydgram_core::{Capabilities, Feature, Support, stack};

/// What hosts of a [`World`](crate::World) can do: what a [`Host`](anydgram_core::stack::Host) adds to any network, and Unix
/// datagrams between the processes of a host.
///
/// # Examples
/// ```
/// use anydgram_core::Feature;
/// use anydgram_sim::capabilities;
///
/// assert!(capabilities().has(Feature::UnixDatagrams));
/// assert!(!capabilities().has(Feature::AdoptDescriptor));
/// ```
#[must_use]
pub const fn capabilities() -> Capabilities {
    stack::capabilities().with(Feature::UnixDatagrams, Support::Emulated)
}
