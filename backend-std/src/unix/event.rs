//! What listeners of Unix sockets are told, and the listeners themselves.

use core::fmt;

use alloc::rc::Rc;

use anydgram_core::UnixMessage;

use super::{UnixAncillary, UnixSocket};
use crate::emitter::{EventName, Identity};
use crate::error::Error;

/// What happened to a [`UnixSocket`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum UnixEvent<'a> {
    /// The socket is bound and reads.
    Listening,
    /// The socket is connected.
    Connect,
    /// A datagram arrived, with this beside its bytes.
    Message(UnixMessage<'a>, &'a UnixAncillary),
    /// Something failed that no call could report.
    Error(&'a Error),
    /// The send queue has refused a datagram and is empty again.
    Drain,
    /// The socket is closed, and its file gone.
    Close,
}

impl UnixEvent<'_> {
    pub(super) fn name(&self) -> EventName {
        match self {
            Self::Listening => EventName::Listening,
            Self::Connect => EventName::Connect,
            Self::Message(..) => EventName::Message,
            Self::Error(_) => EventName::Error,
            Self::Drain => EventName::from("drain"),
            Self::Close => EventName::Close,
        }
    }
}

/// A function that is called with one kind of events of a Unix socket; clones are the same listener.
#[derive(Clone)]
pub struct UnixListener {
    pub(super) event: EventName,
    function: Rc<Function>,
}

type Function = dyn Fn(&UnixSocket, &UnixEvent<'_>);

impl UnixListener {
    pub(super) fn new(event: EventName, function: Rc<Function>) -> Self {
        Self { event, function }
    }

    pub(super) fn call(&self, socket: &UnixSocket, event: &UnixEvent<'_>) {
        (self.function)(socket, event);
    }
}

impl Identity for UnixListener {
    fn same(&self, other: &Self) -> bool {
        self.function.same(&other.function)
    }
}

impl fmt::Debug for UnixListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnixListener")
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}
