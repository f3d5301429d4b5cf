//! Firmware with both families.

use core::net::Ipv6Addr;

use embassy_net::{Config, ConfigV6, Ipv6Cidr, StaticConfigV6};

/// Whether the socket is one of IPv6.
pub const IS_IPV6: bool = true;

/// The group that the firmware is in.
pub const GROUP: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x114);

/// Adds the address of the second family.
pub(super) fn configure(config: &mut Config) {
    config.ipv6 = ConfigV6::Static(StaticConfigV6 {
        address: Ipv6Cidr::new(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1), 64),
        gateway: None,
        dns_servers: Default::default(),
    });
}
