//! The stack: a host, its interfaces, and whoever looks names up.

use core::fmt;
use core::net::IpAddr;

use anydgram_core::link::LinkDrops;
use anydgram_core::stack::{Cidr, Drops, Host, Interfaces, Lookup, Outgoing, Seed, Tables, Wire};
use anydgram_core::{
    Address, BindState, Errno, Error, Family, Handler, Host as GivenHost, Instant, SocketId,
    Sockets, Transmitted,
};
use heapless::Vec;
use smoltcp::phy::Device;

use crate::nic::{Nic, NicMemory, NicOptions};
use crate::resolver::Resolver;

/// Runs a [`Handler`] on a userspace stack.
///
/// The application is the same on every backend. A stack has up to `NICS` interfaces beside the loopback interface,
/// over devices of one type. What is special here:
/// * A closed socket stays in its [`Sockets`]: the application removes it, or
///   [renews](anydgram_core::Socket::renew) it and adds it again.
/// * A socket is better closed before it is removed: one that is removed while it is open keeps its port until its
///   place is taken.
/// * A failure that would have been the result of a call is an event, unless [`carry_out`](Self::carry_out) is called
///   right after the call.
pub struct Stack<'m, D: Device, const NICS: usize = 1> {
    host: Host<'m>,
    nics: Vec<Nic<'m, D>, NICS>,
    resolver: Option<&'m mut dyn Resolver>,
}

impl<'m, D: Device, const NICS: usize> Stack<'m, D, NICS> {
    /// A host without interfaces but for the loopback interface.
    #[must_use]
    pub fn new(tables: Tables<'m>, seed: Seed) -> Self {
        Self {
            host: Host::new(tables, seed),
            nics: Vec::new(),
            resolver: None,
        }
    }

    /// Adds an interface, which is up and has no address, and returns its index.
    ///
    /// # Errors
    /// `EINVAL` for a name or a hardware address that cannot be one, `EEXIST` for a name that is taken, `ENOBUFS` if
    /// there is no room for it.
    pub fn add_nic(
        &mut self,
        now: Instant,
        device: D,
        options: &NicOptions<'_>,
        memory: NicMemory<'m>,
    ) -> Result<u32, Errno> {
        if self.nics.is_full() {
            return Err(Errno::ENOBUFS);
        }
        let index = FIRST.saturating_add(u32::try_from(self.nics.len()).unwrap_or(u32::MAX));
        let mtu = device.capabilities().ip_mtu();
        let nic = Nic::new(device, index, options, memory, now)?;
        let mtu = u32::try_from(mtu).unwrap_or(u32::MAX);
        let given = self.host.interfaces_mut().add(options.name, mtu)?;
        debug_assert_eq!(given, index, "interfaces are never removed");
        let pushed = self.nics.push(nic);
        debug_assert!(pushed.is_ok(), "there is room");
        Ok(index)
    }

    /// Lets `resolver` look names up that this host does not know.
    pub fn set_resolver(&mut self, resolver: &'m mut dyn Resolver) {
        self.resolver = Some(resolver);
    }

    /// The interfaces, their addresses and routes.
    #[must_use]
    pub const fn interfaces(&self) -> &Interfaces<'m> {
        self.host.interfaces()
    }

    /// The device of an interface.
    #[must_use]
    pub fn device(&self, interface: u32) -> Option<&D> {
        self.nic(interface).map(|nic| &nic.device)
    }

    /// The device of an interface, to be set up.
    pub fn device_mut(&mut self, interface: u32) -> Option<&mut D> {
        self.nic_mut(interface).ok().map(|nic| &mut nic.device)
    }

    /// Gives an interface an address.
    ///
    /// # Errors
    /// `ENODEV`, `EEXIST`, `EINVAL` as [`Interfaces::add_address`]; `ENOBUFS` also if smoltcp has no room, see its
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
    /// `ENODEV` and `EINVAL` as [`Interfaces::set_gateway`]; `ENOBUFS` if smoltcp has no room for the route.
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

    /// The devices of all interfaces.
    pub fn devices(&self) -> impl Iterator<Item = &D> {
        self.nics.iter().map(|nic| &nic.device)
    }

    /// Whether nothing can happen any more to any socket unless the application does something: none is bound or
    /// looks a name up, and everything has been told.
    #[must_use]
    pub fn is_idle(&self, sockets: &Sockets<'_, '_>) -> bool {
        let is_at_rest = |id| {
            let socket = sockets.get(id);
            socket.is_none_or(|socket| {
                self.host.ports().get(id).is_none() && socket.bind_state() != BindState::Binding
            })
        };
        !sockets.has_ready() && !self.host.has_local() && sockets.ids().all(is_at_rest)
    }

    /// Datagrams that no socket was shown.
    #[must_use]
    pub const fn drops(&self) -> &Drops {
        self.host.drops()
    }

    /// Frames of an interface that were dropped.
    #[must_use]
    pub fn link_drops(&self, interface: u32) -> Option<&LinkDrops> {
        self.nic(interface).map(|nic| nic.link.drops())
    }

    /// Does everything that is there to do, and never waits: carries out what the sockets ask for, sends what waits,
    /// hands events on to `handler`, and takes at most 32 frames of each interface. Returns when it wants to be called
    /// again, even if no frame comes in until then: `now` if something is left to do.
    ///
    /// `now` is by the clock of the caller, the same in all calls, and never goes backwards.
    pub fn poll<H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> Option<Instant> {
        self.take_answers(now, sockets);
        let (host, mut cables) = self.split();
        let mut has_more = host.poll(now, &mut cables, sockets, handler);
        for at in 0..self.nics.len() {
            has_more |= self.read(now, at, sockets, handler);
        }
        for nic in &mut self.nics {
            nic.send_own(now, &mut self.host, sockets);
        }
        #[cfg(feature = "dhcp")]
        self.take_leases();
        if has_more || sockets.has_ready() || self.host.has_local() {
            return Some(now);
        }
        let retry = self.host.is_blocked().then(|| now.saturating_add(RETRY));
        let answer = self
            .resolver
            .as_ref()
            .and_then(|resolver| resolver.poll_at());
        let nics = self.nics.iter().filter_map(|nic| nic.poll_at(now));
        nics.chain(retry).chain(answer).min()
    }

    /// Carries out at once what a socket asks for, for whoever wants the outcome of a call with the call: what
    /// [`poll`](Self::poll) does, but that failures are returned.
    ///
    /// # Errors
    /// The first failure; it is no event then. What Node tells by an event, the failure of a `bind` or a `connect`, is
    /// an event here, too.
    pub fn carry_out(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_, '_>,
        id: SocketId,
    ) -> Result<(), Error<'static>> {
        let (host, mut cables) = self.split();
        host.carry_out(now, &mut cables, sockets, id)
    }

    /// Takes frames of an interface, up to a budget, with all that follows from each; whether there may be more.
    fn read<H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        at: usize,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> bool {
        let mut has_more = false;
        for _ in 0..BUDGET {
            let (host, cables) = self.split();
            let Some(nic) = cables.nics.get_mut(at) else {
                return has_more;
            };
            if !nic.receive(now, host, sockets, handler) {
                return has_more;
            }
            let (host, mut cables) = self.split();
            has_more = host.take_turns(now, &mut cables, sockets, handler);
        }
        true
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
    fn take_leases(&mut self) {
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

    fn take_answers(&mut self, now: Instant, sockets: &mut Sockets<'_, '_>) {
        while let Some(answer) = self
            .resolver
            .as_mut()
            .and_then(|resolver| resolver.poll(now))
        {
            if let Some(socket) = sockets.get_mut(answer.id) {
                socket.handle_lookup(answer.token, answer.result);
            }
        }
        #[cfg(feature = "dns")]
        for nic in &mut self.nics {
            let Some(dns) = &mut nic.dns else { continue };
            while let Some(answer) = dns.poll(&mut nic.sockets) {
                if let Some(socket) = sockets.get_mut(answer.id) {
                    socket.handle_lookup(answer.token, answer.result);
                }
            }
        }
    }

    fn rejoin(&mut self, interface: u32) {
        let (host, mut cables) = self.split();
        host.rejoin(&mut cables, interface);
    }

    fn split(&mut self) -> (&mut Host<'m>, Cables<'_, 'm, D>) {
        let cables = Cables {
            nics: &mut self.nics,
            resolver: &mut self.resolver,
        };
        (&mut self.host, cables)
    }

    fn nic(&self, interface: u32) -> Option<&Nic<'m, D>> {
        self.nics.get(place(interface)?)
    }

    fn nic_mut(&mut self, interface: u32) -> Result<&mut Nic<'m, D>, Errno> {
        let nic = place(interface).and_then(|at| self.nics.get_mut(at));
        nic.ok_or(Errno::ENODEV)
    }
}

impl<D: Device, const NICS: usize> fmt::Debug for Stack<'_, D, NICS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack")
            .field("host", &self.host)
            .field("nics", &self.nics.len())
            .finish_non_exhaustive()
    }
}

/// What a host has its datagrams sent by.
struct Cables<'c, 'm, D: Device> {
    nics: &'c mut [Nic<'m, D>],
    resolver: &'c mut Option<&'m mut dyn Resolver>,
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

/// The place of an interface among those with a device.
fn place(interface: u32) -> Option<usize> {
    usize::try_from(interface.checked_sub(FIRST)?).ok()
}

/// The index of the first interface with a device.
const FIRST: u32 = Interfaces::LOOPBACK + 1;
/// How many frames of an interface are taken before others have their chance.
const BUDGET: u32 = 32;
/// How long a datagram that the device had no room for waits before it is tried again.
const RETRY: core::time::Duration = core::time::Duration::from_millis(1);
