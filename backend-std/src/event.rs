//! What listeners are told, and the listeners themselves.

use core::any::Any;
use core::fmt;

use alloc::rc::Rc;

use anydgram_core::{Address, Family, Message as CoreMessage, RecvMeta};

use crate::emitter::{Change, EventName, Identity, RawListener};
use crate::error::Error;
use crate::interfaces::Zoned;
use crate::socket::Socket;

/// What happened to a [`Socket`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The socket is bound and reads.
    Listening,
    /// The socket is connected.
    Connect,
    /// A datagram arrived.
    Message(Message<'a>),
    /// Something failed that no call could report.
    Error(&'a Error),
    /// The send queue has refused a datagram and is empty again; `drain`, which Node's sockets do not have.
    Drain,
    /// The socket is closed.
    Close,
    /// A listener is about to be added.
    NewListener {
        /// To which event.
        event: &'a EventName,
        /// Which listener.
        listener: &'a Listener,
    },
    /// A listener was removed.
    RemoveListener {
        /// From which event.
        event: &'a EventName,
        /// Which listener.
        listener: &'a Listener,
    },
    /// An event of the application's own.
    Custom {
        /// Its name.
        name: &'a EventName,
        /// What it carries.
        payload: &'a dyn Any,
    },
}

impl Event<'_> {
    /// The event's name.
    #[must_use]
    pub fn name(&self) -> EventName {
        match self {
            Self::Listening => EventName::Listening,
            Self::Connect => EventName::Connect,
            Self::Message(_) => EventName::Message,
            Self::Error(_) => EventName::Error,
            Self::Drain => EventName::from("drain"),
            Self::Close => EventName::Close,
            Self::NewListener { .. } => EventName::NewListener,
            Self::RemoveListener { .. } => EventName::RemoveListener,
            Self::Custom { name, .. } => (*name).clone(),
        }
    }
}

/// A received datagram, lent for the time of the call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Message<'a> {
    /// The payload, which may be empty.
    pub data: &'a [u8],
    /// Everything that the system told about it.
    pub meta: &'a RecvMeta,
}

impl Message<'_> {
    /// Who sent it. A sender that the system did not name is the wildcard address at port 0.
    ///
    /// Node: `rinfo`
    #[doc(alias = "rinfo")]
    #[must_use]
    pub fn remote_info(&self) -> RemoteInfo {
        let (address, port) = self.meta.sender.map_or_else(
            || (Family::V4.wildcard(), 0),
            |sender| (sender.address, sender.port),
        );
        RemoteInfo {
            address,
            port,
            size: self.data.len(),
        }
    }
}

impl<'a> From<CoreMessage<'a>> for Message<'a> {
    fn from(message: CoreMessage<'a>) -> Self {
        Self {
            data: message.data,
            meta: message.meta,
        }
    }
}

/// Who sent a datagram, and how long it is. `Display` prints address and port.
///
/// Node: `rinfo`
#[doc(alias = "rinfo")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteInfo {
    /// The sender's address.
    pub address: Address,
    /// The sender's port.
    pub port: u16,
    /// The payload's length in bytes.
    pub size: usize,
}

impl RemoteInfo {
    /// The sender's family, which prints as `IPv4` or `IPv6`.
    ///
    /// Node: `rinfo.family`
    #[must_use]
    pub const fn family(&self) -> Family {
        self.address.family()
    }

    /// The address as Node prints it: a link-local one with its interface's name, `fe80::1%eth0`.
    #[must_use]
    pub fn address_text(&self) -> String {
        Zoned(self.address).to_string()
    }
}

impl fmt::Display for RemoteInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.family() {
            Family::V4 => write!(f, "{}:{}", self.address, self.port),
            Family::V6 => write!(f, "[{}]:{}", Zoned(self.address), self.port),
        }
    }
}

/// A function that is called with the events of sockets. Clones are the same listener, so that it can be
/// removed again.
#[derive(Clone)]
pub struct Listener(Rc<Function>);

type Function = dyn Fn(&Socket, &Event<'_>);

impl Listener {
    /// Makes a listener of a function.
    ///
    /// Listeners may be called while they run (an event can be emitted from within a listener), which is why they
    /// are `Fn`: keep what they change in a `Cell` or `RefCell`.
    pub fn new(listener: impl Fn(&Socket, &Event<'_>) + 'static) -> Self {
        Self(Rc::new(listener))
    }

    pub(crate) fn call(&self, socket: &Socket, event: &Event<'_>) {
        (self.0)(socket, event);
    }
}

impl Identity for Listener {
    fn same(&self, other: &Self) -> bool {
        self.0.same(&other.0)
    }
}

impl PartialEq for Listener {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}

impl Eq for Listener {}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listener")
            .field(&Rc::as_ptr(&self.0))
            .finish()
    }
}

impl<'a> From<&Change<'a, Listener>> for Event<'a> {
    fn from(change: &Change<'a, Listener>) -> Self {
        match *change {
            Change::NewListener { event, listener } => Self::NewListener { event, listener },
            Change::RemoveListener { event, listener } => Self::RemoveListener {
                event,
                listener: listener.listener(),
            },
        }
    }
}

/// One registration of a listener.
///
/// Node: an element of `emitter.rawListeners`
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Registered {
    /// The listener.
    pub listener: Listener,
    /// Whether it is removed before its first call.
    pub is_once: bool,
}

impl From<RawListener<Listener>> for Registered {
    fn from(raw: RawListener<Listener>) -> Self {
        Self {
            listener: raw.listener().clone(),
            is_once: raw.is_once(),
        }
    }
}
