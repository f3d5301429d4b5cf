//! The async Unix datagram sockets: one behaviour a test.
#![cfg(all(unix, feature = "tokio"))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use core::future::{Future as _, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

use anydgram_std::tokio::UnixSocket;
use anydgram_std::{BindState, ConnectState};
use tempfile::TempDir;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(30);

fn path(directory: &TempDir, name: &str) -> String {
    directory.path().join(name).to_str().unwrap().to_owned()
}

/// Sockets that are bound to files `a` and `b`.
fn pair(directory: &TempDir) -> (UnixSocket, UnixSocket) {
    let bound = |name| UnixSocket::bound(path(directory, name).as_str()).unwrap();
    (bound("a"), bound("b"))
}

async fn received(socket: &UnixSocket) -> Vec<u8> {
    let mut buffer = [0; 64];
    let received = timeout(LIMIT, socket.recv(&mut buffer)).await.unwrap();
    buffer.get(..received.unwrap()).unwrap().to_vec()
}

#[tokio::test]
async fn datagrams_go_there_and_back() {
    let directory = tempfile::tempdir().unwrap();
    let (a, b) = pair(&directory);
    assert_eq!(a.bind_state(), BindState::Bound);
    let mut buffer = [0; 3];
    for (text, cut) in [("one", "one"), ("", ""), ("longer", "lon")] {
        let sent = a.send_to(text, path(&directory, "b").as_str()).await;
        assert_eq!(sent, Ok(text.len()));
        let received = timeout(LIMIT, b.recv_from(&mut buffer)).await.unwrap();
        let (length, meta) = received.unwrap();
        assert_eq!(buffer.get(..length).unwrap(), cut.as_bytes());
        if cfg!(target_os = "linux") {
            assert_eq!(meta.wire_len, Some(text.len()));
        }
        assert_eq!(meta.sender, a.address().unwrap());
        let back = b.send_to("back", meta.sender.address().unwrap()).await;
        assert_eq!(back, Ok(4));
        assert_eq!(received_by(&a).await, "back");
    }
    assert_eq!((a.stats().sent, b.stats().delivered), (3, 3));
}

async fn received_by(socket: &UnixSocket) -> String {
    String::from_utf8(received(socket).await).unwrap()
}

#[tokio::test]
async fn a_connected_socket_waits_for_its_peer_to_have_room() {
    let directory = tempfile::tempdir().unwrap();
    let (a, b) = pair(&directory);
    a.connect(path(&directory, "b").as_str()).unwrap();
    assert_eq!(a.connect_state(), ConnectState::Connected);
    assert_eq!(a.remote_address().unwrap(), b.address().unwrap());
    let mut sent = 0_u32;
    let full = loop {
        match a.try_send(&sent.to_be_bytes()) {
            Ok(_) => sent += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(full.to_string(), "send EAGAIN");
    {
        // Dropped while it waits: never sent.
        let mut dropped = pin!(a.send("dropped"));
        let is_pending =
            poll_fn(|context| Poll::Ready(dropped.as_mut().poll(context).is_pending()));
        assert!(is_pending.await);
    }
    let task = {
        let a = a.clone();
        tokio::spawn(async move {
            for number in sent..sent + 100 {
                a.send(&number.to_be_bytes()).await.unwrap();
            }
        })
    };
    for number in 0..sent + 100 {
        assert_eq!(received(&b).await, number.to_be_bytes());
    }
    timeout(LIMIT, task).await.unwrap().unwrap();
    let none = b.try_recv(&mut [0; 1]);
    assert_eq!(none.unwrap_err().to_string(), "recvmsg EAGAIN");
    assert_eq!(a.stats().sent, sent + 100);
    a.disconnect().unwrap();
    let nobody = a.send("x").await;
    assert_eq!(nobody.unwrap_err().code(), "ERR_SOCKET_DGRAM_NOT_CONNECTED");
}

#[tokio::test]
async fn a_destination_without_room_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let (a, _b) = pair(&directory);
    let b = path(&directory, "b");
    let full = loop {
        // It would hang if it waited.
        let sent = timeout(LIMIT, a.send_to("x", b.as_str())).await.unwrap();
        if let Err(error) = sent {
            break error;
        }
    };
    assert_eq!(full.to_string(), format!("send EAGAIN {b}"));
}

#[tokio::test]
async fn closing_ends_what_waits_and_removes_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let (a, b) = pair(&directory);
    let tasks = [(); 3].map(|()| {
        let a = a.clone();
        tokio::spawn(async move { a.recv(&mut [0; 1]).await })
    });
    tokio::task::yield_now().await;
    a.close().unwrap();
    for task in tasks {
        let ended = timeout(LIMIT, task).await.unwrap().unwrap();
        assert_eq!(ended.unwrap_err().code(), "ERR_SOCKET_DGRAM_NOT_RUNNING");
    }
    assert!(a.is_closed());
    assert!(!directory.path().join("a").exists());
    for closed in [
        a.close(),
        a.bind("x"),
        a.connect("x"),
        a.address().map(drop),
    ] {
        assert_eq!(closed.unwrap_err().code(), "ERR_SOCKET_DGRAM_NOT_RUNNING");
    }
    let sent = a.send_to("x", path(&directory, "b").as_str()).await;
    assert_eq!(sent.unwrap_err().code(), "ERR_SOCKET_DGRAM_NOT_RUNNING");
    // The last handle does it, too.
    let other = b.clone();
    drop(b);
    assert!(directory.path().join("b").exists());
    drop(other);
    assert!(!directory.path().join("b").exists());
}

#[tokio::test]
async fn calls_fail_as_they_do_in_the_event_loop() {
    let directory = tempfile::tempdir().unwrap();
    let (a, b) = pair(&directory);
    let [here, there, nowhere] = ["a", "b", "nowhere"].map(|name| path(&directory, name));
    let socket = UnixSocket::new().unwrap();
    let unbound = socket.recv(&mut [0; 1]).await;
    assert_eq!(unbound.unwrap_err().to_string(), "recvmsg EBADF");
    assert_eq!(
        socket.address().unwrap_err().to_string(),
        "getsockname EBADF"
    );
    let taken = socket.bind(here.as_str()).unwrap_err();
    assert_eq!(taken.to_string(), format!("bind EADDRINUSE {here}"));
    assert_eq!(socket.bind_state(), BindState::Unbound);
    let twice = a.bind(nowhere.as_str()).unwrap_err();
    assert_eq!(twice.code(), "ERR_SOCKET_ALREADY_BOUND");
    let nobody = socket.send_to("x", nowhere.as_str()).await.unwrap_err();
    assert_eq!(nobody.to_string(), format!("send ENOENT {nowhere}"));
    let nobody = socket.connect(nowhere.as_str()).unwrap_err();
    assert_eq!(nobody.to_string(), format!("connect ENOENT {nowhere}"));
    assert_eq!(socket.connect_state(), ConnectState::Disconnected);
    socket.connect(there.as_str()).unwrap();
    let connected = socket.try_send_to("x", here.as_str()).unwrap_err();
    assert_eq!(connected.code(), "ERR_SOCKET_DGRAM_IS_CONNECTED");
    b.close().unwrap();
    let gone = socket.send("x").await.unwrap_err();
    assert_eq!(gone.to_string(), "send ECONNREFUSED");
    assert_eq!(socket.stats().sent, 0);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn credentials_and_descriptors_come_with_datagrams() {
    use std::io::{Read as _, Seek as _, Write as _};
    use std::os::fd::AsFd as _;

    use anydgram_std::UnixDatagram;

    let directory = tempfile::tempdir().unwrap();
    let (a, b) = pair(&directory);
    b.pass_credentials(true).unwrap();
    b.receive_descriptors(1).unwrap();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"content").unwrap();
    let there = path(&directory, "b");
    let datagram = UnixDatagram::new("with a file").to(there.as_str());
    assert_eq!(a.send_descriptors(datagram, &[file.as_fd()]), Ok(11));
    let none = a.send_descriptors(datagram, &[]).unwrap_err();
    assert_eq!(none.to_string(), format!("send EINVAL {there}"));
    let mut buffer = [0; 64];
    let received = timeout(LIMIT, b.recv_from(&mut buffer)).await.unwrap();
    let (_, meta) = received.unwrap();
    let pid = meta.ancillary.credentials().unwrap().pid;
    assert_eq!(u32::try_from(pid), Ok(std::process::id()));
    let descriptor = meta.ancillary.take_descriptors().pop().unwrap();
    let mut twin = std::fs::File::from(descriptor);
    twin.rewind().unwrap();
    let mut text = String::new();
    twin.read_to_string(&mut text).unwrap();
    assert_eq!(text, "content");
}

#[tokio::test]
async fn the_futures_of_a_socket_are_send() {
    const fn is_send<T: Send>(_: &T) {}
    let socket = UnixSocket::new().unwrap();
    is_send(&socket.recv_from(&mut [0; 1]));
    is_send(&socket.send("x"));
    is_send(&socket.send_to("x", "/nowhere"));
}
