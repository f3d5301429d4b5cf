//! Receiving from Unix sockets: what has come in, or when something does.

use core::future::poll_fn;
use core::task::Poll;

use anydgram_core::{BindState, Errno, Error, Misuse, Syscall, SystemError, UnixAddressBuf};

use super::UnixSocket;
use crate::tasks::Inner;
use crate::tasks::inbox::Interest;
use crate::tasks::waiting::Waiting;

/// How many bytes there are, and who sent them, if that one has an address.
type Received = (usize, Option<UnixAddressBuf>);

impl UnixSocket<'_> {
    /// Takes the next datagram, and returns the number of bytes put into `buffer` and the address of the sender, if it has one.
    /// What `buffer` has no room for is lost. An empty datagram has the length 0. Each datagram goes to one caller.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, also if it is closed meanwhile; `recvmsg EBADF` before it is bound.
    ///
    /// # Cancel safety
    /// A datagram is taken in the moment in which the future becomes ready: none is lost with a future that is dropped before.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> Result<Received, Error<'static>> {
        let mut waiting = Waiting::new(self);
        poll_fn(|context| {
            let received = self.host.with(|inner| self.take(inner, buffer));
            if received.is_pending() {
                waiting.register(Interest::Datagram, context);
            }
            received
        })
        .await
    }

    /// Takes the next datagram, and returns the number of bytes put into `buffer`.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Cancel safety
    /// As [`recv_from`](Self::recv_from).
    pub async fn recv(&self, buffer: &mut [u8]) -> Result<usize, Error<'static>> {
        self.recv_from(buffer).await.map(|(length, _)| length)
    }

    /// Takes a datagram if there is one.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from), and `recvmsg EAGAIN` when there is none.
    pub fn try_recv_from(&self, buffer: &mut [u8]) -> Result<Received, Error<'static>> {
        self.host.with(|inner| match self.take(inner, buffer) {
            Poll::Ready(received) => received,
            Poll::Pending => Err(failed(Errno::EAGAIN)),
        })
    }

    /// Takes a datagram, if there is one.
    fn take(
        &self,
        inner: &mut Inner<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<Received, Error<'static>>> {
        let Some(unix) = &mut inner.unix else {
            return Poll::Ready(Err(Misuse::NotRunning.into()));
        };
        let Some(core) = unix.get(self.id).filter(|core| !core.is_closed()) else {
            return Poll::Ready(Err(Misuse::NotRunning.into()));
        };
        if core.bind_state() != BindState::Bound {
            return Poll::Ready(Err(failed(Errno::EBADF)));
        }
        let received = unix.receive(self.id, |message| {
            let length = message.data.len().min(buffer.len());
            buffer[..length].copy_from_slice(&message.data[..length]);
            let sender = message.sender;
            (
                length,
                sender.and_then(|sender| UnixAddressBuf::new(sender).ok()),
            )
        });
        received.map_or(Poll::Pending, |received| Poll::Ready(Ok(received)))
    }
}

fn failed(errno: Errno) -> Error<'static> {
    SystemError::new(Syscall::RecvMsg, errno).into()
}
