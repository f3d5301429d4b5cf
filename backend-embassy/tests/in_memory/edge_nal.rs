//! The traits of edge-nal, as a program that is generic over them meets them.

#[path = "edge_nal/groups.rs"]
mod groups;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::pin::pin;

use anydgram_core::Error;
use anydgram_embassy::Socket;
use anydgram_embassy::edge_nal::Stack;
use edge_nal::io::{Error as _, ErrorKind};
use edge_nal::{
    AddrType, Dns as _, MulticastV4, Readable, UdpBind, UdpConnect, UdpReceive, UdpSend, UdpSplit,
};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::channel::Channel;

use crate::lab::{Lab, leaked};

const ANY: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

/// An address of the computer of this number.
fn at(number: u8, port: u16) -> SocketAddr {
    ([192, 0, 2, number], port).into()
}

fn wildcard(port: u16) -> SocketAddr {
    (ANY, port).into()
}

fn bound(lab: &mut Lab, stack: &Stack<'static>, local: SocketAddr) -> Socket<'static> {
    lab.wait(UdpBind::bind(stack, local)).unwrap()
}

/// Two computers in a lab, 1 and 2.
fn lab() -> (Lab, [Stack<'static>; 2]) {
    let mut lab = Lab::new();
    let stacks = [1, 2].map(|number| Stack::new(lab.computer(number).host));
    (lab, stacks)
}

/// The same with a socket on each, at port 7 of its address.
fn pair() -> (Lab, [Stack<'static>; 2], [Socket<'static>; 2]) {
    let (mut lab, stacks) = lab();
    let [one, two] = &stacks;
    let sockets = [
        bound(&mut lab, one, at(1, 7)),
        bound(&mut lab, two, at(2, 7)),
    ];
    (lab, stacks, sockets)
}

fn send<S: UdpSend<Error = Error<'static>>>(
    lab: &mut Lab,
    socket: &mut S,
    remote: SocketAddr,
    text: &str,
) {
    let sent = lab.wait(socket.send(remote, text.as_bytes()));
    assert_eq!(sent, Ok(()), "{text}");
}

/// Takes a datagram of at most 64 bytes.
async fn take<R: UdpReceive<Error = Error<'static>>>(socket: &mut R) -> (String, SocketAddr) {
    let mut buffer = [0; 64];
    let (length, remote) = socket.receive(&mut buffer).await.unwrap();
    (
        String::from_utf8_lossy(&buffer[..length]).into_owned(),
        remote,
    )
}

fn received<R: UdpReceive<Error = Error<'static>>>(
    lab: &mut Lab,
    socket: &mut R,
) -> (String, SocketAddr) {
    lab.wait(take(socket))
}

fn hears_nothing<R: UdpReceive<Error = Error<'static>>>(lab: &mut Lab, socket: &mut R) {
    assert_eq!(lab.wait_for(20, take(socket)), None);
}

fn kind<T: core::fmt::Debug>(result: Result<T, Error<'static>>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn a_datagram_that_is_cut_has_its_full_length() {
    let (mut lab, _, [mut receiver, mut sender]) = pair();
    for text in ["truncated", "", "whole"] {
        send(&mut lab, &mut sender, at(1, 7), text);
    }
    let mut buffer = [0; 5];
    assert_eq!(lab.wait(receiver.receive(&mut buffer)), Ok((9, at(2, 7))));
    assert_eq!(&buffer, b"trunc");
    assert_eq!(lab.wait(receiver.receive(&mut buffer)), Ok((0, at(2, 7))));
    assert_eq!(lab.wait(receiver.receive(&mut buffer)), Ok((5, at(2, 7))));
    assert_eq!(&buffer, b"whole");
}

#[test]
fn the_parts_send_while_they_wait_to_receive() {
    let (mut lab, _, [mut socket, mut peer]) = pair();
    let (mut receiver, mut sender) = socket.split();
    let mut receive = pin!(take(&mut receiver));
    assert_eq!(lab.wait_for(0, &mut receive), None);
    send(&mut lab, &mut sender, at(2, 7), "question");
    let question = received(&mut lab, &mut peer);
    assert_eq!(question, ("question".into(), at(1, 7)));
    assert_eq!(lab.wait_for(0, &mut receive), None);
    send(&mut lab, &mut peer, at(1, 7), "answer");
    assert_eq!(lab.wait(receive), ("answer".into(), at(2, 7)));
}

/// Every datagram that one task receives another sends back; nothing is lost, and nobody sleeps on.
#[test]
fn the_parts_work_in_tasks_of_their_own() {
    const BURST: usize = 16;
    let (mut lab, _, [server, mut client]) = pair();
    let (mut from, mut back) = leaked(server).split();
    let queue = &*leaked(Channel::<NoopRawMutex, _, BURST>::new());
    lab.spawn(async move {
        loop {
            queue.send(take(&mut from).await).await;
        }
    });
    lab.spawn(async move {
        loop {
            let (text, remote) = queue.receive().await;
            UdpSend::send(&mut back, remote, text.as_bytes())
                .await
                .unwrap();
        }
    });
    let (mut answers, mut questions) = client.split();
    let asked = lab.wait_for(1000, async {
        for round in 0..50 {
            for number in 0..BURST {
                let text = format!("{round}.{number}");
                UdpSend::send(&mut questions, at(1, 7), text.as_bytes())
                    .await
                    .unwrap();
            }
            for number in 0..BURST {
                let answer = take(&mut answers).await;
                assert_eq!(answer, (format!("{round}.{number}"), at(1, 7)));
            }
        }
    });
    assert_eq!(asked, Some(()));
}

#[test]
fn a_connected_socket_ignores_where_to_and_hears_its_peer_only() {
    let (mut lab, [one, _], [mut peer, mut stranger]) = pair();
    let connected = UdpConnect::connect(&one, wildcard(0), at(1, 7));
    let mut socket = lab.wait(connected).unwrap();
    let here = SocketAddr::from(socket.address().unwrap());
    assert_eq!(here.ip(), at(1, 7).ip());
    send(&mut lab, &mut socket, at(2, 7), "to the peer");
    assert_eq!(received(&mut lab, &mut peer), ("to the peer".into(), here));
    hears_nothing(&mut lab, &mut stranger);
    send(&mut lab, &mut stranger, here, "psst");
    send(&mut lab, &mut peer, here, "back");
    assert_eq!(received(&mut lab, &mut socket), ("back".into(), at(1, 7)));
    hears_nothing(&mut lab, &mut socket);
}

#[test]
fn readable_takes_nothing() {
    let (mut lab, _, [mut socket, mut peer]) = pair();
    assert_eq!(lab.wait_for(20, Readable::readable(&mut socket)), None);
    for text in ["one", "two"] {
        send(&mut lab, &mut peer, at(1, 7), text);
    }
    for text in ["one", "two"] {
        for _ in 0..2 {
            assert_eq!(lab.wait(Readable::readable(&mut socket)), Ok(()));
        }
        assert_eq!(received(&mut lab, &mut socket).0, text);
    }
    assert_eq!(lab.wait_for(20, Readable::readable(&mut socket)), None);
    lab.wait(socket.close()).unwrap();
    let closed = lab.wait(Readable::readable(&mut socket));
    assert_eq!(kind(closed), ErrorKind::InvalidInput);
}

#[test]
fn readable_wakes_for_what_comes_later() {
    let (mut lab, _, [mut socket, mut peer]) = pair();
    {
        let mut readable = pin!(Readable::readable(&mut socket));
        assert_eq!(lab.wait_for(0, &mut readable), None);
        send(&mut lab, &mut peer, at(1, 7), "late");
        assert_eq!(lab.wait(readable), Ok(()));
    }
    assert_eq!(received(&mut lab, &mut socket).0, "late");
}

#[test]
fn whoever_waits_for_a_datagram_is_woken_beside_whoever_takes_it() {
    let (mut lab, _, [mut socket, mut peer]) = pair();
    let (mut receiver, _) = socket.split();
    let mut other = receiver;
    let mut readable = pin!(Readable::readable(&mut receiver));
    assert_eq!(lab.wait_for(0, &mut readable), None);
    let mut receive = pin!(take(&mut other));
    assert_eq!(lab.wait_for(0, &mut receive), None);
    send(&mut lab, &mut peer, at(1, 7), "late");
    assert_eq!(lab.wait(readable), Ok(()));
    assert_eq!(lab.wait(receive).0, "late");
}

#[test]
fn readable_leaves_an_error_to_the_receive() {
    let (mut lab, [one, _]) = lab();
    let connected = UdpConnect::connect(&one, wildcard(0), at(2, 9));
    let mut socket = lab.wait(connected).unwrap();
    send(&mut lab, &mut socket, at(2, 9), "anybody there?");
    assert_eq!(lab.wait(Readable::readable(&mut socket)), Ok(()));
    let received = lab.wait(socket.receive(&mut [0; 4]));
    assert_eq!(kind(received), ErrorKind::ConnectionRefused);
}

#[test]
fn a_receive_that_is_dropped_loses_nothing() {
    let (mut lab, _, [mut socket, mut peer]) = pair();
    for _ in 0..20 {
        {
            let mut receive = pin!(take(&mut socket));
            assert_eq!(lab.wait_for(0, &mut receive), None);
            send(&mut lab, &mut peer, at(1, 7), "kept");
            // Woken, and not polled again.
            lab.settle();
        }
        assert_eq!(received(&mut lab, &mut socket).0, "kept");
    }
}

#[test]
fn errors_have_the_kinds_of_their_causes() {
    let (mut lab, [one, _], [mut socket, _]) = pair();
    let again = lab.wait(UdpBind::bind(&one, at(1, 7)));
    assert_eq!(kind(again), ErrorKind::AddrInUse);
    let nobodys = lab.wait(UdpBind::bind(&one, at(77, 0)));
    assert_eq!(kind(nobodys), ErrorKind::AddrNotAvailable);
    let too_long = lab.wait(UdpSend::send(&mut socket, at(2, 7), &[0; 65_508]));
    assert_eq!(kind(too_long), ErrorKind::InvalidInput);
    let port_0 = lab.wait(UdpSend::send(&mut socket, at(2, 0), b"x"));
    assert_eq!(kind(port_0), ErrorKind::InvalidInput);
    let no_group = lab.wait(socket.join_v4(Ipv4Addr::LOCALHOST, ANY));
    assert_eq!(kind(no_group), ErrorKind::InvalidInput);
}

#[test]
fn memory_that_is_used_up_is_the_error_of_the_bind() {
    let (mut lab, [one, _]) = lab();
    let mut sockets = Vec::new();
    let refused = loop {
        match lab.wait(UdpBind::bind(&one, wildcard(0))) {
            Ok(socket) => sockets.push(socket),
            Err(error) => break error,
        }
    };
    assert_eq!(refused.to_string(), "open ENOBUFS");
    assert_eq!(refused.kind(), ErrorKind::OutOfMemory);
    assert_eq!(sockets.len(), 8);
    sockets.pop();
    // A bind that fails gives its memory back.
    for _ in 0..3 {
        let nobodys = lab.wait(UdpBind::bind(&one, at(77, 0)));
        assert_eq!(kind(nobodys), ErrorKind::AddrNotAvailable);
    }
    bound(&mut lab, &one, wildcard(0));
}

#[test]
fn sockets_share_an_address_if_their_stack_says_so() {
    let (mut lab, [alone, _]) = lab();
    let shared = alone.reuse_address(true);
    let _first = bound(&mut lab, &shared, at(1, 7));
    let _second = bound(&mut lab, &shared, at(1, 7));
    let refused = lab.wait(UdpBind::bind(&alone, at(1, 7)));
    assert_eq!(kind(refused), ErrorKind::AddrInUse);
}

#[test]
fn the_host_knows_some_names_itself_and_addresses_have_none() {
    let (mut lab, [one, _]) = lab();
    let [v4, v6] = [
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ];
    for (name, addr_type, wanted) in [
        ("localhost", AddrType::IPv4, v4),
        ("localhost", AddrType::IPv6, v6),
        ("localhost", AddrType::Either, v4),
        ("::1", AddrType::IPv6, v6),
        ("::1", AddrType::Either, v6),
    ] {
        let found = lab.wait(one.get_host_by_name(name, addr_type));
        assert_eq!(found, Ok(wanted), "{name}");
    }
    for (name, addr_type) in [
        ("::1", AddrType::IPv4),
        ("127.0.0.1", AddrType::IPv6),
        ("no..such", AddrType::Either),
    ] {
        let found = lab.wait(one.get_host_by_name(name, addr_type));
        assert_eq!(kind(found), ErrorKind::NotFound, "{name}");
    }
    let mut name = [0; 255];
    let found = lab.wait(one.get_host_by_address(v4, &mut name));
    assert_eq!(kind(found), ErrorKind::Unsupported);
}

#[cfg(feature = "dns")]
#[test]
fn names_are_asked_of_the_server() {
    let (mut lab, client) = crate::names::lab();
    let stack = Stack::new(client.host);
    let v6 = IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1));
    for (addr_type, wanted) in [
        (AddrType::IPv4, at(1, 0).ip()),
        (AddrType::IPv6, v6),
        (AddrType::Either, at(1, 0).ip()),
    ] {
        let found = lab.wait(stack.get_host_by_name("printer.lan", addr_type));
        assert_eq!(found, Ok(wanted));
    }
    let nobody = lab.wait(stack.get_host_by_name("nobody.lan", AddrType::Either));
    assert_eq!(kind(nobody), ErrorKind::NotFound);
}
