//! Unix sockets (S1, S3, S4, S6, S7, R1, R3, R4, L1, L4 to L7, Q1, Q2 of the reliability bar): their lives and sends, by the rules of
//! all sockets; and their datagrams, which neither get lost nor come twice nor overtake. Each that the host has taken comes to the
//! socket that it was for, in their order, unless that is closed, crashes or lets its peer go before; and its sender is told that
//! it left. Of one that was refused, its sender is told that, and nobody gets it.
//!
//! The host says what it takes and hands on; that is compared with what sockets are told. What cannot be seen is what a call has
//! accepted and lost before it returned.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

use anydgram_core::{BindState, Event, SendToken, UnixAddress, UnixMessage, UnixSocket};

use super::Verdict;
use super::life::{Life, Seen};
use super::receipts::Receipts;
use super::sends::{Sends, UnderWay};
use crate::unix::UnixId;

/// What is known of the Unix sockets of a host.
#[derive(Debug, Default)]
pub(crate) struct UnixWatch {
    known: BTreeMap<UnixId, Known>,
    /// Those that have crashed.
    gone: BTreeSet<UnixId>,
    fault: Option<String>,
}

/// What is known of a socket.
#[derive(Debug, Default)]
struct Known {
    life: Life,
    sends: Sends,
    receipts: Receipts,
    /// What it has, and has not been told.
    unread: VecDeque<Datagram>,
    /// What has left, and it has not been told so.
    left: VecDeque<SendToken>,
    last_left: Option<SendToken>,
}

/// The name of its sender, and its bytes.
type Datagram = (Option<Box<[u8]>>, Box<[u8]>);

/// A datagram that the host has taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken<'a> {
    pub(crate) from: UnixId,
    pub(crate) to: UnixId,
    pub(crate) token: SendToken,
    /// The address of the sender.
    pub(crate) sender: Option<&'a [u8]>,
    pub(crate) data: &'a [u8],
    /// The address that it was sent to, and that of the socket that has got it.
    pub(crate) given: Option<&'a [u8]>,
    pub(crate) home: Option<&'a [u8]>,
    /// Its sender is closed.
    pub(crate) is_closed: bool,
}

impl Taken<'_> {
    /// Whether it is where it was sent to, from a socket that can send.
    fn is_fit(&self) -> Verdict {
        let text = |name: Option<&[u8]>| name.map(|name| UnixAddress::new(name).to_string());
        if self.is_closed {
            Err("a datagram left a closed socket".to_owned())
        } else if self.given.is_none() || self.given != self.home {
            let (given, home) = (text(self.given), text(self.home));
            Err(format!("a datagram to {given:?} is at {home:?}"))
        } else {
            Ok(())
        }
    }
}

/// What a host shows of a socket when nothing happens any more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest {
    /// How many datagrams the host has for it.
    pub(crate) unread: usize,
    /// Its process takes datagrams as they come.
    pub(crate) is_reader: bool,
    /// Its peer has room for what it sends.
    pub(crate) has_room: bool,
}

impl UnixWatch {
    /// Something is wrong; the first thing counts.
    pub(crate) fn find(&mut self, fault: &str) {
        self.fault.get_or_insert_with(|| fault.to_owned());
    }

    pub(crate) fn take_fault(&mut self) -> Option<String> {
        self.fault.take()
    }

    fn judge(&mut self, id: UnixId, verdict: Verdict) {
        if let Err(what) = verdict {
            self.find(&format!("Unix socket {}: {what}", id.number()));
        }
    }

    /// An application has had the socket.
    pub(crate) fn glance(&mut self, id: UnixId, socket: &mut UnixSocket<'_>) {
        let known = self.known.entry(id).or_default();
        known.life.glance(Seen::of_unix(socket));
        let under_way = UnderWay::of(socket.in_flight(), &socket.stats());
        let verdict = known.sends.called(under_way);
        self.judge(id, verdict);
    }

    /// The host has taken a datagram.
    pub(crate) fn take(&mut self, taken: &Taken<'_>) {
        let Taken {
            from,
            to,
            token,
            sender,
            data,
            ..
        } = *taken;
        let known = self.known.entry(from).or_default();
        let is_later = known.last_left.is_none_or(|last| last < token);
        known.last_left = Some(token);
        known.left.push_back(token);
        let mut verdict = taken.is_fit();
        if !is_later {
            verdict = Err(format!(
                "a datagram left twice, or after later ones: {token:?}"
            ));
        }
        self.judge(from, verdict);
        let datagram = (sender.map(Into::into), data.into());
        let receiver = self.known.entry(to).or_default();
        receiver.unread.push_back(datagram);
    }

    /// The host has thrown away the next datagram that a socket has not read.
    pub(crate) fn drop_next(&mut self, id: UnixId) {
        self.known.entry(id).or_default().unread.pop_front();
    }

    /// A socket has crashed.
    pub(crate) fn forget(&mut self, id: UnixId) {
        self.known.remove(&id);
        self.gone.insert(id);
    }

    /// Whether a socket that is told something is there.
    fn is_there(&self, id: UnixId) -> Verdict {
        if self.gone.contains(&id) {
            Err("it has crashed, and is told something".to_owned())
        } else {
            Ok(())
        }
    }

    /// A socket is about to be told something.
    pub(crate) fn tell(&mut self, id: UnixId, socket: &mut UnixSocket<'_>, event: &Event<'_>) {
        let is_there = self.is_there(id);
        let known = self.known.entry(id).or_default();
        let seen = Seen::of_unix(socket);
        let life = known.life.tell(event, seen);
        let mut verdict = is_there.and(life);
        if let Event::Sent { token, result } = event {
            let order = known.sends.complete(*token, result.is_ok(), false);
            let truth = known.has_left(*token, result.is_ok());
            verdict = verdict.and(order).and(truth);
        }
        let under_way = UnderWay::of(socket.in_flight(), &socket.stats());
        verdict = verdict.and_then(|()| known.sends.look_under_way(under_way));
        self.judge(id, verdict);
    }

    /// A socket was shown its next datagram, and hands on a message or has dropped it.
    pub(crate) fn show(
        &mut self,
        id: UnixId,
        socket: &UnixSocket<'_>,
        message: Option<&UnixMessage<'_>>,
    ) {
        let is_there = self.is_there(id);
        let known = self.known.entry(id).or_default();
        let next = known.unread.pop_front();
        let verdict = match message {
            Some(message) => {
                known.receipts.count();
                let life = known.life.hear(Seen::of_unix(socket));
                let fit = is_there.and(life);
                fit.and_then(|()| is_next(next.as_ref(), message))
            }
            None => Ok(()),
        };
        self.judge(id, verdict);
    }

    /// Looks at a socket when there is nothing left to do.
    pub(crate) fn look(&mut self, id: UnixId, socket: &mut UnixSocket<'_>, rest: Rest) {
        let verdict = self.known.entry(id).or_default().look(socket, rest);
        self.judge(id, verdict);
    }

    /// All sockets have been closed, and there was nothing left to do.
    pub(crate) fn look_at_the_end(&mut self, mut ids: impl Iterator<Item = UnixId>) {
        if let Some(id) = ids.next() {
            self.judge(
                id,
                Err("it has not ended although it was closed".to_owned()),
            );
        }
    }
}

impl Known {
    /// Whether what the socket is told of a send agrees with what has left. Of earlier ones it is not told any more.
    fn has_left(&mut self, token: SendToken, is_ok: bool) -> Verdict {
        while self.left.front().is_some_and(|left| *left < token) {
            self.left.pop_front();
        }
        let has_left = self.left.front() == Some(&token);
        match (has_left, is_ok) {
            (true, false) => Err(format!("it left, and its sender is told not: {token:?}")),
            (false, true) => Err(format!(
                "it has not left, and its sender is told: {token:?}"
            )),
            (true, true) | (false, false) => Ok(()),
        }
    }

    fn look(&mut self, socket: &mut UnixSocket<'_>, rest: Rest) -> Verdict {
        let seen = Seen::of_unix(socket);
        self.life.look_at_close(seen)?;
        let stats = socket.stats();
        self.receipts.look(&stats)?;
        self.sends.look(&stats)?;
        let under_way = UnderWay::of(socket.in_flight(), &stats);
        self.sends.look_under_way(under_way)?;
        let queued = (socket.send_queue_count(), socket.send_queue_size());
        let first = if queued.0 > 0 {
            socket.poll_transmit().map(|first| first.payload.len())
        } else {
            None
        };
        super::sends::look_at_queue(queued, first, seen, !rest.has_room)?;
        let unread = self.unread.len();
        if unread != rest.unread {
            return Err(format!(
                "{unread} datagrams came to it and were not told, and the host has {}",
                rest.unread
            ));
        }
        if unread > 0 && rest.is_reader && seen.bind == BindState::Bound {
            return Err(format!("{unread} datagrams wait, and nobody is told"));
        }
        Ok(())
    }
}

/// Whether a message is the next datagram.
fn is_next(next: Option<&Datagram>, message: &UnixMessage<'_>) -> Verdict {
    let Some((sender, data)) = next else {
        return Err("a message came, and nobody sent it".to_owned());
    };
    let given = message.sender.map(|sender| sender.as_bytes());
    if given != sender.as_deref() {
        return Err(format!("a message is not of its sender: {message:?}"));
    }
    if message.data != &**data || message.wire_len != Some(data.len()) {
        return Err(format!(
            "a message is not the next that was sent: {message:?}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
