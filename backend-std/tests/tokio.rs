//! The async sockets over loopback: one behaviour a test.
#![cfg(all(unix, feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

extern crate alloc;

use alloc::sync::Arc;
use core::future::poll_fn;
use core::net::Ipv4Addr;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::Poll;
use core::time::Duration;
use std::io;
use std::net::UdpSocket;

use anydgram_std::tokio::{Event, Socket};
use anydgram_std::{
    AbortController, BindOptions, BindState, BlockList, ConnectState, Datagram, Destination,
    Endpoint, Errno, Error, Limits, Metadata, Options, SocketOptions, SocketType,
};
use tokio::task::coop;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(5);
const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

fn anywhere() -> BindOptions<'static> {
    BindOptions::port(0).address(LOCALHOST)
}

async fn bound() -> Socket {
    Socket::bound(SocketType::Udp4, anywhere()).await.unwrap()
}

fn unbound() -> Socket {
    Socket::new(SocketType::Udp4).unwrap()
}

fn to(socket: &Socket) -> Destination<'static> {
    socket.address().unwrap().into()
}

/// What a name is given for in tests: no such host.
fn nowhere() -> Destination<'static> {
    Destination::new("no..such", 9)
}

/// A port that nobody has.
fn free_port() -> u16 {
    let socket = UdpSocket::bind((LOCALHOST, 0)).unwrap();
    socket.local_addr().unwrap().port()
}

async fn received(socket: &Socket) -> String {
    let mut buffer = [0; 64];
    let (length, _) = timeout(LIMIT, socket.recv_from(&mut buffer))
        .await
        .unwrap()
        .unwrap();
    String::from_utf8_lossy(buffer.get(..length).unwrap()).into_owned()
}

fn code<T: core::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().code()
}

fn text<T: core::fmt::Debug>(result: Result<T, Error>) -> String {
    result.unwrap_err().to_string()
}

/// Polls a future once; `true` if it has to wait.
async fn waits<F: Future>(future: &mut Pin<&mut F>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
}

/// Lets the reactor tell of everything that has happened until now.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

#[tokio::test]
async fn a_datagram_goes_there_and_back() {
    let server = bound().await;
    let client = unbound();
    let port = server.address().unwrap().port;
    let sent = client
        .send_to("hello", Destination::new("localhost", port))
        .await;
    assert_eq!(sent, Ok(5));
    let mut buffer = [0; 16];
    let (length, meta) = server.recv_from(&mut buffer).await.unwrap();
    assert_eq!(&buffer[..length], b"hello");
    let client_port = client.address().unwrap().port;
    assert_eq!(meta.sender.unwrap().port, client_port);
    let pieces: &[&[u8]] = &[b"good", b"", b"bye"];
    server.send_to(pieces, meta.sender.unwrap()).await.unwrap();
    assert_eq!(received(&client).await, "goodbye");
    assert_eq!(server.stats().delivered, 1);
    assert_eq!(server.stats().sent, 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_is_asked_for_is_told_with_a_datagram() {
    let options =
        Options::new(SocketType::Udp4).metadata(Metadata::NONE.with_local().with_traffic_class());
    let socket = Socket::new(options).unwrap();
    socket.bind(BindOptions::port(0)).await.unwrap();
    let sender = bound().await;
    let here = Destination::new(LOCALHOST, socket.address().unwrap().port);
    sender.send_to("hello", here).await.unwrap();
    let mut buffer = [0; 3];
    let (length, meta) = timeout(LIMIT, socket.recv_from(&mut buffer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((length, meta.wire_len), (3, Some(5)));
    assert_eq!(meta.local.map(|local| local.ip()), Some(LOCALHOST.into()));
    assert_eq!(
        (meta.ecn(), meta.hop_limit, meta.timestamp),
        (Some(0), None, None)
    );
    assert!(meta.interface.is_some());
}

#[tokio::test]
async fn truncation_is_visible_and_empty_datagrams_are_datagrams() {
    let socket = bound().await;
    socket.send_to("truncated", to(&socket)).await.unwrap();
    socket.send_to("", to(&socket)).await.unwrap();
    let mut buffer = [0; 5];
    let (length, meta) = socket.recv_from(&mut buffer).await.unwrap();
    assert_eq!((length, &buffer), (5, b"trunc"));
    assert!(meta.wire_len.is_none_or(|whole| whole == 9));
    let (length, meta) = socket.recv_from(&mut buffer).await.unwrap();
    assert_eq!((length, meta.wire_len), (0, Some(0)));
}

#[tokio::test]
async fn a_connected_pair_needs_no_destinations() {
    let (left, right) = (bound().await, bound().await);
    left.connect(to(&right)).await.unwrap();
    right.connect(to(&left)).await.unwrap();
    assert_eq!(left.connect_state(), ConnectState::Connected);
    assert_eq!(left.remote_address(), right.address());
    left.send("to the peer").await.unwrap();
    assert_eq!(received(&right).await, "to the peer");
    assert_eq!(right.try_send("and back"), Ok(8));
    let mut buffer = [0; 16];
    assert_eq!(left.recv(&mut buffer).await, Ok(8));
    assert_eq!(
        code(left.send_to("x", to(&right)).await),
        "ERR_SOCKET_DGRAM_IS_CONNECTED"
    );
    // A stranger is not heard.
    unbound().send_to("psst", to(&right)).await.unwrap();
    settle().await;
    assert!(right.try_recv(&mut buffer).is_err());
    left.disconnect().unwrap();
    assert_eq!(code(left.disconnect()), "ERR_SOCKET_DGRAM_NOT_CONNECTED");
    let other = bound().await;
    left.send_to("to another", to(&other)).await.unwrap();
    assert_eq!(received(&other).await, "to another");
}

#[tokio::test]
async fn mistakes_have_nodes_codes() {
    let socket = unbound();
    let mut buffer = [0; 1];
    assert_eq!(text(socket.recv_from(&mut buffer).await), "recvmsg EBADF");
    assert_eq!(text(socket.address()), "getsockname EBADF");
    assert_eq!(text(socket.set_ttl(3)), "setTTL EBADF");
    assert_eq!(code(socket.send("x").await), "ERR_SOCKET_BAD_PORT");
    let port_0 = Destination::new(LOCALHOST, 0);
    assert_eq!(
        code(socket.send_to("x", port_0).await),
        "ERR_SOCKET_BAD_PORT"
    );
    assert_eq!(code(socket.connect(port_0).await), "ERR_SOCKET_BAD_PORT");
    assert_eq!(
        code(socket.try_send_to("x", nowhere())),
        "ERR_INVALID_ARG_VALUE"
    );
    assert_eq!(socket.bind_state(), BindState::Unbound);
    socket.bind(anywhere()).await.unwrap();
    assert_eq!(code(socket.bind(0).await), "ERR_SOCKET_ALREADY_BOUND");
    socket.connect(to(&socket)).await.unwrap();
    assert_eq!(
        code(socket.connect(nowhere()).await),
        "ERR_SOCKET_DGRAM_IS_CONNECTED"
    );
    socket.close().await.unwrap();
    let closed = "ERR_SOCKET_DGRAM_NOT_RUNNING";
    assert_eq!(code(socket.close().await), closed);
    assert_eq!(code(socket.bind(0).await), closed);
    assert_eq!(code(socket.recv(&mut buffer).await), closed);
    assert_eq!(code(socket.try_recv(&mut buffer)), closed);
    assert_eq!(code(socket.address()), closed);
    assert_eq!(code(socket.set_broadcast(true)), closed);
    assert_eq!(code(socket.set_multicast_interface("nonsense")), closed);
    let group = Ipv4Addr::new(239, 1, 2, 3).into();
    let interface = anydgram_std::Interface::Default;
    assert_eq!(code(socket.add_membership(group, interface)), closed);
}

#[tokio::test]
async fn what_the_system_refuses_has_nodes_texts() {
    let first = bound().await;
    let port = first.address().unwrap().port;
    let second = unbound();
    let taken = BindOptions::port(port).address(LOCALHOST);
    let refused = format!("bind EADDRINUSE 127.0.0.1:{port}");
    assert_eq!(text(second.bind(taken).await), refused);
    assert_eq!(second.bind_state(), BindState::Unbound);
    assert_eq!(
        text(second.connect(Destination::new("::1", 9)).await),
        "connect EINVAL ::1:9"
    );
    let too_long = [0; 65_508];
    assert_eq!(
        text(
            second
                .send_to(&too_long, Destination::new(LOCALHOST, 9))
                .await
        ),
        "send EMSGSIZE 127.0.0.1:9"
    );
    assert_eq!(
        text(
            second
                .send_to(&too_long, Destination::new("localhost", 9))
                .await
        ),
        "send EMSGSIZE localhost:9"
    );
    assert_eq!(text(second.set_ttl(0)), "setTTL EINVAL");
    assert_eq!(
        text(second.set_multicast_interface("192.0.2.1")),
        "setMulticastInterface EADDRNOTAVAIL"
    );
    // Each failure was the result of its call: nothing is left to be told.
    assert_eq!(second.next_event().await, Some(Event::Listening));
    assert!(waits(&mut pin!(second.next_event())).await);
}

#[tokio::test]
async fn names_that_do_not_exist_have_nodes_texts() {
    let unknown = "getaddrinfo ENOTFOUND no..such";
    let socket = unbound();
    let there = BindOptions::port(0).address("no..such");
    assert_eq!(text(socket.bind(there).await), unknown);
    assert_eq!(text(socket.connect(nowhere()).await), unknown);
    assert_eq!(text(socket.send_to("x", nowhere()).await), unknown);
    assert_eq!(socket.bind_state(), BindState::Unbound);
    let bad = Destination::new("a\0b", 9);
    assert_eq!(
        code(socket.send_to("x", bad).await),
        "ERR_SOCKET_DGRAM_NAME_TOO_LONG"
    );
    let local = BindOptions::port(0).address("localhost");
    assert_eq!(socket.bind(local).await.unwrap().address, LOCALHOST.into());
}

#[tokio::test]
async fn nothing_to_receive_is_would_block() {
    let socket = bound().await;
    let mut buffer = [0; 16];
    let nothing = socket.try_recv_from(&mut buffer).unwrap_err();
    assert_eq!(nothing.errno(), Some(Errno::EAGAIN));
    assert_eq!(io::Error::from(nothing).kind(), io::ErrorKind::WouldBlock);
    assert_eq!(socket.try_send_to("x", to(&socket)), Ok(1));
    assert_eq!(socket.try_recv(&mut buffer), Ok(1));
    assert!(socket.try_recv(&mut buffer).is_err());
}

#[tokio::test]
async fn a_refused_datagram_is_told_to_the_connected_socket() {
    let socket = bound().await;
    let nobody = Destination::new(LOCALHOST, free_port());
    socket.connect(nobody).await.unwrap();
    socket.send("x").await.unwrap();
    let mut buffer = [0; 16];
    let refused = timeout(LIMIT, socket.recv(&mut buffer)).await.unwrap();
    assert_eq!(text(refused), "recvmsg ECONNREFUSED");
    socket.send("y").await.unwrap();
    settle().await;
    assert_eq!(text(socket.send("z").await), "send ECONNREFUSED");
}

#[tokio::test]
async fn events_come_in_order_and_end() {
    let socket = bound().await;
    socket.connect(to(&socket)).await.unwrap();
    let other = socket.clone();
    let waiting = tokio::spawn(async move {
        let mut events = Vec::new();
        while let Some(event) = other.next_event().await {
            events.push(event);
        }
        events
    });
    settle().await;
    socket.close().await.unwrap();
    let events = timeout(LIMIT, waiting).await.unwrap().unwrap();
    assert_eq!(events, [Event::Listening, Event::Connect, Event::Close]);
    assert_eq!(socket.next_event().await, None);
}

#[tokio::test]
async fn a_buffer_size_that_is_refused_is_an_event() {
    let options = Options::new(SocketType::Udp4).receive_buffer_size(u32::MAX);
    let socket = Socket::bound(options, anywhere()).await.unwrap();
    let Some(Event::Error(error)) = socket.next_event().await else {
        panic!("the size is refused");
    };
    assert_eq!(error.code(), "ERR_SOCKET_BUFFER_SIZE");
    assert_eq!(socket.next_event().await, Some(Event::Listening));
}

#[tokio::test]
async fn a_receive_that_is_dropped_loses_nothing() {
    let socket = bound().await;
    let mut buffer = [0; 16];
    {
        let mut future = pin!(socket.recv_from(&mut buffer));
        assert!(waits(&mut future).await);
        // The datagram is there and the task was woken when the future goes.
        socket.send_to("one", to(&socket)).await.unwrap();
        settle().await;
    }
    assert_eq!(received(&socket).await, "one");
    for _ in 0..100 {
        let nothing = timeout(Duration::ZERO, socket.recv_from(&mut buffer)).await;
        assert!(nothing.is_err());
    }
    socket.send_to("two", to(&socket)).await.unwrap();
    assert_eq!(received(&socket).await, "two");
}

#[tokio::test]
async fn an_event_that_was_not_returned_is_still_there() {
    let socket = unbound();
    {
        let mut first = pin!(socket.next_event());
        let mut second = pin!(socket.next_event());
        assert!(waits(&mut first).await);
        assert!(waits(&mut second).await);
        socket.bind(anywhere()).await.unwrap();
    }
    assert_eq!(socket.next_event().await, Some(Event::Listening));
    assert!(waits(&mut pin!(socket.next_event())).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_wakeup_is_lost_among_eight_tasks() {
    const TASKS: usize = 8;
    const COUNT: usize = 2_000;
    let socket = bound().await;
    let seen: Arc<Vec<AtomicUsize>> = Arc::new((0..COUNT).map(|_| AtomicUsize::new(0)).collect());
    let total = Arc::new(AtomicUsize::new(0));
    let mut tasks = Vec::new();
    for task in 0..TASKS {
        let (socket, seen, total) = (socket.clone(), Arc::clone(&seen), Arc::clone(&total));
        tasks.push(tokio::spawn(async move {
            let mut buffer = [0; 16];
            loop {
                // Half of the tasks give up all the time: that must not cost the others anything.
                let received = if task % 2 == 0 {
                    socket.recv(&mut buffer).await
                } else {
                    let patience = Duration::from_micros(200);
                    match timeout(patience, socket.recv(&mut buffer)).await {
                        Ok(received) => received,
                        Err(_) => continue,
                    }
                };
                let Ok(length) = received else { return };
                let number: usize = str::from_utf8(&buffer[..length]).unwrap().parse().unwrap();
                seen[number].fetch_add(1, Ordering::Relaxed);
                total.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    let sender = bound().await;
    let there = to(&socket);
    for number in 0..COUNT {
        sender
            .send_to(number.to_string().as_bytes(), there)
            .await
            .unwrap();
        // Never more than the system's buffer holds.
        let wait = async {
            while total.load(Ordering::Relaxed) + 50 < number {
                tokio::task::yield_now().await;
            }
        };
        timeout(LIMIT, wait).await.expect("a wake-up was lost");
    }
    let all = async {
        while total.load(Ordering::Relaxed) < COUNT {
            tokio::task::yield_now().await;
        }
    };
    timeout(LIMIT, all).await.expect("a wake-up was lost");
    assert!(seen.iter().all(|count| count.load(Ordering::Relaxed) == 1));
    socket.close().await.unwrap();
    for task in tasks {
        timeout(LIMIT, task).await.unwrap().unwrap();
    }
}

/// One datagram at a time, so that a wake-up that is lost is missed at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_datagram_wakes_one_of_eight_tasks() {
    let (server, client) = (bound().await, bound().await);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let server = server.clone();
            tokio::spawn(async move {
                let mut buffer = [0; 16];
                while let Ok((length, meta)) = server.recv_from(&mut buffer).await {
                    let back = meta.sender.unwrap();
                    server.send_to(&buffer[..length], back).await.unwrap();
                }
            })
        })
        .collect();
    for number in 0..2_000_u32 {
        client
            .send_to(&number.to_be_bytes(), to(&server))
            .await
            .unwrap();
        let mut buffer = [0; 4];
        let length = timeout(LIMIT, client.recv(&mut buffer)).await.unwrap();
        assert_eq!((length, buffer), (Ok(4), number.to_be_bytes()));
    }
    server.close().await.unwrap();
    for task in tasks {
        timeout(LIMIT, task).await.unwrap().unwrap();
    }
}

/// On a thread that is none of the runtime's workers, where a used-up share is answered with a wake-up at once.
#[test]
fn a_task_that_has_had_its_share_makes_way_and_goes_on() {
    let (done, is_done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_io()
            .build()
            .unwrap();
        runtime.block_on(async {
            let (server, client) = (bound().await, bound().await);
            use_up_share().await;
            client.send_to("x", to(&server)).await.unwrap();
            use_up_share().await;
            assert_eq!(server.recv(&mut [0; 4]).await, Ok(1));
        });
        done.send(()).unwrap();
    });
    assert_eq!(is_done.recv_timeout(LIMIT), Ok(()));
}

/// Uses up what a task may do in a row.
async fn use_up_share() {
    while coop::has_budget_remaining() {
        coop::consume_budget().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_ends_every_wait() {
    let socket = bound().await;
    let port = socket.address().unwrap().port;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let socket = socket.clone();
            tokio::spawn(async move { socket.recv(&mut [0; 16]).await })
        })
        .collect();
    settle().await;
    socket.close().await.unwrap();
    // At once, however many tasks have not noticed yet.
    drop(UdpSocket::bind((LOCALHOST, port)).unwrap());
    for task in tasks {
        let received = timeout(LIMIT, task).await.unwrap().unwrap();
        assert_eq!(code(received), "ERR_SOCKET_DGRAM_NOT_RUNNING");
    }
}

#[tokio::test]
async fn the_last_handle_closes_the_socket() {
    let socket = bound().await;
    let port = socket.address().unwrap().port;
    let clone = socket.clone();
    drop(socket);
    assert!(UdpSocket::bind((LOCALHOST, port)).is_err());
    drop(clone);
    drop(UdpSocket::bind((LOCALHOST, port)).unwrap());
}

#[tokio::test]
async fn an_abort_closes_the_socket() {
    let controller = AbortController::new();
    let options = SocketOptions::new(SocketType::Udp4).signal(controller.signal());
    let socket = Socket::bound(options.clone(), anywhere()).await.unwrap();
    let mut buffer = [0; 16];
    {
        let mut receive = pin!(socket.recv(&mut buffer));
        assert!(waits(&mut receive).await);
        std::thread::spawn(move || controller.abort())
            .join()
            .unwrap();
        let received = timeout(LIMIT, receive).await.unwrap();
        assert_eq!(code(received), "ERR_SOCKET_DGRAM_NOT_RUNNING");
    }
    assert_eq!(socket.next_event().await, Some(Event::Listening));
    assert_eq!(socket.next_event().await, Some(Event::Close));
    let late = Socket::new(options).unwrap();
    assert!(late.is_closed());
    assert_eq!(late.next_event().await, Some(Event::Close));
}

#[tokio::test]
async fn block_lists_count_at_once() {
    let (receive, send) = (BlockList::new(), BlockList::new());
    let options = SocketOptions::new(SocketType::Udp4)
        .receive_block_list(receive.clone())
        .send_block_list(send.clone());
    let socket = Socket::bound(options, anywhere()).await.unwrap();
    let stranger = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 2), 0)).unwrap();
    let here = socket.address().unwrap();
    let here = (LOCALHOST, here.port);
    stranger.send_to(b"before", here).unwrap();
    assert_eq!(received(&socket).await, "before");
    receive.add_address(Ipv4Addr::new(127, 0, 0, 2).into());
    stranger.send_to(b"blocked", here).unwrap();
    socket.send_to("own", to(&socket)).await.unwrap();
    assert_eq!(received(&socket).await, "own");
    assert_eq!(socket.stats().dropped_blocked, 1);
    send.add_address(LOCALHOST.into());
    let there = to(&socket);
    assert_eq!(code(socket.send_to("x", there).await), "ERR_IP_BLOCKED");
    assert_eq!(code(socket.connect(there).await), "ERR_IP_BLOCKED");
}

#[tokio::test]
async fn what_is_queued_leaves_by_itself() {
    let receiver = bound().await;
    let port = receiver.address().unwrap().port;
    let sender = unbound();
    let by_name = Datagram::new("by name").to(Destination::new("localhost", port));
    sender.queue(by_name).unwrap();
    assert_eq!(received(&receiver).await, "by name");
    sender
        .queue(Datagram::new("at once").to(to(&receiver)))
        .unwrap();
    assert_eq!(sender.stats().sent, 2);
    assert_eq!(received(&receiver).await, "at once");
    sender.queue(Datagram::new("x").to(nowhere())).unwrap();
    assert_eq!(sender.next_event().await, Some(Event::Listening));
    let Some(Event::Error(error)) = timeout(LIMIT, sender.next_event()).await.unwrap() else {
        panic!("the lookup fails");
    };
    assert_eq!(error.to_string(), "getaddrinfo ENOTFOUND no..such");
}

#[tokio::test]
async fn a_full_queue_is_told_and_then_that_it_is_empty() {
    let options = SocketOptions::new(SocketType::Udp4).limits(Limits::new().send_queue(100, 1));
    let socket = Socket::bound(options, anywhere()).await.unwrap();
    let datagram = Datagram::new("x").to(Destination::new("localhost", 9));
    socket.queue(datagram).unwrap();
    assert_eq!(code(socket.queue(datagram)), "ERR_SOCKET_DGRAM_QUEUE_FULL");
    assert_eq!(socket.next_event().await, Some(Event::Listening));
    let drained = timeout(LIMIT, socket.next_event()).await.unwrap();
    assert_eq!(drained, Some(Event::Drained));
}

#[test]
fn a_runtime_without_timers_will_do() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    runtime.block_on(async {
        let socket = bound().await;
        let port = socket.address().unwrap().port;
        let there = Destination::new("localhost", port);
        socket.send_to("hello", there).await.unwrap();
        let mut buffer = [0; 16];
        assert_eq!(socket.recv(&mut buffer).await, Ok(5));
    });
}

#[test]
fn a_socket_survives_its_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let socket = runtime.block_on(bound());
    drop(runtime);
    let there = to(&socket);
    assert_eq!(socket.try_send_to("late", there), Ok(4));
    let again = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    again.block_on(async {
        let ended = socket.recv(&mut [0; 16]).await;
        assert_eq!(text(ended), "recvmsg ECANCELED");
        socket.close().await.unwrap();
    });
}

#[tokio::test]
async fn an_adopted_descriptor_works_and_a_taken_one_stays_its_owners() {
    use std::os::fd::{AsRawFd as _, IntoRawFd as _};
    let given = UdpSocket::bind((LOCALHOST, 0)).unwrap();
    let local = Endpoint::from(given.local_addr().unwrap());
    let options = BindOptions::port(0).fd(given.into_raw_fd());
    let socket = Socket::bound(SocketType::Udp4, options).await.unwrap();
    assert_eq!(socket.address(), Ok(local));
    socket.send_to("x", to(&socket)).await.unwrap();
    assert_eq!(received(&socket).await, "x");
    // Registering it a second time is what the system refuses.
    let thief = unbound();
    assert_eq!(text(thief.bind(options).await), "open EEXIST");
    assert_eq!(thief.bind_state(), BindState::Unbound);
    drop(thief);
    socket.send_to("y", to(&socket)).await.unwrap();
    assert_eq!(received(&socket).await, "y");
    let file = std::fs::File::open("/dev/null").unwrap();
    let file = BindOptions::port(0).fd(file.as_raw_fd());
    assert_eq!(code(unbound().bind(file).await), "ERR_INVALID_FD_TYPE");
}

/// Compiles only if sockets and all their futures can move between threads.
const fn is_send<T: Send>(_: &T) {}

#[tokio::test]
async fn sockets_and_futures_are_send() {
    const fn is_sync<T: Sync>(_: &T) {}
    let socket = unbound();
    is_send(&socket);
    is_sync(&socket);
    let mut buffer = [0; 1];
    is_send(&socket.bind(0));
    is_send(&socket.connect(nowhere()));
    is_send(&socket.send_to("x", nowhere()));
    is_send(&socket.send("x"));
    is_send(&socket.recv_from(&mut buffer));
    is_send(&socket.next_event());
    is_send(&socket.close());
    is_send(&Socket::bound(SocketOptions::new(SocketType::Udp4), 0));
}
