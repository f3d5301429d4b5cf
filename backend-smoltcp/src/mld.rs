//! What smoltcp makes of MLD, put right on its way out and in: see [`MldRepair`].
//!
//! Tests fail when smoltcp does either right: then this file has to go.

use anydgram_core::link::MldRepair;
use smoltcp::phy::{DeviceCapabilities, Medium};

#[cfg(test)]
pub(crate) mod tests;

/// The repair of what a device with these capabilities sends and receives.
pub(crate) fn repair(capabilities: &DeviceCapabilities) -> MldRepair {
    let is_ethernet = capabilities.medium == Medium::Ethernet;
    MldRepair::new(is_ethernet, capabilities.checksum.icmpv6.tx())
}

/// The longest query in bytes that is made longer: its hop-by-hop header has up to 40, and usually 8.
pub(crate) const LONGEST: usize = 128;
