//! The traits of embedded-nal-async: on loopback, and with several addresses in a private network namespace.
#![cfg(all(target_os = "linux", feature = "embedded-nal-async"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[expect(dead_code, reason = "shared with tests that use all of it")]
#[path = "../src/test_namespace.rs"]
mod test_namespace;

use core::future::{Future, poll_fn};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use core::pin::{Pin, pin};
use core::task::Poll;
use core::time::Duration;

use anydgram_std::embedded_nal_async::{Stack, Unconnected};
use anydgram_std::tokio::Socket;
use anydgram_std::{Datagram, Error, Interface, SocketType, interface_index};
use embedded_io::{Error as _, ErrorKind};
use embedded_nal_async::{AddrType, ConnectedUdp, Dns as _, UdpStack, UnconnectedUdp};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(5);
const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;
const ANYWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(LOCALHOST), 0);
const ANYBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Takes a datagram: its text, where it came to, and from where.
async fn received(socket: &mut Unconnected) -> (String, SocketAddr, SocketAddr) {
    let mut buffer = [0; 64];
    let receive = timeout(LIMIT, socket.receive_into(&mut buffer));
    let (length, local, remote) = receive.await.unwrap().unwrap();
    let data = buffer.get(..length).unwrap();
    (String::from_utf8_lossy(data).into_owned(), local, remote)
}

async fn told(socket: &mut Socket) -> String {
    let mut buffer = [0; 64];
    let receive = timeout(LIMIT, ConnectedUdp::receive_into(socket, &mut buffer));
    let length = receive.await.unwrap().unwrap();
    String::from_utf8_lossy(buffer.get(..length).unwrap()).into_owned()
}

fn kind<T: core::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

/// Polls a future once; `true` if it has to wait.
async fn waits<F: Future>(future: &mut Pin<&mut F>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
}

#[tokio::test]
async fn a_connected_pair_knows_its_addresses_and_full_lengths() {
    let stack = Stack::new();
    let (address, mut server) = stack.bind_single(ANYWHERE).await.unwrap();
    assert_eq!(address.ip(), LOCALHOST);
    assert_ne!(address.port(), 0);
    let (own, mut client) = stack.connect(address).await.unwrap();
    assert_eq!(own.ip(), LOCALHOST);
    client_sends(&mut client, "truncated").await;
    let mut buffer = [0; 5];
    let (length, local, remote) = server.receive_into(&mut buffer).await.unwrap();
    assert_eq!(
        (length, &buffer, local, remote),
        (9, b"trunc", address, own)
    );
    server.send(local, remote, b"cut as well").await.unwrap();
    let length = ConnectedUdp::receive_into(&mut client, &mut buffer).await;
    assert_eq!((length, &buffer), (Ok(11), b"cut a"));
    let given = at("127.0.0.2:0");
    let (own, mut client) = stack.connect_from(given, address).await.unwrap();
    assert_eq!(own.ip(), given.ip());
    client_sends(&mut client, "from there").await;
    let told = received(&mut server).await;
    assert_eq!(told, ("from there".into(), address, own));
}

async fn client_sends(client: &mut Socket, text: &str) {
    ConnectedUdp::send(client, text.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn a_socket_of_all_addresses_answers_from_the_one_that_was_asked() {
    let stack = Stack::new();
    let mut server = stack.bind_multiple(ANYBODY).await.unwrap();
    let port = server.socket().address().unwrap().port;
    for ip in ["127.0.0.1", "127.0.0.2", "127.3.2.1"] {
        let address = SocketAddr::new(ip.parse().unwrap(), port);
        let (own, mut client) = stack.connect(address).await.unwrap();
        client_sends(&mut client, "question").await;
        let (text, local, remote) = received(&mut server).await;
        assert_eq!((&*text, local, remote), ("question", address, own));
        // The client hears nobody else.
        server.send(local, remote, b"answer").await.unwrap();
        assert_eq!(told(&mut client).await, "answer");
    }
}

#[tokio::test]
async fn a_socket_of_all_addresses_tells_full_lengths() {
    let stack = Stack::new();
    let mut server = stack.bind_multiple(ANYBODY).await.unwrap();
    let port = server.socket().address().unwrap().port;
    let address = SocketAddr::from((LOCALHOST, port));
    let (own, mut client) = stack.connect(address).await.unwrap();
    for text in ["truncated", "", "whole"] {
        client_sends(&mut client, text).await;
    }
    let mut buffer = [0; 5];
    for length in [9, 0, 5] {
        let received = server.receive_into(&mut buffer).await;
        assert_eq!(received, Ok((length, address, own)));
    }
    assert_eq!(&buffer, b"whole");
}

#[tokio::test]
async fn datagrams_that_come_together_tell_their_addresses_and_full_lengths() {
    let stack = Stack::new();
    let mut server = stack.bind_multiple(ANYBODY).await.unwrap();
    let port = server.socket().address().unwrap().port;
    let client = Socket::bound(SocketType::Udp4, 0).await.unwrap();
    let own_port = client.address().unwrap().port;
    let at = |ip: &str| SocketAddr::new(ip.parse().unwrap(), port);
    for _ in 0..3 {
        for there in [at("127.0.0.2"), at("127.3.2.1")] {
            let datagrams = [Datagram::new("question").to(there); 20];
            let each = |_, sent| assert_eq!(sent, Ok(8));
            client.send_many(&datagrams, each).await;
        }
        let mut buffer = [0; 4];
        for there in [at("127.0.0.2"), at("127.3.2.1")] {
            for _ in 0..20 {
                let receive = timeout(LIMIT, server.receive_into(&mut buffer)).await;
                let (length, local, remote) = receive.unwrap().unwrap();
                assert_eq!((&buffer, length, local), (b"ques", 8, there));
                assert_eq!(remote.port(), own_port);
            }
        }
    }
    let datagrams = [Datagram::new("question").to(at("127.0.0.1")); 2];
    client
        .send_many(&datagrams, |_, sent| assert_eq!(sent, Ok(8)))
        .await;
    let (_, meta) = server.socket().recv_from(&mut [0; 8]).await.unwrap();
    assert_eq!(meta.segment_stride, Some(8));
}

#[tokio::test]
async fn ipv6_and_mapped_addresses_are_told_and_honoured() {
    let stack = Stack::new();
    let anybody = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0));
    let mut server = stack.bind_multiple(anybody).await.unwrap();
    let port = server.socket().address().unwrap().port;
    let (own, mut client) = stack
        .connect(SocketAddr::from((Ipv6Addr::LOCALHOST, port)))
        .await
        .unwrap();
    client_sends(&mut client, "six").await;
    let (text, local, remote) = received(&mut server).await;
    assert_eq!(
        (&*text, local.ip(), remote),
        ("six", IpAddr::V6(Ipv6Addr::LOCALHOST), own)
    );
    server.send(local, remote, b"back").await.unwrap();
    assert_eq!(told(&mut client).await, "back");

    let four = Ipv4Addr::new(127, 0, 0, 2);
    let (_, mut client) = stack.connect(SocketAddr::from((four, port))).await.unwrap();
    client_sends(&mut client, "four").await;
    let (text, local, remote) = received(&mut server).await;
    assert_eq!(
        (&*text, local.ip()),
        ("four", IpAddr::V6(four.to_ipv6_mapped()))
    );
    let plain = SocketAddr::from((four, port));
    for local in [local, plain] {
        server.send(local, remote, b"back").await.unwrap();
        assert_eq!(told(&mut client).await, "back");
    }
}

#[tokio::test]
async fn a_source_that_is_not_the_sockets_is_refused() {
    let stack = Stack::new();
    let (to, mut peer) = stack.bind_single(ANYWHERE).await.unwrap();
    let (here, mut single) = stack.bind_single(ANYWHERE).await.unwrap();
    let mut multiple = stack.bind_multiple(ANYBODY).await.unwrap();
    let other_port = SocketAddr::from((LOCALHOST, 9));
    for local in [other_port, at("127.0.0.2:0"), at("[::1]:0")] {
        let sent = single.send(local, to, b"x").await;
        assert_eq!(kind(sent), ErrorKind::InvalidInput, "{local}");
    }
    for local in [other_port, at("[::1]:0")] {
        let sent = multiple.send(local, to, b"x").await;
        assert_eq!(kind(sent), ErrorKind::InvalidInput, "{local}");
    }
    // The system has more than one word for it.
    let nobodys = multiple.send(at("203.0.113.77:0"), to, b"x").await;
    assert!(nobodys.is_err());
    for local in [
        ANYBODY,
        ANYWHERE,
        here,
        SocketAddr::from((Ipv4Addr::UNSPECIFIED, here.port())),
    ] {
        single.send(local, to, b"single").await.unwrap();
        assert_eq!(received(&mut peer).await, ("single".into(), to, here));
    }
    let port = multiple.socket().address().unwrap().port;
    multiple.send(ANYBODY, to, b"multiple").await.unwrap();
    let from = SocketAddr::from((LOCALHOST, port));
    assert_eq!(received(&mut peer).await, ("multiple".into(), to, from));
}

#[tokio::test]
async fn a_receive_that_is_dropped_loses_nothing() {
    let stack = Stack::new();
    let mut server = stack.bind_multiple(ANYBODY).await.unwrap();
    let port = server.socket().address().unwrap().port;
    let (_, mut client) = stack
        .connect(SocketAddr::from((LOCALHOST, port)))
        .await
        .unwrap();
    {
        let mut buffer = [0; 64];
        let mut receive = pin!(server.receive_into(&mut buffer));
        assert!(waits(&mut receive).await);
        client_sends(&mut client, "kept").await;
        // Woken, and not polled again.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(received(&mut server).await.0, "kept");
}

#[tokio::test]
async fn errors_have_the_kinds_of_their_causes() {
    let stack = Stack::new();
    let (here, _socket) = stack.bind_single(ANYWHERE).await.unwrap();
    assert_eq!(kind(stack.bind_single(here).await), ErrorKind::AddrInUse);
    assert_eq!(kind(stack.bind_multiple(here).await), ErrorKind::AddrInUse);
    let nobodys = stack.bind_single(at("203.0.113.77:0")).await;
    assert_eq!(kind(nobodys), ErrorKind::AddrNotAvailable);
    let (gone, socket) = stack.bind_single(ANYWHERE).await.unwrap();
    drop(socket);
    let (_, mut client) = stack.connect(gone).await.unwrap();
    client_sends(&mut client, "anybody there?").await;
    let mut buffer = [0; 4];
    let refused = timeout(LIMIT, ConnectedUdp::receive_into(&mut client, &mut buffer));
    assert_eq!(kind(refused.await.unwrap()), ErrorKind::ConnectionRefused);
    let found = stack.get_host_by_name("127.0.0.1", AddrType::Either).await;
    assert_eq!(found, Ok(LOCALHOST.into()));
    let mut name = [0; 255];
    let found = stack.get_host_by_address(LOCALHOST.into(), &mut name).await;
    assert_eq!(kind(found), ErrorKind::Unsupported);
}

fn run(test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap().block_on(test);
}

#[test]
fn one_address_is_picked_of_all_and_no_other_is_bound() {
    test_namespace::run(|| {
        run(async {
            let stack = Stack::new();
            let (address, mut socket) = stack.bind_single(at("0.0.0.0:5000")).await.unwrap();
            assert_eq!(address, at("192.0.2.10:5000"));
            let (elsewhere, _other) = stack.bind_single(at("192.0.2.11:5000")).await.unwrap();
            assert_eq!(elsewhere, at("192.0.2.11:5000"));
            let (_, mut client) = stack.connect(address).await.unwrap();
            client_sends(&mut client, "here").await;
            assert_eq!(received(&mut socket).await.1, address);
            let (address, _socket) = stack.bind_single(at("[::]:5000")).await.unwrap();
            // The system's order is its own, but a link-local one would be the last.
            assert!(address.to_string().starts_with("[2001:db8::1"), "{address}");
        });
    });
}

#[test]
fn an_answer_to_a_group_leaves_by_its_interface_from_an_own_address() {
    test_namespace::run(|| {
        run(async {
            let stack = Stack::new();
            let mut server = stack.bind_multiple(at("0.0.0.0:5000")).await.unwrap();
            let group = at("239.1.2.3:5000");
            let second = Interface::Address(Ipv4Addr::new(198, 51, 100, 10));
            server.socket().add_membership(group.ip(), second).unwrap();
            let (own, client) = stack.bind_single(at("198.51.100.10:0")).await.unwrap();
            client
                .socket()
                .set_multicast_interface("198.51.100.10")
                .unwrap();
            let mut client = client;
            client.send(own, group, b"who is there?").await.unwrap();
            let (text, local, remote) = received(&mut server).await;
            assert_eq!((&*text, local, remote), ("who is there?", group, own));
            server.send(local, remote, b"me").await.unwrap();
            let (text, _, from) = received(&mut client).await;
            assert_eq!((&*text, from), ("me", at("198.51.100.10:5000")));
        });
    });
}

#[test]
fn a_scope_tells_the_interface_both_ways() {
    test_namespace::run(|| {
        run(async {
            let stack = Stack::new();
            let index = interface_index("any1").unwrap();
            let anybody = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 5_000));
            let mut server = stack.bind_multiple(anybody).await.unwrap();
            let group: Ipv6Addr = "ff02::1234".parse().unwrap();
            let on = |ip, scope_id| SocketAddr::from(SocketAddrV6::new(ip, 5_000, 0, scope_id));
            let socket = server.socket();
            socket
                .add_membership(group.into(), Interface::Index(index))
                .unwrap();
            // Where it leaves is for the local address to say, as the remote one does not.
            let nobody = on(Ipv6Addr::UNSPECIFIED, index);
            server.send(nobody, on(group, 0), b"hello").await.unwrap();
            let (text, local, remote) = received(&mut server).await;
            assert_eq!((&*text, local), ("hello", on(group, index)));
            let SocketAddr::V6(sender) = remote else {
                panic!("{remote} is no IPv6 address");
            };
            assert_eq!(
                (*sender.ip(), sender.scope_id()),
                ("fe80::20".parse().unwrap(), index)
            );
            let own = on("2001:db8:1::10".parse().unwrap(), 0);
            server.send(own, on(group, index), b"again").await.unwrap();
            assert_eq!(received(&mut server).await.2, own);
        });
    });
}
