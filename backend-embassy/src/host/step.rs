//! One thing at a time: hosts whose sockets take no turns until they are asked to.

use core::future::poll_fn;
use core::task::{Context, Poll};

use anydgram_core::stack::Wire;
use anydgram_core::{Handler, Instant};
use embassy_net::driver::Driver;

use super::inner::{Parts, keep};
use super::{Host, Inner};
use crate::shim::Shim;

/// How far a step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nobody asks.
    #[default]
    None,
    /// The runner is to do it.
    Asked,
    /// The runner has done it; whether there may be more to do at once.
    Done(bool),
}

impl<'m, H: Handler> Host<'m, H> {
    /// As [`shim`](Self::shim), for whoever wants to look in between, as simulations and test suites do: the sockets take
    /// no turns until [`step`](Self::step) asks for one. Frames are taken at any time: a datagram is told at once, and
    /// neighbours are asked.
    pub fn stepped_shim<D: Driver>(
        &'m self,
        driver: D,
        frame: &'m mut [u8],
    ) -> Shim<'m, D, H, true> {
        Shim::new(self, driver, frame)
    }

    /// Has one thing done that there is to do: the turn of one socket, with one event at most, or the delivery of one
    /// datagram that stays on this host. Whether there may be more to do at once. Waits for embassy-net's runner, which
    /// must have a [`stepped_shim`](Self::stepped_shim). One at a time.
    pub async fn step(&self) -> bool {
        self.inner.borrow_mut().step = Step::Asked;
        poll_fn(|context| {
            let mut inner = self.inner.borrow_mut();
            if let Step::Done(has_more) = inner.step {
                inner.step = Step::None;
                return Poll::Ready(has_more);
            }
            keep(&mut inner.stepper, context.waker());
            inner.wake();
            Poll::Pending
        })
        .await
    }

    /// When there is something to do if no frame comes in and nobody calls until then; in the past if there is now.
    #[must_use]
    pub fn poll_at(&self) -> Option<Instant> {
        let inner = self.inner.borrow();
        if inner.sockets.has_ready() || inner.host.has_local() {
            return Some(Instant::from_micros(0));
        }
        let times = [inner.link.poll_at(), inner.handler.wake_at()];
        times.into_iter().flatten().min()
    }
}

impl<H: Handler> Inner<'_, H> {
    /// Does a step if one is asked for.
    pub(crate) fn take_step<D: Driver>(
        &mut self,
        now: Instant,
        driver: &mut D,
        context: &mut Context<'_>,
    ) {
        if self.step != Step::Asked {
            return;
        }
        let Parts {
            host,
            sockets,
            handler,
            mut wire,
        } = self.outdoors(driver, context);
        let mut has_more = host.step::<dyn Wire, H>(now, &mut wire, sockets, handler);
        if !has_more && host.is_blocked() && wire.driver.transmit(wire.context).is_some() {
            host.retry(sockets);
            has_more = sockets.has_ready();
        }
        self.step = Step::Done(has_more);
        if let Some(stepper) = self.stepper.take() {
            stepper.wake();
        }
    }
}
