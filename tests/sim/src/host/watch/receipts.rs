//! Messages (R1 to R5): each is a datagram that came for the socket, with its bytes and addresses; a connected socket has those
//! of its peer alone; and what was shown to a socket is what it was told, and what it counted as dropped.
//!
//! Datagrams that stay on their host cannot be seen on their way; of those it is known only that a socket of the host has sent
//! them. Among frames, a message is of the datagram that the frame has which the stack has just taken, or of which it is the last
//! missing one.

use anydgram_core::stack::Incoming;
use anydgram_core::{ConnectState, Instant, Message, RecvMeta, Socket, Stats};

use super::Verdict;
use super::ports::Homes;

/// What is known of the messages of a socket.
#[derive(Debug, Default)]
pub(super) struct Receipts {
    messages: u32,
    last_at: Option<Instant>,
}

impl Receipts {
    /// A message is told.
    pub(super) fn receive(&mut self, message: &Message<'_>, socket: &Socket<'_>) -> Verdict {
        self.count();
        let at = message.meta.timestamp;
        if at.is_some() && at < self.last_at {
            return Err("a message came after a later one".into());
        }
        self.last_at = at.or(self.last_at);
        let sender = message.meta.sender;
        if socket.connect_state() == ConnectState::Connected
            && let Ok(peer) = socket.remote_address()
            && sender.is_some_and(|sender| {
                sender.port != peer.port || sender.address.ip() != peer.address.ip()
            })
        {
            return Err(format!(
                "a message came from {sender:?}, and not from the peer"
            ));
        }
        Ok(())
    }

    /// A message is told, of whatever.
    pub(super) const fn count(&mut self) {
        self.messages = self.messages.saturating_add(1);
    }

    /// What was told, beside what was counted.
    pub(super) fn look(&self, stats: &Stats) -> Verdict {
        let Stats {
            received,
            delivered,
            dropped_not_running,
            dropped_family,
            dropped_peer,
            dropped_source,
            dropped_blocked,
            ..
        } = *stats;
        let dropped = [
            dropped_not_running,
            dropped_family,
            dropped_peer,
            dropped_source,
            dropped_blocked,
        ];
        let dropped: u32 = dropped.into_iter().sum();
        if received != delivered.saturating_add(dropped) {
            return Err(format!(
                "{received} datagrams were received, {delivered} delivered, {dropped} dropped"
            ));
        }
        if self.messages != delivered {
            return Err(format!(
                "{delivered} datagrams were delivered, {} told",
                self.messages
            ));
        }
        Ok(())
    }
}

/// A message, to be compared with what came in.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    data: Box<[u8]>,
    meta: RecvMeta,
}

impl Heard {
    pub(super) fn of(message: &Message<'_>) -> Self {
        Self {
            data: message.data.into(),
            meta: *message.meta,
        }
    }

    /// Whether it can have been sent by the host itself; `homes` is where its sockets have been.
    pub(super) fn is_local(&self, homes: &Homes) -> Verdict {
        is_local(&self.meta, homes)
    }

    /// Whether it is the datagram that has just come in.
    pub(super) fn is_of(&self, incoming: &Incoming<'_>) -> Verdict {
        is_of((&self.data, &self.meta), incoming)
    }
}

/// Whether a message is the datagram that has just come in.
pub(super) fn is_of((data, meta): (&[u8], &RecvMeta), incoming: &Incoming<'_>) -> Verdict {
    let sender = meta
        .sender
        .map(|sender| (sender.address.ip().to_canonical(), sender.port));
    let local = meta.local.map(|local| local.ip().to_canonical());
    let source = incoming.source;
    let is_it = data == incoming.payload
        && meta.wire_len == Some(incoming.payload.len())
        && sender == Some((source.address.ip(), source.port))
        && local == Some(incoming.destination.address.ip())
        && meta.interface == Some(incoming.interface)
        && meta.hop_limit == incoming.hop_limit;
    if is_it {
        Ok(())
    } else {
        Err(format!("a message is not what came in: {meta:?}"))
    }
}

/// Whether a message can have been sent by the host itself; `homes` is where its sockets have been.
pub(super) fn is_local(meta: &RecvMeta, homes: &Homes) -> Verdict {
    match meta.sender {
        Some(sender) if homes.has(sender.port) => Ok(()),
        sender => Err(format!("a message came, and nobody sent it: {sender:?}")),
    }
}
