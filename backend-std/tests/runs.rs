//! Datagrams that came together: what a listener does in the middle counts for the rest.

#![expect(clippy::unwrap_used, reason = "a test's way to fail")]

extern crate alloc;

use core::cell::{Cell, RefCell};
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;

use alloc::rc::Rc;

use anydgram_std::{
    AbortController, Address, BlockList, Datagram, Destination, Errno, Event, EventLoop, Listener,
    Socket, SocketOptions, SocketType, Stats,
};

const LIMIT: Duration = Duration::from_secs(30);
/// So many datagrams come before, to have the system hand those together that come together.
const BEFORE: u32 = 8;
/// So many come together.
const COUNT: u8 = 20;
/// At this one, something is done.
const MIDDLE: u8 = 4;

/// Who has heard which datagram.
type Log = Rc<RefCell<Vec<(char, u8)>>>;

/// A loop with a socket that gets datagrams together, and another one that sends them.
struct World {
    event_loop: EventLoop,
    sender: Socket,
    receiver: Socket,
    log: Log,
    /// How many of the datagrams had come together with others.
    together: Rc<Cell<u8>>,
}

impl World {
    fn new(options: impl Into<SocketOptions>) -> Rc<Self> {
        let event_loop = EventLoop::new().unwrap();
        let bound = |options: SocketOptions| {
            let socket = event_loop.create_socket(options).unwrap();
            socket.bind_sync(("127.0.0.1", 0)).unwrap();
            socket
        };
        let (sender, receiver) = (bound(SocketType::Udp4.into()), bound(options.into()));
        let world = Self {
            event_loop,
            sender,
            receiver,
            log: Log::default(),
            together: Rc::default(),
        };
        for _ in 0..BEFORE {
            world.sender.send(Datagram::new("").to(world.to())).unwrap();
        }
        world.run_until(|| world.receiver.stats().received == BEFORE);
        Rc::new(world)
    }

    fn to(&self) -> Destination<'static> {
        Destination::local(self.receiver.address().unwrap().port)
    }

    /// A listener that logs, and calls `act` in the middle.
    fn listener(self: &Rc<Self>, name: char, act: impl Fn(&Rc<Self>) + 'static) -> Listener {
        // A listener that had its socket would keep it.
        let world = Rc::downgrade(self);
        let (log, together) = (Rc::clone(&self.log), Rc::clone(&self.together));
        Listener::new(move |_, event| {
            let Event::Message(message) = event else {
                return;
            };
            let index = *message.data.first().unwrap();
            log.borrow_mut().push((name, index));
            if message.meta.segment_stride.is_some() {
                together.set(together.get() + 1);
            }
            if index == MIDDLE {
                act(&world.upgrade().unwrap());
            }
        })
    }

    /// The same, without doing anything.
    fn logger(self: &Rc<Self>, name: char) -> Listener {
        self.listener(name, |_| {})
    }

    fn add(&self, listener: &Listener) {
        self.receiver.on_listener("message", listener);
    }

    fn send(&self) {
        let payloads: Vec<_> = (0..COUNT).map(|index| [index]).collect();
        let to = self.to();
        let datagrams = payloads.iter().map(|payload| Datagram::new(payload).to(to));
        self.sender.send_many(datagrams, |_, sent| sent.unwrap());
    }

    fn run_until(&self, mut is_done: impl FnMut() -> bool) {
        let mut turns = 0;
        while !is_done() {
            turns += 1;
            assert!(turns < 10_000, "it does not happen");
            assert!(self.event_loop.turn(Some(LIMIT)).unwrap());
        }
    }

    /// Whether all that was sent has been received.
    fn is_over(&self) -> bool {
        self.receiver.stats().received == BEFORE + u32::from(COUNT)
    }

    /// Sends, and runs until everything was received.
    fn play(&self) {
        self.send();
        self.run_until(|| self.is_over());
    }

    /// Who has heard what, as the first and the last datagram of each.
    fn heard(&self) -> Vec<(char, u8, u8)> {
        let mut heard: Vec<(char, u8, u8)> = Vec::new();
        for &(name, index) in &*self.log.borrow() {
            match heard.iter_mut().find(|(of, ..)| *of == name) {
                Some((.., last)) => {
                    assert_eq!(*last + 1, index, "{name}");
                    *last = index;
                }
                None => heard.push((name, index, index)),
            }
        }
        heard
    }
}

const LAST: u8 = COUNT - 1;
const NEXT: u8 = MIDDLE + 1;

/// What has been heard, and counted, when a listener `a` has done something in the middle.
fn when(
    options: impl Into<SocketOptions>,
    act: impl Fn(&Rc<World>) + 'static,
) -> (Vec<(char, u8, u8)>, Stats) {
    let world = World::new(options);
    world.add(&world.listener('a', act));
    world.play();
    (world.heard(), world.receiver.stats())
}

#[cfg(target_os = "linux")]
#[test]
fn datagrams_of_one_length_come_together() {
    let world = World::new(SocketType::Udp4);
    world.add(&world.logger('a'));
    world.play();
    assert_eq!(world.heard(), [('a', 0, LAST)]);
    assert_eq!(world.together.get(), COUNT);
}

#[test]
fn each_is_counted_before_it_is_told() {
    let world = World::new(SocketType::Udp4);
    let wrong = Rc::new(Cell::new(0));
    let count = Rc::clone(&wrong);
    world.receiver.on_message(move |socket, message| {
        let stats = socket.stats();
        let expected = BEFORE + 1 + u32::from(message.data[0]);
        if (stats.received, stats.delivered) != (expected, expected) {
            count.set(count.get() + 1);
        }
    });
    world.play();
    assert_eq!(wrong.get(), 0);
}

#[test]
fn a_listener_that_is_added_hears_the_next() {
    let (heard, _) = when(SocketType::Udp4, |world| world.add(&world.logger('b')));
    assert_eq!(heard, [('a', 0, LAST), ('b', NEXT, LAST)]);
}

#[test]
fn a_listener_that_is_put_before_is_called_before() {
    let world = World::new(SocketType::Udp4);
    world.add(&world.listener('a', |world| {
        let listener = world.logger('b');
        world.receiver.prepend_listener("message", &listener);
    }));
    world.play();
    let next: Vec<_> = world.log.borrow()[usize::from(NEXT)..][..2].to_vec();
    assert_eq!(next, [('b', NEXT), ('a', NEXT)]);
}

#[test]
fn a_listener_that_is_added_for_one_call_has_one() {
    for is_before in [false, true] {
        let (heard, _) = when(SocketType::Udp4, move |world| {
            let (listener, receiver) = (world.logger('b'), &world.receiver);
            if is_before {
                receiver.prepend_once_listener("message", &listener);
            } else {
                receiver.once_listener("message", &listener);
            }
        });
        let mut heard = heard;
        heard.sort_unstable();
        assert_eq!(heard, [('a', 0, LAST), ('b', NEXT, NEXT)]);
    }
}

#[test]
fn a_listener_that_is_removed_hears_no_more() {
    let removals: [fn(&World, &Listener); 3] = [
        |world, listener| {
            world.receiver.off("message", listener);
        },
        |world, _| {
            world.receiver.remove_all(Some(&"message".into()));
        },
        |world, _| {
            world.receiver.remove_all(None);
        },
    ];
    for remove in removals {
        for is_replaced in [false, true] {
            let world = World::new(SocketType::Udp4);
            let own: Rc<RefCell<Option<Listener>>> = Rc::default();
            let same = Rc::clone(&own);
            let listener = world.listener('a', move |world| {
                remove(world, same.take().as_ref().unwrap());
                if is_replaced {
                    world.add(&world.logger('b'));
                }
            });
            own.replace(Some(listener.clone()));
            world.add(&listener);
            world.play();
            let mut expected = vec![('a', 0, MIDDLE)];
            expected.extend(is_replaced.then_some(('b', NEXT, LAST)));
            assert_eq!(world.heard(), expected);
            // Without listeners datagrams go on being taken.
            assert_eq!(world.receiver.stats().delivered, BEFORE + u32::from(COUNT));
        }
    }
}

#[test]
fn a_loop_within_a_listener_leaves_the_rest_to_those_that_are_there_then() {
    let options = SocketOptions::new(SocketType::Udp4).lookup(|_, _, reply| {
        reply.answer(Err::<Address, _>(Errno::ENOTFOUND));
    });
    let world = World::new(options);
    world.add(&world.listener('a', |world| {
        world.receiver.remove_all(None);
        let log = Rc::clone(&world.log);
        world.receiver.on_message(move |socket, message| {
            log.borrow_mut().push(('b', message.data[0]));
            if message.data == [NEXT] {
                // Nobody listens to its errors, so this ends the loop within.
                let nowhere = Destination::new("nowhere", 9);
                socket.send(Datagram::new("").to(nowhere)).unwrap();
            }
        });
        assert!(world.event_loop.turn(Some(LIMIT)).is_err());
        assert_eq!(world.log.borrow().last(), Some(&('b', NEXT)));
    }));
    world.play();
    assert_eq!(world.heard(), [('a', 0, MIDDLE), ('b', NEXT, LAST)]);
}

#[test]
fn a_listener_that_panics_has_heard_its_datagram() {
    let world = World::new(SocketType::Udp4);
    world.add(&world.listener('a', |_| std::panic::resume_unwind(Box::new(()))));
    world.send();
    let mut panics = 0;
    while !world.is_over() {
        let turn = || world.event_loop.turn(Some(LIMIT)).unwrap();
        match catch_unwind(AssertUnwindSafe(turn)) {
            Ok(can_happen) => assert!(can_happen),
            Err(_) => panics += 1,
        }
    }
    assert_eq!(panics, 1);
    assert_eq!(world.heard(), [('a', 0, LAST)]);
}

#[test]
fn a_sender_that_is_blocked_is_heard_no_more() {
    let list = BlockList::new();
    let options = SocketOptions::new(SocketType::Udp4).receive_block_list(list.clone());
    let (heard, stats) = when(options, move |_| {
        list.add_address([127, 0, 0, 1].into());
    });
    assert_eq!(heard, [('a', 0, MIDDLE)]);
    assert_eq!(stats.dropped_blocked, u32::from(LAST - MIDDLE));
}

#[test]
fn a_socket_that_connects_hears_its_peer_only() {
    let connect = |is_to_sender: bool| {
        when(SocketType::Udp4, move |world| {
            let port = world.sender.address().unwrap().port;
            let other = if is_to_sender { port } else { 9 };
            world.receiver.connect_sync(("127.0.0.1", other)).unwrap();
        })
    };
    let (heard, stats) = connect(true);
    assert_eq!(heard, [('a', 0, LAST)]);
    assert_eq!(stats.dropped_peer, 0);
    let (heard, stats) = connect(false);
    assert_eq!(heard, [('a', 0, MIDDLE)]);
    assert_eq!(stats.dropped_peer, u32::from(LAST - MIDDLE));
}

#[test]
fn turns_come_before_the_next_datagram() {
    let world = World::new(SocketType::Udp4);
    let other = world.event_loop.create_socket(SocketType::Udp4).unwrap();
    let log = Rc::clone(&world.log);
    other.on_close(move |_| log.borrow_mut().push(('c', MIDDLE)));
    world.add(&world.listener('a', move |world| {
        let log = Rc::clone(&world.log);
        let sent = move |_| log.borrow_mut().push(('s', MIDDLE));
        let datagram = Datagram::new("").to(Destination::local(9));
        world.sender.send_with(datagram, sent).unwrap();
        other.close().unwrap();
    }));
    world.play();
    let around = [('a', MIDDLE), ('s', MIDDLE), ('c', MIDDLE), ('a', NEXT)];
    assert_eq!(world.log.borrow()[usize::from(MIDDLE)..][..4], around);
}

/// A socket that `act` closes in the middle.
fn is_closed_by(options: impl Into<SocketOptions>, act: impl Fn(&Rc<World>) + 'static) {
    let world = World::new(options);
    world.add(&world.listener('a', act));
    let is_closed = Rc::new(Cell::new(false));
    let closed = Rc::clone(&is_closed);
    world.receiver.on_close(move |_| closed.set(true));
    world.send();
    world.run_until(|| is_closed.get());
    world.event_loop.turn(Some(Duration::ZERO)).unwrap();
    assert_eq!(world.heard(), [('a', 0, MIDDLE)]);
    let stats = world.receiver.stats();
    assert_eq!(stats.delivered, BEFORE + u32::from(NEXT));
    // The rest of what had been taken; what had not went with the system's socket.
    assert_eq!(stats.received, stats.delivered + stats.dropped_not_running);
}

#[test]
fn a_socket_that_is_closed_hears_no_more() {
    is_closed_by(SocketType::Udp4, |world| world.receiver.close().unwrap());
}

#[test]
fn a_socket_whose_signal_aborts_hears_no_more() {
    let controller = AbortController::new();
    let options = SocketOptions::new(SocketType::Udp4).signal(controller.signal());
    is_closed_by(options, move |_| controller.abort());
}
