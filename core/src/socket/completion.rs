//! How operations end: events and their reserved places, settled entries, cancelled sends, `Drained`.
//!
//! A completion is never refused for want of space: each operation reserves its place when it is
//! accepted, and one place is kept for `Close`. `Drained` is not stored: it follows from the state.

use super::Socket;
use crate::error::{Errno, Error, Misuse};
use crate::event::{Event, Operation, PendingEvent};
use crate::queue::{Entry, Failure, HostKind, Kind, Stage};
use crate::stats::count;
use crate::token::SendToken;

/// Places that no operation can reserve: the one for `Close`.
const KEPT: u32 = 1;

/// The least that a storage has, so that a bind and a connect need not look.
const LEAST: u32 = 4;

/// How many datagrams, of how many bytes, count as queued although they are not.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unheard {
    pub(super) count: u32,
    pub(super) bytes: u32,
}

impl Unheard {
    pub(super) const fn add(&mut self, len: u32) {
        self.count = self.count.saturating_add(1);
        self.bytes = self.bytes.saturating_add(len);
    }

    pub(super) const fn remove(&mut self, len: u32) {
        self.count = self.count.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(len);
    }
}

impl Socket<'_> {
    /// The backend, or a driver, reports a failure that belongs to no call: an `Error` event follows.
    ///
    /// An event for which there is no room is counted in [`Stats::errors_lost`](crate::Stats::errors_lost).
    pub fn handle_failure(&mut self, operation: Operation, error: impl Into<Error<'static>>) {
        if self.is_closed() {
            count(&mut self.rare().stale);
        } else {
            self.try_push_error(operation, error.into());
        }
    }

    /// Promises a place for one event; without room, `Drained` will tell when there is some.
    pub(super) fn reserve_event(&mut self) -> Result<(), Misuse> {
        if self.has_room_for_event() {
            self.events_reserved = self.events_reserved.saturating_add(1);
            Ok(())
        } else {
            self.owes_drained = true;
            Err(Misuse::QueueFull)
        }
    }

    /// Takes the promise of a place back.
    pub(super) fn unreserve_event(&mut self) {
        self.events_reserved = self.events_reserved.saturating_sub(1);
    }

    pub(super) fn has_room_for_event(&mut self) -> bool {
        let taken = self
            .events_waiting
            .saturating_add(self.events_reserved)
            .saturating_add(KEPT);
        taken < LEAST
            || usize::try_from(taken).is_ok_and(|taken| taken < self.memory.events().capacity())
    }

    /// Adds an event for which there is a place.
    pub(super) fn push_event(&mut self, event: PendingEvent) {
        if self.has_led(&event) {
            return;
        }
        if self.memory.events().push_back(event) {
            self.events_waiting = self.events_waiting.saturating_add(1);
        } else {
            debug_assert!(false, "a place was reserved");
            count(&mut self.rare().errors_lost);
        }
    }

    /// Adds an event to the place that was promised to it.
    pub(super) fn push_reserved(&mut self, event: PendingEvent) {
        self.events_reserved = self.events_reserved.saturating_sub(1);
        self.push_event(event);
    }

    /// Adds an `Error` event if there is room.
    pub(super) fn try_push_error(&mut self, operation: Operation, error: Error<'static>) {
        if self.has_room_for_event() {
            self.push_event(PendingEvent::Ready(Event::Error { operation, error }));
        } else {
            count(&mut self.rare().errors_lost);
        }
    }

    /// Ends a send that waited in the queue.
    pub(super) fn finish_send(&mut self, entry: &Entry, outcome: Result<(), Failure>) {
        let Kind::Send { report, .. } = entry.kind else {
            return;
        };
        self.count_send(outcome);
        if report {
            self.events_reserved = self.events_reserved.saturating_sub(1);
        }
        match outcome {
            Ok(()) => {
                self.release(entry.number);
                if report {
                    let token = SendToken(entry.number);
                    self.push_left(entry, sent(token, entry.payload_len()));
                }
            }
            Err(failure) if report => self.settle_by_event(*entry, failure),
            // Without a completion, only a failed lookup is told, as an error.
            Err(failure @ Failure::Lookup(_)) if self.has_room_for_event() => {
                self.settle_by_event(*entry, failure);
            }
            Err(failure) => {
                if matches!(failure, Failure::Lookup(_)) {
                    count(&mut self.rare().errors_lost);
                }
                self.release(entry.number);
            }
        }
    }

    /// Tells of a datagram of this length that has left the queue, in the place that was reserved.
    pub(super) fn push_queued(&mut self, token: SendToken, len: u32) {
        self.unheard.add(len);
        self.push_reserved(PendingEvent::Left(sent(token, len), len));
    }

    /// Ends a send that never was in the queue. Its place has not been reserved, but there is room.
    pub(super) fn finish_unqueued(
        &mut self,
        token: SendToken,
        report: bool,
        outcome: Result<usize, Error<'static>>,
    ) {
        count(if outcome.is_ok() {
            &mut self.stats.sent
        } else {
            &mut self.rare().failed
        });
        if report {
            self.push_sent(token.0, outcome);
        }
    }

    fn push_sent(&mut self, number: u64, result: Result<usize, Error<'static>>) {
        self.push_event(PendingEvent::Ready(Event::Sent {
            token: SendToken(number),
            result,
        }));
    }

    fn count_send(&mut self, outcome: Result<(), Failure>) {
        count(match outcome {
            Ok(()) => &mut self.stats.sent,
            Err(Failure::System(Errno::ECANCELED)) => &mut self.rare().canceled,
            Err(_) => &mut self.rare().failed,
        });
    }

    /// Adds the event of a failed entry. If that needs the entry's name, the entry stays until it is polled.
    pub(super) fn settle_by_event(&mut self, entry: Entry, failure: Failure) {
        if entry.host == HostKind::Name && failure != Failure::Blocked {
            let (mut queue, tally) = self.queue_and_tally();
            if let Some(entry) = queue.find(entry.number) {
                entry.advance(Stage::Settled(failure), tally);
            }
            self.push_event(PendingEvent::Settled(entry.number));
        } else {
            self.release(entry.number);
            let event = failed(&entry, entry.error(failure, "").without_name());
            self.push_left(&entry, event);
        }
    }

    /// Adds the event that tells of an entry's end. A datagram that could have left counts as queued until then.
    fn push_left(&mut self, entry: &Entry, event: Event<'static>) {
        if entry.is_queued() {
            let len = entry.payload_len();
            self.unheard.add(len);
            self.push_event(PendingEvent::Left(event, len));
        } else {
            self.push_event(PendingEvent::Ready(event));
        }
    }

    /// The event of an entry that stayed for its name.
    pub(crate) fn take_settled(&mut self, number: u64) -> Option<Event<'_>> {
        let mut queue = self.memory.queue();
        let entry = *queue.find(number)?;
        queue.release(number, &mut self.tally);
        let Stage::Settled(failure) = entry.stage else {
            return None;
        };
        let (name, _) = queue.into_bytes(&entry);
        Some(failed(&entry, entry.error(failure, name)))
    }

    pub(super) fn release(&mut self, number: u64) {
        let (mut queue, tally) = self.queue_and_tally();
        queue.release(number, tally);
    }

    /// Drops the open entries of a kind that has no completion.
    pub(super) fn drop_entries_of(&mut self, kind: Kind) {
        while let Some(entry) = self.first_open(&|entry| entry.kind == kind) {
            self.forget_lookup(&entry);
            self.release(entry.number);
        }
    }

    /// Ends all sends that have not left.
    pub(super) fn cancel_sends(&mut self) {
        while let Some(entry) = self.first_open(&|entry| matches!(entry.kind, Kind::Send { .. })) {
            self.forget_lookup(&entry);
            self.finish_send(&entry, Err(Failure::System(Errno::ECANCELED)));
        }
    }

    /// `Drained`, if it is owed and no event is before it.
    pub(super) fn take_drained(&mut self) -> Option<Event<'static>> {
        self.is_drained().then(|| {
            self.owes_drained = false;
            Event::Drained
        })
    }

    /// Whether `Drained` is owed and the queue is empty. Nothing less will do: while a name is looked up for
    /// `bind` or `connect`, the next send might find no room again, and be told `Drained` again, for ever.
    pub(super) fn is_drained(&self) -> bool {
        self.owes_drained && self.tally.open.is_zero() && !self.is_closed()
    }

    #[inline(never)]
    pub(super) fn first_open(&mut self, wanted: &dyn Fn(&Entry) -> bool) -> Option<Entry> {
        let queue = self.memory.queue_in_use()?;
        queue
            .entries
            .iter()
            .find(|entry| entry.is_open() && wanted(entry))
            .copied()
    }

    fn forget_lookup(&mut self, entry: &Entry) {
        if entry.stage == Stage::NeedsLookup {
            self.lookups_due = self.lookups_due.saturating_sub(1);
        }
    }
}

/// The event that tells of a datagram of this length that was sent.
fn sent(token: SendToken, len: u32) -> Event<'static> {
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    Event::Sent {
        token,
        result: Ok(len),
    }
}

/// The event that tells of a failed entry.
fn failed<'a>(entry: &Entry, error: Error<'a>) -> Event<'a> {
    match entry.kind {
        Kind::Bind => Event::Error {
            operation: Operation::Bind,
            error,
        },
        Kind::Connect => Event::Error {
            operation: Operation::Connect,
            error,
        },
        Kind::Send { report: false, .. } => Event::Error {
            operation: Operation::Send,
            error,
        },
        Kind::Send { report: true, .. } => Event::Sent {
            token: SendToken(entry.number),
            result: Err(error),
        },
    }
}
