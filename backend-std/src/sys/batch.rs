//! Datagrams in, as many as one system call gives: [`Messages`] is the memory that they lie in until they were lent to the
//! application, one after the other; a [`Pool`] knows itself how far it was lent.
//!
//! Linux gives up to [`BATCH`] messages a call (`recvmmsg`), and each may be many datagrams of one sender and one length
//! (`UDP_GRO`, from the first call on that has found several), which are taken apart here. Other systems, and a kernel that refuses `recvmmsg`, give one a call.

cfg_if::cfg_if! {
    if #[cfg(target_os = "linux")] {
        mod linux;
        use linux as system;
    } else {
        mod other;
        use other as system;
    }
}

cfg_if::cfg_if! {
    if #[cfg(all(unix, feature = "tokio"))] {
        mod one_by_one;
        pub(crate) use one_by_one::FEW;
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

/// Room for one batch of received datagrams. Memory that was never needed is never touched.
pub(crate) struct Messages(Slots);

/// Room for one batch of received datagrams, and how far it was lent.
#[derive(Debug)]
pub(crate) struct Pool {
    messages: Messages,
    cursor: Cell<Cursor>,
}

/// What [`Messages::fill`] has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    /// How many messages of the system's there are now.
    pub(crate) messages: usize,
    /// The system had no more: it will tell when there are.
    pub(crate) is_drained: bool,
}

/// Where the next datagram of a batch is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cursor {
    message: usize,
    /// What of it was lent.
    offset: usize,
}

impl Messages {
    pub(crate) fn new() -> Self {
        Self(Slots::new(BATCH))
    }

    /// Takes datagrams of `os`, `limit` messages at most. What there was is gone.
    ///
    /// # Errors
    /// `EAGAIN` when there is none; else what the system has to report.
    pub(crate) fn fill(&mut self, os: &OsSocket, limit: usize) -> Result<Filled, Errno> {
        let filled = self.0.fill(os, limit)?;
        // Not before it pays: the first such socket of a system, and the end of the last one, cost the kernel 100 µs.
        if filled.messages > 1 {
            os.coalesce();
        }
        Ok(filled)
    }

    /// The message at a cursor, with all its bytes.
    fn message(&self, cursor: Cursor) -> Option<(&Head, &[u8])> {
        let head = self.0.head(cursor.message)?;
        Some((head, self.0.bytes(cursor.message, 0, head.len)))
    }
}

impl Pool {
    pub(crate) fn new() -> Self {
        Self {
            messages: Messages::new(),
            cursor: Cell::default(),
        }
    }

    /// As [`Messages::fill`]: what was left of the last batch is gone.
    pub(crate) fn fill(&mut self, os: &OsSocket, limit: usize) -> Result<Filled, Errno> {
        self.cursor.set(Cursor::default());
        self.messages.fill(os, limit)
    }

    /// Lends datagrams of the batch to `lend`, one after the other, until it wants no more; whether there are none left.
    ///
    /// Each is the pool's past when it is lent: `lend` may have others lent meanwhile, which are not lent here again.
    pub(crate) fn each(&self, mut lend: impl FnMut(&RecvMeta, &[u8]) -> Flow) -> bool {
        while let Some((head, bytes)) = self.messages.message(self.cursor.get()) {
            let message = self.cursor.get().message;
            while self.cursor.get().message == message {
                let mut cursor = self.cursor.get();
                let (meta, data) = cursor.take(head, bytes);
                self.cursor.set(cursor);
                if lend(meta, data) == Flow::Stop {
                    return false;
                }
            }
        }
        true
    }
}

/// Whether more is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    GoOn,
    Stop,
}

impl Cursor {
    /// The datagram that is there in a message's bytes, and what is known of it: the cursor is behind it then.
    #[inline]
    fn take<'a>(&mut self, head: &'a Head, bytes: &'a [u8]) -> (&'a RecvMeta, &'a [u8]) {
        let (start, end) = (self.offset, self.offset + head.stride);
        if end < bytes.len() {
            self.offset = end;
            (&head.meta, bytes.get(start..end).unwrap_or_default())
        } else {
            *self = Self {
                message: self.message + 1,
                offset: 0,
            };
            (head.last(), bytes.get(start..).unwrap_or_default())
        }
    }
}

/// What came with one message, which is one datagram or several.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    /// The length of all of them.
    len: usize,
    /// The length of each but the last.
    stride: usize,
    /// What is known of it: if it is several, of each but the last.
    meta: RecvMeta,
    /// And of the last of several.
    last: RecvMeta,
}

impl Head {
    /// Has the message that there is now be one of `len` bytes in memory, of which [`meta`](Self::meta) says what is known.
    fn settle(&mut self, len: usize) {
        self.len = len;
        self.stride = len;
        if let Some(stride) = self.meta.segment_stride {
            let stride = usize::from(stride);
            self.stride = stride;
            self.meta.wire_len = Some(stride);
            self.last = self.meta;
            self.last.wire_len = match len.checked_rem(stride) {
                Some(0) | None => Some(stride.min(len)),
                rest => rest,
            };
        }
    }

    /// What is known of the last datagram, which may be the only one.
    fn last(&self) -> &RecvMeta {
        if self.meta.segment_stride.is_some() {
            &self.last
        } else {
            &self.meta
        }
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages").finish_non_exhaustive()
    }
}

/// Room for the longest datagram there is.
const ROOM: usize = 65_536;

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
