//! What this stack can do.

use anydgram_core::{Capabilities, stack};

/// What this crate can do, on every device: what a [`Host`](anydgram_core::stack::Host) adds to smoltcp.
///
/// Host names are here although somebody has to be there to be asked: a
/// [resolver](crate::Stack::set_resolver), or a DNS server with feature `dns`.
///
/// # Examples
/// ```
/// use anydgram_core::Feature;
/// use anydgram_smoltcp::capabilities;
///
/// assert!(capabilities().has(Feature::SourceSpecificMulticast));
/// assert!(!capabilities().has(Feature::AdoptDescriptor));
/// ```
#[must_use]
pub const fn capabilities() -> Capabilities {
    stack::capabilities()
}
