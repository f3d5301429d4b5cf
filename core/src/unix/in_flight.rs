//! What is still to come of a Unix socket's sends.

use super::UnixSocket;
use crate::socket::InFlight;

impl UnixSocket<'_> {
    /// What is still to come of the sends that were accepted, as [`Socket::in_flight`](crate::Socket::in_flight). Only calls of
    /// the application add to it. Looks at everything that the socket holds.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Storage, UnixDatagram, UnixSocket};
    /// # let mut storage: Storage<64, 1, 0, 4, 0> = Storage::new();
    /// # let mut socket = UnixSocket::new(&mut storage);
    /// socket.send(UnixDatagram::new("hello").to("/dev/log"))?;
    /// assert_eq!((socket.in_flight().sends, socket.in_flight().completions), (1, 1));
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
