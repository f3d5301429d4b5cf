//! What happens to a socket that no call returns.

use anydgram_core::Event as CoreEvent;

use crate::error::Error;

/// What happened to a [`Socket`](super::Socket), in Node's order. Datagrams are received, not told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The socket is bound and reads.
    ///
    /// Node: `'listening'`
    Listening,
    /// The socket is connected.
    ///
    /// Node: `'connect'`
    Connect,
    /// The send queue is empty again after it had to refuse or drop a datagram.
    Drained,
    /// Something failed that no call could report: a datagram's lookup, or the bind for it, of
    /// [`queue`](super::Socket::queue), or a buffer size at a bind.
    ///
    /// Node: `'error'`
    Error(Error),
    /// The socket is closed. Once, and the last event.
    ///
    /// Node: `'close'`
    Close,
}

impl Event {
    /// The event as it is told here, if it is.
    pub(super) fn from_core(event: CoreEvent<'_>) -> Option<Self> {
        Some(match event {
            CoreEvent::Listening => Self::Listening,
            CoreEvent::Connect => Self::Connect,
            CoreEvent::Drained => Self::Drained,
            CoreEvent::Error { error, .. } => Self::Error(error.into()),
            CoreEvent::Close => Self::Close,
            CoreEvent::Sent { .. } | CoreEvent::Message(_) | _ => return None,
        })
    }
}
