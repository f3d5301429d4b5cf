//! The sockets, as commands see them.

use core::slice::IterMut;

use anydgram_conformance_agent as agent;
use anydgram_core::stack::Lookup;
use anydgram_core::{
    Address, Datagram, Errno, Error, Misuse, Options, SendToken, Socket, SocketId, Sockets,
};
use anydgram_embassy::Resolver;

use crate::memory::{self, Memory};
use crate::{Host, Told};

/// A host, and memory for the sockets that it will have.
pub(crate) struct Node {
    host: &'static Host,
    free: IterMut<'static, Memory>,
}

impl Node {
    /// All that the memory is enough for.
    pub(crate) fn new(host: &'static Host) -> Self {
        let free = memory::sockets().iter_mut();
        Self { host, free }
    }
}

impl agent::Host for Node {
    fn with<R>(&mut self, work: impl FnOnce(&mut Sockets<'_, '_>) -> R) -> R {
        self.host.with(|sockets, _| work(sockets))
    }

    fn create(&mut self, options: Options) -> Option<SocketId> {
        let socket = Socket::new(options, self.free.next()?);
        self.host.with(|sockets, _| sockets.add(socket).ok())
    }

    fn carry_out(&mut self, id: SocketId) -> Result<(), Error<'static>> {
        self.host.carry_out(id)
    }

    fn send(&mut self, id: SocketId, datagram: Datagram<'_>) -> Result<SendToken, Misuse> {
        self.host.send(id, datagram)
    }
}

/// Host names: those that the scenario knows.
pub(crate) struct Names(pub(crate) &'static Told);

impl Resolver for Names {
    fn look_up(&self, lookup: &Lookup<'_>) -> Option<Result<Address, Errno>> {
        self.0.look_up(lookup)
    }
}
