//! Clients that ask a server, each in its own way, until they have all their answers: over IPv4 and IPv6, with sockets that are
//! connected and that are not, as handlers and as tasks.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::time::Duration;

use anydgram_core::{
    BindOptions, ConnectState, Datagram, Destination, Event, Handler, Instant, Limits, Options,
    Socket, SocketId, SocketType, Sockets,
};

use super::Scenario;
use crate::application::Start;
use crate::host::HostOptions;
use crate::network::SegmentOptions;
use crate::tasks;
use crate::world::{Violation, World};

pub(super) const SCENARIO: Scenario = Scenario::new(
    "clients",
    "four clients ask a server, each in its own way, until they have all their answers",
    run,
);

const CLIENTS: u8 = 4;
const PORT: u16 = 7;
/// How many answers each client wants.
const ANSWERS: u8 = 15;
/// How long a client waits before it asks again.
const PATIENCE: Duration = Duration::from_millis(150);
/// How often it asks with the same socket.
const TRIES: u8 = 5;
const LIMIT: Duration = Duration::from_secs(120);
/// The longest question, in bytes: with its headers it fits an Ethernet.
const LONGEST: usize = 1_400;

const fn v4(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, number + 1)
}

const fn v6(number: u8) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number as u16 + 1)
}

fn run(world: &mut World<'_>) -> Result<(), Violation> {
    let mut options = SegmentOptions::new();
    // Answers to several clients at once are too much for the server's cable now and then.
    options.bandwidth = Some(4_000_000);
    options.queue = Duration::from_millis(4);
    let segment = world.add_segment(options);
    world.add_name("server", &[v4(0).into(), v6(0).into()]);
    let server = world.add_host("server", HostOptions::new(), |start| {
        Box::new(Server::start(start))
    });
    let addresses = |number| [format!("{}/24", v4(number)), format!("{}/64", v6(number))];
    let [four, six] = addresses(0);
    world.plug_in(server, segment, &[&four, &six]);
    let files: Rc<[File]> = (0..CLIENTS).map(File::new).collect();
    for number in 0..CLIENTS {
        let files = Rc::clone(&files);
        let name = format!("client{number}");
        let is_connected = number % 2 == 1;
        let client = if number < 2 {
            world.add_host(&name, HostOptions::new(), move |start| {
                Box::new(Client::start(
                    start,
                    is_connected,
                    number,
                    Rc::clone(&files),
                ))
            })
        } else {
            world.add_async_host(&name, HostOptions::new(), move |host| {
                ask_all(host, is_connected, number, Rc::clone(&files))
            })
        };
        let [four, six] = addresses(number + 1);
        world.plug_in(client, segment, &[&four, &six]);
    }
    let looked_at = Rc::clone(&files);
    world.add_invariant("answers are to questions", move |_| {
        let wrong = looked_at
            .iter()
            .find_map(|file| file.wrong.borrow().clone());
        wrong.map_or(Ok(()), Err)
    });
    let is_done = |_: &World<'_>| files.iter().all(File::is_done);
    if world.run_until(LIMIT, is_done)? {
        return Ok(());
    }
    let answers: Vec<u8> = files.iter().map(|file| file.answers.get()).collect();
    Err(world.violation(format!(
        "after {LIMIT:?}, the clients have {answers:?} answers"
    )))
}

/// What a client has, which survives its crashes.
#[derive(Debug)]
struct File {
    client: u8,
    /// How many questions have been answered.
    answers: Cell<u8>,
    wrong: RefCell<Option<String>>,
}

impl File {
    const fn new(client: u8) -> Self {
        Self {
            client,
            answers: Cell::new(0),
            wrong: RefCell::new(None),
        }
    }

    fn is_done(&self) -> bool {
        self.answers.get() == ANSWERS
    }

    /// The question that has not been answered.
    fn question(&self) -> Vec<u8> {
        question(self.client, self.answers.get())
    }

    /// Whether it is the answer to that question.
    fn take(&self, answer: &[u8]) -> bool {
        let number = answer.get(1).copied().unwrap_or(u8::MAX);
        if number > self.answers.get() || answer != question(self.client, number) {
            let (client, len) = (self.client, answer.len());
            *self.wrong.borrow_mut() = Some(format!("client {client} got {len} wrong bytes"));
            return false;
        }
        // Others are late.
        let is_it = number == self.answers.get() && !self.is_done();
        self.answers.set(self.answers.get() + u8::from(is_it));
        is_it
    }
}

/// A question of some length.
fn question(client: u8, number: u8) -> Vec<u8> {
    let seed = usize::from(client) * 977 + usize::from(number) * 5_477;
    let mut question = vec![number; 2 + seed % (LONGEST - 1)];
    question[0] = client;
    question
}

/// Sends everything back, in either family.
struct Server;

impl Server {
    fn start(start: &mut Start<'_, '_>) -> Self {
        for options in [
            Options::new(SocketType::Udp4),
            Options::new(SocketType::Udp6).ipv6_only(true),
        ] {
            let mut socket = Socket::with_heap(options, Limits::new());
            socket.bind(BindOptions::port(PORT)).expect("it is open");
            start.sockets.add(socket).expect("there is room");
        }
        Self
    }
}

impl Handler for Server {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        if let (Event::Message(message), Some(socket)) = (event, sockets.get_mut(id)) {
            // What finds no room is asked for again.
            let answer = Datagram::new(message.data).reply_to(message.meta);
            socket.send(answer.unreported()).ok();
        }
    }
}

/// Asks by a handler: over IPv4 by an address, or over IPv6 by a connected socket.
struct Client {
    socket: SocketId,
    is_connected: bool,
    number: u8,
    files: Rc<[File]>,
    tries: u8,
    next: Instant,
}

impl Client {
    fn start(start: &mut Start<'_, '_>, is_connected: bool, number: u8, files: Rc<[File]>) -> Self {
        let family = if is_connected {
            SocketType::Udp6
        } else {
            SocketType::Udp4
        };
        let socket = Socket::with_heap(Options::new(family), Limits::new());
        Self {
            socket: start.sockets.add(socket).expect("there is room"),
            is_connected,
            number,
            files,
            tries: 0,
            next: start.now,
        }
    }

    fn file(&self) -> &File {
        &self.files[usize::from(self.number)]
    }

    /// Asks, or connects to ask the next time.
    fn ask(&mut self, socket: &mut Socket<'_>) {
        let question = self.file().question();
        let question = Datagram::new(&question[..]).unreported();
        self.tries = self.tries.saturating_add(1);
        if !self.is_connected {
            let server = Destination::new(IpAddr::from(v4(0)), PORT);
            socket.send(question.to(server)).ok();
        } else if socket.connect_state() == ConnectState::Disconnected {
            let server = Destination::new(IpAddr::from(v6(0)), PORT);
            socket.connect(server).ok();
        } else if self.tries > TRIES {
            // The address that it was connected from may be gone.
            self.tries = 0;
            socket.disconnect().ok();
        } else {
            socket.send(question).ok();
        }
    }
}

impl Handler for Client {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let Some(socket) = sockets.get_mut(id) else {
            return;
        };
        let is_answered = match event {
            Event::Message(message) => self.file().take(message.data),
            Event::Connect => true,
            Event::Listening
            | Event::Sent { .. }
            | Event::Drained
            | Event::Error { .. }
            | Event::Close
            | _ => false,
        };
        if is_answered && !self.file().is_done() {
            self.tries = 0;
            self.ask(socket);
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        (!self.file().is_done()).then_some(self.next)
    }

    fn wake(&mut self, sockets: &mut Sockets<'_, '_>, now: Instant) {
        self.next = now.saturating_add(PATIENCE);
        if let Some(socket) = sockets.get_mut(self.socket) {
            self.ask(socket);
        }
    }
}

/// Asks by a task: over IPv6 by a connected socket and by name, or over IPv4 with a new socket for each question.
async fn ask_all(host: tasks::Host<'_>, is_connected: bool, number: u8, files: Rc<[File]>) {
    let file = &files[usize::from(number)];
    while !file.is_done() {
        let family = if is_connected {
            SocketType::Udp6
        } else {
            SocketType::Udp4
        };
        let asked = match host.socket(family) {
            Ok(socket) => ask_with(&host, &socket, is_connected, file).await,
            Err(error) => Err(error),
        };
        if asked.is_err() {
            host.sleep(PATIENCE).await;
        }
    }
}

/// Asks with one socket, until a question is not answered, or one is that was asked without being connected.
async fn ask_with<'m>(
    host: &tasks::Host<'m>,
    socket: &tasks::Socket<'m>,
    is_connected: bool,
    file: &File,
) -> Result<(), anydgram_core::Error<'static>> {
    let server = Destination::new("server", PORT);
    if is_connected {
        let connected = socket.connect(server).await;
        connected.map_err(anydgram_core::Error::without_name)?;
    }
    let mut tries = 0;
    while tries < TRIES && !file.is_done() {
        tries += 1;
        let question = file.question();
        // What cannot be sent now is sent again.
        if is_connected {
            socket.send(&question[..]).await.ok();
        } else {
            socket.send_to(&question[..], server).await.ok();
        }
        if host.timeout(PATIENCE, answer(socket, file)).await.is_ok() {
            if !is_connected {
                return Ok(());
            }
            tries = 0;
        }
    }
    Ok(())
}

/// Waits for the answer.
async fn answer(socket: &tasks::Socket<'_>, file: &File) {
    let mut buffer = vec![0; LONGEST + 1];
    loop {
        // A refusal is no answer, and the next datagram may be.
        let received = socket.recv(&mut buffer).await;
        if received.is_ok_and(|length| file.take(&buffer[..length])) {
            return;
        }
        if socket.is_closed() {
            return;
        }
    }
}
