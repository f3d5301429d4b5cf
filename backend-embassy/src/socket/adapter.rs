//! What only the adapters for embedded traits ask of a socket.

#[cfg(feature = "embedded-nal-async")]
mod local;

use super::Socket;

impl Socket<'_> {
    /// Has a bound socket receive groups only where it is a member itself.
    pub(crate) fn keep_to_own_groups(&self) {
        self.with(|inner| inner.host.keep_to_own_groups(self.id));
    }
}
