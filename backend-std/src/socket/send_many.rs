//! Sending many datagrams in one go.

use anydgram_core::{Datagram, Full, Misuse};

use super::{Socket, State};
use crate::error::Error;
use crate::step::flush;

impl Socket {
    /// Sends datagrams, to one destination or to many, with as few system calls as the system needs: on Linux one for
    /// many datagrams, and those of one length to one destination as one message (`UDP_SEGMENT`). Binds the socket
    /// first if it is unbound.
    ///
    /// `each` is called with the place of every datagram, in order, and what [`send`](Self::send) would have returned
    /// for it: one that is refused does not keep the others back. They leave as they would have left one by one, in
    /// order and within the call if they can, but each is copied once on its way. What the system refuses is counted
    /// in [`stats`](Self::stats).
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
        mut each: impl FnMut(usize, Result<(), Error>),
    ) {
        self.sync_block_lists();
        let mut waiting = Waiting::default();
        for (index, datagram) in datagrams.into_iter().enumerate() {
            let result = waiting.queue(self, datagram.unreported());
            each(index, result.map_err(Error::from));
        }
        self.0.shared.flush(self);
        if self.has_own_lookup() {
            self.0.shared.advance_now(self);
        }
        self.0.shared.schedule(self);
    }
}

/// What was queued since the last time that the system was offered everything.
#[derive(Default)]
struct Waiting {
    datagrams: usize,
    bytes: usize,
}

impl Waiting {
    fn queue(&mut self, socket: &Socket, mut datagram: Datagram<'_>) -> Result<(), Misuse> {
        datagram.destination = datagram.destination.map(super::lookup::numeric_destination);
        let length = datagram.payload.len();
        let limits = socket.0.state.borrow().limits();
        // Before it is refused for want of room, and before the processor's caches have forgotten the first ones.
        let is_enough = self.datagrams >= limits.sends.min(DATAGRAMS)
            || self.bytes.saturating_add(length) > limits.bytes.min(BYTES);
        if is_enough {
            // If the system has no room, the queue fills up, which is the datagram's result.
            socket.0.shared.flush(socket);
            *self = Self::default();
        }
        socket.0.state.borrow_mut().core.send(datagram)?;
        self.datagrams = self.datagrams.saturating_add(1);
        self.bytes = self.bytes.saturating_add(length);
        Ok(())
    }
}

impl State {
    /// Offers what waits to the system; what is full if something is left.
    pub(crate) fn flush(&mut self) -> Option<Full> {
        flush(&mut self.core, self.os.as_ref())
    }
}

/// How many datagrams are offered at once.
const DATAGRAMS: usize = 512;
/// How many bytes are.
const BYTES: usize = 1 << 18;
