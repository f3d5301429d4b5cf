//! Datagrams out, as many as one system call takes.
//!
//! Linux takes many messages a call (`sendmmsg`), and each may be up to 64 datagrams of one length to one destination, of
//! which the last may be shorter (`UDP_SEGMENT`). What the kernel has against taking datagrams together is found out by
//! trying: they are tried again one message each, and not together any more from that length on. None is lost or sent
//! twice by that, because a message is taken as a whole or not at all. Other systems take one datagram a call.

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        mod linux;
        #[cfg(test)]
        mod tests;
        use linux as system;
    } else {
        mod other;
        use other as system;
    }
}

use anydgram_core::{Transmit, Transmitted};

pub(super) use system::Together;

use super::OsSocket;

/// What became of datagrams that were offered together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    /// How many, from the first on, the system has taken.
    pub(crate) sent: usize,
    /// What became of the one after them, if the system has said so.
    pub(crate) next: Option<Transmitted>,
}

impl OsSocket {
    /// Offers datagrams to the system in one call, as many as that takes, if there is more than one. Each has to be in
    /// one piece and for an address of the socket's family, or ends the run before it.
    pub(crate) fn send_run<'a>(&self, waiting: &mut dyn Iterator<Item = Transmit<'a>>) -> Run {
        system::send_run(self, waiting)
    }
}
