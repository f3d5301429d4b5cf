//! anydgram-std with all that a datagram can ask for, and all that is known of one: what that costs beside the plain ways.
//!
//! What is sent asks for a hop limit and ECN bits; of what is received all is told; an answer comes from the address that
//! the question was sent to.

use std::hint::black_box;

use anydgram_core::{
    Datagram, Destination, Event, Handler, Limits, Metadata, RecvMeta, SendMeta, SocketId,
    SocketSlot, Sockets,
};
use anydgram_std::{Driver, EventLoop, Options};

use super::event_loop::{address, bound_with, options, ping_asking, run, send_asking};
use super::{Play, touch};
use crate::stage::{Role, Stage};

pub const LOOP: &[(Role, Play)] = &[
    (Role::Send, send),
    (Role::Receive, receive),
    (Role::Ping, ping),
    (Role::Echo, echo),
];

pub const DRIVER: &[(Role, Play)] = &[
    (Role::Send, send_together),
    (Role::Receive, receive_together),
];

const ASKED: SendMeta = SendMeta::new().with_hop_limit(9).with_ecn(2);

/// Looks at a datagram, and at what is known of it.
fn look(data: &[u8], meta: &RecvMeta) -> u64 {
    let meta = black_box(meta);
    let is_all = meta.local.is_some()
        && meta.interface.is_some()
        && meta.hop_limit.is_some()
        && meta.ecn().is_some()
        && meta.timestamp.is_some();
    u64::from(is_all) * touch(data)
}

fn asking() -> Options {
    options().metadata(Metadata::ALL)
}

fn send(stage: &'static Stage) {
    send_asking(stage, asking(), ASKED);
}

fn receive(stage: &'static Stage) {
    let event_loop = EventLoop::new().expect("a loop");
    let socket = bound_with(&event_loop, asking());
    socket.on_message(|_, message| stage.add(look(message.data, message.meta)));
    stage.ready(address(&socket));
    run(&event_loop, || {});
}

fn ping(stage: &'static Stage) {
    ping_asking(stage, asking(), ASKED, |message| {
        assert_eq!(look(message.data, message.meta), 1);
    });
}

fn echo(stage: &'static Stage) {
    let event_loop = EventLoop::new().expect("a loop");
    let socket = bound_with(&event_loop, asking());
    socket.on_message(|socket, message| {
        let sent = socket.send(Datagram::new(message.data).reply_to(message.meta));
        stage.add(u64::from(sent.is_ok()));
    });
    stage.ready(address(&socket));
    run(&event_loop, || {});
}

/// Counts datagrams of which all is known.
struct Counter(&'static Stage);

impl Handler for Counter {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event {
            self.0.add(look(message.data, message.meta));
        }
    }
}

/// Works with a driver that has one bound socket.
fn with_driver(
    stage: &'static Stage,
    work: impl FnOnce(&mut Driver, &mut Sockets<'_, '_>, SocketId),
) {
    let mut slots = [SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let limits = Limits::new().send_queue(1 << 22, 1024);
    let options = options().metadata(Metadata::ALL);
    let mut socket = anydgram_core::Socket::with_heap(options, limits);
    socket.bind(("127.0.0.1", 0)).expect("it is unbound");
    let id = sockets.add(socket).expect("there is room");
    let mut driver = Driver::new().expect("a driver");
    driver.poll(driver.now(), &mut sockets, &mut Counter(stage));
    work(&mut driver, &mut sockets, id);
}

fn send_together(stage: &'static Stage) {
    with_driver(stage, |driver, sockets, id| {
        let payload = vec![1; stage.size];
        let to = Destination::from(stage.to());
        stage.ready(None);
        stage.repeat(|| {
            let mut sent = 0;
            let socket = sockets.get_mut(id).expect("it is there");
            for _ in 0..256 {
                let datagram = Datagram::new(payload.as_slice()).to(to).with(ASKED);
                sent += u64::from(socket.send(datagram.unreported()).is_ok());
            }
            driver.poll(driver.now(), sockets, &mut Counter(stage));
            sent
        });
    });
}

fn receive_together(stage: &'static Stage) {
    with_driver(stage, |driver, sockets, id| {
        let socket = sockets.get_mut(id).expect("it is there");
        stage.ready(Some(socket.address().expect("it is bound").into()));
        let mut counter = Counter(stage);
        loop {
            let is_done = driver.poll(driver.now(), sockets, &mut counter).is_none();
            if is_done && !sockets.has_ready() {
                driver.wait(None).expect("no errors");
            }
        }
    });
}
