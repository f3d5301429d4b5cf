//! tokio's own sockets, on a runtime of one thread.

use std::time::Instant;

use tokio::net::UdpSocket;
use tokio::runtime::{Builder, Runtime};

use super::{PAUSE, Play, ROOM, bound, touch};
use crate::stage::{Role, Stage};

pub const ROLES: &[(Role, Play)] = &[
    (Role::Send, send),
    (Role::Receive, receive),
    (Role::Ping, ping),
    (Role::Echo, echo),
    (Role::Churn, churn),
    (Role::Hold, hold),
];

/// A runtime of one thread.
pub fn runtime() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn socket() -> UdpSocket {
    let socket = bound();
    socket.set_nonblocking(true).expect("it may");
    UdpSocket::from_std(socket).expect("within a runtime")
}

fn send(stage: &'static Stage) {
    runtime().block_on(async {
        let socket = socket();
        let payload = vec![1; stage.size];
        let to = stage.to();
        stage.ready(None);
        loop {
            let sent = socket.send_to(&payload, to).await;
            stage.add(u64::from(sent.is_ok()));
        }
    });
}

fn receive(stage: &'static Stage) {
    runtime().block_on(async {
        let socket = socket();
        let mut buffer = vec![0; ROOM];
        stage.ready(socket.local_addr().ok());
        loop {
            if let Ok((length, _)) = socket.recv_from(&mut buffer).await {
                stage.add(touch(&buffer[..length]));
            }
        }
    });
}

fn ping(stage: &'static Stage) {
    runtime().block_on(async {
        let socket = socket();
        let payload = vec![1; stage.size];
        let mut buffer = vec![0; ROOM];
        let to = stage.to();
        stage.ready(None);
        for _ in 1..stage.number {
            socket.send_to(&payload, to).await.expect("there is room");
        }
        loop {
            let start = Instant::now();
            socket.send_to(&payload, to).await.expect("there is room");
            socket.recv_from(&mut buffer).await.expect("no errors");
            stage.add_trip(start.elapsed());
        }
    });
}

fn echo(stage: &'static Stage) {
    runtime().block_on(async {
        let socket = socket();
        let mut buffer = vec![0; ROOM];
        stage.ready(socket.local_addr().ok());
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.expect("no errors");
            let sent = socket.send_to(&buffer[..length], from).await;
            stage.add(u64::from(sent.is_ok()));
        }
    });
}

fn churn(stage: &'static Stage) {
    runtime().block_on(async {
        stage.ready(None);
        loop {
            drop(UdpSocket::bind("127.0.0.1:0").await.expect("a port"));
            stage.add(1);
        }
    });
}

/// Each socket has a task that waits for its datagrams.
fn hold(stage: &'static Stage) {
    let runtime = runtime();
    let make = || {
        let _guard = runtime.enter();
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_nonblocking(true).expect("it may");
        let socket = UdpSocket::from_std(socket).expect("within a runtime");
        runtime.spawn(async move { socket.readable().await })
    };
    let settle = || runtime.block_on(async { tokio::time::sleep(PAUSE).await });
    stage.hold(make, settle);
}
