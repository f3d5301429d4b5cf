//! Multicast memberships as they are asked for.

use core::net::{IpAddr, Ipv4Addr};

/// Which interface a membership is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new way to name an interface must break every backend's build"
)]
pub enum Interface {
    /// The one that the stack chooses.
    Default,
    /// The one that owns this IPv4 address.
    Address(Ipv4Addr),
    /// The one of this index (RFC 3493 § 4).
    Index(u32),
    /// Every interface that is up and can multicast; the join holds if one of them could be joined.
    All,
}

/// One socket's entry for a group: any-source, or for one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Membership {
    /// The multicast address.
    pub group: IpAddr,
    /// The only source wanted; `None`: any source.
    pub source: Option<IpAddr>,
    /// Where.
    pub interface: Interface,
}

impl Membership {
    /// Any source's datagrams to `group`.
    #[must_use]
    pub const fn any_source(group: IpAddr, interface: Interface) -> Self {
        Self {
            group,
            source: None,
            interface,
        }
    }

    /// One source's datagrams to `group` (RFC 4607).
    #[must_use]
    pub const fn source_specific(source: IpAddr, group: IpAddr, interface: Interface) -> Self {
        Self {
            group,
            source: Some(source),
            interface,
        }
    }
}
