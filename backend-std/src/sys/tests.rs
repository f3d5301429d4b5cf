//! Against the Linux kernel: plain traffic on loopback, all else in a private network namespace.
//!
//! Tests that count on a port being free run in the namespace as well: nobody else takes it there.

mod asked;
mod groups;
mod opening;
mod options;
mod traffic;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use anydgram_core::{Address, Endpoint, Errno, Family, Payload, RecvMeta, SendMeta, Transmitted};
use mio::{Events, Interest, Poll, Token};

use super::open::BindFlags;
use super::*;

const LOCALHOST: Address = Family::V4.loopback();

fn v4(a: u8, b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, d)
}

fn v6(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A socket on an automatic port of an address.
fn bound(address: Address) -> OsSocket {
    let at = Endpoint::new(address, 0);
    OsSocket::bind(address.family(), at, BindFlags::default()).unwrap()
}

/// A socket on an automatic port of the wildcard address.
fn wildcard(family: Family) -> OsSocket {
    bound(family.wildcard())
}

fn port_of(socket: &OsSocket) -> u16 {
    socket.local_address().unwrap().port
}

/// Waits for a datagram with mio, and takes it.
fn receive(socket: &mut OsSocket, buffer: &mut [u8]) -> Result<(usize, RecvMeta), Errno> {
    let mut poll = Poll::new().unwrap();
    let registry = poll.registry().try_clone().unwrap();
    registry
        .register(socket, Token(0), Interest::READABLE)
        .unwrap();
    let mut events = Events::with_capacity(1);
    let patience = Some(Duration::from_secs(5));
    poll.poll(&mut events, patience).unwrap();
    registry.deregister(socket).unwrap();
    socket.receive(buffer)
}

/// What most datagrams ask for.
const NOTHING: SendMeta = SendMeta::new();

fn sent(socket: &OsSocket, to: Endpoint, text: &str) {
    let payload = Payload::from(text);
    assert_eq!(
        socket.send_datagram(Some(to), &NOTHING, &payload),
        Transmitted::Sent
    );
}
