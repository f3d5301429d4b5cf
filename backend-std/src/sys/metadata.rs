//! What a socket is asked to tell of received datagrams beyond their senders.

use anydgram_core::{Errno, Metadata};

use super::OsSocket;

impl OsSocket {
    /// Has datagrams come with what `metadata` asks for; what the system cannot tell stays unknown.
    pub(super) fn tell(&mut self, metadata: Metadata) -> Result<(), Errno> {
        if metadata == Metadata::NONE || !CAN_TELL {
            return Ok(());
        }
        tell(self, metadata)?;
        self.has_metadata = true;
        Ok(())
    }

    /// Has datagrams that belong together come together, for who reads with a [`Pool`](super::batch::Pool). Not
    /// for a descriptor that was adopted: whoever else has it may not be able to take them apart.
    pub(crate) fn coalesce(&mut self) {
        if self.is_adopted || !CAN_TELL {
            return;
        }
        match coalesce(self) {
            Ok(()) => self.has_metadata = true,
            Err(errno) => log::debug!("the system does not coalesce datagrams: {errno}"),
        }
    }

    /// Has every datagram come alone from now on: the socket goes to somebody who may not be able to take them apart.
    #[cfg(unix)]
    pub(crate) fn separate(&self) -> Result<(), Errno> {
        separate(self)
    }
}

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        use super::control;

        const CAN_TELL: bool = true;

        fn tell(os: &OsSocket, metadata: Metadata) -> Result<(), Errno> {
            os.call(|socket| control::tell(socket, os.family, metadata))
        }

        fn coalesce(os: &OsSocket) -> Result<(), Errno> {
            os.call(|socket| control::coalesce(socket, true))
        }

        fn separate(os: &OsSocket) -> Result<(), Errno> {
            match os.call(|socket| control::coalesce(socket, false)) {
                // It cannot do it: so it does not.
                Err(Errno::ENOPROTOOPT) => Ok(()),
                result => result,
            }
        }
    } else {
        const CAN_TELL: bool = false;

        fn tell(_: &OsSocket, _: Metadata) -> Result<(), Errno> {
            Ok(())
        }

        fn coalesce(_: &OsSocket) -> Result<(), Errno> {
            Ok(())
        }

        #[cfg(unix)]
        fn separate(_: &OsSocket) -> Result<(), Errno> {
            Ok(())
        }
    }
}
