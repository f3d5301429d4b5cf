//! Tasks of tasks.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use super::Host;

/// A task that was [spawned](Host::spawn): its end, for whoever awaits it. A task goes on without its handle.
#[must_use = "drop it to let the task go on by itself"]
pub struct JoinHandle<'m, T> {
    host: Host<'m>,
    task: u32,
    end: Rc<RefCell<End<T>>>,
}

/// What became of a task.
struct End<T> {
    value: Option<T>,
    is_over: bool,
    waker: Option<Waker>,
}

/// Says that a task is over, also when it is dropped.
struct Guard<T>(Rc<RefCell<End<T>>>);

impl<T> Drop for Guard<T> {
    fn drop(&mut self) {
        let mut end = self.0.borrow_mut();
        end.is_over = true;
        let waker = end.waker.take();
        drop(end);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<'m> Host<'m> {
    /// Has another task run on this host, from the next turn on.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<'m, F::Output>
    where
        F: Future + 'm,
        F::Output: 'm,
    {
        let end = Rc::new(RefCell::new(End {
            value: None,
            is_over: false,
            waker: None,
        }));
        let guard = Guard(Rc::clone(&end));
        let future = Box::pin(async move {
            let value = future.await;
            guard.0.borrow_mut().value = Some(value);
        });
        let task = self.with(|inner| {
            let task = inner.next_task;
            inner.next_task = task.wrapping_add(1);
            inner.spawned.push((task, future));
            task
        });
        JoinHandle {
            host: self.clone(),
            task,
            end,
        }
    }
}

impl<T> JoinHandle<'_, T> {
    /// Drops the task where it is, after the turn of the one that asks for it.
    pub fn abort(&self) {
        self.host.with(|inner| inner.aborted.push(self.task));
    }

    /// Whether the task is over.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.end.borrow().is_over
    }
}

impl<T> Future for JoinHandle<'_, T> {
    /// What the task has returned; `None` if it was [aborted](JoinHandle::abort), or that has been taken.
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut end = self.end.borrow_mut();
        if end.is_over {
            return Poll::Ready(end.value.take());
        }
        end.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl<T> fmt::Debug for JoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}
