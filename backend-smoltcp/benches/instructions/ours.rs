//! This crate: an application as anybody writes it.

use core::hint::black_box;
use core::net::IpAddr;

use anydgram_core::link::NeighbourSlot;
use anydgram_core::stack::{Cidr, Seed, TableStorage};
use anydgram_core::{
    Address, BindOptions, Datagram, Endpoint, Event, Handler, Instant, Options, Socket, SocketId,
    SocketSlot, SocketType, Sockets, Storage,
};
use anydgram_smoltcp::{NicMemory, NicOptions, Stack};

use crate::case::{Case, Work};
use crate::frames;
use crate::program::Moved;
use crate::ring::Ring;

/// What has room for a batch of the longest datagrams.
type Memory = Storage<{ 32 * 1_472 }, 32, 1, 36, 0>;

/// Looks at what comes in, and sends it back if it is to.
struct Application {
    echoes: bool,
    received: usize,
}

impl Handler for Application {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let Event::Message(message) = event else {
            return;
        };
        self.received += 1;
        if self.echoes {
            let socket = sockets.get_mut(id).expect("it is open");
            let answer = Datagram::new(message.data).reply_to(message.meta);
            socket.send(answer.unreported()).expect("it has room");
        } else {
            black_box(message);
        }
    }
}

pub(crate) fn run(case: Case, count: usize) -> Moved {
    let mut tables: Box<TableStorage<1_024, 1, 1, 1, 1, 64>> = Box::default();
    let mut neighbours = [const { NeighbourSlot::new() }; 8];
    let memory = NicMemory {
        neighbours: &mut neighbours,
        waiting: &mut [],
        waiting_bytes: &mut [],
        assemblies: &mut [],
        assembly_bytes: &mut [],
        sockets: &mut [],
    };
    let mut stack = Stack::new(tables.tables(), Seed::new([7; 16]));
    let nic = add_nic(case, &mut stack, memory);
    let mut slots: Vec<_> = (0..case.sockets).map(|_| SocketSlot::new()).collect();
    let mut storages: Vec<_> = (0..case.sockets).map(|_| Memory::new()).collect();
    let mut sockets = Sockets::new(&mut slots);
    let ids: Vec<SocketId> = (frames::PORT..)
        .zip(&mut storages)
        .map(|(port, storage)| {
            sockets
                .add(bound(case, port, storage))
                .expect("it has room")
        })
        .collect();
    let mut application = Application {
        echoes: case.work == Work::Echo,
        received: 0,
    };
    let mut micros = 0;
    device(&mut stack, nic).bring(1);
    stack.poll(Instant::from_micros(micros), &mut sockets, &mut application);
    device(&mut stack, nic).replace(case.frames());

    let payload = vec![b'x'; case.size];
    let to = peer(case, nic);
    let datagram = || Datagram::new(&black_box(&payload)[..]).to(to).unreported();
    let mut turns = ids.iter().cycle();
    for _ in 0..count / case.batch {
        micros += 10;
        let now = Instant::from_micros(micros);
        match case.work {
            Work::Receive | Work::Echo => device(&mut stack, nic).bring(case.batch),
            Work::Send => {
                for &id in turns.by_ref().take(case.batch) {
                    let socket = sockets.get_mut(id).expect("it is open");
                    socket.send(datagram()).expect("it has room");
                }
            }
            Work::SendAtOnce => {
                for &id in turns.by_ref().take(case.batch) {
                    let sent = stack.send(now, &mut sockets, id, datagram());
                    sent.expect("it leaves");
                }
            }
        }
        black_box(stack.poll(now, &mut sockets, &mut application));
    }
    let sent = device(&mut stack, nic).sent;
    let received = application.received;
    Moved { received, sent }
}

fn add_nic<'m>(case: Case, stack: &mut Stack<'m, Ring>, memory: NicMemory<'m>) -> u32 {
    let ring = Ring::new(vec![frames::question(case.is_v6)]);
    let options = NicOptions::new("eth0", frames::HERE, 1);
    let added = stack.add_nic(Instant::from_micros(0), ring, &options, memory);
    let nic = added.expect("it is the first");
    let cidr = Cidr::new(frames::here(case.is_v6), if case.is_v6 { 64 } else { 24 });
    stack.add_address(nic, cidr).expect("it has room");
    nic
}

fn bound(case: Case, port: u16, storage: &mut Memory) -> Socket<'_> {
    let socket_type = if case.is_v6 {
        SocketType::Udp6
    } else {
        SocketType::Udp4
    };
    let mut socket = Socket::new(Options::new(socket_type), storage);
    socket.bind(BindOptions::port(port)).expect("it is unbound");
    socket
}

fn peer(case: Case, nic: u32) -> Endpoint {
    let address = match frames::there(case.is_v6) {
        IpAddr::V4(ip) => Address::new(ip.into()),
        // Whoever means a link-local address says on which link.
        IpAddr::V6(ip) => Address::scoped(ip, nic),
    };
    Endpoint::new(address, frames::PEER_PORT)
}

fn device<'s>(stack: &'s mut Stack<'_, Ring>, nic: u32) -> &'s mut Ring {
    stack.device_mut(nic).expect("it was added")
}
