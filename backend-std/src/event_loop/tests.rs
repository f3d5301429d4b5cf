//! What only a test inside of the crate can see: allocations.

#[cfg(target_os = "linux")]
mod room;

use core::cell::Cell;

use anydgram_core::{BindOptions, Datagram, Destination, Metadata, Options, SocketType};

use super::*;
use crate::sys::{OsSocket, allocations};

#[test]
fn datagrams_cost_no_allocation() {
    let event_loop = EventLoop::new().unwrap();
    let received = Rc::new(Cell::new(0));
    let [left, right] = [(); 2].map(|()| {
        let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
        let count = Rc::clone(&received);
        socket.on_message(move |socket, message| {
            count.set(count.get() + 1);
            let back = Datagram::new(message.data).reply_to(message.meta);
            socket.send(back).unwrap();
        });
        let anywhere = BindOptions::port(0).address("127.0.0.1");
        socket.bind_sync(anywhere).unwrap();
        socket
    });
    let to = Destination::local(right.address().unwrap().port);
    left.send(Datagram::new("ball").to(to)).unwrap();
    let play = |count: usize| {
        received.set(0);
        while received.get() < count {
            assert!(event_loop.turn(Some(Duration::from_secs(5))).unwrap());
        }
    };
    play(100);
    let (allocated, ()) = allocations::count(|| play(1_000));
    assert_eq!(allocated, 0);
}

#[test]
fn datagrams_in_batches_cost_no_allocation() {
    let event_loop = EventLoop::new().unwrap();
    let received = Rc::new(Cell::new(0));
    let [sender, receiver] = [(); 2].map(|()| {
        let options = Options::new(SocketType::Udp4).metadata(Metadata::ALL);
        let socket = event_loop.create_socket(options).unwrap();
        socket.bind_sync(("127.0.0.1", 0)).unwrap();
        socket
    });
    let count = Rc::clone(&received);
    receiver.on_message(move |_, message| count.set(count.get() + message.data.len()));
    let to = Destination::local(receiver.address().unwrap().port);
    let play = |rounds: usize| {
        for _ in 0..rounds {
            received.set(0);
            let datagrams = [Datagram::new("hello").to(to); 64];
            sender.send_many(datagrams, |_, result| assert!(result.is_ok()));
            while received.get() < 64 * 5 {
                assert!(event_loop.turn(Some(Duration::from_secs(5))).unwrap());
            }
        }
    };
    play(10);
    let (allocated, ()) = allocations::count(|| play(20));
    assert_eq!(allocated, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn what_waits_for_room_keeps_the_loop_running_though_its_socket_does_not() {
    crate::test_namespace::run(|| {
        const COUNT: usize = 64;
        let event_loop = EventLoop::new().unwrap();
        let options = Options::new(SocketType::Udp4).send_buffer_size(1);
        let socket = event_loop.create_socket(options).unwrap();
        let at = BindOptions::port(0).address("192.0.2.10");
        socket.bind_sync(at).unwrap();
        socket.unreference();
        let sent = Rc::new(Cell::new(0));
        // Until somebody knows this neighbour, datagrams for it stay in the socket's buffer.
        for _ in 0..COUNT {
            let sent = Rc::clone(&sent);
            let to = Destination::new("192.0.2.99", 9);
            socket
                .send_with(Datagram::new(&[0; 1000]).to(to), move |result| {
                    sent.set(sent.get() + result.map_or(0, |_| 1));
                })
                .unwrap();
        }
        let is_over = event_loop.run_for(Duration::from_millis(20)).unwrap();
        assert!(!is_over && sent.get() < COUNT, "{}", sent.get());
        crate::test_namespace::introduce("192.0.2.99");
        assert!(event_loop.run_for(Duration::from_secs(5)).unwrap());
        assert_eq!(sent.get(), COUNT);
        assert_eq!(socket.send_queue_count(), 0);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_bound_socket_with_a_listener_is_two_pieces_of_memory() {
    let event_loop = EventLoop::new().unwrap();
    let open = || {
        let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
        socket
            .bind_sync((core::net::Ipv4Addr::LOCALHOST, 0))
            .unwrap();
        socket.on_message(|_, _| {});
        event_loop.turn(Some(Duration::ZERO)).unwrap();
        socket
    };
    // The loop's own memory has room for more.
    let others: Vec<_> = (0..5).map(|_| open()).collect();
    let (allocated, socket) = allocations::count(open);
    assert_eq!(allocated, 2, "itself, and the listener");
    let (allocated, ()) = allocations::count(|| {
        socket.close().unwrap();
        event_loop.turn(Some(Duration::ZERO)).unwrap();
    });
    assert!(allocated <= 1, "a place that is free, {allocated}");
    drop(others);
}

#[cfg(target_os = "linux")]
#[test]
fn a_socket_is_small() {
    // The debug builds of mio know more of it.
    let more = if cfg!(debug_assertions) { 16 } else { 0 };
    assert!(size_of::<crate::socket::Inner>() <= 216 + more);
    assert!(size_of::<OsSocket>() <= 8 + more);
}

#[test]
fn a_socket_is_watched_from_its_first_turn_until_it_is_closed() {
    let event_loop = EventLoop::new().unwrap();
    let open = || {
        let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
        socket.bind_sync(("127.0.0.1", 0)).unwrap();
        socket
    };
    let brief = open();
    brief.close().unwrap();
    let lasting = open();
    let is_watched = || [&brief, &lasting].map(|socket| socket.0.marks.has(crate::socket::WATCHED));
    assert_eq!(is_watched(), [false, false]);
    // What comes before the watch is told all the same.
    let to = lasting.address().unwrap();
    let came = Rc::new(Cell::new(0));
    let count = Rc::clone(&came);
    lasting.on_message(move |_, _| count.set(count.get() + 1));
    lasting.send_to("early", to).unwrap();
    while came.get() < 1 {
        assert!(event_loop.turn(Some(Duration::from_secs(5))).unwrap());
    }
    assert_eq!(is_watched(), [false, true]);
    lasting.close().unwrap();
    assert_eq!(is_watched(), [false, false]);
    event_loop.run().unwrap();
}

#[cfg(unix)]
#[test]
fn a_socket_that_cannot_be_watched_says_so() {
    use std::os::fd::{AsRawFd as _, IntoRawFd as _};

    let event_loop = EventLoop::new().unwrap();
    let owned = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let fd = owned.as_raw_fd();
    let registry = &event_loop.shared.registry;
    let mut source = mio::unix::SourceFd(&fd);
    // A descriptor can be watched once, and somebody else does.
    registry
        .register(&mut source, ALARM, mio::Interest::READABLE)
        .unwrap();
    let socket = event_loop.create_socket(SocketType::Udp4).unwrap();
    socket
        .bind(BindOptions::port(0).fd(owned.into_raw_fd()))
        .unwrap();
    let error = event_loop.run_for(Duration::from_secs(5)).unwrap_err();
    assert_eq!(error.to_string(), "recvmsg EEXIST");
    socket.close().unwrap();
    assert!(event_loop.run_for(Duration::from_secs(5)).unwrap());
}
