//! What only a test inside of the crate can see: slow lookups, allocations, and a system without room.

mod many;
#[cfg(target_os = "linux")]
mod plain;
#[cfg(target_os = "linux")]
mod room;
#[cfg(target_os = "linux")]
mod unread;

use core::future::{Future, poll_fn};
use core::net::Ipv4Addr;
use core::pin::{Pin, pin};
use core::task::{Context, Waker};
use core::time::Duration;
use std::sync::mpsc;

use anydgram_core::{
    Address, BindOptions, Datagram, Destination, Errno, Family, Options, RecvMeta,
};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

use super::*;
use crate::sys::{self, allocations};

const LIMIT: Duration = Duration::from_secs(5);
const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// The system's lookup, but for one name that takes its time.
pub(super) fn ask(host: &str, family: Family) -> Result<Address, Errno> {
    if host != "slow.test" {
        return sys::resolve(host, family);
    }
    let (_keep, never) = mpsc::channel::<()>();
    assert!(never.recv_timeout(Duration::from_millis(50)).is_err());
    Ok(LOCALHOST.into())
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

async fn bound() -> Socket {
    let anywhere = BindOptions::port(0).address(LOCALHOST);
    Socket::bound(SocketType::Udp4, anywhere).await.unwrap()
}

fn port_of(socket: &Socket) -> u16 {
    socket.address().unwrap().port
}

/// Polls a future once; `true` if it has to wait.
async fn waits<F: Future>(future: &mut Pin<&mut F>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
}

#[test]
fn a_lookup_that_is_dropped_changes_nothing() {
    runtime().block_on(async {
        let receiver = bound().await;
        let there = Destination::new("slow.test", port_of(&receiver));
        let socket = Socket::new(SocketType::Udp4).unwrap();
        {
            let mut bind = pin!(socket.bind(BindOptions::port(0).address("slow.test")));
            assert!(waits(&mut bind).await);
            let mut connect = pin!(socket.connect(there));
            assert!(waits(&mut connect).await);
            let mut send = pin!(socket.send_to("lost", there));
            assert!(waits(&mut send).await);
            // The answers are there, and the task was woken, when the futures go.
            sleep(Duration::from_millis(200)).await;
        }
        assert_eq!(socket.bind_state(), BindState::Unbound);
        assert_eq!(socket.connect_state(), ConnectState::Disconnected);
        assert_eq!(socket.send_to("sent", there).await, Ok(4));
        let mut buffer = [0; 16];
        assert_eq!(receiver.recv(&mut buffer).await, Ok(4));
        assert_eq!(&buffer[..4], b"sent");
        assert!(receiver.try_recv(&mut buffer).is_err());
    });
}

#[test]
fn a_lookup_that_is_overtaken_fails_as_the_call_would() {
    runtime().block_on(async {
        let socket = Socket::new(SocketType::Udp4).unwrap();
        {
            let mut bind = pin!(socket.bind(BindOptions::port(0).address("slow.test")));
            assert!(waits(&mut bind).await);
            socket.bind(0).await.unwrap();
            assert_eq!(bind.await.unwrap_err().code(), "ERR_SOCKET_ALREADY_BOUND");
        }
        let there = Destination::new("slow.test", 9);
        {
            let mut send = pin!(socket.send_to("x", there));
            assert!(waits(&mut send).await);
            socket.connect(there).await.unwrap();
            let refused = send.await.unwrap_err();
            assert_eq!(refused.code(), "ERR_SOCKET_DGRAM_IS_CONNECTED");
            socket.disconnect().unwrap();
        }
        let mut send = pin!(socket.send_to("x", there));
        let mut connect = pin!(socket.connect(there));
        assert!(waits(&mut send).await);
        assert!(waits(&mut connect).await);
        socket.close().await.unwrap();
        assert_eq!(
            send.await.unwrap_err().code(),
            "ERR_SOCKET_DGRAM_NOT_RUNNING"
        );
        assert_eq!(
            connect.await.unwrap_err().code(),
            "ERR_SOCKET_DGRAM_NOT_RUNNING"
        );
    });
}

#[test]
fn what_is_queued_ends_with_the_socket() {
    runtime().block_on(async {
        let socket = bound().await;
        let slow = Datagram::new("x").to(Destination::new("slow.test", 9));
        socket.queue(slow).unwrap();
        socket.close().await.unwrap();
        assert_eq!(socket.stats().canceled, 1);
        sleep(Duration::from_millis(100)).await;
        assert_eq!(socket.stats().sent, 0);
    });
}

/// The result of a future that is ready when it is polled first.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it had to wait"),
    }
}

#[test]
fn datagrams_cost_no_allocation() {
    runtime().block_on(async {
        let (sender, receiver) = (bound().await, bound().await);
        let there = Destination::new(LOCALHOST, port_of(&receiver));
        let mut buffer = [0; 16];
        let mut round = async || -> (usize, RecvMeta) {
            let (sending, sent) = allocations::count(|| at_once(sender.send_to("ball", there)));
            assert_eq!(sent, Ok(4));
            // The reactor has to tell first; that is its own affair.
            sleep(Duration::from_millis(2)).await;
            let (receiving, received) =
                allocations::count(|| at_once(receiver.recv_from(&mut buffer)));
            // Waiting in vain costs none either.
            let (waiting, ()) = allocations::count(|| {
                let mut future = pin!(receiver.recv_from(&mut buffer));
                let waker = Waker::noop();
                let polled = future.as_mut().poll(&mut Context::from_waker(waker));
                assert!(polled.is_pending());
            });
            (sending + receiving + waiting, received.unwrap().1)
        };
        round().await;
        for _ in 0..10 {
            assert_eq!(round().await.0, 0);
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn sends_wait_for_room_in_the_system() {
    crate::test_namespace::run(|| runtime().block_on(waiting_for_room()));
}

#[cfg(target_os = "linux")]
async fn waiting_for_room() {
    const PAYLOAD: &[u8] = &[0; 1000];
    let options = Options::new(SocketType::Udp4).send_buffer_size(1);
    let here = BindOptions::port(0).address(Ipv4Addr::new(192, 0, 2, 10));
    let socket = Socket::bound(options, here).await.unwrap();
    // Until somebody knows this neighbour, datagrams for it stay in the socket's buffer.
    let there = Destination::new(Ipv4Addr::new(192, 0, 2, 99), 9);
    let mut sent = 0;
    let full = loop {
        match socket.try_send_to(PAYLOAD, there) {
            Ok(_) => sent += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(full.to_string(), "send EAGAIN");
    assert!(sent > 0);
    {
        // Dropped while it waits: never sent.
        let dropped = timeout(Duration::from_millis(30), socket.send_to(PAYLOAD, there));
        assert!(dropped.await.is_err());
    }
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let socket = socket.clone();
            tokio::spawn(async move {
                for _ in 0..8 {
                    socket.send_to(PAYLOAD, there).await.unwrap();
                }
            })
        })
        .collect();
    sleep(Duration::from_millis(30)).await;
    for _ in 0..8 {
        socket.queue(Datagram::new(PAYLOAD).to(there)).unwrap();
    }
    assert_eq!(socket.send_queue_count(), 8);
    assert_eq!(socket.send_queue_size(), 8 * PAYLOAD.len());
    assert_eq!(socket.stats().sent, sent);
    crate::test_namespace::introduce("192.0.2.99");
    for task in tasks {
        timeout(LIMIT, task).await.unwrap().unwrap();
    }
    let emptied = async {
        while socket.send_queue_count() > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(LIMIT, emptied).await.unwrap();
    assert_eq!(socket.stats().sent, sent + 64 + 8);
}

#[cfg(target_os = "linux")]
#[test]
fn closing_ends_the_wait_for_room() {
    crate::test_namespace::run(|| {
        runtime().block_on(async {
            const PAYLOAD: &[u8] = &[0; 1000];
            let options = Options::new(SocketType::Udp4).send_buffer_size(1);
            let here = BindOptions::port(0).address(Ipv4Addr::new(192, 0, 2, 10));
            let socket = Socket::bound(options, here).await.unwrap();
            let there = Destination::new(Ipv4Addr::new(192, 0, 2, 98), 9);
            while socket.try_send_to(PAYLOAD, there).is_ok() {}
            socket.queue(Datagram::new(PAYLOAD).to(there)).unwrap();
            let mut send = pin!(socket.send_to(PAYLOAD, there));
            assert!(waits(&mut send).await);
            socket.close().await.unwrap();
            let ended = timeout(LIMIT, send).await.unwrap();
            assert_eq!(ended.unwrap_err().code(), "ERR_SOCKET_DGRAM_NOT_RUNNING");
            assert_eq!(socket.stats().canceled, 1);
        });
    });
}

#[cfg(target_os = "linux")]
#[test]
fn groups_are_joined_and_left() {
    crate::test_namespace::run(|| {
        runtime().block_on(async {
            let group = Ipv4Addr::new(239, 1, 2, 3);
            let interface = anydgram_core::Interface::Address(Ipv4Addr::new(192, 0, 2, 10));
            // Joining binds.
            let socket = Socket::new(SocketType::Udp4).unwrap();
            socket.add_membership(group.into(), interface).unwrap();
            let twice = socket.add_membership(group.into(), interface);
            assert_eq!(twice.unwrap_err().to_string(), "addMembership EADDRINUSE");
            socket.set_multicast_interface("192.0.2.10").unwrap();
            socket.set_multicast_loopback(true).unwrap();
            let there = Destination::new(group, port_of(&socket));
            socket.send_to("all", there).await.unwrap();
            let mut buffer = [0; 16];
            let received = timeout(LIMIT, socket.recv(&mut buffer)).await.unwrap();
            assert_eq!(received, Ok(3));
            socket.drop_membership(group.into(), interface).unwrap();
            let gone = socket.drop_membership(group.into(), interface);
            assert_eq!(
                gone.unwrap_err().to_string(),
                "dropMembership EADDRNOTAVAIL"
            );
        });
    });
}
