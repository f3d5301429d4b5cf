//! Firmware without IPv6.

use core::net::Ipv4Addr;

use embassy_net::Config;

/// Whether the socket is one of IPv6.
pub const IS_IPV6: bool = false;

/// The group that the firmware is in.
pub const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);

/// There is nothing to add.
pub(super) fn configure(_: &mut Config) {}
