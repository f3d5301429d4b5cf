//! What a host runs on: its stack, at one of the levels that a world can have.

use core::net::IpAddr;

use anydgram_core::link::LinkDrops;
use anydgram_core::stack::{Cidr, Host as Stack};
use anydgram_core::{
    Datagram, Errno, Error, Handler, Instant, Misuse, SendToken, SocketId, Sockets,
};

use super::{Nic, Port, Watch};
use crate::network::Parcel;

/// The stack of a host, between its sockets and its cables.
pub(crate) trait Engine<'m> {
    /// Ports, groups, interfaces.
    fn stack(&self) -> &Stack<'m>;

    /// Frames of an interface that were dropped; `None` where there are no frames.
    fn link_drops(&self, interface: u32) -> Option<&LinkDrops> {
        let _ = interface;
        None
    }

    /// Adds an interface, which is up; its index.
    fn add_nic(&mut self, local: Instant, nic: &Nic) -> u32;

    fn add_address(&mut self, interface: u32, cidr: Cidr) -> Result<(), Errno>;

    fn remove_address(&mut self, interface: u32, ip: IpAddr) -> Result<(), Errno>;

    /// Says whether a link is up. When it comes up, its groups are told to the network again.
    fn set_link(&mut self, interface: u32, is_up: bool, port: &mut Port<'_>);

    /// Takes what has come in by a cable.
    fn receive(&mut self, turn: &mut Turn<'_, 'm>, came: &Came<'_>);

    /// A datagram of this host came to nobody. Among frames, a frame says so.
    fn refuse(&mut self, sockets: &mut Sockets<'_, '_>, came: &Came<'_>, errno: Errno) {
        let _ = (sockets, came, errno);
    }

    /// Does what is there to do; whether there is more.
    fn poll(&mut self, turn: &mut Turn<'_, 'm>) -> bool;

    /// Does one thing that is there to do, with one event at most; whether there was one.
    fn step(&mut self, turn: &mut Turn<'_, 'm>) -> bool;

    /// There may be room for what waits: the next steps offer it again.
    fn retry(&mut self, turn: &mut Turn<'_, 'm>);

    /// Carries out at once what a socket asks for.
    fn carry_out(&mut self, turn: &mut Turn<'_, 'm>, id: SocketId) -> Result<(), Error<'static>>;

    /// Carries out at once what a socket asks for, while the host has no hands for its cables: what that has to tell the
    /// network, and datagrams that would leave with it, wait for the next poll, which is due.
    fn command(
        &mut self,
        local: Instant,
        sockets: &mut Sockets<'m, 'static>,
        id: SocketId,
    ) -> Result<(), Error<'static>>;

    /// Sends a datagram within the call.
    fn send(
        &mut self,
        turn: &mut Turn<'_, 'm>,
        id: SocketId,
        datagram: Datagram<'_>,
    ) -> Result<SendToken, Misuse>;

    /// All has left that was to leave.
    fn is_free(&mut self, local: Instant, sockets: &Sockets<'_, '_>) -> bool {
        let _ = (local, sockets);
        true
    }

    /// There is nothing left to do; an error if the stack wants more at once.
    fn rest(&mut self, local: Instant, sockets: &Sockets<'_, '_>) -> Result<(), String> {
        let _ = (local, sockets);
        Ok(())
    }

    /// A turn begins; an error if the stack should have wanted one before.
    fn begin(&mut self, turn: &mut Turn<'_, 'm>) -> Result<(), String> {
        let _ = turn;
        Ok(())
    }

    /// When there is something to do again by the host's clock, if nothing comes until then.
    fn poll_at(&self, local: Instant, sockets: &Sockets<'_, '_>) -> Option<Instant> {
        let _ = (local, sockets);
        None
    }
}

/// What has come in by a cable.
pub(crate) struct Came<'p> {
    pub(crate) cable: u32,
    /// Of the host.
    pub(crate) interface: u32,
    pub(crate) parcel: &'p Parcel,
    /// The decision that corrupted it on the way down, by its number.
    pub(crate) corrupt: Option<u64>,
}

/// What an engine has while it is called.
pub(crate) struct Turn<'t, 'm> {
    pub(super) host: u32,
    /// The time by the host's clock.
    pub(super) local: Instant,
    pub(super) port: Port<'t>,
    pub(super) sockets: &'t mut Sockets<'m, 'static>,
    pub(super) application: &'t mut (dyn Handler + 'm),
    pub(super) watch: &'t mut Watch,
}
