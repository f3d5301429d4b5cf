//! Sending.

use anydgram_core::{Datagram, Destination, Full, Misuse, Payload, SendToken, Transmitted};

use super::{Socket, State};
use crate::error::Error;
use crate::plain::send_plainly;

impl Socket {
    /// Sends a datagram. Binds the socket first if it is unbound.
    ///
    /// On a bound socket, with nothing waiting and a numeric destination, it leaves within the call: one system call,
    /// no copy and no allocation. Otherwise its bytes are copied into the socket's queue. What the system refuses is
    /// counted in [`stats`](Self::stats), as Node ignores it; a failed lookup is an `error` event.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` for a destination on a connected socket; `ERR_SOCKET_BAD_PORT` for port 0, or
    /// for no destination on one that is not connected; `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket;
    /// `ERR_SOCKET_DGRAM_QUEUE_FULL` when it has to wait and there is no room: `drain` follows when there is.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_std::{Datagram, Destination, EventLoop, SocketType};
    /// # let event_loop = EventLoop::new()?;
    /// let socket = event_loop.create_socket(SocketType::Udp4)?;
    /// socket.send(Datagram::new("hello").to(Destination::new("127.0.0.1", 9)))?;
    /// # socket.close()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Node: `socket.send`
    pub fn send(&self, mut datagram: Datagram<'_>) -> Result<(), Error> {
        datagram.report = false;
        match self.send_plainly(&datagram) {
            Some(Transmitted::Sent) => {}
            outcome => self.send_carefully(datagram, outcome)?,
        }
        Ok(())
    }

    /// Sends a datagram, and has `callback` called with the number of bytes sent, or with why it was not: exactly
    /// once, never within this call, before `close`.
    ///
    /// # Errors
    /// As [`send`](Self::send); `callback` is not called then.
    ///
    /// Node: `socket.send(…, callback)`
    pub fn send_with(
        &self,
        mut datagram: Datagram<'_>,
        callback: impl FnOnce(Result<usize, Error>) + 'static,
    ) -> Result<(), Error> {
        datagram.report = true;
        let token = self.send_now(datagram, None)?;
        let mut state = self.0.state.borrow_mut();
        state.rare_mut().calls.sent.push(token, callback);
        drop(state);
        self.0.shared.schedule(self);
        Ok(())
    }

    /// Sends bytes to a destination: `send` for the simplest case.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// Node: `socket.send(msg, port, address)`
    #[doc(alias = "sendto")]
    pub fn send_to<'a>(
        &self,
        payload: impl Into<Payload<'a>>,
        destination: impl Into<Destination<'a>>,
    ) -> Result<(), Error> {
        self.send(Datagram::new(payload).to(destination))
    }

    /// Bytes of the datagrams that wait for the system to have room; 0 on a closed socket.
    ///
    /// Node: `socket.getSendQueueSize`
    #[doc(alias = "getSendQueueSize")]
    #[must_use]
    pub fn send_queue_size(&self) -> usize {
        self.0.state.borrow_mut().core.send_queue_size()
    }

    /// How many datagrams wait for the system to have room; 0 on a closed socket.
    ///
    /// Node: `socket.getSendQueueCount`
    #[doc(alias = "getSendQueueCount")]
    #[must_use]
    pub fn send_queue_count(&self) -> usize {
        self.0.state.borrow_mut().core.send_queue_count()
    }

    /// The short way for most datagrams: those that nothing can be said against, and that ask for nothing. What became
    /// of one, of which the socket knows only if it was sent; `None`: it is for the long way.
    #[inline]
    fn send_plainly(&self, datagram: &Datagram<'_>) -> Option<Transmitted> {
        let mut state = self.0.state.borrow_mut();
        let State { core, os, rare } = &mut *state;
        if rare.as_ref().is_some_and(|rare| rare.asks_for_each()) {
            return None;
        }
        send_plainly(core, os.as_ref()?, datagram)
    }

    /// The long way, for all other datagrams, and for those of which the outcome is known that they were not sent.
    #[cold]
    fn send_carefully(
        &self,
        datagram: Datagram<'_>,
        outcome: Option<Transmitted>,
    ) -> Result<(), Misuse> {
        self.send_now(datagram, outcome).map(drop)
    }

    fn send_now(
        &self,
        mut datagram: Datagram<'_>,
        known: Option<Transmitted>,
    ) -> Result<SendToken, Misuse> {
        datagram.destination = datagram.destination.map(super::lookup::numeric_destination);
        self.sync_block_lists();
        let mut state = self.0.state.borrow_mut();
        let state_mut = &mut *state;
        let mut has_left = false;
        let mut full = None;
        let os = state_mut.os.as_ref();
        let token = state_mut.core.send_now(datagram, |transmit| {
            let send = || os.map_or(Transmitted::Blocked(Full::Buffer), |os| os.send(transmit));
            let outcome = known.unwrap_or_else(send);
            match outcome {
                Transmitted::Blocked(what) => full = Some(what),
                Transmitted::Sent | Transmitted::Failed(_) => has_left = true,
            }
            outcome
        })?;
        drop(state);
        if has_left {
            return Ok(token);
        }
        if full.is_some() {
            self.0.shared.asked(self, full);
        }
        if self.has_own_lookup() {
            self.0.shared.advance_now(self);
        }
        self.0.shared.schedule(self);
        Ok(token)
    }
}
