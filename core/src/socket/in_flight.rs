//! What is still to come of sends: for whoever checks that none is lost.

use super::Socket;
use crate::event::{Event, PendingEvent};
use crate::queue::{Kind, Stage};
use crate::storage::MemoryRef;

/// Sends that were accepted, as far as something is still to come of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct InFlight {
    /// Those that have not left, failed or been canceled: [`Stats`](crate::Stats) will count each once.
    pub sends: usize,
    /// Completions, [`Event::Sent`], that have not been polled: of such sends, and of those that have ended since.
    pub completions: usize,
}

impl Socket<'_> {
    /// What is still to come of the sends that were accepted. Only calls of the application add to it. Looks at
    /// everything that the socket holds.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Action, Datagram, Destination, Endpoint, Options, Socket, SocketType, Storage, Transmitted};
    /// # let mut storage: Storage<64, 1, 0, 4, 0> = Storage::new();
    /// # let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    /// socket.send(Datagram::new("hello").to(Destination::new("192.0.2.1", 9)))?;
    /// assert_eq!((socket.in_flight().sends, socket.in_flight().completions), (1, 1));
    /// # let Some(Action::Bind(request)) = socket.poll_action() else { panic!("a send binds") };
    /// # socket.handle_bind(Ok(Endpoint::new(request.address, 41_234))).expect("the port is free");
    ///
    /// // It leaves; nobody has heard of that yet.
    /// socket.transmit_next(|_| Transmitted::Sent);
    /// assert_eq!((socket.in_flight().sends, socket.in_flight().completions), (0, 1));
    /// # Ok::<(), anydgram_core::Misuse>(())
    /// ```
    #[must_use]
    pub fn in_flight(&mut self) -> InFlight {
        if self.events_waiting == 0 && self.tally.open.is_zero() {
            return InFlight::default();
        }
        InFlight::of(&mut self.memory)
    }
}

impl InFlight {
    /// What there is in the memory of a socket.
    pub(crate) fn of(memory: &mut MemoryRef<'_>) -> Self {
        let mut found = Self::default();
        let Some(parts) = memory.parts_in_use() else {
            return found;
        };
        for pending in parts.events.iter() {
            if matches!(
                pending,
                PendingEvent::Ready(Event::Sent { .. })
                    | PendingEvent::UnlessClosed(Event::Sent { .. })
                    | PendingEvent::Left(Event::Sent { .. }, _)
            ) {
                found.completions = found.completions.saturating_add(1);
            }
        }
        for entry in parts.queue.entries.iter() {
            let Kind::Send { report, .. } = entry.kind else {
                continue;
            };
            if entry.is_open() {
                found.sends = found.sends.saturating_add(1);
            }
            // The event of one that is settled is not polled.
            if report && (entry.is_open() || matches!(entry.stage, Stage::Settled(_))) {
                found.completions = found.completions.saturating_add(1);
            }
        }
        found
    }
}
