//! A host whose stack is straight on its cables: what they carry are datagrams.

use core::net::IpAddr;

use anydgram_core::stack::{Arrival, Cidr, Host as Stack, Seed, Tables};
use anydgram_core::{Datagram, Errno, Error, Instant, Misuse, SendToken, SocketId, Sockets};

use super::engine::{Came, Engine, Turn};
use super::{Nic, Port};
use crate::trace::Why;

pub(super) struct Datagrams<'m>(Stack<'m>);

impl<'m> Datagrams<'m> {
    pub(super) fn new(tables: Tables<'m>, seed: Seed) -> Self {
        Self(Stack::new(tables, seed))
    }
}

impl<'m> Engine<'m> for Datagrams<'m> {
    fn stack(&self) -> &Stack<'m> {
        &self.0
    }

    fn add_nic(&mut self, _: Instant, nic: &Nic) -> u32 {
        let added = self.0.interfaces_mut().add(&nic.name, nic.mtu);
        added.expect("a host has room for its interfaces")
    }

    fn add_address(&mut self, interface: u32, cidr: Cidr) -> Result<(), Errno> {
        self.0.interfaces_mut().add_address(interface, cidr)
    }

    fn remove_address(&mut self, interface: u32, ip: IpAddr) -> Result<(), Errno> {
        self.0.interfaces_mut().remove_address(interface, ip)
    }

    fn set_link(&mut self, interface: u32, is_up: bool, port: &mut Port<'_>) {
        self.0.interfaces_mut().set_up(interface, is_up);
        if is_up {
            self.0.rejoin(port, interface);
        }
    }

    fn receive(&mut self, turn: &mut Turn<'_, 'm>, came: &Came<'_>) {
        let Came {
            cable,
            interface,
            parcel,
            ..
        } = *came;
        let host = turn.host;
        let Some(mut incoming) = parcel.incoming(interface) else {
            return;
        };
        incoming.timestamp = Some(turn.local);
        let Port { now, network, .. } = &mut turn.port;
        network.arrive(*now, cable, parcel.id, [None; 2]);
        let expected = turn.watch.expect(&self.0, turn.sockets, &incoming);
        let mut watched = turn
            .watch
            .over(turn.application, host, *now, &mut network.trace)
            .of(&incoming);
        let arrival = self.0.receive(&incoming, turn.sockets, &mut watched);
        turn.watch
            .look_at_arrival(&expected, &self.0, turn.sockets, arrival);
        match arrival {
            Arrival::Shown => {}
            Arrival::NoSocket => {
                network.lose(*now, host, parcel.id, Why::NoSocket);
                let destination = incoming.destination.address;
                if self.0.interfaces().owner(destination).is_some() {
                    network.refuse(*now, parcel.clone());
                }
            }
            Arrival::Dropped => network.lose(*now, host, parcel.id, Why::NotOurs),
        }
    }

    fn refuse(&mut self, sockets: &mut Sockets<'_, '_>, came: &Came<'_>, errno: Errno) {
        if let Some(incoming) = came.parcel.incoming(came.interface) {
            let (local, peer) = (incoming.source, incoming.destination);
            self.0.handle_unreachable(local, peer, errno, sockets);
        }
    }

    fn poll(&mut self, turn: &mut Turn<'_, 'm>) -> bool {
        // Events and datagrams are written down in the same trace: those of one poll, the events last.
        let mut told = turn.watch.apart(turn.application);
        let port = &mut turn.port;
        let has_more = self.0.poll(turn.local, port, turn.sockets, &mut told);
        told.write(turn.host, port.now, &mut port.network.trace);
        has_more
    }

    fn step(&mut self, turn: &mut Turn<'_, 'm>) -> bool {
        let mut told = turn.watch.apart(turn.application);
        let port = &mut turn.port;
        let was_busy = self.0.step(turn.local, port, turn.sockets, &mut told);
        told.write(turn.host, port.now, &mut port.network.trace);
        was_busy
    }

    fn retry(&mut self, turn: &mut Turn<'_, 'm>) {
        self.0.retry(turn.sockets);
    }

    fn carry_out(&mut self, turn: &mut Turn<'_, 'm>, id: SocketId) -> Result<(), Error<'static>> {
        let port = &mut turn.port;
        self.0.carry_out(turn.local, port, turn.sockets, id)
    }

    fn send(
        &mut self,
        turn: &mut Turn<'_, 'm>,
        id: SocketId,
        datagram: Datagram<'_>,
    ) -> Result<SendToken, Misuse> {
        let context = (turn.local, &mut turn.port);
        self.0.send(context, turn.sockets, id, datagram)
    }
}
