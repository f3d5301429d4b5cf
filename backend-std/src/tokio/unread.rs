//! What a single receive has found beside its own datagram.
//!
//! The system hands over datagrams of one sender and one length together, if it is asked to, which it is once that pays:
//! when receives have found datagrams one after the other without a wait. It is never asked to stop: what waits in the
//! socket by then would come as one datagram.

use core::task::Poll;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anydgram_core::{Errno, RecvMeta};

use crate::sys::OsSocket;
use crate::sys::batch::{Cursor, FEW, Messages};
use crate::sys::watched::{Wait, Watched};

/// Datagrams that have come together with one that was asked for, and that nobody has asked for yet.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// Room for [`FEW`] messages. A socket whose receive waits has none.
    messages: Option<Box<Messages>>,
    /// How far they were taken.
    cursor: Cursor,
    is_full: bool,
    /// The last of them came with others, as one message.
    is_coalesced: bool,
    /// How many receives in a row have found a datagram of their own without a wait.
    found: u8,
}

impl Unread {
    pub(super) fn has_more(&self) -> bool {
        let mut after = self.cursor;
        let messages = self.messages.as_ref().filter(|_| self.is_full);
        messages.is_some_and(|messages| messages.next(&mut after).is_some())
    }

    /// Takes what there is: one message as long as each is many datagrams, else a few. Who asks for one datagram does not
    /// want to have more of them wait here than it takes to make up for the longer call.
    pub(super) fn poll_fill(
        &mut self,
        watched: &Watched,
        wait: &mut Wait<'_, '_>,
    ) -> Poll<Result<(), Errno>> {
        let messages = &mut self.messages;
        let limit = if self.is_coalesced { 1 } else { FEW };
        let fill = |os: &OsSocket| {
            let messages = messages.get_or_insert_with(room);
            messages.fill(os, limit)
        };
        let filled = watched.poll_take_all(wait, fill, |filled| filled.is_drained);
        self.cursor = Cursor::default();
        self.is_full = matches!(filled, Poll::Ready(Ok(_)));
        if filled.is_pending() {
            self.give_back();
        }
        filled.map_ok(drop)
    }

    #[cfg(test)]
    pub(super) fn has_room(&self) -> bool {
        self.messages.is_some()
    }

    /// A receive of `os` has found a datagram that came alone, or has to wait.
    pub(super) fn note(&mut self, os: &OsSocket, has_found: bool) {
        if !has_found {
            self.found = 0;
        } else if self.found < ENOUGH {
            self.found += 1;
            if self.found == ENOUGH {
                os.coalesce();
            }
        }
    }

    /// Copies the next datagram, as a receive does.
    pub(super) fn next_into(&mut self, buffer: &mut [u8]) -> Option<(usize, RecvMeta)> {
        let (meta, data) = self.next()?;
        let length = data.len().min(buffer.len());
        let (to, _) = buffer.split_at_mut(length);
        let (from, _) = data.split_at(length);
        to.copy_from_slice(from);
        Some((length, *meta))
    }

    /// The next datagram.
    pub(super) fn next(&mut self) -> Option<(&RecvMeta, &[u8])> {
        if !self.is_full {
            return None;
        }
        let next = self.messages.as_ref()?.next(&mut self.cursor);
        if let Some((meta, _)) = next {
            self.is_coalesced = meta.segment_stride.is_some();
        } else {
            self.is_full = false;
        }
        next
    }

    /// Gives all of them away.
    pub(super) fn move_to(&mut self, batch: &mut Messages) {
        if let Some(messages) = &self.messages {
            batch.copy_rest(messages, self.cursor);
        }
        self.is_full = false;
        self.give_back();
    }

    /// Leaves the room to other sockets.
    fn give_back(&mut self) {
        let Some(room) = self.messages.take() else {
            return;
        };
        let mut spare = spare();
        if spare.len() < SPARE {
            spare.push(room);
        }
    }
}

/// Room for some messages.
fn room() -> Box<Messages> {
    let spare = spare().pop();
    spare.unwrap_or_else(|| Box::new(Messages::few()))
}

#[expect(
    clippy::vec_box,
    reason = "a room goes to a socket, which is small, and comes back"
)]
pub(super) fn spare() -> MutexGuard<'static, Vec<Box<Messages>>> {
    static ROOMS: Mutex<Vec<Box<Messages>>> = Mutex::new(Vec::new());
    ROOMS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// After so many datagrams in a row more are likely to wait.
const ENOUGH: u8 = 8;
/// How many rooms are kept for when sockets need them again.
pub(super) const SPARE: usize = 16;
