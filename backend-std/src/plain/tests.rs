use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use anydgram_core::{Datagram, Destination, Payload, SendMeta, SocketType, Stats};

use crate::sys::faults::{self, Call, Outcome};
use crate::{BlockList, EventLoop, Socket, SocketOptions};

const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// A socket that sends to itself.
fn alone(event_loop: &EventLoop, options: SocketOptions) -> (Socket, Destination<'static>) {
    let socket = event_loop.create_socket(options).unwrap();
    socket.bind_sync((LOCALHOST, 0)).unwrap();
    let to = Destination::new(LOCALHOST, socket.address().unwrap().port);
    (socket, to)
}

/// What was sent, what failed, and for want of what.
fn outcomes(stats: &Stats) -> [u32; 4] {
    [
        stats.sent,
        stats.failed,
        stats.buffer_full,
        stats.memory_full,
    ]
}

#[test]
fn the_system_is_asked_once_for_each_datagram_and_its_answer_counts() {
    let event_loop = EventLoop::new().unwrap();
    for (errno, calls, expected, waiting) in [
        (libc::EPERM, 1, [0, 1, 0, 0], 0),
        (libc::ECONNREFUSED, 1, [0, 1, 0, 0], 0),
        (libc::EAGAIN, 1, [0, 0, 1, 0], 1),
        (libc::ENOBUFS, 1, [0, 0, 0, 1], 1),
        (libc::EINTR, 2, [1, 0, 0, 0], 0),
    ] {
        let (socket, to) = alone(&event_loop, SocketType::Udp4.into());
        faults::plan(Call::Send, Outcome::Fail(errno));
        let before = faults::sends();
        assert_eq!(socket.send(Datagram::new("hello").to(to)), Ok(()));
        assert_eq!(faults::sends() - before, calls, "{errno}");
        assert_eq!(outcomes(&socket.stats()), expected, "{errno}");
        assert_eq!(socket.send_queue_count(), waiting, "{errno}");
        socket.close().unwrap();
    }
    assert_eq!(faults::left(), 0);
}

#[test]
fn datagrams_of_every_kind_leave_within_the_call() {
    let event_loop = EventLoop::new().unwrap();
    let (socket, to) = alone(&event_loop, SocketType::Udp4.into());
    let pieces: &[&[u8]] = &[b"he", b"llo"];
    let asking = SendMeta::new().with_hop_limit(3);
    let datagrams = [
        Datagram::new("hello").to(to),
        Datagram::new("").to(to),
        Datagram::new("hello").to(Destination::local(to.port)),
        Datagram::new(Payload::List(pieces)).to(to),
        Datagram::new("hello").to(to).with(asking),
        Datagram::new(Payload::List(pieces)).to(to).with(asking),
    ];
    for datagram in datagrams {
        socket.send(datagram).unwrap();
    }
    socket.connect_sync(to).unwrap();
    socket.send(Datagram::new("hello")).unwrap();
    assert_eq!(outcomes(&socket.stats()), [7, 0, 0, 0]);
    let lengths = alloc::rc::Rc::new(core::cell::RefCell::new(Vec::new()));
    let kept = alloc::rc::Rc::clone(&lengths);
    socket.on_message(move |_, message| kept.borrow_mut().push(message.data.len()));
    while lengths.borrow().len() < 7 {
        assert!(event_loop.turn(Some(Duration::from_secs(5))).unwrap());
    }
    assert_eq!(*lengths.borrow(), [5, 0, 5, 5, 5, 5, 5]);
}

#[test]
fn what_comes_to_be_against_a_datagram_is_seen_by_the_next_one() {
    let event_loop = EventLoop::new().unwrap();
    let list = BlockList::new();
    let options = SocketOptions::new(SocketType::Udp4).send_block_list(list.clone());
    let (socket, to) = alone(&event_loop, options);
    let hello = Datagram::new("hello").to(to);
    let sends = |expected: [u32; 4], calls| {
        let before = faults::sends();
        let sent = socket.send(hello).map_err(|error| error.code().to_owned());
        assert_eq!(outcomes(&socket.stats()), expected);
        assert_eq!(faults::sends() - before, calls);
        sent
    };
    assert_eq!(sends([1, 0, 0, 0], 1), Ok(()));
    list.add_address(IpAddr::V4(LOCALHOST));
    assert_eq!(sends([1, 1, 0, 0], 0), Ok(()), "Node ignores it");
    let (other, _) = alone(&event_loop, SocketType::Udp4.into());
    let port = other.address().unwrap().port;
    let code = |sent: Result<(), crate::Error>| sent.map_err(|error| error.code().to_owned());
    assert_eq!(
        code(other.send(Datagram::new("").to(Destination::new(LOCALHOST, 0)))),
        Err("ERR_SOCKET_BAD_PORT".to_owned())
    );
    other.connect_sync((LOCALHOST, port)).unwrap();
    assert_eq!(
        code(other.send(hello)),
        Err("ERR_SOCKET_DGRAM_IS_CONNECTED".to_owned())
    );
    other.disconnect().unwrap();
    assert_eq!(code(other.send(hello)), Ok(()));
    other.close().unwrap();
    assert_eq!(
        code(other.send(hello)),
        Err("ERR_SOCKET_DGRAM_NOT_RUNNING".to_owned())
    );
    assert_eq!(outcomes(&other.stats()), [1, 0, 0, 0]);
}
