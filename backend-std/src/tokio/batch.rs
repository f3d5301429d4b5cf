//! Receiving many datagrams with one call.
//!
//! A socket that is read this way may have its datagrams coalesced by the system, so that every other way to receive has
//! to take them apart, too: [`Unread`] has those that a single receive has found beside its own.

use core::fmt;
use core::iter::FusedIterator;
use core::task::{Poll, ready};

use anydgram_core::{Errno, RecvMeta};

use super::Socket;
use super::receive::failed;
use super::state::State;
use super::unread::Unread;
use crate::error::Error;
use crate::sys::OsSocket;
use crate::sys::batch::{BATCH, Cursor, Messages};
use crate::sys::watched::Wait;

/// Room for the datagrams of one [`recv_many`](Socket::recv_many), and the datagrams.
///
/// On Linux it takes 2 MiB of address space, of which only what datagrams have touched is in memory; else 64 KiB. It
/// may be used for one socket after the other.
pub struct Batch {
    messages: Box<Messages>,
    /// How many there are.
    all: usize,
    /// The places among them of those that were kept out.
    kept_out: Vec<usize>,
}

/// The datagrams of a [`Batch`], in the order in which they came.
#[derive(Clone, Debug)]
pub struct Datagrams<'a> {
    batch: &'a Batch,
    cursor: Cursor,
    /// The place of the next one.
    place: usize,
    /// Those of the ones that were kept out and not passed yet.
    kept_out: &'a [usize],
}

impl Socket {
    /// Takes all datagrams that there are, as many as one system call gives, and lends them: how many there are in
    /// `batch` now, at least 1. What was in it is gone.
    ///
    /// On Linux these are up to 32 messages, each of which may be up to 128 datagrams of one sender that have come
    /// together (`UDP_GRO`; the system is asked for that when several have waited). Elsewhere it is one datagram. What
    /// is known of each is as for [`recv_from`](Self::recv_from), and what the block list and the connection keep out
    /// is not in it.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from); the batch is empty then.
    ///
    /// # Cancel safety
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Examples
    /// ```
    /// # use anydgram_std::{SocketType, tokio::{Batch, Socket}};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), anydgram_std::Error> {
    /// let socket = Socket::bound(SocketType::Udp4, 0).await?;
    /// # let to = anydgram_std::Destination::local(socket.address()?.port);
    /// # socket.send_to("hello", to).await?;
    /// let mut batch = Batch::new();
    /// let count = socket.recv_many(&mut batch).await?;
    /// for (meta, data) in &batch {
    ///     println!("{} bytes from {:?}", data.len(), meta.sender);
    /// }
    /// # assert_eq!(count, batch.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Linux: recvmmsg(2), udp(7); Node has no such call
    pub async fn recv_many(&self, batch: &mut Batch) -> Result<usize, Error> {
        batch.clear();
        self.take(|state, wait| state.poll_receive_many(wait, batch))
            .await
    }

    /// Takes the datagrams that there are now: [`recv_many`](Self::recv_many) that does not wait.
    ///
    /// # Errors
    /// As [`recv_many`](Self::recv_many), and `recvmsg EAGAIN` when there is none (as [`std::io::Error`]:
    /// `WouldBlock`).
    pub fn try_recv_many(&self, batch: &mut Batch) -> Result<usize, Error> {
        batch.clear();
        let received = self
            .shared
            .with(|state| state.poll_receive_many(&mut Wait::Never, batch));
        match received {
            Poll::Ready(received) => received,
            Poll::Pending => Err(failed(Errno::EAGAIN)),
        }
    }
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self {
            messages: Box::new(Messages::new()),
            all: 0,
            kept_out: Vec::new(),
        }
    }

    /// How many datagrams there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all - self.kept_out.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is known of each datagram, and its bytes, in the order in which they came.
    #[must_use]
    pub fn iter(&self) -> Datagrams<'_> {
        Datagrams {
            batch: self,
            cursor: Cursor::default(),
            place: 0,
            kept_out: &self.kept_out,
        }
    }

    /// Forgets the datagrams.
    fn clear(&mut self) {
        self.all = 0;
        self.kept_out.clear();
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl<'a> IntoIterator for &'a Batch {
    type Item = (&'a RecvMeta, &'a [u8]);
    type IntoIter = Datagrams<'a>;

    fn into_iter(self) -> Datagrams<'a> {
        self.iter()
    }
}

impl<'a> Iterator for Datagrams<'a> {
    type Item = (&'a RecvMeta, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while self.place < self.batch.all {
            let next = self.batch.messages.next(&mut self.cursor);
            let place = self.place;
            self.place += 1;
            match self.kept_out.split_first() {
                Some((first, rest)) if *first == place => self.kept_out = rest,
                _ => return next,
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.batch.all - self.place - self.kept_out.len();
        (left, Some(left))
    }
}

impl ExactSizeIterator for Datagrams<'_> {}
impl FusedIterator for Datagrams<'_> {}

impl State {
    /// Takes datagrams, or waits as `wait` says.
    fn poll_receive_many(
        &mut self,
        wait: &mut Wait<'_, '_>,
        batch: &mut Batch,
    ) -> Poll<Result<usize, Error>> {
        loop {
            if let Err(error) = self.check_receive() {
                return Poll::Ready(Err(error));
            }
            if self.unread.has_more() {
                self.unread.move_to(&mut batch.messages);
            } else {
                let Some(watched) = self.home.watched() else {
                    return Poll::Ready(Err(failed(Errno::EBADF)));
                };
                let messages = &mut batch.messages;
                let fill = |os: &OsSocket| messages.fill(os, BATCH);
                let filled = watched.poll_take_all(wait, fill, |filled| filled.is_drained);
                if let Err(errno) = ready!(filled) {
                    return Poll::Ready(Err(failed(errno)));
                }
            }
            self.sift_batch(batch);
            if !batch.is_empty() {
                return Poll::Ready(Ok(batch.len()));
            }
        }
    }

    /// Notes what the core thinks of each datagram.
    fn sift_batch(&mut self, batch: &mut Batch) {
        self.sync_block_lists();
        batch.clear();
        let mut cursor = Cursor::default();
        while let Some((meta, data)) = batch.messages.next(&mut cursor) {
            if self.core.handle_datagram(meta, data).is_none() {
                batch.kept_out.push(batch.all);
            }
            batch.all += 1;
        }
    }

    /// The socket was closed: what nobody has asked for is dropped, and counted, as it would have been in the system.
    pub(super) fn drop_unread(&mut self) {
        while let Some((meta, data)) = self.unread.next() {
            let message = self.core.handle_datagram(meta, data);
            debug_assert!(message.is_none(), "a closed socket has no messages");
        }
        self.unread = Unread::default();
    }
}
