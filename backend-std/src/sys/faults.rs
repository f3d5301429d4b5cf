//! Failures of system calls, on demand: the tests' kernel.

use core::cell::RefCell;
use std::io;

use alloc::collections::VecDeque;

/// A system call that can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// `recvmmsg`
    ReceiveMany,
    /// `sendmmsg`
    SendMany,
    /// `sendto` and its kin.
    Send,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It fails.
    Fail(i32),
    /// It takes no more than so many messages.
    Only(usize),
}

thread_local! {
    static PLAN: RefCell<VecDeque<(Call, Outcome)>> = const { RefCell::new(VecDeque::new()) };
}

/// Plans what becomes of the next call of this kind, after those that were planned before, on this thread.
pub(crate) fn plan(call: Call, outcome: Outcome) {
    PLAN.with_borrow_mut(|plan| plan.push_back((call, outcome)));
}

/// What was planned for a call that is about to be made.
pub(crate) fn take(call: Call) -> Option<Outcome> {
    PLAN.with_borrow_mut(|plan| {
        let position = plan.iter().position(|(planned, _)| *planned == call)?;
        plan.remove(position).map(|(_, outcome)| outcome)
    })
}

/// Fails as planned.
pub(crate) fn fail(call: Call) -> io::Result<()> {
    match take(call) {
        Some(Outcome::Fail(errno)) => Err(io::Error::from_raw_os_error(errno)),
        Some(Outcome::Only(_)) | None => Ok(()),
    }
}

/// The messages that the next `sendmmsg` looks at.
pub(crate) fn some_of(messages: &mut [libc::mmsghdr]) -> io::Result<&mut [libc::mmsghdr]> {
    match take(Call::SendMany) {
        Some(Outcome::Fail(errno)) => Err(io::Error::from_raw_os_error(errno)),
        Some(Outcome::Only(most)) => Ok(messages.split_at_mut(most.min(messages.len())).0),
        None => Ok(messages),
    }
}

/// How many plans have not come true.
pub(crate) fn left() -> usize {
    PLAN.with_borrow(VecDeque::len)
}
