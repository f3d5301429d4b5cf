//! Failures of system calls, on demand: the tests' kernel.

use core::cell::RefCell;

use alloc::collections::VecDeque;

/// A system call that can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// `recvmmsg`
    ReceiveMany,
}

thread_local! {
    static PLAN: RefCell<VecDeque<(Call, i32)>> = const { RefCell::new(VecDeque::new()) };
}

/// Has the next call of this kind, after those that were planned before, fail with `errno` on this thread.
pub(crate) fn plan(call: Call, errno: i32) {
    PLAN.with_borrow_mut(|plan| plan.push_back((call, errno)));
}

/// How a call that is about to be made fails, if it does.
pub(crate) fn take(call: Call) -> Option<i32> {
    PLAN.with_borrow_mut(|plan| {
        let position = plan.iter().position(|(planned, _)| *planned == call)?;
        plan.remove(position).map(|(_, errno)| errno)
    })
}

/// How many planned failures have not happened.
pub(crate) fn left() -> usize {
    PLAN.with_borrow(VecDeque::len)
}
