//! Instructions that the core alone takes for each datagram: a bound socket, and whoever calls it.

#![expect(clippy::print_stderr, clippy::print_stdout, reason = "it is a program")]

#[expect(unsafe_code, reason = "an allocator is")]
#[path = "../../backend-smoltcp/src/sys/allocations.rs"]
mod allocations;
#[path = "../../tests/instructions/callgrind.rs"]
mod callgrind;
#[path = "../../tests/instructions/program.rs"]
mod program;

use core::fmt;
use core::hint::black_box;
use core::net::{Ipv4Addr, Ipv6Addr};
use std::process::ExitCode;

use anydgram_core::{
    Action, Address, BindOptions, Datagram, Endpoint, Event, Options, RecvMeta, Socket, SocketType,
    Storage, Transmitted,
};
use program::{Bench, Moved};

fn main() -> ExitCode {
    program::main::<Core>()
}

/// The core, without any backend.
struct Core;

/// There is only one.
#[derive(Clone, Copy, Debug)]
struct Alone;

impl fmt::Display for Alone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("core")
    }
}

/// What happens to each datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// A backend shows it, and has the message.
    Receive,
    /// It is offered, and the backend takes it at once.
    Offer,
    /// It waits in the queue until the backend takes it.
    Queue,
    /// The same, and the application hears of it.
    Report,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    work: Work,
    is_v6: bool,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let work = match self.work {
            Work::Receive => "receive",
            Work::Offer => "send, at once",
            Work::Queue => "send, by the queue",
            Work::Report => "send, by the queue, and hear of it",
        };
        let family = if self.is_v6 { "IPv6" } else { "IPv4" };
        write!(f, "{work}, {family}")
    }
}

impl Case {
    fn address(self) -> Address {
        if self.is_v6 {
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2).into()
        } else {
            Ipv4Addr::new(192, 0, 2, 2).into()
        }
    }

    /// What may be spent on a datagram; there is no target for those that wait, which are copied and looked at twice.
    fn limit(self) -> Option<f64> {
        matches!(self.work, Work::Receive | Work::Offer).then_some(LIMIT)
    }
}

impl Bench for Core {
    type Contestant = Alone;
    type Case = Case;

    const HELP: &str = "\
Instructions that the core takes for each datagram of 64 bytes, counted by callgrind.

Usage: cargo bench -p anydgram-core --bench instructions -- [--check] [FILTER]...

  FILTER   Only the cases whose name has this in it, such as `receive` or `IPv6`
  --check  Fail if a target is missed
  --help   Print this";
    const CONTESTANTS: &[Alone] = &[Alone];

    fn cases() -> impl Iterator<Item = Case> {
        let works = [Work::Receive, Work::Offer, Work::Queue, Work::Report];
        works
            .into_iter()
            .flat_map(|work| [false, true].map(|is_v6| Case { work, is_v6 }))
    }

    fn run(_: Alone, case: Case, count: usize) -> Moved {
        let socket_type = if case.is_v6 {
            SocketType::Udp6
        } else {
            SocketType::Udp4
        };
        let mut storage: Storage<256, 4, 0, 4, 0> = Storage::new();
        let mut socket = Socket::new(Options::new(socket_type), &mut storage);
        bind(&mut socket);
        let mut moved = Moved::default();
        for _ in 0..count {
            let socket = black_box(&mut socket);
            let is_moved = match case.work {
                Work::Receive => receive(socket, case),
                Work::Offer => offer(socket, case),
                Work::Queue => queue(socket, case),
                Work::Report => report(socket, case),
            };
            let place = match case.work {
                Work::Receive => &mut moved.received,
                Work::Offer | Work::Queue | Work::Report => &mut moved.sent,
            };
            *place += usize::from(is_moved);
        }
        moved
    }

    fn expected(case: Case, count: usize) -> Moved {
        let (received, sent) = match case.work {
            Work::Receive => (count, 0),
            Work::Offer | Work::Queue | Work::Report => (0, count),
        };
        Moved { received, sent }
    }

    fn print(
        cases: impl Iterator<Item = Case>,
        measure: impl Fn(Alone, Case) -> Result<f64, String>,
    ) -> Result<bool, String> {
        let mut all_met = true;
        println!("instructions for each datagram");
        for case in cases {
            let count = measure(Alone, case)?;
            let is_met = case.limit().is_none_or(|limit| count <= limit);
            let verdict = if is_met { "" } else { "  MISSED" };
            println!("{:<41} {count:>6.0}{verdict}", case.to_string());
            all_met &= is_met;
        }
        Ok(all_met)
    }
}

fn bind(socket: &mut Socket<'_>) {
    socket.bind(BindOptions::port(7)).expect("it is unbound");
    let Some(Action::Bind(request)) = socket.poll_action() else {
        panic!("it wants to be bound");
    };
    let local = Endpoint::new(request.address, request.port);
    socket.handle_bind(Ok(local)).expect("it is ours");
    assert_eq!(socket.poll_event(), Some(Event::Listening));
}

#[inline(never)]
fn receive(socket: &mut Socket<'_>, case: Case) -> bool {
    let mut meta = RecvMeta::from_sender(Endpoint::new(case.address(), 9));
    meta.local = Some(case.address());
    meta.wire_len = Some(PAYLOAD.len());
    let message = socket.handle_datagram(black_box(&meta), black_box(&PAYLOAD));
    black_box(message).is_some()
}

fn datagram(case: Case) -> Datagram<'static> {
    Datagram::new(&black_box(&PAYLOAD)[..]).to(Endpoint::new(case.address(), 9))
}

#[inline(never)]
fn offer(socket: &mut Socket<'_>, case: Case) -> bool {
    let sent = socket.send_now(datagram(case).unreported(), |transmit| {
        black_box(transmit);
        Transmitted::Sent
    });
    sent.is_ok()
}

#[inline(never)]
fn queue(socket: &mut Socket<'_>, case: Case) -> bool {
    socket.send(datagram(case).unreported()).is_ok() && transmit(socket)
}

#[inline(never)]
fn report(socket: &mut Socket<'_>, case: Case) -> bool {
    let sent = socket.send(datagram(case));
    let has_left = transmit(socket);
    let event = black_box(socket.poll_event());
    has_left
        && matches!((sent, event), (Ok(sent), Some(Event::Sent { token, .. })) if token == sent)
}

fn transmit(socket: &mut Socket<'_>) -> bool {
    let outcome = socket.transmit_next(|transmit| {
        black_box(transmit);
        Transmitted::Sent
    });
    outcome == Some(Transmitted::Sent)
}

const PAYLOAD: [u8; 64] = [b'x'; 64];
/// Instructions, the caller's own among them.
const LIMIT: f64 = 150.0;
