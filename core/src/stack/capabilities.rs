//! What a host adds to whatever carries its datagrams.

use crate::capabilities::{Capabilities, Feature, Support};
use crate::features::{IPV6, MULTICAST, NAMES};

/// What sockets on a [`Host`](super::Host) can do, on every [`Wire`](super::Wire): all that needs no operating system.
///
/// Only IPv6 and host names are the wire's own; it may lack them. What a feature of
/// this crate adds, it has only with it.
///
/// # Examples
/// ```
/// use anydgram_core::Feature;
/// use anydgram_core::stack::capabilities;
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
    if IPV6 {
        all = all
            .with(Feature::Ipv6, Support::Native)
            .with(Feature::Ipv6Only, Support::Emulated)
            .with(Feature::Zones, Support::Emulated);
    }
    if MULTICAST {
        all = all
            .with(Feature::Multicast, Support::Emulated)
            .with(Feature::SourceSpecificMulticast, Support::Emulated)
            .with(Feature::AllInterfaces, Support::Emulated);
    }
    if NAMES {
        all = all.with(Feature::HostNames, Support::Native);
    }
    all
}

/// What bare stacks cannot do, or not for each datagram.
const EMULATED: &[Feature] = &[
    Feature::ReuseAddress,
    Feature::ReusePort,
    Feature::Ttl,
    Feature::Broadcast,
    Feature::MulticastOptions,
    Feature::PeerErrors,
    Feature::TruncatedLength,
    Feature::LocalAddress,
    Feature::ArrivalInterface,
    Feature::HopLimit,
    Feature::TrafficClass,
    Feature::SendSource,
    Feature::SendHopLimit,
    Feature::SendTrafficClass,
    Feature::Timestamp,
];
