//! The standard library.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::{Duration, Instant};

use super::{Play, ROOM, bound, touch};
use crate::stage::{Role, Stage};

pub const ROLES: &[(Role, Play)] = &[
    (Role::Send, send),
    (Role::Pace, pace),
    (Role::Receive, receive),
    (Role::Ping, ping),
    (Role::Echo, echo),
    (Role::Churn, churn),
    (Role::Hold, hold),
];

fn send(stage: &'static Stage) {
    let socket = bound();
    let payload = vec![1; stage.size];
    let to = stage.to();
    stage.ready(None);
    stage.repeat(|| u64::from(socket.send_to(&payload, to).is_ok()));
}

fn pace(stage: &'static Stage) {
    let socket = bound();
    let payload = vec![1; stage.size];
    let to = stage.to();
    let pause = Duration::from_secs(1) / u32::try_from(stage.number).expect("a rate");
    stage.ready(None);
    let mut next = Instant::now();
    stage.repeat(|| {
        while Instant::now() < next {
            std::hint::spin_loop();
        }
        // Who was kept from sending does not make up for it.
        next = (next + pause).max(Instant::now());
        u64::from(socket.send_to(&payload, to).is_ok())
    });
}

fn receive(stage: &'static Stage) {
    let socket = bound();
    let mut buffer = vec![0; ROOM];
    stage.ready(socket.local_addr().ok());
    stage.repeat(|| {
        let received = socket.recv_from(&mut buffer);
        received.map_or(0, |(length, _)| touch(&buffer[..length]))
    });
}

fn ping(stage: &'static Stage) {
    let socket = bound();
    let payload = vec![1; stage.size];
    let mut buffer = vec![0; ROOM];
    let to = stage.to();
    let send = || socket.send_to(&payload, to).expect("there is room");
    stage.ready(None);
    for _ in 1..stage.number {
        send();
    }
    let mut start = Instant::now();
    send();
    loop {
        socket.recv_from(&mut buffer).expect("no errors");
        let now = Instant::now();
        stage.add_trip(now - start);
        start = now;
        send();
    }
}

fn echo(stage: &'static Stage) {
    let socket = bound();
    let mut buffer = vec![0; ROOM];
    stage.ready(socket.local_addr().ok());
    stage.repeat(|| {
        let (length, from) = socket.recv_from(&mut buffer).expect("no errors");
        u64::from(socket.send_to(&buffer[..length], from).is_ok())
    });
}

fn one() -> UdpSocket {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a port")
}

fn churn(stage: &'static Stage) {
    stage.ready(None);
    stage.repeat(|| {
        drop(one());
        1
    });
}

fn hold(stage: &'static Stage) {
    stage.hold(one, || {});
}
