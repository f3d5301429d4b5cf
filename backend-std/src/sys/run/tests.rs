use core::time::Duration;

use anydgram_core::{
    Address, BindOptions, Datagram, Destination, Endpoint, Errno, Event, Family, Limits, Options,
    Payload, SendMeta, Socket, SocketOption, SocketType, Transmit,
};
use mio::{Events, Interest, Poll, Token};

use super::*;
use crate::step::{flush, step};
use crate::sys::allocations;
use crate::sys::batch::{BATCH, Flow, Pool};
use crate::sys::faults::{self, Call, Outcome};
use crate::sys::open::BindFlags;
use crate::test_namespace;

const LOCALHOST: Address = Family::V4.loopback();

fn bound(address: Address) -> OsSocket {
    let at = Endpoint::new(address, 0);
    let socket = OsSocket::bind(address.family(), at, BindFlags::default()).unwrap();
    // As much as is allowed: datagrams that leave one by one need more of it.
    let room = SocketOption::ReceiveBufferSize(1 << 20);
    socket.set_option(room).unwrap();
    socket
}

/// Reads `count` datagrams.
fn read(socket: &mut OsSocket, count: usize) -> Vec<Vec<u8>> {
    let mut poll = Poll::new().unwrap();
    let registry = poll.registry().try_clone().unwrap();
    registry
        .register(socket, Token(0), Interest::READABLE)
        .unwrap();
    let mut events = Events::with_capacity(1);
    let mut pool = Pool::new();
    let mut all = Vec::new();
    while all.len() < count {
        match pool.fill(socket, BATCH) {
            Err(Errno::EAGAIN) => {
                poll.poll(&mut events, Some(Duration::from_secs(30)))
                    .unwrap();
                assert!(!events.is_empty(), "{} of {count} have come", all.len());
            }
            filled => assert!(filled.unwrap().messages > 0),
        }
        pool.each(|_, data| {
            all.push(data.to_vec());
            Flow::GoOn
        });
    }
    registry.deregister(socket).unwrap();
    assert_eq!(pool.fill(socket, BATCH), Err(Errno::EAGAIN), "one too many");
    all
}

/// A socket of the core that is bound, on a system's socket.
fn core_socket(address: Address) -> (Socket<'static>, Option<OsSocket>) {
    let kind = match address.family() {
        Family::V4 => SocketType::Udp4,
        Family::V6 => SocketType::Udp6,
    };
    let mut core = Socket::with_heap(Options::new(kind), Limits::new());
    let mut os = None;
    core.bind(BindOptions::default().address(address)).unwrap();
    while step(&mut core, &mut os).is_some() {}
    assert_eq!(core.poll_event(), Some(Event::Listening));
    (core, os)
}

/// The datagram of a number: so many bytes, which tell the number.
fn numbered(number: usize, length: usize) -> Vec<u8> {
    number
        .to_le_bytes()
        .into_iter()
        .cycle()
        .take(length)
        .collect()
}

/// Queues datagrams of these lengths, flushes, and checks that each came once, in order, and completed once.
fn flush_all(lengths: &[usize], address: Address) {
    let (mut core, os) = core_socket(address);
    let mut receiver = bound(address);
    let to = Destination::from(receiver.local_address().unwrap());
    for (number, length) in lengths.iter().enumerate() {
        let bytes = numbered(number, *length);
        core.send(Datagram::new(bytes.as_slice()).to(to)).unwrap();
    }
    while flush(&mut core, os.as_ref()).is_some() {}
    let all = read(&mut receiver, lengths.len());
    for (number, (bytes, length)) in all.iter().zip(lengths).enumerate() {
        assert_eq!(*bytes, numbered(number, *length), "{number}");
    }
    for length in lengths {
        let Some(Event::Sent { result, .. }) = core.poll_event() else {
            panic!("each is told");
        };
        assert_eq!(result, Ok(*length));
    }
    assert_eq!(core.poll_event(), None);
    assert_eq!(core.stats().sent, u32::try_from(lengths.len()).unwrap());
}

/// Lengths with runs of every kind: of equals, with a shorter last one, of empty ones, and none.
fn lengths() -> Vec<usize> {
    let mut lengths = vec![100; 70];
    lengths.extend([40, 100, 100, 0, 0, 100, 7, 8, 9, 1200, 1200, 1200]);
    lengths
}

#[test]
fn what_waits_leaves_together_and_comes_as_it_was() {
    for address in [LOCALHOST, Family::V6.loopback()] {
        flush_all(&lengths(), address);
        flush_all(&[9000; 9], address);
        flush_all(&[5], address);
        flush_all(&[], address);
    }
}

#[test]
fn datagrams_that_are_refused_together_leave_one_by_one() {
    for errno in [libc::EIO, libc::EINVAL, libc::EMSGSIZE] {
        faults::plan(Call::SendMany, Outcome::Fail(errno));
        flush_all(&lengths(), LOCALHOST);
        assert_eq!(faults::left(), 0);
        // And with a system that is full in the middle of that, after some have left.
        faults::plan(Call::SendMany, Outcome::Fail(errno));
        faults::plan(Call::SendMany, Outcome::Only(3));
        faults::plan(Call::SendMany, Outcome::Fail(libc::EAGAIN));
        flush_all(&lengths(), LOCALHOST);
        assert_eq!(faults::left(), 0);
    }
}

/// Sends two messages that have as many datagrams as one can have; how many calls that took, and from which length on they
/// are sent one by one now.
fn send_full(os: &OsSocket, receiver: &mut OsSocket) -> (usize, usize) {
    let all: Vec<_> = (0..256).map(|number| numbered(number, 100)).collect();
    let to = receiver.local_address().unwrap();
    let before = faults::sends();
    let mut sent = 0;
    while sent < all.len() {
        let mut bundle = os.bundle();
        for bytes in &all[sent..] {
            let to = Some((&to.address, to.port));
            if !bundle.add(to, &SendMeta::new(), &Payload::Slice(bytes)) {
                break;
            }
        }
        let run = os.send_bundle(&mut bundle);
        assert_eq!(run.next, None);
        assert!(run.sent > 0);
        sent += run.sent;
    }
    let calls = faults::sends() - before;
    assert_eq!(read(receiver, all.len()), all);
    (calls, os.together.below())
}

#[test]
fn full_messages_are_taken_apart_by_whom_they_reach() {
    let (os, mut receiver) = (bound(LOCALHOST), bound(LOCALHOST));
    // The first datagrams come one by one, the others as they were sent.
    for _ in 0..3 {
        send_full(&os, &mut receiver);
    }
    assert_eq!(os.together.below(), usize::from(u16::MAX));
}

#[test]
fn a_system_that_takes_fewer_as_one_message_is_given_fewer() {
    let all = usize::from(u16::MAX);
    let (os, mut receiver) = (bound(LOCALHOST), bound(LOCALHOST));
    faults::take_segments(64);
    // One is refused, leaves as two, and the others are put together anew.
    assert_eq!(send_full(&os, &mut receiver), (3, all));
    assert_eq!(send_full(&os, &mut receiver), (1, all));
    assert_eq!(send_full(&bound(LOCALHOST), &mut receiver), (1, all));
}

#[test]
fn a_system_that_takes_none_together_says_nothing_of_how_many() {
    let (os, mut receiver) = (bound(LOCALHOST), bound(LOCALHOST));
    faults::take_segments(1);
    let (calls, below) = send_full(&os, &mut receiver);
    // Refused twice, and 64 messages a call.
    assert_eq!((calls, below), (2 + 256 / 64, 100));
    faults::take_segments(usize::MAX);
    let other = bound(LOCALHOST);
    // If this thread had learned something, older kernels would not be asked, either.
    faults::plan(Call::SendMany, Outcome::Fail(libc::EINVAL));
    let (calls, below) = send_full(&other, &mut receiver);
    assert_eq!((calls, below), (3, usize::from(u16::MAX)));
}

#[test]
fn a_system_that_takes_fewer_loses_and_doubles_nothing() {
    let shapes = [
        [vec![100; 129], vec![40], vec![50; 3], vec![100; 66]].concat(),
        [vec![1200; 3], vec![50; 128], vec![7; 65], vec![3; 2]].concat(),
        vec![500; 127],
        lengths(),
    ];
    for most in [64, 2, 1] {
        for shape in &shapes {
            for address in [LOCALHOST, Family::V6.loopback()] {
                let shape = shape.clone();
                // Each has a thread of its own, which knows nothing of the kernel.
                let work = move || {
                    faults::take_segments(most);
                    flush_all(&shape, address);
                    // It is full when it is given fewer, or what follows.
                    for errno in [libc::EAGAIN, libc::ENOBUFS] {
                        faults::plan(Call::SendMany, Outcome::Only(1));
                        faults::plan(Call::SendMany, Outcome::Fail(errno));
                        flush_all(&shape, address);
                    }
                };
                std::thread::spawn(work).join().unwrap();
            }
        }
    }
}

#[test]
fn a_system_that_takes_less_is_offered_the_rest_again() {
    for most in [1, 2, 3] {
        faults::plan(Call::SendMany, Outcome::Only(most));
        faults::plan(Call::SendMany, Outcome::Fail(libc::EINTR));
        faults::plan(Call::SendMany, Outcome::Only(1));
        faults::plan(Call::SendMany, Outcome::Fail(libc::EAGAIN));
        faults::plan(Call::SendMany, Outcome::Fail(libc::ENOBUFS));
        flush_all(&lengths(), LOCALHOST);
        assert_eq!(faults::left(), 0);
    }
}

#[test]
fn a_kernel_without_batches_sends_one_by_one() {
    faults::plan(Call::SendMany, Outcome::Fail(libc::ENOSYS));
    flush_all(&lengths(), LOCALHOST);
    assert_eq!(faults::left(), 0);
}

#[test]
fn datagrams_that_do_not_fit_the_link_together_are_fragmented_alone() {
    test_namespace::run(|| {
        let set = std::process::Command::new("ip")
            .args(["link", "set", "lo", "mtu", "1500"])
            .status();
        assert!(set.unwrap().success());
        flush_all(&[2000; 20], LOCALHOST);
        flush_all(&[1200; 20], LOCALHOST);
    });
}

fn transmits<'a>(ends: &[Endpoint], bytes: &'a [u8]) -> Vec<Transmit<'a>> {
    let (mut core, _os) = core_socket(LOCALHOST);
    let mut found = Vec::new();
    for end in ends {
        let datagram = Datagram::new(bytes).to(Destination::from(*end));
        let anydgram_core::Offer::Ready(ready) = core.offer(datagram).unwrap() else {
            panic!("it is bound");
        };
        found.push(*ready.transmit());
    }
    found
}

fn send_together(sender: &OsSocket, transmits: &[Transmit<'_>]) -> Run {
    let mut bundle = sender.bundle();
    for transmit in transmits {
        let to = transmit.destination.as_ref();
        let to = to.map(|to| (&to.address, to.port));
        assert!(bundle.add(to, &transmit.meta, &transmit.payload));
    }
    sender.send_bundle(&mut bundle)
}

#[test]
fn one_call_has_many_destinations_and_says_how_far_it_came() {
    let sender = bound(LOCALHOST);
    let mut receivers = [(); 3].map(|()| bound(LOCALHOST));
    let mut ends: Vec<_> = receivers
        .iter()
        .map(|receiver| receiver.local_address().unwrap())
        .collect();
    // Port 0 is refused.
    ends.push(Endpoint::new(LOCALHOST, 0));
    ends.push(ends[0]);
    let waiting = transmits(&ends[..3], b"hello");
    let run = send_together(&sender, &waiting);
    assert_eq!(
        run,
        Run {
            sent: 3,
            next: None
        }
    );
    for receiver in &mut receivers {
        assert_eq!(read(receiver, 1), [b"hello"]);
    }
    let mut transmit = transmits(&ends[..1], b"again")[0];
    transmit.destination = Some(ends[3]);
    let run = send_together(&sender, &[transmit, transmit]);
    let failed = Some(Transmitted::Failed(Errno::EINVAL));
    assert_eq!(
        run,
        Run {
            sent: 0,
            next: failed
        }
    );
    // That had nothing to do with their being together.
    assert_eq!(sender.together.below(), usize::from(u16::MAX));
}

#[test]
fn one_alone_is_not_a_run() {
    let sender = bound(LOCALHOST);
    let receiver = bound(LOCALHOST);
    let end = receiver.local_address().unwrap();
    let one = transmits(&[end], b"one");
    assert_eq!(send_together(&sender, &one), Run::default());
}

#[test]
fn datagrams_in_pieces_leave_together_in_one() {
    let sender = bound(LOCALHOST);
    let mut receiver = bound(LOCALHOST);
    let end = receiver.local_address().unwrap();
    let mut two = transmits(&[end, end], b"two");
    let pieces: &[&[u8]] = &[b"t", b"", b"hree"];
    two[0].payload = Payload::List(pieces);
    assert_eq!(send_together(&sender, &two).sent, 2);
    assert_eq!(read(&mut receiver, 2), [b"three".as_slice(), b"two"]);
}

#[test]
fn what_the_peer_refused_is_told_of_one_datagram() {
    let (mut core, os) = core_socket(LOCALHOST);
    let mut receiver = bound(LOCALHOST);
    let to = Destination::from(receiver.local_address().unwrap());
    for _ in 0..3 {
        core.send(Datagram::new("hello").to(to)).unwrap();
    }
    faults::plan(Call::SendMany, Outcome::Fail(libc::ECONNREFUSED));
    assert_eq!(flush(&mut core, os.as_ref()), None);
    assert_eq!(read(&mut receiver, 2), [b"hello", b"hello"]);
    assert_eq!((core.stats().sent, core.stats().failed), (2, 1));
}

#[test]
fn a_run_costs_no_allocation() {
    let (mut core, os) = core_socket(LOCALHOST);
    let receiver = bound(LOCALHOST);
    let to = Destination::from(receiver.local_address().unwrap());
    let mut send = || {
        for _ in 0..100 {
            core.send(Datagram::new("hello").to(to).unreported())
                .unwrap();
        }
        assert_eq!(flush(&mut core, os.as_ref()), None);
    };
    send();
    let (allocated, ()) = allocations::count(send);
    assert_eq!(allocated, 0);
}
