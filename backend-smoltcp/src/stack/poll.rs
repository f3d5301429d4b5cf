//! Polling: everything at once, or one thing at a time.

use anydgram_core::{Datagram, Error, Handler, Instant, Misuse, SendToken, SocketId, Sockets};
use smoltcp::phy::Device;

use super::Stack;
use crate::convert;
use crate::nic::RETRY;

impl<D: Device, const NICS: usize> Stack<'_, D, NICS> {
    /// Does everything that is there to do, and never waits: wakes the application if it is time, carries out what the sockets ask for, sends what waits,
    /// hands events on to `handler`, and takes at most 32 frames of each interface. Returns when it wants to be called
    /// again, even if no frame comes in until then: `now` if something is left to do.
    ///
    /// `now` is by the clock of the caller, the same in all calls, and never goes backwards.
    pub fn poll<H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> Option<Instant> {
        self.take_answers(now, sockets);
        let (host, mut cables) = self.split();
        let mut has_more = host.poll(now, &mut cables, sockets, handler);
        for at in 0..self.nics.len() {
            has_more |= self.read(now, at, sockets, handler);
        }
        for nic in &mut self.nics {
            nic.send_own(now, &mut self.host, sockets);
        }
        #[cfg(feature = "dhcp")]
        self.take_leases();
        // What smoltcp has heard, or has given up, is news.
        self.take_answers(now, sockets);
        if has_more {
            return Some(now);
        }
        convert::earlier(self.poll_at(now, sockets), handler.wake_at())
    }

    /// Does one thing that is there to do, where [`poll`](Self::poll) does all: the turn of one socket, with one event at
    /// most, or one datagram or frame with all that it tells; at last what smoltcp and the neighbours want. Whether there
    /// may be more to do at once. For whoever wants to look in between, as simulations do.
    pub fn step<H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> bool {
        self.take_answers(now, sockets);
        let (host, mut cables) = self.split();
        if host.step(now, &mut cables, sockets, handler) {
            return true;
        }
        let Self { host, nics, .. } = self;
        if nics
            .iter_mut()
            .any(|nic| nic.receive(now, host, sockets, handler))
        {
            return true;
        }
        let mut has_room = false;
        for nic in nics {
            nic.send_own(now, host, sockets);
            has_room |= nic.has_room_again(now);
        }
        if has_room {
            host.retry(sockets);
        }
        #[cfg(feature = "dhcp")]
        self.take_leases();
        // What smoltcp has heard, or has given up, is news.
        self.take_answers(now, sockets);
        sockets.has_ready()
    }

    /// When [`poll`](Self::poll) has something to do if no frame comes in, nobody calls until then, and the application
    /// [sleeps](Handler::wake_at). What `poll` itself
    /// returns says more: that it stopped with frames left to read, too.
    #[must_use]
    pub fn poll_at(&self, now: Instant, sockets: &Sockets<'_, '_>) -> Option<Instant> {
        if sockets.has_ready() || self.host.has_local() {
            return Some(now);
        }
        let retry = self.host.is_blocked();
        let mut next = retry.then(|| now.saturating_add(RETRY));
        if let Some(resolver) = &self.resolver {
            next = convert::earlier(next, resolver.poll_at());
        }
        for nic in &self.nics {
            next = convert::earlier(next, nic.poll_at(now));
        }
        next
    }

    /// Sends a datagram of a socket within the call, and without copying it, if it need not wait: the socket is bound, the
    /// destination is numeric, and there is room. Otherwise it is the socket's own `send`.
    ///
    /// # Errors
    /// As [`Socket::send`](anydgram_core::Socket::send).
    pub fn send(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_, '_>,
        id: SocketId,
        datagram: Datagram<'_>,
    ) -> Result<SendToken, Misuse> {
        let (host, mut cables) = self.split();
        host.send((now, &mut cables), sockets, id, datagram)
    }

    /// Carries out at once what a socket asks for, for whoever wants the outcome of a call with the call: what
    /// [`poll`](Self::poll) does, but that failures are returned.
    ///
    /// # Errors
    /// The first failure; it is no event then. What Node tells by an event, the failure of a `bind` or a `connect`, is
    /// an event here, too.
    pub fn carry_out(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_, '_>,
        id: SocketId,
    ) -> Result<(), Error<'static>> {
        let (host, mut cables) = self.split();
        host.carry_out(now, &mut cables, sockets, id)
    }

    /// Takes frames of an interface, up to a budget, with all that follows from each; whether there may be more.
    fn read<H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        at: usize,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> bool {
        let mut has_more = false;
        for _ in 0..BUDGET {
            let (host, cables) = self.split();
            let Some(nic) = cables.nics.get_mut(at) else {
                return has_more;
            };
            if !nic.receive(now, host, sockets, handler) {
                return has_more;
            }
            let (host, mut cables) = self.split();
            has_more = host.take_turns(now, &mut cables, sockets, handler);
        }
        true
    }

    fn take_answers(&mut self, now: Instant, sockets: &mut Sockets<'_, '_>) {
        while let Some(answer) = self
            .resolver
            .as_mut()
            .and_then(|resolver| resolver.poll(now))
        {
            if let Some(socket) = sockets.get_mut(answer.id) {
                socket.handle_lookup(answer.token, answer.result);
            }
        }
        #[cfg(feature = "dns")]
        for nic in &mut self.nics {
            let Some(dns) = &mut nic.dns else { continue };
            while let Some(answer) = dns.poll(&mut nic.sockets) {
                if let Some(socket) = sockets.get_mut(answer.id) {
                    socket.handle_lookup(answer.token, answer.result);
                }
            }
        }
    }
}

/// How many frames of an interface are taken before others have their chance.
const BUDGET: u32 = 32;
