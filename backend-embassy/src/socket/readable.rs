//! Waiting for something to receive, without taking it.

use core::future::poll_fn;
use core::task::{Context, Poll};

use anydgram_core::{BindState, Errno, Error, Misuse, Syscall, SystemError};

use super::Socket;
use crate::inbox::Interest;

impl Socket<'_> {
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
        poll_fn(|context| self.poll_readable(context)).await
    }

    fn poll_readable(&self, context: &Context<'_>) -> Poll<Result<(), Error<'static>>> {
        self.with(|inner| {
            let at = self.id.index();
            let core = inner.sockets.get(self.id).filter(|core| !core.is_closed());
            let (Some(core), Some(place)) = (core, inner.handler.places.get_mut(at)) else {
                return Poll::Ready(Err(Misuse::NotRunning.into()));
            };
            if !place.datagrams.is_empty() || place.failure.is_some() {
                return Poll::Ready(Ok(()));
            }
            if core.bind_state() != BindState::Bound {
                return Poll::Ready(Err(SystemError::new(Syscall::RecvMsg, Errno::EBADF).into()));
            }
            place.is_awaited = true;
            let waits = &mut inner.handler.waits;
            waits.register(at, Interest::Datagram, context.waker());
            Poll::Pending
        })
    }
}
