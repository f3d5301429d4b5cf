//! anydgram-std's async sockets.

use std::time::Instant;

use anydgram_std::SocketType;
use anydgram_std::tokio::Socket;

use super::event_loop::options;
use super::tokio::runtime;
use super::{PAUSE, Play, ROOM, touch};
use crate::stage::{Role, Stage};

pub const ROLES: &[(Role, Play)] = &[
    (Role::Send, send),
    (Role::Receive, receive),
    (Role::Ping, ping),
    (Role::Echo, echo),
    (Role::Churn, churn),
    (Role::Hold, hold),
];

pub async fn bound() -> Socket {
    let socket = Socket::new(options()).expect("a socket");
    let bound = socket.bind(("127.0.0.1", 0)).await;
    bound.expect("loopback has a port");
    socket
}

fn send(stage: &'static Stage) {
    runtime().block_on(async {
        let socket = bound().await;
        let payload = vec![1; stage.size];
        let to = stage.to();
        stage.ready(None);
        loop {
            let sent = socket.send_to(payload.as_slice(), to).await;
            stage.add(u64::from(sent.is_ok()));
        }
    });
}

fn receive(stage: &'static Stage) {
    runtime().block_on(async {
        let socket = bound().await;
        let mut buffer = vec![0; ROOM];
        stage.ready(Some(socket.address().expect("it is bound").into()));
        loop {
            if let Ok((length, _)) = socket.recv_from(&mut buffer).await {
                stage.add(touch(&buffer[..length]));
            }
        }
    });
}

fn ping(stage: &'static Stage) {
    runtime().block_on(async {
        let socket = bound().await;
        let payload = vec![1; stage.size];
        let mut buffer = vec![0; ROOM];
        let to = stage.to();
        let send = || socket.send_to(payload.as_slice(), to);
        stage.ready(None);
        for _ in 1..stage.number {
            send().await.expect("there is room");
        }
        loop {
            let start = Instant::now();
            send().await.expect("there is room");
            socket.recv_from(&mut buffer).await.expect("no errors");
            stage.add_trip(start.elapsed());
        }
    });
}

fn echo(stage: &'static Stage) {
    runtime().block_on(async {
        let socket = bound().await;
        let mut buffer = vec![0; ROOM];
        stage.ready(Some(socket.address().expect("it is bound").into()));
        loop {
            let (length, meta) = socket.recv_from(&mut buffer).await.expect("no errors");
            let to = meta.sender.expect("UDP names it");
            let sent = socket.send_to(&buffer[..length], to).await;
            stage.add(u64::from(sent.is_ok()));
        }
    });
}

async fn one() -> Socket {
    let socket = Socket::new(SocketType::Udp4).expect("a socket");
    socket.bind(("127.0.0.1", 0)).await.expect("a port");
    socket
}

fn churn(stage: &'static Stage) {
    runtime().block_on(async {
        stage.ready(None);
        loop {
            one().await.close().await.expect("it is open");
            stage.add(1);
        }
    });
}

/// Each socket has a task that waits for its datagrams.
fn hold(stage: &'static Stage) {
    let runtime = runtime();
    let make = || {
        let socket = runtime.block_on(one());
        runtime.spawn(async move { socket.readable().await })
    };
    let settle = || runtime.block_on(async { tokio::time::sleep(PAUSE).await });
    stage.hold(make, settle);
}
