//! Steps that wait: the backend works meanwhile.

use alloc::collections::VecDeque;
use core::cell::RefCell;
use core::time::Duration;

use serde_json::json;

use super::{Interpreter, Task};
use crate::backend::Uncaught;
use crate::trace::Line;

/// When a wait was in vain.
const WAIT_LIMIT: Duration = Duration::from_secs(3);

/// How long nothing has to happen so that nothing more happens.
const QUIET_TIME: Duration = Duration::from_millis(60);

/// When settling ends although something happens still.
const SETTLE_LIMIT: Duration = Duration::from_secs(3);

/// In what time an idle event loop must have ended.
const IDLE_TIME: Duration = Duration::from_millis(300);

impl Interpreter {
    /// Waits until enough lines have these members, counted from the beginning of the scenario.
    pub(super) fn wait(&self, wanted: &Line, count: usize) {
        let end = self.now() + WAIT_LIMIT;
        let is_there = || self.trace.borrow().count(wanted) >= count;
        // What is deferred happens even if there is nothing to wait for.
        self.advance(Duration::ZERO);
        while !is_there() {
            let left = end.saturating_sub(self.now());
            if left.is_zero() {
                self.trace.borrow_mut().add_in_vain(wanted, count);
                return;
            }
            self.advance(left);
            if self.mistake.borrow().is_some() {
                return;
            }
        }
    }

    /// Waits until nothing happens any more.
    pub(super) fn settle(&self) {
        let limit = self.now() + SETTLE_LIMIT;
        loop {
            let seen = self.trace.borrow().len();
            self.advance_for(QUIET_TIME);
            if self.trace.borrow().len() == seen || self.now() > limit {
                break;
            }
        }
        self.line_for_all(&json!({ "settled": true }));
        self.line(None, json!({ "settled": true }));
    }

    /// Asks whether the event loop would end.
    pub(super) fn idle(&self) {
        self.advance(Duration::ZERO);
        let would_end = loop {
            match self.backend().would_end(IDLE_TIME) {
                Ok(would_end) => break would_end,
                Err(uncaught) => self.uncaught(&uncaught),
            }
        };
        self.line_for_all(&json!({ "idle": would_end }));
    }

    fn now(&self) -> Duration {
        self.backend().now()
    }

    fn line_for_all(&self, members: &serde_json::Value) {
        let sockets = self.sockets.borrow().clone();
        for (name, _) in sockets {
            self.line(Some(&name), members.clone());
        }
    }

    fn advance_for(&self, time: Duration) {
        let end = self.now() + time;
        loop {
            let left = end.saturating_sub(self.now());
            self.advance(left);
            if left.is_zero() {
                return;
            }
        }
    }

    /// Does everything that is deferred, in one round of the backend or more.
    fn advance(&self, limit: Duration) {
        let mut limit = limit;
        loop {
            take(self, &self.deferred);
            if !self.deferred_more.borrow().is_empty() {
                limit = Duration::ZERO;
            }
            let outcome = self.backend().advance(limit);
            if let Err(uncaught) = &outcome {
                self.uncaught(uncaught);
            } else if self.deferred.borrow().is_empty() {
                take(self, &self.deferred_more);
                if self.deferred.borrow().is_empty() {
                    return;
                }
            }
            limit = Duration::ZERO;
        }
    }

    fn uncaught(&self, uncaught: &Uncaught) {
        let error = self.encode_thrown(&uncaught.error);
        let owner = uncaught.socket.and_then(|socket| self.name_of(socket));
        let owner = owner.or_else(|| {
            let sockets = self.sockets.borrow();
            match sockets.as_slice() {
                [(only, _)] => Some(only.clone()),
                _ => None,
            }
        });
        self.line(owner.as_deref(), json!({ "uncaught": error }));
    }
}

/// Does what is deferred, and what is deferred by that.
fn take(interpreter: &Interpreter, tasks: &RefCell<VecDeque<Task>>) {
    loop {
        let task = tasks.borrow_mut().pop_front();
        let Some(task) = task else { return };
        task(interpreter);
    }
}
