//! A Unix socket call by call, with the backend's answers given by hand.

extern crate alloc;

mod address;
mod random;

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::*;
use crate::{
    BindState, ConnectState, Errno, Full, Misuse, Operation, SendToken, Storage, Syscall,
    SystemError, Transmitted,
};

type Small = Storage<64, 4, 0, 8, 0>;

/// A datagram of this text to `/peer`.
fn hello(text: &str) -> UnixDatagram<'_> {
    UnixDatagram::new(text).to("/peer")
}

/// A socket that is bound to `/own` and has said so.
fn bound(storage: &mut Small) -> UnixSocket<'_> {
    let mut socket = UnixSocket::new(storage);
    socket.bind("/own").unwrap();
    assert!(matches!(socket.poll_action(), Some(UnixAction::Bind(_))));
    socket.handle_bind(Ok("/own".into()));
    assert_eq!(socket.poll_event(), Some(Event::Listening));
    socket
}

/// A socket that is connected to `/peer` and has said so.
fn connected(storage: &mut Small) -> UnixSocket<'_> {
    let mut socket = UnixSocket::new(storage);
    socket.connect("/peer").unwrap();
    let action = UnixAction::Connect("/peer".into());
    assert_eq!(socket.poll_action(), Some(action));
    socket.handle_connect(Ok(()));
    assert_eq!(socket.poll_event(), Some(Event::Connect));
    socket
}

/// The next datagram's destination and bytes, which are answered with `outcome`.
fn leave(socket: &mut UnixSocket<'_>, outcome: Transmitted) -> Option<String> {
    let transmit = socket.poll_transmit()?;
    let payload = transmit.payload.pieces().concat();
    let text = format!(
        "{} {:?}",
        str::from_utf8(&payload).unwrap(),
        transmit.destination
    );
    let token = transmit.token;
    socket.handle_transmit(token, outcome);
    Some(text)
}

/// All events, as texts.
fn events(socket: &mut UnixSocket<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    while let Some(event) = socket.poll_event() {
        texts.push(match event {
            Event::Sent {
                token,
                result: Ok(len),
            } => format!("sent {} {len}", token.0),
            Event::Sent {
                token,
                result: Err(error),
            } => format!("failed {} {error}", token.0),
            Event::Error { operation, error } => format!("{operation:?} {error}"),
            Event::Listening | Event::Connect | Event::Drained | Event::Close => {
                format!("{event:?}")
            }
            Event::Message(_) => panic!("messages come from handle_datagram"),
        });
    }
    texts
}

#[test]
fn an_unbound_socket_sends_and_is_not_bound_by_it() {
    let mut storage = Small::new();
    let mut socket = UnixSocket::new(&mut storage);
    let token = socket.send(hello("x")).unwrap();
    assert_eq!(socket.poll_action(), None);
    let left = leave(&mut socket, Transmitted::Sent);
    assert_eq!(left.unwrap(), "x Some(UnixAddress(/peer))");
    assert_eq!(events(&mut socket), [format!("sent {} 1", token.0)]);
    assert_eq!(socket.bind_state(), BindState::Unbound);
    assert!(!socket.is_ready());
}

#[test]
fn nothing_is_received_before_bind_or_after_close() {
    let mut storage = Small::new();
    let mut socket = UnixSocket::new(&mut storage);
    let message = UnixMessage::new(b"hello", Some("/peer".into()));
    assert_eq!(socket.handle_datagram(message), None);
    socket.bind("/own").unwrap();
    assert_eq!(socket.handle_datagram(message), None);
    assert!(socket.poll_action().is_some());
    socket.handle_bind(Ok("/own".into()));
    assert_eq!(socket.handle_datagram(message), Some(message));
    socket.close().unwrap();
    assert_eq!(socket.handle_datagram(message), None);
    let stats = socket.stats();
    assert_eq!((stats.received, stats.delivered), (4, 1));
    assert_eq!(stats.dropped_not_running, 3);
}

#[test]
fn binding_tells_the_address_that_the_backend_got() {
    let mut storage = Small::new();
    let mut socket = UnixSocket::new(&mut storage);
    assert_eq!(
        socket.address().unwrap_err().to_string(),
        "getsockname EBADF"
    );
    socket.bind(UnixBind::automatic()).unwrap();
    let Some(UnixAction::Bind(request)) = socket.poll_action() else {
        panic!("it binds");
    };
    assert_eq!((request.address, request.mode), (None, None));
    assert_eq!(socket.poll_action(), None, "an action is handed out once");
    assert_eq!(socket.bind_state(), BindState::Binding);
    socket.handle_bind(Ok("@00001".into()));
    assert_eq!(events(&mut socket), ["Listening"]);
    assert_eq!(socket.address(), Ok("@00001".into()));
    assert_eq!(socket.bind("/other"), Err(Misuse::AlreadyBound));
}

#[test]
fn a_bind_asks_for_what_it_was_given() {
    let mut storage = Small::new();
    let mut socket = UnixSocket::new(&mut storage);
    let options = UnixBind::new("/own").mode(0o640).replace_stale(false);
    socket.bind(options).unwrap();
    let Some(UnixAction::Bind(request)) = socket.poll_action() else {
        panic!("it binds");
    };
    assert_eq!(request.address, Some("/own".into()));
    assert_eq!((request.mode, request.replace_stale), (Some(0o640), false));
}

#[test]
fn a_failed_bind_names_its_path_and_ends_what_waited_for_it() {
    let mut storage = Small::new();
    let mut socket = UnixSocket::new(&mut storage);
    socket.bind("/taken").unwrap();
    let token = socket.send(hello("x")).unwrap();
    socket.connect("/peer").unwrap();
    assert_eq!(socket.poll_transmit(), None, "it waits for the bind");
    assert!(socket.poll_action().is_some());
    socket.handle_bind(Err(Errno::EADDRINUSE));
    assert_eq!(socket.bind_state(), BindState::Unbound);
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    let canceled = format!("failed {} send ECANCELED /peer", token.0);
    let expected = ["Bind bind EADDRINUSE /taken", canceled.as_str()];
    assert_eq!(events(&mut socket), expected);
    assert_eq!(socket.poll_action(), None);
    // It can be bound again, and sends again.
    socket.bind("/free").unwrap();
    assert!(matches!(socket.poll_action(), Some(UnixAction::Bind(_))));
    socket.handle_bind(Ok("/free".into()));
    socket.send(hello("y")).unwrap();
    assert!(leave(&mut socket, Transmitted::Sent).is_some());
}

#[test]
fn calls_happen_in_their_order() {
    let mut storage = Small::new();
    let mut socket = UnixSocket::new(&mut storage);
    socket.send(hello("1").unreported()).unwrap();
    socket.connect("/peer").unwrap();
    socket.bind("/own").unwrap();
    assert_eq!(socket.poll_action(), None, "a datagram is before it");
    assert!(leave(&mut socket, Transmitted::Blocked(Full::Buffer)).is_some());
    assert_eq!(socket.poll_action(), None, "it waits for room");
    assert!(leave(&mut socket, Transmitted::Sent).is_some());
    assert!(matches!(socket.poll_action(), Some(UnixAction::Connect(_))));
    assert_eq!(socket.poll_action(), None);
    socket.handle_connect(Ok(()));
    assert!(matches!(socket.poll_action(), Some(UnixAction::Bind(_))));
    socket.handle_bind(Ok("/own".into()));
    assert_eq!(events(&mut socket), ["Connect", "Listening"]);
}

#[test]
fn a_connected_socket_sends_to_its_peer() {
    let mut storage = Small::new();
    let mut socket = connected(&mut storage);
    assert_eq!(socket.remote_address(), Ok("/peer".into()));
    assert_eq!(socket.send(hello("x")), Err(Misuse::IsConnected));
    assert_eq!(socket.connect("/other"), Err(Misuse::IsConnected));
    let token = socket.send(UnixDatagram::new("x")).unwrap();
    let left = leave(&mut socket, Transmitted::Failed(Errno::ECONNREFUSED));
    assert_eq!(left.unwrap(), "x None");
    assert_eq!(
        events(&mut socket),
        [format!("failed {} send ECONNREFUSED", token.0)]
    );
}

#[test]
fn a_peer_that_is_let_go_is_sent_nothing() {
    let mut storage = Small::new();
    let mut socket = connected(&mut storage);
    let token = socket.send(UnixDatagram::new("x")).unwrap();
    socket.disconnect().unwrap();
    assert_eq!(socket.poll_transmit(), None, "the backend has to act first");
    assert_eq!(socket.poll_action(), Some(UnixAction::Disconnect));
    assert_eq!(socket.poll_transmit(), None);
    let failed = format!("failed {} send EDESTADDRREQ", token.0);
    assert_eq!(events(&mut socket), [failed]);
    assert_eq!(socket.handle_disconnect(Ok(())), Ok(()));
    assert_eq!(socket.disconnect(), Err(Misuse::NotConnected));
    assert_eq!(socket.remote_address(), Err(Misuse::NotConnected));
    assert_eq!(
        socket.send(UnixDatagram::new("x")),
        Err(Misuse::NotConnected)
    );
}

#[test]
fn a_disconnect_that_fails_leaves_the_socket_connected() {
    let mut storage = Small::new();
    let mut socket = connected(&mut storage);
    socket.disconnect().unwrap();
    assert!(socket.poll_action().is_some());
    let error = SystemError::new(Syscall::Connect, Errno::EBADF);
    let told = socket.handle_disconnect(Err(Errno::EBADF));
    assert_eq!(told, Err(error.into()));
    assert_eq!(socket.connect_state(), ConnectState::Connected);
}

#[test]
fn a_failed_connect_names_the_peer() {
    let mut storage = Small::new();
    let mut socket = UnixSocket::new(&mut storage);
    socket.connect("/gone").unwrap();
    assert!(socket.poll_action().is_some());
    socket.handle_connect(Err(Errno::ENOENT));
    assert_eq!(events(&mut socket), ["Connect connect ENOENT /gone"]);
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    socket.connect("/peer").unwrap();
}

#[test]
fn datagrams_to_elsewhere_fail_behind_a_connect() {
    let mut storage = Small::new();
    let mut socket = UnixSocket::new(&mut storage);
    socket.connect("/peer").unwrap();
    let token = socket.send(hello("x")).unwrap();
    assert!(socket.poll_action().is_some());
    socket.handle_connect(Ok(()));
    assert_eq!(socket.poll_transmit(), None);
    let failed = format!("failed {} send EISCONN /peer", token.0);
    assert_eq!(events(&mut socket), ["Connect", &failed]);
}

#[test]
fn an_offered_datagram_leaves_without_a_copy() {
    let mut storage = Small::new();
    let mut socket = bound(&mut storage);
    let bytes = [7; 4_096];
    let datagram = UnixDatagram::new(&bytes).to("/peer");
    let token = socket.send_now(datagram, |transmit| {
        assert_eq!(transmit.destination, Some("/peer".into()));
        assert_eq!(transmit.payload.len(), bytes.len());
        Transmitted::Sent
    });
    let sent = format!("sent {} 4096", token.unwrap().0);
    assert_eq!(events(&mut socket), [sent]);
}

#[test]
fn an_offered_datagram_that_fails_names_where_it_was_aimed() {
    let mut storage = Small::new();
    let mut socket = bound(&mut storage);
    let failed = |_: &UnixTransmit<'_>| Transmitted::Failed(Errno::EAGAIN);
    let token = socket.send_now(hello("x"), failed).unwrap();
    let told = format!("failed {} send EAGAIN /peer", token.0);
    assert_eq!(events(&mut socket), [told]);
    // A completion that nobody asked for is none.
    socket.send_now(hello("x").unreported(), failed).unwrap();
    assert_eq!(socket.poll_event(), None);
    assert_eq!(socket.stats().failed, 2);
}

#[test]
fn an_offered_datagram_does_not_overtake() {
    let mut storage = Small::new();
    let mut socket = bound(&mut storage);
    let blocked = socket.send_now(hello("1"), |_| Transmitted::Blocked(Full::Buffer));
    assert!(blocked.is_ok());
    let never = |_: &UnixTransmit<'_>| -> Transmitted { panic!("one is before it") };
    socket.send_now(hello("2"), never).unwrap();
    assert_eq!(
        (socket.send_queue_count(), socket.send_queue_size()),
        (2, 2)
    );
    let first = leave(&mut socket, Transmitted::Sent).unwrap();
    assert_eq!(first, "1 Some(UnixAddress(/peer))");
    let second = leave(&mut socket, Transmitted::Sent).unwrap();
    assert_eq!(second, "2 Some(UnixAddress(/peer))");
    assert_eq!(socket.send_queue_count(), 0);
}

#[test]
fn a_full_queue_refuses_and_tells_when_it_is_empty() {
    let mut storage: Storage<16, 2, 0, 8, 0> = Storage::new();
    let mut socket = UnixSocket::new(&mut storage);
    assert_eq!(socket.send(hello("longer than it")), Err(Misuse::QueueFull));
    assert_eq!(socket.poll_event(), None, "it never will fit");
    socket.send(hello("1").unreported()).unwrap();
    socket.send(hello("2").unreported()).unwrap();
    assert_eq!(socket.send(hello("3")), Err(Misuse::QueueFull));
    assert_eq!(socket.bind("/own"), Err(Misuse::QueueFull));
    assert_eq!(socket.bind_state(), BindState::Unbound);
    assert_eq!(socket.poll_event(), None);
    leave(&mut socket, Transmitted::Sent).unwrap();
    leave(&mut socket, Transmitted::Sent).unwrap();
    assert_eq!(events(&mut socket), ["Drained"]);
    assert_eq!(socket.stats().overflowed, 2);
    socket.bind("/own").unwrap();
}

#[test]
fn closing_cancels_everything_and_is_last() {
    let mut storage = Small::new();
    let mut socket = UnixSocket::new(&mut storage);
    socket.bind("/own").unwrap();
    socket.connect("/peer").unwrap();
    let token = socket.send(hello("x")).unwrap();
    socket.close().unwrap();
    let canceled = format!("failed {} send ECANCELED /peer", token.0);
    assert_eq!(events(&mut socket), [canceled], "the file is there still");
    assert_eq!(socket.poll_action(), Some(UnixAction::Close));
    assert_eq!(socket.poll_action(), None);
    assert!(!socket.is_finished());
    assert_eq!(events(&mut socket), ["Close"]);
    assert!(socket.is_finished() && !socket.is_ready());
    // Late answers are counted.
    socket.handle_bind(Ok("/own".into()));
    socket.handle_connect(Ok(()));
    socket.handle_transmit(token, Transmitted::Sent);
    assert_eq!(socket.stats().stale, 3);
    assert_eq!(socket.poll_event(), None);
}

#[test]
fn a_closed_socket_is_not_running() {
    let mut storage = Small::new();
    let mut socket = connected(&mut storage);
    socket.close().unwrap();
    assert_eq!(socket.close(), Err(Misuse::NotRunning));
    assert_eq!(socket.bind("/own"), Err(Misuse::NotRunning));
    assert_eq!(socket.connect("/peer"), Err(Misuse::NotRunning));
    assert_eq!(socket.disconnect(), Err(Misuse::NotRunning));
    assert_eq!(socket.send(hello("x")), Err(Misuse::NotRunning));
    assert_eq!(socket.remote_address(), Err(Misuse::NotRunning));
    assert_eq!(socket.address(), Err(Misuse::NotRunning.into()));
    let error = SystemError::new(Syscall::RecvMsg, Errno::ECONNRESET);
    socket.handle_failure(Operation::Receive, error);
    assert_eq!(socket.poll_action(), Some(UnixAction::Close));
    assert_eq!(events(&mut socket), ["Close"]);
}

#[test]
fn a_failure_of_no_call_is_an_error_event() {
    let mut storage = Small::new();
    let mut socket = bound(&mut storage);
    let error = SystemError::new(Syscall::RecvMsg, Errno::ECONNRESET);
    socket.handle_failure(Operation::Receive, error);
    assert_eq!(events(&mut socket), ["Receive recvmsg ECONNRESET"]);
}

#[test]
fn stale_answers_change_nothing() {
    let mut storage = Small::new();
    let mut socket = UnixSocket::new(&mut storage);
    socket.handle_bind(Ok("/own".into()));
    socket.handle_connect(Ok(()));
    assert_eq!(socket.handle_disconnect(Err(Errno::EBADF)), Ok(()));
    socket.handle_transmit(SendToken(7), Transmitted::Sent);
    assert_eq!(socket.stats().stale, 4);
    assert_eq!(socket.bind_state(), BindState::Unbound);
    assert_eq!(socket.poll_event(), None);
}

#[test]
fn addresses_that_no_system_can_take_are_refused_by_every_call() {
    let mut storage: Storage<512, 4, 0, 8, 0> = Storage::new();
    let mut socket = UnixSocket::new(&mut storage);
    let long = "x".repeat(UnixAddress::LONGEST_PATH + 1);
    for address in ["", "a\0b", &long] {
        assert_eq!(socket.bind(address), Err(Misuse::BadPath));
        assert_eq!(socket.connect(address), Err(Misuse::BadPath));
        let datagram = UnixDatagram::new("x").to(address);
        assert_eq!(socket.send(datagram), Err(Misuse::BadPath));
    }
    assert!(!socket.is_ready());
    socket.bind(&long[1..]).unwrap();
}
