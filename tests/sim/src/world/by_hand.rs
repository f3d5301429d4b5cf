//! A world driven by hand: what sockets ask for within a call, and hosts one thing at a time.

use super::{HostId, World, WorldOptions};
use crate::host::Memory;
use anydgram_core::stack::Lookup;
use anydgram_core::{Address, Datagram, Errno, Error, Misuse, SendToken, SocketId};

impl World<'static> {
    /// Makes a world that nobody has to wait for: its memory is freed with the process.
    #[must_use]
    pub fn leaked(options: &WorldOptions) -> Self {
        Self::new(Box::leak(Box::new(Memory::default())), options)
    }
}

impl<'m> World<'m> {
    /// Carries out at once what a socket asks for: for whoever wants the outcome of a call with the call, as
    /// [`Host::carry_out`](anydgram_core::stack::Host::carry_out).
    ///
    /// # Errors
    /// The first failure; it is no event then.
    pub fn carry_out(&mut self, host: HostId, id: SocketId) -> Result<(), Error<'static>> {
        let now = self.now;
        let machine = &mut self.hosts[crate::network::place(host.0)];
        machine.carry_out(now, &mut self.network, id)
    }

    /// Sends a datagram of a socket within the call, as [`Host::send`](anydgram_core::stack::Host::send).
    ///
    /// # Errors
    /// As [`Socket::send`](anydgram_core::Socket::send); [`Misuse::NotRunning`] while the host is down.
    pub fn send(
        &mut self,
        host: HostId,
        id: SocketId,
        datagram: Datagram<'_>,
    ) -> Result<SendToken, Misuse> {
        let now = self.now;
        let machine = &mut self.hosts[crate::network::place(host.0)];
        machine.send(now, &mut self.network, id, datagram)
    }

    /// Does one thing that a host has to do now, with one event at most; whether there was one. For a host that
    /// [is stepped](crate::HostOptions::is_stepped): any other one has nothing left to do.
    pub fn step_host(&mut self, host: HostId) -> bool {
        let now = self.now;
        let machine = &mut self.hosts[crate::network::place(host.0)];
        machine.step(now, &mut self.network)
    }

    /// Has a host ask `resolver` for names in place of the world's. `None` is an answer that comes later, by
    /// [`Socket::handle_lookup`](anydgram_core::Socket::handle_lookup).
    pub fn set_resolver(
        &mut self,
        host: HostId,
        resolver: impl FnMut(&Lookup<'_>) -> Option<Result<Address, Errno>> + 'm,
    ) {
        self.host_mut(host).set_resolver(Box::new(resolver));
    }
}
