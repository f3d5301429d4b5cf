//! Sending, and the full queue.

use anydgram_core::{Full, FullQueue};

use super::failure::{already_connected, bad_name, bad_port, full};
use super::{Bind, Done, Item, Model, What, Why};
use crate::seen::{Datagram, Failure, Seen, Told};
use crate::step::{Content, Outcome, Sending, Target, Way};

/// The longest payload in an IPv4 packet.
const LONGEST: usize = 65_507;

impl Model {
    pub(super) fn send(&mut self, sending: &Sending, content: Content) -> Done<Seen> {
        match (sending.to, self.is_connected()) {
            (Some(_), true) => return Err(already_connected()),
            (Some((_, 0)), false) => return Err(bad_port(Some(0))),
            (None, false) => return Err(bad_port(None)),
            (Some(_), false) | (None, true) => {}
        }
        self.check_running()?;
        let (target, port) = sending.to.unwrap_or((Target::Default, 0));
        if target == Target::BadName {
            return Err(bad_name());
        }
        let mut item = self.item(What::Send, target, port);
        item.report = sending.report;
        item.to_peer = sending.to.is_none();
        let payload = content.payload;
        item.meta = content.meta;
        item.length = payload.len();
        item.is_too_long = payload.len() > LONGEST;
        if !item.is_too_long {
            item.payload = payload.into();
        }
        if self.can_leave_now(&item) {
            return self.offer(&item, sending.way);
        }
        let queued = self.with_implicit_bind(|model| model.enqueue(&item));
        if queued.is_err() {
            self.stats.overflowed += 1;
        }
        queued?;
        Ok(self.accepted(None))
    }

    fn accepted(&mut self, offered: Option<Datagram>) -> Seen {
        self.sends += 1;
        Seen::Sending(Some(self.sends - 1), offered)
    }

    /// A datagram that could leave now.
    fn offer(&mut self, item: &Item, way: Way) -> Done<Seen> {
        if item.report {
            self.want_event()
                .inspect_err(|_| self.stats.overflowed += 1)?;
        }
        if let Some(why) = self.refusal(item) {
            self.finish_outside(item, Err(item.error(why)));
            return Ok(self.accepted(None));
        }
        let offered = Some(Self::datagram(item));
        match way.full() {
            Some(Full::Buffer) => self.stats.buffer_full += 1,
            Some(Full::Memory) => self.stats.memory_full += 1,
            None => {}
        }
        if let Way::TakeBack(_) = way {
            return Ok(Seen::Sending(None, offered));
        }
        match way.outcome() {
            Some(Outcome::Good) => self.finish_outside(item, Ok(item.length)),
            Some(Outcome::Bad) => {
                let failure = item.error(Why::System("EADDRNOTAVAIL"));
                self.finish_outside(item, Err(failure));
            }
            None | Some(Outcome::Odd | Outcome::Dry) => {
                self.enqueue(item)
                    .inspect_err(|_| self.stats.overflowed += 1)?;
            }
        }
        // `send` offers to nobody.
        Ok(self.accepted(offered.filter(|_| way != Way::Queue)))
    }

    /// Where and what a datagram is.
    pub(super) fn datagram(item: &Item) -> Datagram {
        Datagram {
            to: (!item.to_peer).then_some((item.address, item.port)),
            meta: item.meta,
            bytes: item.payload.clone(),
        }
    }

    fn can_leave_now(&self, item: &Item) -> bool {
        self.bind == Bind::Bound
            && !self.items.iter().any(Item::is_in_line)
            && !self.must_act()
            && (item.to_peer || (item.target.name().is_none() && !self.config.look_up_always))
    }

    /// Why a datagram whose turn has come cannot leave.
    pub(super) fn refusal(&self, item: &Item) -> Option<Why> {
        match (item.to_peer, self.is_connected()) {
            (true, false) => Some(Why::System("EDESTADDRREQ")),
            (false, true) => Some(Why::System("EISCONN")),
            (false, false) if self.send_rules.contains(&item.address) => Some(Why::Blocked),
            (false, false) if item.address.is_ipv6() => Some(Why::System("EINVAL")),
            _ if item.is_too_long => Some(Why::System("EMSGSIZE")),
            _ => None,
        }
    }

    /// Ends a send that was never in the queue, or is there no more.
    fn finish_outside(&mut self, item: &Item, result: Result<usize, Failure>) {
        match result {
            Ok(_) => self.stats.sent += 1,
            Err(_) => self.stats.failed += 1,
        }
        if item.report {
            self.tell(Told::Sent(item.send, result));
        }
    }

    /// Puts a send into the queue, or does what the policy says.
    fn enqueue(&mut self, item: &Item) -> Done {
        if item.report {
            self.want_event()?;
        }
        if self.push(item.clone()).is_ok() {
            return Ok(());
        }
        let is_send = |kept: &Item| kept.what == What::Send && kept.is_open();
        let in_vain = !self.has_room_beside(item.size(), |kept| !is_send(kept));
        while self.drops_oldest() && !in_vain {
            let Some(oldest) = self.open(|item| item.what == What::Send) else {
                break;
            };
            self.owes_drained = true;
            self.stats.overflowed += 1;
            self.remove(oldest.id);
            self.finish_outside(&oldest, Err(oldest.nameless_error("ENOBUFS")));
            if self.push(item.clone()).is_ok() {
                return Ok(());
            }
        }
        if self.config.full_queue == FullQueue::DropNewest {
            self.stats.overflowed += 1;
            self.finish_outside(item, Err(item.nameless_error("ENOBUFS")));
            return Ok(());
        }
        Err(full())
    }
}
