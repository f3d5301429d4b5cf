//! What operating-system sockets can do, platform by platform.

use anydgram_core::{Capabilities, Feature, Support};

/// What this crate can do on this platform.
///
/// # Examples
/// ```
/// use anydgram_std::{Feature, capabilities};
///
/// assert!(capabilities().has(Feature::Multicast));
/// ```
#[must_use]
pub const fn capabilities() -> Capabilities {
    let everywhere = Capabilities::none()
        .with(Feature::Ipv6, Support::Native)
        .with(Feature::Zones, Support::Native)
        .with(Feature::HostNames, Support::Native)
        .with(Feature::ReuseAddress, Support::Native)
        .with(Feature::Ipv6Only, Support::Native)
        .with(Feature::BufferSizes, Support::Native)
        .with(Feature::Ttl, Support::Native)
        .with(Feature::Broadcast, Support::Native)
        .with(Feature::Multicast, Support::Native)
        .with(Feature::MulticastOptions, Support::Native)
        // One join per interface, made by this crate.
        .with(Feature::AllInterfaces, Support::Emulated);
    let linux = cfg!(any(target_os = "linux", target_os = "android"));
    let windows = cfg!(windows);
    let freebsd = cfg!(target_os = "freebsd");
    let some = native_if(everywhere, Feature::ReusePort, linux || freebsd);
    let some = native_if(some, Feature::AdoptDescriptor, cfg!(unix));
    let some = native_if(some, Feature::ShareSockets, cfg!(unix));
    let some = native_if(some, Feature::UnixDatagrams, cfg!(unix));
    // Windows has it for IPv4 only, which is less than the feature says.
    let apple = cfg!(target_vendor = "apple");
    let some = native_if(
        some,
        Feature::SourceSpecificMulticast,
        linux || freebsd || apple,
    );
    let some = native_if(some, Feature::PeerErrors, !windows);
    let some = native_if(some, Feature::TruncatedLength, linux);
    let told = cfg!(target_os = "linux");
    let some = native_if(some, Feature::LocalAddress, told);
    let some = native_if(some, Feature::ArrivalInterface, told);
    let some = native_if(some, Feature::HopLimit, told);
    let some = native_if(some, Feature::TrafficClass, told);
    let some = native_if(some, Feature::Timestamp, told);
    let some = native_if(some, Feature::SendSource, told);
    let some = native_if(some, Feature::SendHopLimit, told);
    let some = native_if(some, Feature::SendTrafficClass, told);
    let some = native_if(some, Feature::DontFragment, told);
    native_if(some, Feature::SegmentOffload, told)
}

const fn native_if(capabilities: Capabilities, feature: Feature, is_there: bool) -> Capabilities {
    if is_there {
        capabilities.with(feature, Support::Native)
    } else {
        capabilities
    }
}
