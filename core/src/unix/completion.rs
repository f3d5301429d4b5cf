//! How operations on a Unix socket end: entries of the line, events and their reserved places, `Drained`.
//!
//! As in [`Socket`](crate::Socket), a completion is never refused for want of space: each operation reserves its place when
//! it is accepted, and one place is kept for `Close`. What fails stays in the queue until its event is polled, because the
//! event names the address.

use super::{Progress, UnixAddress, UnixSocket};
use crate::address::{Address, Family};
use crate::error::{Errno, Error, ErrorAddress, Misuse, Syscall, SystemError};
use crate::event::{Event, Operation, PendingEvent};
use crate::payload::Payload;
use crate::queue::{Content, Entry, Failure, HostKind, Kind, Stage};
use crate::stats::count;
use crate::token::SendToken;

/// Places that no operation can reserve: the one for `Close`.
const KEPT: u32 = 1;

/// The IP address of an entry that has none.
const NO_IP: Address = Family::V4.wildcard();

impl UnixSocket<'_> {
    /// Puts a call in line, with a place for its event if there will be one. Nothing has changed if that fails.
    pub(super) fn push_reserving(
        &mut self,
        kind: Kind,
        address: Option<UnixAddress<'_>>,
        payload: &Payload<'_>,
        has_event: bool,
    ) -> Result<SendToken, Misuse> {
        let name = address.map_or(Ok(&[][..]), |address| {
            address.check().map(|()| address.as_bytes())
        })?;
        if has_event {
            self.reserve_event()?;
        }
        let mut entry = Entry::to_address(self.next_number, kind, HostKind::Name, NO_IP);
        entry.stage = Stage::Ready;
        let content = Content::new(name, *payload);
        let (mut queue, tally) = self.queue_and_tally();
        if queue.push_content(&entry, &content, tally) {
            return Ok(SendToken(self.next_number()));
        }
        // Nothing ever fits that the empty queue could not hold.
        let will_fit = queue.could_hold(content.size());
        self.owes_drained |= will_fit;
        if has_event {
            self.unreserve_event();
        }
        Err(Misuse::QueueFull)
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

    /// Adds an event for which there is a place.
    pub(super) fn push_event(&mut self, event: PendingEvent) {
        if self.memory.events().push_back(event) {
            self.events_waiting = self.events_waiting.saturating_add(1);
        } else {
            debug_assert!(false, "a place was reserved");
            count(&mut self.stats.errors_lost);
        }
    }

    /// Adds an event to the place that was promised to it.
    pub(super) fn push_reserved(&mut self, event: PendingEvent) {
        self.unreserve_event();
        self.push_event(event);
    }

    /// Adds an `Error` event if there is room.
    pub(super) fn try_push_error(&mut self, operation: Operation, error: Error<'static>) {
        if self.has_room_for_event() {
            self.push_event(PendingEvent::Ready(Event::Error { operation, error }));
        } else {
            count(&mut self.stats.errors_lost);
        }
    }

    /// A send that never was in line was taken; its place is reserved.
    pub(super) fn count_sent(&mut self, token: SendToken, report: bool, len: usize) {
        count(&mut self.stats.sent);
        if report {
            let result = Ok(len);
            self.push_reserved(PendingEvent::Ready(Event::Sent { token, result }));
        }
    }

    /// A send in line was taken.
    pub(super) fn finish_sent(&mut self, entry: &Entry) {
        self.release(entry.number);
        let report = matches!(entry.kind, Kind::Send { report: true, .. });
        let len = usize::try_from(entry.payload_len()).unwrap_or(usize::MAX);
        self.count_sent(SendToken(entry.number), report, len);
    }

    /// A send in line has failed.
    pub(super) fn fail_send(&mut self, entry: &Entry, errno: Errno) {
        count(if errno == Errno::ECANCELED {
            &mut self.stats.canceled
        } else {
            &mut self.stats.failed
        });
        if let Kind::Send { report: true, .. } = entry.kind {
            self.settle(entry.number, errno);
        } else {
            self.release(entry.number);
        }
    }

    /// A send that never was in line has failed; its place is reserved. Its error names the destination if the queue has
    /// room for that.
    #[cold]
    pub(super) fn fail_unqueued(
        &mut self,
        token: SendToken,
        report: bool,
        destination: Option<UnixAddress<'_>>,
        errno: Errno,
    ) {
        count(&mut self.stats.failed);
        if !report {
            return;
        }
        let name = destination.map_or(&[][..], |address| address.as_bytes());
        let to_peer = destination.is_none();
        let kind = Kind::Send { report, to_peer };
        let mut entry = Entry::to_address(token.0, kind, HostKind::Name, NO_IP);
        entry.stage = Stage::Ready;
        let content = Content::new(name, Payload::Slice(&[]));
        let (mut queue, tally) = self.queue_and_tally();
        if queue.push_content(&entry, &content, tally) {
            self.settle(token.0, errno);
        } else {
            let error = SystemError::new(Syscall::Send, errno).into();
            let result = Err(error);
            self.push_reserved(PendingEvent::Ready(Event::Sent { token, result }));
        }
    }

    /// Ends the entry of this number with a failure; it stays for its address until its event is polled.
    pub(super) fn settle(&mut self, number: u64, errno: Errno) {
        let (mut queue, tally) = self.queue_and_tally();
        if let Some(entry) = queue.find(number) {
            entry.advance(Stage::Settled(Failure::System(errno)), tally);
        }
        self.push_reserved(PendingEvent::Settled(number));
    }

    /// The event of an entry that has failed.
    pub(super) fn take_settled(&mut self, number: u64) -> Option<Event<'_>> {
        let mut queue = self.memory.queue();
        let entry = *queue.find(number)?;
        queue.release(number, &mut self.tally);
        let Stage::Settled(Failure::System(errno)) = entry.stage else {
            return None;
        };
        let (name, _) = queue.into_raw(&entry);
        Some(failed(&entry, errno, name))
    }

    pub(super) fn release(&mut self, number: u64) {
        let (mut queue, tally) = self.queue_and_tally();
        queue.release(number, tally);
    }

    /// Ends everything in line: sends with `ECANCELED`; of a bind or a connect nothing is heard.
    pub(super) fn cancel_calls(&mut self) {
        while let Some(entry) = self.first_open(|_| true) {
            if let Kind::Send { .. } = entry.kind {
                self.fail_send(&entry, Errno::ECANCELED);
            } else {
                if entry.kind == Kind::Connect {
                    self.connection = Progress::None;
                }
                self.release(entry.number);
                self.unreserve_event();
            }
        }
    }

    /// `Drained`, if it is owed and no event is before it.
    pub(super) fn take_drained(&mut self) -> Option<Event<'static>> {
        self.is_drained().then(|| {
            self.owes_drained = false;
            Event::Drained
        })
    }

    /// Whether `Drained` is owed and the queue is empty.
    pub(super) const fn is_drained(&self) -> bool {
        self.owes_drained && self.tally.open.is_zero() && !self.is_closed
    }

    pub(super) fn first_open(&mut self, wanted: impl Fn(&Entry) -> bool) -> Option<Entry> {
        let queue = self.memory.queue_in_use()?;
        queue
            .entries
            .iter()
            .find(|entry| entry.is_open() && wanted(entry))
            .copied()
    }

    fn has_room_for_event(&mut self) -> bool {
        let taken = self
            .events_waiting
            .saturating_add(self.events_reserved)
            .saturating_add(KEPT);
        usize::try_from(taken).is_ok_and(|taken| taken < self.memory.events().capacity())
    }
}

/// The event that tells of a failed entry. An address that is no text is not named.
fn failed<'a>(entry: &Entry, errno: Errno, name: &'a [u8]) -> Event<'a> {
    let syscall = match entry.kind {
        Kind::Bind => Syscall::Bind,
        Kind::Connect => Syscall::Connect,
        Kind::Send { .. } => Syscall::Send,
    };
    let address = match str::from_utf8(name) {
        Ok(name) if !name.is_empty() => ErrorAddress::Name(name),
        Ok(_) | Err(_) => ErrorAddress::None,
    };
    let error = SystemError::at(syscall, errno, address, 0).into();
    let operation = match entry.kind {
        Kind::Bind => Operation::Bind,
        Kind::Connect => Operation::Connect,
        Kind::Send { .. } => {
            return Event::Sent {
                token: SendToken(entry.number),
                result: Err(error),
            };
        }
    };
    Event::Error { operation, error }
}
