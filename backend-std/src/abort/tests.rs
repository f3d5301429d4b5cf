use core::sync::atomic::AtomicUsize;
use std::thread;

use super::*;

const fn assert_send_sync<T: Send + Sync>() {}
const _: () = assert_send_sync::<AbortController>();
const _: () = assert_send_sync::<AbortSignal>();
const _: () = assert_send_sync::<Registration>();

/// A counter, and a waker that counts.
fn counting() -> (Arc<AtomicUsize>, Waker) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let waker = move || {
        counter.fetch_add(1, Ordering::Relaxed);
    };
    (count, Arc::new(waker))
}

#[test]
fn aborting_sets_the_signal_and_calls_each_waker_once() {
    let controller = AbortController::new();
    let signal = controller.signal();
    let (count, waker) = counting();
    let first = signal.register(Arc::clone(&waker));
    let second = signal.register(waker);
    assert!(first.is_some() && second.is_some());
    assert!(!signal.aborted());

    controller.abort();
    assert!(signal.aborted());
    assert_eq!(count.load(Ordering::Relaxed), 2);

    controller.clone().abort();
    assert_eq!(count.load(Ordering::Relaxed), 2);
}

#[test]
fn wakers_are_called_in_the_order_of_registration() {
    let controller = AbortController::new();
    let order = Arc::new(Mutex::new(Vec::new()));
    let register = |number: u32| {
        let order = Arc::clone(&order);
        let waker = move || order.lock().unwrap().push(number);
        controller.signal().register(Arc::new(waker))
    };
    let registrations = [register(1), register(2), register(3)];
    controller.abort();
    assert_eq!(*order.lock().unwrap(), [1, 2, 3]);
    drop(registrations);
}

#[test]
fn a_dropped_registration_is_silent_and_frees_its_waker() {
    let controller = AbortController::new();
    let (count, waker) = counting();
    let registration = controller.signal().register(waker);
    assert_eq!(Arc::strong_count(&count), 2);

    drop(registration);
    assert_eq!(Arc::strong_count(&count), 1);
    controller.abort();
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[test]
fn an_aborted_signal_refuses_wakers() {
    let (count, waker) = counting();
    assert!(AbortSignal::abort().aborted());
    assert!(AbortSignal::abort().register(waker).is_none());
    assert_eq!(count.load(Ordering::Relaxed), 0);
}

#[test]
fn a_signal_outlives_its_controller_and_stays_quiet() {
    let signal = AbortController::new().signal();
    assert!(!signal.aborted());
    assert!(signal.register(counting().1).is_some());
}

#[test]
fn a_waker_may_use_the_signal() {
    let controller = AbortController::new();
    let (count, waker) = counting();
    let other = Mutex::new(controller.signal().register(Arc::clone(&waker)));
    let inner = controller.clone();
    let reentrant = controller.signal().register(Arc::new(move || {
        inner.abort();
        assert!(inner.signal().register(Arc::clone(&waker)).is_none());
        drop(other.lock().unwrap().take());
    }));
    controller.abort();
    assert!(reentrant.is_some());
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
fn a_waker_that_owns_a_registration_can_be_removed() {
    let signal = AbortSignal::default();
    let owned = signal.register(counting().1);
    let owner = signal.register(Arc::new(move || {
        let _ = &owned;
    }));
    drop(owner);
    assert!(signal.shared.wakers().waiting.is_empty());
}

#[test]
fn every_abort_from_another_thread_is_learnt_of_exactly_once() {
    for _ in 0..200 {
        let controller = AbortController::new();
        let signal = controller.signal();
        let (count, waker) = counting();
        let aborting = thread::spawn(move || controller.abort());
        let registration = signal.register(waker);
        aborting.join().unwrap();
        let refused = usize::from(registration.is_none());
        assert_eq!(refused + count.load(Ordering::Relaxed), 1);
        assert!(signal.aborted());
    }
}
