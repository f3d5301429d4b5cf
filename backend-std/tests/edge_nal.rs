//! The traits of edge-nal, as a program that is generic over them meets them: on loopback, and groups in a private
//! network namespace.
#![cfg(all(target_os = "linux", feature = "edge-nal"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

extern crate alloc;

#[expect(dead_code, reason = "shared with tests that use all of it")]
#[path = "../src/test_namespace.rs"]
mod test_namespace;

use alloc::sync::Arc;
use core::future::{Future, poll_fn};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::pin::{Pin, pin};
use core::task::Poll;
use core::time::Duration;

use anydgram_std::edge_nal::Stack;
use anydgram_std::tokio::Socket;
use anydgram_std::{Error, interface_index};
use edge_nal::io::{Error as _, ErrorKind};
use edge_nal::{
    AddrType, Dns as _, MulticastV4, MulticastV6, Readable, UdpBind, UdpConnect, UdpReceive,
    UdpSend, UdpSplit, UdpSplitMulticast,
};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(5);
const MOMENT: Duration = Duration::from_millis(50);
const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;
const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(LOCALHOST), 0);

async fn bound(stack: &Stack) -> Socket {
    UdpBind::bind(stack, ANYWHERE).await.unwrap()
}

fn address(socket: &Socket) -> SocketAddr {
    socket.address().unwrap().into()
}

/// Takes a datagram of at most 64 bytes.
async fn received<R: UdpReceive>(socket: &mut R) -> (String, SocketAddr) {
    let mut buffer = [0; 64];
    let receive = timeout(LIMIT, socket.receive(&mut buffer));
    let (length, remote) = receive.await.unwrap().unwrap();
    let text = String::from_utf8_lossy(buffer.get(..length).unwrap()).into_owned();
    (text, remote)
}

/// Sees that nothing comes.
async fn hears_nothing<R: UdpReceive>(socket: &mut R) {
    let mut buffer = [0; 64];
    let receive = timeout(MOMENT, socket.receive(&mut buffer));
    assert!(receive.await.is_err(), "a datagram came");
}

fn kind<T: core::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

/// Polls a future once; `true` if it has to wait.
async fn waits<F: Future>(future: &mut Pin<&mut F>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
}

#[tokio::test]
async fn a_datagram_that_is_cut_has_its_full_length() {
    let stack = Stack::new();
    let (mut receiver, mut sender) = (bound(&stack).await, bound(&stack).await);
    let there = address(&receiver);
    for text in ["truncated", "", "whole"] {
        UdpSend::send(&mut sender, there, text.as_bytes())
            .await
            .unwrap();
    }
    let mut buffer = [0; 5];
    let here = address(&sender);
    assert_eq!(receiver.receive(&mut buffer).await, Ok((9, here)));
    assert_eq!(&buffer, b"trunc");
    assert_eq!(receiver.receive(&mut buffer).await, Ok((0, here)));
    assert_eq!(receiver.receive(&mut buffer).await, Ok((5, here)));
    assert_eq!(&buffer, b"whole");
}

#[tokio::test]
async fn the_parts_send_while_they_wait_to_receive() {
    let stack = Stack::new();
    let (mut socket, mut peer) = (bound(&stack).await, bound(&stack).await);
    let (there, here) = (address(&peer), address(&socket));
    let (mut receiver, mut sender) = socket.split();
    let mut receive = pin!(received(&mut receiver));
    assert!(waits(&mut receive).await);
    UdpSend::send(&mut sender, there, b"question")
        .await
        .unwrap();
    assert_eq!(received(&mut peer).await, ("question".into(), here));
    assert!(waits(&mut receive).await);
    UdpSend::send(&mut peer, here, b"answer").await.unwrap();
    assert_eq!(receive.await, ("answer".into(), there));
}

/// Every datagram that one part receives another sends back, on other threads; nothing is lost, and nobody sleeps on.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn the_parts_work_on_threads_of_their_own() {
    const COUNT: u32 = 2_000;
    let stack = Stack::new();
    let (mut server, mut client) = (bound(&stack).await, bound(&stack).await);
    let there = address(&server);
    let (mut from, mut back) = server.split();
    let (queue, mut queued) = mpsc::unbounded_channel();
    let receives = tokio::spawn(async move {
        for _ in 0..COUNT {
            let mut buffer = [0; 4];
            let (length, remote) = from.receive(&mut buffer).await.unwrap();
            assert_eq!(length, 4);
            queue.send((buffer, remote)).unwrap();
        }
    });
    let sends = tokio::spawn(async move {
        while let Some((data, remote)) = queued.recv().await {
            UdpSend::send(&mut back, remote, &data).await.unwrap();
        }
    });
    let (mut answers, mut questions) = client.split();
    // So many may be under way; the kernel's buffers have room for more.
    let room = Arc::new(Semaphore::new(64));
    let taken = Arc::clone(&room);
    let asks = tokio::spawn(async move {
        for number in 0..COUNT {
            taken.acquire().await.unwrap().forget();
            UdpSend::send(&mut questions, there, &number.to_be_bytes())
                .await
                .unwrap();
        }
    });
    let mut buffer = [0; 4];
    for number in 0..COUNT {
        let answer = timeout(LIMIT, answers.receive(&mut buffer));
        assert_eq!(answer.await.unwrap(), Ok((4, there)));
        assert_eq!(u32::from_be_bytes(buffer), number);
        room.add_permits(1);
    }
    for task in [receives, sends, asks] {
        timeout(LIMIT, task).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_connected_socket_ignores_where_to_and_hears_its_peer_only() {
    let stack = Stack::new();
    let (mut peer, mut stranger) = (bound(&stack).await, bound(&stack).await);
    let there = address(&peer);
    let mut socket = UdpConnect::connect(&stack, ANYWHERE, there).await.unwrap();
    let here = address(&socket);
    let elsewhere = address(&stranger);
    UdpSend::send(&mut socket, elsewhere, b"to the peer")
        .await
        .unwrap();
    assert_eq!(received(&mut peer).await, ("to the peer".into(), here));
    hears_nothing(&mut stranger).await;
    UdpSend::send(&mut stranger, here, b"psst").await.unwrap();
    UdpSend::send(&mut peer, here, b"back").await.unwrap();
    assert_eq!(received(&mut socket).await, ("back".into(), there));
}

#[tokio::test]
async fn readable_takes_nothing() {
    let stack = Stack::new();
    let (mut socket, mut peer) = (bound(&stack).await, bound(&stack).await);
    let here = address(&socket);
    assert!(
        timeout(MOMENT, Readable::readable(&mut socket))
            .await
            .is_err()
    );
    for text in ["one", "two"] {
        UdpSend::send(&mut peer, here, text.as_bytes())
            .await
            .unwrap();
    }
    for text in ["one", "two"] {
        for _ in 0..2 {
            let readable = timeout(LIMIT, Readable::readable(&mut socket));
            assert_eq!(readable.await.unwrap(), Ok(()));
        }
        assert_eq!(received(&mut socket).await.0, text);
    }
    // Its readiness is old news now.
    assert!(
        timeout(MOMENT, Readable::readable(&mut socket))
            .await
            .is_err()
    );
    socket.close().await.unwrap();
    let closed = Readable::readable(&mut socket).await;
    assert_eq!(kind(closed), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn readable_wakes_for_a_datagram_that_comes_later() {
    let stack = Stack::new();
    let (mut socket, mut peer) = (bound(&stack).await, bound(&stack).await);
    let here = address(&socket);
    {
        let mut readable = pin!(Readable::readable(&mut socket));
        assert!(waits(&mut readable).await);
        UdpSend::send(&mut peer, here, b"late").await.unwrap();
        assert_eq!(timeout(LIMIT, readable).await.unwrap(), Ok(()));
    }
    assert_eq!(received(&mut socket).await.0, "late");
}

#[tokio::test]
async fn readable_leaves_an_error_to_the_receive() {
    let stack = Stack::new();
    let gone = address(&bound(&stack).await);
    let mut socket = UdpConnect::connect(&stack, ANYWHERE, gone).await.unwrap();
    UdpSend::send(&mut socket, gone, b"anybody there?")
        .await
        .unwrap();
    let readable = timeout(LIMIT, Readable::readable(&mut socket));
    assert_eq!(readable.await.unwrap(), Ok(()));
    let received = timeout(LIMIT, socket.receive(&mut [0; 4])).await.unwrap();
    assert_eq!(kind(received), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_receive_that_is_dropped_loses_nothing() {
    let stack = Stack::new();
    let (mut socket, mut peer) = (bound(&stack).await, bound(&stack).await);
    let here = address(&socket);
    {
        let mut buffer = [0; 64];
        let mut receive = pin!(socket.receive(&mut buffer));
        assert!(waits(&mut receive).await);
        UdpSend::send(&mut peer, here, b"kept").await.unwrap();
        // Woken, and not polled again.
        tokio::time::sleep(MOMENT).await;
    }
    assert_eq!(received(&mut socket).await.0, "kept");
}

#[tokio::test]
async fn errors_have_the_kinds_of_their_causes() {
    let stack = Stack::new();
    let mut socket = bound(&stack).await;
    let here = address(&socket);
    let again = UdpBind::bind(&stack, here).await;
    assert_eq!(kind(again), ErrorKind::AddrInUse);
    let nobodys = SocketAddr::from(([203, 0, 113, 77], 0));
    let bind = UdpBind::bind(&stack, nobodys).await;
    assert_eq!(kind(bind), ErrorKind::AddrNotAvailable);
    let too_long = UdpSend::send(&mut socket, here, &[0; 65_508]).await;
    assert_eq!(kind(too_long), ErrorKind::InvalidInput);
    let port_0 = UdpSend::send(&mut socket, ANYWHERE, b"x").await;
    assert_eq!(kind(port_0), ErrorKind::InvalidInput);
    let no_group = socket.join_v4(LOCALHOST, Ipv4Addr::UNSPECIFIED).await;
    assert_eq!(kind(no_group), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn sockets_share_an_address_if_their_stack_says_so() {
    let alone = Stack::new();
    let shared = alone.reuse_address(true);
    let first = bound(&shared).await;
    let here = address(&first);
    let second = UdpBind::bind(&shared, here).await.unwrap();
    assert_eq!(address(&second), here);
    assert_eq!(
        kind(UdpBind::bind(&alone, here).await),
        ErrorKind::AddrInUse
    );
}

#[tokio::test]
async fn names_have_addresses_and_addresses_have_no_names() {
    let stack = Stack::new();
    for (name, addr_type, wanted) in [
        ("localhost", AddrType::IPv4, IpAddr::V4(LOCALHOST)),
        ("localhost", AddrType::Either, IpAddr::V4(LOCALHOST)),
        ("::1", AddrType::IPv6, IpAddr::V6(Ipv6Addr::LOCALHOST)),
        ("::1", AddrType::Either, IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ] {
        let found = stack.get_host_by_name(name, addr_type).await;
        assert_eq!(found, Ok(wanted));
    }
    for (name, addr_type) in [
        ("::1", AddrType::IPv4),
        ("127.0.0.1", AddrType::IPv6),
        ("no..such", AddrType::Either),
    ] {
        let found = stack.get_host_by_name(name, addr_type).await;
        assert_eq!(kind(found), ErrorKind::NotFound, "{name}");
    }
    let mut name = [0; 255];
    let found = stack.get_host_by_address(LOCALHOST.into(), &mut name).await;
    assert_eq!(kind(found), ErrorKind::Unsupported);
}

/// Compiles only if what is not generic can move between threads.
#[tokio::test]
async fn the_futures_of_a_socket_are_send() {
    const fn is_send<T: Send>(_: &T) {}
    let stack = Stack::new();
    let mut socket = bound(&stack).await;
    is_send(&UdpBind::bind(&stack, ANYWHERE));
    is_send(&UdpConnect::connect(&stack, ANYWHERE, ANYWHERE));
    is_send(&socket.receive(&mut [0; 1]));
    is_send(&UdpSend::send(&mut socket, ANYWHERE, b"x"));
    is_send(&Readable::readable(&mut socket));
    is_send(&socket.join_v4(LOCALHOST, LOCALHOST));
}

fn run(test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(test);
}

const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);
const GROUP6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0x12, 0x34);
/// Of `any0`, by which groups leave, and of `any1`.
const FIRST: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);
const SECOND: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 10);

fn wildcard(port: u16) -> SocketAddr {
    (Ipv4Addr::UNSPECIFIED, port).into()
}

/// A socket whose IPv4 groups leave by the interface of an address.
async fn sender_on(stack: &Stack, interface: Ipv4Addr) -> Socket {
    let socket = UdpBind::bind(stack, wildcard(0)).await.unwrap();
    socket
        .set_multicast_interface(&interface.to_string())
        .unwrap();
    socket
}

#[test]
fn an_ipv4_group_is_joined_on_the_interface_of_the_address() {
    test_namespace::run(|| {
        run(async {
            let stack = Stack::new();
            let mut socket = UdpBind::bind(&stack, wildcard(5_000)).await.unwrap();
            let to = SocketAddr::from((GROUP, 5_000));
            let mut first = sender_on(&stack, FIRST).await;
            let mut second = sender_on(&stack, SECOND).await;
            socket.join_v4(GROUP, SECOND).await.unwrap();
            // That somebody else is a member there does not make this socket one.
            first.join_v4(GROUP, FIRST).await.unwrap();
            UdpSend::send(&mut first, to, b"first").await.unwrap();
            UdpSend::send(&mut second, to, b"second").await.unwrap();
            assert_eq!(received(&mut socket).await.0, "second");
            hears_nothing(&mut socket).await;
            socket.leave_v4(GROUP, SECOND).await.unwrap();
            // The system's choice is where the route leads.
            socket.join_v4(GROUP, Ipv4Addr::UNSPECIFIED).await.unwrap();
            UdpSend::send(&mut second, to, b"second").await.unwrap();
            UdpSend::send(&mut first, to, b"first").await.unwrap();
            assert_eq!(received(&mut socket).await.0, "first");
            hears_nothing(&mut socket).await;
            let nobodys = Ipv4Addr::new(203, 0, 113, 77);
            let join = socket.join_v4(GROUP, nobodys).await;
            assert_eq!(kind(join), ErrorKind::AddrNotAvailable);
        });
    });
}

#[test]
fn an_ipv6_group_is_joined_and_sent_to_on_the_interface_of_the_index() {
    test_namespace::run(|| {
        run(async {
            let stack = Stack::new();
            let anywhere = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 5_000));
            let mut socket = UdpBind::bind(&stack, anywhere).await.unwrap();
            let (first, second) = (
                interface_index("any0").unwrap(),
                interface_index("any1").unwrap(),
            );
            let on = |index| core::net::SocketAddrV6::new(GROUP6, 5_000, 0, index).into();
            let mut sender = socket.clone();
            socket.join_v6(GROUP6, second).await.unwrap();
            UdpSend::send(&mut sender, on(first), b"first")
                .await
                .unwrap();
            UdpSend::send(&mut sender, on(second), b"second")
                .await
                .unwrap();
            assert_eq!(received(&mut socket).await.0, "second");
            hears_nothing(&mut socket).await;
            let join = socket.join_v6(GROUP6, 4_000).await;
            assert_eq!(kind(join), ErrorKind::AddrNotAvailable);
        });
    });
}

#[test]
fn a_group_is_counted_for_each_socket() {
    test_namespace::run(|| {
        run(async {
            let stack = Stack::new().reuse_address(true);
            let mut leaver = UdpBind::bind(&stack, wildcard(5_000)).await.unwrap();
            let mut stayer = UdpBind::bind(&stack, wildcard(5_000)).await.unwrap();
            for socket in [&mut leaver, &mut stayer] {
                socket.join_v4(GROUP, FIRST).await.unwrap();
            }
            let again = leaver.join_v4(GROUP, FIRST).await;
            assert_eq!(kind(again), ErrorKind::AddrInUse);
            leaver.leave_v4(GROUP, FIRST).await.unwrap();
            let again = leaver.leave_v4(GROUP, FIRST).await;
            assert_eq!(kind(again), ErrorKind::AddrNotAvailable);
            let mut sender = sender_on(&stack, FIRST).await;
            let to = SocketAddr::from((GROUP, 5_000));
            UdpSend::send(&mut sender, to, b"still here").await.unwrap();
            assert_eq!(received(&mut stayer).await.0, "still here");
            hears_nothing(&mut leaver).await;
            drop(leaver);
            UdpSend::send(&mut sender, to, b"and here").await.unwrap();
            assert_eq!(received(&mut stayer).await.0, "and here");
            stayer.leave_v4(GROUP, FIRST).await.unwrap();
            UdpSend::send(&mut sender, to, b"gone").await.unwrap();
            hears_nothing(&mut stayer).await;
        });
    });
}

#[test]
fn the_parts_join_while_another_receives() {
    test_namespace::run(|| {
        run(async {
            let stack = Stack::new();
            let mut socket = UdpBind::bind(&stack, wildcard(5_000)).await.unwrap();
            socket.set_multicast_interface(&SECOND.to_string()).unwrap();
            let (mut receiver, mut sender, mut groups, mut groups6) = socket.split_multicast();
            let mut receive = pin!(received(&mut receiver));
            assert!(waits(&mut receive).await);
            groups.join_v4(GROUP, SECOND).await.unwrap();
            let to = SocketAddr::from((GROUP, 5_000));
            UdpSend::send(&mut sender, to, b"to all").await.unwrap();
            assert_eq!(receive.await.0, "to all");
            let other_family = groups6.join_v6(GROUP6, 0).await;
            assert_eq!(kind(other_family), ErrorKind::Unsupported);
        });
    });
}

#[test]
fn a_socket_of_both_families_is_in_groups_of_both() {
    test_namespace::run(|| {
        run(async {
            let stack = Stack::new();
            let anywhere = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 5_000));
            let mut socket = UdpBind::bind(&stack, anywhere).await.unwrap();
            socket.join_v4(GROUP, FIRST).await.unwrap();
            let mut sender = sender_on(&stack, FIRST).await;
            let to = SocketAddr::from((GROUP, 5_000));
            UdpSend::send(&mut sender, to, b"four").await.unwrap();
            let (text, remote) = received(&mut socket).await;
            assert_eq!(text, "four");
            let IpAddr::V6(mapped) = remote.ip() else {
                panic!("{remote} is no IPv6 address");
            };
            let plain = SocketAddr::from((mapped.to_ipv4_mapped().unwrap(), remote.port()));
            for form in [remote, plain] {
                UdpSend::send(&mut socket, form, b"back").await.unwrap();
                assert_eq!(received(&mut sender).await.0, "back");
            }
            let alone = Stack::new().ipv6_only(true);
            let anywhere = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0));
            let mut socket = UdpBind::bind(&alone, anywhere).await.unwrap();
            assert!(UdpSend::send(&mut socket, plain, b"x").await.is_err());
        });
    });
}

#[test]
fn broadcasts_may_be_sent() {
    test_namespace::run(|| {
        run(async {
            let stack = Stack::new();
            let mut socket = UdpBind::bind(&stack, wildcard(5_000)).await.unwrap();
            let everybody = SocketAddr::from((Ipv4Addr::BROADCAST, 5_000));
            let mut sender = socket.clone();
            UdpSend::send(&mut sender, everybody, b"everybody")
                .await
                .unwrap();
            assert_eq!(received(&mut socket).await.0, "everybody");
        });
    });
}
