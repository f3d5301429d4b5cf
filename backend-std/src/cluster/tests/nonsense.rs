//! Channels with something else at the other end: whatever comes, it is an error that somebody is told.

use std::io::{ErrorKind, Write as _};

use super::*;
use crate::cluster::frame::{FRAME, Frame, Reply, Request, VERSION, Wanted};
use anydgram_core::{Address, Family};

/// A worker, and the other end of its channel.
fn lone_worker(event_loop: &EventLoop) -> (Worker, Blocking) {
    let (mut primary, theirs) = Blocking::pair().unwrap();
    let welcome = Reply::Welcome {
        version: VERSION,
        worker: 7,
    };
    primary.write_all(&welcome.encode()).unwrap();
    let worker = Worker::on(event_loop, theirs.into()).unwrap();
    assert_eq!(worker.id().number(), 7);
    (worker, primary)
}

#[test]
fn only_a_primary_of_this_version_is_joined() {
    let other = Reply::Welcome {
        version: VERSION + 1,
        worker: 1,
    };
    let early = Reply::Disconnect;
    for first in [
        &other.encode()[..],
        &early.encode(),
        &[0; FRAME],
        &[0; 7],
        &[],
    ] {
        let event_loop = EventLoop::new().unwrap();
        let (mut primary, theirs) = Blocking::pair().unwrap();
        primary.write_all(first).unwrap();
        let refused = Worker::on(&event_loop, theirs.into()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidData, "{first:?}");
        // The loop is as it was: its binds are its own.
        let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
        socket.bind(local(0)).unwrap();
        assert!(!event_loop.run_for(STEP).unwrap());
        assert_eq!(socket.bind_state(), crate::BindState::Bound);
    }
}

#[test]
fn a_primary_that_makes_no_sense_is_left() {
    let granted_to_nobody = Reply::Granted {
        number: 9,
        share: 0,
    };
    let mut trailing = Reply::Disconnect.encode();
    trailing[FRAME - 1] = 1;
    let fine = [granted_to_nobody.encode(), Reply::Disconnect.encode()];
    for nonsense in [[0; FRAME], [255; FRAME], Request::Leave.encode(), trailing] {
        let event_loop = EventLoop::new().unwrap();
        let (worker, mut primary) = lone_worker(&event_loop);
        let told = Rc::new(RefCell::new(Vec::new()));
        let telling = Rc::clone(&told);
        worker.on_disconnect(move || telling.borrow_mut().push("lost".to_owned()));
        let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
        let telling = Rc::clone(&told);
        socket.on_error(move |_, error| telling.borrow_mut().push(error.to_string()));
        socket.bind(local(9)).unwrap();
        assert!(!event_loop.run_for(STEP).unwrap(), "it waits for an answer");
        // Answers that nobody waits for are no harm.
        primary.write_all(&fine[0]).unwrap();
        primary.write_all(&nonsense).unwrap();
        assert!(event_loop.run_for(LIMIT).unwrap());
        assert!(!worker.is_connected());
        assert_eq!(*told.borrow(), ["bind ENOTCONN 127.0.0.1:9", "lost"]);
    }
}

/// Numbers that look random, the same ones each time.
struct Dice(u32);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        // xorshift32: Marsaglia, Xorshift RNGs, 2003
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % sides
    }

    fn frame(&mut self) -> Frame {
        let share = u64::from(self.roll(8));
        let mut frame = match self.roll(8) {
            0 => Request::Online { version: VERSION }.encode(),
            1 => Request::Close { share }.encode(),
            2 => Request::Listening { share }.encode(),
            3 => Request::Leave.encode(),
            _ => Request::Ask {
                number: self.roll(4),
                wanted: Wanted {
                    family: [Family::V4, Family::V6][self.roll(2) as usize],
                    address: Address::from(core::net::Ipv4Addr::LOCALHOST),
                    port: 0,
                    // Never one that another test has.
                    fd: (self.roll(4) == 0).then_some([-1, 1_000_000][self.roll(2) as usize]),
                    index: self.roll(3),
                    reuse_address: self.roll(2) == 0,
                    ipv6_only: self.roll(4) == 0,
                },
            }
            .encode(),
        };
        if self.roll(50) == 0 {
            let [byte, ..] = self.roll(256).to_le_bytes();
            frame[self.roll(48) as usize] = byte;
        }
        frame
    }
}

#[test]
fn a_primary_survives_whatever_workers_say() {
    let mut dice = Dice(20_261_121);
    let mut primary = Primary::new().unwrap();
    primary.set_max_sockets(4);
    let mut rogues: Vec<Blocking> = Vec::new();
    for _ in 0..5_000 {
        while rogues.len() < 4 {
            let (ours, theirs) = Blocking::pair().unwrap();
            ours.set_nonblocking(true).unwrap();
            theirs.set_nonblocking(true).unwrap();
            primary.admit(UnixStream::from_std(ours)).unwrap();
            rogues.push(theirs);
        }
        let which = dice.roll(4) as usize;
        let frame = dice.frame();
        let is_gone = rogues[which].write_all(&frame).is_err();
        if is_gone || dice.roll(100) == 0 {
            rogues.swap_remove(which);
        }
        primary.turn(Some(Duration::ZERO)).unwrap();
        let workers = primary.workers().count();
        assert!(primary.socket_count() <= workers * 4, "{workers} workers");
    }
    rogues.clear();
    while primary.workers().next().is_some() {
        primary.turn(Some(STEP)).unwrap();
    }
    assert_eq!(primary.socket_count(), 0);
}
