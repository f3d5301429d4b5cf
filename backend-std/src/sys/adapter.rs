//! What the adapters for embedded traits ask of a socket, beyond Node's options.

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
