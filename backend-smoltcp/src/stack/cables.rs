//! What a host has its datagrams sent by: the interfaces, and whoever looks names up.

use core::net::IpAddr;

use anydgram_core::stack::{Lookup, Outgoing, Wire};
use anydgram_core::{Address, Errno, Host as GivenHost, Instant, Transmitted};
use smoltcp::phy::Device;

use super::place;
use crate::nic::Nic;
use crate::resolver::Resolver;

/// What a host has its datagrams sent by.
pub(super) struct Cables<'c, 'm, D: Device> {
    pub(super) nics: &'c mut [Nic<'m, D>],
    pub(super) resolver: &'c mut Option<&'m mut dyn Resolver>,
}

impl<'m, D: Device> Cables<'_, 'm, D> {
    fn nic(&mut self, interface: u32) -> Result<&mut Nic<'m, D>, Errno> {
        let nic = place(interface).and_then(|at| self.nics.get_mut(at));
        nic.ok_or(Errno::ENODEV)
    }
}

impl<D: Device> Cables<'_, '_, D> {
    /// Asks by the first interface that has name servers.
    #[cfg(feature = "dns")]
    fn ask(&mut self, lookup: &Lookup<'_>, name: &str) -> Result<(), Errno> {
        for nic in &mut *self.nics {
            if let Some(dns) = &mut nic.dns {
                let asked = dns.look_up(&mut nic.smoltcp, &mut nic.sockets, lookup, name);
                nic.wake();
                return asked;
            }
        }
        Err(Errno::ENOTFOUND)
    }

    #[cfg(not(feature = "dns"))]
    #[expect(clippy::unused_self, reason = "there is nobody to ask")]
    const fn ask(&self, _: &Lookup<'_>, _: &str) -> Result<(), Errno> {
        Err(Errno::ENOTFOUND)
    }
}

impl<D: Device> Wire for Cables<'_, '_, D> {
    fn transmit(&mut self, now: Instant, datagram: &Outgoing<'_>) -> Transmitted {
        match self.nic(datagram.interface) {
            Ok(nic) => nic.transmit(now, datagram),
            Err(errno) => Transmitted::Failed(errno),
        }
    }

    fn longest_ipv4(&self, interface: u32) -> Option<usize> {
        let nic = self.nics.get(place(interface)?)?;
        Some(nic.link.longest_ipv4())
    }

    fn join(&mut self, interface: u32, group: IpAddr) -> Result<(), Errno> {
        self.nic(interface)?.join(group)
    }

    fn leave(&mut self, interface: u32, group: IpAddr) {
        if let Ok(nic) = self.nic(interface) {
            nic.leave(group);
        }
    }

    fn rejoin(&mut self, interface: u32, group: IpAddr) {
        if let Ok(nic) = self.nic(interface) {
            nic.rejoin(group);
        }
    }

    fn look_up(&mut self, now: Instant, lookup: Lookup<'_>) -> Option<Result<Address, Errno>> {
        match self.resolver {
            Some(resolver) => resolver.look_up(now, lookup),
            None => match lookup.host {
                GivenHost::Ip(address) => Some(Ok(address)),
                GivenHost::Default => Some(Ok(lookup.family.loopback())),
                GivenHost::Name(name) => self.ask(&lookup, name).err().map(Err),
            },
        }
    }
}
