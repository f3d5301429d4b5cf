//! Closing a Unix socket.

use super::{Parting, Progress, UnixSocket};
use crate::error::Misuse;
use crate::event::{Event, PendingEvent};

impl UnixSocket<'_> {
    /// Closes the socket, and removes the file that it has bound. Sends that have not left complete with `ECANCELED`; of a
    /// bind or a connect under way nothing is heard. `Close` is the last event. Nothing is received any more.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] if it has been closed before.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Event, Storage, UnixAction, UnixSocket};
    /// # let mut storage: Storage<64, 1, 0, 4, 0> = Storage::new();
    /// # let mut socket = UnixSocket::new(&mut storage);
    /// socket.close()?;
    /// assert_eq!(socket.poll_action(), Some(UnixAction::Close));
    /// assert_eq!(socket.poll_event(), Some(Event::Close));
    /// # Ok::<(), anydgram_core::Misuse>(())
    /// ```
    ///
    /// Node: `socket.close`
    pub fn close(&mut self) -> Result<(), Misuse> {
        self.check_running()?;
        self.is_closed = true;
        self.must_close = true;
        self.bind = Progress::None;
        self.parting = Parting::Done;
        self.cancel_calls();
        self.connection = Progress::None;
        self.owes_drained = false;
        self.push_event(PendingEvent::Ready(Event::Close));
        Ok(())
    }
}
