//! All events are in memory, which is there anyway.

use super::Socket;
use crate::event::{Event, PendingEvent};

/// No event leads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lead(());

impl Lead {
    pub(super) const NONE: Self = Self(());

    const fn event(self) -> Option<Event<'static>> {
        let Self(()) = self;
        None
    }
}

#[expect(
    clippy::needless_pass_by_ref_mut,
    reason = "with feature `alloc` they change something"
)]
impl Socket<'_> {
    pub(super) const fn has_led(&mut self, _: &PendingEvent) -> bool {
        false
    }

    pub(super) const fn take_lead(&mut self) -> Option<Event<'static>> {
        self.lead.event()
    }

    pub(super) const fn close_lead(&mut self) {}
}
