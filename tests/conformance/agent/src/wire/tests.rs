//! What is written is read as it was.

use alloc::vec::Vec;
use core::fmt::Debug;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use anydgram_core::{
    Address, BindOptions, BindState, Bound, ConnectState, Destination, Endpoint, Errno, Error,
    ErrorAddress, Family, Host, Interface, Misuse, MulticastInterface, Operation, Options,
    SocketType, Syscall, SystemError,
};
use postcard::{from_bytes, to_slice};
use serde::{Deserialize, Serialize};

use super::Plain;
use crate::{Answer, Blocked, Bytes, Call, Command, Group, Happened};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

fn assert_whole<T: Serialize + PartialEq + Debug>(value: &T, read: impl Fn(&[u8], &T) -> bool) {
    let mut room = [0; 512];
    let written = to_slice(value, &mut room).expect("there is room");
    assert!(read(written, value), "{value:?}");
}

/// A value of the core by itself.
fn assert_plain<'a, T: Plain<'a> + PartialEq + Debug>(value: T) {
    assert_eq!(T::of(value.plain()), Some(value));
}

fn scoped() -> Address {
    Address::scoped(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1), 2)
}

fn calls() -> Vec<Call<'static>> {
    let here = BindOptions::port(9).address(V4);
    let named = BindOptions::port(65_535).address("host").exclusive(true);
    let there = Destination::new(scoped(), 7);
    let group = Group {
        group: V4,
        source: Some(V4),
        interface: Interface::Address(Ipv4Addr::LOCALHOST),
    };
    let lengths = &[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0];
    let list = Bytes::List {
        bytes: b"abc",
        lengths,
    };
    alloc::vec![
        Call::Bind(here),
        Call::Bind(BindOptions::default()),
        Call::BindSync(named.fd(3)),
        Call::Connect(there),
        Call::ConnectSync(Destination::new("host", 1)),
        Call::Disconnect,
        Call::Close,
        Call::Send {
            bytes: list,
            to: Some(Destination::local(4)),
            number: Some(3),
        },
        Call::Send {
            bytes: Bytes::Slice(b""),
            to: None,
            number: None,
        },
        Call::Address,
        Call::RemoteAddress,
        Call::State,
        Call::SendQueueSize,
        Call::SendQueueCount,
        Call::SetBroadcast(true),
        Call::SetTtl(u32::MAX),
        Call::SetMulticastTtl(1),
        Call::SetMulticastLoopback(false),
        Call::SetMulticastInterface(MulticastInterface::V6(3)),
        Call::SetReceiveBufferSize(1),
        Call::SetSendBufferSize(2),
        Call::AddMembership(group),
        Call::DropMembership(group),
        Call::ClearBlockLists,
        Call::BlockReceiving(Blocked::Range(V4, V4)),
        Call::BlockSending(Blocked::Subnet(V6, 64)),
        Call::BlockSending(Blocked::Address(V6)),
        Call::Answer {
            number: 5,
            outcome: Ok(scoped()),
        },
        Call::Answer {
            number: 6,
            outcome: Err(Errno::Other(-7)),
        },
        Call::PollEvent,
        Call::CarryOut,
    ]
}

#[test]
fn commands_and_answers_are_read_as_they_were_written() {
    let options = Options::new(SocketType::Udp6);
    let others = options.reuse_address(true).look_up_always(true);
    let others = others.receive_buffer_size(7).ipv6_only(true);
    let calls = calls().into_iter().map(|call| Command::Call(7, call));
    let more = [options, others.reuse_port(true).send_buffer_size(8)].map(Command::Create);
    let rest = [Command::Step, Command::Next];
    for command in calls.chain(more).chain(rest) {
        assert_whole(&command, |bytes, value| from_bytes(bytes) == Ok(*value));
    }
    let (bind, connect) = (BindState::Binding, ConnectState::Connected);
    for answer in [
        Answer::Done,
        Answer::Socket(300),
        Answer::Endpoint(Endpoint::new(scoped(), 9)),
        Answer::Count(u32::MAX),
        Answer::State {
            is_running: true,
            bind,
            connect,
        },
        Answer::More(true),
        Answer::Next {
            at: Some(u64::MAX),
            now: 7,
        },
        Answer::Impossible,
    ] {
        assert_whole(&answer, |bytes, value| from_bytes(bytes) == Ok(*value));
    }
}

#[test]
fn what_has_happened_is_read_as_it_was_written() {
    let name = ErrorAddress::Name("host");
    let error = SystemError::at(Syscall::GetAddrInfo, Errno::ENOTFOUND, name, 9).into();
    let happened = [
        Happened::Listening,
        Happened::Connect,
        Happened::Message {
            data: b"data",
            sender: Endpoint::new(Address::new(V4), 9),
        },
        Happened::Sent {
            number: 3,
            result: Ok(4),
        },
        Happened::Sent {
            number: 3,
            result: Err(error),
        },
        Happened::Drained,
        Happened::Error {
            operation: Operation::Membership,
            error,
        },
        Happened::Close,
        Happened::Asked {
            number: 8,
            host: Host::Name("host"),
            family: Family::V6,
        },
        Happened::Asked {
            number: 9,
            host: Host::Default,
            family: Family::V4,
        },
    ];
    for one in happened {
        assert_whole(&one, |bytes, value| {
            from_bytes::<Happened<'_>>(bytes).as_ref() == Ok(value)
        });
    }
}

#[test]
fn errors_keep_all_their_parts() {
    let misuses = [
        Misuse::AlreadyBound,
        Misuse::BadBufferSize,
        Misuse::BadPort { port: None },
        Misuse::BadPort { port: Some(7) },
        Misuse::BadType,
        Misuse::IsConnected,
        Misuse::NotConnected,
        Misuse::NotRunning,
        Misuse::BufferOutOfBounds(Bound::Offset),
        Misuse::BufferOutOfBounds(Bound::Length),
        Misuse::MissingGroup,
        Misuse::InvalidAddress,
        Misuse::ReversedRange { start: V4 },
        Misuse::BadPrefix {
            prefix: 33,
            max: 32,
        },
        Misuse::IpBlocked(scoped()),
        Misuse::NotBound,
        Misuse::QueueFull,
        Misuse::BadHostName,
    ];
    for misuse in misuses {
        assert_plain(Error::from(misuse));
    }
    let addresses = [
        ErrorAddress::None,
        ErrorAddress::Undefined,
        ErrorAddress::Ip(scoped()),
        ErrorAddress::Name("x"),
    ];
    for address in addresses {
        let error = SystemError::at(Syscall::SendBufferSize, Errno::EAIMEMORY, address, 1);
        assert_plain(Error::from(error));
    }
    for number in [1, 98, 125, 3008, 4000, -1] {
        assert_plain(Errno::from_linux(number));
    }
    assert_plain(Errno::Other(i32::MIN));
}

/// The texts are those of the core: a call's name is not on the wire.
#[test]
fn the_calls_that_never_look_up_are_told_apart() {
    let mut socket_memory: anydgram_core::TinyStorage = anydgram_core::Storage::new();
    let options = Options::new(SocketType::Udp4);
    let mut socket = anydgram_core::Socket::new(options, &mut socket_memory);
    let bind = socket.bind_sync(("name", 0)).expect_err("it is a name");
    let connect = socket.connect_sync(("name", 1)).expect_err("it is a name");
    assert_plain(Error::from(bind));
    assert_plain(Error::from(connect));
    assert_ne!(bind, connect);
}

#[test]
fn interfaces_are_told_apart() {
    for interface in [
        Interface::Default,
        Interface::Address(Ipv4Addr::BROADCAST),
        Interface::Index(9),
        Interface::All,
    ] {
        assert_plain(interface);
    }
    for interface in [
        MulticastInterface::V4(Ipv4Addr::LOCALHOST),
        MulticastInterface::V6(1),
        MulticastInterface::Index(1),
    ] {
        assert_plain(interface);
    }
}

#[test]
fn what_is_no_value_of_the_core_is_refused() {
    #[derive(Debug, Deserialize)]
    struct One(#[serde(with = "super")] BindState);
    assert!(from_bytes::<One>(&[2]).is_ok_and(|One(state)| state == BindState::Bound));
    assert!(from_bytes::<One>(&[3]).is_err());
    assert_eq!(Interface::of((4, 0)), None);
    assert_eq!(Host::of((Some((V4, 0)), Some("both"))), None);
}

#[test]
fn pieces_are_cut_where_the_lengths_say() {
    let pieces = |bytes: Bytes<'static>| {
        let mut all = Vec::new();
        let put = |piece| {
            all.push(piece);
            Some(())
        };
        bytes.pieces(put).map(|()| all)
    };
    assert_eq!(pieces(Bytes::Slice(b"ab")), Some(alloc::vec![&b"ab"[..]]));
    let lengths = &[1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0];
    let list = |bytes| Bytes::List { bytes, lengths };
    assert_eq!(
        pieces(list(b"abc")),
        Some(alloc::vec![&b"a"[..], b"", b"bc"])
    );
    assert_eq!(pieces(list(b"ab")), None);
}
