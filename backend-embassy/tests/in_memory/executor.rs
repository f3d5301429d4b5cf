//! An executor that is polled by hand.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::future::Future;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Waker};

/// Tasks, and which of them were woken.
#[derive(Default)]
pub(crate) struct Executor(Vec<Task>);

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    flag: Arc<Flag>,
}

/// Whether a task was woken.
#[derive(Default)]
pub(crate) struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Flag {
    /// One that is set.
    pub(crate) fn set() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(true)))
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Clears it; whether it was set.
    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Executor {
    pub(crate) fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        self.0.push(Task {
            future: Box::pin(future),
            flag: Flag::set(),
        });
    }

    /// Lets happen what happens at once.
    pub(crate) fn settle(&mut self) {
        for _ in 0..100_000 {
            if !self.turn() {
                return;
            }
        }
        panic!("it never rests");
    }

    /// One turn of each task that was woken; whether there was one.
    pub(crate) fn turn(&mut self) -> bool {
        let mut has_run = false;
        self.0.retain_mut(|task| {
            if !task.flag.take() {
                return true;
            }
            has_run = true;
            let waker = Waker::from(Arc::clone(&task.flag));
            let polled = task.future.as_mut().poll(&mut Context::from_waker(&waker));
            polled.is_pending()
        });
        has_run
    }
}
