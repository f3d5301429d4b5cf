//! This crate: applications as anybody writes them.

use alloc::rc::Rc;
use core::hint::black_box;
use core::net::IpAddr;

use anydgram_core::link::NeighbourSlot;
use anydgram_core::stack::{Seed, TableStorage};
use anydgram_core::{
    Address, BindOptions, Datagram, Endpoint, Event, Handler, Options, Socket as CoreSocket,
    SocketId, SocketSlot, SocketType, Sockets, Storage,
};
use anydgram_embassy::{
    DatagramSlot, Host, HostMemory, HostOptions, Inbox, JoinSlot, Place, Socket, WaitSlot,
};

use crate::case::{Case, Work};
use crate::executor::Executor;
use crate::ring::{Control, MTU, Ring};
use crate::{frames, leaked, plain};

/// What has room for a batch of the longest datagrams.
type Memory = Storage<{ 32 * 1_472 }, 32, 0, 36, 0>;

/// Looks at what comes in, and sends it back if it is to.
struct Application {
    echoes: bool,
    control: Rc<Control>,
}

impl Handler for Application {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let Event::Message(message) = event else {
            return;
        };
        self.control.count_received();
        if self.echoes {
            let socket = sockets.get_mut(id).expect("it is open");
            let answer = Datagram::new(message.data).reply_to(message.meta);
            socket.send(answer.unreported()).expect("it has room");
        } else {
            black_box(message);
        }
    }
}

pub(crate) fn start_handler(case: Case, ring: Ring, executor: &mut Executor) {
    let control = Rc::clone(&ring.control);
    let application = Application {
        echoes: case.work == Work::Echo,
        control: Rc::clone(&control),
    };
    let host = start(case, ring, application, executor);
    let mut socket = CoreSocket::new(Options::new(socket_type(case)), leaked(Memory::new()));
    socket.bind(own()).expect("it is unbound");
    let id = host.with(|sockets, _| sockets.add(socket).ok());
    let id = id.expect("it is the first");
    if case.work == Work::Send {
        executor.spawn(async move {
            let payload = vec![b'x'; case.size];
            loop {
                let ordered = control.orders().await;
                host.with(|sockets, _| {
                    for _ in 0..ordered {
                        let socket = sockets.get_mut(id).expect("it is open");
                        let datagram = Datagram::new(&black_box(&payload)[..]).to(peer(case));
                        socket.send(datagram.unreported()).expect("it has room");
                    }
                });
            }
        });
    }
}

pub(crate) fn start_task<const WAITS: bool>(case: Case, ring: Ring, executor: &mut Executor) {
    let control = Rc::clone(&ring.control);
    let inbox = Inbox::new(
        leaked([Place::new()]),
        leaked([const { WaitSlot::new() }; 4]),
    );
    let host = start(case, ring, inbox, executor);
    let datagrams = leaked([const { DatagramSlot::new() }; 32]);
    let bytes = vec![0; 32 * case.size].leak();
    let lent = host.lend(leaked(Memory::new()), datagrams, bytes);
    lent.expect("it is the first");
    executor.spawn(async move {
        let socket = host.socket(Options::new(socket_type(case)));
        let socket = socket.expect("it has memory");
        socket.bind(own()).await.expect("it is unbound");
        work::<WAITS>(case, &socket, &control).await;
    });
}

/// What a task does that `WAITS` until each datagram has left.
async fn work<const WAITS: bool>(case: Case, socket: &Socket<'static>, control: &Control) {
    let mut buffer = vec![b'x'; MTU];
    loop {
        if case.work == Work::Send {
            let payload = buffer.get(..case.size).expect("it is shorter");
            for _ in 0..control.orders().await {
                let payload = black_box(payload);
                if WAITS {
                    let sent = socket.send_to(payload, peer(case)).await;
                    sent.expect("it leaves");
                } else {
                    let queued = socket.queue(Datagram::new(payload).to(peer(case)));
                    queued.expect("it has room");
                }
            }
            continue;
        }
        let (length, meta) = socket.recv_from(&mut buffer).await.expect("it is bound");
        control.count_received();
        let data = buffer.get(..length).expect("it was written there");
        if case.work == Work::Echo {
            if WAITS {
                let sender = meta.sender.expect("it has one");
                socket.send_to(data, sender).await.expect("it leaves");
            } else {
                let queued = socket.queue(Datagram::new(data).reply_to(&meta));
                queued.expect("it has room");
            }
        } else {
            black_box(data);
        }
    }
}

/// A host, and its two tasks.
fn start<H: Handler>(
    case: Case,
    ring: Ring,
    handler: H,
    executor: &mut Executor,
) -> &'static Host<'static, H> {
    let tables: &mut TableStorage<1, 2, 1, 2, 1, 64> = leaked(TableStorage::new());
    let memory = HostMemory {
        tables: tables.tables(),
        sockets: leaked([SocketSlot::new()]),
        neighbours: leaked([const { NeighbourSlot::new() }; 8]),
        waiting: &mut [],
        waiting_bytes: &mut [],
        assemblies: &mut [],
        assembly_bytes: &mut [],
        groups: leaked([const { JoinSlot::new() }; 2]),
        lookups: &mut [],
    };
    let options = HostOptions::new(Seed::new([7; 16]));
    let host = Host::new(&ring, &options, memory, handler);
    let host = &*leaked(host.expect("it has room"));
    let (stack, runner) = plain::stack(case, host.shim(ring, leaked([0; MTU])));
    executor.spawn(async { runner.run().await });
    executor.spawn(async move { host.run(stack).await });
    host
}

fn socket_type(case: Case) -> SocketType {
    if case.is_v6 {
        SocketType::Udp6
    } else {
        SocketType::Udp4
    }
}

fn own() -> BindOptions<'static> {
    BindOptions::port(frames::PORT)
}

fn peer(case: Case) -> Endpoint {
    let address = match frames::there(case.is_v6) {
        IpAddr::V4(ip) => Address::new(ip.into()),
        // Whoever means a link-local address says on which link: the one behind the loopback interface.
        IpAddr::V6(ip) => Address::scoped(ip, 2),
    };
    Endpoint::new(address, frames::PEER_PORT)
}
