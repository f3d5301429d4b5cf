//! Waiting for a time.

use alloc::collections::BTreeMap;
use core::fmt;
use core::future::{Future, poll_fn};
use core::pin::{Pin, pin};
use core::task::{Context, Poll, Waker};
use core::time::Duration;

use anydgram_core::Instant;

use super::Host;

/// Who is to be woken when.
#[derive(Debug, Default)]
pub(super) struct Timers {
    wakers: BTreeMap<(Instant, u64), Waker>,
    next: u64,
}

impl Timers {
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.wakers.keys().next().map(|(at, _)| *at)
    }

    /// Wakes those whose time has come, in order.
    pub(super) fn ring(&mut self, now: Instant) {
        while let Some(entry) = self.wakers.first_entry() {
            if entry.key().0 > now {
                break;
            }
            entry.remove().wake();
        }
    }
}

/// The future of [`Host::sleep`].
#[derive(Debug)]
#[must_use = "nobody sleeps who is not awaited"]
pub struct Sleep<'m> {
    host: Host<'m>,
    at: Instant,
    /// Its number among the timers.
    number: Option<u64>,
}

impl<'m> Host<'m> {
    /// Waits for so long, by the host's clock.
    pub fn sleep(&self, time: Duration) -> Sleep<'m> {
        self.sleep_until(self.now().saturating_add(time))
    }

    /// Waits for a time of the host's clock.
    pub fn sleep_until(&self, at: Instant) -> Sleep<'m> {
        Sleep {
            host: self.clone(),
            at,
            number: None,
        }
    }

    /// Waits for `future`, and no longer than `limit`. If both are ready, the future is what counts.
    ///
    /// # Errors
    /// [`Elapsed`]: the future is dropped.
    pub async fn timeout<F: Future>(
        &self,
        limit: Duration,
        future: F,
    ) -> Result<F::Output, Elapsed> {
        let mut future = pin!(future);
        let mut sleep = self.sleep(limit);
        poll_fn(|context| {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(value));
            }
            let sleep = Pin::new(&mut sleep);
            sleep.poll(context).map(|()| Err(Elapsed))
        })
        .await
    }

    /// Lets the other tasks that have been woken run first.
    pub async fn yield_now(&self) {
        let mut has_yielded = false;
        poll_fn(|context| {
            if core::mem::replace(&mut has_yielded, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { host, at, number } = &mut *self;
        host.with(|inner| {
            if inner.now >= *at {
                return Poll::Ready(());
            }
            let timers = &mut inner.timers;
            let number = *number.get_or_insert_with(|| {
                timers.next = timers.next.wrapping_add(1);
                timers.next
            });
            let waker = context.waker().clone();
            timers.wakers.insert((*at, number), waker);
            Poll::Pending
        })
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let at = (self.at, number);
            self.host.with(|inner| inner.timers.wakers.remove(&at));
        }
    }
}

/// A [`timeout`](Host::timeout) was over first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to say")]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time is over")
    }
}

impl core::error::Error for Elapsed {}
