//! The same without the feature `multicast`: embassy-net knows of no groups.

use embassy_net::{IpAddress, Stack};

pub(super) const fn has(_: Stack<'_>, _: IpAddress) -> bool {
    false
}

pub(super) const fn join(_: Stack<'_>, _: IpAddress) -> bool {
    false
}

pub(super) const fn leave(_: Stack<'_>, _: IpAddress) {}
