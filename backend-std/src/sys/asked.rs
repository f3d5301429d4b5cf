//! What datagrams ask for beyond their destinations, and sockets for all of theirs, of which Linux alone does enough:
//! elsewhere it is `ENOTSUP`.

use anydgram_core::{Errno, Transmit, Transmitted};

use super::transfer::transmitted;
use super::{OsSocket, platform};
use crate::convert;

impl OsSocket {
    /// Offers one datagram that asks for something to the system.
    #[inline(never)]
    pub(super) fn send_asking(&self, transmit: &Transmit<'_>) -> Transmitted {
        let to = transmit.destination.map(|end| end.address.family());
        if !transmit.meta.is_for(self.family) || to.is_some_and(|to| to != self.family) {
            return Transmitted::Failed(Errno::EINVAL);
        }
        let destination = transmit.destination.map(platform::reachable);
        let address = destination.map(convert::sock_addr);
        transmitted(system::send(self, transmit, address.as_ref()))
    }

    /// Never sends in fragments from now on, and has no router make any.
    pub(super) fn forbid_fragments(&self) -> Result<(), Errno> {
        system::forbid_fragments(self)
    }
}

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        mod linux;
        pub(super) use linux::control;
        use linux as system;
    } else {
        mod other;
        use other as system;
    }
}
