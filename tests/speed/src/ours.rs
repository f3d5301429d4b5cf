//! anydgram-std's three front ends.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use anydgram_core::{Event, Handler, Limits, Socket as CoreSocket, SocketId, SocketSlot, Sockets};
use anydgram_std::{Datagram, Destination, Driver, EventLoop, Options, Socket, SocketType};

use crate::peers::touch;
use crate::{BUFFER, Flood, Group, PATIENCE, Way};

pub const WAYS: &[Way] = &[
    Way {
        name: "anydgram, event loop",
        group: Group::OneByOne,
        send: loop_send,
        receive: loop_receive,
    },
    Way {
        name: "anydgram, tokio",
        group: Group::OneByOne,
        send: tokio_send,
        receive: tokio_receive,
    },
    Way {
        name: "anydgram, driver",
        group: Group::Batched,
        send: |flood, to| driver_send(flood, to, true),
        receive: driver_receive,
    },
    Way {
        name: "anydgram, driver",
        group: Group::Segments,
        send: |flood, to| driver_send(flood, to, false),
        receive: driver_receive,
    },
    Way {
        name: "anydgram, send_many",
        group: Group::Batched,
        send: |flood, to| many_send(flood, to, true),
        receive: loop_receive,
    },
    Way {
        name: "anydgram, send_many",
        group: Group::Segments,
        send: |flood, to| many_send(flood, to, false),
        receive: loop_receive,
    },
];

fn options() -> Options {
    let size = u32::try_from(BUFFER).expect("it is small");
    Options::new(SocketType::Udp4)
        .receive_buffer_size(size)
        .send_buffer_size(size)
}

fn bound(event_loop: &EventLoop) -> Socket {
    let socket = event_loop.create_socket(options()).expect("a socket");
    socket
        .bind_sync(("127.0.0.1", 0))
        .expect("loopback has a port");
    socket
}

fn loop_send(flood: &Flood, to: SocketAddr) -> u64 {
    let event_loop = EventLoop::new().expect("a loop");
    let socket = bound(&event_loop);
    let payload = vec![1; flood.size];
    flood.repeat(|| {
        for _ in 0..64 {
            if socket
                .send(Datagram::new(payload.as_slice()).to(to))
                .is_err()
            {
                event_loop.turn(Some(PATIENCE)).expect("no errors");
            }
        }
        64
    })
}

fn many_send(flood: &Flood, to: SocketAddr, is_mixed: bool) -> u64 {
    let event_loop = EventLoop::new().expect("a loop");
    let socket = bound(&event_loop);
    let payload = vec![1; flood.size + 64];
    flood.repeat(|| {
        let datagrams = (0..512).map(|number| {
            let more = if is_mixed { number % 64 } else { 0 };
            Datagram::new(&payload[..flood.size + more]).to(to)
        });
        let mut sent = 0;
        socket.send_many(datagrams, |_, result| sent += u64::from(result.is_ok()));
        event_loop.turn(Some(Duration::ZERO)).expect("no errors");
        sent
    })
}

fn loop_receive(flood: &Flood, tell: mpsc::Sender<SocketAddr>) -> u64 {
    let event_loop = EventLoop::new().expect("a loop");
    let socket = bound(&event_loop);
    let count = Rc::new(Cell::new(0));
    let counter = Rc::clone(&count);
    socket.on_message(move |_, message| counter.set(counter.get() + touch(message.data)));
    tell.send(socket.address().expect("it is bound").into())
        .expect("somebody waits");
    while !flood.is_over() {
        event_loop.turn(Some(PATIENCE)).expect("no errors");
    }
    count.get()
}

fn tokio_run<T>(work: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(work)
}

fn tokio_send(flood: &Flood, to: SocketAddr) -> u64 {
    tokio_run(async {
        let socket = anydgram_std::tokio::Socket::new(options()).expect("a socket");
        socket
            .bind(("127.0.0.1", 0))
            .await
            .expect("loopback has a port");
        let payload = vec![1; flood.size];
        let start = std::time::Instant::now();
        let mut sent = 0;
        while start.elapsed() < flood.time {
            for _ in 0..64 {
                sent += u64::from(socket.send_to(payload.as_slice(), to).await.is_ok());
            }
        }
        sent
    })
}

fn tokio_receive(flood: &Flood, tell: mpsc::Sender<SocketAddr>) -> u64 {
    tokio_run(async {
        let socket = anydgram_std::tokio::Socket::new(options()).expect("a socket");
        socket
            .bind(("127.0.0.1", 0))
            .await
            .expect("loopback has a port");
        tell.send(socket.address().expect("it is bound").into())
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
            drop(tokio::time::timeout(PATIENCE, receive).await);
        }
        count
    })
}

/// Counts datagrams.
#[derive(Default)]
struct Counter(u64);

impl Handler for Counter {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event {
            self.0 += touch(message.data);
        }
    }
}

/// Runs with a driver that has one socket.
fn with_driver<T>(work: impl FnOnce(&mut Driver, &mut Sockets<'_, '_>, SocketId) -> T) -> T {
    let mut slots = [SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let limits = Limits::new().send_queue(1 << 22, 1024);
    let mut socket = CoreSocket::with_heap(options(), limits);
    socket.bind(("127.0.0.1", 0)).expect("it is unbound");
    let id = sockets.add(socket).expect("there is room");
    let mut driver = Driver::new().expect("a driver");
    driver.poll(driver.now(), &mut sockets, &mut Counter::default());
    work(&mut driver, &mut sockets, id)
}

fn driver_send(flood: &Flood, to: SocketAddr, is_mixed: bool) -> u64 {
    with_driver(|driver, sockets, id| {
        let payload = vec![1; flood.size + 64];
        let to = Destination::from(to);
        let mut nobody = Counter::default();
        flood.repeat(|| {
            let mut sent = 0;
            let socket = sockets.get_mut(id).expect("it is there");
            for number in 0..256 {
                let more = if is_mixed { number % 64 } else { 0 };
                let datagram = Datagram::new(&payload[..flood.size + more])
                    .to(to)
                    .unreported();
                sent += u64::from(socket.send(datagram).is_ok());
            }
            driver.poll(driver.now(), sockets, &mut nobody);
            sent
        })
    })
}

fn driver_receive(flood: &Flood, tell: mpsc::Sender<SocketAddr>) -> u64 {
    with_driver(|driver, sockets, id| {
        let address = sockets.get_mut(id).and_then(|socket| socket.address().ok());
        tell.send(address.expect("it is bound").into())
            .expect("somebody waits");
        let mut counter = Counter::default();
        while !flood.is_over() {
            driver
                .run_for(PATIENCE, sockets, &mut counter)
                .expect("no errors");
        }
        counter.0
    })
}
