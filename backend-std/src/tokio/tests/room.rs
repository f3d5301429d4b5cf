//! A system without room, by plan: what waits leaves, `Drained` is told once, and nobody asks in vain.

use std::time::Instant;

use anydgram_core::Limits;

use super::*;
use crate::SocketOptions;
use crate::backlog::RETRY;
use crate::sys::faults::{self, Call, Outcome};

/// How often the system may have been asked since `start`, if it was for the first time then.
fn most_since(start: Instant) -> usize {
    let intervals = start.elapsed().as_millis() / RETRY.as_millis();
    usize::try_from(intervals).unwrap() + 1
}

#[expect(clippy::disallowed_methods, reason = "how long something takes")]
fn clock() -> Instant {
    Instant::now()
}

/// A socket of a small queue, and the way to itself.
async fn small() -> (Socket, Destination<'static>) {
    let options = SocketOptions::new(SocketType::Udp4).limits(Limits::new().send_queue(100, 4));
    let anywhere = BindOptions::port(0).address(LOCALHOST);
    let socket = Socket::bound(options, anywhere).await.unwrap();
    let to = Destination::new(LOCALHOST, port_of(&socket));
    (socket, to)
}

/// Six datagrams, each longer than the one before it, so that no two of them leave as one.
fn six() -> impl Iterator<Item = Vec<u8>> {
    (1..=6_u8).map(|length| vec![length; length.into()])
}

/// The first bytes of as many datagrams as there are in `sent`, in which order they came.
async fn receive(socket: &Socket, sent: &[u8]) -> Vec<u8> {
    let (mut buffer, mut received) = ([0; 16], Vec::new());
    while received.len() < sent.len() {
        let length = timeout(LIMIT, socket.recv(&mut buffer)).await.unwrap();
        assert!(length.unwrap() > 0);
        received.push(buffer[0]);
    }
    received
}

/// The lacks of room that were counted, and those of a filling.
fn counted(socket: &Socket, filling: &[Option<i32>]) -> [[u32; 2]; 2] {
    let failed = |errno| filling.iter().filter(|one| **one == Some(errno)).count();
    let failed = [failed(libc::EAGAIN), failed(libc::ENOBUFS)];
    let stats = socket.stats();
    let counted = [stats.buffer_full, stats.memory_full];
    [counted, failed.map(|count| u32::try_from(count).unwrap())]
}

#[test]
fn whatever_is_full_what_is_queued_leaves_and_drained_is_told_once() {
    for filling in faults::fillings() {
        runtime().block_on(async {
            let (socket, to) = small().await;
            faults::plan_filling(&filling);
            let mut taken = Vec::new();
            for payload in six() {
                match socket.queue(Datagram::new(&*payload).to(to)) {
                    Ok(()) => taken.push(payload[0]),
                    Err(error) => assert_eq!(error.code(), "ERR_SOCKET_DGRAM_QUEUE_FULL"),
                }
            }
            assert_eq!(receive(&socket, &taken).await, taken, "{filling:?}");
            if taken.len() < 6 {
                while timeout(LIMIT, socket.next_event()).await.unwrap() != Some(Event::Drained) {}
            }
            let [counted, failed] = counted(&socket, &filling);
            assert_eq!((counted, faults::left()), (failed, 0), "{filling:?}");
            socket.close().await.unwrap();
            while let Some(event) = socket.next_event().await {
                assert_ne!(event, Event::Drained, "{filling:?}");
            }
        });
    }
}

#[test]
fn whatever_is_full_what_is_waited_for_leaves() {
    for filling in faults::fillings() {
        runtime().block_on(async {
            let (socket, to) = small().await;
            faults::plan_filling(&filling);
            let sent: Vec<_> = six().map(|payload| payload[0]).collect();
            for payload in six() {
                let sent = timeout(LIMIT, socket.send_to(&*payload, to)).await.unwrap();
                assert_eq!(sent, Ok(payload.len()));
            }
            assert_eq!(receive(&socket, &sent).await, sent, "{filling:?}");
            let payloads: Vec<_> = six().collect();
            let datagrams: Vec<_> = payloads
                .iter()
                .map(|of| Datagram::new(&**of).to(to))
                .collect();
            faults::plan_filling(&filling);
            let mut told = Vec::new();
            let sending = socket.send_many(&datagrams, |_, result| told.push(result));
            timeout(LIMIT, sending).await.unwrap();
            assert_eq!(told, [1, 2, 3, 4, 5, 6].map(Ok), "{filling:?}");
            assert_eq!(receive(&socket, &sent).await, sent, "{filling:?}");
            assert_eq!(faults::left(), 0);
        });
    }
}

#[test]
fn a_system_without_memory_is_asked_once_an_interval_however_many_want_to_send() {
    const TASKS: usize = 20;
    runtime().block_on(async {
        let (socket, to) = small().await;
        for _ in 0..1_000 {
            faults::plan(Call::AnySend, Outcome::Fail(libc::ENOBUFS));
        }
        let (asked, start) = (faults::sends(), clock());
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let socket = socket.clone();
                tokio::spawn(async move { socket.send_to("hello", to).await })
            })
            .collect();
        while start.elapsed() < RETRY * 4 {
            let full = socket.try_send_to("x", to).unwrap_err();
            assert_eq!(full.code(), "EAGAIN");
            if let Err(error) = socket.queue(Datagram::new("y").to(to)) {
                assert_eq!(error.code(), "ERR_SOCKET_DGRAM_QUEUE_FULL");
            }
            tokio::task::yield_now().await;
            let asked = faults::sends() - asked;
            assert!(asked <= most_since(start), "{asked} times");
        }
        assert!(faults::sends() - asked >= 2, "it was never asked again");
        faults::forget();
        for task in tasks {
            let sent = timeout(LIMIT, task).await.unwrap();
            assert_eq!(sent.unwrap(), Ok(5));
        }
        assert_eq!(socket.stats().sent, 4 + 20);
    });
}

#[test]
fn a_send_that_waits_for_memory_ends_with_its_runtime() {
    let other = runtime();
    let runtime = runtime();
    let (socket, to) = runtime.block_on(small());
    for _ in 0..1_000 {
        faults::plan(Call::AnySend, Outcome::Fail(libc::ENOBUFS));
    }
    let mut send = pin!(socket.send_to("hello", to));
    runtime.block_on(async {
        assert!(waits(&mut send).await);
    });
    drop(runtime);
    let ended = other.block_on(async { timeout(LIMIT, send).await.unwrap() });
    assert_eq!(ended.unwrap_err().code(), "ECANCELED");
    faults::forget();
}

#[test]
fn a_unix_socket_asks_a_system_without_memory_once_an_interval() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let path = path.to_str().unwrap();
    runtime().block_on(async {
        let receiver = UnixSocket::bound(path).unwrap();
        let sender = UnixSocket::new().unwrap();
        sender.connect(path).unwrap();
        for _ in 0..1_000 {
            faults::plan(Call::AnySend, Outcome::Fail(libc::ENOBUFS));
        }
        let (asked, start) = (faults::sends(), clock());
        let waiting = sender.clone();
        let task = tokio::spawn(async move { waiting.send("hello").await });
        while start.elapsed() < RETRY * 4 {
            assert_eq!(sender.try_send("x").unwrap_err().code(), "EAGAIN");
            tokio::task::yield_now().await;
            let asked = faults::sends() - asked;
            assert!(asked <= most_since(start), "{asked} times");
        }
        assert!(faults::sends() - asked >= 2, "it was never asked again");
        faults::forget();
        let sent = timeout(LIMIT, task).await.unwrap();
        assert_eq!(sent.unwrap(), Ok(5));
        let mut buffer = [0; 16];
        assert_eq!(receiver.recv(&mut buffer).await, Ok(5));
    });
}
