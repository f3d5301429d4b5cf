//! An application that needs no tasks: the same one as on every other backend.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::net::Ipv4Addr;
use core::time::Duration;

use anydgram_core::{Event, Handler, Instant, SocketId, Sockets};

use crate::lab::{Lab, leaked, now};
use crate::rendezvous::{Greeter, Memory, Seeker, Site, Tell};
use crate::ticker::Ticker;

/// The application of one of the two hosts, once it has begun.
#[derive(Default)]
enum Side {
    #[default]
    Nobody,
    Greeter(Greeter<'static>),
    Seeker(Seeker<'static>),
}

impl Handler for Side {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        match self {
            Self::Nobody => {}
            Self::Greeter(greeter) => greeter.handle(sockets, id, event),
            Self::Seeker(seeker) => seeker.handle(sockets, id, event),
        }
    }
}

#[test]
fn a_handler_runs_as_it_is() {
    let mut lab = Lab::new();
    let [a, b] = [1, 2].map(|number| lab.with_handler(number, Side::default()));
    let told = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&told);
    let tell: Tell<'static> = leaked(move |who: &str, what: core::fmt::Arguments<'_>| {
        log.borrow_mut().push(format!("{who}: {what}"));
    });
    let site = |number| Site {
        address: Ipv4Addr::new(192, 0, 2, number),
        hops: 1,
    };
    a.host.with(|sockets, side| {
        let memory = [(); 2].map(|()| leaked(Memory::new()));
        let greeter = Greeter::start(sockets, memory, (site(1), 0), tell).unwrap();
        *side = Side::Greeter(greeter);
    });
    lab.settle();
    let report = [0x16, 0, 0, 0, 239, 255, 42, 99];
    let is_report = |frame: &Vec<u8>| {
        let message = frame.get(34..42);
        message.is_some_and(|message| message[0] == report[0] && message[4..] == report[4..])
    };
    assert!(lab.seen().iter().any(is_report), "at once");
    let port = a.host.with(|sockets, side| match side {
        Side::Greeter(greeter) => greeter.port(sockets),
        Side::Nobody | Side::Seeker(_) => None,
    });
    let port = port.expect("it listens");
    b.host.with(|sockets, side| {
        let seeker = Seeker::start(sockets, leaked(Memory::new()), (site(2), port), tell);
        *side = Side::Seeker(seeker.unwrap());
    });
    lab.pass(100);
    b.host.with(|_, side| {
        assert!(matches!(side, Side::Seeker(seeker) if seeker.has_found()));
    });
    let mut closed: Vec<_> = told.take();
    closed.retain(|line| line.ends_with("closed"));
    closed.sort();
    assert_eq!(
        closed,
        ["greeter: closed", "rival: closed", "seeker: closed"]
    );
    assert!(!a.stack.has_multicast_group(crate::rendezvous::GROUP));
}

#[test]
fn a_handler_is_woken_when_it_is_time() {
    let mut lab = Lab::new();
    let ticker = Ticker::new(None);
    let computer = lab.with_handler(1, ticker);
    lab.settle();
    let now = Instant::from_micros(now().as_micros());
    let first = now.saturating_add(Duration::from_millis(10));
    computer.host.with(|_, ticker| ticker.next = Some(first));
    lab.pass(9);
    computer
        .host
        .with(|_, ticker| assert!(ticker.woken.is_empty()));
    lab.pass(100);
    computer.host.with(|_, ticker| {
        let woken = *ticker.woken.first().unwrap();
        // Time passes by the millisecond here, and timers are a tick late.
        assert!(woken >= first && woken <= first.saturating_add(Duration::from_millis(1)));
        assert_eq!((ticker.woken.len(), ticker.next), (3, None));
    });
}
