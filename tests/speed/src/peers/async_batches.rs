//! anydgram-std's async sockets, many datagrams with one call.

use std::net::SocketAddr;
use std::time::Instant;

use anydgram_std::Datagram;
use anydgram_std::tokio::{Batch, Socket};

use super::async_socket::bound;
use super::by_hand::burst_of;
use super::tokio::runtime;
use super::{MIXED as DIFFERENCE, Play, touch};
use crate::stage::{Role, Stage};

pub const MIXED: &[(Role, Play)] = &[
    (Role::Send, |stage| send(stage, DIFFERENCE)),
    (Role::Receive, receive),
];

pub const EQUAL: &[(Role, Play)] = &[
    (Role::Send, |stage| send(stage, 1)),
    (Role::Receive, receive),
    (Role::Ping, ping),
    (Role::Echo, echo),
];

fn address(socket: &Socket) -> Option<SocketAddr> {
    Some(socket.address().expect("it is bound").into())
}

fn send(stage: &'static Stage, lengths: usize) {
    runtime().block_on(async {
        let socket = bound().await;
        let payload = vec![1; stage.size + lengths];
        let to = stage.to();
        let datagrams: Vec<_> = burst_of(stage, lengths)
            .map(|length| Datagram::new(&payload[..length]).to(to))
            .collect();
        stage.ready(None);
        loop {
            let each = |_, result: Result<_, _>| stage.add(u64::from(result.is_ok()));
            socket.send_many(&datagrams, each).await;
        }
    });
}

fn receive(stage: &'static Stage) {
    runtime().block_on(async {
        let socket = bound().await;
        let mut batch = Batch::new();
        stage.ready(address(&socket));
        loop {
            if socket.recv_many(&mut batch).await.is_ok() {
                stage.add(batch.iter().map(|(_, data)| touch(data)).sum());
            }
        }
    });
}

fn ping(stage: &'static Stage) {
    runtime().block_on(async {
        let socket = bound().await;
        let payload = vec![1; stage.size];
        let datagram = Datagram::new(payload.as_slice()).to(stage.to());
        let datagrams = vec![datagram; stage.number];
        let mut batch = Batch::new();
        stage.ready(None);
        let mut count = stage.number;
        loop {
            let start = Instant::now();
            let each = |_, result: Result<_, _>| assert!(result.is_ok());
            socket.send_many(&datagrams[..count], each).await;
            count = socket.recv_many(&mut batch).await.expect("no errors");
            let took = start.elapsed();
            (0..count).for_each(|_| stage.add_trip(took));
        }
    });
}

fn echo(stage: &'static Stage) {
    runtime().block_on(async {
        let socket = bound().await;
        let mut batch = Batch::new();
        stage.ready(address(&socket));
        loop {
            socket.recv_many(&mut batch).await.expect("no errors");
            let answers = batch.iter().map(|(meta, data)| {
                let sender = meta.sender.expect("UDP names it");
                Datagram::new(data).to(sender)
            });
            let answers: Vec<_> = answers.collect();
            let each = |_, result: Result<_, _>| stage.add(u64::from(result.is_ok()));
            socket.send_many(&answers, each).await;
        }
    });
}
