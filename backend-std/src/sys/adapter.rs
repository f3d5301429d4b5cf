//! What the adapters for embedded traits ask of a socket, beyond Node's options: which datagrams, to which address.

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        mod linux;
        use linux as system;
    } else {
        mod other;
        use other as system;
    }
}

use anydgram_core::Errno;
#[cfg(feature = "embedded-nal-async")]
use anydgram_core::RecvMeta;

use super::OsSocket;

impl OsSocket {
    /// Keeps out the groups that only other sockets of the host have joined, which only Linux lets in.
    ///
    /// An IPv4 group is received on the interface where this socket has joined it. Linux receives an IPv6 group on all
    /// where any socket has; before 4.20 it cannot be kept out at all.
    pub(crate) fn keep_to_own_groups(&self) -> Result<(), Errno> {
        self.call(|socket| system::keep_to_own_groups(socket, self.family))
    }
}

#[cfg(feature = "embedded-nal-async")]
impl OsSocket {
    /// Has [`receive_with_local`](Self::receive_with_local) know what it tells; `ENOTSUP` but on Linux.
    ///
    /// RFC 3542 § 6.1; Linux: `IP_PKTINFO`, ip(7)
    pub(crate) fn tell_local(&self) -> Result<(), Errno> {
        self.call(|socket| system::tell_local(socket, self.family))
    }

    /// [`receive`](Self::receive) that fills in [`RecvMeta::local`] and [`RecvMeta::interface`].
    pub(crate) fn receive_with_local(&self, buffer: &mut [u8]) -> Result<(usize, RecvMeta), Errno> {
        self.transfer(|socket| system::receive(socket, buffer))
    }
}
