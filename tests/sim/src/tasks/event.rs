//! What happens to a socket that no call returns.

use anydgram_core::{Error, Event as CoreEvent};

/// What happened to a [`Socket`](super::Socket), in Node's order. Datagrams are received, not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Something failed that no call could report: the bind for another call, or the lookup of a datagram of
    /// [`queue`](super::Socket::queue).
    ///
    /// Node: `'error'`
    Error(Error<'static>),
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
            CoreEvent::Error { error, .. } => Self::Error(error.without_name()),
            CoreEvent::Close => Self::Close,
            CoreEvent::Sent { .. } | CoreEvent::Message(_) | _ => return None,
        })
    }
}
