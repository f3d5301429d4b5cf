//! Receiving.

use core::task::{Context, Poll, ready};

use anydgram_core::{BindState, Errno, Misuse, RecvMeta, Syscall, SystemError};

use super::state::State;
use super::{Socket, signal};
use crate::error::Error;
use crate::sys::OsSocket;
use crate::sys::watched::Wait;

impl Socket {
    /// Takes the next datagram: the number of bytes put into `buffer`, and what is known of it.
    ///
    /// An empty datagram gives 0 bytes. One that is longer than `buffer` is cut: [`RecvMeta::wire_len`] is more than
    /// the number of bytes then, or `None` where the system does not tell (all but Linux); what else is known is what
    /// [`Options::metadata`](crate::Options::metadata) asked for. What the block list and
    /// the connection keep out is dropped and counted in [`stats`](Self::stats). Each datagram goes to one caller.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, also if it is closed meanwhile; `recvmsg EBADF` before it is
    /// bound; what the system has to report, for example `recvmsg ECONNREFUSED` on a connected socket, which goes on.
    ///
    /// # Cancel safety
    /// A datagram is taken in the moment in which the future becomes ready: none is lost with a future that is dropped
    /// before.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_std::{SocketType, tokio::Socket};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), anydgram_std::Error> {
    /// let socket = Socket::bound(SocketType::Udp4, 0).await?;
    /// # let to = anydgram_std::Destination::local(socket.address()?.port);
    /// # socket.send_to("hello", to).await?;
    /// let mut buffer = [0; 2048];
    /// let (length, meta) = socket.recv_from(&mut buffer).await?;
    /// let is_whole = meta.wire_len == Some(length);
    /// # assert!(is_whole);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Node: `'message'`
    pub async fn recv_from(&self, buffer: &mut [u8]) -> Result<(usize, RecvMeta), Error> {
        self.recv_by(buffer, OsSocket::receive).await
    }

    /// [`recv_from`](Self::recv_from) in a way of its own.
    pub(in crate::tokio) async fn recv_by(
        &self,
        buffer: &mut [u8],
        receive: Receive,
    ) -> Result<(usize, RecvMeta), Error> {
        self.take(|state, wait| state.poll_receive(wait, buffer, receive))
            .await
    }

    /// Takes what there is, or waits until there is something to take.
    pub(super) async fn take<T>(
        &self,
        mut attempt: impl FnMut(&mut State, &mut Wait<'_, '_>) -> Poll<Result<T, Error>>,
    ) -> Result<T, Error> {
        let readable = &self.shared.readable;
        readable
            .until(|wait| self.shared.with(|state| attempt(state, wait)))
            .await
    }

    /// Takes the next datagram, and returns the number of bytes put into `buffer`: [`recv_from`](Self::recv_from) for
    /// who knows the sender, as a connected socket does, and minds neither length nor metadata.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Cancel safety
    /// As [`recv_from`](Self::recv_from).
    pub async fn recv(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        self.recv_from(buffer).await.map(|(length, _)| length)
    }

    /// Waits for a datagram, or an error, and leaves it there. A receive may have to wait all the same: for a datagram
    /// that another caller has taken, or that is kept out.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, also if it is closed meanwhile; `recvmsg EBADF` before it is
    /// bound.
    ///
    /// # Cancel safety
    /// Takes nothing.
    pub async fn readable(&self) -> Result<(), Error> {
        loop {
            signal::take_turn().await;
            let readable = self.shared.readable.notified();
            let waker = self.shared.readable.waker();
            let looked = self
                .shared
                .with(|state| state.poll_readable(&mut Context::from_waker(&waker)));
            if let Poll::Ready(looked) = looked {
                return looked;
            }
            readable.await;
        }
    }

    /// Takes a datagram if there is one.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from), and `recvmsg EAGAIN` when there is none (as [`std::io::Error`]:
    /// `WouldBlock`).
    pub fn try_recv_from(&self, buffer: &mut [u8]) -> Result<(usize, RecvMeta), Error> {
        self.shared.with(|state| state.try_receive(buffer))
    }

    /// Takes a datagram if there is one, and returns the number of bytes put into `buffer`.
    ///
    /// # Errors
    /// As [`try_recv_from`](Self::try_recv_from).
    pub fn try_recv(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        self.try_recv_from(buffer).map(|(length, _)| length)
    }
}

impl State {
    /// Takes a datagram, or waits as `wait` says.
    fn poll_receive(
        &mut self,
        wait: &mut Wait<'_, '_>,
        buffer: &mut [u8],
        receive: Receive,
    ) -> Poll<Result<(usize, RecvMeta), Error>> {
        loop {
            if let Err(error) = self.check_receive() {
                return Poll::Ready(Err(error));
            }
            let received = if let Some(received) = self.unread.next_into(buffer) {
                Ok(received)
            } else if let Some(watched) = self.home.watched() {
                if watched.os().is_coalesced() {
                    match ready!(self.unread.poll_fill(watched, wait)) {
                        Ok(()) => continue,
                        Err(errno) => Err(errno),
                    }
                } else {
                    let received = watched.poll_take(wait, |os| receive(os, buffer));
                    self.unread.note(watched.os(), received.is_ready());
                    ready!(received)
                }
            } else {
                Err(Errno::EBADF)
            };
            if let Some(received) = self.sift(received, buffer) {
                return Poll::Ready(received);
            }
        }
    }

    /// Ready when there is something to receive, or has `context` woken when there may be.
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if let Err(error) = self.check_receive() {
            return Poll::Ready(Err(error));
        }
        if self.unread.has_more() {
            return Poll::Ready(Ok(()));
        }
        let watched = self.home.watched();
        let looked = watched.map_or(Poll::Ready(Err(Errno::EBADF)), |watched| {
            watched.poll_readable(context)
        });
        looked.map_err(failed)
    }

    fn try_receive(&mut self, buffer: &mut [u8]) -> Result<(usize, RecvMeta), Error> {
        match self.poll_receive(&mut Wait::Never, buffer, OsSocket::receive) {
            Poll::Ready(received) => received,
            Poll::Pending => Err(failed(Errno::EAGAIN)),
        }
    }

    pub(super) fn check_receive(&self) -> Result<(), Error> {
        if self.core.is_closed() {
            Err(Misuse::NotRunning.into())
        } else if self.core.bind_state() == BindState::Bound {
            Ok(())
        } else {
            Err(failed(Errno::EBADF))
        }
    }

    /// What the core thinks of what was received; `None` if it drops it.
    fn sift(
        &mut self,
        received: Result<(usize, RecvMeta), Errno>,
        buffer: &[u8],
    ) -> Option<Result<(usize, RecvMeta), Error>> {
        let (length, meta) = match received {
            Ok(received) => received,
            Err(errno) => return Some(Err(failed(errno))),
        };
        self.sync_block_lists();
        let data = buffer.get(..length).unwrap_or_default();
        let is_message = self.core.handle_datagram(&meta, data).is_some();
        is_message.then_some(Ok((length, meta)))
    }
}

/// How the next datagram is taken: [`OsSocket::receive`], or a way that tells more.
pub(in crate::tokio) type Receive = fn(&OsSocket, &mut [u8]) -> Result<(usize, RecvMeta), Errno>;

pub(super) fn failed(errno: Errno) -> Error {
    SystemError::new(Syscall::RecvMsg, errno).into()
}
