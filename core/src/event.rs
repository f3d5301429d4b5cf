//! What a socket tells its application: [`Event`].

use crate::error::Error;
use crate::receive::Message;
use crate::token::SendToken;

/// What happened to a socket, in Node's order.
///
/// Taken from [`Socket::poll_event`](crate::Socket::poll_event); only [`Event::Message`] comes from
/// [`Socket::handle_datagram`](crate::Socket::handle_datagram), because its bytes are lent by the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Event<'a> {
    /// The socket is bound and reads. Once for each successful bind, also an implicit one.
    ///
    /// Node: `'listening'`
    Listening,
    /// The socket is connected. Once for each successful connect.
    ///
    /// Node: `'connect'`
    Connect,
    /// A datagram arrived.
    ///
    /// Node: `'message'`
    Message(Message<'a>),
    /// An accepted send is complete: its bytes, or why it failed.
    ///
    /// Exactly once for each [`SendToken`] whose datagram asked for it.
    ///
    /// Node: the callback of `send`
    Sent {
        /// Which send.
        token: SendToken,
        /// The payload's length in bytes, or the failure. A send that a close overtook fails with `ECANCELED`.
        result: Result<usize, Error<'a>>,
    },
    /// The send queue is empty again after it had to refuse or drop a datagram.
    Drained,
    /// Something failed that no call could report.
    ///
    /// Node: `'error'`
    Error {
        /// What the socket was doing.
        operation: Operation,
        /// Why it failed.
        error: Error<'a>,
    },
    /// The socket is closed. Once, and the last event of the socket.
    ///
    /// Node: `'close'`
    Close,
}

/// What a socket was doing when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Operation {
    /// Binding, explicitly or for another call. The socket is unbound again.
    Bind,
    /// Connecting. The socket is disconnected again.
    Connect,
    /// Resolving the destination of a send that asked for no completion.
    Send,
    /// Receiving. The socket goes on.
    Receive,
    /// Setting an option.
    Option,
    /// Joining or leaving a group.
    Membership,
}

/// An event that waits to be polled.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PendingEvent {
    /// Complete in itself.
    Ready(Event<'static>),
    /// Of an operation that was done within its call: a close overtakes it.
    UnlessClosed(Event<'static>),
    /// The queue's entry of this number is settled and has the rest.
    Settled(u64),
    /// Overtaken.
    Nothing,
}
