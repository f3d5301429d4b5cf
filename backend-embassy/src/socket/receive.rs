//! Receiving: what has come in, or when something does.

use core::future::poll_fn;
use core::task::{Context, Poll};

use anydgram_core::{BindState, Errno, Error, Misuse, RecvMeta, Syscall, SystemError};

use super::Socket;
use crate::inbox::Interest;

impl Socket<'_> {
    /// Takes the next datagram: its full length in bytes, and what is known of it. What `buffer` has no room for is lost,
    /// and the length is more than the buffer's then. An empty datagram has the length 0.
    ///
    /// What the block list and the connection keep out is dropped and counted in [`stats`](Self::stats), what finds no room
    /// before it is received in [`lost`](Self::lost). Each datagram goes to one caller.
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
    // No `async fn`: its state would be set up and moved on for each datagram, around the one of `poll_fn`.
    pub fn recv_from(
        &self,
        buffer: &mut [u8],
    ) -> impl Future<Output = Result<(usize, RecvMeta), Error<'static>>> {
        poll_fn(|context| self.poll_recv_from(context, buffer))
    }

    /// As [`recv_from`](Self::recv_from), for whoever has a future of its own; if there is nothing, the task is woken when
    /// there may be.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    pub fn poll_recv_from(
        &self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<Result<(usize, RecvMeta), Error<'static>>> {
        self.receive(Some(context), buffer)
    }

    /// Takes a datagram if there is one.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from), and `recvmsg EAGAIN` when there is none.
    pub fn try_recv_from(&self, buffer: &mut [u8]) -> Result<(usize, RecvMeta), Error<'static>> {
        match self.receive(None, buffer) {
            Poll::Ready(received) => received,
            Poll::Pending => Err(failed(Errno::EAGAIN)),
        }
    }

    /// Takes a datagram if there is one; otherwise the task, if it is given, is woken when there may be.
    fn receive(
        &self,
        context: Option<&Context<'_>>,
        buffer: &mut [u8],
    ) -> Poll<Result<(usize, RecvMeta), Error<'static>>> {
        self.with(|inner| {
            let at = self.id.index();
            let Some(place) = inner.handler.places.get_mut(at) else {
                return Poll::Ready(Err(Misuse::NotRunning.into()));
            };
            if let Some((len, known)) = place.datagrams.pop(buffer) {
                return Poll::Ready(Ok((len, known.meta())));
            }
            let core = inner.sockets.get(self.id);
            let Some(core) = core.filter(|core| !core.is_closed()) else {
                return Poll::Ready(Err(Misuse::NotRunning.into()));
            };
            if let Some(errno) = place.failure.take() {
                return Poll::Ready(Err(failed(errno)));
            }
            if core.bind_state() != BindState::Bound {
                return Poll::Ready(Err(failed(Errno::EBADF)));
            }
            if let Some(context) = context {
                place.is_awaited = true;
                let waker = context.waker();
                inner.handler.waits.register(at, Interest::Datagram, waker);
            }
            Poll::Pending
        })
    }
}

fn failed(errno: Errno) -> Error<'static> {
    SystemError::new(Syscall::RecvMsg, errno).into()
}
