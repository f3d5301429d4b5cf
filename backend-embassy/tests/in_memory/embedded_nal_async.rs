//! The traits of embedded-nal-async, as a program that is generic over them meets them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use core::pin::pin;

use anydgram_core::{Error, Interface};
use anydgram_embassy::Socket;
use anydgram_embassy::embedded_nal_async::{Stack, Unconnected};
use embedded_io::{Error as _, ErrorKind};
use embedded_nal_async::{AddrType, ConnectedUdp, Dns as _, UdpStack, UnconnectedUdp};

use crate::lab::{Lab, config};

/// The index of a computer's only interface but for loopback.
const ETHERNET: u32 = 2;

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// The link-local address of the computer of this number, with its scope.
fn link_local(number: u16, port: u16) -> SocketAddr {
    let ip = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, number);
    SocketAddrV6::new(ip, port, 0, ETHERNET).into()
}

/// Two computers in a lab, 1 and 2.
fn lab() -> (Lab, [Stack<'static>; 2]) {
    let mut lab = Lab::new();
    let stacks = [1, 2].map(|number| Stack::new(lab.computer(number).host));
    (lab, stacks)
}

fn single(lab: &mut Lab, stack: &Stack<'static>, local: &str) -> Unconnected<'static> {
    lab.wait(stack.bind_single(at(local))).unwrap().1
}

fn multiple(lab: &mut Lab, stack: &Stack<'static>, local: &str) -> Unconnected<'static> {
    lab.wait(stack.bind_multiple(at(local))).unwrap()
}

fn connected(
    lab: &mut Lab,
    stack: &Stack<'static>,
    remote: SocketAddr,
) -> (SocketAddr, Socket<'static>) {
    lab.wait(stack.connect(remote)).unwrap()
}

fn tell(lab: &mut Lab, socket: &mut Socket<'_>, text: &str) {
    let sent = lab.wait(ConnectedUdp::send(socket, text.as_bytes()));
    assert_eq!(sent, Ok(()), "{text}");
}

fn told(lab: &mut Lab, socket: &mut Socket<'_>) -> String {
    let mut buffer = [0; 64];
    let length = lab.wait(ConnectedUdp::receive_into(socket, &mut buffer));
    String::from_utf8_lossy(&buffer[..length.unwrap()]).into_owned()
}

fn send(
    lab: &mut Lab,
    socket: &mut Unconnected<'_>,
    (local, remote): (SocketAddr, SocketAddr),
    text: &str,
) {
    let sent = lab.wait(socket.send(local, remote, text.as_bytes()));
    assert_eq!(sent, Ok(()), "{text} from {local} to {remote}");
}

/// Takes a datagram: its text, where it came to, and from where.
async fn take(socket: &mut Unconnected<'_>) -> (String, SocketAddr, SocketAddr) {
    let mut buffer = [0; 64];
    let (length, local, remote) = socket.receive_into(&mut buffer).await.unwrap();
    let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
    (text, local, remote)
}

fn received(lab: &mut Lab, socket: &mut Unconnected<'_>) -> (String, SocketAddr, SocketAddr) {
    lab.wait(take(socket))
}

fn kind<T: core::fmt::Debug>(result: Result<T, Error<'static>>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn a_connected_pair_knows_its_addresses_and_full_lengths() {
    let (mut lab, [one, two]) = lab();
    let here = at("192.0.2.1:7");
    let (address, mut server) = lab.wait(one.bind_single(here)).unwrap();
    assert_eq!(address, here);
    let (own, mut client) = connected(&mut lab, &two, here);
    assert_eq!(own.ip(), at("192.0.2.2:0").ip());
    assert_ne!(own.port(), 0);
    tell(&mut lab, &mut client, "truncated");
    let mut buffer = [0; 5];
    let taken = lab.wait(server.receive_into(&mut buffer));
    assert_eq!((taken, &buffer), (Ok((9, here, own)), b"trunc"));
    send(&mut lab, &mut server, (here, own), "cut as well");
    let taken = lab.wait(ConnectedUdp::receive_into(&mut client, &mut buffer));
    assert_eq!((taken, &buffer), (Ok(11), b"cut a"));
    let given = at("192.0.2.2:9");
    let (own, mut client) = lab.wait(two.connect_from(given, here)).unwrap();
    assert_eq!(own, given);
    tell(&mut lab, &mut client, "from there");
    let taken = received(&mut lab, &mut server);
    assert_eq!(taken, ("from there".into(), here, given));
}

#[test]
fn a_socket_of_all_addresses_answers_from_the_one_that_was_asked() {
    let (mut lab, [one, two]) = lab();
    let mut server = multiple(&mut lab, &one, "[::]:7");
    let mut server4 = multiple(&mut lab, &one, "0.0.0.0:8");
    for (stack, asked) in [
        (&two, link_local(1, 7)),
        (&one, link_local(1, 7)),
        (&one, at("[::1]:7")),
    ] {
        let (own, mut client) = connected(&mut lab, stack, asked);
        tell(&mut lab, &mut client, "question");
        let (text, local, remote) = received(&mut lab, &mut server);
        assert_eq!((&*text, local, remote), ("question", asked, own));
        // The client hears nobody else.
        send(&mut lab, &mut server, (local, remote), "answer");
        assert_eq!(told(&mut lab, &mut client), "answer");
    }
    for (stack, asked) in [
        (&two, at("192.0.2.1:8")),
        (&one, at("192.0.2.1:8")),
        (&one, at("127.0.0.1:8")),
    ] {
        let (own, mut client) = connected(&mut lab, stack, asked);
        tell(&mut lab, &mut client, "question");
        let (text, local, remote) = received(&mut lab, &mut server4);
        assert_eq!((&*text, local, remote), ("question", asked, own));
        send(&mut lab, &mut server4, (local, remote), "answer");
        assert_eq!(told(&mut lab, &mut client), "answer");
    }
}

#[test]
fn mapped_addresses_are_told_and_honoured() {
    let (mut lab, [one, two]) = lab();
    let mut server = multiple(&mut lab, &one, "[::]:7");
    let four = Ipv4Addr::new(192, 0, 2, 1);
    let (own, mut client) = connected(&mut lab, &two, (four, 7).into());
    tell(&mut lab, &mut client, "four");
    let (text, local, remote) = received(&mut lab, &mut server);
    let mapped = SocketAddr::from((four.to_ipv6_mapped(), 7));
    assert_eq!((&*text, local), ("four", mapped));
    for local in [mapped, (four, 7).into(), at("[::]:0"), at("0.0.0.0:7")] {
        for remote in [remote, own] {
            send(&mut lab, &mut server, (local, remote), "back");
            assert_eq!(told(&mut lab, &mut client), "back");
        }
    }
}

#[test]
fn what_the_source_would_not_be_is_refused() {
    let (mut lab, [one, two]) = lab();
    let to = at("192.0.2.2:9");
    let mut peer = single(&mut lab, &two, "192.0.2.2:9");
    let mut alone = single(&mut lab, &one, "192.0.2.1:7");
    let mut all = multiple(&mut lab, &one, "0.0.0.0:8");
    lab.seen();
    let scoped = SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 3).into();
    for local in [
        at("192.0.2.1:9"),
        at("192.0.2.77:0"),
        at("127.0.0.1:0"),
        at("[::1]:0"),
        scoped,
    ] {
        for socket in [&mut alone, &mut all] {
            let sent = lab.wait(socket.send(local, to, b"x"));
            assert_eq!(kind(sent), ErrorKind::InvalidInput, "{local}");
        }
    }
    lab.settle();
    assert_eq!(lab.seen(), Vec::<Vec<u8>>::new());
    for local in ["0.0.0.0:0", "192.0.2.1:0", "192.0.2.1:7", "0.0.0.0:7"] {
        send(&mut lab, &mut alone, (at(local), to), "single");
        let from = received(&mut lab, &mut peer);
        assert_eq!(from, ("single".into(), to, at("192.0.2.1:7")));
    }
    for local in ["0.0.0.0:0", "192.0.2.1:0", "192.0.2.1:8", "0.0.0.0:8"] {
        send(&mut lab, &mut all, (at(local), to), "multiple");
        let from = received(&mut lab, &mut peer);
        assert_eq!(from, ("multiple".into(), to, at("192.0.2.1:8")));
    }
    // What fails anyway says why.
    let sent = lab.wait(all.send(at("192.0.2.77:0"), at("[fe80::2]:9"), b"x"));
    assert_eq!(sent.unwrap_err().to_string(), "send EINVAL fe80::2:9");
}

#[test]
fn a_receive_that_is_dropped_loses_nothing() {
    let (mut lab, [one, two]) = lab();
    let mut server = multiple(&mut lab, &one, "0.0.0.0:7");
    let (_, mut client) = connected(&mut lab, &two, at("192.0.2.1:7"));
    {
        let mut receive = pin!(take(&mut server));
        assert_eq!(lab.wait_for(0, &mut receive), None);
        tell(&mut lab, &mut client, "kept");
        // Woken, and not polled again.
        lab.settle();
    }
    assert_eq!(received(&mut lab, &mut server).0, "kept");
}

#[test]
fn errors_have_the_kinds_of_their_causes() {
    let (mut lab, [one, two]) = lab();
    let here = at("192.0.2.1:7");
    let (_, _socket) = lab.wait(one.bind_single(here)).unwrap();
    let taken = lab.wait(one.bind_single(here));
    assert_eq!(kind(taken), ErrorKind::AddrInUse);
    let taken = lab.wait(one.bind_multiple(here));
    assert_eq!(kind(taken), ErrorKind::AddrInUse);
    let nobodys = lab.wait(one.bind_single(at("192.0.2.77:0")));
    assert_eq!(kind(nobodys), ErrorKind::AddrNotAvailable);
    let (_, mut client) = connected(&mut lab, &two, at("192.0.2.1:9"));
    tell(&mut lab, &mut client, "anybody there?");
    let refused = lab.wait(ConnectedUdp::receive_into(&mut client, &mut [0; 4]));
    assert_eq!(kind(refused), ErrorKind::ConnectionRefused);
    let localhost = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let found = lab.wait(one.get_host_by_name("localhost", AddrType::Either));
    assert_eq!(found, Ok(localhost));
    let mut name = [0; 255];
    let found = lab.wait(one.get_host_by_address(localhost, &mut name));
    assert_eq!(kind(found), ErrorKind::Unsupported);
    let mut sockets = Vec::new();
    let none = loop {
        match lab.wait(two.bind_multiple(at("0.0.0.0:0"))) {
            Ok(socket) => sockets.push(socket),
            Err(error) => break error,
        }
    };
    assert_eq!(none.kind(), ErrorKind::OutOfMemory);
}

#[test]
fn one_address_is_picked_of_all_and_no_other_is_bound() {
    let mut lab = Lab::new();
    let computer = lab.computer(1);
    let stack = Stack::new(computer.host);
    let (address, mut socket) = lab.wait(stack.bind_single(at("0.0.0.0:7"))).unwrap();
    assert_eq!(address, at("192.0.2.1:7"));
    let (_, _other) = lab.wait(stack.bind_single(at("127.0.0.1:7"))).unwrap();
    let (own, mut client) = connected(&mut lab, &stack, address);
    tell(&mut lab, &mut client, "here");
    let taken = received(&mut lab, &mut socket);
    assert_eq!(taken, ("here".into(), address, own));
    let (address, _socket) = lab.wait(stack.bind_single(at("[::]:7"))).unwrap();
    assert_eq!(address, link_local(1, 7));
    computer.stack.set_config_v4(embassy_net::ConfigV4::None);
    lab.pass(600);
    let none = lab.wait(stack.bind_single(at("0.0.0.0:9"))).unwrap_err();
    assert_eq!(none.to_string(), "bind EADDRNOTAVAIL");
    computer.stack.set_config_v4(config(1).ipv4);
    lab.pass(600);
    single(&mut lab, &stack, "0.0.0.0:9");
}

#[test]
fn an_answer_to_all_leaves_from_an_own_address() {
    let (mut lab, [one, two]) = lab();
    let mut server = multiple(&mut lab, &one, "0.0.0.0:7");
    let group = at("239.1.2.3:7");
    let joined = server
        .socket()
        .add_membership(group.ip(), Interface::Default);
    assert_eq!(joined, Ok(()));
    let own = at("192.0.2.2:9");
    let mut client = single(&mut lab, &two, "192.0.2.2:9");
    for all in [group, at("255.255.255.255:7"), at("192.0.2.255:7")] {
        send(&mut lab, &mut client, (own, all), "who is there?");
        let (text, local, remote) = received(&mut lab, &mut server);
        assert_eq!((&*text, local, remote), ("who is there?", all, own));
        send(&mut lab, &mut server, (local, remote), "me");
        let answer = received(&mut lab, &mut client);
        assert_eq!(answer, ("me".into(), own, at("192.0.2.1:7")));
    }
}

#[test]
fn a_scope_names_the_interface_both_ways() {
    let (mut lab, [one, two]) = lab();
    let on = |ip, scope_id| SocketAddr::from(SocketAddrV6::new(ip, 7, 0, scope_id));
    let group: Ipv6Addr = "ff12::1234".parse().unwrap();
    let mut server = multiple(&mut lab, &one, "[::]:7");
    let joined = server
        .socket()
        .add_membership(group.into(), Interface::Index(ETHERNET));
    assert_eq!(joined, Ok(()));
    let mut client = multiple(&mut lab, &two, "[::]:7");
    // Where it leaves is for the local address to say, as the remote one does not.
    let nobody = on(Ipv6Addr::UNSPECIFIED, ETHERNET);
    for remote in [group, "fe80::1".parse().unwrap()] {
        send(&mut lab, &mut client, (nobody, on(remote, 0)), "hello");
        let taken = received(&mut lab, &mut server);
        assert_eq!(
            taken,
            ("hello".into(), on(remote, ETHERNET), link_local(2, 7))
        );
    }
    send(
        &mut lab,
        &mut server,
        (on(group, ETHERNET), link_local(2, 7)),
        "back",
    );
    let answer = received(&mut lab, &mut client);
    assert_eq!(answer, ("back".into(), link_local(2, 7), link_local(1, 7)));
    // A group of the loopback interface stays there.
    send(
        &mut lab,
        &mut client,
        (on(Ipv6Addr::UNSPECIFIED, 1), on(group, 0)),
        "nobody",
    );
    assert_eq!(lab.wait_for(20, take(&mut server)), None);
}
