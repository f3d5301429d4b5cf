//! The standard library, tokio and quinn-udp.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc;

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSocketState};
use rustix::event::{PollFd, PollFlags, poll};

use crate::{Flood, Group, PATIENCE, Way, bound};

pub const WAYS: &[Way] = &[
    Way {
        name: "tokio",
        group: Group::OneByOne,
        send: tokio_send,
        receive: tokio_receive,
    },
    Way {
        name: "quinn-udp",
        group: Group::Segments,
        send: quinn_send,
        receive: quinn_receive,
    },
];

/// Sends one by one.
pub fn std_send(flood: &Flood, to: SocketAddr) -> u64 {
    let socket = bound();
    let payload = vec![1; flood.size];
    flood.repeat(|| {
        (0..64)
            .map(|_| u64::from(socket.send_to(&payload, to).is_ok()))
            .sum()
    })
}

/// Receives one by one.
pub fn std_receive(flood: &Flood, tell: mpsc::Sender<SocketAddr>) -> u64 {
    let socket = bound();
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    tell.send(socket.local_addr().expect("it is bound"))
        .expect("somebody waits");
    let mut buffer = vec![0; 65_536];
    let mut count = 0;
    loop {
        match socket.recv_from(&mut buffer) {
            Ok((length, _)) => count += u64::from(length == flood.size),
            Err(_) if flood.is_over() => return count,
            Err(_) => {}
        }
    }
}

fn on_tokio<T>(work: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(work)
}

fn for_tokio() -> tokio::net::UdpSocket {
    let socket = bound();
    socket.set_nonblocking(true).expect("it may");
    tokio::net::UdpSocket::from_std(socket).expect("within a runtime")
}

fn tokio_send(flood: &Flood, to: SocketAddr) -> u64 {
    on_tokio(async {
        let socket = for_tokio();
        let payload = vec![1; flood.size];
        let start = std::time::Instant::now();
        let mut sent = 0;
        while start.elapsed() < flood.time {
            for _ in 0..64 {
                sent += u64::from(socket.send_to(&payload, to).await.is_ok());
            }
        }
        sent
    })
}

fn tokio_receive(flood: &Flood, tell: mpsc::Sender<SocketAddr>) -> u64 {
    on_tokio(async {
        let socket = for_tokio();
        tell.send(socket.local_addr().expect("it is bound"))
            .expect("somebody waits");
        let mut buffer = vec![0; 65_536];
        let mut count = 0;
        while !flood.is_over() {
            let receive = async {
                loop {
                    if let Ok((length, _)) = socket.recv_from(&mut buffer).await {
                        count += u64::from(length == flood.size);
                    }
                }
            };
            // The timer is set once for many datagrams.
            drop(tokio::time::timeout(PATIENCE, receive).await);
        }
        count
    })
}

fn quinn_send(flood: &Flood, to: SocketAddr) -> u64 {
    let socket = bound();
    let state = UdpSocketState::new((&socket).into()).expect("a socket");
    let most = state.max_gso_segments().min(65_507 / flood.size).max(1);
    let contents = vec![1; flood.size * most];
    let transmit = Transmit {
        destination: to,
        ecn: None,
        contents: &contents,
        segment_size: (most > 1).then_some(flood.size),
        src_ip: None,
    };
    flood.repeat(|| {
        let is_sent = state.try_send((&socket).into(), &transmit).is_ok();
        if is_sent { most as u64 } else { 0 }
    })
}

fn quinn_receive(flood: &Flood, tell: mpsc::Sender<SocketAddr>) -> u64 {
    let socket = bound();
    let state = UdpSocketState::new((&socket).into()).expect("a socket");
    tell.send(socket.local_addr().expect("it is bound"))
        .expect("somebody waits");
    let mut buffers = vec![vec![0; 65_536]; BATCH_SIZE];
    let mut metas = [RecvMeta::default(); BATCH_SIZE];
    let mut count = 0;
    loop {
        let mut slices: Vec<_> = buffers
            .iter_mut()
            .map(|buffer| IoSliceMut::new(buffer))
            .collect();
        match state.recv((&socket).into(), &mut slices, &mut metas) {
            Ok(messages) => {
                for (meta, buffer) in metas.iter().zip(&buffers).take(messages) {
                    count += buffer[..meta.len]
                        .chunks(meta.stride.max(1))
                        .map(touch)
                        .sum::<u64>();
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if !wait(&socket) && flood.is_over() {
                    return count;
                }
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Looks at a datagram, as an application would.
#[inline(never)]
pub fn touch(datagram: &[u8]) -> u64 {
    u64::from(std::hint::black_box(datagram).first() == Some(&1))
}

/// Waits for a datagram; whether there may be one.
pub fn wait(socket: &UdpSocket) -> bool {
    let mut fds = [PollFd::new(socket, PollFlags::IN)];
    let patience = PATIENCE.try_into().expect("it is short");
    poll(&mut fds, Some(&patience)).is_ok_and(|ready| ready > 0)
}
