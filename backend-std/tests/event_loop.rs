//! The event loop over loopback: one behaviour a test.

extern crate alloc;

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::time::Duration;

use anydgram_std::{Datagram, Destination, EventLoop, SocketType};

const LIMIT: Duration = Duration::from_secs(5);

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
                seen.borrow_mut().push(format!("sent {result:?}"))
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
