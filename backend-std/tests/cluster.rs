//! Primaries and workers in processes of their own, which are killed under load: what that loses, and what it leaves.
//!
//! The processes run this test program again, with a role in their environment. They tell what happens by lines on
//! one pipe, which ends with the last of them.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

extern crate alloc;

use core::cell::Cell;
use core::time::Duration;
use std::env;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::UdpSocket;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::rc::Rc;

use anydgram_std::cluster::{Primary, Worker, WorkerEvent, receive_socket, send_socket};
use anydgram_std::{BindOptions, EventLoop, SocketType};

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How long a worker lives at most, whatever becomes of the test.
const LIFE: Duration = Duration::from_secs(120);
const STEP: Duration = Duration::from_millis(5);
const ROLE: &str = "ANYDGRAM_CLUSTER_ROLE";
const PORT: &str = "ANYDGRAM_CLUSTER_PORT";

/// How many datagrams may be on their way: less than the system has room for.
const WINDOW: usize = 32;

/// Runs the role of this process; whether it has one.
fn has_played() -> bool {
    match env::var(ROLE).as_deref() {
        Ok("primary") => play_primary(),
        Ok("worker") => play_worker(),
        Ok("heir") => play_heir(),
        Ok("stranger") => play_stranger(),
        _ => return false,
    }
    true
}

/// A line that no other process's can come into the middle of: it is short enough (POSIX, `PIPE_BUF`).
fn tell(line: &str) {
    // Whoever listened may have gone.
    let told = io::stdout().write_all(format!("\n@{line}\n").as_bytes());
    drop(told.and_then(|()| io::stdout().flush()));
}

/// The descriptors of this process, without the one that looks.
fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count() - 1
}

/// Another process of this test.
fn again(role: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    let name = thread::current().name().unwrap().to_owned();
    command.args([name.as_str(), "--exact", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).stdin(Stdio::null());
    command
}

/// Spawns a worker for each `spawn` on its standard input, and ends with it.
fn play_primary() {
    let mut primary = Primary::new().unwrap();
    let (sender, commands) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            sender.send(line).unwrap();
        }
    });
    let mut children: BTreeMap<_, Child> = BTreeMap::new();
    loop {
        match primary.turn(Some(STEP)).unwrap() {
            Some(WorkerEvent::Listening { worker, .. }) => tell(&format!("listening {worker}")),
            Some(WorkerEvent::Disconnected { worker, cause }) => {
                children.remove(&worker).unwrap().wait().unwrap();
                tell(&format!("gone {worker} {cause:?}"));
            }
            _ => {}
        }
        match commands.try_recv().as_deref() {
            Ok("spawn") => {
                let (worker, child) = primary.spawn(again("worker")).unwrap();
                tell(&format!("spawned {worker} {}", child.id()));
                children.insert(worker, child);
            }
            Ok("count") => {
                let (sockets, open) = (primary.socket_count(), descriptors());
                tell(&format!("count {sockets} {open}"));
            }
            Ok("disconnect") => {
                let workers: Vec<_> = primary.workers().collect();
                workers.into_iter().for_each(|id| primary.disconnect(id));
            }
            Ok("end") | Err(mpsc::TryRecvError::Disconnected) => return,
            _ => {}
        }
    }
}

/// Tells every number it receives, until it receives `end` or is disconnected on purpose.
fn play_worker() {
    let port: u16 = env::var(PORT).unwrap().parse().unwrap();
    let event_loop = EventLoop::new().unwrap();
    let worker = Worker::join(&event_loop).unwrap().unwrap();
    assert!(
        Worker::join(&event_loop).unwrap().is_none(),
        "it joins once"
    );
    let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
    let id = worker.id();
    let before = Rc::new(Cell::new(0));
    let with_primary = Rc::clone(&before);
    socket.on_message(move |socket, message| {
        let text = String::from_utf8_lossy(message.data);
        if text == "end" {
            tell(&format!("ends {id}"));
            socket.close().unwrap();
        } else {
            tell(&format!("received {text} {id}"));
        }
    });
    socket.on_listening(move |_| with_primary.set(descriptors()));
    worker.on_disconnect(move || {
        let lost = before.get() - descriptors();
        tell(&format!("alone {id} {lost}"));
    });
    socket
        .bind(BindOptions::port(port).address("127.0.0.1"))
        .unwrap();
    let has_ended = event_loop.run_for(LIFE).unwrap();
    assert!(has_ended, "nobody has ended this worker");
}

/// Is no worker, although its environment says so.
fn play_stranger() {
    let event_loop = EventLoop::new().unwrap();
    assert!(Worker::join(&event_loop).unwrap().is_none());
    tell("none");
}

/// Takes a socket from its standard input, and tells the first datagram that comes.
fn play_heir() {
    let event_loop = EventLoop::new().unwrap();
    let socket = receive_socket(io::stdin()).unwrap();
    let socket = event_loop.adopt(socket).unwrap();
    socket.on_message(|socket, message| {
        tell(&format!("got {}", String::from_utf8_lossy(message.data)));
        socket.close().unwrap();
    });
    assert!(event_loop.run_for(LIFE).unwrap(), "nothing has come");
}

/// The process that watches the others, and sends.
struct Observer {
    primary: Child,
    commands: ChildStdin,
    lines: Receiver<String>,
    socket: UdpSocket,
    port: u16,
    sent: usize,
    received: BTreeSet<usize>,
    /// What has not been received yet, and has to be.
    missing: BTreeSet<usize>,
    /// What it has been told besides.
    told: Vec<String>,
    /// Worker and process.
    spawned: Vec<(u32, u32)>,
}

impl Drop for Observer {
    fn drop(&mut self) {
        // It may have ended, and been waited for.
        let ended = self.primary.kill().and_then(|()| self.primary.wait());
        drop(ended);
    }
}

impl Observer {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let free = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut command = again("primary");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut primary = command.env(PORT, port.to_string()).spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let stdout = primary.stdout.take().unwrap();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(line) = line.strip_prefix('@') {
                    sender.send(line.to_owned()).ok();
                }
            }
        });
        Self {
            commands: primary.stdin.take().unwrap(),
            primary,
            lines,
            socket,
            port,
            sent: 0,
            received: BTreeSet::new(),
            missing: BTreeSet::new(),
            told: Vec::new(),
            spawned: Vec::new(),
        }
    }

    fn command(&mut self, text: &str) {
        writeln!(self.commands, "{text}").unwrap();
    }

    /// Takes the next line; whether there was one before the last process ended.
    fn hear(&mut self) -> bool {
        let line = match self.lines.recv_timeout(LIMIT) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {
                panic!("in vain; missing {:?}; told {:?}", self.missing, self.told)
            }
        };
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["received", number, _] => {
                let number = number.parse().unwrap();
                self.missing.remove(&number);
                let is_new = self.received.insert(number);
                assert!(is_new, "{number} was received twice");
            }
            ["spawned", worker, process] => {
                let numbers = (worker.parse().unwrap(), process.parse().unwrap());
                self.spawned.push(numbers);
            }
            _ => self.told.push(line),
        }
        true
    }

    /// Waits for this line.
    fn until(&mut self, line: &str) {
        while !self.told.iter().any(|told| told == line) {
            assert!(
                self.hear(),
                "all have ended without {line}: {:?}",
                self.told
            );
        }
    }

    /// One more worker, which listens; its number and its process.
    fn spawn(&mut self) -> (u32, u32) {
        let count = self.spawned.len();
        self.command("spawn");
        while self.spawned.len() == count {
            assert!(self.hear());
        }
        let (worker, process) = *self.spawned.last().unwrap();
        self.until(&format!("listening {worker}"));
        (worker, process)
    }

    /// How many sockets the primary has for its workers, and how many descriptors in all.
    fn count(&mut self) -> (usize, usize) {
        self.told.retain(|line| !line.starts_with("count"));
        self.command("count");
        loop {
            assert!(self.hear());
            if let Some(line) = self.told.iter().find(|line| line.starts_with("count")) {
                let mut numbers = line.split(' ').skip(1).map(|word| word.parse().unwrap());
                return (numbers.next().unwrap(), numbers.next().unwrap());
            }
        }
    }

    /// Sends numbers, and waits where too many are on their way.
    fn send(&mut self, count: usize) {
        for _ in 0..count {
            let text = self.sent.to_string();
            let to = ("127.0.0.1", self.port);
            self.socket.send_to(text.as_bytes(), to).unwrap();
            self.missing.insert(self.sent);
            self.sent += 1;
            while self.missing.len() > WINDOW {
                assert!(self.hear());
            }
        }
    }

    /// Waits until everything has been received.
    fn receive_all(&mut self) {
        while !self.missing.is_empty() {
            assert!(self.hear());
        }
    }

    /// Kills a worker in the midst of it. What is on its way then may be in its hands, and end with it.
    fn kill(&mut self, worker: u32, process: u32) {
        self.send(50);
        let status = Command::new("kill")
            .args(["-9", &process.to_string()])
            .status();
        assert!(status.unwrap().success());
        self.send(WINDOW / 2);
        self.missing.clear();
        self.until(&format!("gone {worker} Gone"));
    }

    fn is_port_free(&self) -> bool {
        UdpSocket::bind(("127.0.0.1", self.port)).is_ok()
    }
}

#[test]
fn workers_that_are_killed_take_nothing_with_them_but_what_they_had_received() {
    if has_played() {
        return;
    }
    let mut observer = Observer::new();
    let (_, descriptors) = observer.count();
    let mut workers: Vec<(u32, u32)> = (0..3).map(|_| observer.spawn()).collect();
    assert_eq!(
        observer.count(),
        (1, descriptors + 4),
        "three channels, one socket"
    );
    observer.send(200);
    for _ in 0..6 {
        let (worker, process) = workers.remove(0);
        observer.kill(worker, process);
        observer.send(200);
        workers.push(observer.spawn());
    }
    observer.receive_all();
    assert_eq!(observer.count(), (1, descriptors + 4));
    observer.command("disconnect");
    for (worker, _) in workers {
        observer.until(&format!("gone {worker} Voluntary"));
    }
    assert_eq!(observer.count(), (0, descriptors), "nothing is left");
    assert!(observer.is_port_free());
    observer.command("end");
    while observer.hear() {}
}

#[test]
fn a_primary_that_is_killed_takes_nothing_with_it() {
    if has_played() {
        return;
    }
    let mut observer = Observer::new();
    let workers: Vec<u32> = (0..3).map(|_| observer.spawn().0).collect();
    observer.send(200);
    observer.primary.kill().unwrap();
    observer.send(2_000);
    observer.receive_all();
    // Each is told, and has closed its end of the channel.
    for worker in &workers {
        observer.until(&format!("alone {worker} 1"));
    }
    assert!(!observer.is_port_free(), "they have the socket");
    for count in 1..=workers.len() {
        let to = ("127.0.0.1", observer.port);
        observer.socket.send_to(b"end", to).unwrap();
        let ends = |line: &&String| line.starts_with("ends");
        while observer.told.iter().filter(ends).count() < count {
            assert!(observer.hear());
        }
    }
    // With the last of them, the socket ends.
    while observer.hear() {}
    assert!(observer.is_port_free());
    assert_eq!(observer.received.len(), observer.sent);
}

#[test]
fn a_socket_that_was_sent_outlives_its_sender() {
    if has_played() {
        return;
    }
    let event_loop = EventLoop::new().unwrap();
    let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
    let port = socket.bind_sync(("127.0.0.1", 0)).unwrap().port;
    let (here, there) = UnixStream::pair().unwrap();
    let mut command = again("heir");
    command.stdin(OwnedFd::from(there)).stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    send_socket(&here, &socket).unwrap();
    drop((socket, event_loop));
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    sender.send_to(b"7", ("127.0.0.1", port)).unwrap();
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("@got 7"), "{told}");
    UdpSocket::bind(("127.0.0.1", port)).unwrap();
}

/// So also in a child of a worker, which inherits its environment, but not the channel.
#[test]
fn a_process_without_a_channel_is_no_worker() {
    if has_played() {
        return;
    }
    for number in [
        "",
        "x",
        "-1",
        "0",
        "1",
        "3",
        "4",
        "1000000",
        "9999999999999",
    ] {
        // Standard input is a Unix stream, and still no channel.
        let (_here, there) = UnixStream::pair().unwrap();
        let mut command = again("stranger");
        command.stdin(OwnedFd::from(there));
        command.env("ANYDGRAM_CLUSTER_FD", number);
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        let is_none = output.status.success() && told.contains("@none");
        assert!(is_none, "{number}: {told}");
    }
}
