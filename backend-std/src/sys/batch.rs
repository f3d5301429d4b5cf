//! Datagrams in, as many as one system call gives: [`Pool`] is the memory that they lie in until they were lent to the
//! application, one after the other.
//!
//! Linux gives up to [`BATCH`] messages a call (`recvmmsg`), and each may be many datagrams of one sender and one length
//! (`UDP_GRO`), which [`Pool::next`] takes apart. Other systems, and a kernel that refuses `recvmmsg`, give one a call.

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        mod linux;
        use linux as system;
    } else {
        mod other;
        use other as system;
    }
}

use core::cell::Cell;
use core::fmt;

use anydgram_core::{Errno, RecvMeta};

use super::OsSocket;
pub(super) use system::receive_one;

use system::Slots;

/// How many messages of one socket are taken before others have their chance, as in Node.
pub(crate) const BATCH: usize = 32;

/// Room for one batch of received datagrams, and how far it was lent. Memory that was never needed is never touched.
pub(crate) struct Pool {
    slots: Slots,
    cursor: Cell<Cursor>,
}

/// What [`Pool::fill`] has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    /// How many messages of the system's there are now.
    pub(crate) messages: usize,
    /// The system had no more: it will tell when there are.
    pub(crate) is_drained: bool,
}

/// The next datagram of a batch.
#[derive(Clone, Copy, Default)]
struct Cursor {
    /// The message after the current one.
    next: usize,
    /// What of the current one was lent.
    offset: usize,
    /// Its length, and what is known of it; `None` when there is nothing left of it.
    current: Option<(usize, RecvMeta)>,
}

impl Pool {
    pub(crate) fn new() -> Self {
        Self {
            slots: Slots::new(),
            cursor: Cell::default(),
        }
    }

    /// Takes datagrams of `os`, `limit` messages at most. What was left of the last batch is gone.
    ///
    /// # Errors
    /// `EAGAIN` when there is none; else what the system has to report.
    pub(crate) fn fill(&mut self, os: &OsSocket, limit: usize) -> Result<Filled, Errno> {
        self.cursor.set(Cursor::default());
        self.slots.fill(os, limit)
    }

    /// The next datagram of the batch.
    pub(crate) fn next(&self) -> Option<(RecvMeta, &[u8])> {
        let mut cursor = self.cursor.get();
        let (length, mut meta) = match cursor.current {
            Some(current) => current,
            None => self.slots.message(cursor.next)?,
        };
        let message = cursor.next;
        let offset = cursor.offset;
        // Even an empty message is a datagram.
        let stride = meta.segment_stride.unwrap_or(length).min(length - offset);
        cursor.offset = offset + stride;
        cursor.current = (cursor.offset < length).then_some((length, meta));
        if cursor.current.is_none() {
            cursor.next = message + 1;
            cursor.offset = 0;
        }
        self.cursor.set(cursor);
        if meta.segment_stride.is_some() {
            meta.wire_len = Some(stride);
        }
        Some((meta, self.slots.bytes(message, offset, stride)))
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

/// Room for the longest datagram there is.
const ROOM: usize = 65_536;

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
