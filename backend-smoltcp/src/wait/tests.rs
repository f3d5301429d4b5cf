//! Real descriptors and threads.

use std::thread;
use std::time::Instant;

use super::*;
use crate::sys::allocations;

/// Long enough that a test which waits for it fails.
const LONG: Duration = Duration::from_secs(60);

/// How long something takes.
#[expect(clippy::disallowed_methods, reason = "it is the system that waits")]
fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn pair() -> (UnixStream, UnixStream) {
    UnixStream::pair().unwrap()
}

#[test]
fn a_limit_ends_a_wait_and_not_too_early() {
    let (one, _other) = pair();
    let limit = Duration::from_micros(1_700);
    let duration = timed(|| wait(&[one.as_fd()], None, Some(limit)).unwrap());
    assert!((limit..LONG / 2).contains(&duration), "{duration:?}");
    let duration = timed(|| wait(&[], None, Some(limit)).unwrap());
    assert!((limit..LONG / 2).contains(&duration), "{duration:?}");
}

#[test]
fn no_limit_is_too_long_for_the_system() {
    let (one, mut other) = pair();
    other.write_all(&[1]).unwrap();
    for limit in [Some(Duration::MAX), Some(LONGEST), None] {
        wait(&[one.as_fd()], None, limit).unwrap();
    }
}

#[test]
fn anything_to_read_ends_a_wait_whichever_it_is() {
    for count in [1, 2, FEW - 1, FEW, FEW + 1, 30] {
        let (quiet, mut writers): (Vec<_>, Vec<_>) = (0..count).map(|_| pair()).unzip();
        let descriptors: Vec<_> = quiet.iter().map(AsFd::as_fd).collect();
        let waker = Waker::new().unwrap();
        for writer in &mut writers {
            writer.write_all(&[1]).unwrap();
            let duration = timed(|| wait(&descriptors, Some(&waker), Some(LONG)).unwrap());
            assert!(duration < LONG / 2, "{count} descriptors");
            for mut one in &quiet {
                one.set_nonblocking(true).unwrap();
                drop(one.read(&mut [0; 8]));
            }
        }
    }
}

#[test]
fn a_descriptor_whose_far_end_is_closed_ends_a_wait() {
    let (one, other) = pair();
    drop(other);
    let duration = timed(|| wait(&[one.as_fd()], None, Some(LONG)).unwrap());
    assert!(duration < LONG / 2);
}

#[test]
fn another_thread_ends_a_wait() {
    let waker = Waker::new().unwrap();
    let other = waker.clone();
    let thread = thread::spawn(move || other.wake().unwrap());
    let duration = timed(|| wait(&[], Some(&waker), Some(LONG)).unwrap());
    assert!(duration < LONG / 2);
    thread.join().unwrap();
}

#[test]
fn any_number_of_calls_ends_one_wait() {
    let waker = Waker::new().unwrap();
    // More than the system keeps.
    for _ in 0..10_000 {
        waker.wake().unwrap();
    }
    let duration = timed(|| wait(&[], Some(&waker), Some(LONG)).unwrap());
    assert!(duration < LONG / 2);
    let limit = Duration::from_millis(2);
    let duration = timed(|| wait(&[], Some(&waker), Some(limit)).unwrap());
    assert!(duration >= limit, "{duration:?}");
}

#[test]
fn a_waker_sleeps_on_when_something_else_ends_a_wait() {
    let (one, mut other) = pair();
    other.write_all(&[1]).unwrap();
    let waker = Waker::new().unwrap();
    wait(&[one.as_fd()], Some(&waker), Some(LONG)).unwrap();
    waker.wake().unwrap();
    let duration = timed(|| wait(&[], Some(&waker), Some(LONG)).unwrap());
    assert!(duration < LONG / 2);
}

#[test]
fn waiting_for_a_few_descriptors_allocates_nothing() {
    let (one, _other) = pair();
    let waker = Waker::new().unwrap();
    let descriptors = [one.as_fd(); FEW - 1];
    let (allocations, result) =
        allocations::count(|| wait(&descriptors, Some(&waker), Some(Duration::ZERO)));
    result.unwrap();
    assert_eq!(allocations, 0);
}
