//! Unix sockets on the event loop, with real files.

use core::cell::RefCell;
use core::time::Duration;
use std::os::unix::net::UnixDatagram as StdDatagram;
use std::path::PathBuf;

use alloc::rc::Rc;

use anydgram_core::{Errno, UnixDatagram};
use tempfile::TempDir;

use super::*;
use crate::EventLoop;

#[cfg(target_os = "linux")]
mod ancillary;

/// Long enough for every machine.
const LIMIT: Duration = Duration::from_secs(30);

/// A turn of the loop ends with a wait, also if what is waited for has happened in it.
const STEP: Duration = Duration::from_millis(10);

/// An event loop, a directory, and what has happened.
struct Lab {
    event_loop: EventLoop,
    directory: TempDir,
    log: Rc<RefCell<Vec<String>>>,
}

impl Lab {
    fn new() -> Self {
        Self {
            event_loop: EventLoop::new().expect("the system has what a loop needs"),
            directory: TempDir::new().expect("there is a directory for temporary files"),
            log: Rc::default(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        let path = self.path(name);
        path.to_str().expect("its name is plain").to_owned()
    }

    /// A socket whose events are logged, with `name` before them.
    fn socket(&self, name: &'static str) -> UnixSocket {
        let socket = self.event_loop.create_unix_socket().expect("it opens");
        let directory = self.text("");
        let log = |text: &'static str| {
            let log = Rc::clone(&self.log);
            move |_: &UnixSocket| log.borrow_mut().push(format!("{name} {text}"))
        };
        socket.on_listening(log("listening"));
        socket.on_connect(log("connect"));
        socket.on_drain(log("drain"));
        socket.on_close(log("close"));
        let (all, root) = (Rc::clone(&self.log), directory.clone());
        socket.on_error(move |_, error| {
            let text = error.to_string().replace(&root, "");
            all.borrow_mut().push(format!("{name} error {text}"));
        });
        let all = Rc::clone(&self.log);
        socket.on_message(move |_, message| {
            let data = String::from_utf8_lossy(message.data);
            let sender = message.sender.map(|sender| sender.to_string());
            let sender = sender.unwrap_or_default().replace(&directory, "");
            all.borrow_mut()
                .push(format!("{name} message {data} from {sender}"));
        });
        socket
    }

    /// A callback that logs how a send ended.
    fn sent(&self, name: &'static str) -> impl FnOnce(Result<usize, Error>) + use<> {
        let (log, directory) = (Rc::clone(&self.log), self.text(""));
        move |result| {
            log.borrow_mut().push(match result {
                Ok(len) => format!("{name} sent {len}"),
                Err(error) => format!("{name} {}", error.to_string().replace(&directory, "")),
            });
        }
    }

    /// Runs until `count` things have happened, and takes them.
    fn happened(&self, count: usize) -> Vec<String> {
        let mut waits = LIMIT.as_millis() / STEP.as_millis();
        while self.log.borrow().len() < count {
            self.event_loop.turn(Some(STEP)).expect("errors are heard");
            assert_ne!(waits, 0, "only {:?}", self.log.borrow());
            waits -= 1;
        }
        self.log.take()
    }
}

#[test]
fn a_client_with_a_path_is_answered() {
    let lab = Lab::new();
    let (server, client) = (lab.socket("server"), lab.socket("client"));
    server.on_message(|server, message| {
        let answer = UnixDatagram::new("pong").reply_to(message);
        server.send(answer).expect("it is open");
    });
    server.bind(lab.text("server").as_str()).unwrap();
    assert_eq!(
        server.bind_state(),
        BindState::Binding,
        "not within the call"
    );
    assert_eq!(lab.happened(1), ["server listening"]);
    client.bind(lab.text("client").as_str()).unwrap();
    let (to, callback) = (lab.text("server"), lab.sent("client"));
    let ping = UnixDatagram::new("ping").to(to.as_str());
    client.send_with(ping, callback).unwrap();
    let expected = [
        "client listening",
        "client sent 4",
        "server message ping from client",
        "client message pong from server",
    ];
    assert_eq!(lab.happened(4), expected);
    assert_eq!(server.address().unwrap().to_string(), to);
    server.close().unwrap();
    assert!(!lab.path("server").exists(), "within the call");
    client.close().unwrap();
    assert_eq!(lab.happened(2), ["server close", "client close"]);
    assert!(!lab.event_loop.turn(None).unwrap(), "nothing is left");
}

#[test]
fn an_unbound_socket_sends_and_keeps_no_loop_running() {
    let lab = Lab::new();
    let receiver = StdDatagram::bind(lab.path("log")).unwrap();
    let socket = lab.socket("client");
    let to = lab.text("log");
    let datagram = UnixDatagram::new("<14>hello").to(to.as_str());
    socket.send_with(datagram, lab.sent("client")).unwrap();
    lab.event_loop.run().unwrap();
    assert_eq!(lab.log.take(), ["client sent 9"]);
    let mut buffer = [0; 16];
    assert_eq!(receiver.recv(&mut buffer).unwrap(), 9);
    // Nobody knows it but its handle.
    let weak = Rc::downgrade(&socket.0);
    drop(socket);
    assert_eq!(weak.strong_count(), 0);
}

#[test]
fn a_bind_that_fails_is_an_error_event_and_can_be_made_again() {
    let lab = Lab::new();
    let _other = StdDatagram::bind(lab.path("taken")).unwrap();
    let socket = lab.socket("socket");
    let (taken, free) = (lab.text("taken"), lab.text("free"));
    socket.bind(taken.as_str()).unwrap();
    let misuse = socket.bind(free.as_str()).unwrap_err();
    assert_eq!(misuse.code(), "ERR_SOCKET_ALREADY_BOUND");
    let waiting = UnixDatagram::new("x").to(taken.as_str());
    socket.send_with(waiting, lab.sent("socket")).unwrap();
    let expected = [
        "socket error bind EADDRINUSE taken",
        "socket send ECANCELED taken",
    ];
    assert_eq!(lab.happened(2), expected);
    socket.bind(free.as_str()).unwrap();
    assert_eq!(lab.happened(1), ["socket listening"]);
    assert!(lab.path("taken").exists());
}

#[test]
fn an_error_that_nobody_hears_ends_the_run() {
    let lab = Lab::new();
    let socket = lab.event_loop.create_unix_socket().unwrap();
    socket.bind(lab.text("no/where").as_str()).unwrap();
    let error = lab.event_loop.run().unwrap_err();
    assert_eq!(error.errno(), Some(Errno::ENOENT));
    assert_eq!(
        error.to_string(),
        format!("bind ENOENT {}", lab.text("no/where"))
    );
}

#[test]
fn a_stale_file_of_a_crash_is_in_nobodys_way() {
    let lab = Lab::new();
    drop(StdDatagram::bind(lab.path("s")).unwrap());
    let socket = lab.socket("socket");
    let path = lab.text("s");
    socket.bind(path.as_str()).unwrap();
    assert_eq!(lab.happened(1), ["socket listening"]);
}

#[test]
fn a_connected_socket_waits_for_its_peer() {
    let lab = Lab::new();
    let server = StdDatagram::bind(lab.path("server")).unwrap();
    let client = lab.socket("client");
    client.connect(lab.text("server").as_str()).unwrap();
    assert_eq!(lab.happened(1), ["client connect"]);
    assert_eq!(
        client.remote_address().unwrap().to_string(),
        lab.text("server")
    );
    // More than the system takes: its queues hold ten datagrams by default, and never a thousand times more.
    let mut count = 0_u32;
    while client.send_queue_count() == 0 {
        client
            .send(UnixDatagram::new(&count.to_ne_bytes()))
            .unwrap();
        count += 1;
        assert!(count < 1_000_000, "the system takes everything");
    }
    client
        .send_with(UnixDatagram::new("last"), lab.sent("client"))
        .unwrap();
    server.set_read_timeout(Some(LIMIT)).unwrap();
    let mut buffer = [0; 8];
    for expected in 0..count {
        // The waiting ones follow as there is room.
        lab.event_loop.turn(Some(Duration::ZERO)).unwrap();
        assert_eq!(server.recv(&mut buffer).unwrap(), 4);
        assert_eq!(buffer[..4], expected.to_ne_bytes());
    }
    assert_eq!(lab.happened(1), ["client sent 4"]);
    assert_eq!(server.recv(&mut buffer).unwrap(), 4);
    assert_eq!(&buffer[..4], b"last");
}

#[test]
fn a_destination_that_is_full_or_gone_says_so() {
    let lab = Lab::new();
    let server = StdDatagram::bind(lab.path("server")).unwrap();
    let client = lab.socket("client");
    let to = lab.text("server");
    while client.stats().failed == 0 {
        assert!(
            client.stats().sent < 1_000_000,
            "the system takes everything"
        );
        client.send(UnixDatagram::new("x").to(to.as_str())).unwrap();
    }
    let datagram = UnixDatagram::new("x").to(to.as_str());
    client.send_with(datagram, lab.sent("client")).unwrap();
    assert_eq!(lab.happened(1), ["client send EAGAIN server"]);
    drop(server);
    client.send_with(datagram, lab.sent("client")).unwrap();
    assert_eq!(lab.happened(1), ["client send ECONNREFUSED server"]);
}

#[test]
fn a_peer_that_went_is_reached_again_after_a_new_connect() {
    let lab = Lab::new();
    let first = StdDatagram::bind(lab.path("server")).unwrap();
    let client = lab.socket("client");
    let path = lab.text("server");
    client.connect(path.as_str()).unwrap();
    assert_eq!(lab.happened(1), ["client connect"]);
    drop(first);
    let x = UnixDatagram::new("x");
    client.send_with(x, lab.sent("client")).unwrap();
    assert_eq!(lab.happened(1), ["client send ECONNREFUSED"]);
    std::fs::remove_file(lab.path("server")).unwrap();
    let second = StdDatagram::bind(lab.path("server")).unwrap();
    client.disconnect().unwrap();
    assert_eq!(
        client.disconnect().unwrap_err().code(),
        "ERR_SOCKET_DGRAM_NOT_CONNECTED"
    );
    client.connect(path.as_str()).unwrap();
    client.on_connect(move |client| client.send(x).expect("it is open"));
    assert_eq!(lab.happened(1), ["client connect"]);
    let mut buffer = [0; 8];
    second.set_read_timeout(Some(LIMIT)).unwrap();
    assert_eq!(second.recv(&mut buffer).unwrap(), 1);
}

#[test]
fn the_end_of_the_loop_removes_the_files() {
    let lab = Lab::new();
    let socket = lab.socket("socket");
    socket.bind(lab.text("s").as_str()).unwrap();
    assert_eq!(lab.happened(1), ["socket listening"]);
    assert!(lab.path("s").exists());
    let path = lab.path("s");
    drop(lab.event_loop);
    assert!(!path.exists());
    assert!(socket.is_closed());
}

#[test]
fn an_unreferenced_socket_lets_the_loop_end() {
    let lab = Lab::new();
    let socket = lab.socket("socket");
    socket.bind(lab.text("s").as_str()).unwrap();
    assert_eq!(lab.happened(1), ["socket listening"]);
    assert!(lab.event_loop.turn(Some(Duration::ZERO)).unwrap());
    socket.unreference();
    lab.event_loop.run().unwrap();
    socket.reference();
    assert!(lab.event_loop.turn(Some(Duration::ZERO)).unwrap());
}

#[test]
fn listeners_may_do_anything() {
    let lab = Lab::new();
    let socket = lab.socket("socket");
    let path = lab.text("s");
    socket
        .bind_with(path.as_str(), |socket| socket.close().expect("it is open"))
        .unwrap();
    let again = socket.on_close(|socket| {
        let error = socket.bind("/nowhere").expect_err("it is closed");
        assert_eq!(error.code(), "ERR_SOCKET_DGRAM_NOT_RUNNING");
    });
    assert_eq!(lab.happened(2), ["socket listening", "socket close"]);
    socket.off(&again);
    lab.event_loop.run().unwrap();
}

#[test]
fn datagrams_of_udp_and_unix_sockets_share_a_loop() {
    let lab = Lab::new();
    let unix = lab.socket("unix");
    unix.bind(lab.text("s").as_str()).unwrap();
    let udp = lab
        .event_loop
        .create_socket(crate::SocketType::Udp4)
        .unwrap();
    let to = lab.text("s");
    let relay = lab.event_loop.create_unix_socket().unwrap();
    udp.on_message(move |_, message| {
        let datagram = UnixDatagram::new(message.data).to(to.as_str());
        relay.send(datagram).expect("it is open");
    });
    udp.bind_with(("127.0.0.1", 0), |udp| {
        let port = udp.address().expect("it is bound").port;
        let to = crate::Destination::local(port);
        udp.send(crate::Datagram::new("hello").to(to))
            .expect("it is open");
    })
    .unwrap();
    assert_eq!(
        lab.happened(2),
        ["unix listening", "unix message hello from "]
    );
}
