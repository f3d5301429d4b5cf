//! Sending: what `send` accepts, and what waits.

use super::bind::Bind;
use super::offer::Accepted;
use super::{Life, Socket};
use crate::address::{Address, Endpoint, Family, Host};
use crate::datagram::{Datagram, Destination};
use crate::error::{Errno, Error, Misuse, Syscall, SystemError};
use crate::event::{Event, PendingEvent};
use crate::options::FullQueue;
use crate::payload::Payload;
use crate::queue::{Content, Entry, Failure, HostKind, Kind, Stage, name_of};
use crate::stats::count;
use crate::token::SendToken;

/// Where a datagram goes that nothing can be said against.
struct PlainDestination {
    host: HostKind,
    address: Address,
    port: u16,
    to_peer: bool,
}

impl Socket<'_> {
    /// Sends a datagram by way of the queue: its bytes are copied there, and leave when the backend polls.
    /// Binds the socket first if it is unbound.
    ///
    /// A backend at hand can spare the copy: see [`offer`](Self::offer), which this call is built from.
    ///
    /// # Errors
    /// [`Misuse::IsConnected`] for a destination on a connected socket; [`Misuse::BadPort`] for port 0, or
    /// for no destination on a socket that is not connected; [`Misuse::NotRunning`] on a closed socket;
    /// [`Misuse::BadHostName`] for a name that cannot be one; [`Misuse::QueueFull`] as
    /// [`Options::full_queue`](crate::Options::full_queue) says.
    ///
    /// # Examples
    /// ```
    /// # use anydgram_core::{Datagram, Destination, Options, Socket, SocketType, Storage};
    /// # let mut storage: Storage<64, 1, 0, 4, 0> = Storage::new();
    /// # let mut socket = Socket::new(Options::new(SocketType::Udp4), &mut storage);
    /// let token = socket.send(Datagram::new("hello").to(Destination::new("192.0.2.1", 9)))?;
    /// # Ok::<(), anydgram_core::Misuse>(())
    /// ```
    ///
    /// Node: `socket.send`
    pub fn send(&mut self, datagram: Datagram<'_>) -> Result<SendToken, Misuse> {
        if self.memory.expects_alike() && self.queue_alike(&datagram) {
            return Ok(SendToken(self.next_number()));
        }
        self.send_unlike(&datagram)
    }

    /// [`send`](Self::send) for a datagram that may be unlike the last one in the queue.
    #[cfg_attr(feature = "alloc", inline(never))]
    fn send_unlike(&mut self, datagram: &Datagram<'_>) -> Result<SendToken, Misuse> {
        match self.queue_plainly(datagram) {
            Some(token) => Ok(token),
            None => self.send_carefully(datagram),
        }
    }

    /// The long way, for all other datagrams.
    #[cold]
    fn send_carefully(&mut self, datagram: &Datagram<'_>) -> Result<SendToken, Misuse> {
        match self.accept(datagram)? {
            Accepted::Done(token) => Ok(token),
            Accepted::Ready(token, _) => self.enqueue_send(datagram, token),
        }
    }

    /// The short way for most datagrams, those that nothing can be said against: `None`, and nothing changed, for all
    /// others, and without room.
    #[inline]
    fn queue_plainly(&mut self, datagram: &Datagram<'_>) -> Option<SendToken> {
        if !datagram.meta.is_none() {
            return None;
        }
        let destination = self.plain_destination(datagram)?;
        let kind = Kind::Send {
            report: datagram.report,
            to_peer: destination.to_peer,
        };
        let PlainDestination {
            host,
            address,
            port,
            ..
        } = destination;
        let mut entry = Entry::to_address(self.next_number, kind, host, address);
        entry.port = port;
        entry.stage = Stage::Ready;
        let (mut queue, tally) = self.queue_and_tally();
        if !queue.push(&entry, [], &datagram.payload, tally) {
            return None;
        }
        if datagram.report {
            self.events_reserved = self.events_reserved.saturating_add(1);
        } else {
            self.memory.expect_alike(datagram.payload.len());
        }
        Some(SendToken(self.next_number()))
    }

    /// Queues a datagram if nothing can be said against it and it is like the last one in the queue; whether it did.
    #[inline]
    fn queue_alike(&mut self, datagram: &Datagram<'_>) -> bool {
        // What is against its length and its destination was against those of the last one, too, but for a connect between
        // the two.
        let is_queued = !datagram.report
            && self.is_open_to_all()
            && datagram.destination.is_none() == self.is_connected()
            && self.memory.push_alike(datagram, self.next_number);
        if is_queued {
            self.tally.come();
        }
        is_queued
    }

    /// Whether the socket is bound, and has no rules for where datagrams go.
    #[inline]
    fn is_open_to_all(&self) -> bool {
        self.life == Life::Open
            && self.bind == Bind::Bound
            && !self.has_rules
            && !self.options.look_up_always
    }

    /// Whether nothing can be said against a datagram by the state and the rules of the socket, and by its length.
    #[inline]
    fn is_plain(&mut self, datagram: &Datagram<'_>) -> bool {
        self.is_open_to_all()
            && datagram.payload.len() <= self.max_payload()
            && (!datagram.report || self.has_room_for_event())
    }

    /// Where a datagram goes (`None`: to the peer) that nothing can be said against by the state and the rules of the
    /// socket; `None` for all others, which are looked at one thing after the other.
    #[inline]
    fn plain_destination(&mut self, datagram: &Datagram<'_>) -> Option<PlainDestination> {
        if !self.is_plain(datagram) {
            return None;
        }
        let family = self.family();
        let to_peer = self.is_connected();
        let (host, address, port) = match &datagram.destination {
            Some(Destination {
                host: Host::Ip(address),
                port: port @ 1..,
            }) if !to_peer && address.family() == family => (HostKind::Ip, *address, *port),
            None if to_peer => (HostKind::Default, family.loopback(), 0),
            Some(_) | None => return None,
        };
        Some(PlainDestination {
            host,
            address,
            port,
            to_peer,
        })
    }

    /// Bytes of the datagrams that could leave but for the stack, or whose completions have not been polled; what
    /// waits for a bind or a lookup, and what left within its call, does not count. 0 on a closed socket.
    ///
    /// Node: `socket.getSendQueueSize`
    #[doc(alias = "getSendQueueSize")]
    #[must_use]
    pub fn send_queue_size(&mut self) -> usize {
        let unheard = usize::try_from(self.unheard.bytes).unwrap_or(usize::MAX);
        self.fold_queued(unheard, |sum, entry| {
            sum.saturating_add(usize::try_from(entry.payload_len()).unwrap_or(usize::MAX))
        })
    }

    /// How many datagrams [`send_queue_size`](Self::send_queue_size) counts.
    ///
    /// Node: `socket.getSendQueueCount`
    #[doc(alias = "getSendQueueCount")]
    #[must_use]
    pub fn send_queue_count(&mut self) -> usize {
        let unheard = usize::try_from(self.unheard.count).unwrap_or(usize::MAX);
        self.fold_queued(unheard, |sum, _| sum.saturating_add(1))
    }

    fn fold_queued(&mut self, start: usize, add: impl Fn(usize, &Entry) -> usize) -> usize {
        if self.life == Life::Closed {
            return 0;
        }
        let Some(queue) = self.memory.queue_in_use() else {
            return start;
        };
        queue
            .entries
            .iter()
            .filter(|entry| entry.is_queued())
            .fold(start, add)
    }

    /// Puts a datagram into the queue, as the full-queue policy has it.
    pub(super) fn enqueue_send(
        &mut self,
        datagram: &Datagram<'_>,
        token: SendToken,
    ) -> Result<SendToken, Misuse> {
        let (host, port, to_peer) = match datagram.destination {
            Some(destination) => (destination.host, destination.port, false),
            None => (Host::Default, 0, true),
        };
        let kind = Kind::Send {
            report: datagram.report,
            to_peer,
        };
        let mut entry = Entry::new(token.0, kind, host, self.family().loopback());
        entry.port = port;
        entry.stage = self.first_stage(&entry);
        let mut content = Content {
            name: name_of(host),
            meta: datagram.meta,
            payload: datagram.payload,
        };
        let len = datagram.payload.len();
        if len > self.max_payload() {
            entry.mark_too_long(u32::try_from(len).unwrap_or(u32::MAX));
            content.payload = Payload::Slice(&[]);
        }
        if datagram.report {
            self.reserve_event()
                .inspect_err(|_| count(&mut self.rare().overflowed))?;
        }
        if self.push_entry(&entry, &content).is_ok() {
            if !datagram.report {
                self.memory.expect_alike(len);
            }
            return Ok(token);
        }
        self.overflow(datagram, &entry, &content)
    }

    /// Does what the full-queue policy has it do with a datagram that found no room.
    #[cold]
    fn overflow(
        &mut self,
        datagram: &Datagram<'_>,
        entry: &Entry,
        content: &Content<'_>,
    ) -> Result<SendToken, Misuse> {
        let token = SendToken(entry.number);
        let drops_oldest = self.options.full_queue == FullQueue::DropOldest;
        if drops_oldest && self.could_hold_without_sends(content) {
            while self.drop_oldest() {
                if self.push_entry(entry, content).is_ok() {
                    return Ok(token);
                }
            }
        }
        count(&mut self.rare().overflowed);
        if datagram.report {
            self.unreserve_event();
        }
        if self.options.full_queue != FullQueue::DropNewest {
            return Err(Misuse::QueueFull);
        }
        let error = entry
            .error(Failure::System(Errno::ENOBUFS), "")
            .without_name();
        self.finish_unqueued(token, datagram.report, Err(error));
        Ok(token)
    }

    /// The stage that the socket's state gives a new entry.
    pub(super) fn first_stage(&self, entry: &Entry) -> Stage {
        if self.is_bound() {
            self.stage_when_bound(entry)
        } else {
            Stage::Waiting
        }
    }

    /// Puts an entry into the queue as it is. Without room, `Drained` will tell when there is some, unless
    /// there never will be.
    pub(super) fn push_entry(
        &mut self,
        entry: &Entry,
        content: &Content<'_>,
    ) -> Result<(), Misuse> {
        let (mut queue, tally) = self.queue_and_tally();
        if !queue.push_content(entry, content, tally) {
            if queue.could_hold(content.size()) {
                self.owes_drained = true;
            }
            return Err(Misuse::QueueFull);
        }
        if entry.stage == Stage::NeedsLookup {
            self.lookups_due = self.lookups_due.saturating_add(1);
        }
        Ok(())
    }

    fn could_hold_without_sends(&mut self, content: &Content<'_>) -> bool {
        let queue = self.memory.queue();
        queue.could_hold_without_sends(content.size())
    }

    /// The largest payload of the socket's family: what fits into an IP packet without extensions.
    pub(super) const fn max_payload(&self) -> usize {
        match self.options.family() {
            Family::V4 => 65_507,
            Family::V6 => 65_527,
        }
    }

    /// Why a destination cannot be sent to, as far as the socket knows.
    pub(super) fn refuses_destination(&self, destination: Endpoint) -> Option<Failure> {
        (destination.address.family() != self.family()).then_some(Failure::System(Errno::EINVAL))
    }

    /// Drops the oldest datagram that waits; `false` when there is none.
    fn drop_oldest(&mut self) -> bool {
        let Some(entry) = self.first_open(&|entry| matches!(entry.kind, Kind::Send { .. })) else {
            return false;
        };
        if entry.stage == Stage::NeedsLookup {
            self.lookups_due = self.lookups_due.saturating_sub(1);
        }
        count(&mut self.rare().overflowed);
        count(&mut self.rare().failed);
        self.owes_drained = true;
        self.release(entry.number);
        if let Kind::Send { report: true, .. } = entry.kind {
            let error = entry
                .error(Failure::System(Errno::ENOBUFS), "")
                .without_name();
            let token = SendToken(entry.number);
            self.push_reserved(PendingEvent::Ready(Event::Sent {
                token,
                result: Err(error),
            }));
        }
        true
    }
}

/// A send that failed in its own call, as Node words it.
pub(super) fn send_error(datagram: &Datagram<'_>, errno: Errno) -> Error<'static> {
    use crate::error::ErrorAddress;
    let Some(destination) = datagram.destination else {
        return SystemError::new(Syscall::Send, errno).into();
    };
    let address = match destination.host {
        Host::Ip(address) => ErrorAddress::Ip(address),
        Host::Default | Host::Name(_) => ErrorAddress::Undefined,
    };
    SystemError::at(Syscall::Send, errno, address, destination.port).into()
}
