//! What must hold whatever the model says: invariants, checked on what was seen alone.
//!
//! * a send that was accepted and asked for it completes exactly once, any other never; a datagram leaves with its
//!   bytes and what it asks for, and not again once the stack has decided on it, nor after its completion;
//! * a socket is closed once, released at most once and not before, and `Close` is its last event;
//! * `Listening` and `Connect` come at most once for each success; no message comes before the first, or after a
//!   close;
//! * `Drained` comes once after a queue was full, when nothing waits, and not otherwise (`drained`);
//! * what was received is delivered or dropped, what was accepted is sent, failed or cancelled, and each is counted
//!   once.

use anydgram_core::{SendMeta, Stats};

use crate::drained::Drains;
use crate::seen::{Act, Seen, Taken, Told, View};
use crate::step::{Content, Outcome, Sending, Step};

/// One accepted send.
#[derive(Clone, Debug)]
struct Sent {
    sending: Sending,
    payload: Vec<u8>,
    meta: SendMeta,
    /// The stack has taken or refused it.
    is_decided: bool,
    completions: usize,
}

/// What has been seen of one socket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    sends: Vec<Sent>,
    close_calls: usize,
    close_events: usize,
    releases: usize,
    good_binds: usize,
    /// The backend has something to release.
    is_open: bool,
    listening_events: usize,
    good_connects: usize,
    connect_events: usize,
    drains: Drains,
}

/// What was done to a socket.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed<'d> {
    /// With what a send sends.
    Step(&'d Step, Content),
    Answer(&'d Taken, Outcome),
}

type Checked = Result<(), String>;

fn check(holds: bool, what: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(what()) }
}

impl Record {
    /// How many sends were accepted.
    pub(crate) fn sends(&self) -> usize {
        self.sends.len()
    }

    /// Something was done, and this was seen.
    pub(crate) fn see(
        &mut self,
        deed: Deed<'_>,
        seen: &Seen,
        before: &View,
        after: &View,
    ) -> Checked {
        // What was not awaited is counted.
        let is_awaited = before.stats.stale == after.stats.stale;
        if let Deed::Step(step, _) = deed {
            self.drains.called(step, seen, before, after);
        }
        match deed {
            Deed::Step(Step::Send(sending), content) => self.sent(sending, content, seen)?,
            Deed::Step(Step::Close, _) if *seen == Seen::Done => {
                self.close_calls += 1;
                check(self.close_calls == 1, || "closed twice".into())?;
            }
            Deed::Step(Step::TransmitNext(outcome), _) => {
                self.left(seen)?;
                if let Seen::Datagram(send, _) = seen {
                    self.decide(*send, *outcome);
                }
                return Ok(());
            }
            Deed::Answer(Taken::Bind(_), outcome) => {
                self.good_binds += usize::from(is_awaited && outcome != Outcome::Bad);
                if is_awaited {
                    self.is_open = outcome != Outcome::Bad;
                }
            }
            Deed::Answer(Taken::Connect, outcome) => {
                self.good_connects += usize::from(is_awaited && outcome != Outcome::Bad);
            }
            Deed::Answer(Taken::Datagram(send), outcome) => self.decide(*send, outcome),
            Deed::Step(..) | Deed::Answer(..) => {}
        }
        match seen {
            Seen::Event(told) => self.told(told, after),
            Seen::Datagram(..) => self.left(seen),
            Seen::Action(Act::Close) => {
                self.releases += 1;
                let is_due = (self.releases, self.close_calls) == (1, 1);
                check(is_due, || "the backend releases nothing, or twice".into())
            }
            Seen::Message(true) => {
                let is_heard = self.close_calls == 0 && self.good_binds > 0;
                check(is_heard, || "a message comes to nobody".into())
            }
            _ => Ok(()),
        }
    }

    fn sent(&mut self, sending: &Sending, content: Content, seen: &Seen) -> Checked {
        let Seen::Sending(number, offered) = seen else {
            return Ok(());
        };
        if let Some(offered) = offered {
            let is_it = offered.bytes == content.payload && offered.meta == content.meta;
            check(is_it, || format!("{content:?} is offered as {offered:?}"))?;
        }
        let Some(number) = number else { return Ok(()) };
        check(*number == self.sends.len() as u64, || {
            "numbers are given in turn".into()
        })?;
        let outcome = sending.way.outcome();
        let was_taken = matches!(outcome, Some(Outcome::Good | Outcome::Bad));
        self.sends.push(Sent {
            sending: *sending,
            payload: content.payload.to_vec(),
            meta: content.meta,
            is_decided: was_taken && offered.is_some(),
            completions: 0,
        });
        Ok(())
    }

    fn find(&mut self, send: u64) -> Option<&mut Sent> {
        self.sends.get_mut(usize::try_from(send).ok()?)
    }

    fn decide(&mut self, send: u64, outcome: Outcome) {
        if let Some(sent) = self.find(send) {
            sent.is_decided |= matches!(outcome, Outcome::Good | Outcome::Bad);
        }
    }

    /// A datagram comes from the queue.
    fn left(&mut self, seen: &Seen) -> Checked {
        let Seen::Datagram(send, datagram) = seen else {
            return Ok(());
        };
        let is_closed = self.close_events > 0;
        let Some(sent) = self.find(*send) else {
            return Err("a datagram leaves that nobody has sent".into());
        };
        check(datagram.bytes == sent.payload, || {
            "other bytes leave".into()
        })?;
        check(datagram.meta == sent.meta, || {
            format!("{:?} was asked for, and not {:?}", sent.meta, datagram.meta)
        })?;
        let may_leave = !sent.is_decided && sent.completions == 0 && !is_closed;
        check(may_leave, || format!("{sent:?} leaves again"))?;
        let sending = sent.sending;
        self.drains.left(&sending);
        Ok(())
    }

    fn told(&mut self, told: &Told, view: &View) -> Checked {
        check(self.close_events == 0, || {
            format!("{told:?} after the last event")
        })?;
        match told {
            Told::Listening => self.listening_events += 1,
            Told::Connect => self.connect_events += 1,
            Told::Sent(send, result) => {
                let Some(sent) = self.find(*send) else {
                    return Err(format!("{told:?}: nobody has sent it"));
                };
                sent.completions += 1;
                check(sent.sending.report && sent.completions == 1, || {
                    format!("{told:?}: {sent:?}")
                })?;
                if let Ok(bytes) = result {
                    let is_so = sent.is_decided && *bytes == sent.payload.len();
                    check(is_so, || format!("{told:?}: {sent:?}"))?;
                }
            }
            Told::Close => {
                self.close_events += 1;
                check(self.close_calls == 1, || "nobody has closed it".into())?;
            }
            Told::Drained => self.drains.told(view)?,
            Told::Error(..) => {}
        }
        let is_so =
            self.listening_events <= self.good_binds && self.connect_events <= self.good_connects;
        check(is_so, || format!("{told:?} more often than it happened"))
    }

    /// What holds after everything.
    pub(crate) fn check(&self, view: &View) -> Checked {
        let stats = &view.stats;
        let dropped = stats.dropped_not_running
            + stats.dropped_family
            + stats.dropped_peer
            + stats.dropped_source
            + stats.dropped_blocked;
        check(stats.received == stats.delivered + dropped, || {
            format!("what was received is not what was delivered or dropped: {stats:?}")
        })?;
        check(done(stats) <= self.sends.len(), || {
            format!("more sends end than there were: {stats:?}")
        })?;
        let under_way = self.sends.len() - done(stats);
        check(view.in_flight.0 == under_way, || {
            format!("{under_way} sends are under way: {view:?}")
        })?;
        let is_over = self.close_events > 0;
        let rests = view.is_closed && (view.queue_count, view.queue_size) == (0, 0);
        check(!is_over || rests, || {
            format!("it is closed, and goes on: {view:?}")
        })
    }

    /// What holds when everything has come to rest.
    pub(crate) fn check_at_rest(&self, view: &View) -> Checked {
        for (sent, number) in self.sends.iter().zip(0..) {
            check(sent.completions == usize::from(sent.sending.report), || {
                format!("send {number} is not complete: {sent:?}")
            })?;
        }
        let stats = &view.stats;
        check(done(stats) == self.sends.len(), || {
            format!("sends are lost: {} of {stats:?}", self.sends.len())
        })?;
        check((view.queue_count, view.queue_size) == (0, 0), || {
            format!("the queue is not empty: {view:?}")
        })?;
        check(self.close_calls == self.close_events, || {
            format!(
                "{} calls of close, {} events",
                self.close_calls, self.close_events
            )
        })?;
        self.drains.check_at_rest(view)?;
        let ends = usize::from(view.is_closed);
        check(
            self.close_calls == ends && view.is_finished == view.is_closed,
            || format!("it neither goes on nor has an end: {view:?}"),
        )?;
        // Whatever the backend has opened it has released.
        check(
            !(view.is_closed && self.is_open) || self.releases == 1,
            || "the backend was not told to release it".into(),
        )
    }
}

fn done(stats: &Stats) -> usize {
    let done = stats.sent + stats.failed + stats.canceled;
    usize::try_from(done).unwrap_or(usize::MAX)
}
