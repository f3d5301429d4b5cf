//! The driver over loopback: one behaviour a test.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each application minds some events only"
)]

extern crate alloc;

use alloc::format;
use core::net::Ipv4Addr;
use core::time::Duration;
use std::thread;

use anydgram_core::{
    BindOptions, BindState, Datagram, Destination, Errno, Event, FullQueue, Handler, Instant,
    Limits, Misuse, MulticastInterface, Operation, Options, Socket, SocketId, SocketSlot,
    SocketType, Sockets, Storage,
};
use anydgram_std::Driver;
use ticker::Ticker;

#[path = "../../tests/handlers/ticker.rs"]
mod ticker;

const LIMIT: Duration = Duration::from_secs(5);
const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// An application made of a function.
struct App<F>(F);

impl<F: FnMut(&mut Sockets<'_, '_>, SocketId, Event<'_>)> Handler for App<F> {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        (self.0)(sockets, id, event);
    }
}

fn app<F: FnMut(&mut Sockets<'_, '_>, SocketId, Event<'_>)>(handle: F) -> App<F> {
    App(handle)
}

fn anywhere() -> BindOptions<'static> {
    BindOptions::port(0)
}

fn udp4() -> Socket<'static> {
    Socket::with_heap(Options::new(SocketType::Udp4), Limits::new())
}

fn bound(options: BindOptions<'_>) -> Socket<'static> {
    let mut socket = udp4();
    socket.bind(options).unwrap();
    socket
}

fn slots(count: usize) -> Vec<SocketSlot<'static>> {
    (0..count).map(|_| SocketSlot::new()).collect()
}

fn port_of(sockets: &Sockets<'_, '_>, id: SocketId) -> u16 {
    sockets.get(id).unwrap().address().unwrap().port
}

/// What happened, as text.
fn text(event: &Event<'_>) -> String {
    match event {
        Event::Listening => "listening".into(),
        Event::Connect => "connect".into(),
        Event::Message(message) => String::from_utf8_lossy(message.data).into_owned(),
        Event::Sent { result, .. } => match result {
            Ok(bytes) => format!("sent {bytes}"),
            Err(error) => format!("not sent: {error}"),
        },
        Event::Drained => "drained".into(),
        Event::Error { operation, error } => format!("{operation:?}: {error}"),
        Event::Close => "close".into(),
        _ => "?".into(),
    }
}

/// Runs one socket until nothing happens any more, and returns what has; every event but `Close` closes it.
fn told(socket: Socket<'static>) -> Vec<String> {
    let mut slots = slots(1);
    let mut sockets = Sockets::new(&mut slots);
    sockets.add(socket).unwrap();
    let mut log = Vec::new();
    let mut handler = app(|sockets, id, event| {
        log.push(text(&event));
        if !matches!(event, Event::Listening | Event::Close) {
            sockets.get_mut(id).unwrap().close().unwrap();
        }
    });
    let mut driver = Driver::new().unwrap();
    assert!(driver.run_for(LIMIT, &mut sockets, &mut handler).unwrap());
    log
}

/// A server that sends everything back, and its client.
struct Echo {
    server: SocketId,
    client: SocketId,
    log: Vec<String>,
}

impl Handler for Echo {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let who = if id == self.server {
            "server"
        } else {
            "client"
        };
        self.log.push(format!("{who}: {}", text(&event)));
        match event {
            Event::Listening if id == self.server => {
                let peer = Destination::new(LOCALHOST, port_of(sockets, id));
                let client = sockets.get_mut(self.client).unwrap();
                client.connect(peer).unwrap();
            }
            Event::Connect => {
                let client = sockets.get_mut(id).unwrap();
                client.send(Datagram::new("hello")).unwrap();
            }
            Event::Message(message) if id == self.server => {
                let server = sockets.get_mut(id).unwrap();
                let echo = Datagram::new(message.data).reply_to(message.meta);
                server.send(echo.unreported()).unwrap();
            }
            Event::Message(_) => {
                sockets.get_mut(self.client).unwrap().close().unwrap();
                sockets.get_mut(self.server).unwrap().close().unwrap();
            }
            _ => {}
        }
    }
}

#[test]
fn one_application_is_server_and_client() {
    // Fixed memory, as on a microcontroller.
    let mut of_server: Storage<256, 2, 0, 4, 0> = Storage::new();
    let mut of_client: Storage<256, 2, 0, 8, 0> = Storage::new();
    let mut slots = [SocketSlot::new(), SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let mut server = Socket::new(Options::new(SocketType::Udp4), &mut of_server);
    server.bind(anywhere().address(LOCALHOST)).unwrap();
    let client = Socket::new(Options::new(SocketType::Udp4), &mut of_client);
    let (server, client) = (sockets.add(server).unwrap(), sockets.add(client).unwrap());
    let log = Vec::new();
    let mut echo = Echo {
        server,
        client,
        log,
    };
    Driver::new().unwrap().run(&mut sockets, &mut echo).unwrap();
    assert_eq!(
        echo.log,
        [
            "server: listening",
            "client: listening",
            "client: connect",
            "client: sent 5",
            "server: hello",
            "client: hello",
            "client: close",
            "server: close"
        ]
    );
    assert!(sockets.get(server).unwrap().is_finished());
}

#[test]
fn names_are_looked_up_for_every_call() {
    assert_eq!(
        told(bound(anywhere().address("no..such"))),
        ["Bind: getaddrinfo ENOTFOUND no..such", "close"]
    );
    let mut socket = udp4();
    socket.connect(Destination::new("no..such", 9)).unwrap();
    assert_eq!(
        told(socket),
        [
            "listening",
            "Connect: getaddrinfo ENOTFOUND no..such",
            "close"
        ]
    );
    let mut socket = udp4();
    let hello = Datagram::new("hello");
    socket
        .send(hello.to(Destination::new("no..such", 9)))
        .unwrap();
    assert_eq!(
        told(socket),
        [
            "listening",
            "not sent: getaddrinfo ENOTFOUND no..such",
            "close"
        ]
    );
    let mut socket = bound(anywhere().address("localhost"));
    socket
        .send(hello.to(Destination::new("localhost", 9)))
        .unwrap();
    assert_eq!(told(socket), ["listening", "sent 5", "close"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_zone_by_interface_name_needs_no_lookup() {
    let mut socket = Socket::with_heap(Options::new(SocketType::Udp6), Limits::new());
    socket.bind(anywhere().address("::1%lo")).unwrap();
    let mut slots = slots(1);
    let mut sockets = Sockets::new(&mut slots);
    let id = sockets.add(socket).unwrap();
    let mut log = Vec::new();
    let mut handler = app(|_, _, event| log.push(text(&event)));
    let mut driver = Driver::new().unwrap();
    // One call: nothing is waited for.
    let next = driver.poll(driver.now(), &mut sockets, &mut handler);
    assert_eq!(next, None);
    assert_eq!(sockets.get(id).unwrap().bind_state(), BindState::Bound);
    assert_eq!(log, ["listening"]);
}

#[test]
fn what_fails_is_told_with_nodes_words() {
    let foreign = BindOptions::port(9).address("192.0.2.1");
    assert_eq!(
        told(bound(foreign)),
        ["Bind: bind EADDRNOTAVAIL 192.0.2.1:9", "close"]
    );
    let mut socket = udp4();
    socket.connect(Destination::new("::1", 9)).unwrap();
    assert_eq!(
        told(socket),
        ["listening", "Connect: connect EINVAL ::1:9", "close"]
    );
    let mut socket = udp4();
    let too_long = [0; 65_508];
    let datagram = Datagram::new(&too_long).to(Destination::new(LOCALHOST, 9));
    socket.send(datagram).unwrap();
    assert_eq!(
        told(socket),
        ["listening", "not sent: send EMSGSIZE 127.0.0.1:9", "close"]
    );
}

#[test]
fn a_failure_that_would_have_been_a_calls_result_is_an_event() {
    let mut socket = udp4();
    let foreign = BindOptions::port(9).address("192.0.2.1");
    socket.bind_sync(foreign).unwrap();
    assert_eq!(
        told(socket),
        ["Bind: bind EADDRNOTAVAIL 192.0.2.1:9", "close"]
    );
    let mut socket = udp4();
    socket.connect_sync(Destination::new("::1", 9)).unwrap();
    assert_eq!(
        told(socket),
        ["listening", "Connect: connect EINVAL ::1:9", "close"]
    );
}

#[cfg(unix)]
#[test]
fn a_descriptor_that_is_refused_is_an_event() {
    let file = std::fs::File::open("/dev/null").unwrap();
    let fd = std::os::fd::AsRawFd::as_raw_fd(&file);
    assert_eq!(
        told(bound(anywhere().fd(fd))),
        ["Bind: Unsupported fd type: FILE", "close"]
    );
}

#[test]
fn a_refused_option_is_an_event() {
    let mut slots = slots(1);
    let mut sockets = Sockets::new(&mut slots);
    sockets.add(bound(anywhere())).unwrap();
    let mut log = Vec::new();
    let mut handler = app(|sockets, id, event| {
        log.push(text(&event));
        let socket = sockets.get_mut(id).unwrap();
        match event {
            Event::Listening => {
                let nobodys = MulticastInterface::V4(Ipv4Addr::new(192, 0, 2, 1));
                socket.set_multicast_interface(nobodys).unwrap();
                socket.set_ttl(3).unwrap();
            }
            Event::Error { operation, .. } => {
                assert_eq!(operation, Operation::Option);
                socket.close().unwrap();
            }
            _ => {}
        }
    });
    let mut driver = Driver::new().unwrap();
    driver.run(&mut sockets, &mut handler).unwrap();
    assert_eq!(
        log,
        [
            "listening",
            "Option: setMulticastInterface EADDRNOTAVAIL",
            "close"
        ]
    );
}

#[test]
fn a_refused_datagram_is_told_to_the_connected_socket() {
    let gone = std::net::UdpSocket::bind((LOCALHOST, 0)).unwrap();
    let port = gone.local_addr().unwrap().port();
    drop(gone);
    let mut slots = slots(1);
    let mut sockets = Sockets::new(&mut slots);
    let mut socket = udp4();
    socket.connect(Destination::new(LOCALHOST, port)).unwrap();
    sockets.add(socket).unwrap();
    let mut errno = None;
    let mut handler = app(|sockets, id, event| {
        let socket = sockets.get_mut(id).unwrap();
        match event {
            Event::Connect => drop(socket.send(Datagram::new("x").unreported())),
            Event::Error { error, .. } => {
                errno = error.errno();
                socket.close().unwrap();
            }
            _ => {}
        }
    });
    let mut driver = Driver::new().unwrap();
    assert!(driver.run_for(LIMIT, &mut sockets, &mut handler).unwrap());
    assert_eq!(errno, Some(Errno::ECONNREFUSED));
}

/// Has every event happen once, and closes in the handler of one of them.
struct Closer {
    at: &'static str,
    seen: Vec<&'static str>,
}

impl Handler for Closer {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        let name = match event {
            Event::Listening => "listening",
            Event::Connect => "connect",
            Event::Message(_) => "message",
            Event::Sent { .. } => "sent",
            Event::Error { .. } => "error",
            Event::Drained => "drained",
            Event::Close => "close",
            _ => "?",
        };
        self.seen.push(name);
        let socket = sockets.get_mut(id).unwrap();
        if name == self.at {
            assert_eq!(socket.close().is_err(), name == "close");
            return;
        }
        let to_itself =
            |socket: &Socket<'_>| Destination::new(LOCALHOST, socket.address().unwrap().port);
        match name {
            // Room for one datagram only, so that the second one is refused and `Drained` comes.
            "listening" => {
                let to = to_itself(socket);
                socket.send(Datagram::new("x").to(to)).unwrap();
                let refused = socket.send(Datagram::new("y").to(to));
                assert_eq!(refused, Err(Misuse::QueueFull));
            }
            "message" => {
                let nobodys = MulticastInterface::V4(Ipv4Addr::new(192, 0, 2, 1));
                socket.set_multicast_interface(nobodys).unwrap();
            }
            "error" => socket.connect(to_itself(socket)).unwrap(),
            "connect" => socket.close().unwrap(),
            _ => {}
        }
    }
}

#[test]
fn every_handler_may_close() {
    for at in [
        "listening",
        "connect",
        "message",
        "sent",
        "error",
        "drained",
        "close",
    ] {
        let mut slots = slots(1);
        let mut sockets = Sockets::new(&mut slots);
        let options = Options::new(SocketType::Udp4).full_queue(FullQueue::Reject);
        let limits = Limits::new().send_queue(100, 1);
        let mut socket = Socket::with_heap(options, limits);
        socket.bind(anywhere().address(LOCALHOST)).unwrap();
        sockets.add(socket).unwrap();
        let seen = Vec::new();
        let mut closer = Closer { at, seen };
        let mut driver = Driver::new().unwrap();
        assert!(driver.run_for(LIMIT, &mut sockets, &mut closer).unwrap());
        let seen = closer.seen;
        assert!(seen.contains(&at), "{at}: {seen:?}");
        assert_eq!(seen.iter().filter(|name| **name == "close").count(), 1);
        assert_eq!(seen.last(), Some(&"close"), "{at}");
    }
}

#[test]
fn a_closed_socket_gives_its_port_back_and_can_be_renewed() {
    let mut slots = slots(1);
    let mut sockets = Sockets::new(&mut slots);
    sockets.add(bound(anywhere().address(LOCALHOST))).unwrap();
    let mut ports = Vec::new();
    let mut handler = app(|sockets, id, event| match event {
        Event::Listening => {
            ports.push(port_of(sockets, id));
            sockets.get_mut(id).unwrap().close().unwrap();
        }
        Event::Close => {
            assert!(sockets.get(id).unwrap().is_finished());
            let port = *ports.last().unwrap();
            std::net::UdpSocket::bind((LOCALHOST, port)).unwrap();
            if ports.len() < 3 {
                let old = sockets.remove(id).unwrap();
                let mut new = old.renew(Options::new(SocketType::Udp4));
                new.bind(anywhere().address(LOCALHOST)).unwrap();
                sockets.add(new).unwrap();
            }
        }
        _ => {}
    });
    let mut driver = Driver::new().unwrap();
    assert!(driver.run_for(LIMIT, &mut sockets, &mut handler).unwrap());
    assert_eq!(ports.len(), 3);
}

#[test]
fn a_socket_that_is_removed_while_open_loses_its_port() {
    let mut slots = slots(1);
    let mut sockets = Sockets::new(&mut slots);
    sockets.add(bound(anywhere().address(LOCALHOST))).unwrap();
    let mut port = None;
    let mut handler = app(|sockets, id, _| {
        port = Some(port_of(sockets, id));
        drop(sockets.remove(id));
    });
    let mut driver = Driver::new().unwrap();
    assert!(driver.run_for(LIMIT, &mut sockets, &mut handler).unwrap());
    std::net::UdpSocket::bind((LOCALHOST, port.unwrap())).unwrap();
}

#[test]
fn a_socket_that_takes_a_place_is_not_mistaken_for_the_one_before() {
    let mut slots = slots(1);
    let mut sockets = Sockets::new(&mut slots);
    let first = sockets.add(bound(anywhere().address(LOCALHOST))).unwrap();
    let mut driver = Driver::new().unwrap();
    let mut quiet = app(|_, _, _| {});
    driver.poll(driver.now(), &mut sockets, &mut quiet);
    let old = port_of(&sockets, first);
    let sender = std::net::UdpSocket::bind((LOCALHOST, 0)).unwrap();
    sender.send_to(b"late", (LOCALHOST, old)).unwrap();
    drop(sockets.remove(first));
    let second = sockets.add(bound(anywhere().address(LOCALHOST))).unwrap();
    assert_eq!(first.index(), second.index());
    let mut log = Vec::new();
    let mut handler = app(|sockets, id, event| {
        assert_eq!(id, second);
        log.push(text(&event));
        if matches!(event, Event::Listening) {
            std::net::UdpSocket::bind((LOCALHOST, old)).unwrap();
            let to = (LOCALHOST, port_of(sockets, id));
            sender.send_to(b"for you", to).unwrap();
        } else if matches!(event, Event::Message(_)) {
            sockets.get_mut(id).unwrap().close().unwrap();
        }
    });
    assert!(driver.run_for(LIMIT, &mut sockets, &mut handler).unwrap());
    assert_eq!(log, ["listening", "for you", "close"]);
}

#[test]
fn sockets_that_nobody_uses_do_not_keep_it_running() {
    let mut slots = slots(2);
    let mut sockets = Sockets::new(&mut slots);
    sockets.add(udp4()).unwrap();
    let open = sockets.add(bound(anywhere())).unwrap();
    let mut quiet = app(|_, _, _| {});
    let mut driver = Driver::new().unwrap();
    let limit = Duration::from_millis(1);
    assert!(!driver.run_for(limit, &mut sockets, &mut quiet).unwrap());
    sockets.get_mut(open).unwrap().close().unwrap();
    driver.run(&mut sockets, &mut quiet).unwrap();
}

#[test]
fn a_waker_ends_a_wait() {
    let mut driver = Driver::new().unwrap();
    let waker = driver.waker();
    waker.wake_by_ref();
    driver.wait(None).unwrap();
    let thread = thread::spawn(move || waker.wake());
    driver.wait(None).unwrap();
    thread.join().unwrap();
}

/// Many sockets that bind, each sends to the next one, and all close when they have heard of it.
#[test]
fn many_sockets_run_side_by_side() {
    const COUNT: usize = 500;
    let mut slots = slots(COUNT);
    let mut sockets = Sockets::new(&mut slots);
    let ids: Vec<_> = (0..COUNT)
        .map(|_| sockets.add(bound(anywhere().address(LOCALHOST))).unwrap())
        .collect();
    let (mut listening, mut heard) = (0, 0);
    let mut handler = app(|sockets, id, event| match event {
        Event::Listening => {
            listening += 1;
            if listening == COUNT {
                for (from, to) in ids.iter().zip(ids.iter().cycle().skip(1)) {
                    let to = Destination::new(LOCALHOST, port_of(sockets, *to));
                    let hello = Datagram::new("hello").to(to).unreported();
                    sockets.get_mut(*from).unwrap().send(hello).unwrap();
                }
            }
        }
        Event::Message(_) => {
            heard += 1;
            sockets.get_mut(id).unwrap().close().unwrap();
        }
        _ => {}
    });
    let mut driver = Driver::new().unwrap();
    assert!(driver.run_for(LIMIT, &mut sockets, &mut handler).unwrap());
    assert_eq!((listening, heard), (COUNT, COUNT));
}

#[test]
fn a_hot_socket_does_not_starve_quiet_ones() {
    const QUIET: usize = 100;
    const FLOOD: usize = 200;
    let mut slots = slots(QUIET + 1);
    let mut sockets = Sockets::new(&mut slots);
    let ids: Vec<_> = (0..=QUIET)
        .map(|_| sockets.add(bound(anywhere().address(LOCALHOST))).unwrap())
        .collect();
    let hot = ids[0];
    let mut driver = Driver::new().unwrap();
    let mut nobody = app(|_, _, _| {});
    driver.poll(driver.now(), &mut sockets, &mut nobody);
    let sender = std::net::UdpSocket::bind((LOCALHOST, 0)).unwrap();
    for _ in 0..FLOOD {
        let to = (LOCALHOST, port_of(&sockets, hot));
        sender.send_to(b"hot", to).unwrap();
    }
    for quiet in &ids[1..] {
        let to = (LOCALHOST, port_of(&sockets, *quiet));
        sender.send_to(b"quiet", to).unwrap();
    }
    let (mut hot_ones, mut quiet_ones) = (0, 0);
    let mut handler = app(|_, id, event| {
        assert!(matches!(event, Event::Message(_)));
        if id == hot {
            hot_ones += 1;
        } else {
            quiet_ones += 1;
        }
    });
    let next = driver.poll(Instant::from_micros(7), &mut sockets, &mut handler);
    assert_eq!(next, Some(Instant::from_micros(7)));
    assert_eq!((hot_ones, quiet_ones), (32, QUIET));
}

#[test]
fn answering_each_completion_by_a_send_does_not_keep_datagrams_out() {
    let mut slots = slots(2);
    let mut sockets = Sockets::new(&mut slots);
    let sender = sockets.add(bound(anywhere().address(LOCALHOST))).unwrap();
    let receiver = sockets.add(bound(anywhere().address(LOCALHOST))).unwrap();
    let mut driver = Driver::new().unwrap();
    let mut nobody = app(|_, _, _| {});
    driver.poll(driver.now(), &mut sockets, &mut nobody);
    let to = Destination::new(LOCALHOST, port_of(&sockets, receiver));
    let send = move |sockets: &mut Sockets<'_, '_>| {
        let datagram = Datagram::new("again").to(to);
        sockets.get_mut(sender).unwrap().send(datagram).unwrap();
    };
    let mut heard = 0;
    send(&mut sockets);
    let mut handler = app(|sockets, _, event| match event {
        Event::Sent { .. } => send(sockets),
        Event::Message(_) => heard += 1,
        _ => {}
    });
    for _ in 0..4 {
        let now = driver.now();
        let next = driver.poll(now, &mut sockets, &mut handler);
        assert_eq!(next, Some(now));
    }
    assert!(heard > 0);
}

#[test]
fn an_application_is_woken_and_keeps_the_driver_running() {
    let mut driver = Driver::new().unwrap();
    let first = driver.now().saturating_add(Duration::from_millis(10));
    let mut ticker = Ticker::new(Some(first));
    let mut sockets = Sockets::new(&mut []);
    assert_eq!(
        driver.poll(driver.now(), &mut sockets, &mut ticker),
        Some(first)
    );
    driver.run(&mut sockets, &mut ticker).unwrap();
    let tick = Duration::from_millis(10);
    let [one, two, three] = ticker.woken[..] else {
        panic!("woken {} times", ticker.woken.len());
    };
    assert!(one >= first && two >= one.saturating_add(tick) && three >= two.saturating_add(tick));
}

#[test]
fn the_peer_of_a_socket_that_connects_to_the_wildcard_address_is_loopback() {
    let mut slots = slots(1);
    let mut sockets = Sockets::new(&mut slots);
    let mut socket = udp4();
    socket
        .connect(Destination::new(Ipv4Addr::UNSPECIFIED, 9))
        .unwrap();
    sockets.add(socket).unwrap();
    let mut peer = None;
    let mut app = app(|sockets, id, event| {
        if event == Event::Connect {
            let socket = sockets.get_mut(id).unwrap();
            peer = socket.remote_address().ok();
            socket.close().unwrap();
        }
    });
    let ended = Driver::new()
        .unwrap()
        .run_for(LIMIT, &mut sockets, &mut app);
    assert!(ended.unwrap());
    assert_eq!(peer.unwrap().address, LOCALHOST.into());
}
