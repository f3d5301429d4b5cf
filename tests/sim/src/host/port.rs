//! What a host sends by, and whom it asks for names.

use core::net::IpAddr;

use anydgram_core::stack::{Lookup, Outgoing, Wire};
use anydgram_core::{Errno, Instant, Transmitted};

use super::Nic;
use super::names::{Answer, Directory};
use super::watch::Wired;
use crate::network::Network;

/// What a host sends by.
pub(crate) struct Port<'n> {
    pub(super) nics: &'n [Nic],
    pub(super) now: u64,
    pub(super) network: &'n mut Network,
    names: &'n (dyn Directory + 'n),
}

impl<'n> Port<'n> {
    pub(super) fn new(
        nics: &'n [Nic],
        now: u64,
        network: &'n mut Network,
        names: &'n (dyn Directory + 'n),
    ) -> Self {
        Self {
            nics,
            now,
            network,
            names,
        }
    }
}

impl Wire for Port<'_> {
    fn transmit(&mut self, _: Instant, datagram: &Outgoing<'_>) -> Transmitted {
        let at = datagram.interface.checked_sub(2).map(crate::network::place);
        match at.and_then(|at| self.nics.get(at)) {
            Some(nic) => self.network.transmit(self.now, nic.cable, datagram),
            None => Transmitted::Failed(Errno::ENODEV),
        }
    }

    /// What would go in fragments goes as it is.
    fn longest_ipv4(&self, _: u32) -> Option<usize> {
        Some(LONGEST_IPV4)
    }

    fn join(&mut self, interface: u32, group: IpAddr) -> Result<(), Errno> {
        self.network.wired.push(Wired::Joined(interface, group));
        Ok(())
    }

    fn leave(&mut self, interface: u32, group: IpAddr) {
        self.network.wired.push(Wired::Left(interface, group));
    }

    fn look_up(&mut self, _: Instant, lookup: Lookup<'_>) -> Answer {
        self.names.look_up(&lookup)
    }
}

/// As long as an IPv4 packet can be (RFC 791 § 3.1).
pub(super) const LONGEST_IPV4: usize = 65_535;
