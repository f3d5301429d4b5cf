//! Single receives of async sockets that have more than one datagram waiting: one behaviour a test.
#![cfg(all(target_os = "linux", feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

extern crate alloc;

use alloc::sync::Arc;
use core::net::Ipv4Addr;
use core::pin::pin;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Waker};
use core::time::Duration;

use anydgram_std::tokio::{Batch, Socket};
use anydgram_std::{
    BindOptions, BlockList, Datagram, Destination, Metadata, Options, RecvMeta, SocketOptions,
    SocketType,
};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(30);
const LOCALHOST: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// Bytes of a numbered datagram at least.
const LENGTH: usize = 100;
/// Lengths of those that cannot come together.
const DIFFERENT: usize = 7;

async fn bound(options: impl Into<SocketOptions>) -> Socket {
    let anywhere = BindOptions::port(0).address(LOCALHOST);
    Socket::bound(options, anywhere).await.unwrap()
}

async fn pair() -> (Socket, Socket) {
    let sender = bound(SocketType::Udp4).await;
    (sender, bound(SocketType::Udp4).await)
}

/// Sends datagrams that begin with their numbers, of one length or of several.
async fn send(from: &Socket, to: &Socket, numbers: core::ops::Range<u32>, lengths: usize) {
    let there = Destination::from(to.address().unwrap());
    let payloads: Vec<_> = numbers
        .map(|number| {
            let mut payload = number.to_be_bytes().to_vec();
            payload.resize(length(number, lengths), 0);
            payload
        })
        .collect();
    let datagrams: Vec<_> = payloads
        .iter()
        .map(|payload| Datagram::new(payload.as_slice()).to(there))
        .collect();
    let each = |_, result: Result<usize, _>| assert!(result.is_ok());
    from.send_many(&datagrams, each).await;
}

fn length(number: u32, lengths: usize) -> usize {
    LENGTH + number as usize % lengths
}

fn number(data: &[u8]) -> u32 {
    u32::from_be_bytes(*data.first_chunk().unwrap())
}

/// The number of the next datagram, and what is known of it.
async fn next(socket: &Socket) -> (u32, RecvMeta) {
    let mut buffer = [0; 2 * LENGTH];
    let received = timeout(LIMIT, socket.recv_from(&mut buffer)).await.unwrap();
    let (length, meta) = received.unwrap();
    assert_eq!(meta.wire_len, Some(length));
    (number(buffer.get(..length).unwrap()), meta)
}

/// Takes datagrams one by one until they come together.
async fn coalesce(sender: &Socket, receiver: &Socket) {
    for _ in 0..100 {
        send(sender, receiver, 0..20, 1).await;
        let mut together = 0;
        for expected in 0..20 {
            let (number, meta) = next(receiver).await;
            assert_eq!(number, expected);
            together += u32::from(meta.segment_stride.map(usize::from) == Some(LENGTH));
        }
        if together == 20 {
            return;
        }
    }
    panic!("datagrams have never come together");
}

fn nothing(socket: &Socket) {
    let none = socket.try_recv(&mut [0; LENGTH]);
    assert_eq!(none.unwrap_err().to_string(), "recvmsg EAGAIN");
}

#[tokio::test]
async fn what_waits_comes_together_and_is_received_one_by_one() {
    let (sender, receiver) = pair().await;
    coalesce(&sender, &receiver).await;
    for lengths in [1, DIFFERENT] {
        for start in [0, 30, 60] {
            send(&sender, &receiver, start..start + 30, lengths).await;
            for expected in start..start + 30 {
                let (number, meta) = next(&receiver).await;
                assert_eq!(number, expected);
                assert_eq!(meta.wire_len, Some(length(number, lengths)));
                assert_eq!(meta.sender, sender.address().ok());
            }
            nothing(&receiver);
        }
    }
}

#[tokio::test]
async fn each_of_what_came_together_may_be_cut_waited_for_and_tried() {
    let (sender, receiver) = pair().await;
    coalesce(&sender, &receiver).await;
    for lengths in [1, DIFFERENT] {
        send(&sender, &receiver, 0..5, lengths).await;
        assert_eq!(next(&receiver).await.0, 0);
        let mut short = [0; 4];
        let (count, meta) = receiver.recv_from(&mut short).await.unwrap();
        assert_eq!((count, number(&short)), (4, 1));
        assert_eq!(meta.wire_len, Some(length(1, lengths)));
        timeout(LIMIT, receiver.readable()).await.unwrap().unwrap();
        let mut buffer = [0; 2 * LENGTH];
        let tried = receiver.try_recv(&mut buffer).unwrap();
        assert_eq!((tried, number(&buffer)), (length(2, lengths), 2));
        assert_eq!(receiver.recv(&mut []).await, Ok(0));
        assert_eq!(next(&receiver).await.0, 4);
        nothing(&receiver);
    }
}

#[tokio::test]
async fn a_batch_takes_what_single_receives_have_left() {
    let (sender, receiver) = pair().await;
    coalesce(&sender, &receiver).await;
    let mut batch = Batch::new();
    for lengths in [1, DIFFERENT] {
        for taken in 1..12 {
            send(&sender, &receiver, 0..40, lengths).await;
            for expected in 0..taken {
                assert_eq!(next(&receiver).await.0, expected);
            }
            let mut expected = taken;
            while expected < 40 {
                let received = timeout(LIMIT, receiver.recv_many(&mut batch)).await;
                assert_eq!(received.unwrap(), Ok(batch.iter().count()));
                for (meta, data) in &batch {
                    assert_eq!(
                        (number(data), data.len()),
                        (expected, length(expected, lengths))
                    );
                    assert_eq!(
                        (meta.wire_len, meta.sender),
                        (Some(data.len()), sender.address().ok())
                    );
                    expected += 1;
                }
            }
            nothing(&receiver);
        }
    }
}

#[tokio::test]
async fn each_of_what_came_together_has_its_metadata() {
    let sender = bound(SocketType::Udp4).await;
    let receiver = bound(Options::new(SocketType::Udp4).metadata(Metadata::ALL)).await;
    coalesce(&sender, &receiver).await;
    for lengths in [1, DIFFERENT] {
        send(&sender, &receiver, 0..20, lengths).await;
        for _ in 0..20 {
            let (_, meta) = next(&receiver).await;
            assert_eq!(meta.local.map(|local| local.ip()), Some(LOCALHOST.into()));
            assert!(meta.interface.is_some() && meta.reply_from_local);
            assert!(meta.hop_limit.is_some() && meta.traffic_class.is_some());
            assert!(meta.timestamp.is_some());
        }
    }
}

#[tokio::test]
async fn what_is_kept_out_is_not_received() {
    let elsewhere = BindOptions::port(0).address("127.0.0.2");
    let blocked = Socket::bound(SocketType::Udp4, elsewhere).await.unwrap();
    let list = BlockList::new();
    list.add_address(Ipv4Addr::new(127, 0, 0, 2).into());
    let options = SocketOptions::new(SocketType::Udp4).receive_block_list(list);
    let (sender, receiver) = (bound(SocketType::Udp4).await, bound(options).await);
    coalesce(&sender, &receiver).await;
    let before = receiver.stats();
    for start in [0, 10, 20] {
        send(&blocked, &receiver, 90..95, 1).await;
        send(&sender, &receiver, start..start + 10, DIFFERENT).await;
    }
    for expected in 0..30 {
        assert_eq!(next(&receiver).await.0, expected);
    }
    nothing(&receiver);
    let stats = receiver.stats();
    assert_eq!(stats.dropped_blocked, 15);
    assert_eq!(stats.delivered - before.delivered, 30);
}

#[tokio::test]
async fn closing_counts_what_nobody_has_asked_for() {
    for lengths in [1, DIFFERENT] {
        let (sender, receiver) = pair().await;
        coalesce(&sender, &receiver).await;
        // After one that came alone, more are taken with the next.
        send(&sender, &receiver, 0..1, 1).await;
        assert_eq!(next(&receiver).await.0, 0);
        nothing(&receiver);
        send(&sender, &receiver, 0..8, lengths).await;
        assert_eq!(next(&receiver).await.0, 0);
        assert_eq!(receiver.stats().dropped_not_running, 0);
        receiver.close().await.unwrap();
        let closed = receiver.recv(&mut [0; 1]).await;
        assert_eq!(closed.unwrap_err().code(), "ERR_SOCKET_DGRAM_NOT_RUNNING");
        assert_eq!(receiver.stats().dropped_not_running, 7);
    }
}

#[tokio::test]
async fn a_receive_that_is_dropped_takes_nothing() {
    let (sender, receiver) = pair().await;
    coalesce(&sender, &receiver).await;
    for lengths in [1, DIFFERENT] {
        {
            let mut buffer = [0; LENGTH];
            let mut waits = pin!(receiver.recv_from(&mut buffer));
            let mut context = Context::from_waker(Waker::noop());
            assert!(waits.as_mut().poll(&mut context).is_pending());
            send(&sender, &receiver, 0..20, lengths).await;
            // Woken, and not polled again.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        for expected in 0..20 {
            assert_eq!(next(&receiver).await.0, expected);
        }
        nothing(&receiver);
    }
}

async fn each_goes_to_one_task() {
    const COUNT: u32 = 4000;
    let (sender, receiver) = pair().await;
    coalesce(&sender, &receiver).await;
    let seen: Arc<Vec<_>> = Arc::new((0..COUNT).map(|_| AtomicUsize::new(0)).collect());
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let (receiver, seen) = (receiver.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                let mut buffer = [0; 2 * LENGTH];
                while let Ok(length) = receiver.recv(&mut buffer).await {
                    let number = number(buffer.get(..length).unwrap());
                    let count = seen.get(number as usize).unwrap();
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for start in (0..COUNT).step_by(20) {
        // As many as can come together, and as many as cannot.
        let lengths = if start % 40 == 0 { 1 } else { DIFFERENT };
        send(&sender, &receiver, start..start + 20, lengths).await;
        let has_come = || {
            let place = start as usize..start as usize + 20;
            let mut all = seen.get(place).unwrap().iter();
            all.all(|count| count.load(Ordering::Relaxed) > 0)
        };
        let all = async {
            while !has_come() {
                tokio::task::yield_now().await;
            }
        };
        timeout(LIMIT, all).await.unwrap();
    }
    receiver.close().await.unwrap();
    for task in tasks {
        timeout(LIMIT, task).await.unwrap().unwrap();
    }
    assert!(seen.iter().all(|count| count.load(Ordering::Relaxed) == 1));
}

#[tokio::test]
async fn each_goes_to_one_task_of_a_thread() {
    Box::pin(each_goes_to_one_task()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn each_goes_to_one_task_of_many_threads() {
    Box::pin(each_goes_to_one_task()).await;
}
