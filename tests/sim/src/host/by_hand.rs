//! What a host is told to do at once, and one thing at a time.

use anydgram_core::{Datagram, Error, Misuse, SendToken, SocketId};

use super::engine::{Engine, Turn};
use super::port::Port;
use super::{Machine, Resolver};
use crate::network::Network;

impl<'m> Machine<'m> {
    pub(crate) fn set_resolver(&mut self, resolver: Resolver<'m>) {
        self.names.set(Some(resolver));
        self.tell_watch();
    }

    /// Tells the watch of a new life what it has to reckon with.
    pub(super) fn tell_watch(&mut self) {
        if self.names.has_own()
            && let Some(life) = &mut self.life
        {
            life.watch.expect_late_names();
        }
    }

    /// Carries out at once what a socket asks for.
    pub(crate) fn carry_out(
        &mut self,
        now: u64,
        network: &mut Network,
        id: SocketId,
    ) -> Result<(), Error<'static>> {
        let result = match self.turn(now, network) {
            Some((engine, mut turn)) => engine.carry_out(&mut turn, id),
            None => Ok(()),
        };
        self.heed(network);
        result
    }

    /// Sends a datagram within the call.
    pub(crate) fn send(
        &mut self,
        now: u64,
        network: &mut Network,
        id: SocketId,
        datagram: Datagram<'_>,
    ) -> Result<SendToken, Misuse> {
        let result = match self.turn(now, network) {
            Some((engine, mut turn)) => engine.send(&mut turn, id, datagram),
            None => Err(Misuse::NotRunning),
        };
        self.heed(network);
        result
    }

    /// Does one thing; whether there was one.
    pub(crate) fn step(&mut self, now: u64, network: &mut Network) -> bool {
        let was_busy = match self.turn(now, network) {
            Some((engine, mut turn)) => engine.step(&mut turn),
            None => false,
        };
        self.heed(network);
        was_busy
    }

    fn heed(&mut self, network: &mut Network) {
        if let Some(life) = &mut self.life {
            life.watch.glance(&mut life.sockets);
            life.heed(network);
        }
    }

    /// The engine of a host that is alive, and what it is called with.
    fn turn<'t>(
        &'t mut self,
        now: u64,
        network: &'t mut Network,
    ) -> Option<(&'t mut (dyn Engine<'m> + 'm), Turn<'t, 'm>)> {
        let local = self.clock.local(now);
        let port = Port::new(&self.nics, now, network, self.names);
        let life = self.life.as_mut()?;
        Some(life.turn(self.number, local, port))
    }
}
