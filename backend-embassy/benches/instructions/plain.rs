//! embassy-net's own UDP sockets: what a careful program does with them, and no more.

use alloc::rc::Rc;
use core::net::IpAddr;

use embassy_net::udp::{PacketMetadata, UdpMetadata, UdpSocket};
use embassy_net::{
    Config, Ipv4Cidr, Ipv6Cidr, Runner, Stack, StackResources, StaticConfigV4, StaticConfigV6,
    driver::Driver,
};

use crate::application::{self, Udp};
use crate::case::Case;
use crate::executor::Executor;
use crate::ring::Ring;
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
    let peer = (frames::there(case.is_v6), frames::PEER_PORT);
    executor.spawn(async move {
        application::work(case, &socket, peer.into(), &control).await;
    });
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

impl Udp for UdpSocket<'static> {
    type Peer = UdpMetadata;

    async fn receive(&self, buffer: &mut [u8]) -> (usize, UdpMetadata) {
        self.recv_from(buffer).await.expect("it fits")
    }

    async fn send(&self, data: &[u8], to: &UdpMetadata) {
        // Where it came to is not where the next one has to leave from.
        let sent = self.send_to(data, to.endpoint).await;
        sent.expect("it has room");
    }
}
