//! What can be done to a Unix socket.

/// One call, one answer, or one poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnixSymbol {
    /// Binds to `/own`.
    Bind,
    /// Connects to `/peer`.
    Connect,
    /// Lets the peer go.
    Disconnect,
    /// Sends two bytes to `/peer`.
    SendTo,
    /// Sends one byte to the peer.
    Send,
    /// Sends nothing to `/peer`, and is told nothing.
    SendQuietly,
    /// Closes.
    Close,
    /// The backend takes an action.
    Action,
    /// It is bound.
    Bound,
    /// It cannot be bound.
    NotBound,
    /// It is connected.
    Connected,
    /// It cannot be connected.
    NotConnected,
    /// The peer is gone.
    Parted,
    /// The peer stays.
    NotParted,
    /// The next datagram is sent.
    Sent,
    /// The next datagram has to wait.
    Blocked,
    /// The next datagram cannot be sent.
    Failed,
    /// The last answer to a datagram once more.
    Again,
    /// The application takes an event.
    Event,
    /// A datagram has come.
    Datagram,
    /// Receiving fails.
    Failure,
    /// The next datagram has to wait, as the system has no memory for it.
    NoMemory,
}

/// Each of them.
pub(super) const ALL: [UnixSymbol; 22] = [
    UnixSymbol::Bind,
    UnixSymbol::Connect,
    UnixSymbol::Disconnect,
    UnixSymbol::SendTo,
    UnixSymbol::Send,
    UnixSymbol::SendQuietly,
    UnixSymbol::Close,
    UnixSymbol::Action,
    UnixSymbol::Bound,
    UnixSymbol::NotBound,
    UnixSymbol::Connected,
    UnixSymbol::NotConnected,
    UnixSymbol::Parted,
    UnixSymbol::NotParted,
    UnixSymbol::Sent,
    UnixSymbol::Blocked,
    UnixSymbol::Failed,
    UnixSymbol::Again,
    UnixSymbol::Event,
    UnixSymbol::Datagram,
    UnixSymbol::Failure,
    UnixSymbol::NoMemory,
];

/// What ends a socket: more polls than there can be events.
pub(super) const END: [UnixSymbol; 18] = {
    let mut end = [UnixSymbol::Event; 18];
    end[0] = UnixSymbol::Close;
    end[1] = UnixSymbol::Action;
    end
};

/// What the socket binds to, and whom it talks to.
pub(super) const OWN: &str = "/own";
pub(super) const PEER: &str = "/peer";
