//! Looks at what the sockets of a host are told and at what becomes of them, writes it down, and knows what must never be.
//!
//! Everything here is seen from outside, through what sockets and stacks show to anybody. A file for each concern has its rules,
//! and says what it cannot see:
//!
//! | file | rules |
//! |---|---|
//! | `life.rs` | states, and the events that come once, first or last |
//! | `sends.rs` | completions: once each, in order; the send queue |
//! | `receipts.rs` | messages: of a datagram that came for the socket, and every datagram counted |
//! | `arrival.rs` | one datagram, and the sockets that it is for |
//! | `ports.rs` | who has which address; sources of what is sent |
//! | `groups.rs` | memberships, and what the network is told of them |
//! | `turns.rs` | no socket keeps others from their turns |
//!
//! Rules are looked at when a socket is told something, and after each step for all sockets of the host.

mod arrival;
mod groups;
mod life;
mod ports;
mod receipts;
mod sends;
#[cfg(test)]
mod tests;
mod turns;

use alloc::collections::BTreeSet;

use anydgram_core::stack::{Host as Stack, Incoming};
use anydgram_core::{Event, Handler, SocketId, Sockets};

use crate::trace::{Happened, Told, Trace};
use groups::Joined;
pub(crate) use groups::Wired;
use life::{Life, Seen};
use ports::Owner;
use receipts::Receipts;
use sends::Sends;
use turns::Turns;

/// What a rule says: nothing, or what is wrong.
type Verdict = Result<(), String>;

/// What is known of the sockets of a host since it started.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    known: Table,
    /// The ports that sockets have had.
    ports: BTreeSet<u16>,
    joined: Joined,
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
    Anywhere,
}

/// What is known of a socket.
#[derive(Debug)]
struct Known {
    id: SocketId,
    life: Life,
    sends: Sends,
    receipts: Receipts,
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
        let Some(socket) = sockets.get(id) else {
            return self.find("an event came of a socket that is not there");
        };
        let seen = Seen::of(socket);
        let has_late_names = self.has_late_names;
        let known = self.known.of(id);
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
                        Origin::Wire(incoming) => receipts::is_of(message, incoming),
                        Origin::Host => receipts::is_local(message, &self.ports),
                        Origin::Anywhere => Ok(()),
                    });
            }
            Event::Sent { token, result } => {
                let order = known.sends.complete(*token, result.is_ok(), has_late_names);
                verdict = verdict.and(order);
            }
            Event::Listening => {
                self.is_port_new = true;
                // One that has been closed meanwhile does not say where it was bound.
                let port = socket.address().map_or(0, |local| local.port);
                self.ports.insert(port);
            }
            Event::Connect | Event::Drained | Event::Error { .. } | Event::Close | _ => {}
        }
        self.judge(id, verdict);
        if !matches!(event, Event::Message(_)) {
            self.looks = 0;
            let verdict = self.turns.take(sockets, id);
            self.judge(id, verdict);
        }
    }

    /// An application may have done anything.
    pub(super) fn glance(&mut self, sockets: &Sockets<'_, '_>) {
        for id in sockets.ids() {
            if let Some(socket) = sockets.get(id) {
                let seen = Seen::of(socket);
                self.known.of(id).life.glance(seen);
                self.ports.extend(seen.port);
            }
        }
    }

    /// What the network was told.
    pub(super) fn wire(&mut self, stack: &Stack<'_>, wired: impl Iterator<Item = Wired>) {
        for wired in wired {
            let verdict = match wired {
                Wired::Joined(interface, group) => self.joined.join(interface, group),
                Wired::Left(interface, group) => self.joined.leave(interface, group),
                Wired::Sent(source) => ports::is_source(source, &self.ports, stack),
            };
            if !matches!(wired, Wired::Sent(_)) {
                self.looks = 0;
            }
            if let Err(what) = verdict {
                self.find(&what);
            }
        }
    }

    /// Looks at all sockets, when there is nothing left to do.
    pub(super) fn look(&mut self, stack: &Stack<'_>, sockets: &mut Sockets<'_, '_>) {
        let mut ids = core::mem::take(&mut self.ids);
        ids.clear();
        ids.extend(sockets.ids());
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
        self.look_at_groups(stack);
    }

    /// Looks at memberships when they have changed, and now and then: what is wrong with them stays.
    fn look_at_groups(&mut self, stack: &Stack<'_>) {
        if let Some(left) = self.looks.checked_sub(1) {
            self.looks = left;
            return;
        }
        self.looks = LOOKS;
        if self.is_wired
            && let Err(what) = self.joined.look(stack)
        {
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
        let seen = Seen::of(socket);
        let known = self.known.of(id);
        known.life.look(seen)?;
        known.receipts.look(socket.stats())?;
        known.sends.look(socket.stats())?;
        sends::look_at_queue(queued, seen, stack.is_blocked())?;
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
        if self.joined.is_any() {
            self.find("a group was not left when all sockets were closed");
        }
        if stack.has_local() {
            self.find("a datagram stays on the host, and comes to nobody");
        }
    }

    /// The application, with all that it is told written down at once.
    pub(super) fn over<'a>(
        &'a mut self,
        application: &'a mut dyn Handler,
        host: u32,
        now: u64,
        trace: &'a mut Trace,
    ) -> Over<'a> {
        Over {
            watch: self,
            application,
            host,
            now,
            trace,
            origin: Origin::Anywhere,
        }
    }

    /// The application, with all that it is told kept, to be written down later.
    pub(super) fn apart<'a>(&'a mut self, application: &'a mut dyn Handler) -> Apart<'a> {
        Apart {
            watch: self,
            application,
            told: Vec::new(),
        }
    }
}

/// What is known of sockets, by their indexes.
#[derive(Debug, Default)]
struct Table(Vec<Option<Known>>);

impl Table {
    /// What is known of a socket; nothing, if it is new in its place.
    fn of(&mut self, id: SocketId) -> &mut Known {
        let at = id.index();
        if self.0.len() <= at {
            self.0.resize_with(at + 1, || None);
        }
        let place = &mut self.0[at];
        match place {
            Some(known) if known.id == id => {}
            Some(_) | None => *place = Some(Known::new(id)),
        }
        place.as_mut().expect("it is there")
    }
}

impl Known {
    fn new(id: SocketId) -> Self {
        Self {
            id,
            life: Life::default(),
            sends: Sends::default(),
            receipts: Receipts::default(),
        }
    }
}

pub(super) struct Over<'a> {
    watch: &'a mut Watch,
    application: &'a mut dyn Handler,
    host: u32,
    now: u64,
    trace: &'a mut Trace,
    origin: Origin<'a>,
}

impl<'a> Over<'a> {
    /// The same, for a datagram that has come in.
    pub(super) fn of(self, incoming: &'a Incoming<'a>) -> Self {
        Self {
            origin: Origin::Wire(incoming),
            ..self
        }
    }
}

impl Handler for Over<'_> {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        self.watch.see(sockets, id, &event, self.origin);
        let told = Happened::Told {
            host: self.host,
            socket: id.index(),
            event: Told::of(&event),
        };
        self.trace.add(self.now, told);
        self.application.handle(sockets, id, event);
        self.watch.glance(sockets);
    }
}

pub(super) struct Apart<'a> {
    watch: &'a mut Watch,
    application: &'a mut dyn Handler,
    told: Vec<(usize, Told)>,
}

impl Apart<'_> {
    pub(super) fn write(self, host: u32, now: u64, trace: &mut Trace) {
        for (socket, event) in self.told {
            let told = Happened::Told {
                host,
                socket,
                event,
            };
            trace.add(now, told);
        }
    }
}

impl Handler for Apart<'_> {
    fn handle(&mut self, sockets: &mut Sockets<'_, '_>, id: SocketId, event: Event<'_>) {
        self.watch.see(sockets, id, &event, Origin::Host);
        self.told.push((id.index(), Told::of(&event)));
        self.application.handle(sockets, id, event);
        self.watch.glance(sockets);
    }
}

/// How many looks at a host go by, at most, between two at its memberships.
const LOOKS: u8 = 16;
