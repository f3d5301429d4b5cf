//! What datagrams ask for beyond their destinations, and how answers find their way back.

use anydgram_core::{
    BindOptions, Datagram, Destination, Event, Interface, Limits, Membership, MembershipChange,
    Metadata, Options, SendMeta, Socket, SocketType,
};

use super::*;
use crate::step::{flush, step};
use crate::sys::faults::{self, Call, Outcome};
use crate::sys::interface_index;
use crate::test_namespace;

/// A socket of the core that is bound, on a system's socket.
struct Asker {
    core: Socket<'static>,
    os: Option<OsSocket>,
}

impl Asker {
    fn new(options: Options, address: &str) -> Self {
        let mut core = Socket::with_heap(options, Limits::new());
        let mut os = None;
        let at = BindOptions::default().address(address);
        core.bind(at).unwrap();
        while step(&mut core, &mut os).is_some() {}
        assert_eq!(core.poll_event(), Some(Event::Listening));
        Self { core, os }
    }

    fn os(&mut self) -> &mut OsSocket {
        self.os.as_mut().unwrap()
    }

    /// Sends within the call, and says how that ended.
    fn send(&mut self, datagram: Datagram<'_>) -> Result<usize, String> {
        let os = self.os.as_ref().unwrap();
        let token = self.core.send_now(datagram, |transmit| os.send(transmit));
        token.unwrap();
        let Some(Event::Sent { result, .. }) = self.core.poll_event() else {
            panic!("each is told");
        };
        result.map_err(|error| error.to_string())
    }

    fn flush(&mut self) {
        while flush(&mut self.core, self.os.as_ref()).is_some() {}
    }
}

fn options(address: &str) -> Options {
    Options::new(match ip(address) {
        IpAddr::V4(_) => SocketType::Udp4,
        IpAddr::V6(_) => SocketType::Udp6,
    })
}

fn asker(address: &str) -> Asker {
    Asker::new(options(address), address)
}

fn listener(address: &str) -> Asker {
    Asker::new(options(address).metadata(Metadata::ALL), address)
}

fn take(socket: &mut Asker) -> (Vec<u8>, RecvMeta) {
    let mut buffer = [0; 2048];
    let (len, meta) = receive(socket.os(), &mut buffer).unwrap();
    (buffer[..len].to_vec(), meta)
}

/// The destination of datagrams to a socket, at an address.
fn to(socket: &mut Asker, address: &str) -> Destination<'static> {
    Endpoint::new(ip(address).into(), port_of(socket.os())).into()
}

#[test]
fn an_answer_comes_from_where_the_question_went() {
    test_namespace::run(|| {
        for (wildcard, asks_from, asks) in [
            ("0.0.0.0", "192.0.2.10", "192.0.2.11"),
            ("0.0.0.0", "192.0.2.10", "198.51.100.10"),
            ("0.0.0.0", "198.51.100.10", "192.0.2.11"),
            ("::", "2001:db8::10", "2001:db8::11"),
            ("::", "2001:db8::10", "2001:db8:1::10"),
            ("::", "192.0.2.10", "192.0.2.11"),
        ] {
            let (mut server, mut client) = (listener(wildcard), asker(asks_from));
            let question = Datagram::new("who?").to(to(&mut server, asks));
            assert_eq!(client.send(question), Ok(4));
            let (data, meta) = take(&mut server);
            assert_eq!(data, b"who?");
            assert!(meta.reply_from_local);
            assert_eq!(server.send(Datagram::new("me").reply_to(&meta)), Ok(2));
            let (_, answer) = take(&mut client);
            let port = port_of(server.os());
            assert_eq!(answer.sender, Some(Endpoint::new(ip(asks).into(), port)));
        }
    });
}

#[test]
fn what_is_asked_for_is_what_arrives() {
    test_namespace::run(|| {
        let asked = SendMeta::new().with_hop_limit(7).with_dscp(46).with_ecn(1);
        for (sender, receiver, source) in [
            ("0.0.0.0", "192.0.2.10", "192.0.2.11"),
            ("::", "2001:db8::10", "2001:db8::11"),
            ("::", "::ffff:192.0.2.10", "::ffff:192.0.2.11"),
        ] {
            let (mut sender, mut receiver) = (asker(sender), listener(receiver));
            let there = receiver.os().local_address().unwrap();
            let pieces: &[&[u8]] = &[b"hel", b"lo"];
            let datagram = Datagram::new(pieces).to(Destination::from(there));
            assert_eq!(
                sender.send(datagram.with(asked.with_source(ip(source)))),
                Ok(5)
            );
            let (data, meta) = take(&mut receiver);
            let port = port_of(sender.os());
            assert_eq!(data, b"hello");
            assert_eq!(meta.sender, Some(Endpoint::new(ip(source).into(), port)));
            assert_eq!((meta.hop_limit, meta.traffic_class), (Some(7), Some(0xb9)));
            assert_eq!((meta.dscp(), meta.ecn()), (Some(46), Some(1)));
            // The next one is as always.
            assert_eq!(sender.send(datagram), Ok(5));
            let (_, meta) = take(&mut receiver);
            assert_eq!((meta.hop_limit, meta.traffic_class), (Some(64), Some(0)));
        }
    });
}

#[test]
fn a_group_is_sent_to_by_the_interface_that_is_asked_for() {
    test_namespace::run(|| {
        for (wildcard, group, source) in [
            ("0.0.0.0", "239.1.2.3", "198.51.100.10"),
            ("::", "ff15::1:2", "2001:db8:1::10"),
        ] {
            let any1 = interface_index("any1").unwrap();
            let (mut member, mut sender) = (listener(wildcard), asker(wildcard));
            let joined = Membership::any_source(ip(group), Interface::Index(any1));
            let add = MembershipChange::Add;
            assert_eq!(member.os().membership(add, &joined), Ok(()));
            let there = to(&mut member, group);
            let asked = SendMeta::new().with_interface(any1).with_hop_limit(3);
            assert_eq!(
                sender.send(Datagram::new("all").to(there).with(asked)),
                Ok(3)
            );
            let (_, meta) = take(&mut member);
            assert_eq!((meta.interface, meta.hop_limit), (Some(any1), Some(3)));
            assert_eq!(meta.sender.unwrap().address.ip(), ip(source));
            // No answer comes from a group.
            assert!(!meta.reply_from_local);
            assert_eq!(member.send(Datagram::new("one").reply_to(&meta)), Ok(3));
            assert_eq!(take(&mut sender).0, b"one");
        }
    });
}

#[test]
fn what_cannot_be_fails_and_changes_nothing() {
    let mut receiver = asker("127.0.0.1");
    let there = to(&mut receiver, "127.0.0.1");
    let mut sender = asker("0.0.0.0");
    let none = SendMeta::new();
    for (asked, code) in [
        (none.with_hop_limit(0), "EINVAL"),
        (none.with_source(ip("::1")), "EINVAL"),
        (none.with_source(ip("203.0.113.99")), "EINVAL ENETUNREACH"),
        (
            none.with_interface(0x7fff_ffff),
            "EINVAL ENODEV ENETUNREACH",
        ),
    ] {
        let datagram = Datagram::new("no").to(there).with(asked);
        let error = sender.send(datagram).unwrap_err();
        let told = error.split(' ').nth(1).unwrap();
        assert!(code.contains(told), "{error}");
        // And by way of the queue.
        for _ in 0..2 {
            sender.core.send(datagram).unwrap();
        }
        sender.flush();
        for _ in 0..2 {
            let event = sender.core.poll_event();
            assert!(
                matches!(event, Some(Event::Sent { result: Err(_), .. })),
                "{event:?}"
            );
        }
    }
    assert_eq!(sender.send(Datagram::new("yes").to(there)), Ok(3));
    assert_eq!(take(&mut receiver).0, b"yes");
}

/// Sends sixty datagrams together of which each third asks for something, and reads what came, in order.
fn send_mixed() {
    let mut receiver = listener("127.0.0.1");
    let there = to(&mut receiver, "127.0.0.1");
    let mut sender = asker("0.0.0.0");
    // Runs of equal lengths, and the boundary between two that ask for different things in the middle of one.
    let asked = |number: u8| match number / 20 {
        1 => SendMeta::new().with_hop_limit(number / 10).with_ecn(2),
        2 => SendMeta::new()
            .with_source(ip("127.0.0.1"))
            .with_hop_limit(9),
        _ => SendMeta::new(),
    };
    for number in 0..60 {
        let bytes = [number; 100];
        let datagram = Datagram::new(&bytes).to(there);
        sender.core.send(datagram.with(asked(number))).unwrap();
    }
    sender.flush();
    for number in 0..60 {
        let (data, meta) = take(&mut receiver);
        assert_eq!(data, [number; 100]);
        let hops = asked(number).hop_limit().unwrap_or(64);
        assert_eq!(meta.hop_limit, Some(hops), "{number}");
        assert_eq!(
            meta.ecn(),
            Some(asked(number).ecn().unwrap_or(0)),
            "{number}"
        );
    }
    assert_eq!(
        receiver.os().receive(&mut [0; 1]).unwrap_err(),
        Errno::EAGAIN
    );
    assert_eq!(sender.core.stats().sent, 60);
}

#[test]
fn datagrams_that_ask_for_different_things_are_not_cut_from_one() {
    send_mixed();
    assert_eq!(faults::left(), 0);
}

#[test]
fn what_is_asked_for_survives_what_the_system_refuses() {
    for errno in [libc::EIO, libc::EINVAL, libc::EAGAIN, libc::ENOBUFS] {
        for at in 0..4 {
            for _ in 0..at {
                faults::plan(Call::SendMany, Outcome::Only(64));
            }
            faults::plan(Call::SendMany, Outcome::Fail(errno));
            send_mixed();
            assert_eq!(faults::left(), 0, "{errno} at {at}");
        }
    }
    faults::plan(Call::SendMany, Outcome::Fail(libc::ENOSYS));
    send_mixed();
    faults::plan(Call::SendMany, Outcome::Only(1));
    send_mixed();
    assert_eq!(faults::left(), 0);
}

#[test]
fn what_must_not_be_in_fragments_is_refused_when_it_is_too_long() {
    test_namespace::run(|| {
        let set = std::process::Command::new("ip")
            .args(["link", "set", "lo", "mtu", "1500"])
            .status();
        assert!(set.unwrap().success());
        for address in ["127.0.0.1", "::1"] {
            let mut receiver = asker(address);
            let there = to(&mut receiver, address);
            let mut whole = Asker::new(options(address).dont_fragment(true), address);
            let long = Datagram::new(&[0; 1480]).to(there);
            let error = whole.send(long).unwrap_err();
            assert!(error.contains("EMSGSIZE"), "{error}");
            assert_eq!(whole.send(Datagram::new(&[1; 1400]).to(there)), Ok(1400));
            assert_eq!(take(&mut receiver).0, [1; 1400]);
            assert_eq!(asker(address).send(long), Ok(1480));
            assert_eq!(take(&mut receiver).0, [0; 1480]);
        }
    });
}
