//! Several datagrams past the queue: the state of the socket is looked at once for all of them.

use super::Life;
use super::Socket;
use super::bind::Bind;
use super::connect::Connection;
use crate::address::{Endpoint, Family, Host};
use crate::datagram::Datagram;

/// Datagrams that leave at once, one after the other, still in their caller's memory: from
/// [`offer_run`](Socket::offer_run).
///
/// The socket does not know of them until the backend [settles](Self::settle) how many it has sent. Dropping it
/// is as settling 0.
#[derive(Debug)]
#[must_use = "what was sent has to be counted"]
pub struct SendRun<'o, 's> {
    socket: &'o mut Socket<'s>,
    family: Family,
    to_peer: bool,
    longest: usize,
}

impl<'s> Socket<'s> {
    /// Begins a run of datagrams if they could leave at once: when the socket is bound, no connect is under way,
    /// nothing waits, and neither a block list nor a lookup has to be asked for each of them. `None`, and nothing
    /// changed, otherwise: [`send_now`](Self::send_now) does what there is to do.
    ///
    /// For backends that send many datagrams with one call. Those of a run end as if each had been given to
    /// [`send_now`](Self::send_now), and the stack had [sent](crate::Transmitted::Sent) it.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Datagram, Endpoint, Socket, Transmitted};
    /// /// Sends the first datagrams with one call; returns how many.
    /// fn send_some(
    ///     socket: &mut Socket<'_>,
    ///     datagrams: &[Datagram<'_>],
    ///     stack: impl FnOnce(&mut dyn Iterator<Item = (Option<Endpoint>, &Datagram<'_>)>) -> usize,
    /// ) -> usize {
    ///     let Some(run) = socket.offer_run() else { return 0 };
    ///     let mut admitted = datagrams.iter().map_while(|datagram| Some((run.destination(datagram)?, datagram)));
    ///     let sent = stack(&mut admitted);
    ///     run.settle(sent);
    ///     sent
    /// }
    /// ```
    #[inline]
    pub fn offer_run(&mut self) -> Option<SendRun<'_, 's>> {
        let is_free = self.life == Life::Open
            && self.bind == Bind::Bound
            && !self.has_rules
            && !self.options.look_up_always
            && self.tally.in_line.is_zero()
            && !self.must_act();
        if !is_free {
            return None;
        }
        Some(SendRun {
            family: self.family(),
            // What is under way would have been against it.
            to_peer: self.connection == Connection::Connected,
            longest: self.max_payload(),
            socket: self,
        })
    }
}

impl SendRun<'_, '_> {
    /// Where a datagram goes (`Some(None)`: to the peer) that can be part of the run. `None` for all others: those with
    /// something wrong, those to the name of a host, and those whose end is [reported](Datagram::report).
    #[must_use]
    #[inline]
    pub fn destination(&self, datagram: &Datagram<'_>) -> Option<Option<Endpoint>> {
        if datagram.report {
            return None;
        }
        self.admits(datagram)
    }

    /// The same, whoever reports its end.
    #[inline]
    pub(super) fn admits(&self, datagram: &Datagram<'_>) -> Option<Option<Endpoint>> {
        if datagram.payload.len() > self.longest {
            return None;
        }
        let Some(destination) = &datagram.destination else {
            return self.to_peer.then_some(None);
        };
        let address = match destination.host {
            Host::Ip(address) => address,
            Host::Default => self.family.loopback(),
            Host::Name(_) => return None,
        };
        let is_well = !self.to_peer && destination.port != 0 && address.family() == self.family;
        is_well.then_some(Some(Endpoint::new(address, destination.port)))
    }

    /// The stack has taken `sent` datagrams, of which [`destination`](Self::destination) had nothing to say against
    /// any.
    #[inline]
    pub fn settle(self, sent: usize) {
        let Self { socket, .. } = self;
        let sent = u32::try_from(sent).unwrap_or(u32::MAX);
        socket.stats.sent = socket.stats.sent.saturating_add(sent);
        socket.next_number = socket.next_number.saturating_add(u64::from(sent));
    }
}
