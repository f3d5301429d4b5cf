//! One network interface: a device, the link in front of it, and the stack behind it.
//!
//! Datagrams never go through smoltcp: the [`Link`] takes them out of the stream of frames and writes them into it.
//! smoltcp gets what is left, and answers it: ARP, neighbour discovery, echo, group queries, DHCP, DNS.

mod egress;

use core::fmt;
use core::net::IpAddr;

use anydgram_core::link::{AssemblySlot, Ingress, Link, LinkOptions, NeighbourSlot, WaitingSlot};
use anydgram_core::stack::{Arrival, Cidr, Host};
use anydgram_core::{Errno, Family, Handler, Instant, Sockets};
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken as _};
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr};

use crate::convert;
use crate::frames::{Egress, OneShot};
pub(crate) use egress::RETRY;

/// Memory for one interface, lent for as long as it lives.
#[expect(
    clippy::exhaustive_structs,
    reason = "a new table must be given memory"
)]
pub struct NicMemory<'m> {
    /// Neighbours that are known at the same time; at least one.
    pub neighbours: &'m mut [NeighbourSlot],
    /// Datagrams that wait for their neighbour's address, or leave in fragments.
    pub waiting: &'m mut [WaitingSlot],
    /// Their bytes. They also limit how long an IPv4 datagram may be: up to 65,507 bytes, but what fits a frame always may.
    pub waiting_bytes: &'m mut [u8],
    /// IPv4 datagrams that come in fragments, at the same time; with none, fragments are dropped.
    pub assemblies: &'m mut [AssemblySlot],
    /// Their bytes, shared out equally among them: 8 more than the longest payload for each, at most 65,515.
    pub assembly_bytes: &'m mut [u8],
    /// Places for smoltcp's own sockets: one for DHCP and one for DNS, if they are used.
    pub sockets: &'m mut [SocketStorage<'m>],
}

impl fmt::Debug for NicMemory<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NicMemory")
            .field("neighbours", &self.neighbours.len())
            .field("waiting", &self.waiting.len())
            .field("assemblies", &self.assemblies.len())
            .finish_non_exhaustive()
    }
}

/// What an interface is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NicOptions<'a> {
    /// Its name, as in zones: 1 to 15 bytes.
    pub name: &'a str,
    /// Its address on the Ethernet, which must be unicast; not used on a device of bare IP packets.
    pub hardware_address: [u8; 6],
    /// What smoltcp's own identifiers follow from.
    pub random_seed: u64,
}

impl<'a> NicOptions<'a> {
    /// An Ethernet interface. `random_seed` must differ from boot to boot.
    #[must_use]
    pub const fn new(name: &'a str, hardware_address: [u8; 6], random_seed: u64) -> Self {
        Self {
            name,
            hardware_address,
            random_seed,
        }
    }
}

/// One interface.
pub(crate) struct Nic<'m, D: Device> {
    pub(crate) device: D,
    capabilities: DeviceCapabilities,
    pub(crate) smoltcp: Interface,
    pub(crate) sockets: SocketSet<'m>,
    pub(crate) link: Link<'m>,
    /// Its index in the host.
    pub(crate) index: u32,
    /// Places for smoltcp's own sockets that are left.
    #[cfg(any(feature = "dns", feature = "dhcp"))]
    places: usize,
    #[cfg(feature = "dns")]
    pub(crate) dns: Option<crate::dns::Dns>,
    #[cfg(feature = "dhcp")]
    pub(crate) dhcp: Option<crate::dhcp::Dhcp>,
    /// smoltcp has something to do, or may have.
    is_due: bool,
    /// The device had no room for what the link has to send.
    lacks_room: bool,
    /// The device had no room for a datagram, which is offered again.
    is_full: bool,
    /// The time of the last poll.
    now: Instant,
    /// When smoltcp has something to do in any case.
    due_at: Option<Instant>,
}

impl<'m, D: Device> Nic<'m, D> {
    /// An interface whose index in the host is `index`.
    ///
    /// # Errors
    /// `EINVAL` if the hardware address is not unicast, or the device is neither Ethernet nor IP.
    pub(crate) fn new(
        mut device: D,
        index: u32,
        options: &NicOptions<'_>,
        memory: NicMemory<'m>,
        now: Instant,
    ) -> Result<Self, Errno> {
        let capabilities = device.capabilities();
        let address = EthernetAddress(options.hardware_address);
        let (hardware_address, mut link) = match capabilities.medium {
            Medium::Ethernet if address.is_unicast() => (
                HardwareAddress::Ethernet(address),
                LinkOptions::ethernet(index, options.hardware_address),
            ),
            Medium::Ip => (HardwareAddress::Ip, LinkOptions::ip(index)),
            Medium::Ethernet => return Err(Errno::EINVAL),
        };
        let udp = &capabilities.checksum.udp;
        link.receives_checked = !udp.rx();
        link.fills_checksums = !udp.tx();
        link.mtu = capabilities.ip_mtu();
        let mut config = Config::new(hardware_address);
        config.random_seed = options.random_seed;
        let smoltcp = Interface::new(config, &mut device, convert::instant(now));
        Ok(Self {
            device,
            capabilities,
            smoltcp,
            #[cfg(any(feature = "dns", feature = "dhcp"))]
            places: memory.sockets.len(),
            sockets: SocketSet::new(memory.sockets),
            #[cfg(feature = "dns")]
            dns: None,
            #[cfg(feature = "dhcp")]
            dhcp: None,
            link: Link::new(
                link,
                memory.neighbours,
                memory.waiting,
                memory.waiting_bytes,
            )
            .with_assemblies(memory.assemblies, memory.assembly_bytes),
            index,
            is_due: true,
            lacks_room: false,
            is_full: false,
            now,
            due_at: None,
        })
    }

    /// Takes the next frame, if there is one, and brings it to the sockets or to smoltcp; whether there was one.
    pub(crate) fn receive<H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        host: &mut Host<'_>,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> bool {
        let Self {
            device,
            capabilities,
            smoltcp,
            sockets: own,
            link,
            is_due,
            ..
        } = self;
        let Some((rx, tx)) = device.receive(convert::instant(now)) else {
            return false;
        };
        let is_news = rx.consume(|frame| {
            let is_for_smoltcp = match link.receive(now, frame, host.interfaces(), host.groups()) {
                Ingress::Datagram(datagram) => {
                    if host.receive(&datagram, sockets, handler) != Arrival::NoSocket {
                        return false;
                    }
                    // smoltcp tells the sender that nobody has the port.
                    true
                }
                Ingress::Reassembled(datagram) => {
                    // smoltcp has nothing to do with it: it would take the last fragment for all of it.
                    host.receive(&datagram, sockets, handler);
                    return false;
                }
                Ingress::Unreachable(told) => {
                    host.handle_unreachable(told.local, told.peer, told.errno, sockets);
                    false
                }
                Ingress::Other => true,
                Ingress::Fragment | Ingress::Dropped => false,
            };
            if is_for_smoltcp {
                let mut device = OneShot::new(frame, tx, capabilities.clone());
                smoltcp.poll_ingress_single(convert::instant(now), &mut device, own);
                *is_due = true;
            }
            true
        });
        if is_news {
            // Before anything else for a neighbour that has just answered.
            self.send_waiting(now, host);
        }
        true
    }

    pub(crate) fn join(&mut self, group: IpAddr) -> Result<(), Errno> {
        self.is_due = true;
        let joined = self.smoltcp.join_multicast_group(group);
        // The only other reason is that it is no group, and the host has seen to that.
        joined.map_err(|_| Errno::ENOBUFS)
    }

    pub(crate) fn leave(&mut self, group: IpAddr) {
        self.is_due = true;
        let left = self.smoltcp.leave_multicast_group(group);
        debug_assert!(left.is_ok(), "it is a group");
    }

    /// Has smoltcp report a group again. It only does when it has left the group, and said so: the leave is sent as well.
    pub(crate) fn rejoin(&mut self, group: IpAddr) {
        self.leave(group);
        self.tell();
        let joined = self.join(group);
        debug_assert!(joined.is_ok(), "it has just been left");
    }

    /// # Errors
    /// `ENOBUFS` if smoltcp has no room for another address.
    pub(crate) fn add_address(&mut self, cidr: Cidr) -> Result<(), Errno> {
        self.is_due = true;
        let mut result = Ok(());
        self.smoltcp.update_ip_addrs(|addresses| {
            let cidr = IpCidr::new(cidr.address().into(), cidr.prefix());
            result = addresses.push(cidr).map_err(|_| Errno::ENOBUFS);
        });
        result
    }

    pub(crate) fn remove_address(&mut self, address: IpAddr) {
        self.is_due = true;
        self.smoltcp
            .update_ip_addrs(|addresses| addresses.retain(|cidr| cidr.address() != address.into()));
        // The group of the address keeps its place in smoltcp's table until that has been told.
        self.tell();
    }

    /// Has smoltcp tell the network of the groups that it has joined or left, if there is room.
    fn tell(&mut self) {
        let at = convert::instant(self.now);
        let mut egress = Egress::new(&mut self.device);
        self.smoltcp.poll_egress(at, &mut egress, &mut self.sockets);
    }

    /// # Errors
    /// `ENOBUFS` if smoltcp has no room for another route.
    pub(crate) fn set_gateway(
        &mut self,
        family: Family,
        gateway: Option<IpAddr>,
    ) -> Result<(), Errno> {
        self.is_due = true;
        let routes = self.smoltcp.routes_mut();
        match family {
            Family::V4 => drop(routes.remove_default_ipv4_route()),
            Family::V6 => drop(routes.remove_default_ipv6_route()),
        }
        let added = match gateway {
            None => return Ok(()),
            Some(IpAddr::V4(gateway)) => routes.add_default_ipv4_route(gateway),
            Some(IpAddr::V6(gateway)) => routes.add_default_ipv6_route(gateway),
        };
        added.map(drop).map_err(|_| Errno::ENOBUFS)
    }

    /// Takes a place for one of smoltcp's sockets, which it would panic without.
    ///
    /// # Errors
    /// `ENOBUFS` if there is none.
    #[cfg(any(feature = "dns", feature = "dhcp"))]
    pub(crate) fn take_place(&mut self) -> Result<(), Errno> {
        self.places = self.places.checked_sub(1).ok_or(Errno::ENOBUFS)?;
        self.is_due = true;
        Ok(())
    }

    /// smoltcp has something to do.
    #[cfg(feature = "dns")]
    pub(crate) const fn wake(&mut self) {
        self.is_due = true;
    }

    /// The link is up again, or the addresses have changed: neighbours may have, too.
    pub(crate) fn reset(&mut self) {
        self.link.reset();
        #[cfg(feature = "dhcp")]
        if let Some(dhcp) = &self.dhcp {
            dhcp.reset(&mut self.sockets);
        }
        self.is_due = true;
    }
}
