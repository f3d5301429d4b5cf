//! What datagrams ask for beyond their destinations, and sockets for all of theirs, of which Linux alone does enough:
//! elsewhere it is `ENOTSUP`.

use anydgram_core::{Endpoint, Errno, Payload, SendMeta, Transmitted};

use super::transfer::transmitted;
use super::{OsSocket, platform};
use crate::convert;

impl OsSocket {
    /// Offers one datagram that asks for something to the system. Its destination is of the socket's family.
    #[inline(never)]
    pub(super) fn send_asking(
        &self,
        destination: Option<Endpoint>,
        meta: &SendMeta,
        payload: &Payload<'_>,
    ) -> Transmitted {
        if !meta.is_for(self.family) {
            return Transmitted::Failed(Errno::EINVAL);
        }
        let address = destination.map(|end| convert::sock_addr(platform::reachable(end)));
        transmitted(system::send(self, address.as_ref(), meta, payload))
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
