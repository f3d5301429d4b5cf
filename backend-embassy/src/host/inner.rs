//! What a host's sockets, its driver and its task work on.

use core::task::{Context, Waker};

use anydgram_core::link::{Ingress, Link};
use anydgram_core::stack::{Arrival, Host, Wire};
use anydgram_core::{Datagram, Error, Handler, Instant, Misuse, SendToken, SocketId, Sockets};
use embassy_net::driver::Driver;

use super::step::Step;
use super::{INTERFACE, Lookups, now};
use crate::cables::{Indoors, Outdoors};
use crate::groups::Groups;

/// What a host has.
pub(crate) struct Inner<'m, H> {
    pub(crate) host: Host<'m>,
    pub(crate) sockets: Sockets<'m, 'm>,
    pub(crate) link: Link<'m>,
    pub(crate) groups: Groups<'m>,
    pub(crate) lookups: Lookups<'m>,
    pub(crate) handler: H,
    /// Who polls embassy-net's stack, and its driver with it.
    pub(super) runner: Option<Waker>,
    /// Who waits in [`Host::run`](crate::Host::run).
    pub(super) keeper: Option<Waker>,
    /// How far a step is, and who waits for it.
    pub(super) step: Step,
    pub(super) stepper: Option<Waker>,
    /// How often the stack has been polled.
    pub(crate) polls: u32,
    /// Frames for embassy-net that found no room.
    pub(crate) too_long: u32,
}

/// What works together, each lent by itself.
pub(super) struct Parts<'c, 'm, H, W> {
    pub(super) host: &'c mut Host<'m>,
    pub(super) sockets: &'c mut Sockets<'m, 'm>,
    pub(super) handler: &'c mut H,
    /// What datagrams leave by.
    pub(super) wire: W,
}

impl<H: Handler> Inner<'_, H> {
    /// Does what the sockets want; whether something is left to do at once.
    pub(crate) fn poll<D: Driver>(
        &mut self,
        now: Instant,
        driver: &mut D,
        context: &mut Context<'_>,
    ) -> bool {
        let Parts {
            host,
            sockets,
            handler,
            mut wire,
        } = self.outdoors(driver, context);
        host.poll::<dyn Wire, H>(now, &mut wire, sockets, handler)
    }

    /// Does what has come of a frame; whether something is left to do at once.
    pub(crate) fn take_turns<D: Driver>(
        &mut self,
        now: Instant,
        driver: &mut D,
        context: &mut Context<'_>,
    ) -> bool {
        if !self.sockets.has_ready() {
            return false;
        }
        let Parts {
            host,
            sockets,
            handler,
            mut wire,
        } = self.outdoors(driver, context);
        host.take_turns::<dyn Wire, H>(now, &mut wire, sockets, handler)
    }

    /// Brings a frame to the sockets; whether it is for embassy-net.
    pub(crate) fn receive(&mut self, now: Instant, frame: &[u8]) -> bool {
        let Self {
            host,
            sockets,
            link,
            handler,
            ..
        } = self;
        // Not moved out of where it is: it is large.
        match &link.receive(now, frame, host.interfaces(), host.groups()) {
            // embassy-net tells the sender that nobody has the port.
            Ingress::Datagram(datagram) => {
                host.receive(datagram, sockets, handler) == Arrival::NoSocket
            }
            Ingress::Reassembled(datagram) => {
                // embassy-net would take the last fragment for all of it.
                host.receive(datagram, sockets, handler);
                false
            }
            Ingress::Unreachable(told) => {
                host.handle_unreachable(told.local, told.peer, told.errno, sockets);
                false
            }
            Ingress::Other => true,
            Ingress::Fragment | Ingress::Dropped => false,
        }
    }
}

impl<'m, H> Inner<'m, H> {
    /// What works together while the driver is within reach.
    pub(super) fn outdoors<'c, 'w, D>(
        &'c mut self,
        driver: &'c mut D,
        context: &'c mut Context<'w>,
    ) -> Parts<'c, 'm, H, Outdoors<'c, 'm, 'w, D>> {
        Parts {
            host: &mut self.host,
            sockets: &mut self.sockets,
            handler: &mut self.handler,
            wire: Outdoors {
                driver,
                context,
                link: &mut self.link,
                groups: &mut self.groups,
                lookups: &mut self.lookups,
            },
        }
    }

    /// What works together while it is not.
    fn indoors(&mut self) -> Parts<'_, 'm, H, Indoors<'_, 'm>> {
        Parts {
            host: &mut self.host,
            sockets: &mut self.sockets,
            handler: &mut self.handler,
            wire: Indoors {
                link: &self.link,
                groups: &mut self.groups,
                lookups: &mut self.lookups,
            },
        }
    }

    /// Sends what waits for neighbours, and asks for them; whether the driver had room for it.
    pub(crate) fn send_waiting<D: Driver>(
        &mut self,
        now: Instant,
        driver: &mut D,
        context: &mut Context<'_>,
    ) -> bool {
        let Parts { host, mut wire, .. } = self.outdoors(driver, context);
        wire.send_waiting(now, host.interfaces())
    }

    /// Tells the sockets of neighbours that never answered; whether something is left to do at once.
    pub(crate) fn tell_unreachable(&mut self) -> bool {
        while let Some(lost) = self.link.poll_unreachable() {
            self.host
                .handle_unreachable(lost.local, lost.peer, lost.errno, &mut self.sockets);
        }
        self.sockets.has_ready()
    }

    /// The link has come up, and groups are reported again; or it has gone down, and neighbours are forgotten.
    pub(crate) fn set_link_up(&mut self, is_up: bool) {
        self.host.interfaces_mut().set_up(INTERFACE, is_up);
        self.link.reset();
        if is_up {
            self.rejoin();
            self.wake_keeper();
        }
    }

    /// Has the host's task do what has been wanted of it since the last call.
    pub(crate) fn wake_for_news(&mut self) {
        if self.groups.take_news() | self.lookups.take_news() {
            self.wake_keeper();
        }
    }

    /// The stack has been polled.
    pub(crate) fn end_poll(&mut self) {
        self.polls = self.polls.wrapping_add(1);
        if self.groups.awaits_poll() {
            self.wake_keeper();
        }
    }

    /// Carries out what a socket asks for, as far as it needs no driver. Every command does: there is one of it.
    #[inline(never)]
    pub(crate) fn carry_out(&mut self, id: SocketId) -> Result<(), Error<'static>> {
        let Parts {
            host,
            sockets,
            mut wire,
            ..
        } = self.indoors();
        host.carry_out::<dyn Wire>(now(), &mut wire, sockets, id)
    }

    /// Sends a datagram, or keeps it until the driver is within reach.
    pub(crate) fn send(
        &mut self,
        id: SocketId,
        datagram: Datagram<'_>,
    ) -> Result<SendToken, Misuse> {
        let Parts {
            host,
            sockets,
            mut wire,
            ..
        } = self.indoors();
        host.send::<dyn Wire>((now(), &mut wire), sockets, id, datagram)
    }

    /// The link has come up, or an address has changed: the network is told of the groups again.
    pub(crate) fn rejoin(&mut self) {
        let Parts { host, mut wire, .. } = self.indoors();
        host.rejoin::<dyn Wire>(&mut wire, INTERFACE);
    }

    /// Has the driver polled, and the host's task do what is wanted of it.
    pub(crate) fn wake(&mut self) {
        self.wake_runner();
        self.wake_for_news();
    }

    /// Has the driver polled.
    pub(crate) fn wake_runner(&self) {
        if let Some(runner) = &self.runner {
            runner.wake_by_ref();
        }
    }

    /// Has the host's task look at what has changed.
    pub(crate) fn wake_keeper(&self) {
        if let Some(keeper) = &self.keeper {
            keeper.wake_by_ref();
        }
    }

    pub(crate) fn keep_runner(&mut self, waker: &Waker) {
        keep(&mut self.runner, waker);
    }
}

pub(super) fn keep(place: &mut Option<Waker>, waker: &Waker) {
    if !place.as_ref().is_some_and(|kept| kept.will_wake(waker)) {
        *place = Some(waker.clone());
    }
}
