//! embassy-net's addresses and groups with IPv6.

use core::net::IpAddr;

use anydgram_core::stack::Cidr;
use embassy_net::{IpAddress, Stack};

use super::config::{Config, v4};

/// What embassy-net has for IPv4 and for IPv6.
pub(super) fn current(stack: Stack<'_>) -> [Config; 2] {
    let v6 = stack.config_v6().map(|config| {
        let address = config.address.address();
        let cidr = Cidr::new(address.into(), config.address.prefix_len());
        (cidr, config.gateway.map(IpAddr::from))
    });
    [v4(stack), v6]
}

/// A group as embassy-net has it.
pub(super) fn group(ip: IpAddr) -> Option<IpAddress> {
    Some(ip.into())
}
