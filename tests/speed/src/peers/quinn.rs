//! quinn-udp.

use std::io::IoSliceMut;
use std::net::{SocketAddr, UdpSocket};
use std::time::Instant;

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSocketState};
use rustix::event::{PollFd, PollFlags, poll};

use super::{Play, ROOM, bound, touch};
use crate::stage::{Role, Stage};

pub const ROLES: &[(Role, Play)] = &[
    (Role::Send, send),
    (Role::Receive, receive),
    (Role::Ping, ping),
    (Role::Echo, echo),
];

/// A socket, its state, and room for a batch.
struct Quinn {
    socket: UdpSocket,
    state: UdpSocketState,
    buffers: Vec<Vec<u8>>,
    metas: [RecvMeta; BATCH_SIZE],
}

impl Quinn {
    fn new() -> Self {
        let socket = bound();
        Self {
            state: UdpSocketState::new((&socket).into()).expect("a socket"),
            socket,
            buffers: vec![vec![0; ROOM]; BATCH_SIZE],
            metas: [RecvMeta::default(); BATCH_SIZE],
        }
    }

    /// Waits for messages; how many there are.
    fn receive(&mut self) -> usize {
        loop {
            let mut slices = self
                .buffers
                .iter_mut()
                .map(|buffer| IoSliceMut::new(buffer));
            let mut slices: [_; BATCH_SIZE] = std::array::from_fn(|_| slices.next().expect("all"));
            let socket = (&self.socket).into();
            if let Ok(count) = self.state.recv(socket, &mut slices, &mut self.metas) {
                return count;
            }
            let mut fds = [PollFd::new(&self.socket, PollFlags::IN)];
            poll(&mut fds, None).expect("it waits");
        }
    }

    fn messages(&self, count: usize) -> impl Iterator<Item = (&RecvMeta, &[u8])> {
        let all = self.metas.iter().zip(&self.buffers).take(count);
        all.map(|(meta, buffer)| (meta, &buffer[..meta.len]))
    }

    /// Sends datagrams of one length; whether they were sent.
    fn send(&self, to: SocketAddr, contents: &[u8], stride: usize) -> bool {
        let transmit = Transmit {
            destination: to,
            ecn: None,
            contents,
            segment_size: (contents.len() > stride).then_some(stride),
            src_ip: None,
        };
        let sent = self.state.try_send((&self.socket).into(), &transmit);
        sent.is_ok()
    }

    /// How many datagrams may leave together.
    fn most(&self, size: usize) -> usize {
        let most = self.state.max_gso_segments();
        most.min(65_507 / size).max(1)
    }
}

fn send(stage: &'static Stage) {
    let quinn = Quinn::new();
    let most = quinn.most(stage.size);
    let contents = vec![1; stage.size * most];
    let to = stage.to();
    stage.ready(None);
    stage.repeat(|| {
        let is_sent = quinn.send(to, &contents, stage.size);
        if is_sent { most as u64 } else { 0 }
    });
}

fn receive(stage: &'static Stage) {
    let mut quinn = Quinn::new();
    stage.ready(quinn.socket.local_addr().ok());
    stage.repeat(|| {
        let count = quinn.receive();
        let messages = quinn.messages(count);
        let datagrams = messages.flat_map(|(meta, bytes)| bytes.chunks(meta.stride.max(1)));
        datagrams.map(touch).sum()
    });
}

fn ping(stage: &'static Stage) {
    let mut quinn = Quinn::new();
    let contents = vec![1; stage.size * stage.number];
    let to = stage.to();
    assert!(stage.number <= quinn.most(stage.size));
    stage.ready(None);
    let mut start = Instant::now();
    quinn.send(to, &contents, stage.size);
    loop {
        let count = quinn.receive();
        let now = Instant::now();
        let length: usize = quinn.messages(count).map(|(_, bytes)| bytes.len()).sum();
        (0..length / stage.size).for_each(|_| stage.add_trip(now - start));
        start = now;
        assert!(quinn.send(to, &contents[..length], stage.size));
    }
}

fn echo(stage: &'static Stage) {
    let mut quinn = Quinn::new();
    stage.ready(quinn.socket.local_addr().ok());
    stage.repeat(|| {
        let count = quinn.receive();
        let answers = quinn.messages(count).map(|(meta, bytes)| {
            assert!(quinn.send(meta.addr, bytes, meta.stride));
            bytes.len().div_ceil(meta.stride.max(1)) as u64
        });
        answers.sum()
    });
}
