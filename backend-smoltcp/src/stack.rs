//! The stack: a host, its interfaces, and whoever looks names up.

mod cables;
mod configure;
mod poll;

use core::fmt;

#[cfg(doc)]
use anydgram_core::Handler;
use anydgram_core::link::LinkDrops;
use anydgram_core::stack::{Drops, Host, Interfaces, Seed, Tables};
use anydgram_core::{BindState, Errno, Instant, Sockets};
use cables::Cables;
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

    /// The tables of the host: ports, groups, interfaces.
    #[must_use]
    pub const fn host(&self) -> &Host<'m> {
        &self.host
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

    /// The devices of all interfaces.
    pub fn devices(&self) -> impl Iterator<Item = &D> {
        self.nics.iter().map(|nic| &nic.device)
    }

    /// Whether nothing can happen any more unless the application does something: no socket is bound or looks a name up,
    /// everything has been told, and no datagram waits for its neighbour.
    #[must_use]
    pub fn is_idle(&self, sockets: &Sockets<'_, '_>) -> bool {
        let is_at_rest = |id| {
            let socket = sockets.get(id);
            socket.is_none_or(|socket| {
                self.host.ports().get(id).is_none() && socket.bind_state() != BindState::Binding
            })
        };
        let has_waiting = self.nics.iter().any(|nic| nic.link.has_waiting());
        !has_waiting
            && !sockets.has_ready()
            && !self.host.has_local()
            && sockets.ids().all(is_at_rest)
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

/// The place of an interface among those with a device.
fn place(interface: u32) -> Option<usize> {
    usize::try_from(interface.checked_sub(FIRST)?).ok()
}

/// The index of the first interface with a device.
const FIRST: u32 = Interfaces::LOOPBACK + 1;
