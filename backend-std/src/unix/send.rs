//! Sending from Unix sockets.

use anydgram_core::{Full, Misuse, SendToken, Transmitted, UnixDatagram};

use super::UnixSocket;
use crate::error::Error;

impl UnixSocket {
    /// Sends a datagram. Does not bind the socket: nobody can answer an unbound one.
    ///
    /// With nothing waiting it leaves within the call: one system call and no copy. Otherwise its bytes are copied into the
    /// socket's queue. What the system refuses is counted in [`stats`](Self::stats).
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` for a destination on a connected socket, `ERR_SOCKET_DGRAM_NOT_CONNECTED` for none on one
    /// that is not, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed one, `ERR_SOCKET_DGRAM_BAD_PATH` for a destination that no system
    /// can take, `ERR_SOCKET_DGRAM_QUEUE_FULL` when it has to wait and there is no room: `drain` follows when there is.
    ///
    /// Node: `socket.send(buf, offset, length, path)`, until 0.5
    pub fn send(&self, datagram: UnixDatagram<'_>) -> Result<(), Error> {
        self.send_now(datagram.unreported())?;
        Ok(())
    }

    /// Sends a datagram, and has `callback` called with the number of bytes sent, or with why it was not: exactly once, never
    /// within this call, before `close`.
    ///
    /// `ENOENT` is a path where nothing is, `ECONNREFUSED` one where nobody answers, `EPROTOTYPE` a socket of another type, and
    /// `EAGAIN` a destination whose queue is full: only a connected socket waits for its peer.
    ///
    /// # Errors
    /// As [`send`](Self::send); `callback` is not called then.
    ///
    /// Node: `socket.send(buf, offset, length, path, callback)`, until 0.5
    pub fn send_with(
        &self,
        mut datagram: UnixDatagram<'_>,
        callback: impl FnOnce(Result<usize, Error>) + 'static,
    ) -> Result<(), Error> {
        datagram.report = true;
        let token = self.send_now(datagram)?;
        let mut state = self.0.state.borrow_mut();
        state.sent.push(token, callback);
        Ok(())
    }

    /// Bytes of the datagrams that wait; 0 on a closed socket.
    ///
    /// Node: `socket.getSendQueueSize`
    #[doc(alias = "getSendQueueSize")]
    #[must_use]
    pub fn send_queue_size(&self) -> usize {
        self.0.state.borrow_mut().core.send_queue_size()
    }

    /// How many datagrams wait; 0 on a closed socket.
    ///
    /// Node: `socket.getSendQueueCount`
    #[doc(alias = "getSendQueueCount")]
    #[must_use]
    pub fn send_queue_count(&self) -> usize {
        self.0.state.borrow_mut().core.send_queue_count()
    }

    fn send_now(&self, datagram: UnixDatagram<'_>) -> Result<SendToken, Misuse> {
        let mut state = self.0.state.borrow_mut();
        let state_mut = &mut *state;
        let mut full = None;
        let os = state_mut.os.as_ref();
        let token = state_mut.core.send_now(datagram, |transmit| {
            let outcome = os.map_or(Transmitted::Blocked(Full::Buffer), |os| os.send(transmit));
            if let Transmitted::Blocked(what) = outcome {
                full = Some(what);
            }
            outcome
        })?;
        let is_ready = state_mut.core.is_ready();
        drop(state);
        if full.is_some() {
            self.0.shared.asked_unix(self, full);
        }
        if is_ready {
            self.0.shared.schedule_unix(self);
        }
        Ok(token)
    }
}
