//! What the simulator and the kernel have in common, as scripts see them, and how a step is carried out on either.

use core::net::IpAddr;

use anydgram_core::{
    Address, BindOptions, Datagram, Destination, Endpoint, Error, Host, Interface,
    MulticastInterface, Socket, SocketId,
};

use crate::script::{Call, Face, Group, Place, Planned, Port, Step};
use crate::told::Notebook;
use crate::wire::Packet;

/// Hosts with the sockets of a script.
pub(crate) trait Side {
    /// Adds the next socket.
    fn add(&mut self, planned: &Planned);

    /// Works on a socket, as the application of its host.
    fn with<R>(&mut self, socket: usize, work: impl FnOnce(&mut Socket<'_>) -> R) -> R;

    /// How a socket is known to its host.
    fn id(&self, socket: usize) -> SocketId;

    /// The index of the interface that a host has on a network.
    fn index(&self, host: usize, lan: usize) -> u32;

    /// What the networks have carried since this was asked last, where that can be seen.
    fn take_packets(&mut self) -> Vec<Packet>;

    /// What the sockets of a host were told.
    fn notebook(&self, host: usize) -> &Notebook;
}

/// Where the sockets of a script are.
pub(crate) struct Hosts<'s>(pub(crate) &'s [Planned]);

impl Hosts<'_> {
    fn of(&self, socket: usize) -> usize {
        let planned = self.0.get(socket);
        planned.expect("scripts name their sockets").host
    }
}

/// The port that a socket is bound to.
pub(crate) fn endpoint(side: &mut impl Side, socket: usize) -> Option<Endpoint> {
    side.with(socket, |socket| socket.address().ok())
}

/// Carries a step out; what the call returns. `number` marks the payloads.
pub(crate) fn carry_out(
    side: &mut impl Side,
    hosts: &Hosts<'_>,
    number: usize,
    step: &Step,
) -> Result<(), Error<'static>> {
    let Step { socket, call, .. } = *step;
    let host = hosts.of(socket);
    let interface = |side: &_, face| interface(side, host, face);
    match call {
        Call::Bind(place, port) => {
            let port = number_of(side, port);
            let mut options = BindOptions::port(port);
            if let Some(place) = place {
                options = options.address(address(side, host, place));
            }
            side.with(socket, |socket| Ok(socket.bind(options)?))
        }
        Call::Connect(place, port) => {
            let to = destination(side, host, place, port);
            side.with(socket, |socket| Ok(socket.connect(to)?))
        }
        Call::Disconnect => side.with(socket, |socket| Ok(socket.disconnect()?)),
        Call::Send { to, len, count } => {
            let to = to.map(|(place, port)| destination(side, host, place, port));
            side.with(socket, |socket| {
                (0..count).try_for_each(|at| {
                    let payload = payload(number, at, len);
                    let mut datagram = Datagram::new(payload.as_slice());
                    datagram.destination = to;
                    socket.send(datagram)?;
                    Ok(())
                })
            })
        }
        Call::Close => side.with(socket, |socket| Ok(socket.close()?)),
        Call::SetTtl(hops) => side.with(socket, |socket| socket.set_ttl(hops)),
        Call::SetBroadcast(on) => side.with(socket, |socket| socket.set_broadcast(on)),
        Call::SetMulticastTtl(hops) => side.with(socket, |socket| socket.set_multicast_ttl(hops)),
        Call::SetMulticastLoopback(on) => {
            side.with(socket, |socket| socket.set_multicast_loopback(on))
        }
        Call::SetMulticastInterface(face) => {
            let face = match face {
                Face::Default | Face::All => MulticastInterface::Index(0),
                Face::Address(ip) => MulticastInterface::V4(ip),
                Face::Lan(lan) => MulticastInterface::Index(side.index(host, lan)),
            };
            side.with(socket, |socket| socket.set_multicast_interface(face))
        }
        Call::AddMembership(Group { ip, source, face }) => {
            let at = interface(side, face);
            side.with(socket, |socket| match source {
                None => socket.add_membership(ip, at),
                Some(source) => socket.add_source_specific_membership(source, ip, at),
            })
        }
        Call::DropMembership(Group { ip, source, face }) => {
            let at = interface(side, face);
            side.with(socket, |socket| match source {
                None => socket.drop_membership(ip, at),
                Some(source) => socket.drop_source_specific_membership(source, ip, at),
            })
        }
    }
}

/// Bytes that no other datagram of the script has, as far as they are enough.
fn payload(step: usize, at: u8, len: usize) -> Vec<u8> {
    let mark = format!("{step}.{at}.");
    mark.bytes().cycle().take(len).collect()
}

fn destination(
    side: &mut impl Side,
    host: usize,
    place: Place,
    port: Port,
) -> Destination<'static> {
    let port = number_of(side, port);
    Destination::new(address(side, host, place), port)
}

fn number_of(side: &mut impl Side, port: Port) -> u16 {
    match port {
        Port::Number(number) => number,
        Port::Of(socket) => endpoint(side, socket).map_or(9, |endpoint| endpoint.port),
    }
}

fn address(side: &impl Side, host: usize, place: Place) -> Host<'static> {
    let address = match (place.ip, place.lan) {
        (IpAddr::V6(ip), Some(lan)) => Address::scoped(ip, side.index(host, lan)),
        (ip, _) => Address::new(ip),
    };
    Host::Ip(address)
}

fn interface(side: &impl Side, host: usize, face: Face) -> Interface {
    match face {
        Face::Default => Interface::Default,
        Face::Address(ip) => Interface::Address(ip),
        Face::Lan(lan) => Interface::Index(side.index(host, lan)),
        Face::All => Interface::All,
    }
}
