//! Leaving: the datagram whose turn it is, and what the backend made of it.

use super::{Life, Socket};
use crate::address::Endpoint;
use crate::error::Errno;
use crate::output::{Transmit, Transmitted};
use crate::payload::Payload;
use crate::queue::{Failure, Kind, Span, Stage, Waiting};
use crate::send_meta::SendMeta;
use crate::stats::count;
use crate::token::SendToken;

/// What is needed of an entry to send its datagram.
#[derive(Clone, Copy)]
struct Departure {
    number: u64,
    destination: Endpoint,
    to_peer: bool,
    is_too_long: bool,
    meta: SendMeta,
    payload: Span,
}

impl Socket<'_> {
    /// The next datagram that has to leave, lent from the queue; the same one until it is answered by
    /// [`handle_transmit`](Self::handle_transmit).
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Transmit<'_>> {
        let departure = self.next_departure()?;
        Some(self.lend(&departure))
    }

    /// What became of a datagram from [`poll_transmit`](Self::poll_transmit). [`Transmitted::Blocked`]
    /// leaves it first in the queue: the backend polls again when the stack tells of room, or after a while if it will not
    /// ([`Full`](crate::Full)).
    pub fn handle_transmit(&mut self, token: SendToken, outcome: Transmitted) {
        let entry =
            self.first_open(&|entry| entry.number == token.0 && entry.stage == Stage::Ready);
        let Some(entry) = entry else {
            count(&mut self.rare().stale);
            return;
        };
        match outcome {
            Transmitted::Blocked(full) => self.rare().count_full(full),
            Transmitted::Sent => self.finish_send(&entry, Ok(())),
            Transmitted::Failed(errno) => self.finish_send(&entry, Err(Failure::System(errno))),
        }
    }

    /// Offers the next datagram that has to leave to `transmit`, and takes its answer: what
    /// [`poll_transmit`](Self::poll_transmit) and [`handle_transmit`](Self::handle_transmit) do, in less time. `None`
    /// if there is none.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Socket, Transmit, Transmitted};
    /// /// Whether the stack has taken all that waited.
    /// fn flush(socket: &mut Socket<'_>, mut stack: impl FnMut(&Transmit<'_>) -> Transmitted) -> bool {
    ///     while let Some(outcome) = socket.transmit_next(&mut stack) {
    ///         if outcome.is_blocked() {
    ///             return false;
    ///         }
    ///     }
    ///     true
    /// }
    /// ```
    pub fn transmit_next(
        &mut self,
        transmit: impl FnOnce(&Transmit<'_>) -> Transmitted,
    ) -> Option<Transmitted> {
        if !self.may_transmit() {
            return None;
        }
        // Nearly always it is the oldest entry, and nothing but the entry itself could be in its way.
        let to_peer = self.is_connected();
        let family = self.family();
        if !self.has_rules {
            let (mut queue, tally) = self.queue_and_tally();
            if let Some((entry, payload)) = queue.front_to_send(to_peer, family) {
                let token = SendToken(entry.number);
                let report = matches!(entry.kind, Kind::Send { report: true, .. });
                let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
                let outcome = transmit(&Transmit {
                    token,
                    destination: (!to_peer).then_some(Endpoint::new(entry.address, entry.port)),
                    meta: SendMeta::new(),
                    payload: Payload::Slice(payload),
                });
                if outcome == Transmitted::Sent {
                    queue.pop_front(tally);
                    count(&mut self.stats.sent);
                    if report {
                        self.push_queued(token, len);
                    }
                } else {
                    self.handle_transmit(token, outcome);
                }
                return Some(outcome);
            }
        }
        let departure = self.next_departure()?;
        let outcome = transmit(&self.lend(&departure));
        self.handle_transmit(SendToken(departure.number), outcome);
        Some(outcome)
    }

    /// Lends the datagrams that may leave one after the other, oldest first, to `transmit`, which returns how many of
    /// them, from the first on, the stack has taken; so many have been sent then. For stacks that take several at once.
    ///
    /// Returns that number. It is 0 if there is none to lend, which does not mean that there is nothing to do:
    /// [`transmit_next`](Self::transmit_next) has the last word, and takes the outcome of a datagram that did not leave.
    pub fn transmit_run(&mut self, transmit: impl FnOnce(&mut Waiting<'_>) -> usize) -> usize {
        if !self.may_transmit() || self.has_rules {
            return 0;
        }
        let to_peer = self.is_connected();
        let family = self.family();
        let taken = {
            let alike = self.memory.alike();
            let queue = self.memory.queue_as_it_is();
            transmit(&mut queue.run_to_send(to_peer, family).and_alike(alike))
        };
        // They come last, and nobody is told of them. What is left of them needs no entries.
        let alike = self.memory.take_alike(taken);
        self.tally.leave(alike);
        self.stats.sent = self.stats.sent.saturating_add(alike);
        let mut left = taken.saturating_sub(usize::try_from(alike).unwrap_or(0));
        while left > 0 {
            let mut queue = self.memory.queue_as_it_is();
            let sent = queue.take_front(left, &mut self.tally);
            if sent.count == 0 {
                debug_assert!(false, "more was taken than lent");
                return taken.saturating_sub(left);
            }
            left = left.saturating_sub(sent.count);
            let count = u32::try_from(sent.count).unwrap_or(u32::MAX);
            self.stats.sent = self.stats.sent.saturating_add(count);
            if let Some((number, len)) = sent.told {
                self.push_queued(SendToken(number), len);
            }
        }
        taken
    }

    /// Whether datagrams may leave.
    #[inline]
    fn may_transmit(&self) -> bool {
        !self.tally.in_line.is_zero()
            && self.life != Life::Closed
            && self.is_bound()
            && !self.must_act()
    }

    /// The datagram whose turn it is. Those that cannot leave end here.
    #[cold]
    fn next_departure(&mut self) -> Option<Departure> {
        if !self.may_transmit() {
            return None;
        }
        loop {
            let queue = self.memory.queue();
            let entry = queue.first_in_line()?;
            let Kind::Send { to_peer, .. } = entry.kind else {
                return None;
            };
            let departure = Departure {
                number: entry.number,
                destination: Endpoint::new(entry.address, entry.port),
                to_peer,
                is_too_long: entry.is_too_long(),
                meta: queue.meta(entry),
                payload: entry.payload(),
            };
            let Some(failure) = self.refuses(&departure) else {
                return Some(departure);
            };
            let entry = self.first_open(&|entry| entry.number == departure.number)?;
            self.finish_send(&entry, Err(failure));
        }
    }

    fn lend(&mut self, departure: &Departure) -> Transmit<'_> {
        let payload = self.memory.queue().into_slice(departure.payload);
        Transmit {
            token: SendToken(departure.number),
            destination: (!departure.to_peer).then_some(departure.destination),
            meta: departure.meta,
            payload: Payload::Slice(payload),
        }
    }

    fn refuses(&mut self, departure: &Departure) -> Option<Failure> {
        let to_peer = departure.to_peer;
        if to_peer != self.is_connected() {
            let errno = if to_peer {
                Errno::EDESTADDRREQ
            } else {
                Errno::EISCONN
            };
            return Some(Failure::System(errno));
        }
        if !to_peer {
            if self.blocks_destination(departure.destination.address) {
                return Some(Failure::Blocked);
            }
            let refusal = self.refuses_destination(departure.destination);
            if refusal.is_some() {
                return refusal;
            }
        }
        departure
            .is_too_long
            .then_some(Failure::System(Errno::EMSGSIZE))
    }
}
