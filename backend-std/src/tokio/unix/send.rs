//! Sending: at once if there is room, else when there is.

use core::task::Poll;

use alloc::sync::Arc;

use anydgram_core::{
    Errno, Event, Full, Misuse, Payload, SendToken, Syscall, SystemError, Transmitted, UnixAddress,
    UnixDatagram, UnixSocket as CoreSocket, UnixTransmit,
};

use super::{State, UnixSocket};
use crate::error::Error;
use crate::sys::OsUnixSocket;
use crate::sys::watched::Wait;
use crate::tokio::signal::Signal;

impl UnixSocket {
    /// Sends a datagram, and returns the number of its bytes. Does not bind the socket: nobody can answer an unbound one.
    ///
    /// It costs one system call, no copy and no allocation. A destination whose queue is full is not waited for, because the
    /// system does not tell when it has room: only a connected socket waits for its peer.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` on a connected socket, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed one,
    /// `ERR_SOCKET_DGRAM_BAD_PATH` for a destination that no system can take; what the system refuses, with the path:
    /// `send ENOENT` where nothing is, `ECONNREFUSED` where nobody answers, `EAGAIN` where the queue is full.
    ///
    /// # Cancel safety
    /// There is nothing to wait for.
    ///
    /// Node: `socket.send(buf, offset, length, path)`, until 0.5
    pub async fn send_to<'a>(
        &self,
        payload: impl Into<Payload<'a>>,
        destination: impl Into<UnixAddress<'a>>,
    ) -> Result<usize, Error> {
        self.send_datagram(UnixDatagram::new(payload).to(destination))
            .await
    }

    /// Sends a datagram to the connected peer, and returns the number of its bytes. Waits while the peer's queue is full.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_CONNECTED` if it is not connected, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, also if
    /// it is closed meanwhile; what the system refuses, as `send CODE`: `ECONNREFUSED` for a peer that has gone.
    ///
    /// # Cancel safety
    /// The datagram is sent in the moment in which the future becomes ready, and not at all if the future is dropped before.
    pub async fn send<'a>(&self, payload: impl Into<Payload<'a>>) -> Result<usize, Error> {
        self.send_datagram(UnixDatagram::new(payload)).await
    }

    /// Sends a datagram if there is room for it now.
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to).
    pub fn try_send_to<'a>(
        &self,
        payload: impl Into<Payload<'a>>,
        destination: impl Into<UnixAddress<'a>>,
    ) -> Result<usize, Error> {
        self.try_send_datagram(UnixDatagram::new(payload).to(destination))
    }

    /// Sends a datagram to the connected peer if there is room for it now.
    ///
    /// # Errors
    /// As [`send`](Self::send), and `send EAGAIN` when there is no room (as [`std::io::Error`]: `WouldBlock`).
    pub fn try_send<'a>(&self, payload: impl Into<Payload<'a>>) -> Result<usize, Error> {
        self.try_send_datagram(UnixDatagram::new(payload))
    }

    /// Sends a datagram with copies of open descriptors. Such a datagram does not wait.
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to) or [`send`](Self::send); `send EAGAIN` while there is no room, `send EINVAL` for no
    /// descriptor or more than 253, `send ENOTSUP` but on Linux.
    ///
    /// Linux: `SCM_RIGHTS`, unix(7)
    pub fn send_descriptors(
        &self,
        datagram: UnixDatagram<'_>,
        descriptors: &[std::os::fd::BorrowedFd<'_>],
    ) -> Result<usize, Error> {
        let room = &self.shared.room;
        let sent = self.shared.with(|state| {
            state.send(room, datagram, |os, transmit| {
                os.send_descriptors(transmit, descriptors)
            })
        });
        sent.unwrap_or_else(|_| no_room())
    }

    async fn send_datagram(&self, datagram: UnixDatagram<'_>) -> Result<usize, Error> {
        let room = &self.shared.room;
        room.until(|wait| {
            self.shared
                .with(|state| state.poll_send(wait, room, datagram))
        })
        .await
    }

    fn try_send_datagram(&self, datagram: UnixDatagram<'_>) -> Result<usize, Error> {
        let room = &self.shared.room;
        let sent = self
            .shared
            .with(|state| state.send(room, datagram, OsUnixSocket::send));
        sent.unwrap_or_else(|_| no_room())
    }
}

impl State {
    /// Sends a datagram if there is room for it, or waits as `wait` says; `room` is what is woken.
    fn poll_send(
        &mut self,
        wait: &mut Wait<'_, '_>,
        room: &Arc<Signal>,
        datagram: UnixDatagram<'_>,
    ) -> Poll<Result<usize, Error>> {
        let Wait::For(context) = wait else {
            let sent = self.send(room, datagram, OsUnixSocket::send);
            return sent.map_or_else(|_| Poll::Pending, Poll::Ready);
        };
        let Some(watched) = &self.os else {
            return Poll::Ready(Err(Misuse::NotRunning.into()));
        };
        let core = &mut self.core;
        let mut full = Full::Buffer;
        let attempt = |os: &OsUnixSocket| {
            let offered = if room.may_ask() {
                offer(core, os, datagram, OsUnixSocket::send)
            } else {
                Err(Full::Memory)
            };
            offered.inspect_err(|what| full = *what)
        };
        // A sign may get lost, so that it is tried without one, too.
        let Poll::Ready(offered) = watched.poll_room(context, attempt) else {
            room.wake_later(full, &self.runtime);
            return Poll::Pending;
        };
        let token = match offered {
            Ok(token) => token,
            Err(errno) => Err(SystemError::new(Syscall::Send, errno).into()),
        };
        Poll::Ready(token.and_then(|token| self.ended(token, datagram)))
    }

    /// Sends a datagram if there is room for it; if not, what is full.
    fn send(
        &mut self,
        room: &Arc<Signal>,
        mut datagram: UnixDatagram<'_>,
        send: impl FnOnce(&OsUnixSocket, &UnixTransmit<'_>) -> Transmitted,
    ) -> Result<Result<usize, Error>, Full> {
        datagram.report = true;
        let Some(watched) = &self.os else {
            return Ok(Err(Misuse::NotRunning.into()));
        };
        if datagram.destination.is_none() && !room.may_ask() {
            return Err(Full::Memory);
        }
        let offered = offer(&mut self.core, watched.os(), datagram, send);
        if let Err(Full::Memory) = offered {
            room.wake_later(Full::Memory, &self.runtime);
        }
        Ok(offered?.and_then(|token| self.ended(token, datagram)))
    }

    /// How a send ended.
    fn ended(&mut self, token: SendToken, datagram: UnixDatagram<'_>) -> Result<usize, Error> {
        let mut sent = None;
        while let Some(event) = self.core.poll_event() {
            if let Event::Sent { token: of, result } = event
                && of == token
            {
                sent = Some(result.map_err(Error::from));
            }
        }
        debug_assert!(sent.is_some(), "what was offered has ended");
        sent.unwrap_or(Ok(datagram.payload.len()))
    }
}

/// Offers a datagram to the system; if there is no room, what is full, and it was never asked for.
fn offer(
    core: &mut CoreSocket<'static>,
    os: &OsUnixSocket,
    datagram: UnixDatagram<'_>,
    send: impl FnOnce(&OsUnixSocket, &UnixTransmit<'_>) -> Transmitted,
) -> Result<Result<SendToken, Error>, Full> {
    let mut full = Full::Buffer;
    let offered = core.offer(datagram, |transmit| {
        let outcome = send(os, transmit);
        if let Transmitted::Blocked(what) = outcome {
            full = what;
        }
        outcome
    });
    offered.map_err(Error::from).transpose().ok_or(full)
}

fn no_room() -> Result<usize, Error> {
    Err(SystemError::new(Syscall::Send, Errno::EAGAIN).into())
}
