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

use core::cell::Cell;

use anydgram_core::{Transmit, Transmitted};

use super::OsSocket;

/// What the system does not take together, found out by trying.
#[derive(Debug)]
pub(super) struct Together {
    /// Datagrams of this length or longer have to be messages of their own.
    below: Cell<usize>,
    /// There is no `sendmmsg`.
    is_refused: Cell<bool>,
}

impl Together {
    pub(super) const fn new() -> Self {
        Self {
            below: Cell::new(usize::MAX),
            is_refused: Cell::new(false),
        }
    }
}

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
