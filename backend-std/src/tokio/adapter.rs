//! What only the adapters for embedded traits ask of a socket.

cfg_if::cfg_if! {
    if #[cfg(feature = "embedded-nal-async")] {
        mod local;
    }
}

use anydgram_core::Syscall;

use super::Socket;
use crate::error::Error;
use crate::sys::OsSocket;

impl Socket {
    /// Has a bound socket receive groups only where it is a member itself.
    pub(crate) fn keep_to_own_groups(&self) -> Result<(), Error> {
        self.ask(
            Syscall::Bind,
            |core| core.address(),
            OsSocket::keep_to_own_groups,
        )
    }
}
