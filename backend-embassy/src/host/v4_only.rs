//! The same without IPv6, which embassy-net may or may not have.

use core::net::IpAddr;

use embassy_net::{IpAddress, Stack};

use super::config::{Config, v4};

pub(super) fn current(stack: Stack<'_>) -> [Config; 2] {
    [v4(stack), None]
}

pub(super) fn group(ip: IpAddr) -> Option<IpAddress> {
    match ip {
        IpAddr::V4(ip) => Some(IpAddress::Ipv4(ip)),
        // Only another crate can have the core know it.
        IpAddr::V6(_) => None,
    }
}
