//! The way past the queue: a datagram that could leave at once is offered to the backend uncopied.
//!
//! [`Socket::send_now`] is for a backend that takes it or has it wait, [`Socket::offer`] for one that may have to take
//! the send back.

use core::fmt;

use super::bind::Bind;
use super::send::send_error;
use super::{Life, Socket};
use crate::address::{Endpoint, Host};
use crate::datagram::Datagram;
use crate::error::{Errno, Misuse};
use crate::output::{Full, Transmit, Transmitted};
use crate::queue::Failure;
use crate::stats::count;
use crate::token::SendToken;

/// What became of a datagram that was [offered](Socket::offer).
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(clippy::exhaustive_enums, reason = "a datagram can leave or it cannot")]
#[must_use = "a datagram that is ready has not been sent"]
pub enum Offer<'o, 's, 'a> {
    /// It could leave now: the backend tries and [settles](Ready::settle) it.
    Ready(Ready<'o, 's, 'a>),
    /// It was accepted otherwise: it waits in the queue, or its failure is on its way.
    Accepted(SendToken),
}

/// A datagram that could leave now, still in its caller's memory.
///
/// Dropping it takes the send back, as if it had never been asked for.
#[must_use = "the datagram has not been sent"]
pub struct Ready<'o, 's, 'a> {
    socket: &'o mut Socket<'s>,
    datagram: Datagram<'a>,
    transmit: Transmit<'a>,
}

/// What became of a datagram that a call was made for.
pub(super) enum Accepted {
    /// It waits in the queue, or its failure is on its way.
    Done(SendToken),
    /// It could leave now, to there (`None`: to the peer).
    Ready(SendToken, Option<Endpoint>),
}

impl<'s> Socket<'s> {
    /// Sends a datagram within the call, and without copying it, if it can leave at once: when the socket is bound, no
    /// connect is under way, nothing waits before it, and its host needs no lookup. Otherwise, and when `transmit` is
    /// [`Blocked`](Transmitted::Blocked), it waits in the queue, as with [`send`](Self::send).
    ///
    /// # Errors
    /// As [`send`](Self::send).
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Datagram, Misuse, SendToken, Socket, Transmit, Transmitted};
    /// fn send(
    ///     socket: &mut Socket<'_>,
    ///     datagram: Datagram<'_>,
    ///     stack: impl FnMut(&Transmit<'_>) -> Transmitted,
    /// ) -> Result<SendToken, Misuse> {
    ///     socket.send_now(datagram, stack)
    /// }
    /// ```
    pub fn send_now(
        &mut self,
        datagram: Datagram<'_>,
        transmit: impl FnOnce(&Transmit<'_>) -> Transmitted,
    ) -> Result<SendToken, Misuse> {
        let accepted = match self.leaves_plainly(&datagram) {
            Some(destination) => Accepted::Ready(SendToken(self.next_number()), destination),
            None => self.accept(&datagram)?,
        };
        match accepted {
            Accepted::Done(token) => Ok(token),
            Accepted::Ready(token, destination) => {
                let outcome = transmit(&Transmit {
                    token,
                    destination,
                    meta: datagram.meta,
                    payload: datagram.payload,
                });
                self.settle(&datagram, token, outcome)
            }
        }
    }

    /// The short way for most datagrams: where one goes that nothing can be said against and that could leave at once.
    /// `None` for all others.
    #[inline]
    fn leaves_plainly(&mut self, datagram: &Datagram<'_>) -> Option<Option<Endpoint>> {
        if datagram.report && !self.has_room_for_event() {
            return None;
        }
        self.offer_run()?.admits(datagram)
    }

    /// Accepts a datagram for sending, and hands it back if it can leave at once: when the socket is
    /// bound, no connect is under way, nothing waits before it, and its host needs no lookup.
    ///
    /// # Errors
    /// As [`send`](Self::send); settling the offer can fail with [`Misuse::QueueFull`].
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Datagram, Misuse, Offer, SendToken, Socket, Transmit, Transmitted};
    /// fn send(
    ///     socket: &mut Socket<'_>,
    ///     datagram: Datagram<'_>,
    ///     mut stack: impl FnMut(&Transmit<'_>) -> Transmitted,
    /// ) -> Result<SendToken, Misuse> {
    ///     match socket.offer(datagram)? {
    ///         Offer::Accepted(token) => Ok(token),
    ///         Offer::Ready(ready) => {
    ///             let outcome = stack(ready.transmit());
    ///             ready.settle(outcome)
    ///         }
    ///     }
    /// }
    /// ```
    pub fn offer<'o, 'a>(
        &'o mut self,
        datagram: Datagram<'a>,
    ) -> Result<Offer<'o, 's, 'a>, Misuse> {
        Ok(match self.accept(&datagram)? {
            Accepted::Done(token) => Offer::Accepted(token),
            Accepted::Ready(token, destination) => Offer::Ready(Ready {
                socket: self,
                datagram,
                transmit: Transmit {
                    token,
                    destination,
                    meta: datagram.meta,
                    payload: datagram.payload,
                },
            }),
        })
    }

    /// Accepts a datagram: one that could leave at once is not queued yet.
    #[inline]
    pub(super) fn accept(&mut self, datagram: &Datagram<'_>) -> Result<Accepted, Misuse> {
        self.check_send(datagram)?;
        let was_unbound = self.bind == Bind::Unbound;
        self.bind_for_queued_call()
            .inspect_err(|_| count(&mut self.rare().overflowed))?;
        let Some(destination) = self.immediate_destination(datagram) else {
            let token = SendToken(self.next_number());
            let queued = self.enqueue_send(datagram, token);
            if queued.is_err() && was_unbound {
                self.abandon_bind();
            }
            return queued.map(Accepted::Done);
        };
        if datagram.report && !self.has_room_for_event() {
            count(&mut self.rare().overflowed);
            self.owes_drained = true;
            return Err(Misuse::QueueFull);
        }
        let token = SendToken(self.next_number());
        match self.refuses_offer(datagram, destination) {
            None => Ok(Accepted::Ready(token, destination)),
            Some(failure) => {
                self.refuse(datagram, destination, token, failure);
                Ok(Accepted::Done(token))
            }
        }
    }

    /// What became of a datagram that could leave at once.
    #[inline]
    fn settle(
        &mut self,
        datagram: &Datagram<'_>,
        token: SendToken,
        outcome: Transmitted,
    ) -> Result<SendToken, Misuse> {
        match outcome {
            Transmitted::Blocked(full) => {
                self.rare().count_full(full);
                return self.enqueue_send(datagram, token);
            }
            Transmitted::Sent if !datagram.report => count(&mut self.stats.sent),
            Transmitted::Sent => {
                self.finish_unqueued(token, true, Ok(datagram.payload.len()));
            }
            Transmitted::Failed(errno) => {
                let error = send_error(datagram, errno);
                self.finish_unqueued(token, datagram.report, Err(error));
            }
        }
        Ok(token)
    }

    #[cold]
    fn refuse(
        &mut self,
        datagram: &Datagram<'_>,
        destination: Option<Endpoint>,
        token: SendToken,
        failure: Failure,
    ) {
        let error = match failure {
            Failure::System(errno) | Failure::Lookup(errno) => send_error(datagram, errno),
            Failure::Blocked => {
                let loopback = self.family().loopback();
                Misuse::IpBlocked(destination.map_or(loopback, |to| to.address)).into()
            }
        };
        self.finish_unqueued(token, datagram.report, Err(error));
    }

    /// Whether [`send`](Self::send) and [`offer`](Self::offer) would take a datagram, as far as its destination
    /// and the socket's state tell. Changes nothing: for a backend that resolves a name before it sends.
    ///
    /// # Errors
    /// As [`send`](Self::send), but for a full queue.
    pub fn check_send(&self, datagram: &Datagram<'_>) -> Result<(), Misuse> {
        match (&datagram.destination, self.is_connected()) {
            (Some(_), true) => return Err(Misuse::IsConnected),
            (Some(destination), false) if destination.port == 0 => {
                return Err(Misuse::BadPort { port: Some(0) });
            }
            (None, false) => return Err(Misuse::BadPort { port: None }),
            (Some(_), false) | (None, true) => {}
        }
        if self.life != Life::Open {
            return Err(Misuse::NotRunning);
        }
        datagram
            .destination
            .map_or(Ok(()), |destination| destination.host.check())
    }

    /// Where the datagram goes (`None`: to the peer) if it can leave at once.
    fn immediate_destination(&self, datagram: &Datagram<'_>) -> Option<Option<Endpoint>> {
        if self.bind != Bind::Bound || !self.tally.in_line.is_zero() || self.must_act() {
            return None;
        }
        let Some(destination) = datagram.destination else {
            return Some(None);
        };
        if self.options.look_up_always {
            return None;
        }
        let address = match destination.host {
            Host::Default => self.family().loopback(),
            Host::Ip(address) => address,
            Host::Name(_) => return None,
        };
        Some(Some(Endpoint::new(address, destination.port)))
    }

    fn refuses_offer(
        &mut self,
        datagram: &Datagram<'_>,
        destination: Option<Endpoint>,
    ) -> Option<Failure> {
        if let Some(destination) = destination {
            if self.blocks_destination(destination.address) {
                return Some(Failure::Blocked);
            }
            if let Some(failure) = self.refuses_destination(destination) {
                return Some(failure);
            }
        }
        (datagram.payload.len() > self.max_payload()).then_some(Failure::System(Errno::EMSGSIZE))
    }
}

impl<'a> Ready<'_, '_, 'a> {
    /// What to send.
    #[must_use]
    pub const fn transmit(&self) -> &Transmit<'a> {
        &self.transmit
    }

    /// Reports what became of it. When the stack had no room, the datagram is copied into the queue.
    ///
    /// # Errors
    /// [`Misuse::QueueFull`] when it has to wait and the queue has no room: it was not accepted.
    pub fn settle(self, outcome: Transmitted) -> Result<SendToken, Misuse> {
        let Self {
            socket,
            datagram,
            transmit,
        } = self;
        socket.settle(&datagram, transmit.token, outcome)
    }

    /// Takes the send back, as dropping it does, and counts why: for a backend that has its caller wait for room.
    pub fn take_back(self, full: Full) {
        self.socket.rare().count_full(full);
    }
}

impl fmt::Debug for Ready<'_, '_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready")
            .field("transmit", &self.transmit)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Ready<'_, '_, '_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Ready {{ transmit: {} }}", self.transmit);
    }
}
