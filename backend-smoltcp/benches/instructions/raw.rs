//! smoltcp's own UDP sockets: what a careful program does with them, and no more.

use core::hint::black_box;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::udp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr, IpEndpoint};

use crate::case::{Case, Work};
use crate::frames;
use crate::program::Moved;
use crate::ring::{MTU, Ring};

/// Datagrams that a socket has room for.
const DEPTH: usize = 32;

pub(crate) fn run(case: Case, count: usize) -> Moved {
    let mut ring = Ring::new(vec![frames::question(case.is_v6)]);
    let mut now = 0;
    let mut interface = interface(case, &mut ring);
    let mut places: Vec<_> = (0..case.sockets).map(|_| SocketStorage::EMPTY).collect();
    let mut sockets = SocketSet::new(&mut places[..]);
    let handles: Vec<SocketHandle> = (frames::PORT..)
        .take(case.sockets)
        .map(|port| sockets.add(bound(case, port)))
        .collect();
    ring.bring(1);
    interface.poll(Instant::from_micros(now), &mut ring, &mut sockets);
    ring.replace(case.frames());

    let payload = vec![b'x'; case.size];
    let peer = IpEndpoint::new(frames::there(case.is_v6).into(), frames::PEER_PORT);
    let mut received = 0;
    let mut turns = handles.iter().cycle();
    for _ in 0..count / case.batch {
        now += 10;
        let at = Instant::from_micros(now);
        // It is told which sockets have something: finding out is not counted.
        let batch = turns.by_ref().take(case.batch);
        match case.work {
            Work::Receive | Work::Echo => {
                ring.bring(case.batch);
                interface.poll(at, &mut ring, &mut sockets);
                for &handle in batch {
                    let socket = sockets.get_mut::<udp::Socket<'_>>(handle);
                    if case.work == Work::Echo {
                        send_back(socket);
                    } else {
                        black_box(socket.recv().expect("it has one"));
                    }
                    received += 1;
                }
                if case.work == Work::Echo {
                    interface.poll(at, &mut ring, &mut sockets);
                }
            }
            Work::Send | Work::SendAtOnce => {
                for &handle in batch {
                    let socket = sockets.get_mut::<udp::Socket<'_>>(handle);
                    let sent = socket.send_slice(black_box(&payload), peer);
                    sent.expect("it has room");
                }
                interface.poll(at, &mut ring, &mut sockets);
            }
        }
    }
    let sent = ring.sent;
    Moved { received, sent }
}

fn send_back(socket: &mut udp::Socket<'_>) {
    let mut copy = [0; MTU];
    let (length, meta) = socket.recv_slice(&mut copy).expect("it has one");
    let data = copy.get(..length).expect("it was read there");
    socket.send_slice(data, meta.endpoint).expect("it has room");
}

fn interface(case: Case, ring: &mut Ring) -> Interface {
    let mut config = Config::new(HardwareAddress::Ethernet(EthernetAddress(frames::HERE)));
    config.random_seed = 1;
    let mut interface = Interface::new(config, ring, Instant::ZERO);
    interface.update_ip_addrs(|addresses| {
        let prefix = if case.is_v6 { 64 } else { 24 };
        let cidr = IpCidr::new(frames::here(case.is_v6).into(), prefix);
        addresses.push(cidr).expect("it has room for one");
    });
    interface
}

fn bound(case: Case, port: u16) -> udp::Socket<'static> {
    // With many sockets, each has one datagram of a batch.
    let depth = if case.sockets == 1 { DEPTH } else { 1 };
    let room = || {
        udp::PacketBuffer::new(
            vec![udp::PacketMetadata::EMPTY; depth].leak(),
            vec![0; depth * case.size].leak(),
        )
    };
    let mut socket = udp::Socket::new(room(), room());
    socket.bind(port).expect("it is not bound");
    socket
}
