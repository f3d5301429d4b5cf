//! Sending many datagrams in one go.

use anydgram_core::{Datagram, Destination, Endpoint, Full, Misuse, Transmitted};

use super::lookup::numeric_destination;
use super::{Socket, State};
use crate::error::Error;
use crate::step::flush;
use crate::sys::run::{Admission, Bundle, Run};

impl Socket {
    /// Sends datagrams, to one destination or to many, with as few system calls as the system needs: on Linux one for
    /// many datagrams, and those of one length to one destination as one message (`UDP_SEGMENT`). Binds the socket
    /// first if it is unbound.
    ///
    /// `each` is called with the place of every datagram, in order, and what [`send`](Self::send) would have returned
    /// for it: one that is refused does not keep the others back. They leave as they would have left one by one, in
    /// order and within the call if they can; the iterator may be asked for many of them before the first one leaves.
    /// Those of up to 4,096 bytes may be copied once on their way. What the system refuses is counted in [`stats`](Self::stats).
    /// What a receiver has no room for is lost, as with UDP it always is, and so many at once may be more than that: a
    /// receiver of Linux has room for some 250 short datagrams, unless it asks for
    /// [more](anydgram_core::Options::receive_buffer_size) or has taken several together before.
    ///
    /// # Errors
    /// As [`send`](Self::send), told to `each`.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_std::{Datagram, Destination, EventLoop, SocketType};
    /// # let event_loop = EventLoop::new()?;
    /// # let socket = event_loop.create_socket(SocketType::Udp4)?;
    /// let peers = [("192.0.2.1", 9), ("192.0.2.2", 9), ("192.0.2.3", 0)];
    /// let datagrams = peers.map(|peer| Datagram::new("hello").to(peer));
    /// let mut refused = Vec::new();
    /// socket.send_many(datagrams, |index, result| {
    ///     if result.is_err() {
    ///         refused.push(index);
    ///     }
    /// });
    /// assert_eq!(refused, [2], "port 0");
    /// # socket.close()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Linux: sendmmsg(2), udp(7); Node has no such call
    pub fn send_many<'a>(
        &self,
        datagrams: impl IntoIterator<Item = Datagram<'a>>,
        each: impl FnMut(usize, Result<(), Error>),
    ) {
        let mut sending = Sending {
            socket: self,
            told: 0,
            each,
        };
        sending.send(datagrams.into_iter());
        self.0.shared.flush(self);
        if self.has_own_lookup() {
            self.0.shared.advance_now(self);
        }
        self.0.shared.schedule(self);
    }

    /// A bundle for datagrams that the core lets leave at once; `None`: it lets none.
    fn bundle<'a>(&self) -> Option<(Bundle<'a>, Admission)> {
        if self.has_own_lookup() {
            return None;
        }
        let state = self.0.state.borrow();
        let os = state.os.as_ref()?;
        Some((os.bundle(), Admission::to(&state.core)))
    }

    /// Sends the datagrams of a bundle, behind those that wait.
    fn send_together(&self, bundle: &mut Bundle<'_>) -> Run {
        self.sync_block_lists();
        self.0.shared.flush(self);
        let mut state = self.0.state.borrow_mut();
        let State { core, os, .. } = &mut *state;
        let (Some(run), Some(os)) = (core.offer_run(), os) else {
            return Run::default();
        };
        let mut all = bundle.destinations();
        if !all.all(|to| run.destination(&datagram(to, &[])).is_some()) {
            return Run::default();
        }
        drop(all);
        let outcome = os.send_bundle(bundle);
        run.settle(outcome.sent);
        outcome
    }

    /// Sends one datagram, or has it be accepted with the `outcome` that is known.
    fn send_one(&self, datagram: Datagram<'_>, outcome: Option<Transmitted>) -> Result<(), Misuse> {
        self.sync_block_lists();
        let mut full = None;
        let mut state = self.0.state.borrow_mut();
        let State { core, os, .. } = &mut *state;
        core.send_now(datagram, |transmit| {
            let os = os.as_ref();
            let send = || os.map_or(Transmitted::Blocked(Full::Buffer), |os| os.send(transmit));
            let outcome = outcome.unwrap_or_else(send);
            if let Transmitted::Blocked(what) = outcome {
                full = Some(what);
            }
            outcome
        })?;
        drop(state);
        if full.is_some() {
            self.0.shared.asked(self, full);
        }
        Ok(())
    }
}

/// Datagrams on their way, and whom their results are told to.
struct Sending<'s, F> {
    socket: &'s Socket,
    /// How many results have been told.
    told: usize,
    each: F,
}

impl<F: FnMut(usize, Result<(), Error>)> Sending<'_, F> {
    fn send<'a>(&mut self, datagrams: impl Iterator<Item = Datagram<'a>>) {
        let mut place = self.socket.bundle();
        for mut datagram in datagrams {
            datagram.report = false;
            if let Some((bundle, admission)) = &mut place {
                if admission.add(bundle, &datagram) {
                    continue;
                }
                self.finish(bundle);
                if admission.add_another(bundle, &datagram) {
                    continue;
                }
            }
            datagram.destination = datagram.destination.map(numeric_destination);
            let result = self.socket.send_one(datagram, None);
            self.tell(result);
        }
        if let Some((bundle, _)) = &mut place {
            self.finish(bundle);
        }
    }

    /// Sends what is in a bundle: together, and one by one what cannot leave that way.
    fn finish(&mut self, bundle: &mut Bundle<'_>) {
        let run = self.socket.send_together(bundle);
        for _ in 0..run.sent {
            self.tell(Ok(()));
        }
        if run.sent < bundle.len() {
            let mut outcome = run.next;
            for (to, bytes) in bundle.iter().skip(run.sent) {
                let datagram = datagram(to, bytes).with(bundle.meta());
                let result = self.socket.send_one(datagram, outcome.take());
                self.tell(result);
            }
        }
        bundle.clear();
    }

    fn tell(&mut self, result: Result<(), Misuse>) {
        (self.each)(self.told, result.map_err(Error::from));
        self.told += 1;
    }
}

fn datagram(to: Option<Endpoint>, bytes: &[u8]) -> Datagram<'_> {
    let mut datagram = Datagram::new(bytes).unreported();
    datagram.destination = to.map(Destination::from);
    datagram
}

impl State {
    /// Offers what waits to the system; what is full if something is left.
    pub(crate) fn flush(&mut self) -> Option<Full> {
        flush(&mut self.core, self.os.as_ref())
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
