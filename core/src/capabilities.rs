//! What a backend can do, said beforehand: the support table as a value.

use core::fmt;

macro_rules! features {
    ($($(#[$doc:meta])+ $variant:ident = $title:literal,)+) => {
        /// Something that a backend may lack.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Feature {
            $($(#[$doc])+ $variant,)+
        }

        impl Feature {
            /// All of them, in the order of the support table.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// What the support table calls it.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)+
                }
            }
        }
    };
}

features! {
    /// `udp6` sockets.
    Ipv6 = "IPv6",
    /// Link-local addresses with zones.
    Zones = "zones of link-local addresses",
    /// Host names as destinations and bind addresses.
    HostNames = "host names",
    /// [`Options::reuse_address`](crate::Options::reuse_address).
    ReuseAddress = "reuseAddr",
    /// [`Options::reuse_port`](crate::Options::reuse_port).
    ReusePort = "reusePort (load balancing)",
    /// [`Options::ipv6_only`](crate::Options::ipv6_only).
    Ipv6Only = "ipv6Only",
    /// [`BindOptions::fd`](crate::BindOptions::fd).
    AdoptDescriptor = "bind to an open descriptor",
    /// [`BindOptions::exclusive`](crate::BindOptions::exclusive) off: a primary opens sockets for several processes.
    ShareSockets = "sockets shared by processes (cluster)",
    /// Receive and send buffer sizes.
    BufferSizes = "buffer sizes",
    /// [`Socket::set_ttl`](crate::Socket::set_ttl).
    Ttl = "TTL",
    /// [`Socket::set_broadcast`](crate::Socket::set_broadcast).
    Broadcast = "broadcast",
    /// [`Socket::add_membership`](crate::Socket::add_membership).
    Multicast = "multicast, any source",
    /// [`Socket::add_source_specific_membership`](crate::Socket::add_source_specific_membership).
    SourceSpecificMulticast = "multicast, source-specific",
    /// [`Interface::All`](crate::Interface::All).
    AllInterfaces = "groups on all interfaces",
    /// TTL, loopback and interface of multicast datagrams.
    MulticastOptions = "multicast TTL, loopback, interface",
    /// `ECONNREFUSED` on a connected socket whose peer's port is closed.
    PeerErrors = "ICMP errors of the connected peer",
    /// [`RecvMeta::wire_len`](crate::RecvMeta::wire_len) of truncated datagrams.
    TruncatedLength = "full length of truncated datagrams",
    /// [`RecvMeta::local`](crate::RecvMeta::local).
    LocalAddress = "received: local address",
    /// [`RecvMeta::interface`](crate::RecvMeta::interface).
    ArrivalInterface = "received: interface",
    /// [`RecvMeta::hop_limit`](crate::RecvMeta::hop_limit).
    HopLimit = "received: hop limit",
    /// [`RecvMeta::traffic_class`](crate::RecvMeta::traffic_class).
    #[doc(alias = "ecn")]
    TrafficClass = "received: ECN and traffic class",
    /// [`RecvMeta::timestamp`](crate::RecvMeta::timestamp).
    Timestamp = "received: timestamp",
    /// [`RecvMeta::segment_stride`](crate::RecvMeta::segment_stride).
    SegmentOffload = "received: several datagrams at once",
    /// [`SendMeta::with_source`](crate::SendMeta::with_source) and
    /// [`with_interface`](crate::SendMeta::with_interface), with which a datagram is answered from where it came to.
    SendSource = "sent: source address and interface",
    /// [`SendMeta::with_hop_limit`](crate::SendMeta::with_hop_limit).
    SendHopLimit = "sent: hop limit",
    /// [`SendMeta::with_traffic_class`](crate::SendMeta::with_traffic_class).
    SendTrafficClass = "sent: ECN and traffic class",
    /// [`Options::dont_fragment`](crate::Options::dont_fragment).
    DontFragment = "no fragments",
    /// [`UnixSocket`](crate::UnixSocket).
    UnixDatagrams = "Unix datagrams",
}

/// How a backend has a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a stack does it, we do it, or nobody does"
)]
pub enum Support {
    /// The stack does it.
    Native,
    /// This project does it above the stack.
    Emulated,
    /// Nobody does: a call fails with `ENOTSUP` or `ENOSYS`, a field of [`RecvMeta`](crate::RecvMeta) is `None`.
    Unsupported,
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "yes",
            Self::Emulated => "emulated",
            Self::Unsupported => "no",
        })
    }
}

/// What a backend can do.
///
/// ```
/// use anydgram_core::{Capabilities, Feature, Support};
/// const MINE: Capabilities = Capabilities::none().with(Feature::Ttl, Support::Native);
/// assert_eq!(MINE.support(Feature::Ttl), Support::Native);
/// assert!(!MINE.has(Feature::Ipv6));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Capabilities {
    native: u32,
    emulated: u32,
}

impl Capabilities {
    /// Nothing at all.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            native: 0,
            emulated: 0,
        }
    }

    /// The same, with `feature` as `support` says.
    #[must_use]
    pub const fn with(self, feature: Feature, support: Support) -> Self {
        let bit = bit(feature);
        let (native, emulated) = (self.native & !bit, self.emulated & !bit);
        match support {
            Support::Native => Self {
                native: native | bit,
                emulated,
            },
            Support::Emulated => Self {
                native,
                emulated: emulated | bit,
            },
            Support::Unsupported => Self { native, emulated },
        }
    }

    /// How the backend has a feature.
    #[must_use]
    pub const fn support(self, feature: Feature) -> Support {
        let bit = bit(feature);
        if self.native & bit != 0 {
            Support::Native
        } else if self.emulated & bit != 0 {
            Support::Emulated
        } else {
            Support::Unsupported
        }
    }

    /// Whether the backend has a feature, by whatever means.
    #[must_use]
    pub const fn has(self, feature: Feature) -> bool {
        !matches!(self.support(feature), Support::Unsupported)
    }
}

const fn bit(feature: Feature) -> u32 {
    1_u32.wrapping_shl(feature as u32)
}

const _: () = assert!(Feature::ALL.len() <= 32, "one bit each");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feature_has_a_support_of_its_own() {
        for &feature in Feature::ALL {
            let one = Capabilities::none().with(feature, Support::Emulated);
            let with_it = Feature::ALL.iter().filter(|&&other| one.has(other)).count();
            assert_eq!((with_it, one.support(feature)), (1, Support::Emulated));
            assert_eq!(
                one.with(feature, Support::Unsupported),
                Capabilities::none()
            );
        }
    }
}
