//! Sends (S1, S3, S4, Q1): completions come once each and in the order of the calls, but for failures that overtake; what has been
//! told agrees with what was counted; and the queue is empty when nothing waits for room.
//!
//! Calls of `send` cannot be seen, so neither can a completion that never comes, nor whether the bytes on the wire are those that
//! were given. The [sockets of tasks](crate::tasks::Socket) know their calls, and look for the first themselves.

use alloc::collections::BTreeSet;

use anydgram_core::{SendToken, Stats};

use super::Verdict;
use super::life::Seen;

/// What is known of the sends of a socket.
#[derive(Debug, Default)]
pub(super) struct Sends {
    /// The last that succeeded: all that are complete and not before it, are in `early`.
    last: Option<SendToken>,
    early: BTreeSet<SendToken>,
    succeeded: u32,
    failed: u32,
}

impl Sends {
    /// A send is complete. With `has_late_names`, sends whose names are looked up may be overtaken.
    pub(super) fn complete(
        &mut self,
        token: SendToken,
        is_ok: bool,
        has_late_names: bool,
    ) -> Verdict {
        let count = if is_ok {
            &mut self.succeeded
        } else {
            &mut self.failed
        };
        *count = count.saturating_add(1);
        if !self.early.insert(token) {
            return Err(format!("a send was complete twice: {token:?}"));
        }
        if has_late_names {
            return Ok(());
        }
        if self.last.is_some_and(|last| token <= last) {
            return Err(format!(
                "a send was complete twice, or after later ones: {token:?}"
            ));
        }
        if is_ok {
            self.last = Some(token);
            // Those before it will not come again, or they are out of order.
            self.early.retain(|early| *early > token);
        }
        Ok(())
    }

    /// What was told, beside what was counted: not all sends are told of.
    pub(super) fn look(&self, stats: &Stats) -> Verdict {
        let failed = stats.failed.saturating_add(stats.canceled);
        if self.succeeded > stats.sent || self.failed > failed {
            return Err(format!(
                "{} sends succeeded of {} that left, {} failed of {failed}",
                self.succeeded, stats.sent, self.failed
            ));
        }
        Ok(())
    }
}

/// What waits in a queue: datagrams, and their bytes.
pub(super) fn look_at_queue(queued: (usize, usize), seen: Seen, is_blocked: bool) -> Verdict {
    match queued {
        (0, 0) => Ok(()),
        (0, bytes) => Err(format!("no datagram waits, of {bytes} bytes")),
        (count, _) if seen.is_closed => Err(format!("{count} datagrams wait in a closed socket")),
        (count, _) if !is_blocked => Err(format!("{count} datagrams wait, and there is room")),
        _ => Ok(()),
    }
}
