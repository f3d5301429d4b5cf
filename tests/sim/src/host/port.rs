//! What a host sends by, and whom it asks for names.

use core::net::IpAddr;

use anydgram_core::stack::{Lookup, Outgoing, Wire};
use anydgram_core::{Address, Errno, Family, Host as GivenHost, Instant, Transmitted};

use super::Nic;
use crate::network::Network;

/// Whom a host asks for names.
pub(crate) type Resolver<'m> = Box<dyn FnMut(&Lookup<'_>) -> Answer + 'm>;
type Answer = Option<Result<Address, Errno>>;

/// What a host sends by.
pub(super) struct Port<'n> {
    pub(super) nics: &'n [Nic],
    pub(super) now: u64,
    pub(super) network: &'n mut Network,
    resolver: Option<&'n mut dyn FnMut(&Lookup<'_>) -> Answer>,
}

impl<'n> Port<'n> {
    pub(super) fn new(
        nics: &'n [Nic],
        now: u64,
        network: &'n mut Network,
        resolver: &'n mut Option<Resolver<'_>>,
    ) -> Self {
        Self {
            nics,
            now,
            network,
            resolver: resolver.as_mut().map(|resolver| resolver as _),
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

    fn join(&mut self, _: u32, _: IpAddr) -> Result<(), Errno> {
        Ok(())
    }

    fn leave(&mut self, _: u32, _: IpAddr) {}

    fn look_up(&mut self, _: Instant, lookup: Lookup<'_>) -> Answer {
        if let Some(resolver) = &mut self.resolver {
            return resolver(&lookup);
        }
        let GivenHost::Name(name) = lookup.host else {
            return Some(Err(Errno::ENOTFOUND));
        };
        let known = self.network.names.get(name).into_iter().flatten();
        let mut known = known.filter(|ip| Family::of(**ip) == lookup.family);
        Some(
            known
                .next()
                .map(|ip| Address::new(*ip))
                .ok_or(Errno::ENOTFOUND),
        )
    }
}
