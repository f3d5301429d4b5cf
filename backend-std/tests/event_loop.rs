//! The event loop over loopback: one behaviour a test.

extern crate alloc;

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;
use std::net::UdpSocket;

use anydgram_std::{
    AbortController, BindOptions, Datagram, Destination, Errno, EventLoop, LookupReply, Socket,
    SocketOptions, SocketType,
};

const LIMIT: Duration = Duration::from_secs(5);
const NOT_RUNNING: &str = "ERR_SOCKET_DGRAM_NOT_RUNNING";

#[test]
fn a_datagram_goes_there_and_back() {
    let event_loop = EventLoop::new().unwrap();
    let log = Rc::new(RefCell::new(Vec::new()));
    let server = event_loop.create_socket(SocketType::Udp4).unwrap();
    let client = event_loop.create_socket(SocketType::Udp4).unwrap();
    let (seen, other) = (Rc::clone(&log), client.clone());
    server.on_listening(move |server| {
        let port = server.address().unwrap().port;
        let seen = Rc::clone(&seen);
        let hello = Datagram::new("hello").to(Destination::local(port));
        other
            .send_with(hello, move |result| {
                seen.borrow_mut().push(format!("sent {result:?}"));
            })
            .unwrap();
    });
    let seen = Rc::clone(&log);
    server.on_message(move |server, message| {
        seen.borrow_mut()
            .push(String::from_utf8_lossy(message.data).into_owned());
        server
            .send(Datagram::new("bye").reply_to(message.meta))
            .unwrap();
        server.close().unwrap();
    });
    let seen = Rc::clone(&log);
    client.on_message(move |client, message| {
        seen.borrow_mut()
            .push(String::from_utf8_lossy(message.data).into_owned());
        client.close().unwrap();
    });
    server.bind(0).unwrap();
    assert!(event_loop.run_for(LIMIT).unwrap());
    assert_eq!(*log.borrow(), ["sent Ok(5)", "hello", "bye"]);
}

#[test]
fn an_error_without_listener_ends_the_run_and_with_one_does_not() {
    let event_loop = EventLoop::new().unwrap();
    let first = event_loop.create_socket(SocketType::Udp4).unwrap();
    first.bind_sync(0).unwrap();
    let port = first.address().unwrap().port;
    let second = event_loop.create_socket(SocketType::Udp4).unwrap();
    second.bind(port).unwrap();
    let error = event_loop.run_for(LIMIT).unwrap_err();
    assert_eq!(error.to_string(), format!("bind EADDRINUSE 0.0.0.0:{port}"));
    assert_eq!(error.code(), "EADDRINUSE");

    let seen = Rc::new(Cell::new(false));
    let noted = Rc::clone(&seen);
    second.on_error(move |_, error| noted.set(error.code() == "EADDRINUSE"));
    second.bind(port).unwrap();
    first.close().unwrap();
    // The address is free by then, for closing is done within the call.
    assert!(!event_loop.run_for(Duration::from_millis(10)).unwrap());
    assert!(!seen.get());
    second.close().unwrap();
    assert!(event_loop.run_for(LIMIT).unwrap());
}

#[test]
fn a_name_is_looked_up_and_an_unknown_one_is_an_error() {
    let event_loop = EventLoop::new().unwrap();
    let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
    let result = Rc::new(RefCell::new(None));
    let (noted, handle) = (Rc::clone(&result), socket.clone());
    socket
        .send_with(
            Datagram::new("x").to(Destination::new("no..such", 9)),
            move |outcome| {
                *noted.borrow_mut() = Some(outcome.unwrap_err().to_string());
                handle.close().unwrap();
            },
        )
        .unwrap();
    assert!(event_loop.run_for(LIMIT).unwrap());
    assert_eq!(
        result.borrow().as_deref(),
        Some("getaddrinfo ENOTFOUND no..such")
    );
}

#[test]
fn a_failed_connect_lets_the_next_one_in_and_each_has_its_callback() {
    let event_loop = EventLoop::new().unwrap();
    let options = SocketOptions::new(SocketType::Udp4).lookup(|host, _, reply| {
        let found = host.parse::<IpAddr>().map_err(|_| Errno::ENOTFOUND);
        reply.answer(found);
    });
    let socket = event_loop.create_socket(options).unwrap();
    socket.bind(0).unwrap();
    let log = Rc::new(RefCell::new(Vec::new()));
    for host in ["no.name", "127.0.0.1"] {
        let log = Rc::clone(&log);
        let callback = move |outcome: Result<(), _>| {
            log.borrow_mut().push((host, outcome.is_ok()));
        };
        socket
            .connect_with(Destination::new(host, 9), callback)
            .unwrap();
    }
    assert!(!event_loop.run_for(Duration::ZERO).unwrap());
    assert_eq!(*log.borrow(), [("no.name", false), ("127.0.0.1", true)]);
}

#[test]
fn an_abort_overtakes_what_was_asked_for() {
    let event_loop = EventLoop::new().unwrap();
    let controller = AbortController::new();
    let options = SocketOptions::new(SocketType::Udp4).signal(controller.signal());
    let socket = event_loop.create_socket(options).unwrap();
    let sent = Rc::new(Cell::new(None));
    let seen = Rc::clone(&sent);
    let hello = Datagram::new("hello").to(Destination::local(9));
    socket
        .send_with(hello, move |result| {
            seen.set(Some(result.map_err(|error| error.code())));
        })
        .unwrap();
    controller.abort();
    assert!(event_loop.run_for(LIMIT).unwrap());
    assert_eq!(sent.take(), Some(Err("ECANCELED")));
}

#[test]
#[cfg(target_os = "linux")]
fn an_error_names_a_zone_that_nobody_has_as_it_was_given() {
    let event_loop = EventLoop::new().unwrap();
    let socket = event_loop.create_socket(SocketType::Udp6).unwrap();
    socket
        .bind(BindOptions::default().address("fe80::1%none9"))
        .unwrap();
    let error = event_loop.run_for(LIMIT).unwrap_err();
    assert_eq!(error.to_string(), "bind EINVAL fe80::1%none9");
}

#[test]
fn a_lookup_that_answers_at_once_emits_no_connect_within_the_call() {
    let event_loop = EventLoop::new().unwrap();
    let loopback = |_: &str, _, reply: LookupReply| reply.answer(Ok(Ipv4Addr::LOCALHOST));
    let options = SocketOptions::new(SocketType::Udp4).lookup(loopback);
    let socket = event_loop.create_socket(options).unwrap();
    let log = Rc::new(RefCell::new(Vec::new()));
    let (listening, connect) = (Rc::clone(&log), Rc::clone(&log));
    socket.on_listening(move |_| listening.borrow_mut().push("listening"));
    socket.on_connect(move |_| connect.borrow_mut().push("connect"));
    socket.connect(Destination::local(9)).unwrap();
    assert_eq!(*log.borrow(), ["listening"]);
    assert!(!event_loop.run_for(Duration::ZERO).unwrap());
    assert_eq!(*log.borrow(), ["listening", "connect"]);
}

#[test]
fn a_callback_that_sends_again_keeps_no_datagram_out() {
    fn again(socket: &Socket, port: u16, sends: Rc<Cell<u32>>) {
        sends.set(sends.get() + 1);
        let own = socket.clone();
        let datagram = Datagram::new("x").to(Destination::local(port));
        // Refused when it is closed: that ends the chain.
        drop(socket.send_with(datagram, move |_| again(&own, port, sends)));
    }
    let event_loop = EventLoop::new().unwrap();
    let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
    let sends = Rc::new(Cell::new(0));
    let count = Rc::clone(&sends);
    socket.on_listening(move |socket| {
        let port = socket.address().unwrap().port;
        again(socket, port, Rc::clone(&count));
    });
    socket.on_message(|socket, _| drop(socket.close()));
    socket.bind(0).unwrap();
    assert!(event_loop.run_for(LIMIT).unwrap());
    assert!(sends.get() > 1);
}

#[test]
fn a_wait_ends_when_another_thread_wakes_the_loop() {
    let event_loop = EventLoop::new().unwrap();
    let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
    socket.bind_sync(0).unwrap();
    // A turn for what is there to do, so that the next one only waits.
    assert!(event_loop.turn(Some(Duration::ZERO)).unwrap());
    let waker = event_loop.waker();
    let other = std::thread::spawn(move || waker.wake());
    assert!(event_loop.turn(None).unwrap());
    other.join().unwrap();
    socket.close().unwrap();
    assert!(!event_loop.turn(None).unwrap());
}

#[test]
fn dropping_the_loop_frees_its_sockets_and_their_listeners() {
    let kept = Rc::new(());
    let event_loop = EventLoop::new().unwrap();
    let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
    let (own, in_listener) = (socket.clone(), Rc::clone(&kept));
    // A listener that owns its socket: the two keep each other, but for the loop's end.
    socket.on_message(move |_, _| drop((own.clone(), Rc::clone(&in_listener))));
    socket.bind_sync(0).unwrap();
    socket.send_to("x", socket.address().unwrap()).unwrap();
    drop(socket);
    assert!(Rc::strong_count(&kept) > 1);
    drop(event_loop);
    assert_eq!(Rc::strong_count(&kept), 1);
}

#[test]
fn calls_after_the_loop_find_a_closed_socket_and_keep_nothing() {
    let kept = Rc::new(());
    let mut sockets = Vec::new();
    for _ in 0..4 {
        let event_loop = EventLoop::new().unwrap();
        let [bound, unbound, sender] = [(); 3].map(|()| {
            let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
            let in_listener = Rc::clone(&kept);
            socket.on_message(move |_, _| drop(Rc::clone(&in_listener)));
            socket
        });
        bound.bind_sync(0).unwrap();
        drop(event_loop);
        let code = |result: Result<(), anydgram_std::Error>| result.unwrap_err().code();
        assert_eq!(code(bound.close()), NOT_RUNNING);
        assert_eq!(code(bound.set_broadcast(true)), NOT_RUNNING);
        assert_eq!(code(bound.address().map(drop)), NOT_RUNNING);
        assert_eq!(code(unbound.bind_sync(0).map(drop)), NOT_RUNNING);
        // The first call of one that the loop did not know finds out.
        sender.send_to("x", Destination::local(9)).unwrap();
        assert_eq!(
            code(sender.send_to("x", Destination::local(9))),
            NOT_RUNNING
        );
        sockets.extend([bound, unbound, sender]);
    }
    drop(sockets);
    assert_eq!(Rc::strong_count(&kept), 1);
}

#[test]
fn an_abort_finds_a_socket_whose_bind_has_failed() {
    for binds_again in [false, true] {
        let event_loop = EventLoop::new().unwrap();
        let controller = AbortController::new();
        let options = SocketOptions::new(SocketType::Udp4).signal(controller.signal());
        let socket = event_loop.create_socket(options).unwrap();
        let errors = Rc::new(Cell::new(0));
        let counted = Rc::clone(&errors);
        socket.on_error(move |_, _| counted.set(counted.get() + 1));
        socket
            .bind(BindOptions::port(0).address("203.0.113.77"))
            .unwrap();
        assert!(event_loop.run_for(LIMIT).unwrap());
        assert_eq!(errors.get(), 1);
        // Another socket takes the place that this one has no use for.
        let other = event_loop.create_socket(SocketType::Udp4).unwrap();
        other.bind_sync(0).unwrap();
        if binds_again {
            socket.bind_sync(0).unwrap();
        }
        controller.abort();
        other.close().unwrap();
        assert!(event_loop.run_for(LIMIT).unwrap());
        assert!(socket.is_closed(), "binds again: {binds_again}");
    }
}

#[test]
fn a_refused_connect_sync_leaves_a_pending_bind_to_its_turn() {
    let event_loop = EventLoop::new().unwrap();
    let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
    socket.on_listening(|_| panic!("closing has overtaken the bind"));
    socket.bind(0).unwrap();
    let error = socket.connect_sync(Destination::local(9)).unwrap_err();
    assert_eq!(error.code(), "ERR_SOCKET_ALREADY_BOUND");
    assert!(socket.address().is_err());
    socket.close().unwrap();
    assert!(event_loop.run_for(LIMIT).unwrap());
}

#[test]
#[cfg(target_os = "linux")]
fn an_error_that_nobody_handles_ends_the_run_before_the_next_datagram() {
    let event_loop = EventLoop::new().unwrap();
    let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
    socket.bind_sync((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let peer_port = peer.local_addr().unwrap().port();
    socket.connect_sync(Destination::local(peer_port)).unwrap();
    let heard = Rc::new(Cell::new(0));
    let count = Rc::clone(&heard);
    socket.on_message(move |_, _| count.set(count.get() + 1));
    let port = socket.address().unwrap().port;
    peer.send_to(b"behind", (Ipv4Addr::LOCALHOST, port))
        .unwrap();
    drop(peer);
    socket.send(Datagram::new("nobody is there")).unwrap();
    let error = event_loop.run_for(LIMIT).unwrap_err();
    assert_eq!((error.code(), heard.get()), ("ECONNREFUSED", 0));
    assert!(event_loop.turn(Some(LIMIT)).unwrap());
    assert_eq!(heard.get(), 1);
}
