//! Sending many datagrams with one call.

use anydgram_core::{BindState, Datagram};

use super::Socket;
use super::signal;
use super::state::State;
use crate::error::Error;
use crate::step::Home as _;
use crate::sys::run::Admission;

impl Socket {
    /// Sends datagrams, to one destination or to many, with as few system calls as the system needs: on Linux one for
    /// many datagrams, and those of one length to one destination as one message (`UDP_SEGMENT`). Binds the socket
    /// first if it is unbound. Those of up to 4,096 bytes may be copied once on their way.
    ///
    /// `each` is called with the place of every datagram, in order, and what
    /// [`send_datagram`](Self::send_datagram) would have returned for it: one that is refused does not keep the others back. They leave in
    /// order; one whose name has to be looked up, or that finds no room, keeps those behind it waiting.
    ///
    /// # Errors
    /// As [`send_datagram`](Self::send_datagram), told to `each`.
    ///
    /// # Panics
    /// As [`bind`](Self::bind), if it has to bind.
    ///
    /// # Cancel safety
    /// Of a future that is dropped, those datagrams were sent, or refused, that `each` was told of, and no others.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_std::{Datagram, SocketType, tokio::Socket};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), anydgram_std::Error> {
    /// let socket = Socket::new(SocketType::Udp4)?;
    /// let peers = [("127.0.0.1", 9), ("127.0.0.2", 9), ("127.0.0.3", 0)];
    /// let datagrams = peers.map(|peer| Datagram::new("hello").to(peer));
    /// let mut refused = Vec::new();
    /// let each = |place, result: Result<usize, _>| {
    ///     if result.is_err() {
    ///         refused.push(place);
    ///     }
    /// };
    /// socket.send_many(&datagrams, each).await;
    /// assert_eq!(refused, [2], "port 0");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Linux: sendmmsg(2), udp(7); Node has no such call
    pub async fn send_many(
        &self,
        datagrams: &[Datagram<'_>],
        mut each: impl FnMut(usize, Result<usize, Error>),
    ) {
        let mut rest = datagrams.iter();
        let mut place = 0;
        loop {
            signal::take_turn().await;
            let sent = self
                .shared
                .with(|state| state.send_together(rest.as_slice()));
            for datagram in rest.by_ref().take(sent) {
                each(place, Ok(datagram.payload.len()));
                place += 1;
            }
            if sent > 0 {
                continue;
            }
            // It is alone, or there is something about it that the others do not have.
            let Some(datagram) = rest.next() else { return };
            let result = self.send_datagram(*datagram).await;
            each(place, result);
            place += 1;
        }
    }
}

impl State {
    /// Sends the first datagrams, as many as one system call takes; how many.
    fn send_together(&mut self, datagrams: &[Datagram<'_>]) -> usize {
        self.sync_block_lists();
        if self.is_flushing || !self.room.may_ask() || self.core.bind_state() != BindState::Bound {
            return 0;
        }
        // A closed socket has none.
        let Some(os) = self.home.os() else { return 0 };
        let admission = Admission::to(&self.core);
        let Some(run) = self.core.offer_run() else {
            return 0;
        };
        let mut bundle = os.bundle();
        for datagram in datagrams {
            if !admission.add(&mut bundle, datagram) {
                break;
            }
        }
        let sent = os.send_bundle(&mut bundle).sent;
        run.settle(sent);
        sent
    }
}
