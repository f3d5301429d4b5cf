//! Receiving.

use core::task::{Poll, ready};

use anydgram_core::{BindState, Errno, Misuse, UnixAddressBuf, UnixMessage};

use super::{State, UnixSocket};
use crate::error::Error;
use crate::sys::watched::Wait;
use crate::tokio::receive::failed;
use crate::unix::UnixAncillary;

/// What is known of a datagram that a [`UnixSocket`] has received.
#[derive(Debug)]
#[non_exhaustive]
pub struct UnixRecvMeta {
    /// Who sent it: no address for a sender that is not bound.
    pub sender: UnixAddressBuf,
    /// Its full length in bytes, where the system tells (Linux does, and all do of one that fits); more than what was put into the buffer when
    /// it was cut.
    pub wire_len: Option<usize>,
    /// What came beside its bytes, as far as it was asked for.
    pub ancillary: UnixAncillary,
}

impl UnixSocket {
    /// Takes the next datagram: the number of bytes put into `buffer`, and what is known of it. An empty datagram gives 0
    /// bytes. Each datagram goes to one caller.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, also if it is closed meanwhile; `recvmsg EBADF` before it is
    /// bound; what the system has to report.
    ///
    /// # Cancel safety
    /// A datagram is taken in the moment in which the future becomes ready: none is lost with a future that is dropped
    /// before.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> Result<(usize, UnixRecvMeta), Error> {
        let readable = &self.shared.readable;
        readable
            .until(|wait| self.shared.with(|state| state.poll_receive(wait, buffer)))
            .await
    }

    /// Takes the next datagram, and returns the number of bytes put into `buffer`.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Cancel safety
    /// As [`recv_from`](Self::recv_from).
    pub async fn recv(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        self.recv_from(buffer).await.map(|(length, _)| length)
    }

    /// Takes a datagram if there is one.
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from), and `recvmsg EAGAIN` when there is none (as [`std::io::Error`]:
    /// `WouldBlock`).
    pub fn try_recv_from(&self, buffer: &mut [u8]) -> Result<(usize, UnixRecvMeta), Error> {
        let received = self
            .shared
            .with(|state| state.poll_receive(&mut Wait::Never, buffer));
        match received {
            Poll::Ready(received) => received,
            Poll::Pending => Err(failed(Errno::EAGAIN)),
        }
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
    ) -> Poll<Result<(usize, UnixRecvMeta), Error>> {
        loop {
            let Some(watched) = self.os.as_ref() else {
                return Poll::Ready(Err(Misuse::NotRunning.into()));
            };
            if self.core.bind_state() != BindState::Bound {
                return Poll::Ready(Err(failed(Errno::EBADF)));
            }
            let received = match ready!(watched.poll_take(wait, |os| os.receive(buffer))) {
                Ok(received) => received,
                Err(errno) => return Poll::Ready(Err(failed(errno))),
            };
            let data = buffer.get(..received.len).unwrap_or_default();
            let message = UnixMessage::new(data, received.sender.address());
            let message = message.of_length(received.wire_len);
            if self.core.handle_datagram(message).is_some() {
                let meta = UnixRecvMeta {
                    sender: received.sender,
                    wire_len: received.wire_len,
                    ancillary: received.ancillary,
                };
                return Poll::Ready(Ok((received.len, meta)));
            }
        }
    }
}
