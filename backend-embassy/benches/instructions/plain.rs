//! embassy-net's own UDP sockets: what a careful program does with them, and no more.

use alloc::rc::Rc;
use core::hint::black_box;
use core::net::IpAddr;

use embassy_net::udp::{PacketMetadata, UdpSocket};
use embassy_net::{
    Config, Ipv4Cidr, Ipv6Cidr, Runner, Stack, StackResources, StaticConfigV4, StaticConfigV6,
    driver::Driver,
};

use crate::case::{Case, Work};
use crate::executor::Executor;
use crate::ring::{Control, MTU, Ring};
use crate::{frames, leaked};

/// Datagrams that a socket has room for.
const DEPTH: usize = 32;

pub(crate) fn start(case: Case, ring: Ring, executor: &mut Executor) {
    let control = Rc::clone(&ring.control);
    let (stack, runner) = stack(case, ring);
    executor.spawn(async { runner.run().await });
    let room = || {
        (
            leaked([PacketMetadata::EMPTY; DEPTH]),
            vec![0; DEPTH * case.size].leak(),
        )
    };
    let ((places, bytes), (places_out, bytes_out)) = (room(), room());
    let mut socket = UdpSocket::new(stack, places, bytes, places_out, bytes_out);
    socket.bind(frames::PORT).expect("it is not bound");
    executor.spawn(work(case, socket, control));
}

/// embassy-net with the address of the measured host, and its runner.
pub(crate) fn stack<D: Driver>(
    case: Case,
    driver: D,
) -> (Stack<'static>, &'static mut Runner<'static, D>) {
    let config = match frames::here(case.is_v6) {
        IpAddr::V4(ip) => Config::ipv4_static(StaticConfigV4 {
            address: Ipv4Cidr::new(ip, 24),
            gateway: None,
            dns_servers: Default::default(),
        }),
        IpAddr::V6(ip) => Config::ipv6_static(StaticConfigV6 {
            address: Ipv6Cidr::new(ip, 64),
            gateway: None,
            dns_servers: Default::default(),
        }),
    };
    let resources = leaked(StackResources::<2>::new());
    let (stack, runner) = embassy_net::new(driver, config, resources, 1);
    (stack, leaked(runner))
}

async fn work(case: Case, socket: UdpSocket<'static>, control: Rc<Control>) {
    let mut buffer = vec![b'x'; MTU];
    let peer = (frames::there(case.is_v6), frames::PEER_PORT);
    loop {
        if case.work == Work::Send {
            let payload = buffer.get(..case.size).expect("it is shorter");
            for _ in 0..control.orders().await {
                let sent = socket.send_to(black_box(payload), peer).await;
                sent.expect("it has room");
            }
            continue;
        }
        let (length, meta) = socket.recv_from(&mut buffer).await.expect("it fits");
        control.count_received();
        let data = buffer.get(..length).expect("it was written there");
        if case.work == Work::Echo {
            let sent = socket.send_to(data, meta.endpoint).await;
            sent.expect("it has room");
        } else {
            black_box(data);
        }
    }
}
