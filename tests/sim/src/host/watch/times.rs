//! Time (T2): a stack at rest says when it wants a turn. That is later than now, unless it waits for room, and before it, with
//! nothing from outside, there is nothing that it does.
//!
//! Among datagrams, stacks have no times of their own.

use anydgram_core::Instant;

use super::Verdict;

/// A stack at rest wants its next turn at `due`.
pub(in crate::host) fn is_later(due: Option<Instant>, now: Instant, has_room: bool) -> Verdict {
    match due {
        Some(due) if due <= now && has_room => Err(format!(
            "the stack has just had a turn at {now:?}, and wants one at {due:?}"
        )),
        _ => Ok(()),
    }
}

/// A stack that wanted its next turn at `due` has had one with nothing from outside, and something came of it.
pub(in crate::host) fn is_punctual(due: Option<Instant>, now: Instant) -> Verdict {
    if due.is_some_and(|due| due <= now) {
        return Ok(());
    }
    Err(format!(
        "the stack had something to do at {now:?}, and wanted a turn at {due:?}"
    ))
}
