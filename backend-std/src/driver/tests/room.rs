//! A system without room, by plan: what waits leaves, `Drained` is told once, and nobody asks in vain.

use core::net::Ipv4Addr;

use anydgram_core::{
    Datagram, Destination, Event, Handler, Limits, Options, SocketId, SocketSlot, SocketType,
    Sockets,
};

use super::bound_with;
use crate::Driver;
use crate::backlog::RETRY;
use crate::sys::faults::{self, Call, Outcome};

/// What was told.
#[derive(Default)]
struct Told {
    received: Vec<u8>,
    drained: usize,
}

impl Handler for Told {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        if let Event::Message(message) = event {
            self.received.push(message.data[0]);
        } else if event == Event::Drained {
            self.drained += 1;
        }
    }
}

/// A socket of a small queue that is bound; calls `test` with it.
fn with_small(test: impl FnOnce(&mut Driver, &mut Sockets<'_, '_>, SocketId)) {
    let mut slots = [SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let limits = Limits::new().send_queue(100, 4);
    let socket = bound_with(Ipv4Addr::LOCALHOST, Options::new(SocketType::Udp4), limits);
    let id = sockets.add(socket).unwrap();
    let mut driver = Driver::new().unwrap();
    driver.poll(driver.now(), &mut sockets, &mut Told::default());
    test(&mut driver, &mut sockets, id);
    faults::forget();
}

/// Has a socket send six datagrams to itself, each longer than the one before it, so that no two of them leave as one; which of
/// them were taken.
fn send_six(sockets: &mut Sockets<'_, '_>, id: SocketId) -> Vec<u8> {
    let socket = sockets.get_mut(id).unwrap();
    let to = Destination::local(socket.address().unwrap().port);
    let lengths = (1..=6_u8).filter(|&length| {
        let payload = vec![length; length.into()];
        let datagram = Datagram::new(&*payload).to(to).unreported();
        socket.send(datagram).is_ok()
    });
    lengths.collect()
}

#[test]
fn whatever_is_full_everything_leaves_and_drained_is_told_once() {
    for filling in faults::fillings() {
        with_small(|driver, sockets, id| {
            let mut told = Told::default();
            faults::plan_filling(&filling);
            let taken = send_six(sockets, id);
            assert_eq!(taken, [1, 2, 3, 4]);
            let start = driver.now();
            while told.received != taken || told.drained == 0 {
                driver.run_for(RETRY, sockets, &mut told).unwrap();
                let waited = driver.now().saturating_since(start);
                assert!(waited < RETRY * 1_000, "{filling:?}: {:?}", told.received);
            }
            driver.run_for(RETRY, sockets, &mut told).unwrap();
            assert_eq!((told.drained, faults::left()), (1, 0), "{filling:?}");
            let stats = sockets.get(id).unwrap().stats();
            let failed = |errno| filling.iter().filter(|one| **one == Some(errno)).count();
            let counted = [stats.buffer_full, stats.memory_full, stats.overflowed];
            let expected = [failed(libc::EAGAIN), failed(libc::ENOBUFS), 2];
            assert_eq!(
                counted.map(|count| usize::try_from(count).unwrap()),
                expected
            );
            sockets.get_mut(id).unwrap().close().unwrap();
            driver.run(sockets, &mut told).unwrap();
            assert_eq!(told.drained, 1);
        });
    }
}

#[test]
fn a_system_without_memory_is_asked_once_an_interval_however_often_it_is_polled() {
    with_small(|driver, sockets, id| {
        for _ in 0..1_000 {
            faults::plan(Call::AnySend, Outcome::Fail(libc::ENOBUFS));
        }
        let (mut now, asked) = (driver.now(), faults::sends());
        for interval in 1..=20 {
            for _ in 0..50 {
                send_six(sockets, id);
                let next = driver.poll(now, sockets, &mut Told::default());
                assert_eq!(next, Some(now.saturating_add(RETRY)));
                assert_eq!(faults::sends() - asked, interval);
            }
            now = now.saturating_add(RETRY);
        }
    });
}

#[test]
fn a_full_buffer_is_asked_at_a_sign_and_once_an_interval() {
    with_small(|driver, sockets, id| {
        for _ in 0..1_000 {
            faults::plan(Call::AnySend, Outcome::Fail(libc::EAGAIN));
        }
        let (mut now, asked) = (driver.now(), faults::sends());
        for interval in 1..=20 {
            for _ in 0..50 {
                send_six(sockets, id);
                driver.poll(now, sockets, &mut Told::default());
                // The system has room indeed, and says so once, when it is first asked to.
                let asked = faults::sends() - asked;
                assert!((interval..=interval + 1).contains(&asked), "{asked}");
            }
            now = now.saturating_add(RETRY);
        }
    });
}

#[test]
fn nothing_is_left_to_try_for_a_socket_that_is_closed() {
    for errno in [libc::EAGAIN, libc::ENOBUFS] {
        with_small(|driver, sockets, id| {
            for _ in 0..1_000 {
                faults::plan(Call::AnySend, Outcome::Fail(errno));
            }
            send_six(sockets, id);
            let (mut told, now) = (Told::default(), driver.now());
            driver.poll(now, sockets, &mut told);
            sockets.get_mut(id).unwrap().close().unwrap();
            let asked = faults::sends();
            for interval in 0..3 {
                driver.poll(now.saturating_add(RETRY * interval), sockets, &mut told);
            }
            let next = driver.poll(now.saturating_add(RETRY * 3), sockets, &mut told);
            assert_eq!((next, faults::sends() - asked, told.drained), (None, 0, 0));
            assert_eq!(sockets.get(id).unwrap().stats().canceled, 4);
        });
    }
}
