//! anydgram-std's driver.

use std::time::Instant;

use anydgram_core::{
    Datagram, Destination, Endpoint, Event, Handler, Limits, Socket, SocketId, SocketSlot, Sockets,
};
use anydgram_std::Driver;

use super::by_hand::burst_of;
use super::event_loop::options;
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

/// Counts datagrams.
struct Counter(&'static Stage);

/// Keeps the datagrams, and their senders.
#[derive(Default)]
struct Keeper {
    bytes: Vec<u8>,
    senders: Vec<(Endpoint, usize)>,
}

impl Handler for Counter {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event {
            self.0.add(touch(message.data));
        }
    }
}

impl Handler for Keeper {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event {
            self.bytes.extend_from_slice(message.data);
            let sender = message.meta.sender.expect("UDP names it");
            self.senders.push((sender, message.data.len()));
        }
    }
}

/// Works with a driver that has one bound socket.
fn with_driver(work: impl FnOnce(&mut Driver, &mut Sockets<'_, '_>, SocketId)) {
    let mut slots = [SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let limits = Limits::new().send_queue(1 << 22, 1024);
    let mut socket = Socket::with_heap(options(), limits);
    socket.bind(("127.0.0.1", 0)).expect("it is unbound");
    let id = sockets.add(socket).expect("there is room");
    let mut driver = Driver::new().expect("a driver");
    driver.poll(driver.now(), &mut sockets, &mut Keeper::default());
    work(&mut driver, &mut sockets, id);
}

/// Runs for ever, with `work` after each poll.
fn run<H: Handler>(
    driver: &mut Driver,
    sockets: &mut Sockets<'_, '_>,
    handler: &mut H,
    mut work: impl FnMut(&mut Sockets<'_, '_>, &mut H),
) {
    loop {
        let now = driver.now();
        let is_done = driver.poll(now, sockets, handler).is_none();
        work(sockets, handler);
        if is_done && !sockets.has_ready() {
            driver.wait(None).expect("no errors");
        }
    }
}

fn ready(stage: &'static Stage, sockets: &mut Sockets<'_, '_>, id: SocketId) {
    let socket = sockets.get_mut(id).expect("it is there");
    stage.ready(Some(socket.address().expect("it is bound").into()));
}

fn send(stage: &'static Stage, lengths: usize) {
    with_driver(|driver, sockets, id| {
        let payload = vec![1; stage.size + lengths];
        let to = Destination::from(stage.to());
        let mut nobody = Keeper::default();
        let lengths: Vec<_> = burst_of(stage, lengths).collect();
        stage.ready(None);
        stage.repeat(|| {
            let mut sent = 0;
            let socket = sockets.get_mut(id).expect("it is there");
            for &length in &lengths {
                let datagram = Datagram::new(&payload[..length]).to(to).unreported();
                sent += u64::from(socket.send(datagram).is_ok());
            }
            driver.poll(driver.now(), sockets, &mut nobody);
            sent
        });
    });
}

fn receive(stage: &'static Stage) {
    with_driver(|driver, sockets, id| {
        ready(stage, sockets, id);
        run(driver, sockets, &mut Counter(stage), |_, _| {});
    });
}

fn ping(stage: &'static Stage) {
    with_driver(|driver, sockets, id| {
        let payload = vec![1; stage.size];
        let datagram = Datagram::new(payload.as_slice())
            .to(stage.to())
            .unreported();
        let send = |sockets: &mut Sockets<'_, '_>, count| {
            let socket = sockets.get_mut(id).expect("it is there");
            for _ in 0..count {
                socket.send(datagram).expect("there is room");
            }
        };
        stage.ready(None);
        let mut start = Instant::now();
        send(sockets, stage.number);
        run(
            driver,
            sockets,
            &mut Keeper::default(),
            |sockets, keeper| {
                let count = keeper.senders.len();
                if count > 0 {
                    let now = Instant::now();
                    (0..count).for_each(|_| stage.add_trip(now - start));
                    start = now;
                    keeper.bytes.clear();
                    keeper.senders.clear();
                    send(sockets, count);
                }
            },
        );
    });
}

/// Answers after each poll, all that came in it together.
fn echo(stage: &'static Stage) {
    with_driver(|driver, sockets, id| {
        ready(stage, sockets, id);
        run(
            driver,
            sockets,
            &mut Keeper::default(),
            |sockets, keeper| {
                if keeper.senders.is_empty() {
                    return;
                }
                let socket = sockets.get_mut(id).expect("it is there");
                let mut rest = keeper.bytes.as_slice();
                for (sender, length) in keeper.senders.drain(..) {
                    let (data, more) = rest.split_at(length);
                    rest = more;
                    let sent = socket.send(Datagram::new(data).to(sender).unreported());
                    stage.add(u64::from(sent.is_ok()));
                }
                keeper.bytes.clear();
            },
        );
    });
}
