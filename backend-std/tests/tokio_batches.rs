//! Many datagrams with one call of the async sockets: one behaviour a test.
#![cfg(all(target_os = "linux", feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

extern crate alloc;

use alloc::sync::Arc;
use core::net::Ipv4Addr;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;

use anydgram_std::tokio::{Batch, Socket};
use anydgram_std::{
    BindOptions, BlockList, Datagram, Destination, Metadata, Options, SendMeta, SocketOptions,
    SocketType,
};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(30);
const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// Bytes of a numbered datagram.
const LENGTH: usize = 100;

fn anywhere() -> BindOptions<'static> {
    BindOptions::port(0).address(LOCALHOST)
}

async fn bound() -> Socket {
    Socket::bound(SocketType::Udp4, anywhere()).await.unwrap()
}

fn to(socket: &Socket) -> Destination<'static> {
    socket.address().unwrap().into()
}

/// Sends datagrams of one length that begin with their numbers.
async fn send_numbered(from: &Socket, to: &Socket, numbers: core::ops::Range<u32>) {
    let there = crate::to(to);
    let payloads: Vec<_> = numbers
        .map(|number| {
            let mut payload = [0; LENGTH];
            payload[..4].copy_from_slice(&number.to_be_bytes());
            payload
        })
        .collect();
    let datagrams: Vec<_> = payloads
        .iter()
        .map(|payload| Datagram::new(payload).to(there))
        .collect();
    let mut told = 0;
    let each = |place, result| {
        assert_eq!((place, result), (told, Ok(LENGTH)));
        told += 1;
    };
    from.send_many(&datagrams, each).await;
    assert_eq!(told, datagrams.len());
}

fn number(data: &[u8]) -> u32 {
    assert_eq!(data.len(), LENGTH);
    u32::from_be_bytes(*data.first_chunk().unwrap())
}

async fn recv_many(socket: &Socket, batch: &mut Batch) -> usize {
    let received = timeout(LIMIT, socket.recv_many(batch)).await.unwrap();
    let count = received.unwrap();
    assert_eq!(count, batch.iter().count());
    assert_eq!((count, batch.is_empty()), (batch.len(), false));
    count
}

async fn recv_one(socket: &Socket) -> u32 {
    let mut buffer = [0; 2 * LENGTH];
    let received = timeout(LIMIT, socket.recv_from(&mut buffer)).await.unwrap();
    let (length, meta) = received.unwrap();
    assert_eq!(meta.wire_len, Some(LENGTH));
    number(buffer.get(..length).unwrap())
}

/// A sender, and a receiver whose datagrams the system coalesces: it does once several have waited.
async fn coalesced() -> (Socket, Socket) {
    let (sender, receiver) = (bound().await, bound().await);
    let mut batch = Batch::new();
    for _ in 0..1000 {
        send_numbered(&sender, &receiver, 0..4).await;
        let mut left = 4;
        while left > 0 {
            left -= recv_many(&receiver, &mut batch).await;
            let is_coalesced = batch
                .iter()
                .any(|(meta, _)| meta.segment_stride.map(usize::from) == Some(LENGTH));
            if is_coalesced && left == 0 {
                return (sender, receiver);
            }
        }
    }
    panic!("datagrams have never come together");
}

#[tokio::test]
async fn many_datagrams_are_received_in_order_with_their_senders() {
    let (sender, receiver) = (bound().await, bound().await);
    let mut batch = Batch::new();
    assert!(batch.is_empty());
    send_numbered(&sender, &receiver, 0..100).await;
    let mut next = 0;
    while next < 100 {
        recv_many(&receiver, &mut batch).await;
        for (meta, data) in &batch {
            assert_eq!(number(data), next);
            assert_eq!(meta.sender, sender.address().ok());
            assert_eq!(meta.wire_len, Some(LENGTH));
            next += 1;
        }
    }
    assert_eq!(sender.stats().sent, 100);
    assert_eq!(receiver.stats().received, 100);
    let none = receiver.try_recv_many(&mut batch);
    assert_eq!(none.unwrap_err().to_string(), "recvmsg EAGAIN");
    assert!(batch.is_empty() && batch.iter().next().is_none());
}

#[tokio::test]
async fn single_receives_take_apart_what_has_come_together() {
    let (sender, receiver) = Box::pin(coalesced()).await;
    let mut batch = Batch::new();
    for _ in 0..10 {
        send_numbered(&sender, &receiver, 0..20).await;
        assert_eq!(recv_one(&receiver).await, 0);
        let mut short = [0; 2];
        let cut = receiver.recv_from(&mut short).await.unwrap();
        assert_eq!((cut.0, cut.1.wire_len), (2, Some(LENGTH)));
        receiver.readable().await.unwrap();
        let mut buffer = [0; LENGTH];
        assert_eq!(receiver.try_recv(&mut buffer).unwrap(), LENGTH);
        assert_eq!(number(&buffer), 2);
        let mut next = 3;
        while next < 20 {
            recv_many(&receiver, &mut batch).await;
            for (_, data) in &batch {
                assert_eq!(number(data), next);
                next += 1;
            }
        }
        let none = receiver.try_recv(&mut buffer);
        assert_eq!(none.unwrap_err().to_string(), "recvmsg EAGAIN");
    }
}

#[tokio::test]
async fn each_datagram_goes_to_one_task() {
    const COUNT: u32 = 2000;
    let (sender, receiver) = Box::pin(coalesced()).await;
    let seen: Arc<Vec<_>> = Arc::new((0..COUNT).map(|_| AtomicUsize::new(0)).collect());
    let tasks: Vec<_> = (0..4)
        .map(|task| {
            let (receiver, seen) = (receiver.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                let mut batch = Batch::new();
                let see = |number: u32| seen[number as usize].fetch_add(1, Ordering::Relaxed);
                loop {
                    if task % 2 == 0 {
                        see(recv_one(&receiver).await);
                    } else if receiver.recv_many(&mut batch).await.is_ok() {
                        for (_, data) in &batch {
                            see(number(data));
                        }
                    }
                }
            })
        })
        .collect();
    for start in (0..COUNT).step_by(20) {
        send_numbered(&sender, &receiver, start..start + 20).await;
        let has_come = || {
            let place = start as usize..start as usize + 20;
            let mut all = seen[place].iter();
            all.all(|count| count.load(Ordering::Relaxed) > 0)
        };
        let all = async {
            while !has_come() {
                tokio::task::yield_now().await;
            }
        };
        timeout(LIMIT, all).await.unwrap();
    }
    tasks.iter().for_each(tokio::task::JoinHandle::abort);
    assert!(seen.iter().all(|count| count.load(Ordering::Relaxed) == 1));
}

#[tokio::test]
async fn what_comes_after_a_batch_that_was_all_is_told() {
    let (sender, receiver) = (bound().await, bound().await);
    receiver.connect(to(&sender)).await.unwrap();
    let mut batch = Batch::new();
    send_numbered(&sender, &receiver, 0..2).await;
    let mut next = recv_many(&receiver, &mut batch).await;
    while next < 2 {
        next += recv_many(&receiver, &mut batch).await;
    }
    // There is nobody left to send to, of which the next receive is told.
    sender.close().await.unwrap();
    let waiting = timeout(LIMIT, receiver.recv_many(&mut batch));
    let (received, sent) = tokio::join!(waiting, receiver.send("x"));
    assert_eq!(
        (received.unwrap().unwrap_err().code(), sent),
        ("ECONNREFUSED", Ok(1))
    );
}

#[tokio::test]
async fn what_is_kept_out_is_not_in_a_batch() {
    let blocked = Socket::bound(SocketType::Udp4, BindOptions::port(0).address("127.0.0.2"));
    let (friend, blocked) = (bound().await, blocked.await.unwrap());
    let list = BlockList::new();
    list.add_address(Ipv4Addr::new(127, 0, 0, 2).into());
    let options = SocketOptions::new(SocketType::Udp4).receive_block_list(list);
    let receiver = Socket::bound(options, anywhere()).await.unwrap();
    for start in [0, 10, 20] {
        send_numbered(&blocked, &receiver, 90..95).await;
        send_numbered(&friend, &receiver, start..start + 10).await;
    }
    send_numbered(&blocked, &receiver, 90..92).await;
    send_numbered(&friend, &receiver, 30..31).await;
    let mut batch = Batch::new();
    let mut next = 0;
    while next < 31 {
        recv_many(&receiver, &mut batch).await;
        for (meta, data) in &batch {
            assert_eq!((number(data), meta.sender), (next, friend.address().ok()));
            next += 1;
        }
    }
    let stats = receiver.stats();
    assert_eq!((stats.delivered, stats.dropped_blocked), (31, 17));
}

#[tokio::test]
async fn closing_drops_what_nobody_has_asked_for() {
    let (sender, receiver) = Box::pin(coalesced()).await;
    send_numbered(&sender, &receiver, 0..10).await;
    assert_eq!(recv_one(&receiver).await, 0);
    assert_eq!(receiver.stats().dropped_not_running, 0);
    receiver.close().await.unwrap();
    let mut batch = Batch::new();
    let closed = receiver.recv_many(&mut batch).await;
    assert_eq!(closed.unwrap_err().code(), "ERR_SOCKET_DGRAM_NOT_RUNNING");
    let one = receiver.recv(&mut [0; 1]).await;
    assert_eq!(one.unwrap_err().code(), "ERR_SOCKET_DGRAM_NOT_RUNNING");
    assert_eq!(receiver.stats().dropped_not_running, 9);
}

#[tokio::test]
async fn one_that_is_refused_does_not_keep_the_others_back() {
    let receiver = bound().await;
    let (there, port) = (to(&receiver), receiver.address().unwrap().port);
    // It is unbound until it sends.
    let sender = Socket::new(SocketType::Udp4).unwrap();
    let long = vec![0; 65_508];
    let destinations = [
        ("first", there),
        ("second", there),
        ("to port 0", Destination::new(LOCALHOST, 0)),
        ("by name", Destination::new("localhost", port)),
        ("to IPv6", Destination::new("::1", port)),
        ("to nobody", Destination::new("no..such", port)),
        ("", there),
        ("last", there),
    ];
    let mut datagrams = destinations
        .map(|(text, to)| Datagram::new(text).to(to))
        .to_vec();
    datagrams.insert(7, Datagram::new(long.as_slice()).to(there));
    let mut told = Vec::new();
    let each = |place, result: Result<usize, anydgram_std::Error>| {
        assert_eq!(place, told.len());
        told.push(result.map_err(|error| error.code().to_owned()));
    };
    sender.send_many(&datagrams, each).await;
    let expected = [
        Ok(5),
        Ok(6),
        Err("ERR_SOCKET_BAD_PORT"),
        Ok(7),
        Err("EINVAL"),
        Err("ENOTFOUND"),
        Ok(0),
        Err("EMSGSIZE"),
        Ok(4),
    ];
    assert_eq!(told, expected.map(|result| result.map_err(str::to_owned)));
    let mut batch = Batch::new();
    let mut texts = Vec::new();
    while texts.len() < 5 {
        recv_many(&receiver, &mut batch).await;
        texts.extend(batch.iter().map(|(_, data)| data.to_vec()));
    }
    assert_eq!(
        texts,
        ["first", "second", "by name", "", "last"].map(|text| text.as_bytes())
    );
}

#[tokio::test]
async fn a_connected_socket_sends_many_to_its_peer() {
    let (sender, receiver) = (bound().await, bound().await);
    sender.connect(to(&receiver)).await.unwrap();
    let payloads = ["one", "two", "three"];
    let datagrams = payloads.map(Datagram::new);
    let mut sent = Vec::new();
    sender
        .send_many(&datagrams, |_, result| sent.push(result))
        .await;
    assert_eq!(sent, [Ok(3), Ok(3), Ok(5)]);
    let mut batch = Batch::new();
    let mut texts = Vec::new();
    while texts.len() < 3 {
        recv_many(&receiver, &mut batch).await;
        texts.extend(batch.iter().map(|(_, data)| data.to_vec()));
    }
    assert_eq!(texts, payloads.map(str::as_bytes));
    let elsewhere = [Datagram::new("x").to(to(&receiver))];
    let refused = |_, result: Result<usize, anydgram_std::Error>| {
        assert_eq!(result.unwrap_err().code(), "ERR_SOCKET_DGRAM_IS_CONNECTED");
    };
    sender.send_many(&elsewhere, refused).await;
}

#[test]
fn a_batch_may_go_to_other_threads() {
    const fn is_send_and_sync<T: Send + Sync>() {}
    const fn is_send<T: Send>(_: &T) {}
    const { is_send_and_sync::<Batch>() };
    let socket = Socket::new(SocketType::Udp4).unwrap();
    let mut batch = Batch::new();
    is_send(&socket.recv_many(&mut batch));
    is_send(&socket.send_many(&[], |_, _| {}));
}

#[tokio::test]
async fn what_datagrams_ask_for_goes_with_them_alone_and_in_batches() {
    let options = Options::new(SocketType::Udp4).metadata(Metadata::ALL);
    let receiver = Socket::bound(options, anywhere()).await.unwrap();
    let sender = bound().await;
    let asking = |class| {
        let meta = SendMeta::new().with_dscp(class).with_hop_limit(class + 1);
        Datagram::new("x").to(to(&receiver)).with(meta)
    };
    assert_eq!(sender.send_datagram(asking(8)).await, Ok(1));
    let datagrams = [asking(10), asking(10), asking(12)];
    let each = |_, result| assert_eq!(result, Ok(1));
    sender.send_many(&datagrams, each).await;
    // Not when it goes alone, and not when it goes with others.
    let foreign = SendMeta::new().with_source(core::net::Ipv6Addr::LOCALHOST.into());
    let foreign = Datagram::new("x").to(to(&receiver)).with(foreign);
    let refused = sender.send_datagram(foreign).await;
    assert_eq!(refused.unwrap_err().code(), "EINVAL");
    let mut codes = Vec::new();
    let each = |_, result: Result<usize, anydgram_std::Error>| {
        codes.push(result.map_err(|error| error.code().to_owned()));
    };
    let datagrams = [asking(14), foreign, foreign, asking(14)];
    sender.send_many(&datagrams, each).await;
    let refused = || Err("EINVAL".to_owned());
    assert_eq!(codes, [Ok(1), refused(), refused(), Ok(1)]);
    let mut batch = Batch::new();
    let mut seen = Vec::new();
    while seen.len() < 6 {
        recv_many(&receiver, &mut batch).await;
        seen.extend(batch.iter().map(|(meta, _)| (meta.dscp(), meta.hop_limit)));
    }
    let expected = [8, 10, 10, 12, 14, 14].map(|class| (Some(class), Some(class + 1)));
    assert_eq!(seen, expected);
}
