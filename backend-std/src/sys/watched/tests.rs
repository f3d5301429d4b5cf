use core::cell::Cell;
use core::future::poll_fn;
use core::time::Duration;
use std::sync::mpsc;

use anydgram_core::{Endpoint, Family, Payload, SendMeta, Transmitted};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use super::*;
use crate::sys::open::BindFlags;

const LIMIT: Duration = Duration::from_secs(30);

/// A socket whose peer it is itself.
fn watched() -> (Watched, Endpoint) {
    let address = Family::V4.loopback();
    let at = Endpoint::new(address, 0);
    let os = OsSocket::bind(address.family(), at, BindFlags::default()).unwrap();
    let at = os.local_address().unwrap();
    (Watched::new(os).unwrap(), at)
}

fn sent(os: &OsSocket, to: Endpoint) {
    let outcome = os.send_datagram(Some(to), &SendMeta::new(), &Payload::Slice(b"x"));
    assert_eq!(outcome, Transmitted::Sent);
}

fn take(os: &OsSocket) -> Result<usize, Errno> {
    os.receive(&mut [0; 1]).map(|(length, _)| length)
}

/// Waits, and takes all there is.
async fn taken(watched: &Watched, take: impl Fn(&OsSocket) -> Result<usize, Errno>) -> usize {
    let taking = poll_fn(|cx| watched.poll_take_all(&mut Wait::For(cx), &take, |_| true));
    timeout(LIMIT, taking).await.unwrap().unwrap()
}

fn runtimes() -> [Runtime; 2] {
    [Builder::new_current_thread(), Builder::new_multi_thread()]
        .map(|mut builder| builder.enable_all().build().unwrap())
}

#[test]
fn the_system_is_not_asked_again_after_it_gave_all() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let (watched, at) = watched();
            let asked = Cell::new(0);
            let ask = |os: &OsSocket| {
                asked.set(asked.get() + 1);
                take(os)
            };
            for _ in 0..100 {
                sent(watched.os(), at);
                assert_eq!(taken(&watched, take).await, 1);
                assert!(watched.poll_take(&mut Wait::Told, ask).is_pending());
                // Taken because the reactor has told: likewise.
                sent(watched.os(), at);
                let readable = poll_fn(|cx| watched.poll_readable(cx));
                timeout(LIMIT, readable).await.unwrap().unwrap();
                let told = watched.poll_take_all(&mut Wait::Told, take, |_| true);
                assert_eq!(told, Poll::Ready(Ok(1)));
                assert!(watched.poll_take(&mut Wait::Told, ask).is_pending());
            }
            // The system may tell of one datagram twice.
            assert!(asked.get() < 20, "{}", asked.get());
        });
    }
}

#[test]
fn what_comes_while_all_is_taken_is_told() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let (watched, at) = watched();
            let (_keep, never) = mpsc::channel::<()>();
            // With and without time for the reactor to tell of it before what it knew is forgotten.
            for pause in [0, 20].map(Duration::from_millis).repeat(5) {
                sent(watched.os(), at);
                let take_one_and_send = |os: &OsSocket| {
                    let taken = take(os)?;
                    sent(os, at);
                    assert!(never.recv_timeout(pause).is_err());
                    Ok(taken)
                };
                assert_eq!(taken(&watched, take_one_and_send).await, 1);
                assert_eq!(taken(&watched, take).await, 1);
            }
        });
    }
}

#[test]
fn errors_do_not_end_what_is_known() {
    for runtime in runtimes() {
        runtime.block_on(async {
            let (watched, at) = watched();
            sent(watched.os(), at);
            let failing = poll_fn(|cx| {
                let fail = |_: &OsSocket| Err::<usize, _>(Errno::ECONNREFUSED);
                watched.poll_take_all(&mut Wait::For(cx), fail, |_| true)
            });
            let failed = timeout(LIMIT, failing).await.unwrap();
            assert_eq!(failed, Err(Errno::ECONNREFUSED));
            let told = watched.poll_take(&mut Wait::Told, take);
            assert_eq!(told, Poll::Ready(Ok(1)));
        });
    }
}
