//! What a host has its datagrams sent by: the driver while embassy-net's runner polls it, and nothing at other times.

use core::net::IpAddr;
use core::task::Context;

use anydgram_core::link::{Link, Plan, Waiting};
use anydgram_core::stack::{Interfaces, Lookup, Outgoing, Wire};
use anydgram_core::{Address, Errno, Full, Instant, Transmitted};
use embassy_net::driver::{Driver, TxToken};

use crate::groups::Groups;
use crate::host::Lookups;

/// With the driver within reach.
pub(crate) struct Outdoors<'c, 'm, 'w, D> {
    pub(crate) driver: &'c mut D,
    pub(crate) context: &'c mut Context<'w>,
    pub(crate) link: &'c mut Link<'m>,
    pub(crate) groups: &'c mut Groups<'m>,
    pub(crate) lookups: &'c mut Lookups<'m>,
}

impl<D: Driver> Outdoors<'_, '_, '_, D> {
    /// Sends what the link has to send: what has waited for a neighbour, and questions; whether the driver had room for
    /// it. If not, it wakes the runner when it has.
    pub(crate) fn send_waiting(&mut self, now: Instant, interfaces: &Interfaces<'_>) -> bool {
        while self.link.poll_at().is_some_and(|at| at <= now) {
            let Some(room) = self.driver.transmit(self.context) else {
                return false;
            };
            let Some(waiting) = self.link.poll_transmit(now, interfaces) else {
                return true;
            };
            write_waiting(room, &waiting);
        }
        true
    }

    /// Sends what has waited and can leave: the fragments of a long datagram follow each other at once.
    #[cold]
    fn send_datagrams(&mut self) {
        while self.link.has_datagram() {
            let Some(room) = self.driver.transmit(self.context) else {
                return;
            };
            let Some(waiting) = self.link.poll_datagram() else {
                return;
            };
            write_waiting(room, &waiting);
        }
    }
}

impl<D: Driver> Wire for Outdoors<'_, '_, '_, D> {
    fn transmit(&mut self, now: Instant, datagram: &Outgoing<'_>) -> Transmitted {
        // The room first: what is decided without it would have to be taken back.
        let Some(room) = self.driver.transmit(self.context) else {
            return Transmitted::Blocked(Full::Buffer);
        };
        match self.link.transmit(now, datagram) {
            Plan::Ready(header) => {
                write(room, header.len(), &mut |frame| {
                    header.write(datagram, frame)
                });
                Transmitted::Sent
            }
            Plan::Waits => {
                drop(room);
                self.send_datagrams();
                Transmitted::Sent
            }
            // There will be, as soon as the driver has room for what can leave.
            Plan::Failed(Errno::ENOBUFS) if self.link.has_datagram() => {
                Transmitted::Blocked(Full::Buffer)
            }
            Plan::Failed(errno) => Transmitted::Failed(errno),
        }
    }

    fn longest_ipv4(&self, _: u32) -> Option<usize> {
        Some(self.link.longest_ipv4())
    }

    fn join(&mut self, _: u32, group: IpAddr) -> Result<(), Errno> {
        self.groups.join(group)
    }

    fn leave(&mut self, _: u32, group: IpAddr) {
        self.groups.leave(group);
    }

    fn rejoin(&mut self, _: u32, group: IpAddr) {
        self.groups.rejoin(group);
    }

    fn look_up(&mut self, _: Instant, lookup: Lookup<'_>) -> Option<Result<Address, Errno>> {
        self.lookups.look_up(&lookup)
    }
}

/// With the driver out of reach: datagrams wait.
pub(crate) struct Indoors<'c, 'm> {
    pub(crate) link: &'c Link<'m>,
    pub(crate) groups: &'c mut Groups<'m>,
    pub(crate) lookups: &'c mut Lookups<'m>,
}

impl Wire for Indoors<'_, '_> {
    fn transmit(&mut self, _: Instant, _: &Outgoing<'_>) -> Transmitted {
        Transmitted::Blocked(Full::Buffer)
    }

    fn longest_ipv4(&self, _: u32) -> Option<usize> {
        Some(self.link.longest_ipv4())
    }

    fn join(&mut self, _: u32, group: IpAddr) -> Result<(), Errno> {
        self.groups.join(group)
    }

    fn leave(&mut self, _: u32, group: IpAddr) {
        self.groups.leave(group);
    }

    fn rejoin(&mut self, _: u32, group: IpAddr) {
        self.groups.rejoin(group);
    }

    fn look_up(&mut self, _: Instant, lookup: Lookup<'_>) -> Option<Result<Address, Errno>> {
        self.lookups.look_up(&lookup)
    }
}

fn write_waiting<T: TxToken>(room: T, waiting: &Waiting<'_>) {
    write(room, waiting.len(), &mut |frame| waiting.write(frame));
}

/// The one place where a driver's token is consumed for us: its code is there only once.
fn write<T: TxToken>(room: T, len: usize, write: &mut dyn FnMut(&mut [u8]) -> bool) {
    let is_written = room.consume(len, write);
    debug_assert!(is_written, "the frame has the length that was asked for");
}
