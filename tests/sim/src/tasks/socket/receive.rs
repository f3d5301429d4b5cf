//! Receiving: what has come in, or when something does.

use core::task::Poll;

use anydgram_core::{
    BindState, Errno, Error, Misuse, RecvMeta, Socket as CoreSocket, Syscall, SystemError,
};

use super::Socket;
use crate::tasks::inbox::{Interest, Place};

impl Socket<'_> {
    /// Takes the next datagram, and returns the number of bytes put into `buffer`, and what is known of it. What `buffer` has
    /// no room for is lost: [`RecvMeta::wire_len`] is the full length then. An empty datagram has the length 0.
    ///
    /// What the block list and the connection keep out is dropped and counted in [`stats`](Self::stats); so is in
    /// [`lost`](Self::lost) what finds no room before it is received. Each datagram goes to one caller.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, also if it is closed meanwhile; `recvmsg EBADF` before it is
    /// bound; on a connected socket what became of an earlier datagram, for example `recvmsg ECONNREFUSED`: the socket goes
    /// on.
    ///
    /// # Cancel safety
    /// A datagram is taken in the moment in which the future becomes ready: none is lost with a future that is dropped
    /// before.
    ///
    /// Node: `'message'`
    pub async fn recv_from(&self, buffer: &mut [u8]) -> Result<(usize, RecvMeta), Error<'static>> {
        self.wait(Interest::Datagram, |core, place| poll(core, place, buffer))
            .await
    }

    /// Takes the next datagram, and returns the number of bytes put into `buffer`: [`recv_from`](Self::recv_from) for who
    /// knows the sender, as a connected socket does, and minds neither length nor metadata.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Cancel safety
    /// As [`recv_from`](Self::recv_from).
    pub async fn recv(&self, buffer: &mut [u8]) -> Result<usize, Error<'static>> {
        self.recv_from(buffer).await.map(|(length, _)| length)
    }

    /// Waits for a datagram, or an error, and leaves it there. A receive may have to wait all the same: for a datagram
    /// that another task has taken.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, also if it is closed meanwhile; `recvmsg EBADF` before it is
    /// bound.
    ///
    /// # Cancel safety
    /// Takes nothing.
    pub async fn readable(&self) -> Result<(), Error<'static>> {
        let readable = self.wait(Interest::Datagram, |core, place| {
            if place.has_datagrams() || place.failure.is_some() {
                return Poll::Ready(Ok(()));
            }
            poll(core, place, &mut []).map_ok(|_| ())
        });
        readable.await
    }

    /// Takes a datagram if there is one.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from), and `recvmsg EAGAIN` when there is none.
    pub fn try_recv_from(&self, buffer: &mut [u8]) -> Result<(usize, RecvMeta), Error<'static>> {
        self.host.with(|inner| {
            let sockets = inner.sockets.as_ref();
            let core = sockets.and_then(|sockets| sockets.get(self.id));
            let (Some(core), Some(place)) = (core, inner.inbox.get(self.id)) else {
                return Err(Misuse::NotRunning.into());
            };
            match poll(core, place, buffer) {
                Poll::Ready(received) => received,
                Poll::Pending => Err(failed(Errno::EAGAIN)),
            }
        })
    }
}

/// Takes a datagram or an error, if there is one.
fn poll(
    core: &CoreSocket<'static>,
    place: &mut Place,
    buffer: &mut [u8],
) -> Poll<Result<(usize, RecvMeta), Error<'static>>> {
    if core.is_closed() {
        return Poll::Ready(Err(Misuse::NotRunning.into()));
    }
    if let Some(received) = place.pop(buffer) {
        return Poll::Ready(Ok(received));
    }
    if let Some(error) = place.failure.take() {
        return Poll::Ready(Err(error));
    }
    if core.bind_state() != BindState::Bound {
        return Poll::Ready(Err(failed(Errno::EBADF)));
    }
    Poll::Pending
}

fn failed(errno: Errno) -> Error<'static> {
    SystemError::new(Syscall::RecvMsg, errno).into()
}
