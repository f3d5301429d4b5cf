//! What a userspace stack does with and without each feature: the same tests in every set of features. All other tests of
//! `stack` and `link` are for all features.

use core::net::IpAddr;

use anydgram_core::link::{
    AssemblySlot, Ingress, Link, LinkOptions, NeighbourSlot, Plan, WaitingSlot,
};
use anydgram_core::stack::{
    Cidr, Groups, Host, Interfaces, Lookup, Outgoing, Seed, TableStorage, Wire, capabilities,
};
use anydgram_core::{
    Address, BindOptions, Datagram, Destination, Endpoint, Errno, Event, Family, Feature, Handler,
    Instant, Interface, Options, Payload, SendMeta, Socket, SocketId, SocketSlot, SocketType,
    Sockets, Storage, Transmitted,
};

const IPV6: bool = cfg!(feature = "ipv6");
const MULTICAST: bool = cfg!(feature = "multicast");
const NAMES: bool = cfg!(feature = "names");
const FRAGMENTS: bool = cfg!(feature = "fragments");
const NOW: Instant = Instant::from_micros(0);

/// A wire that counts what it is given.
#[derive(Default)]
struct Counting {
    sent: usize,
    joined: usize,
    asked: usize,
}

impl Wire for Counting {
    fn transmit(&mut self, _: Instant, _: &Outgoing<'_>) -> Transmitted {
        self.sent += 1;
        Transmitted::Sent
    }

    fn join(&mut self, _: u32, _: IpAddr) -> Result<(), Errno> {
        self.joined += 1;
        Ok(())
    }

    fn leave(&mut self, _: u32, _: IpAddr) {}

    fn look_up(&mut self, _: Instant, _: Lookup<'_>) -> Option<Result<Address, Errno>> {
        self.asked += 1;
        None
    }
}

/// Keeps the texts of events.
#[derive(Default)]
struct Texts(Vec<String>);

impl Handler for Texts {
    fn handle(&mut self, _: &mut Sockets<'_, '_>, _: SocketId, event: Event<'_>) {
        self.0.push(match event {
            Event::Error { error, .. } => error.to_string(),
            Event::Message(message) => String::from_utf8_lossy(message.data).into_owned(),
            Event::Sent { result, .. } => match result {
                Ok(len) => len.to_string(),
                Err(error) => error.to_string(),
            },
            other @ (Event::Listening | Event::Connect | Event::Drained | Event::Close | _) => {
                format!("{other:?}")
            }
        });
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("it fits")
}

fn endpoint(text: &str, port: u16) -> Endpoint {
    Endpoint::new(ip(text).into(), port)
}

/// Has one socket of a host with the address 192.0.2.1 used, and returns what it was told, and what the wire was given.
fn play(kind: SocketType, work: impl FnOnce(&mut Socket<'_>)) -> (Vec<String>, Counting) {
    let mut storage: Storage<256, 4, 2, 8, 0> = Storage::new();
    let mut tables: TableStorage<1, 2, 1, 2, 2, 256> = TableStorage::new();
    let mut slots = [SocketSlot::new()];
    let mut sockets = Sockets::new(&mut slots);
    let mut host = Host::new(tables.tables(), Seed::new([7; 16]));
    let index = host.interfaces_mut().add("eth0", 1500).expect("it fits");
    let own = Cidr::new(ip("192.0.2.1"), 24);
    host.interfaces_mut()
        .add_address(index, own)
        .expect("it fits");
    let mut socket = Socket::new(Options::new(kind), &mut storage);
    work(&mut socket);
    let Ok(_) = sockets.add(socket) else {
        panic!("there is room");
    };
    let (mut wire, mut texts) = (Counting::default(), Texts::default());
    while host.poll(NOW, &mut wire, &mut sockets, &mut texts) {}
    (texts.0, wire)
}

#[test]
fn a_udp6_socket_is_bound_or_refused_as_by_a_kernel_without_ipv6() {
    let (told, _) = play(SocketType::Udp6, |socket| {
        socket.bind(BindOptions::port(7)).expect("it fits");
    });
    let expected = if IPV6 {
        "Listening"
    } else {
        "bind EAFNOSUPPORT :::7"
    };
    assert_eq!(told, [expected]);
}

#[test]
fn a_send_of_a_udp6_socket_fails_with_its_bind() {
    let (told, wire) = play(SocketType::Udp6, |socket| {
        let to = Destination::new("::ffff:192.0.2.2", 9);
        socket.send(Datagram::new("hello").to(to)).expect("it fits");
    });
    if IPV6 {
        assert_eq!(told, ["Listening", "5"]);
    } else {
        // All addresses of IPv6 are one there.
        assert_eq!(told, ["bind EAFNOSUPPORT ::", "send ECANCELED :::9"]);
    }
    assert_eq!(wire.sent, usize::from(IPV6));
}

#[test]
fn a_udp4_socket_sends_whatever_the_features_are() {
    let (told, wire) = play(SocketType::Udp4, |socket| {
        for to in ["192.0.2.2", "239.1.2.3", "127.0.0.1", "::1"] {
            let to = Destination::new(to, 9);
            socket.send(Datagram::new("hello").to(to)).expect("it fits");
        }
    });
    let refused = if IPV6 {
        "send EINVAL ::1:9"
    } else {
        "send EINVAL :::9"
    };
    assert_eq!(told, ["Listening", "5", "5", "5", refused]);
    assert_eq!(wire.sent, 2, "to a neighbour and to a group");
}

#[test]
fn addresses_of_ipv6_are_all_one_without_it_and_never_of_ipv4() {
    let addresses = ["::1", "fe80::1", "::ffff:192.0.2.2"].map(|text| Address::new(ip(text)));
    for (address, text) in addresses.iter().zip(["::1", "fe80::1", "::ffff:192.0.2.2"]) {
        assert_eq!(address.family(), Family::V6);
        assert_eq!(address.ip(), ip(if IPV6 { text } else { "::" }));
        assert_eq!(address.to_string(), if IPV6 { text } else { "::" });
        assert_eq!(Address::parse(text), Some(*address));
        let scoped = address.with_scope_id(2);
        assert_eq!(scoped.scope_id(), if IPV6 { 2 } else { 0 });
    }
    assert_eq!(addresses[0] == addresses[1], !IPV6);
    let v4 = Address::new(ip("192.0.2.2"));
    assert_eq!((v4.family(), v4.ip()), (Family::V4, ip("192.0.2.2")));
    assert_ne!(v4, addresses[2]);
    assert_eq!(size_of::<Address>(), if IPV6 { 24 } else { 4 });
}

#[test]
fn ipv6_is_refused_by_each_call_of_a_udp4_socket() {
    let (told, wire) = play(SocketType::Udp4, |socket| {
        socket
            .bind(BindOptions::port(7).address(ip("::1")))
            .expect("it fits");
    });
    let refused = if IPV6 {
        "bind EINVAL ::1:7"
    } else {
        "bind EAFNOSUPPORT :::7"
    };
    assert_eq!(told, [refused]);
    assert_eq!(wire.sent, 0);
    let (told, wire) = play(SocketType::Udp4, |socket| {
        socket
            .connect(Destination::new("2001:db8::2", 9))
            .expect("it fits");
    });
    let shown = if IPV6 { "2001:db8::2" } else { "::" };
    assert_eq!(
        told,
        ["Listening".into(), format!("connect EINVAL {shown}:9")]
    );
    assert_eq!(wire.sent, 0);
    play(SocketType::Udp4, |socket| {
        socket.bind(BindOptions::port(7)).expect("it fits");
        let group = ip("ff02::1:3");
        let refused = socket.add_membership(group, Interface::Default);
        let errno = refused.expect_err("it is of IPv6").errno();
        assert_eq!(errno, Some(Errno::ENOPROTOOPT));
    });
    let (told, wire) = play(SocketType::Udp4, |socket| {
        let from = SendMeta::new().with_source(ip("::1"));
        let to = Destination::new("192.0.2.2", 9);
        socket
            .send(Datagram::new("hello").to(to).with(from))
            .expect("it fits");
    });
    assert_eq!(told, ["Listening", "send EINVAL 192.0.2.2:9"]);
    assert_eq!(wire.sent, 0);
}

#[test]
fn a_membership_is_there_or_refused_as_by_a_kernel_without_groups() {
    let (told, wire) = play(SocketType::Udp4, |socket| {
        socket.bind(BindOptions::port(7)).expect("it fits");
        let group = ip("239.1.2.3");
        socket
            .add_membership(group, Interface::Default)
            .expect("it fits");
    });
    if MULTICAST {
        assert_eq!(told, ["Listening"]);
    } else {
        assert_eq!(told, ["Listening", "addMembership ENOPROTOOPT"]);
    }
    assert_eq!(wire.joined, usize::from(MULTICAST));
}

#[test]
fn a_name_is_looked_up_or_not_found() {
    let (told, wire) = play(SocketType::Udp4, |socket| {
        for to in ["localhost", "example.com", "192.0.2.2"] {
            let to = Destination::new(to, 9);
            socket.send(Datagram::new("hello").to(to)).expect("it fits");
        }
    });
    if NAMES {
        // The wire has not answered yet.
        assert_eq!(told, ["Listening", "5", "5"]);
        assert_eq!(wire.asked, 1);
    } else {
        let lost = |name| format!("getaddrinfo ENOTFOUND {name}");
        let expected = [
            "Listening".into(),
            lost("localhost"),
            lost("example.com"),
            "5".into(),
        ];
        assert_eq!(told, expected);
        assert_eq!((wire.asked, wire.sent), (0, 1));
    }
}

#[test]
fn tables_take_ipv6_or_refuse_it() {
    let mut tables: TableStorage<1, 2, 1, 2, 0, 0> = TableStorage::new();
    let mut host = Host::new(tables.tables(), Seed::new([7; 16]));
    let refused = |error| if IPV6 { Ok(()) } else { Err(error) };
    let interfaces = host.interfaces_mut();
    let index = interfaces.add("eth0", 1500).expect("it fits");
    let own = Cidr::new(ip("2001:db8::1"), 64);
    let unsupported = refused(Errno::EAFNOSUPPORT);
    assert_eq!(interfaces.add_address(index, own), unsupported);
    let gateway = Some(ip("fe80::1"));
    assert_eq!(
        interfaces.set_gateway(index, Family::V6, gateway),
        unsupported
    );
    let to = Address::new(ip("2001:db8::2"));
    assert_eq!(interfaces.route(to, None).map(|_| ()), unsupported);
    let lengths = interfaces.addresses(Interfaces::LOOPBACK).count();
    assert_eq!(lengths, if IPV6 { 2 } else { 1 });
}

#[test]
fn capabilities_say_what_is_missing() {
    for feature in [Feature::Ipv6, Feature::Ipv6Only, Feature::Zones] {
        assert_eq!(capabilities().has(feature), IPV6, "{feature:?}");
    }
    for feature in [Feature::Multicast, Feature::SourceSpecificMulticast] {
        assert_eq!(capabilities().has(feature), MULTICAST, "{feature:?}");
    }
    assert_eq!(capabilities().has(Feature::HostNames), NAMES);
    assert!(capabilities().has(Feature::MulticastOptions));
}

/// Has a link with memory for everything, and with the address 192.0.2.1, do something.
fn with_link<R>(work: impl FnOnce(&mut Link<'_>, &Interfaces<'_>, &Groups<'_>) -> R) -> R {
    let mut tables: TableStorage<1, 2, 1, 2, 0, 0> = TableStorage::new();
    let mut host = Host::new(tables.tables(), Seed::new([7; 16]));
    let index = host.interfaces_mut().add("eth0", 1500).expect("it fits");
    let own = Cidr::new(ip("192.0.2.1"), 24);
    host.interfaces_mut()
        .add_address(index, own)
        .expect("it fits");
    let mut neighbours = [const { NeighbourSlot::new() }; 2];
    let mut waiting = [const { WaitingSlot::new() }; 2];
    let (mut bytes, mut whole) = ([0; 4096], [0; 4096]);
    let mut slots = [const { AssemblySlot::new() }; 1];
    let options = LinkOptions::ip(index);
    let mut link = Link::new(options, &mut neighbours, &mut waiting, &mut bytes)
        .with_assemblies(&mut slots, &mut whole);
    work(&mut link, host.interfaces(), host.groups())
}

/// A datagram between these addresses, with as many bytes.
fn outgoing<'p>(from: &str, to: &str, bytes: &'p [u8]) -> Outgoing<'p> {
    Outgoing::new(2, endpoint(from, 7), endpoint(to, 9), Payload::Slice(bytes))
}

#[test]
fn a_link_sends_ipv6_or_knows_no_such_datagram() {
    let datagram = outgoing("2001:db8::1", "2001:db8::2", b"hello");
    with_link(|link, _, _| {
        let plan = link.transmit(NOW, &datagram);
        let Plan::Ready(header) = plan else {
            assert_eq!((plan, IPV6), (Plan::Failed(Errno::EINVAL), false));
            return;
        };
        let mut frame = [0; 53];
        assert!(header.write(&datagram, &mut frame));
        assert_eq!(
            (frame[0] >> 4, &frame[48..], IPV6),
            (6, &b"hello"[..], true)
        );
    });
}

#[test]
fn a_frame_of_ipv6_is_checked_or_left_to_the_stack() {
    // A header that says more than there is.
    let mut frame = [0; 40];
    (frame[0], frame[5]) = (0x60, 1);
    with_link(|link, interfaces, groups| {
        let expected = if IPV6 {
            Ingress::Dropped
        } else {
            Ingress::Other
        };
        assert_eq!(link.receive(NOW, &frame, interfaces, groups), expected);
        assert_eq!(link.drops().ipv6_header, u32::from(IPV6));
    });
}

#[test]
fn a_long_datagram_leaves_in_fragments_or_is_too_long() {
    let bytes = [7; 2000];
    with_link(|link, _, _| {
        let datagram = outgoing("192.0.2.1", "192.0.2.2", &bytes);
        let expected = if FRAGMENTS {
            Plan::Waits
        } else {
            Plan::Failed(Errno::EMSGSIZE)
        };
        let longest = link.longest_ipv4();
        assert_eq!(longest, if FRAGMENTS { 4096 + 28 } else { 1500 });
        assert_eq!(link.transmit(NOW, &datagram), expected);
        let lengths: Vec<usize> =
            core::iter::from_fn(|| link.poll_datagram().map(|frame| frame.len())).collect();
        let expected: &[usize] = if FRAGMENTS { &[1500, 548] } else { &[] };
        assert_eq!(lengths, expected);
    });
}

#[test]
fn a_fragment_is_kept_or_dropped_and_counted() {
    // 16 bytes of a longer datagram from 192.0.2.2 to 192.0.2.1, with more to come.
    let mut frame = [0; 36];
    frame[..20].copy_from_slice(&[
        0x45, 0, 0, 36, 0, 1, 0x20, 0, 64, 17, 0, 0, 192, 0, 2, 2, 192, 0, 2, 1,
    ]);
    let sum: u32 = frame[..20]
        .chunks_exact(2)
        .map(|word| u32::from(word[0]) << 8 | u32::from(word[1]))
        .sum();
    let checksum = !u16::try_from((sum & 0xffff) + (sum >> 16)).expect("it fits");
    frame[10..12].copy_from_slice(&checksum.to_be_bytes());
    with_link(|link, interfaces, groups| {
        let expected = if FRAGMENTS {
            Ingress::Fragment
        } else {
            Ingress::Dropped
        };
        assert_eq!(link.receive(NOW, &frame, interfaces, groups), expected);
        assert_eq!(link.drops().fragments, u32::from(!FRAGMENTS));
    });
}
