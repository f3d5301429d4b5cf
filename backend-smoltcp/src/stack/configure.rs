//! Addresses, gateways, links, and where names and addresses come from.

use core::net::IpAddr;

use anydgram_core::stack::Cidr;
use anydgram_core::{Errno, Family};
use smoltcp::phy::Device;

use super::Stack;

impl<'m, D: Device, const NICS: usize> Stack<'m, D, NICS> {
    /// Gives an interface an address.
    ///
    /// # Errors
    /// `ENODEV`, `EEXIST`, `EINVAL` as [`Interfaces::add_address`](anydgram_core::stack::Interfaces::add_address); `ENOBUFS` also if smoltcp has no room, see its
    /// `SMOLTCP_IFACE_MAX_ADDR_COUNT`.
    pub fn add_address(&mut self, interface: u32, cidr: Cidr) -> Result<(), Errno> {
        self.host.interfaces_mut().add_address(interface, cidr)?;
        if let Err(errno) = self.nic_mut(interface)?.add_address(cidr) {
            self.host
                .interfaces_mut()
                .remove_address(interface, cidr.address())?;
            return Err(errno);
        }
        self.rejoin(interface);
        Ok(())
    }

    /// Takes an address from an interface. Sockets that are bound to it stay bound, and hear nothing.
    ///
    /// # Errors
    /// `EADDRNOTAVAIL` if it does not have it.
    pub fn remove_address(&mut self, interface: u32, address: IpAddr) -> Result<(), Errno> {
        self.host
            .interfaces_mut()
            .remove_address(interface, address)?;
        self.nic_mut(interface)?.remove_address(address);
        Ok(())
    }

    /// Sends what is for no network of this host to `gateway` by an interface; `None`: nowhere.
    ///
    /// # Errors
    /// `ENODEV` and `EINVAL` as [`Interfaces::set_gateway`](anydgram_core::stack::Interfaces::set_gateway); `ENOBUFS` if smoltcp has no room for the route.
    pub fn set_gateway(
        &mut self,
        interface: u32,
        family: Family,
        gateway: Option<IpAddr>,
    ) -> Result<(), Errno> {
        self.host
            .interfaces_mut()
            .set_gateway(interface, family, gateway)?;
        self.nic_mut(interface)?.set_gateway(family, gateway)
    }

    /// Says whether the link of an interface is up. When it comes up, its groups are reported again; when it goes down,
    /// its neighbours are forgotten, and what waits for them is dropped.
    pub fn set_link_up(&mut self, interface: u32, is_up: bool) {
        if !self.host.interfaces_mut().set_up(interface, is_up) {
            return;
        }
        if let Ok(nic) = self.nic_mut(interface) {
            nic.reset();
        }
        if is_up {
            self.rejoin(interface);
        }
    }

    /// Asks a DHCP server for an address, a gateway and name servers, and keeps them as long as they are leased.
    ///
    /// # Errors
    /// `ENODEV` if there is no such interface, `EEXIST` if it asks already, `ENOBUFS` if it was given no place for the
    /// socket.
    #[cfg(feature = "dhcp")]
    pub fn use_dhcp(&mut self, interface: u32) -> Result<(), Errno> {
        let nic = self.nic_mut(interface)?;
        if nic.dhcp.is_some() {
            return Err(Errno::EEXIST);
        }
        nic.take_place()?;
        nic.dhcp = Some(crate::dhcp::Dhcp::new(&mut nic.sockets));
        Ok(())
    }

    /// Looks names up by asking `servers`, by way of an interface; those that DHCP names take their place. A resolver
    /// that was [set](Self::set_resolver) is asked instead.
    ///
    /// # Errors
    /// `ENODEV` if there is no such interface, `EEXIST` if it does already, `ENOBUFS` if it was given no place for the
    /// socket.
    #[cfg(feature = "dns")]
    pub fn use_dns(
        &mut self,
        interface: u32,
        servers: &[IpAddr],
        memory: &'m mut crate::dns::DnsMemory,
    ) -> Result<(), Errno> {
        let nic = self.nic_mut(interface)?;
        if nic.dns.is_some() {
            return Err(Errno::EEXIST);
        }
        nic.take_place()?;
        nic.dns = Some(crate::dns::Dns::new(&mut nic.sockets, servers, memory));
        Ok(())
    }

    #[cfg(feature = "dhcp")]
    pub(super) fn take_leases(&mut self) {
        for at in 0..self.nics.len() {
            let Some(interface) = self.nics.get(at).map(|nic| nic.index) else {
                return;
            };
            if let Err(errno) = self.take_lease(interface) {
                crate::message::warning!("what DHCP offers cannot be used: {}", errno.name());
            }
        }
    }

    #[cfg(feature = "dhcp")]
    fn take_lease(&mut self, interface: u32) -> Result<(), Errno> {
        let nic = self.nic_mut(interface)?;
        let Some(dhcp) = &mut nic.dhcp else {
            return Ok(());
        };
        let Some(lease) = dhcp.poll(&mut nic.sockets) else {
            return Ok(());
        };
        let old = dhcp.leased.take();
        if let Some(old) = old {
            self.set_gateway(interface, Family::V4, None)?;
            self.remove_address(interface, old.into())?;
        }
        let Some(lease) = lease else {
            return Ok(());
        };
        self.add_address(interface, lease.address)?;
        let nic = self.nic_mut(interface)?;
        if let (Some(dhcp), IpAddr::V4(address)) = (&mut nic.dhcp, lease.address.address()) {
            dhcp.leased = Some(address);
        }
        #[cfg(feature = "dns")]
        if let Some(dns) = &nic.dns
            && !lease.servers.is_empty()
        {
            dns.set_servers(&mut nic.sockets, &lease.servers);
        }
        self.set_gateway(interface, Family::V4, lease.gateway)
    }

    fn rejoin(&mut self, interface: u32) {
        let (host, mut cables) = self.split();
        host.rejoin(&mut cables, interface);
    }
}
