//! A host whose stack is straight on its cables: what they carry are datagrams.

use core::net::IpAddr;

use anydgram_core::stack::{Arrival, Cidr, Host as Stack, Lookup, Outgoing, Seed, Tables, Wire};
use anydgram_core::{
    Datagram, Errno, Error, Full, Instant, Misuse, SendToken, SocketId, Sockets, Transmitted,
};

use super::engine::{Came, Engine, Turn};
use super::names::{Answer, Directory as _, OwnNames};
use super::port::LONGEST_IPV4;
use super::{Nic, Port, Wired};
use crate::trace::Why;

pub(super) struct Datagrams<'m> {
    stack: Stack<'m>,
    aside: Aside<'m>,
}

/// What a command of a task tells the network, until the host has its hands free again. It takes no datagram.
struct Aside<'m> {
    told: Vec<Wired>,
    names: &'m OwnNames<'m>,
}

impl<'m> Datagrams<'m> {
    pub(super) fn new(tables: Tables<'m>, names: &'m OwnNames<'m>, seed: Seed) -> Self {
        Self {
            stack: Stack::new(tables, seed),
            aside: Aside {
                told: Vec::new(),
                names,
            },
        }
    }
}

impl<'m> Engine<'m> for Datagrams<'m> {
    fn stack(&self) -> &Stack<'m> {
        &self.stack
    }

    fn add_nic(&mut self, _: Instant, nic: &Nic) -> u32 {
        let added = self.stack.interfaces_mut().add(&nic.name, nic.mtu);
        added.expect("a host has room for its interfaces")
    }

    fn add_address(&mut self, interface: u32, cidr: Cidr) -> Result<(), Errno> {
        self.stack.interfaces_mut().add_address(interface, cidr)
    }

    fn remove_address(&mut self, interface: u32, ip: IpAddr) -> Result<(), Errno> {
        self.stack.interfaces_mut().remove_address(interface, ip)
    }

    fn set_link(&mut self, interface: u32, is_up: bool, port: &mut Port<'_>) {
        self.stack.interfaces_mut().set_up(interface, is_up);
        if is_up {
            self.stack.rejoin(port, interface);
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
        let expected = turn.watch.expect(&self.stack, turn.sockets, &incoming);
        let mut watched = turn
            .watch
            .over(turn.application, host, *now, &mut network.trace)
            .of(&incoming);
        let arrival = self.stack.receive(&incoming, turn.sockets, &mut watched);
        turn.watch
            .look_at_arrival(&expected, &self.stack, turn.sockets, arrival);
        match arrival {
            Arrival::Shown => {}
            Arrival::NoSocket => {
                network.lose(*now, host, parcel.id, Why::NoSocket);
                let destination = incoming.destination.address;
                if self.stack.interfaces().owner(destination).is_some() {
                    network.refuse(*now, parcel.clone());
                }
            }
            Arrival::Dropped => network.lose(*now, host, parcel.id, Why::NotOurs),
        }
    }

    fn refuse(&mut self, sockets: &mut Sockets<'_, '_>, came: &Came<'_>, errno: Errno) {
        if let Some(incoming) = came.parcel.incoming(came.interface) {
            let (local, peer) = (incoming.source, incoming.destination);
            self.stack.handle_unreachable(local, peer, errno, sockets);
        }
    }

    fn poll(&mut self, turn: &mut Turn<'_, 'm>) -> bool {
        // Events and datagrams are written down in the same trace: those of one poll, the events last.
        let mut told = turn.watch.apart(turn.application);
        let port = &mut turn.port;
        port.network.wired.append(&mut self.aside.told);
        let has_more = self.stack.poll(turn.local, port, turn.sockets, &mut told);
        told.write(turn.host, port.now, &mut port.network.trace);
        has_more
    }

    fn step(&mut self, turn: &mut Turn<'_, 'm>) -> bool {
        let mut told = turn.watch.apart(turn.application);
        let port = &mut turn.port;
        let was_busy = self.stack.step(turn.local, port, turn.sockets, &mut told);
        told.write(turn.host, port.now, &mut port.network.trace);
        was_busy
    }

    fn retry(&mut self, turn: &mut Turn<'_, 'm>) {
        self.stack.retry(turn.sockets);
    }

    fn carry_out(&mut self, turn: &mut Turn<'_, 'm>, id: SocketId) -> Result<(), Error<'static>> {
        let port = &mut turn.port;
        self.stack.carry_out(turn.local, port, turn.sockets, id)
    }

    fn command(
        &mut self,
        local: Instant,
        sockets: &mut Sockets<'m, 'static>,
        id: SocketId,
    ) -> Result<(), Error<'static>> {
        self.stack.carry_out(local, &mut self.aside, sockets, id)
    }

    fn send(
        &mut self,
        turn: &mut Turn<'_, 'm>,
        id: SocketId,
        datagram: Datagram<'_>,
    ) -> Result<SendToken, Misuse> {
        let context = (turn.local, &mut turn.port);
        self.stack.send(context, turn.sockets, id, datagram)
    }
}

impl Wire for Aside<'_> {
    fn transmit(&mut self, _: Instant, _: &Outgoing<'_>) -> Transmitted {
        Transmitted::Blocked(Full::Buffer)
    }

    fn longest_ipv4(&self, _: u32) -> Option<usize> {
        Some(LONGEST_IPV4)
    }

    fn join(&mut self, interface: u32, group: IpAddr) -> Result<(), Errno> {
        self.told.push(Wired::Joined(interface, group));
        Ok(())
    }

    fn leave(&mut self, interface: u32, group: IpAddr) {
        self.told.push(Wired::Left(interface, group));
    }

    fn look_up(&mut self, _: Instant, lookup: Lookup<'_>) -> Answer {
        self.names.look_up(&lookup)
    }
}
