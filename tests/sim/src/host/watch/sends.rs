//! Sends (S1, S3, Q1): completions come once each and in the order of the calls, but for failures that overtake; what has been
//! told agrees with what was counted; none gets lost; and the queue is empty when nothing waits for room.
//!
//! Calls of `send` cannot be seen, but what is in flight can: only an application adds to it, only an end takes a send away, which
//! is counted, and only `Sent` a completion. What a call has accepted and lost before it returned is not seen: the
//! [sockets of tasks](crate::tasks::Socket) look for that, and so does the model of a socket, `tests/model`.

use alloc::collections::BTreeSet;

use anydgram_core::{InFlight, SendToken, Stats};

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
    under_way: UnderWay,
}

/// What was in flight when somebody looked last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UnderWay {
    /// Sends that had not ended, and those that had.
    accepted: u64,
    /// Completions to come.
    completions: usize,
}

impl UnderWay {
    pub(super) fn of(in_flight: InFlight, stats: &Stats) -> Self {
        let ended = [stats.sent, stats.failed, stats.canceled];
        let ended: u64 = ended.into_iter().map(u64::from).sum();
        let open = u64::try_from(in_flight.sends).unwrap_or(u64::MAX);
        Self {
            accepted: ended.saturating_add(open),
            completions: in_flight.completions,
        }
    }
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
        let Some(left) = self.under_way.completions.checked_sub(1) else {
            return Err(format!("a completion came of no send: {token:?}"));
        };
        self.under_way.completions = left;
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

    /// How many sends were accepted since somebody looked last.
    pub(super) const fn more(&self, now: UnderWay) -> u64 {
        now.accepted.saturating_sub(self.under_way.accepted)
    }

    /// An application has had the socket: there may be more under way than before.
    pub(super) fn called(&mut self, now: UnderWay) -> Verdict {
        let before = core::mem::replace(&mut self.under_way, now);
        if now.completions < before.completions || now.accepted < before.accepted {
            return Err(format!("a call has lost a send: {before:?}, {now:?}"));
        }
        Ok(())
    }

    /// No application has had the socket since.
    pub(super) fn look_under_way(&self, now: UnderWay) -> Verdict {
        if now == self.under_way {
            Ok(())
        } else {
            let before = self.under_way;
            Err(format!(
                "sends get lost, or come of nothing: {before:?}, {now:?}"
            ))
        }
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

/// What waits in a queue: datagrams, and their bytes; `first` are those of the first.
pub(super) fn look_at_queue(
    queued: (usize, usize),
    first: Option<usize>,
    seen: Seen,
    is_blocked: bool,
) -> Verdict {
    match (queued, first) {
        ((1, bytes), Some(first)) if bytes != first => {
            return Err(format!("{bytes} bytes wait, of a datagram of {first}"));
        }
        ((_, bytes), Some(first)) if bytes < first => {
            return Err(format!("{bytes} bytes wait, and the first {first} of them"));
        }
        _ => {}
    }
    match queued {
        (0, 0) => Ok(()),
        (0, bytes) => Err(format!("no datagram waits, of {bytes} bytes")),
        (count, _) if seen.is_closed => Err(format!("{count} datagrams wait in a closed socket")),
        (count, _) if !is_blocked => Err(format!("{count} datagrams wait, and there is room")),
        _ => Ok(()),
    }
}

/// Whether all that is in flight waits in the queue, when there is nothing left to do.
pub(super) fn look_at_rest(in_flight: InFlight, queued: usize) -> Verdict {
    let sends = in_flight.sends;
    if sends == queued {
        Ok(())
    } else {
        Err(format!(
            "{sends} sends are in flight, and {queued} datagrams wait"
        ))
    }
}
