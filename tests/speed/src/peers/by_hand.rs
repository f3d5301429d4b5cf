//! The system calls by hand: what the others are compared with.

use std::time::Instant;

use super::messages::Messages;
use super::{MIXED as DIFFERENCE, Play, touch};
use crate::stage::{AWAKE, Role, Stage};

pub const MIXED: &[(Role, Play)] = &[
    (Role::Send, |stage| send_mixed(stage, false)),
    (Role::Receive, |stage| {
        receive(stage, receiver(stage, false))
    }),
    (Role::Ping, |stage| ping(stage, false)),
    (Role::Echo, |stage| echo(stage, false)),
];

/// The same with a socket that an epoll watches, as sockets are that wait for more than one.
pub const MIXED_WATCHED: &[(Role, Play)] = &[
    (Role::Send, |stage| send_mixed(stage, true)),
    (Role::Receive, |stage| {
        let mut messages = receiver(stage, false);
        messages.watch();
        receive(stage, messages);
    }),
];

/// Copies every datagram into what it sends, and hands every datagram to a function: the least that an interface of
/// single datagrams does.
pub const TOUCH: &[(Role, Play)] = &[
    (Role::Send, |stage| send_equal(stage, true, SEGMENTS)),
    (Role::Receive, |stage| receive(stage, receiver(stage, true))),
    (Role::Ping, |stage| ping(stage, true)),
    (Role::Echo, |stage| echo(stage, true)),
];

/// The same with messages as long as the newest systems take.
pub const TOUCH_MOST: &[(Role, Play)] = &[
    (Role::Send, |stage| send_equal(stage, true, MOST_SEGMENTS)),
    (Role::Receive, |stage| receive(stage, receiver(stage, true))),
];

/// Sends the same bytes over and over, and only counts.
pub const GSO: &[(Role, Play)] = &[
    (Role::Send, |stage| send_equal(stage, false, SEGMENTS)),
    (Role::Receive, count),
];

/// The lengths of the datagrams that are sent together, as many as by hand: so many different ones in turns.
pub fn burst_of(stage: &Stage, lengths: usize) -> impl Iterator<Item = usize> {
    let count = TOGETHER * SEGMENTS.min(65_507 / stage.size);
    (0..count).map(move |number| stage.size + number % lengths)
}

fn send_mixed(stage: &'static Stage, is_watched: bool) {
    let mut messages = Messages::new(MESSAGES, false);
    if is_watched {
        messages.watch();
    }
    messages.aim(stage.to());
    for index in 0..MESSAGES {
        messages.buffer(index).fill(1);
        messages.lengths(index, stage.size + index % DIFFERENCE, 0);
    }
    stage.ready(None);
    stage.repeat(|| messages.send(MESSAGES) as u64);
}

fn send_equal(stage: &'static Stage, is_touched: bool, segments: usize) {
    let most = segments.min(65_507 / stage.size);
    let payload = vec![1; stage.size];
    let mut messages = Messages::new(TOGETHER, false);
    messages.aim(stage.to());
    for index in 0..TOGETHER {
        messages.buffer(index).fill(1);
        messages.lengths(index, stage.size * most, stage.size);
    }
    stage.ready(None);
    stage.repeat(|| {
        if is_touched {
            for index in 0..TOGETHER {
                let all = &mut messages.buffer(index)[..most * stage.size];
                for place in all.chunks_exact_mut(stage.size) {
                    copy(place, &payload);
                }
            }
        }
        (messages.send(TOGETHER) * most) as u64
    });
}

#[inline(never)]
fn copy(place: &mut [u8], payload: &[u8]) {
    place.copy_from_slice(std::hint::black_box(payload));
}

fn receiver(stage: &Stage, is_coalesced: bool) -> Messages {
    let mut messages = Messages::new(32, is_coalesced);
    messages.is_awake = stage.number == AWAKE;
    messages
}

fn receive(stage: &'static Stage, mut messages: Messages) {
    stage.ready(messages.socket.local_addr().ok());
    stage.repeat(|| {
        let got = messages.receive();
        let all = (0..got).map(|index| messages.message(index));
        all.flat_map(|(bytes, stride)| bytes.chunks(stride))
            .map(touch)
            .sum()
    });
}

fn count(stage: &'static Stage) {
    let mut messages = Messages::new(32, true);
    stage.ready(messages.socket.local_addr().ok());
    stage.repeat(|| {
        let got = messages.receive();
        let all = (0..got).map(|index| messages.message(index));
        all.map(|(bytes, stride)| bytes.len().div_ceil(stride) as u64)
            .sum()
    });
}

fn ping(stage: &'static Stage, is_coalesced: bool) {
    let mut pings = Messages::new(stage.number, false);
    let mut answers = Messages::new(32, is_coalesced);
    // What is sent and what is received share a socket.
    let socket = answers.socket.try_clone().expect("another descriptor");
    pings.socket = socket;
    pings.aim(stage.to());
    for index in 0..stage.number {
        pings.lengths(index, stage.size, 0);
    }
    let mut send = |count: usize| {
        if is_coalesced {
            pings.lengths(0, count * stage.size, stage.size);
            pings.send(1);
        } else {
            let mut sent = 0;
            while sent < count {
                sent += pings.send(count - sent);
            }
        }
    };
    stage.ready(None);
    let mut start = Instant::now();
    send(stage.number);
    loop {
        let got = answers.receive();
        let now = Instant::now();
        let all = (0..got).map(|index| answers.message(index));
        let count = all
            .map(|(bytes, stride)| bytes.len().div_ceil(stride))
            .sum();
        (0..count).for_each(|_| stage.add_trip(now - start));
        start = now;
        send(count);
    }
}

fn echo(stage: &'static Stage, is_coalesced: bool) {
    let mut messages = Messages::new(32, is_coalesced);
    stage.ready(messages.socket.local_addr().ok());
    stage.repeat(|| {
        let got = messages.receive();
        let mut count = 0;
        for index in 0..got {
            let (bytes, stride) = messages.message(index);
            let length = bytes.len();
            count += length.div_ceil(stride) as u64;
            messages.lengths(index, length, stride);
        }
        messages.send(got);
        count
    });
}

/// How many datagrams a message has at most, as all systems with segments take them.
const SEGMENTS: usize = 64;
/// And as newer ones take them.
const MOST_SEGMENTS: usize = 128;
/// How many messages of them a call has.
const TOGETHER: usize = 8;
/// How many messages a call has.
const MESSAGES: usize = 64;
