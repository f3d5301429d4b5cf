//! What the core alone does for a datagram: a bound socket, and whoever calls it.

use core::hint::black_box;
use core::net::{Ipv4Addr, Ipv6Addr};

use anydgram_core::{
    Action, Address, BindOptions, Datagram, Endpoint, Event, Options, RecvMeta, Socket, SocketType,
    Storage, Transmitted,
};

/// A bound socket, and who is at the other end.
#[derive(Debug)]
pub struct Bound {
    socket: Socket<'static>,
    peer: Address,
}

/// What is done with one datagram; whether it came, or left.
pub type Work = fn(&mut Bound) -> bool;

/// Each, and its name.
pub const ALL: [(&str, Work); 4] = [
    ("receive", receive),
    ("offer", offer),
    ("queue", queue),
    ("report", report),
];

/// A socket for IPv4.
#[must_use]
pub fn ipv4() -> Bound {
    bound(SocketType::Udp4, Ipv4Addr::new(192, 0, 2, 2).into())
}

/// A socket for IPv6.
#[must_use]
pub fn ipv6() -> Bound {
    let peer = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);
    bound(SocketType::Udp6, peer.into())
}

fn bound(socket_type: SocketType, peer: Address) -> Bound {
    let storage: &mut Storage<256, 4, 0, 4, 0> = Box::leak(Box::default());
    let mut socket = Socket::new(Options::new(socket_type), storage);
    socket.bind(BindOptions::port(7)).expect("it is unbound");
    let Some(Action::Bind(request)) = socket.poll_action() else {
        panic!("it wants to be bound");
    };
    let local = Endpoint::new(request.address, request.port);
    socket.handle_bind(Ok(local)).expect("it is ours");
    assert_eq!(socket.poll_event(), Some(Event::Listening));
    Bound { socket, peer }
}

/// A backend shows it, and has the message.
#[inline(never)]
pub fn receive(Bound { socket, peer }: &mut Bound) -> bool {
    let mut meta = RecvMeta::from_sender(Endpoint::new(*peer, 9));
    meta.local = Some(*peer);
    meta.wire_len = Some(PAYLOAD.len());
    let message = socket.handle_datagram(black_box(&meta), black_box(&PAYLOAD));
    black_box(message).is_some()
}

/// It is offered, and the backend takes it at once.
#[inline(never)]
pub fn offer(Bound { socket, peer }: &mut Bound) -> bool {
    let sent = socket.send_now(datagram(*peer).unreported(), |transmit| {
        black_box(transmit);
        Transmitted::Sent
    });
    sent.is_ok()
}

/// It waits in the queue until the backend takes it.
#[inline(never)]
pub fn queue(Bound { socket, peer }: &mut Bound) -> bool {
    socket.send(datagram(*peer).unreported()).is_ok() && transmit(socket)
}

/// The same, and the application hears of it.
#[inline(never)]
pub fn report(Bound { socket, peer }: &mut Bound) -> bool {
    let sent = socket.send(datagram(*peer));
    let has_left = transmit(socket);
    let event = black_box(socket.poll_event());
    has_left
        && matches!((sent, event), (Ok(sent), Some(Event::Sent { token, .. })) if token == sent)
}

fn datagram(peer: Address) -> Datagram<'static> {
    Datagram::new(&black_box(&PAYLOAD)[..]).to(Endpoint::new(peer, 9))
}

fn transmit(socket: &mut Socket<'_>) -> bool {
    let outcome = socket.transmit_next(|transmit| {
        black_box(transmit);
        Transmitted::Sent
    });
    outcome == Some(Transmitted::Sent)
}

static PAYLOAD: [u8; 64] = [b'x'; 64];
