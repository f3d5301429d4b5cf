//! What a socket is asked to tell of received datagrams beyond their senders.

use anydgram_core::{Errno, Metadata};

use super::{COALESCES, HAS_METADATA, NEVER_COALESCES, OsSocket};

impl OsSocket {
    /// Has datagrams come with what `metadata` asks for; what the system cannot tell stays unknown.
    pub(super) fn tell(&self, metadata: Metadata) -> Result<(), Errno> {
        if metadata == Metadata::NONE || !CAN_TELL {
            return Ok(());
        }
        tell(self, metadata)?;
        self.arrival.set(HAS_METADATA, true);
        Ok(())
    }

    /// Has datagrams that belong together come together from now on, for who reads with
    /// [`Messages`](super::batch::Messages). Not for a descriptor that somebody else has, too: whoever that is may not be able
    /// to take them apart.
    pub(crate) fn coalesce(&self) {
        let is_settled = self.arrival.has(COALESCES) || self.arrival.has(NEVER_COALESCES);
        if is_settled || !CAN_TELL {
            return;
        }
        match coalesce(self) {
            Ok(()) => {
                self.arrival.set(HAS_METADATA, true);
                self.arrival.set(COALESCES, true);
            }
            Err(errno) => {
                log::debug!("the system does not coalesce datagrams: {errno}");
                self.arrival.set(NEVER_COALESCES, true);
            }
        }
    }

    /// Whether datagrams may come together: only [`Messages`](super::batch::Messages) takes them apart.
    #[cfg(all(unix, feature = "tokio"))]
    pub(crate) fn is_coalesced(&self) -> bool {
        self.arrival.has(COALESCES)
    }

    /// Has every datagram come alone from now on, for good: the socket goes to somebody who may not be able to take them apart.
    #[cfg(unix)]
    pub(crate) fn separate(&self) -> Result<(), Errno> {
        separate(self)?;
        self.arrival.set(COALESCES, false);
        self.arrival.set(NEVER_COALESCES, true);
        Ok(())
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
