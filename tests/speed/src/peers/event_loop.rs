//! anydgram-std's event loop: one datagram a call, and `send_many`.

use std::cell::{Cell, RefCell};
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anydgram_core::SendMeta;
use anydgram_std::{Datagram, Endpoint, EventLoop, Message, Options, Socket, SocketType};

use super::by_hand::burst_of;
use super::{BUFFER, MIXED as DIFFERENCE, Play, touch};
use crate::stage::{Role, Stage};

pub const ROLES: &[(Role, Play)] = &[
    (Role::Send, send),
    (Role::Receive, receive),
    (Role::Ping, ping),
    (Role::Echo, echo),
    (Role::Churn, churn),
    (Role::Hold, hold),
];

pub const MIXED: &[(Role, Play)] = &[
    (Role::Send, |stage| send_many(stage, DIFFERENCE)),
    (Role::Receive, receive),
];

pub const EQUAL: &[(Role, Play)] = &[
    (Role::Send, |stage| send_many(stage, 1)),
    (Role::Receive, receive),
    (Role::Ping, ping_many),
    (Role::Echo, echo_many),
];

/// What all our sockets that send or receive are created with.
pub fn options() -> Options {
    let size = u32::try_from(BUFFER).expect("it is small");
    Options::new(SocketType::Udp4)
        .receive_buffer_size(size)
        .send_buffer_size(size)
}

fn bound(event_loop: &EventLoop) -> Socket {
    bound_with(event_loop, options())
}

pub fn bound_with(event_loop: &EventLoop, options: Options) -> Socket {
    let socket = event_loop.create_socket(options).expect("a socket");
    let bound = socket.bind_sync(("127.0.0.1", 0));
    bound.expect("loopback has a port");
    socket
}

pub fn address(socket: &Socket) -> Option<SocketAddr> {
    Some(socket.address().expect("it is bound").into())
}

/// Runs the loop, and `work` after each turn.
pub fn run(event_loop: &EventLoop, mut work: impl FnMut()) {
    loop {
        event_loop.turn(None).expect("no errors");
        work();
    }
}

fn send(stage: &'static Stage) {
    send_asking(stage, options(), SendMeta::new());
}

/// Sends datagrams that ask for something, one by one.
pub fn send_asking(stage: &'static Stage, options: Options, meta: SendMeta) {
    let event_loop = EventLoop::new().expect("a loop");
    let socket = bound_with(&event_loop, options);
    let payload = vec![1; stage.size];
    let to = stage.to();
    stage.ready(None);
    stage.repeat(|| {
        let datagram = Datagram::new(payload.as_slice()).to(to).with(meta);
        if socket.send(datagram).is_ok() {
            return 1;
        }
        event_loop.turn(Some(PATIENCE)).expect("no errors");
        0
    });
}

fn send_many(stage: &'static Stage, lengths: usize) {
    let event_loop = EventLoop::new().expect("a loop");
    let socket = bound(&event_loop);
    let payload = vec![1; stage.size + lengths];
    let to = stage.to();
    let lengths: Vec<_> = burst_of(stage, lengths).collect();
    stage.ready(None);
    stage.repeat(|| {
        let datagrams = lengths
            .iter()
            .map(|&length| Datagram::new(&payload[..length]).to(to));
        let mut sent = 0;
        socket.send_many(datagrams, |_, result| sent += u64::from(result.is_ok()));
        event_loop.turn(Some(Duration::ZERO)).expect("no errors");
        sent
    });
}

fn receive(stage: &'static Stage) {
    let event_loop = EventLoop::new().expect("a loop");
    let socket = bound(&event_loop);
    socket.on_message(|_, message| stage.add(touch(message.data)));
    stage.ready(address(&socket));
    run(&event_loop, || {});
}

fn ping(stage: &'static Stage) {
    ping_asking(stage, options(), SendMeta::new(), |_| {});
}

/// Sends datagrams that ask for something, each when the last one is back and `look` has seen it.
pub fn ping_asking(
    stage: &'static Stage,
    options: Options,
    meta: SendMeta,
    look: impl Fn(&Message<'_>) + 'static,
) {
    let event_loop = EventLoop::new().expect("a loop");
    let socket = bound_with(&event_loop, options);
    let payload = vec![1; stage.size];
    let to = stage.to();
    let send = move |socket: &Socket| {
        let datagram = Datagram::new(payload.as_slice()).to(to).with(meta);
        socket.send(datagram).expect("there is room");
    };
    stage.ready(None);
    for _ in 0..stage.number {
        send(&socket);
    }
    let start = Cell::new(Instant::now());
    socket.on_message(move |socket, message| {
        look(message);
        let now = Instant::now();
        stage.add_trip(now - start.replace(now));
        send(socket);
    });
    run(&event_loop, || {});
}

fn echo(stage: &'static Stage) {
    let event_loop = EventLoop::new().expect("a loop");
    let socket = bound(&event_loop);
    socket.on_message(|socket, message| {
        let sender = message.meta.sender.expect("UDP names it");
        let sent = socket.send(Datagram::new(message.data).to(sender));
        stage.add(u64::from(sent.is_ok()));
    });
    stage.ready(address(&socket));
    run(&event_loop, || {});
}

fn ping_many(stage: &'static Stage) {
    let event_loop = EventLoop::new().expect("a loop");
    let socket = bound(&event_loop);
    let payload = vec![1; stage.size];
    let to = stage.to();
    let send = |count| {
        let one = Datagram::new(payload.as_slice()).to(to);
        let each = |_, result: Result<(), _>| result.expect("there is room");
        socket.send_many((0..count).map(|_| one), each);
    };
    stage.ready(None);
    let start = Cell::new(Instant::now());
    send(stage.number);
    let came = Rc::new(Cell::new(0));
    let counter = Rc::clone(&came);
    socket.on_message(move |_, _| counter.set(counter.get() + 1));
    run(&event_loop, || {
        let count = came.take();
        if count > 0 {
            let now = Instant::now();
            let took = now - start.replace(now);
            (0..count).for_each(|_| stage.add_trip(took));
            send(count);
        }
    });
}

/// Answers after each turn, all that came in it together.
fn echo_many(stage: &'static Stage) {
    let event_loop = EventLoop::new().expect("a loop");
    let socket = bound(&event_loop);
    let came = Rc::new(RefCell::new((Vec::new(), Vec::<(Endpoint, usize)>::new())));
    let keep = Rc::clone(&came);
    socket.on_message(move |_, message| {
        let (bytes, senders) = &mut *keep.borrow_mut();
        bytes.extend_from_slice(message.data);
        senders.push((
            message.meta.sender.expect("UDP names it"),
            message.data.len(),
        ));
    });
    stage.ready(address(&socket));
    run(&event_loop, || {
        let (bytes, senders) = &mut *came.borrow_mut();
        let mut rest = bytes.as_slice();
        let datagrams = senders.drain(..).map(|(sender, length)| {
            let (data, more) = rest.split_at(length);
            rest = more;
            Datagram::new(data).to(sender)
        });
        socket.send_many(datagrams, |_, result| stage.add(u64::from(result.is_ok())));
        bytes.clear();
    });
}

fn one(event_loop: &EventLoop) -> Socket {
    let socket = event_loop
        .create_socket(SocketType::Udp4)
        .expect("a socket");
    socket.bind_sync((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    socket
}

fn churn(stage: &'static Stage) {
    let event_loop = EventLoop::new().expect("a loop");
    stage.ready(None);
    stage.repeat(|| {
        // In Node, too, a turn has many of them.
        for _ in 0..64 {
            one(&event_loop).close().expect("it is open");
        }
        event_loop.turn(Some(Duration::ZERO)).expect("no errors");
        64
    });
}

/// Each socket has a listener for its datagrams.
fn hold(stage: &'static Stage) {
    let event_loop = EventLoop::new().expect("a loop");
    let make = || {
        let socket = one(&event_loop);
        socket.on_message(|_, _| {});
        socket
    };
    let settle = || {
        // One turn of the loop has some turns of its sockets only.
        let is_over = event_loop.run_for(SETTLING).expect("no errors");
        assert!(!is_over, "they are open");
    };
    stage.hold(make, settle);
}

/// How long sockets have to tell that they listen.
const SETTLING: Duration = Duration::from_millis(200);
/// How long to wait for room.
const PATIENCE: Duration = Duration::from_millis(20);
