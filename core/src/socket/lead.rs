//! The event before all others, where it is one that every socket tells: it takes no memory, so that a socket whose
//! memory is on the heap (feature `alloc`) needs none to bind and to close.

use super::Socket;
use crate::event::{Event, PendingEvent};

/// The event that comes before those in memory. It counts as one that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// The first one, if there is one, is in memory.
    None,
    Listening,
    ListeningUnlessClosed,
    Close,
}

impl Lead {
    pub(super) const NONE: Self = Self::None;

    /// The event as one that leads, if it can.
    fn of(event: &PendingEvent) -> Option<Self> {
        if let PendingEvent::Ready(Event::Listening) = event {
            Some(Self::Listening)
        } else if let PendingEvent::UnlessClosed(Event::Listening) = event {
            Some(Self::ListeningUnlessClosed)
        } else if let PendingEvent::Ready(Event::Close) = event {
            Some(Self::Close)
        } else {
            None
        }
    }
}

impl Socket<'_> {
    /// Has an event lead, if nothing waits and it can; whether it does.
    pub(super) fn has_led(&mut self, event: &PendingEvent) -> bool {
        if self.events_waiting > 0 {
            return false;
        }
        let Some(lead) = Lead::of(event) else {
            return false;
        };
        self.lead = lead;
        self.events_waiting = 1;
        true
    }

    /// The event that leads.
    pub(super) fn take_lead(&mut self) -> Option<Event<'static>> {
        let event = match self.lead {
            Lead::None => return None,
            Lead::Listening | Lead::ListeningUnlessClosed => {
                self.memory.rest();
                Event::Listening
            }
            Lead::Close => Event::Close,
        };
        self.drop_lead();
        Some(event)
    }

    /// The socket is closed: what leads goes, unless it is told all the same.
    pub(super) fn close_lead(&mut self) {
        if self.lead == Lead::ListeningUnlessClosed {
            self.drop_lead();
        }
    }

    fn drop_lead(&mut self) {
        self.lead = Lead::None;
        self.events_waiting = self.events_waiting.saturating_sub(1);
    }
}
