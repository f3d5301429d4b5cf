//! Waking every task that waits for one thing.
//!
//! A wait begins with [`Signal::notified`], goes on with a look whether there is something to wait for, and ends with
//! the `.await`: what happens in between wakes as well. All are woken, and those that find nothing wait again; a task
//! that goes away takes nobody's wake-up with it.

use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use std::thread;

use alloc::sync::Arc;
use alloc::task::Wake;

use anydgram_core::Full;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::task::coop;

use crate::backlog::RETRY;
use crate::sys::watched::Wait;

#[derive(Debug, Default)]
pub(super) struct Signal {
    notify: Notify,
    /// Will be woken by a timer.
    is_timed: AtomicBool,
    /// Until then there is no memory, and no sense in asking.
    is_paused: AtomicBool,
}

impl Signal {
    /// Ready at the next wake-up after this call.
    pub(super) fn notified(&self) -> Notified<'_> {
        self.notify.notified()
    }

    /// Makes attempts until one is not in vain, first without a wait, then with one that this is woken for.
    pub(super) async fn until<T>(
        self: &Arc<Self>,
        mut attempt: impl FnMut(&mut Wait<'_, '_>) -> Poll<T>,
    ) -> T {
        take_turn().await;
        // Nearly always that is enough, and nothing has to be prepared.
        if let Poll::Ready(value) = attempt(&mut Wait::Told) {
            return value;
        }
        self.until_woken(|context| attempt(&mut Wait::For(context)))
            .await
    }

    /// The same for whoever has taken a turn, and for whom an attempt without a wait is not enough.
    pub(super) async fn until_woken<T>(
        self: &Arc<Self>,
        mut attempt: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> T {
        loop {
            let woken = self.notified();
            let waker = self.waker();
            let value = attempt(&mut Context::from_waker(&waker));
            if let Poll::Ready(value) = value {
                return value;
            }
            woken.await;
            take_turn().await;
        }
    }

    pub(super) fn wake_all(&self) {
        self.notify.notify_waiters();
    }

    /// What the reactor wakes.
    pub(super) fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::clone(self))
    }

    /// The system is full: wakes all in a while, whether it tells of room or not. If it will not, nobody asks until then.
    ///
    /// The runtime need not have a timer, and few sockets have no room at the same time: a thread of the pool waits.
    pub(super) fn wake_later(self: &Arc<Self>, full: Full, runtime: &Handle) {
        if full == Full::Memory {
            self.is_paused.store(true, Ordering::SeqCst);
        }
        if self.is_timed.swap(true, Ordering::SeqCst) {
            return;
        }
        let timer = Timer(Arc::clone(self));
        drop(runtime.spawn_blocking(move || {
            thread::park_timeout(RETRY);
            drop(timer);
        }));
    }

    /// Whether the system may be asked for room.
    pub(super) fn may_ask(&self) -> bool {
        !self.is_paused.load(Ordering::SeqCst)
    }
}

/// Wakes all when it is dropped, be it by a runtime that ends.
struct Timer(Arc<Signal>);

impl Drop for Timer {
    fn drop(&mut self) {
        let Self(signal) = self;
        // In this order, and the other way round when it was started: nobody is paused without a timer.
        signal.is_timed.store(false, Ordering::SeqCst);
        signal.is_paused.store(false, Ordering::SeqCst);
        signal.wake_all();
    }
}

/// Lets other tasks run when this one has had its share.
///
/// Every attempt begins with it. The reactor answers a task whose share is used up with a wake-up, and that goes to the
/// signal: a task that took only this for an answer would try again at once, and for ever.
pub(super) async fn take_turn() {
    coop::consume_budget().await;
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wake_all();
    }
}
