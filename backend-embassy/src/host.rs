//! The host: what its sockets, its driver and its task share.

mod config;
mod inner;
mod lookups;
cfg_if::cfg_if! {
    if #[cfg(feature = "dns")] {
        mod names;
    } else {
        #[path = "host/nameless.rs"]
        mod names;
    }
}
mod run;
mod step;
cfg_if::cfg_if! {
    if #[cfg(feature = "multicast")] {
        mod told;
    } else {
        #[path = "host/untold.rs"]
        mod told;
    }
}
cfg_if::cfg_if! {
    if #[cfg(feature = "ipv6")] {
        #[path = "host/dual.rs"]
        mod families;
    } else {
        #[path = "host/v4_only.rs"]
        mod families;
    }
}

use core::cell::{Cell, RefCell};
use core::fmt;

use anydgram_core::link::{Link, LinkDrops, LinkOptions};
use anydgram_core::stack::{Drops, Host as CoreHost};
use anydgram_core::{
    Datagram, Errno, Error, Handler, Instant, Misuse, SendToken, SocketId, Sockets,
};
use embassy_net::driver::{Checksum, Driver, HardwareAddress};

use crate::groups::Groups;
use crate::inbox::Inbox;
pub(crate) use inner::Inner;
pub(crate) use lookups::Lookups;
pub use lookups::Resolver;
pub use names::LookupSlot;

use crate::memory::{HostMemory, HostOptions};
use crate::shim::Shim;

/// A host on embassy-net: sockets, and the interface that they send and receive by.
///
/// `H` is who is told what happens: an [`Inbox`], for async [`Socket`](crate::Socket)s, or an application that is a
/// [`Handler`], which needs none. All that a host does for its sockets, it does while embassy-net's runner polls its
/// [`Shim`]; the rest is done by [`run`](Self::run). Belongs to one executor, as embassy-net's `Stack` does.
pub struct Host<'m, H = Inbox<'m>> {
    inner: RefCell<Inner<'m, H>>,
    stack: Cell<Option<embassy_net::Stack<'m>>>,
}

impl<'m, H: Handler> Host<'m, H> {
    /// A host whose interface is the one of `driver`, which is down until the driver is [polled](Self::shim).
    ///
    /// # Errors
    /// `EINVAL` for a name that cannot be one, or a driver that is neither Ethernet nor IP; `ENOBUFS` without room for an
    /// interface.
    pub fn new<D: Driver>(
        driver: &D,
        options: &HostOptions<'_>,
        memory: HostMemory<'m>,
        handler: H,
    ) -> Result<Self, Errno> {
        let link = link_options(driver)?;
        let HostOptions { name, seed } = *options;
        let mut host = CoreHost::new(memory.tables, seed);
        let mtu = u32::try_from(link.mtu).unwrap_or(u32::MAX);
        let index = host.interfaces_mut().add(name, mtu)?;
        debug_assert_eq!(index, INTERFACE, "it is the first one");
        host.interfaces_mut().set_up(INTERFACE, false);
        let inner = Inner {
            host,
            sockets: Sockets::new(memory.sockets),
            link: Link::new(
                link,
                memory.neighbours,
                memory.waiting,
                memory.waiting_bytes,
            )
            .with_assemblies(memory.assemblies, memory.assembly_bytes),
            groups: Groups::new(memory.groups),
            lookups: Lookups::new(memory.lookups),
            handler,
            runner: None,
            keeper: None,
            step: step::Step::None,
            stepper: None,
            polls: 0,
            too_long: 0,
        };
        Ok(Self {
            inner: RefCell::new(inner),
            stack: Cell::new(None),
        })
    }

    /// The driver for embassy-net: `driver`, with the sockets of this host in front. `frame` is room for one frame that is
    /// for embassy-net, as long as the driver's longest. A host has one.
    pub fn shim<D: Driver>(&'m self, driver: D, frame: &'m mut [u8]) -> Shim<'m, D, H> {
        Shim::new(self, driver, frame)
    }

    /// Works on the sockets, and on whoever handles their events. What the sockets are asked for is done when the runner
    /// polls the driver, which it is asked for.
    ///
    /// # Panics
    /// From within the [`Handler`].
    pub fn with<R>(&self, work: impl FnOnce(&mut Sockets<'m, 'm>, &mut H) -> R) -> R {
        let mut inner = self.inner.borrow_mut();
        let Inner {
            sockets, handler, ..
        } = &mut *inner;
        let result = work(sockets, handler);
        inner.wake_runner();
        result
    }

    /// Carries out at once what a socket asks for, for whoever wants the outcome of a call with the call; otherwise
    /// failures are events.
    ///
    /// # Errors
    /// The first failure; it is no event then. What Node tells by an event, the failure of a `bind` or a `connect`, is
    /// an event here, too.
    ///
    /// # Panics
    /// From within the [`Handler`].
    pub fn carry_out(&self, id: SocketId) -> Result<(), Error<'static>> {
        let mut inner = self.inner.borrow_mut();
        let result = inner.carry_out(id);
        inner.wake();
        result
    }

    /// Sends a datagram of a socket within the call, and without copying it, if it stays on this host and need not wait;
    /// otherwise it is the socket's own `send`, and the datagram leaves when the runner polls the driver.
    ///
    /// # Errors
    /// As [`Socket::send`](anydgram_core::Socket::send).
    ///
    /// # Panics
    /// From within the [`Handler`].
    pub fn send(&self, id: SocketId, datagram: Datagram<'_>) -> Result<SendToken, Misuse> {
        let mut inner = self.inner.borrow_mut();
        let result = inner.send(id, datagram);
        inner.wake();
        result
    }

    /// Has names looked up by `resolver` in place of embassy-net; of a socket that wants it
    /// ([`Options::look_up_always`](anydgram_core::Options::look_up_always)) also addresses. Calls of async sockets ask
    /// embassy-net all the same.
    pub fn set_resolver(&self, resolver: &'m dyn Resolver) {
        self.inner.borrow_mut().lookups.own = Some(resolver);
    }

    /// Datagrams that no socket was shown.
    #[must_use]
    pub fn drops(&self) -> Drops {
        *self.inner.borrow().host.drops()
    }

    /// Frames that were dropped.
    #[must_use]
    pub fn link_drops(&self) -> LinkDrops {
        *self.inner.borrow().link.drops()
    }

    /// Frames that embassy-net did not get, because they are longer than the room for them.
    #[must_use]
    pub fn frames_too_long(&self) -> u32 {
        self.inner.borrow().too_long
    }

    pub(crate) const fn inner(&self) -> &RefCell<Inner<'m, H>> {
        &self.inner
    }
}

fn link_options<D: Driver>(driver: &D) -> Result<LinkOptions, Errno> {
    let capabilities = driver.capabilities();
    let longest = capabilities.max_transmission_unit;
    let mut options = match driver.hardware_address() {
        // The lowest bit says that it is a group.
        HardwareAddress::Ethernet([first, ..]) if first & 1 != 0 => return Err(Errno::EINVAL),
        HardwareAddress::Ethernet(address) => LinkOptions::ethernet(INTERFACE, address),
        HardwareAddress::Ip => LinkOptions::ip(INTERFACE),
        HardwareAddress::Ieee802154(_) | _ => return Err(Errno::EINVAL),
    };
    let header = options.hardware_address.map_or(0, |_| ETHERNET_LEN);
    options.mtu = longest.saturating_sub(header);
    let udp = capabilities.checksum.udp;
    options.receives_checked = matches!(udp, Checksum::Tx | Checksum::None);
    options.fills_checksums = matches!(udp, Checksum::Rx | Checksum::None);
    Ok(options)
}

/// The time of embassy's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the time comes from"
)]
pub(crate) fn now() -> Instant {
    Instant::from_micros(embassy_time::Instant::now().as_micros())
}

impl<H> fmt::Debug for Host<'_, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl<H> defmt::Format for Host<'_, H> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Host");
    }
}

/// The index of the interface; the loopback interface is 1.
pub(crate) const INTERFACE: u32 = anydgram_core::stack::Interfaces::LOOPBACK + 1;
const ETHERNET_LEN: usize = 14;
