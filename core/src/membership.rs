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

impl Interface {
    /// The interface that owns `address`; the stack's choice for `0.0.0.0`.
    ///
    /// # Examples
    /// ```
    /// use anydgram_core::Interface;
    /// use core::net::Ipv4Addr;
    ///
    /// assert_eq!(Interface::of_address(Ipv4Addr::UNSPECIFIED), Interface::Default);
    /// assert_eq!(Interface::of_index(0), Interface::Default);
    /// assert_eq!(Interface::of_index(2), Interface::Index(2));
    /// ```
    ///
    /// RFC 3678 § 4.1.1 (`imr_interface`)
    #[must_use]
    pub const fn of_address(address: Ipv4Addr) -> Self {
        if address.is_unspecified() {
            Self::Default
        } else {
            Self::Address(address)
        }
    }

    /// The interface of `index`; the stack's choice for 0.
    ///
    /// RFC 3493 § 5.2
    #[must_use]
    pub const fn of_index(index: u32) -> Self {
        match index {
            0 => Self::Default,
            index => Self::Index(index),
        }
    }
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
