//! What Node's cluster does with datagram sockets, row by row: a primary and its workers in one process, each with a
//! loop of its own. Real processes are in `tests/cluster.rs`, and Node's own answers in the conformance suite.

mod descriptor;
mod leaving;
mod nonsense;
mod sharing;
mod transfer;

use core::cell::RefCell;
use core::time::Duration;
use std::net::UdpSocket;
use std::os::unix::net::UnixStream as Blocking;
use std::time::Instant;

use alloc::rc::Rc;

use mio::net::UnixStream;

use super::*;
use crate::{BindOptions, EventLoop, Options, Socket, SocketType};

/// A primary with its workers; worker 0 is the first.
struct Office {
    primary: Primary,
    desks: Vec<Desk>,
    told: Vec<WorkerEvent>,
}

/// A worker: its loop, and what its sockets tell.
struct Desk {
    event_loop: EventLoop,
    worker: Worker,
    log: Rc<RefCell<Vec<String>>>,
}

impl Office {
    fn new(workers: usize) -> Self {
        let mut office = Self {
            primary: Primary::new().unwrap(),
            desks: Vec::new(),
            told: Vec::new(),
        };
        for _ in 0..workers {
            office.hire();
        }
        office
    }

    /// One more worker; its index.
    fn hire(&mut self) -> usize {
        let (ours, theirs) = Blocking::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let id = self.primary.admit(UnixStream::from_std(ours)).unwrap();
        let event_loop = EventLoop::new().unwrap();
        let worker = Worker::on(&event_loop, theirs.into()).unwrap();
        assert_eq!(worker.id(), id);
        self.desks.push(Desk {
            event_loop,
            worker,
            log: Rc::default(),
        });
        self.desks.len() - 1
    }

    fn socket(&self, worker: usize, options: impl Into<crate::SocketOptions>) -> Socket {
        self.desks[worker].socket(options)
    }

    /// A socket that listens on this port, and the port.
    fn bound<'a>(&mut self, worker: usize, options: impl Into<BindOptions<'a>>) -> (Socket, u16) {
        let socket = self.socket(worker, SocketType::Udp4);
        socket.bind(options).unwrap();
        self.until(|_| socket.bind_state() == crate::BindState::Bound);
        let port = socket.address().unwrap().port;
        (socket, port)
    }

    /// Runs all of them until something has happened.
    #[expect(clippy::disallowed_methods, reason = "a test that hangs has to end")]
    fn until(&mut self, mut has_happened: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !has_happened(self) {
            assert!(start.elapsed() < LIMIT, "in vain; {}", self.logs());
            let event = self.primary.turn(Some(STEP)).unwrap();
            self.told.extend(event);
            for desk in &self.desks {
                if let Err(error) = desk.event_loop.run_for(STEP) {
                    desk.log.borrow_mut().push(format!("unhandled {error}"));
                }
            }
        }
    }

    /// Runs them until everything that has been said was heard: a bind of each worker that still can is through.
    fn settle(&mut self) {
        for worker in 0..self.desks.len() {
            if self.desks[worker].worker.is_connected() {
                let desk = &self.desks[worker];
                let socket = desk.event_loop.create_socket(SocketType::Udp4).unwrap();
                socket
                    .bind(BindOptions::port(0).address("127.77.0.1"))
                    .unwrap();
                self.until(|_| socket.bind_state() == crate::BindState::Bound);
                let closed = Rc::new(RefCell::new(false));
                let is_closed = Rc::clone(&closed);
                socket.on_close(move |_| *is_closed.borrow_mut() = true);
                socket.close().unwrap();
                self.until(|_| *closed.borrow());
            }
        }
    }

    fn has_log(&self, worker: usize, line: &str) -> bool {
        let log = self.desks[worker].log.borrow();
        log.iter().any(|told| told == line)
    }

    fn logs(&self) -> String {
        let logs = self.desks.iter().map(|desk| desk.log.borrow().join(", "));
        logs.collect::<Vec<_>>().join(" | ")
    }

    /// The ports that workers were told to listen on, except those of [`settle`](Self::settle).
    fn listening(&self) -> Vec<(u32, u16)> {
        let listening = self.told.iter().filter_map(|event| {
            if let WorkerEvent::Listening {
                worker, address, ..
            } = event
            {
                Some((worker.number(), *address))
            } else {
                None
            }
        });
        listening
            .filter(|(_, address)| address.address.to_string() != "127.77.0.1")
            .map(|(worker, address)| (worker, address.port))
            .collect()
    }

    /// What the primary was told of the first socket that listened.
    fn first_listening(&self) -> (SocketType, crate::Address, Option<i32>) {
        for event in &self.told {
            if let WorkerEvent::Listening {
                socket_type,
                address,
                fd,
                ..
            } = event
            {
                return (*socket_type, address.address, *fd);
            }
        }
        panic!("no socket listens")
    }
}

impl Desk {
    fn socket(&self, options: impl Into<crate::SocketOptions>) -> Socket {
        let socket = self.event_loop.create_socket(options).unwrap();
        let note = |log: &Rc<RefCell<Vec<String>>>| {
            let log = Rc::clone(log);
            move |line: String| log.borrow_mut().push(line)
        };
        let say = note(&self.log);
        socket.on_listening(move |_| say("listening".into()));
        let say = note(&self.log);
        socket.on_error(move |_, error| say(format!("error {error}")));
        let say = note(&self.log);
        socket.on_close(move |_| say("close".into()));
        let say = note(&self.log);
        socket.on_message(move |_, message| {
            say(format!("message {}", String::from_utf8_lossy(message.data)));
        });
        socket
    }
}

/// Sends from outside of the cluster.
fn send(port: u16, text: &str) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .send_to(text.as_bytes(), ("127.0.0.1", port))
        .unwrap();
}

/// A port that nobody has.
fn free_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

fn local(port: u16) -> BindOptions<'static> {
    BindOptions::port(port).address("127.0.0.1")
}

fn reusing() -> Options {
    Options::new(SocketType::Udp4).reuse_address(true)
}

const LIMIT: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(1);
