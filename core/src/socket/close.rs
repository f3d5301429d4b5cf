//! Closing: now, or when the pending bind has ended.

use super::bind::Bind;
use super::connect::Parting;
use super::{Life, Socket};
use crate::error::Misuse;
use crate::event::{Event, PendingEvent};
use crate::queue::Kind;
use crate::storage::Parts;

impl Socket<'_> {
    /// Closes the socket. Sends that have not left complete with `ECANCELED`, memberships are released, and
    /// `Close` is the last event. Nothing is received any more.
    ///
    /// While a bind is under way and calls wait for it, the socket closes when the bind has ended.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] if it has been closed before.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Event, Misuse, Options, Socket, SocketType, Storage};
    /// # let mut storage: Storage<64, 1, 0, 4, 0> = Storage::new();
    /// # let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    /// socket.close()?;
    /// assert_eq!(socket.poll_event(), Some(Event::Close));
    /// assert_eq!(socket.close(), Err(Misuse::NotRunning));
    /// # Ok::<(), Misuse>(())
    /// ```
    ///
    /// Node: `socket.close`
    pub fn close(&mut self) -> Result<(), Misuse> {
        if self.life != Life::Open {
            return Err(Misuse::NotRunning);
        }
        let is_binding = matches!(self.bind, Bind::LookingUp | Bind::Requested | Bind::Opening);
        if is_binding && self.first_open(&|entry| entry.kind != Kind::Bind).is_some() {
            self.life = Life::Closing;
        } else {
            self.close_now();
        }
        Ok(())
    }

    /// The bind has ended: the close that waited for it happens.
    pub(super) fn end_closing(&mut self) {
        if self.life == Life::Closing {
            self.close_now();
        }
    }

    fn close_now(&mut self) {
        self.life = Life::Closed;
        self.must_close = matches!(self.bind, Bind::Opening | Bind::Bound) || self.details.again;
        self.parting = Parting::Done;
        self.drop_entries_of(Kind::Bind);
        // As in Node, a peer decides which mistake a call on the closed socket is.
        if !self.is_connected() {
            self.forget_connect();
        }
        self.cancel_sends();
        self.close_lead();
        if let Some(Parts { mut events, .. }) = self.memory.parts_in_use() {
            for event in events.iter_mut() {
                if matches!(event, PendingEvent::UnlessClosed(_)) {
                    *event = PendingEvent::Nothing;
                }
            }
        }
        self.push_event(PendingEvent::Ready(Event::Close));
    }
}
