//! What a socket tells its application: [`Event`].

use crate::address::LONGEST_NAME;
use crate::error::{Error, ErrorAddress, SystemError};
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
    /// The send queue is empty again, and all other events have been polled, after it had to refuse or drop a
    /// datagram, or a call was refused for want of room.
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

impl Event<'_> {
    /// The same event with the host name that it may borrow from its socket in `room`, so that a driver can hand
    /// it to a [`Handler`](crate::Handler) together with all sockets. `None` for a message, whose bytes the driver
    /// has anyway.
    ///
    /// # Examples
    /// ```
    /// use anydgram_core::{Handler, HostName, SocketId, Sockets};
    ///
    /// /// What a driver does with the events of one socket.
    /// fn tell(sockets: &mut Sockets<'_, '_>, id: SocketId, handler: &mut impl Handler) {
    ///     let mut room = HostName::new();
    ///     while let Some(event) = sockets.poll_mut(id).and_then(|socket| socket.poll_event()?.detach(&mut room)) {
    ///         handler.handle(sockets, id, event);
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn detach<'r>(&self, room: &'r mut HostName) -> Option<Event<'r>> {
        Some(match *self {
            Self::Listening => Event::Listening,
            Self::Connect => Event::Connect,
            Self::Message(_) => return None,
            Self::Sent { token, result } => Event::Sent {
                token,
                result: result.map_err(|error| room.keep(error)),
            },
            Self::Drained => Event::Drained,
            Self::Error { operation, error } => Event::Error {
                operation,
                error: room.keep(error),
            },
            Self::Close => Event::Close,
        })
    }
}

/// Room for a host name that an event has [detached](Event::detach) from its socket.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct HostName([u8; LONGEST_NAME]);

impl HostName {
    /// Empty room.
    #[must_use]
    pub const fn new() -> Self {
        Self([0; LONGEST_NAME])
    }

    fn keep(&mut self, error: Error<'_>) -> Error<'_> {
        let Error::System(system) = error else {
            return error.without_name();
        };
        let ErrorAddress::Name(name) = system.address else {
            return error.without_name();
        };
        let Some(room) = self.0.get_mut(..name.len()) else {
            return error.without_name();
        };
        room.copy_from_slice(name.as_bytes());
        let name = ErrorAddress::Name(str::from_utf8(room).unwrap_or_default());
        SystemError::at(system.syscall, system.errno, name, system.port).into()
    }
}

impl Default for HostName {
    fn default() -> Self {
        Self::new()
    }
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
    /// The completion of a datagram of this length that had waited in the queue.
    Left(Event<'static>, u32),
    /// The queue's entry of this number is settled and has the rest.
    Settled(u64),
    /// Overtaken.
    Nothing,
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use super::*;
    use crate::error::{Errno, Syscall};

    #[test]
    fn a_detached_event_has_its_name_in_the_room() {
        let mut room = HostName::new();
        for length in [0, 1, LONGEST_NAME] {
            let name = "é".repeat(length / 2) + if length % 2 == 1 { "a" } else { "" };
            let address = ErrorAddress::Name(&name);
            let error = SystemError::at(Syscall::GetAddrInfo, Errno::ENOTFOUND, address, 9).into();
            let sent = Event::Sent {
                token: SendToken(7),
                result: Err(error),
            };
            assert_eq!(sent.detach(&mut room), Some(sent));
            let operation = Operation::Bind;
            let event = Event::Error { operation, error };
            assert_eq!(event.detach(&mut room), Some(event));
        }
    }

    #[test]
    fn events_without_a_name_stay_as_they_are() {
        let mut room = HostName::new();
        let error = SystemError::new(Syscall::Send, Errno::EMSGSIZE).into();
        let operation = Operation::Send;
        for event in [
            Event::Listening,
            Event::Connect,
            Event::Drained,
            Event::Close,
            Event::Error { operation, error },
        ] {
            assert_eq!(event.detach(&mut room), Some(event));
        }
        let meta = crate::RecvMeta::default();
        let message = Event::Message(Message {
            data: b"",
            meta: &meta,
        });
        assert_eq!(message.detach(&mut room), None);
    }
}
