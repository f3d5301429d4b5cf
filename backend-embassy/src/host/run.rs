//! The host's task: what cannot be done while embassy-net's stack is in use.

use core::future::{Future as _, poll_fn};
use core::pin::pin;
use core::task::Poll;

use anydgram_core::{Family, Handler};
use embassy_net::Stack;
use embassy_time::{Duration, Timer};

use super::Host;
use super::config::Config;
use super::inner::keep;
use super::{families, told};
use crate::groups::Change;
use crate::message::warning;

impl<'m, H: Handler> Host<'m, H> {
    /// What has to run beside embassy-net's runner as long as there is the host: takes over the addresses and gateways
    /// that embassy-net has (within half a second, at once after DHCP and router advertisements), has it join and leave
    /// groups and report them, and looks names up.
    pub async fn run(&self, stack: Stack<'m>) -> ! {
        self.stack.set(Some(stack));
        let mut keep = pin!(self.keep(stack));
        let mut answer = pin!(self.answer(stack));
        poll_fn(|context| match keep.as_mut().poll(context) {
            Poll::Ready(never) => never,
            Poll::Pending => answer.as_mut().poll(context),
        })
        .await
    }

    async fn keep(&self, stack: Stack<'m>) -> ! {
        let mut configs = [None, None];
        loop {
            self.look(stack, &mut configs);
            self.wait().await;
        }
    }

    /// Brings embassy-net and the host together, and has the runner woken if it has something to report, or may have.
    fn look(&self, stack: Stack<'m>, configs: &mut [Config; 2]) {
        let is_other = self.take_over(stack, configs);
        let is_told = self.change_groups(stack);
        let inner = &mut *self.inner.borrow_mut();
        // Delayed reports of groups are not in the stack's own reckoning. Each address of IPv6 has a group, too.
        let [_, v6] = configs;
        if is_other || is_told || v6.is_some() || !inner.groups.is_empty() {
            inner.wake_runner();
        }
    }

    /// Takes over what embassy-net has for addresses; whether there are others.
    fn take_over(&self, stack: Stack<'m>, configs: &mut [Config; 2]) -> bool {
        let [old_v4, old_v6] = configs;
        let [v4, v6] = families::current(stack);
        let inner = &mut *self.inner.borrow_mut();
        let is_other =
            inner.take_over(Family::V4, old_v4, v4) | inner.take_over(Family::V6, old_v6, v6);
        if is_other {
            inner.rejoin();
        }
        inner.groups.retry();
        is_other
    }

    /// Tells embassy-net which groups are wanted; whether there was anything to tell, which it does not report until its
    /// runner is woken.
    fn change_groups(&self, stack: Stack<'m>) -> bool {
        let mut is_told = false;
        self.inner.borrow_mut().groups.take_news();
        loop {
            let mut inner = self.inner.borrow_mut();
            let polls = inner.polls;
            let Some(change) = inner.groups.poll(polls) else {
                return is_told;
            };
            is_told = true;
            let (Change::Join(ip) | Change::Leave(ip)) = change;
            let Some(group) = families::group(ip) else {
                inner.groups.refused(ip);
                continue;
            };
            match change {
                Change::Leave(_) => told::leave(stack, group),
                Change::Join(_) if told::has(stack, group) => inner.groups.shared(ip),
                Change::Join(_) => {
                    if !told::join(stack, group) {
                        warning!("embassy-net has no room for another group");
                        inner.groups.refused(ip);
                    }
                }
            }
        }
    }

    /// Waits for news, half a second at most.
    async fn wait(&self) {
        let mut timer = pin!(Timer::after(LOOK));
        let mut is_first = true;
        poll_fn(|context| {
            let is_over = timer.as_mut().poll(context).is_ready();
            keep(&mut self.inner.borrow_mut().keeper, context.waker());
            if core::mem::take(&mut is_first) && !is_over {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
    }
}

/// How often the stack is looked at, and asked for delayed reports.
const LOOK: Duration = Duration::from_millis(500);
