//! Sending, and the full queue.

use anydgram_core::FullQueue;

use super::calls::{ALREADY_CONNECTED, BAD_NAME, FULL, Outcome, bad_port, no};
use super::{Bind, Item, Model, Text, What, Why};
use crate::step::{Fate, Target, Way};

/// The longest payload in an IPv4 packet.
const LONGEST: usize = 65_507;

impl Model {
    /// The id of the send; what the backend is offered.
    pub(crate) fn send(
        &mut self,
        to: Option<(Target, u16)>,
        payload: &[u8],
        report: bool,
        way: Way,
    ) -> Outcome<(Option<u64>, Option<Text>)> {
        match (to, self.is_connected()) {
            (Some(_), true) => return no(ALREADY_CONNECTED),
            (Some((_, 0)), false) => return bad_port(Some(0)),
            (None, false) => return bad_port(None),
            (Some(_), false) | (None, true) => {}
        }
        self.check_running()?;
        let (target, port) = to.unwrap_or((Target::Default, 0));
        if target == Target::BadName {
            return no(BAD_NAME);
        }
        let mut item = self.item(u64::MAX, What::Send, target, port);
        item.report = report;
        item.to_peer = to.is_none();
        item.length = payload.len();
        item.is_too_long = payload.len() > LONGEST;
        if !item.is_too_long {
            item.payload = payload.into();
        }
        if self.can_leave_now(&item) {
            return self.offer(item, payload, way);
        }
        let counted = self.with_implicit_bind(|model| {
            item.id = model.new_id();
            model.enqueue(&item)
        });
        if counted.is_err() {
            self.stats.overflowed += 1;
        }
        counted.map(|id| (Some(id), None))
    }

    fn offer(
        &mut self,
        mut item: Item,
        payload: &[u8],
        way: Way,
    ) -> Outcome<(Option<u64>, Option<Text>)> {
        if item.report {
            self.want_event()
                .inspect_err(|_| self.stats.overflowed += 1)?;
        }
        item.id = self.new_id();
        if let Some(why) = self.refusal(&item) {
            self.finish_outside(&item, Err(item.error(why)));
            return Ok((Some(item.id), None));
        }
        let offered = Some(self.transmit_text(&item));
        match way {
            Way::TakeBack => return Ok((None, offered)),
            Way::Offer(Fate::Sent) => self.finish_outside(&item, Ok(payload.len())),
            Way::Offer(Fate::Failed) => {
                let error = item.error(Why::System("EADDRNOTAVAIL"));
                self.finish_outside(&item, Err(error));
            }
            Way::Queue | Way::Offer(Fate::Blocked) => {
                let queued = self.enqueue(&item);
                if queued.is_err() {
                    self.stats.overflowed += 1;
                }
                return queued.map(|id| (Some(id), offered));
            }
        }
        Ok((Some(item.id), offered))
    }

    /// Where and what a datagram is.
    pub(super) fn transmit_text(&self, item: &Item) -> Text {
        let to = if item.to_peer {
            "the peer".into()
        } else {
            format!("{}:{}", item.address, item.port)
        };
        format!("{:?} to {to}", item.payload)
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

    /// Ends a send that was never in the queue.
    fn finish_outside(&mut self, item: &Item, result: Result<usize, Text>) {
        match result {
            Ok(_) => self.stats.sent += 1,
            Err(_) => self.stats.failed += 1,
        }
        if item.report {
            let result = result.map_or_else(|error| error, |len| len.to_string());
            self.tell(format!("sent {}: {result}", item.id));
        }
    }

    /// Puts a send into the queue, or does what the policy says.
    fn enqueue(&mut self, item: &Item) -> Outcome<u64> {
        let id = item.id;
        if item.report {
            self.want_event()?;
        }
        if self.push(item.clone()).is_ok() {
            return Ok(id);
        }
        let is_send = |kept: &Item| kept.what == What::Send && kept.is_open();
        let in_vain = !self.has_room_beside(item.size(), |kept| !is_send(kept));
        while self.drops_oldest() && !in_vain {
            let oldest = self.open(|item| item.what == What::Send);
            let oldest = oldest.expect("without sends there is room");
            self.owes_drained = true;
            self.stats.overflowed += 1;
            self.remove(oldest.id);
            self.finish_outside(&oldest, Err(oldest.nameless_error("ENOBUFS")));
            if self.push(item.clone()).is_ok() {
                return Ok(id);
            }
        }
        if self.config.policy == FullQueue::DropNewest {
            self.stats.overflowed += 1;
            self.finish_outside(item, Err(item.nameless_error("ENOBUFS")));
            return Ok(id);
        }
        no(FULL)
    }
}
