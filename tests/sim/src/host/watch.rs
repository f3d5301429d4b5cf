//! Looks at what the sockets of a host are told and at what becomes of them, writes it down, and knows what must never be.
//!
//! Everything here is seen from outside, through what sockets and stacks show to anybody. A file for each concern has its rules,
//! and says what it cannot see:
//!
//! | file | rules |
//! |---|---|
//! | `life.rs` | states, and the events that come once, first or last |
//! | `sends.rs` | completions: once each, in order; the send queue |
//! | `departures.rs` | what leaves is what was given, in that order |
//! | `receipts.rs` | messages: of a datagram that came for the socket, and every datagram counted |
//! | `arrival.rs` | one datagram, and the sockets that it is for |
//! | `ports.rs` | who has which address; sources of what is sent |
//! | `refusals.rs` | whom a refusal may be of |
//! | `groups.rs` | memberships, and what the network is told of them |
//! | `times.rs` | when a stack wants a turn |
//! | `turns.rs` | no socket keeps others from their turns |
//! | `unix.rs` | Unix sockets: all of these that they have, and that every datagram comes once and in order |
//!
//! Rules are looked at when a socket is told something, and after each step for all sockets of the host.

mod arrival;
mod departures;
mod groups;
mod known;
mod life;
mod over;
mod ports;
mod receipts;
mod refusals;
mod sends;
#[cfg(test)]
mod tests;
pub(super) mod times;
mod turns;
mod unix;
mod wire;

use alloc::collections::BTreeSet;
use core::net::IpAddr;

use anydgram_core::stack::{Host as Stack, Incoming};
use anydgram_core::{Endpoint, Errno, Event, Operation, SocketId, Sockets};

pub(super) use arrival::Expected;
use departures::Departures;
use groups::Joined;
pub(crate) use groups::Wired;
use known::Table;
use life::Seen;
use ports::{Homes, Owner};
use receipts::Heard;
pub(super) use refusals::Sent;
use sends::UnderWay;
use turns::Turns;
pub(crate) use unix::{Rest, Taken, UnixWatch};

/// What a rule says: nothing, or what is wrong.
type Verdict = Result<(), String>;

/// What is known of the sockets of a host since it started.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    known: Table,
    homes: Homes,
    /// What has left, also before the host started anew.
    sent: Sent,
    /// The addresses that the host has had.
    own: BTreeSet<IpAddr>,
    /// What was sent last, fine as long as the host has the same addresses.
    last_sent: Option<(Endpoint, Endpoint)>,
    joined: Joined,
    departures: Departures,
    turns: Turns,
    /// A socket has been told that it is bound, and nobody has looked at the ports since.
    is_port_new: bool,
    /// What the network is told of groups can be seen.
    is_wired: bool,
    is_by_hand: bool,
    /// Answers to lookups come when they come, so that sends may overtake each other.
    has_late_names: bool,
    /// How many messages have been told of the datagram that is coming in.
    told: u32,
    /// Messages that have been told, of which nobody has said where they came from.
    heard: Vec<(SocketId, Heard)>,
    /// Looks until memberships are looked at again.
    looks: u8,
    ids: Vec<SocketId>,
    fault: Option<String>,
}

/// Where a message has come from.
#[derive(Clone, Copy, Debug)]
enum Origin<'i> {
    /// It is this datagram, which has just come in.
    Wire(&'i Incoming<'i>),
    /// From the host itself.
    Host,
    /// From the frame that the stack has taken, or from the host itself.
    Frame,
}

impl Watch {
    /// With `is_wired`, the network tells what it is told; with `is_by_hand`, events may have been polled by others.
    pub(super) fn new(is_wired: bool, is_by_hand: bool) -> Self {
        Self {
            is_wired,
            is_by_hand,
            ..Self::default()
        }
    }

    /// The host has an address.
    pub(super) fn own(&mut self, ip: IpAddr) {
        self.own.insert(ip);
        self.last_sent = None;
        self.stir();
    }

    /// The host has lost an address.
    pub(super) const fn disown(&mut self) {
        self.last_sent = None;
        self.stir();
    }

    /// A link or an address has changed: the network may be told of all groups again.
    pub(super) const fn stir(&mut self) {
        self.joined.stir();
        self.looks = 0;
    }

    /// What has left before the host starts anew.
    pub(super) fn remember(&mut self, sent: Sent) {
        self.sent = sent;
    }

    pub(super) fn take_sent(&mut self) -> Sent {
        core::mem::take(&mut self.sent)
    }

    /// Answers to lookups come when they come from now on.
    pub(super) const fn expect_late_names(&mut self) {
        self.has_late_names = true;
    }

    /// Something is wrong; the first thing counts.
    pub(super) fn find(&mut self, fault: &str) {
        self.fault.get_or_insert_with(|| fault.to_owned());
    }

    pub(super) fn take_fault(&mut self) -> Option<String> {
        self.fault.take()
    }

    fn judge(&mut self, id: SocketId, verdict: Verdict) {
        if let Err(what) = verdict {
            self.find(&format!("socket {}: {what}", id.index()));
        }
    }

    /// A socket is about to be told something; a message has come from `origin`.
    fn see(
        &mut self,
        sockets: &mut Sockets<'_, '_>,
        id: SocketId,
        event: &Event<'_>,
        origin: Origin<'_>,
    ) {
        let Some(socket) = sockets.poll_mut(id) else {
            return self.find("an event came of a socket that is not there");
        };
        let seen = Seen::of(socket);
        let under_way = UnderWay::of(socket.in_flight(), &socket.stats());
        let has_late_names = self.has_late_names;
        let known = self.known.of(id);
        known.settle(socket, seen, &mut self.homes);
        if self.is_by_hand && matches!(event, Event::Message(_)) {
            known.life.trust(seen);
        }
        let mut verdict = known.life.tell(event, seen);
        match event {
            Event::Message(message) => {
                self.told = self.told.saturating_add(1);
                verdict = verdict
                    .and_then(|()| known.receipts.receive(message, socket))
                    .and_then(|()| match origin {
                        Origin::Wire(incoming) => {
                            receipts::is_of((message.data, message.meta), incoming)
                        }
                        Origin::Host => receipts::is_local(message.meta, &self.homes),
                        Origin::Frame => {
                            self.heard.push((id, Heard::of(message)));
                            Ok(())
                        }
                    });
            }
            Event::Sent { token, result } => {
                let order = known.sends.complete(*token, result.is_ok(), has_late_names);
                verdict = verdict.and(order);
            }
            Event::Listening => {
                self.is_port_new = true;
                if seen.local.is_none() {
                    self.homes.add(None);
                }
            }
            Event::Error {
                operation: Operation::Receive,
                error,
            } => {
                // Among frames, a stack says by itself that a neighbour does not answer; nothing has left then.
                let is_of_stack = !self.is_wired && error.errno() == Some(Errno::EHOSTUNREACH);
                if let Some(local) = seen.local.filter(|_| !is_of_stack) {
                    let refusal = known.peers.refuse(local.port, &self.sent, &self.own);
                    verdict = verdict.and(refusal);
                }
            }
            Event::Connect | Event::Drained | Event::Error { .. } | Event::Close | _ => {}
        }
        if !self.is_by_hand {
            verdict = verdict.and_then(|()| known.sends.look_under_way(under_way));
        }
        self.judge(id, verdict);
        if !matches!(event, Event::Message(_)) {
            self.looks = 0;
            let verdict = self.turns.take(sockets, id);
            self.judge(id, verdict);
        }
    }

    /// An application may have done anything.
    pub(super) fn glance(&mut self, sockets: &mut Sockets<'_, '_>) {
        self.joined.touch();
        let ids = self.take_ids(sockets);
        for &id in &ids {
            let Some(socket) = sockets.poll_mut(id) else {
                continue;
            };
            let seen = Seen::of(socket);
            let under_way = UnderWay::of(socket.in_flight(), &socket.stats());
            let known = self.known.of(id);
            known.life.glance(seen);
            known.settle(socket, seen, &mut self.homes);
            if self.is_by_hand {
                known.sends.called(under_way).ok();
                continue;
            }
            let more = known.sends.more(under_way);
            let mut verdict = known.sends.called(under_way);
            if more > 0 {
                let given = self.departures.give(id, socket, more);
                verdict = verdict.and(given);
            }
            self.judge(id, verdict);
        }
        self.ids = ids;
    }

    /// The sockets that there are.
    fn take_ids(&mut self, sockets: &Sockets<'_, '_>) -> Vec<SocketId> {
        let mut ids = core::mem::take(&mut self.ids);
        ids.clear();
        ids.extend(sockets.ids());
        ids
    }

    /// What the stack has done with a frame, or with none; `incoming` is the datagram that it ends, if that
    /// `is_known`.
    pub(super) fn look_at_frame(&mut self, incoming: Option<&Incoming<'_>>, is_known: bool) {
        for (id, heard) in core::mem::take(&mut self.heard) {
            let verdict = match incoming {
                Some(incoming) => heard.is_of(incoming),
                None if is_known => heard.is_local(&self.homes),
                None => Ok(()),
            };
            self.judge(id, verdict);
        }
    }

    /// Looks at all sockets, when there is nothing left to do, and all has left if `is_free`.
    pub(super) fn look(&mut self, stack: &Stack<'_>, sockets: &mut Sockets<'_, '_>, is_free: bool) {
        let ids = self.take_ids(sockets);
        for &id in &ids {
            let verdict = self.look_at(stack, sockets, id);
            self.judge(id, verdict);
        }
        if core::mem::take(&mut self.is_port_new) {
            let owners = ids.iter().filter_map(|&id| Owner::of(sockets.get(id)?));
            let owners: Vec<Owner> = owners.collect();
            if let Err(what) = ports::no_two_own_one(&owners) {
                self.find(&what);
            }
        }
        self.ids = ids;
        if self.is_wired && !stack.is_blocked() {
            self.departures.rest();
        }
        if is_free {
            self.look_at_groups(stack);
        }
    }

    /// Looks at memberships when they have changed, and now and then: what is wrong with them stays.
    fn look_at_groups(&mut self, stack: &Stack<'_>) {
        if let Some(left) = self.looks.checked_sub(1) {
            self.looks = left;
            return;
        }
        self.looks = LOOKS;
        if let Err(what) = self.joined.look(stack, !self.is_wired) {
            self.find(&what);
        }
    }

    fn look_at(
        &mut self,
        stack: &Stack<'_>,
        sockets: &mut Sockets<'_, '_>,
        id: SocketId,
    ) -> Verdict {
        let Some(socket) = sockets.poll_mut(id) else {
            return Ok(());
        };
        let queued = (socket.send_queue_count(), socket.send_queue_size());
        let mut first = None;
        if queued.0 > 0 {
            first = socket.poll_transmit().map(|first| first.payload.len());
            self.departures.look_at(id, socket)?;
        }
        let seen = Seen::of(socket);
        let in_flight = socket.in_flight();
        let known = self.known.of(id);
        known.life.look(seen)?;
        let stats = socket.stats();
        known.receipts.look(&stats)?;
        known.sends.look(&stats)?;
        let under_way = UnderWay::of(in_flight, &stats);
        known.sends.look_under_way(under_way)?;
        sends::look_at_queue(queued, first, seen, stack.is_blocked())?;
        if !self.has_late_names {
            sends::look_at_rest(in_flight, queued.0)?;
        }
        if let (Some(local), Some(slot)) = (seen.local, stack.ports().get(id)) {
            ports::is_fit(local.port, slot.is_port_chosen())?;
        }
        if seen.is_finished {
            ports::has_none(id, stack)?;
            groups::is_in_none(id, stack)?;
        }
        Ok(())
    }

    /// All sockets have been closed, and there was nothing left to do.
    pub(super) fn look_at_the_end(&mut self, stack: &Stack<'_>, sockets: &Sockets<'_, '_>) {
        for id in sockets.ids() {
            let Some(socket) = sockets.get(id) else {
                continue;
            };
            let seen = Seen::of(socket);
            let verdict = self.known.of(id).life.end(seen);
            self.judge(id, verdict);
        }
        if self.is_wired && self.joined.is_any() {
            self.find("a group was not left when all sockets were closed");
        }
        if stack.has_local() {
            self.find("a datagram stays on the host, and comes to nobody");
        }
    }
}

/// How many looks at a host go by, at most, between two at its memberships.
const LOOKS: u8 = 16;
