//! Who polls tasks: those that were woken, as embassy's own executor does.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::pin::Pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Waker};

#[derive(Default)]
pub(crate) struct Executor(Vec<Task>);

struct Task {
    future: Pin<Box<dyn Future<Output = ()>>>,
    flag: Arc<Flag>,
    waker: Waker,
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Executor {
    pub(crate) fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        self.0.push(Task {
            future: Box::pin(future),
            waker: Waker::from(Arc::clone(&flag)),
            flag,
        });
    }

    /// Polls tasks until nobody is woken.
    pub(crate) fn run(&mut self) {
        let mut has_run = true;
        while has_run {
            has_run = false;
            for task in &mut self.0 {
                if task.flag.0.swap(false, Ordering::Relaxed) {
                    has_run = true;
                    let mut context = Context::from_waker(&task.waker);
                    let polled = task.future.as_mut().poll(&mut context);
                    assert!(polled.is_pending(), "no task ends");
                }
            }
        }
    }
}
