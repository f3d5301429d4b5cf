//! What leaves by an interface, and when.

use anydgram_core::link::Plan;
use anydgram_core::stack::{Host, Outgoing};
use anydgram_core::{Errno, Full, Instant, Sockets, Transmitted};
use smoltcp::phy::{Device, TxToken as _};

use super::Nic;
use crate::convert;
use crate::frames::Egress;

impl<D: Device> Nic<'_, D> {
    /// Sends a datagram, or has it wait for its neighbour.
    pub(crate) fn transmit(&mut self, now: Instant, datagram: &Outgoing<'_>) -> Transmitted {
        // The room first: what is decided without it would have to be taken back.
        let Some(tx) = self.device.transmit(convert::instant(now)) else {
            self.is_full = true;
            return Transmitted::Blocked(Full::Buffer);
        };
        match self.link.transmit(now, datagram) {
            Plan::Ready(header) => {
                let is_written = tx.consume(header.len(), |frame| header.write(datagram, frame));
                debug_assert!(is_written, "the frame has the length that was asked for");
                Transmitted::Sent
            }
            Plan::Waits => {
                drop(tx);
                self.send_datagrams(now);
                Transmitted::Sent
            }
            // There will be, as soon as the device has room for what can leave.
            Plan::Failed(Errno::ENOBUFS) if self.link.has_datagram() => {
                self.is_full = true;
                Transmitted::Blocked(Full::Buffer)
            }
            Plan::Failed(errno) => Transmitted::Failed(errno),
        }
    }

    /// Whether there was no room for a datagram, and now there is.
    pub(crate) fn has_room_again(&mut self, now: Instant) -> bool {
        let has_room = self.is_full
            && !self.link.has_datagram()
            && self.device.transmit(convert::instant(now)).is_some();
        self.is_full &= !has_room;
        has_room
    }

    /// Sends what has waited and can leave: the fragments of a long datagram follow each other at once.
    #[cold]
    fn send_datagrams(&mut self, now: Instant) {
        while self.link.has_datagram() {
            let Some(tx) = self.device.transmit(convert::instant(now)) else {
                self.lacks_room = true;
                return;
            };
            let Some(waiting) = self.link.poll_datagram() else {
                return;
            };
            let is_written = tx.consume(waiting.len(), |frame| waiting.write(frame));
            debug_assert!(is_written, "the frame has the length that was asked for");
        }
    }

    /// Sends what the link has to send: what has waited for a neighbour, and questions.
    pub(super) fn send_waiting(&mut self, now: Instant, host: &Host<'_>) {
        self.lacks_room = false;
        while self.link.poll_at().is_some_and(|at| at <= now) {
            let Some(tx) = self.device.transmit(convert::instant(now)) else {
                self.lacks_room = true;
                return;
            };
            let Some(waiting) = self.link.poll_transmit(now, host.interfaces()) else {
                return;
            };
            let is_written = tx.consume(waiting.len(), |frame| waiting.write(frame));
            debug_assert!(is_written, "the frame has the length that was asked for");
        }
    }

    /// Sends what the link and smoltcp have to send, and tells of neighbours that never answered.
    pub(crate) fn send_own(
        &mut self,
        now: Instant,
        host: &mut Host<'_>,
        sockets: &mut Sockets<'_, '_>,
    ) {
        self.now = now;
        self.send_waiting(now, host);
        while let Some(lost) = self.link.poll_unreachable() {
            host.handle_unreachable(lost.local, lost.peer, lost.errno, sockets);
        }
        if !self.is_due && self.due_at.is_none_or(|at| at > now) {
            return;
        }
        self.is_due = false;
        let at = convert::instant(now);
        self.smoltcp.poll_maintenance(at);
        let mut egress = Egress::new(&mut self.device);
        self.smoltcp.poll_egress(at, &mut egress, &mut self.sockets);
        // What had no room is not in smoltcp's reckoning, nor are delayed reports of groups.
        let again = egress.lacked_room.then(|| now.saturating_add(RETRY));
        let due_at = self.smoltcp.poll_at(at, &self.sockets);
        // Each address of IPv6 has a group, too.
        let is_in_groups = self.smoltcp.ipv6_addr().is_some()
            || host.groups().of_interface(self.index).next().is_some();
        let reports = is_in_groups.then(|| now.saturating_add(REPORTS));
        let due_at = due_at.map(|at| convert::core_instant(at).max(now));
        self.due_at = convert::earlier(convert::earlier(due_at, reports), again);
    }

    /// When [`send_own`](Self::send_own) has something to do, if nothing comes in until then.
    pub(crate) fn poll_at(&self, now: Instant) -> Option<Instant> {
        if self.is_due {
            return Some(now);
        }
        let link_at = self.link.poll_at();
        let link_at = if self.lacks_room {
            link_at.map(|at| at.max(now.saturating_add(RETRY)))
        } else {
            link_at
        };
        convert::earlier(self.due_at, link_at)
    }
}

/// How long what the device had no room for waits before it is tried again.
pub(crate) const RETRY: core::time::Duration = core::time::Duration::from_millis(1);
/// How often smoltcp is asked for delayed reports while there are groups.
const REPORTS: core::time::Duration = core::time::Duration::from_millis(500);
