use core::net::Ipv6Addr;
use core::time::Duration;

use anydgram_core::{Address, Endpoint, Family, Instant, Metadata, Payload, SendMeta, Transmitted};
use mio::{Events, Interest, Poll, Token};

use super::*;
use crate::sys::open::BindFlags;
use crate::sys::{allocations, control, faults};

const LOCALHOST: Address = Family::V4.loopback();

fn bound(address: Address) -> OsSocket {
    let at = Endpoint::new(address, 0);
    OsSocket::bind(address.family(), at, BindFlags::default()).unwrap()
}

fn sent(socket: &OsSocket, to: Endpoint, bytes: &[u8]) {
    let outcome = socket.send_datagram(Some(to), &SendMeta::new(), &Payload::Slice(bytes));
    assert_eq!(outcome, Transmitted::Sent);
}

/// Reads until there were `count` datagrams, and hands them to `each`.
fn read(
    pool: &mut Pool,
    socket: &mut OsSocket,
    count: usize,
    mut each: impl FnMut(usize, RecvMeta, &[u8]),
) {
    let mut poll = Poll::new().unwrap();
    let registry = poll.registry().try_clone().unwrap();
    registry
        .register(socket, Token(0), Interest::READABLE)
        .unwrap();
    let mut events = Events::with_capacity(1);
    let mut index = 0;
    while index < count {
        match pool.fill(socket, BATCH) {
            Ok(filled) => assert!((1..=BATCH).contains(&filled.messages)),
            Err(Errno::EAGAIN) => {
                poll.poll(&mut events, Some(Duration::from_secs(30)))
                    .unwrap();
                assert!(!events.is_empty(), "{index} of {count} have come");
                continue;
            }
            Err(errno) => panic!("{errno}"),
        }
        let is_over = pool.each(|meta, data| {
            each(index, *meta, data);
            index += 1;
            Flow::GoOn
        });
        assert!(is_over);
    }
    registry.deregister(socket).unwrap();
    assert_eq!(index, count);
    assert_eq!(pool.fill(socket, BATCH), Err(Errno::EAGAIN));
    assert!(pool.each(|_, _| panic!("there are none")));
}

/// Sends datagrams of many lengths, and checks that they come as they were.
fn datagrams_come_as_they_were_sent(pool: &mut Pool) {
    for address in [LOCALHOST, Family::V6.loopback()] {
        let (sender, mut receiver) = (bound(address), bound(address));
        let to = receiver.local_address().unwrap();
        let lengths = [0, 1, 0, 1400, 9000, 7].repeat(7);
        for (index, length) in lengths.iter().enumerate() {
            sent(&sender, to, &vec![u8::try_from(index).unwrap(); *length]);
        }
        let from = sender.local_address().unwrap();
        read(pool, &mut receiver, lengths.len(), |index, meta, data| {
            assert_eq!(data, vec![u8::try_from(index).unwrap(); lengths[index]]);
            assert_eq!((meta.sender, meta.wire_len), (Some(from), Some(data.len())));
            assert_eq!(meta.segment_stride, None);
        });
    }
}

#[test]
fn more_datagrams_than_a_batch_has_come_in_order() {
    datagrams_come_as_they_were_sent(&mut Pool::new());
}

#[test]
fn datagrams_that_come_together_are_told_one_by_one_without_batches() {
    faults::plan(
        faults::Call::ReceiveMany,
        faults::Outcome::Fail(libc::ENOSYS),
    );
    let mut pool = Pool::new();
    datagrams_that_come_together(&mut pool, LOCALHOST);
    assert_eq!(faults::left(), 0);
}

#[test]
fn a_kernel_that_refuses_batches_gives_one_by_one() {
    for errno in [libc::ENOSYS, libc::EPERM] {
        faults::plan(faults::Call::ReceiveMany, faults::Outcome::Fail(errno));
        // Once: it is not asked again.
        datagrams_come_as_they_were_sent(&mut Pool::new());
        assert_eq!(faults::left(), 0);
    }
}

#[test]
fn what_the_system_reports_is_told_and_the_rest_comes() {
    let (sender, mut receiver) = (bound(LOCALHOST), bound(LOCALHOST));
    sent(&sender, receiver.local_address().unwrap(), b"later");
    let mut pool = Pool::new();
    faults::plan(
        faults::Call::ReceiveMany,
        faults::Outcome::Fail(libc::ECONNREFUSED),
    );
    assert_eq!(pool.fill(&receiver, BATCH), Err(Errno::ECONNREFUSED));
    // A signal is nobody's business.
    faults::plan(
        faults::Call::ReceiveMany,
        faults::Outcome::Fail(libc::EINTR),
    );
    read(&mut pool, &mut receiver, 1, |_, _, data| {
        assert_eq!(data, b"later");
    });
}

#[test]
fn datagrams_that_come_together_are_told_one_by_one() {
    for address in [LOCALHOST, Family::V6.loopback()] {
        datagrams_that_come_together(&mut Pool::new(), address);
    }
}

/// Sends datagrams of one length in one go, and checks that they come as datagrams.
fn datagrams_that_come_together(pool: &mut Pool, address: Address) {
    let (sender, mut receiver) = (bound(address), bound(address));
    receiver.coalesce();
    sender
        .call(|socket| control::set(socket, libc::SOL_UDP, libc::UDP_SEGMENT, 100))
        .unwrap();
    let to = receiver.local_address().unwrap();
    let bytes: Vec<u8> = (0..=255).cycle().take(1_950).collect();
    sent(&sender, to, &bytes);
    sent(&sender, to, &bytes[..40]);
    let mut all = Vec::new();
    let mut strides = Vec::new();
    read(pool, &mut receiver, 21, |index, meta, data| {
        let length = [100, 50, 40][index.saturating_sub(18)];
        assert_eq!((data.len(), meta.wire_len), (length, Some(length)));
        strides.push(meta.segment_stride);
        all.extend_from_slice(data);
    });
    assert_eq!(all, [&bytes, &bytes[..40]].concat());
    // A kernel that cannot do it has told so, and gives them alone.
    let is_known = strides
        .iter()
        .all(|stride| matches!(stride, None | Some(100)));
    assert!(is_known && strides[20].is_none(), "{strides:?}");
}

#[test]
fn what_is_asked_for_is_told() {
    let wildcard = Family::V6.wildcard();
    let mapped = Address::from(Ipv6Addr::from([0, 0, 0, 0, 0, 0xffff, 0x7f00, 1]));
    let cases = [
        (LOCALHOST, LOCALHOST, LOCALHOST),
        (wildcard, Family::V6.loopback(), Family::V6.loopback()),
        (wildcard, LOCALHOST, mapped),
    ];
    for (at, to, local) in cases {
        let mut receiver = bound(at);
        receiver.tell(Metadata::ALL).unwrap();
        let sender = bound(to);
        let class = match to.family() {
            Family::V4 => (libc::IPPROTO_IP, libc::IP_TOS),
            Family::V6 => (libc::IPPROTO_IPV6, libc::IPV6_TCLASS),
        };
        sender
            .call(|socket| control::set(socket, class.0, class.1, 0b1010_1010))
            .unwrap();
        sender
            .set_option(anydgram_core::SocketOption::Ttl(33))
            .unwrap();
        let port = receiver.local_address().unwrap().port;
        let check = |meta: RecvMeta| {
            assert_eq!(meta.local, Some(local));
            assert!(meta.reply_from_local);
            assert!(meta.interface.is_some_and(|index| index > 0));
            assert_eq!(
                (meta.hop_limit, meta.traffic_class),
                (Some(33), Some(0b1010_1010))
            );
            assert!(meta.timestamp > Some(Instant::from_micros(1_700_000_000_000_000)));
        };
        sent(&sender, Endpoint::new(to, port), b"batched");
        read(&mut Pool::new(), &mut receiver, 1, |_, meta, _| check(meta));
        sent(&sender, Endpoint::new(to, port), b"alone");
        loop {
            match receiver.receive(&mut [0; 3]) {
                Err(Errno::EAGAIN) => std::thread::yield_now(),
                received => {
                    let (length, meta) = received.unwrap();
                    assert_eq!((length, meta.wire_len), (3, Some(5)));
                    break check(meta);
                }
            }
        }
    }
}

#[test]
fn nothing_is_told_that_was_not_asked_for() {
    let (sender, mut receiver) = (bound(LOCALHOST), bound(LOCALHOST));
    receiver.tell(Metadata::NONE).unwrap();
    sent(&sender, receiver.local_address().unwrap(), b"hello");
    read(&mut Pool::new(), &mut receiver, 1, |_, meta, _| {
        let mut known = RecvMeta::default();
        (known.sender, known.wire_len) = (sender.local_address().ok(), Some(5));
        assert_eq!(meta, known);
    });
}

/// Whether the system coalesces the datagrams of a socket.
fn is_coalesced(socket: &OsSocket) -> bool {
    let (mut value, mut length) = (0, 4);
    let pointer = core::ptr::from_mut::<i32>(&mut value).cast();
    let fd = std::os::fd::AsRawFd::as_raw_fd(socket);
    // SAFETY: `pointer` points to `length` bytes, which the call may write.
    let result =
        unsafe { libc::getsockopt(fd, libc::SOL_UDP, libc::UDP_GRO, pointer, &raw mut length) };
    assert_eq!(result, 0);
    value != 0
}

#[test]
fn datagrams_are_coalesced_once_several_have_waited() {
    let (sender, mut receiver) = (bound(LOCALHOST), bound(LOCALHOST));
    let to = receiver.local_address().unwrap();
    let mut pool = Pool::new();
    sent(&sender, to, b"one");
    read(&mut pool, &mut receiver, 1, |_, _, _| {});
    assert!(!is_coalesced(&receiver));
    // Some day all of them have come before they are looked for.
    for _ in 0..10_000 {
        for _ in 0..3 {
            sent(&sender, to, b"more");
        }
        read(&mut pool, &mut receiver, 3, |_, _, _| {});
        if is_coalesced(&receiver) {
            return;
        }
    }
    panic!("never");
}

#[test]
fn a_descriptor_of_somebody_elses_is_not_coalesced() {
    use std::os::fd::{AsFd as _, IntoRawFd as _};

    let own = bound(LOCALHOST);
    let twin = own.as_fd().try_clone_to_owned().unwrap().into_raw_fd();
    let adopted = OsSocket::adopt(twin).unwrap();
    adopted.coalesce();
    assert!(!is_coalesced(&own));
    own.coalesce();
    assert!(is_coalesced(&own));
    // Before it is sent to another process, and from then on.
    own.separate().unwrap();
    own.coalesce();
    assert!(!is_coalesced(&own));
}

#[test]
fn a_batch_costs_no_allocation() {
    let (sender, receiver) = (bound(LOCALHOST), bound(LOCALHOST));
    receiver.tell(Metadata::ALL).unwrap();
    receiver.coalesce();
    let to = receiver.local_address().unwrap();
    let mut pool = Pool::new();
    let mut bytes = 0;
    let (allocated, ()) = allocations::count(|| {
        for _ in 0..100 {
            sent(&sender, to, b"hello");
            while pool.fill(&receiver, BATCH) == Err(Errno::EAGAIN) {
                std::thread::yield_now();
            }
            pool.each(|_, data| {
                bytes += data.len();
                Flow::GoOn
            });
        }
    });
    assert_eq!((allocated, bytes), (0, 500));
}
