//! Sending from a Unix socket: what `send` accepts, what waits, and what leaves.

use super::{Parting, Progress, UnixAddress, UnixDatagram, UnixSocket, UnixTransmit};
use crate::error::{Errno, Misuse};
use crate::output::Transmitted;
use crate::payload::Payload;
use crate::queue::{Entry, Kind, Stage};
use crate::stats::count;
use crate::token::SendToken;

impl UnixSocket<'_> {
    /// Sends a datagram by way of the queue: its bytes are copied there, and leave when the backend polls. Does not bind the
    /// socket: without an address, nobody can answer.
    ///
    /// # Errors
    /// [`Misuse::NotRunning`] on a closed socket, [`Misuse::IsConnected`] for a destination on a connected one,
    /// [`Misuse::NotConnected`] for none on one that is not, [`Misuse::BadPath`] for a destination that no system can take,
    /// [`Misuse::QueueFull`] when there is no memory for the datagram or for its completion; `Drained` follows when there is.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Storage, UnixDatagram, UnixSocket};
    /// # let mut storage: Storage<64, 1, 0, 4, 0> = Storage::new();
    /// # let mut socket = UnixSocket::new(&mut storage);
    /// let token = socket.send(UnixDatagram::new("<14>hello").to("/dev/log"))?;
    /// # Ok::<(), anydgram_core::Misuse>(())
    /// ```
    ///
    /// Node: `socket.send(buf, offset, length, path)`, until 0.5
    pub fn send(&mut self, datagram: UnixDatagram<'_>) -> Result<SendToken, Misuse> {
        self.check_send(&datagram)?;
        self.enqueue(&datagram)
    }

    /// [`send`](Self::send) without a copy, if nothing is in line before it: `transmit` hands the datagram to the system, and
    /// says what became of it. Otherwise, and if it has to wait, the bytes are copied into the queue.
    ///
    /// The error of a datagram that fails names its destination, but where the queue has no room for it.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn send_now(
        &mut self,
        datagram: UnixDatagram<'_>,
        transmit: impl FnOnce(&UnixTransmit<'_>) -> Transmitted,
    ) -> Result<SendToken, Misuse> {
        match self.offer(datagram, transmit)? {
            Some(token) => Ok(token),
            None => self.enqueue(&datagram),
        }
    }

    /// [`send_now`](Self::send_now) for a backend that has its caller wait: `None` for a datagram that would have to wait in
    /// the queue, which was not accepted then, as if it had never been asked for.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn offer(
        &mut self,
        datagram: UnixDatagram<'_>,
        transmit: impl FnOnce(&UnixTransmit<'_>) -> Transmitted,
    ) -> Result<Option<SendToken>, Misuse> {
        self.check_send(&datagram)?;
        if !self.tally.in_line.is_zero() || self.parting == Parting::Due {
            return Ok(None);
        }
        if datagram.report {
            self.reserve_event()?;
        }
        let token = SendToken(self.next_number());
        let outcome = transmit(&UnixTransmit {
            token,
            destination: datagram.destination,
            payload: datagram.payload,
        });
        match outcome {
            Transmitted::Blocked(full) => {
                self.stats.count_full(full);
                if datagram.report {
                    self.unreserve_event();
                }
                return Ok(None);
            }
            Transmitted::Sent => self.count_sent(token, datagram.report, datagram.payload.len()),
            Transmitted::Failed(errno) => {
                self.fail_unqueued(token, datagram.report, datagram.destination, errno);
            }
        }
        Ok(Some(token))
    }

    /// The next datagram to send; `None` when there is none, or something has to be done before. It stays in the queue until
    /// [`handle_transmit`](Self::handle_transmit).
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<UnixTransmit<'_>> {
        let entry = self.next_departure()?;
        let Kind::Send { to_peer, .. } = entry.kind else {
            return None;
        };
        let (name, payload) = self.memory.queue().into_raw(&entry);
        Some(UnixTransmit {
            token: SendToken(entry.number),
            destination: (!to_peer).then_some(UnixAddress::new(name)),
            payload: Payload::Slice(payload),
        })
    }

    /// What became of the datagram with this token.
    pub fn handle_transmit(&mut self, token: SendToken, outcome: Transmitted) {
        let entry = self.first_in_line().filter(|entry| {
            entry.number == token.0 && matches!(entry.kind, Kind::Send { .. }) && !self.is_closed
        });
        let Some(entry) = entry else {
            count(&mut self.stats.stale);
            return;
        };
        match outcome {
            Transmitted::Blocked(full) => self.stats.count_full(full),
            Transmitted::Sent => self.finish_sent(&entry),
            Transmitted::Failed(errno) => self.fail_send(&entry, errno),
        }
    }

    /// Bytes of the datagrams that wait, for whatever.
    ///
    /// Node: `socket.getSendQueueSize`
    #[doc(alias = "getSendQueueSize")]
    #[must_use]
    pub fn send_queue_size(&mut self) -> usize {
        self.fold_waiting(|sum, entry| {
            sum.saturating_add(usize::try_from(entry.payload_len()).unwrap_or(usize::MAX))
        })
    }

    /// How many datagrams wait, for whatever.
    ///
    /// Node: `socket.getSendQueueCount`
    #[doc(alias = "getSendQueueCount")]
    #[must_use]
    pub fn send_queue_count(&mut self) -> usize {
        self.fold_waiting(|sum, _| sum.saturating_add(1))
    }

    fn fold_waiting(&mut self, add: impl Fn(usize, &Entry) -> usize) -> usize {
        let Some(queue) = self.memory.queue_in_use() else {
            return 0;
        };
        let sends = queue
            .entries
            .iter()
            .filter(|entry| matches!(entry.kind, Kind::Send { .. }) && entry.is_open());
        sends.fold(0, add)
    }

    fn check_send(&self, datagram: &UnixDatagram<'_>) -> Result<(), Misuse> {
        self.check_running()?;
        match (datagram.destination, self.connection == Progress::Done) {
            (Some(_), true) => Err(Misuse::IsConnected),
            (None, false) => Err(Misuse::NotConnected),
            (Some(destination), false) => destination.check(),
            (None, true) => Ok(()),
        }
    }

    fn enqueue(&mut self, datagram: &UnixDatagram<'_>) -> Result<SendToken, Misuse> {
        let kind = Kind::Send {
            report: datagram.report,
            to_peer: datagram.destination.is_none(),
        };
        let (address, payload) = (datagram.destination, &datagram.payload);
        self.push_reserving(kind, address, payload, datagram.report)
            .inspect_err(|_| count(&mut self.stats.overflowed))
    }

    /// The datagram whose turn it is. Those that cannot leave end here.
    fn next_departure(&mut self) -> Option<Entry> {
        if self.is_closed || self.parting == Parting::Due {
            return None;
        }
        loop {
            let entry = self.first_in_line()?;
            debug_assert!(entry.stage == Stage::Ready, "nothing else stands in line");
            let Kind::Send { to_peer, .. } = entry.kind else {
                return None;
            };
            match (to_peer, self.connection == Progress::Done) {
                (true, true) | (false, false) => return Some(entry),
                (true, false) => self.fail_send(&entry, Errno::EDESTADDRREQ),
                (false, true) => self.fail_send(&entry, Errno::EISCONN),
            }
        }
    }
}
