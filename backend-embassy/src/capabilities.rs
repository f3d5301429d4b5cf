//! What this stack can do.

use anydgram_core::{Capabilities, Feature, Support};

/// What this crate can do, on every device.
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
    let mut all = Capabilities::none();
    let mut rest = EMULATED;
    while let [feature, others @ ..] = rest {
        all = all.with(*feature, Support::Emulated);
        rest = others;
    }
    all.with(Feature::Ipv6, Support::Native)
        .with(Feature::HostNames, Support::Native)
}

/// What embassy-net's own sockets cannot do, or not for each datagram.
const EMULATED: &[Feature] = &[
    Feature::Zones,
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
