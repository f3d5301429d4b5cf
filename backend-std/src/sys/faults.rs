//! Failures of system calls, on demand: the tests' kernel.

use core::cell::{Cell, RefCell};
use core::slice;
use std::io;

use alloc::collections::VecDeque;

use super::length;

/// A system call that can be made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// `recvmmsg`
    ReceiveMany,
    /// `sendmmsg`
    SendMany,
    /// `sendto` and its kin.
    Send,
    /// Whichever of those two comes next.
    AnySend,
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
    static SENDS: Cell<usize> = const { Cell::new(0) };
    static SEGMENTS: Cell<usize> = const { Cell::new(usize::MAX) };
}

/// Plans what becomes of the next call of this kind, after those that were planned before, on this thread.
pub(crate) fn plan(call: Call, outcome: Outcome) {
    PLAN.with_borrow_mut(|plan| plan.push_back((call, outcome)));
}

/// What was planned for a call that is about to be made.
pub(crate) fn take(call: Call) -> Option<Outcome> {
    let is_send = call != Call::ReceiveMany;
    SENDS.set(SENDS.get() + usize::from(is_send));
    PLAN.with_borrow_mut(|plan| {
        let position = plan
            .iter()
            .position(|(planned, _)| *planned == call || (*planned == Call::AnySend && is_send))?;
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
    let messages = match take(Call::SendMany) {
        Some(Outcome::Fail(errno)) => return Err(io::Error::from_raw_os_error(errno)),
        Some(Outcome::Only(most)) => messages.split_at_mut(most.min(messages.len())).0,
        None => messages,
    };
    let is_taken = |message: &&libc::mmsghdr| segments(&message.msg_hdr) <= SEGMENTS.get();
    let taken = messages.iter().take_while(is_taken).count();
    if taken == 0 && !messages.is_empty() {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    Ok(messages.split_at_mut(taken).0)
}

/// From now on, this thread's kernel takes no more than so many datagrams as one message, as older ones do.
pub(crate) fn take_segments(most: usize) {
    SEGMENTS.set(most);
}

/// How many datagrams a message is to become.
fn segments(message: &libc::msghdr) -> usize {
    let count = length::of_system(message.msg_iovlen);
    // SAFETY: a message that is about to be sent points to so many pieces.
    let pieces = unsafe { slice::from_raw_parts(message.msg_iov, count) };
    let length: usize = pieces.iter().map(|piece| piece.iov_len).sum();
    // SAFETY: its control messages are whole.
    let mut control = unsafe { libc::CMSG_FIRSTHDR(message) };
    // SAFETY: it is the first, or one behind another, if it is there.
    while let Some(header) = unsafe { control.as_ref() } {
        if (header.cmsg_level, header.cmsg_type) == (libc::SOL_UDP, libc::UDP_SEGMENT) {
            // SAFETY: it has data.
            let data = unsafe { libc::CMSG_DATA(control) };
            // SAFETY: the data are two bytes.
            let stride = unsafe { data.cast::<[u8; 2]>().read() };
            return length.div_ceil(u16::from_ne_bytes(stride).into());
        }
        // SAFETY: it is one of the message's.
        control = unsafe { libc::CMSG_NXTHDR(message, control) };
    }
    1
}

/// How many plans have not come true.
pub(crate) fn left() -> usize {
    PLAN.with_borrow(VecDeque::len)
}

/// Forgets all plans.
pub(crate) fn forget() {
    PLAN.with_borrow_mut(VecDeque::clear);
}

/// How many calls this thread has made to send something.
pub(crate) fn sends() -> usize {
    SENDS.get()
}

/// Every way in which up to three calls in a row can find the system full, or not: `None` for a call that takes one datagram.
pub(crate) fn fillings() -> Vec<Vec<Option<i32>>> {
    let one = [Some(libc::EAGAIN), Some(libc::ENOBUFS), None];
    let mut all = vec![Vec::new()];
    let mut longest = all.clone();
    for _ in 0..3 {
        longest = longest
            .iter()
            .flat_map(|begun| one.map(|next| [begun.as_slice(), &[next]].concat()))
            .collect();
        all.extend(longest.iter().cloned());
    }
    all
}

/// Plans what [`fillings`] gives.
pub(crate) fn plan_filling(filling: &[Option<i32>]) {
    for errno in filling {
        plan(Call::AnySend, errno.map_or(Outcome::Only(1), Outcome::Fail));
    }
}
