//! What a simulated host can do.

use anydgram_core::{Capabilities, Feature, Support};

/// What hosts of a [`World`](crate::World) can do: all that needs no operating system.
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
    let mut all = Capabilities::none();
    let mut rest = FEATURES;
    while let [feature, others @ ..] = rest {
        all = all.with(*feature, Support::Native);
        rest = others;
    }
    all
}

const FEATURES: &[Feature] = &[
    Feature::Ipv6,
    Feature::Zones,
    Feature::HostNames,
    Feature::ReuseAddress,
    Feature::ReusePort,
    Feature::Ipv6Only,
    Feature::Ttl,
    Feature::Broadcast,
    Feature::Multicast,
    Feature::SourceSpecificMulticast,
    Feature::AllInterfaces,
    Feature::MulticastOptions,
    Feature::PeerErrors,
    Feature::TruncatedLength,
    Feature::LocalAddress,
    Feature::ArrivalInterface,
    Feature::HopLimit,
    Feature::Ecn,
    Feature::Timestamp,
];
