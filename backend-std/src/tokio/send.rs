//! Sending: at once if there is room, else when there is.

use core::task::{Context, Poll};
use std::sync::MutexGuard;

use alloc::sync::{Arc, Weak};

use anydgram_core::{
    BindOptions, BindState, Datagram, Destination, Errno, Full, Host, Misuse, Offer, Payload,
    SendToken, Socket as CoreSocket, Syscall, SystemError, Transmit, Transmitted,
};

use super::lookup::{as_given, numeric, resolve};
use super::signal::{self, Signal};
use super::state::State;
use super::{Shared, Socket};
use crate::error::Error;
use crate::plain::send_plainly;
use crate::step::Home as _;
use crate::sys::OsSocket;

impl Socket {
    /// Sends a datagram, and returns the number of its bytes. Binds the socket first if it is unbound.
    ///
    /// With a numeric destination on a bound socket it costs one system call, no copy and no allocation, and does not
    /// wait unless the system has no room.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_IS_CONNECTED` on a connected socket, `ERR_SOCKET_BAD_PORT` for port 0,
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket, also if it is closed meanwhile; `ERR_IP_BLOCKED`;
    /// `getaddrinfo CODE name`; what the system refuses, as `send CODE address:port`, or `bind CODE address:port`.
    ///
    /// # Panics
    /// As [`bind`](Self::bind), if it has to bind.
    ///
    /// # Cancel safety
    /// Waits for the lookup of a name, then for room: the datagram is sent in the moment in which the future becomes
    /// ready, and not at all if the future is dropped before. A socket that it had to bind stays bound.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_std::{Destination, SocketType, tokio::Socket};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), anydgram_std::Error> {
    /// let socket = Socket::new(SocketType::Udp4)?;
    /// let sent = socket.send_to("hello", Destination::new("127.0.0.1", 9)).await?;
    /// assert_eq!(sent, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Node: `socket.send`
    #[doc(alias = "sendto")]
    pub async fn send_to<'a>(
        &self,
        payload: impl Into<Payload<'a>>,
        destination: impl Into<Destination<'a>>,
    ) -> Result<usize, Error> {
        let datagram = Datagram::new(payload).to(destination).unreported();
        signal::take_turn().await;
        match self.shared.send_at_once(&datagram) {
            Some(sent) => sent,
            None => self.send_later(datagram).await,
        }
    }

    /// Sends a datagram, which may ask for more than a destination ([`SendMeta`](crate::SendMeta)), and returns the
    /// number of its bytes: [`send_to`](Self::send_to) for one with a destination, [`send`](Self::send) for one
    /// without.
    ///
    /// # Errors
    /// As those; `send ENOTSUP` for what the system cannot do.
    ///
    /// # Panics
    /// As [`bind`](Self::bind), if it has to bind.
    ///
    /// # Cancel safety
    /// As [`send_to`](Self::send_to).
    pub async fn send_datagram(&self, mut datagram: Datagram<'_>) -> Result<usize, Error> {
        // This call tells how it ended.
        datagram.report = false;
        signal::take_turn().await;
        match self.shared.send_at_once(&datagram) {
            Some(sent) => sent,
            None => self.send_later(datagram).await,
        }
    }

    /// Sends a datagram to the connected peer, and returns the number of its bytes.
    ///
    /// # Errors
    /// `ERR_SOCKET_BAD_PORT` if it is not connected, `ERR_SOCKET_DGRAM_NOT_RUNNING` on a closed socket; what the system
    /// refuses, as `send CODE`: also that an earlier datagram was refused, as `send ECONNREFUSED`.
    ///
    /// # Cancel safety
    /// As [`send_to`](Self::send_to).
    ///
    /// Node: `socket.send`
    pub async fn send<'a>(&self, payload: impl Into<Payload<'a>>) -> Result<usize, Error> {
        self.send_datagram(Datagram::new(payload)).await
    }

    /// Sends a datagram if there is room for it now. A system without memory (`ENOBUFS`) is asked again after 10 ms only.
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to); `send EAGAIN` when there is no room (as [`std::io::Error`]: `WouldBlock`), and
    /// `ERR_INVALID_ARG_VALUE` for a host name, which this call never looks up.
    pub fn try_send_to<'a>(
        &self,
        payload: impl Into<Payload<'a>>,
        destination: impl Into<Destination<'a>>,
    ) -> Result<usize, Error> {
        let given = destination.into();
        let Some(host) = numeric(given.host) else {
            let misuse = Misuse::NotNumeric {
                argument: "address",
                call: "try_send_to",
            };
            return Err(misuse.into());
        };
        let datagram = Datagram::new(payload).to(Destination::new(host, given.port));
        self.try_send_now(datagram)
    }

    /// Sends a datagram to the connected peer if there is room for it now.
    ///
    /// # Errors
    /// As [`send`](Self::send), and `send EAGAIN` when there is no room.
    pub fn try_send<'a>(&self, payload: impl Into<Payload<'a>>) -> Result<usize, Error> {
        self.try_send_now(Datagram::new(payload))
    }

    /// Sends a datagram without waiting for it: at once, or when there is room and its name is looked up. Until then
    /// it is copied into the socket's queue. Nobody learns how it ended: what the system refuses is counted in
    /// [`stats`](Self::stats), a failed lookup is an [`Event::Error`](super::Event::Error).
    ///
    /// # Errors
    /// As [`send_to`](Self::send_to) as far as the call can tell; `ERR_SOCKET_DGRAM_QUEUE_FULL` when it has to wait and
    /// there is no room in the queue: [`Event::Drained`](super::Event::Drained) follows when there is.
    ///
    /// # Panics
    /// As [`bind`](Self::bind), if it has to bind.
    ///
    /// Node: `socket.send` without a callback
    pub fn queue(&self, datagram: Datagram<'_>) -> Result<(), Error> {
        let mut datagram = datagram.unreported();
        if let Some(destination) = &mut datagram.destination
            && let Some(host) = numeric(destination.host)
        {
            destination.host = host;
        }
        self.shared.with(|state| state.queue(datagram))
    }

    /// Bytes of the datagrams in the queue that wait for the system to have room; 0 on a closed socket.
    ///
    /// Node: `socket.getSendQueueSize`
    #[doc(alias = "getSendQueueSize")]
    #[must_use]
    pub fn send_queue_size(&self) -> usize {
        self.shared.with(|state| state.core.send_queue_size())
    }

    /// How many datagrams in the queue wait for the system to have room; 0 on a closed socket.
    ///
    /// Node: `socket.getSendQueueCount`
    #[doc(alias = "getSendQueueCount")]
    #[must_use]
    pub fn send_queue_count(&self) -> usize {
        self.shared.with(|state| state.core.send_queue_count())
    }

    /// Sends a datagram that could not leave at once.
    async fn send_later(&self, mut datagram: Datagram<'_>) -> Result<usize, Error> {
        let given = datagram.destination;
        if let Some(to) = given
            && matches!(to.host, Host::Name(_))
        {
            let family = self.shared.with(|state| {
                state.core.check_send(&datagram)?;
                Ok::<_, Misuse>(state.core.family())
            })?;
            let host = resolve(to.host, family).await?;
            datagram = datagram.to(Destination::new(host, to.port));
            signal::take_turn().await;
        }
        let shared = &self.shared;
        let sent = shared
            .room
            .until_woken(|context| shared.with(|state| state.poll_send(context, datagram)))
            .await;
        sent.map_err(|error| match given {
            Some(given) => as_given(error, given),
            None => error,
        })
    }

    fn try_send_now(&self, datagram: Datagram<'_>) -> Result<usize, Error> {
        let sent = self.shared.send_at_once(&datagram.unreported());
        sent.unwrap_or_else(|| Err(SystemError::new(Syscall::Send, Errno::EAGAIN).into()))
    }
}

impl Shared {
    /// Sends a datagram if there is room and its name need not be looked up.
    fn send_at_once(&self, datagram: &Datagram<'_>) -> Option<Result<usize, Error>> {
        let mut state = self.lock();
        match state.send_plainly(datagram) {
            // Nobody else is concerned.
            Some(Transmitted::Sent) => Some(Ok(datagram.payload.len())),
            outcome => self.send_carefully(state, datagram, outcome),
        }
    }

    /// The same for datagrams that are not plain, and those that have not left.
    #[cold]
    fn send_carefully(
        &self,
        mut state: MutexGuard<'_, State>,
        datagram: &Datagram<'_>,
        outcome: Option<Transmitted>,
    ) -> Option<Result<usize, Error>> {
        let to = datagram.destination;
        if to.is_some_and(|to| matches!(to.host, Host::Name(_))) {
            return None;
        }
        let sent = state.try_send(*datagram, outcome);
        self.release(state);
        sent.ok()
    }
}

/// Empties the queue of a socket, as far as there is room and as long as there is a socket.
pub(super) async fn flush_all(shared: Weak<Shared>, room: Arc<Signal>) {
    loop {
        signal::take_turn().await;
        let has_room = room.notified();
        let is_done = shared
            .upgrade()
            .is_none_or(|shared| shared.with(State::poll_flush).is_ready());
        if is_done {
            return;
        }
        has_room.await;
    }
}

impl State {
    /// Sends a datagram, or has `context` woken, which gives the signal `room`, when there may be room for it.
    fn poll_send(
        &mut self,
        context: &mut Context<'_>,
        datagram: Datagram<'_>,
    ) -> Poll<Result<usize, Error>> {
        let full = match self.try_send(datagram, None) {
            Ok(sent) => return Poll::Ready(sent),
            Err(full) => full,
        };
        let Some((watched, runtime)) = self.home.parts() else {
            return Poll::Ready(Err(Misuse::NotRunning.into()));
        };
        if self.is_flushing || full == Full::Memory {
            // Behind the queue, or the timer; the tasks of both end with their runtime.
            return if watched.has_ended(context) {
                Poll::Ready(Err(SystemError::new(Syscall::Send, Errno::ECANCELED).into()))
            } else {
                Poll::Pending
            };
        }
        let (core, mut full) = (&mut self.core, full);
        let attempt = |os: &OsSocket| {
            let offered = offer(core, datagram, |transmit| os.send(transmit));
            offered.inspect_err(|what| full = *what)
        };
        let Poll::Ready(offered) = watched.poll_room(context, attempt) else {
            self.room.wake_later(full, runtime);
            return Poll::Pending;
        };
        let token = match offered {
            Ok(token) => token,
            Err(errno) => Err(SystemError::new(Syscall::Send, errno).into()),
        };
        Poll::Ready(token.and_then(|token| self.ended(token, datagram)))
    }

    /// Sends a datagram if nothing can be said against it; what became of it.
    #[inline]
    fn send_plainly(&mut self, datagram: &Datagram<'_>) -> Option<Transmitted> {
        if self.has_block_lists() || self.is_flushing || !self.room.may_ask() {
            return None;
        }
        send_plainly(&mut self.core, self.home.os()?, datagram)
    }

    /// Sends a datagram if there is room, or has it be accepted with the `outcome` that is known; what is full if there
    /// is no room.
    fn try_send(
        &mut self,
        datagram: Datagram<'_>,
        outcome: Option<Transmitted>,
    ) -> Result<Result<usize, Error>, Full> {
        if outcome.is_some() {
            return self.offer(datagram, outcome);
        }
        self.sync_block_lists();
        if let Err(misuse) = self.core.check_send(&datagram) {
            return Ok(Err(misuse.into()));
        }
        if self.core.bind_state() == BindState::Unbound {
            let anywhere = BindOptions::default().exclusive(true);
            if let Err(error) = self.call(|core| core.bind(anywhere)) {
                return Ok(Err(error));
            }
        }
        if !self.room.may_ask() {
            return Err(Full::Memory);
        }
        if self.is_flushing {
            return Err(Full::Buffer);
        }
        let Some(os) = self.home.os() else {
            return Ok(Err(Misuse::NotRunning.into()));
        };
        let outcome = send_plainly(&mut self.core, os, &datagram);
        if outcome == Some(Transmitted::Sent) {
            return Ok(Ok(datagram.payload.len()));
        }
        self.offer(datagram, outcome)
    }

    /// Offers a datagram to the system, if it is not known what becomes of it. The core says that in Node's words.
    fn offer(
        &mut self,
        datagram: Datagram<'_>,
        outcome: Option<Transmitted>,
    ) -> Result<Result<usize, Error>, Full> {
        let Some(os) = self.home.os() else {
            return Ok(Err(Misuse::NotRunning.into()));
        };
        let send = |transmit: &Transmit<'_>| outcome.unwrap_or_else(|| os.send(transmit));
        let offered = offer(&mut self.core, datagram, send);
        let token = offered.inspect_err(|full| self.note(*full))?;
        Ok(token.and_then(|token| self.ended(token, datagram)))
    }

    /// How a send ended that was not queued.
    fn ended(&mut self, token: SendToken, datagram: Datagram<'_>) -> Result<usize, Error> {
        let sent = self.pump(Some(token), false);
        debug_assert!(sent.is_some(), "what is not queued ends at once");
        sent.unwrap_or(Ok(datagram.payload.len()))
    }

    fn queue(&mut self, datagram: Datagram<'_>) -> Result<(), Error> {
        self.sync_block_lists();
        if !self.room.may_ask() {
            return self.leave(|core| core.send(datagram).map(drop));
        }
        let (home, mut full) = (&self.home, None);
        let sent = self.core.send_now(datagram, |transmit| {
            let no_room = Transmitted::Blocked(Full::Buffer);
            let outcome = home.os().map_or(no_room, |os| os.send(transmit));
            if let Transmitted::Blocked(what) = outcome {
                full = Some(what);
            }
            outcome
        });
        if let Some(full) = full {
            self.note(full);
        }
        self.leave(|_| sent.map(drop))
    }
}

/// Offers a datagram, whose end is told; if there is no room, what is full, and it was never asked for.
fn offer(
    core: &mut CoreSocket<'static>,
    mut datagram: Datagram<'_>,
    send: impl FnOnce(&Transmit<'_>) -> Transmitted,
) -> Result<Result<SendToken, Error>, Full> {
    datagram.report = true;
    let offered = match core.offer(datagram) {
        Err(misuse) => Err(misuse),
        Ok(Offer::Accepted(token)) => Ok(token),
        Ok(Offer::Ready(ready)) => match send(ready.transmit()) {
            Transmitted::Blocked(full) => {
                ready.take_back(full);
                return Err(full);
            }
            outcome @ (Transmitted::Sent | Transmitted::Failed(_)) => ready.settle(outcome),
        },
    };
    Ok(offered.map_err(Error::from))
}
