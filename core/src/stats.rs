//! Counters: every datagram is delivered, refused or counted here.

macro_rules! stats {
    ($($(#[$doc:meta])+ $name:ident,)+) => {
        /// What a socket has counted since it was created. Counters stay at their maximum.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub struct Stats {
            $($(#[$doc])+ pub $name: u32,)+
        }
    };
}

stats! {
    /// Datagrams that the backend has shown to the socket.
    received,
    /// Datagrams handed on as messages: `received` less the drops.
    delivered,
    /// Dropped: the socket was not bound, or closed.
    dropped_not_running,
    /// Dropped: the sender's family is not the socket's.
    dropped_family,
    /// Dropped: not from the connected peer.
    dropped_peer,
    /// Dropped: no membership wants this source.
    dropped_source,
    /// Dropped: the receive block list has the sender.
    dropped_blocked,
    /// Datagrams that the stack took.
    sent,
    /// Accepted sends that failed.
    failed,
    /// Accepted sends that a close or a failed bind overtook.
    canceled,
    /// Sends refused or dropped because the queue was full.
    overflowed,
    /// Inputs under a stale token or in a state that does not expect them.
    stale,
    /// Error events for which there was no room.
    errors_lost,
}

/// Adds one, staying at the maximum.
pub(crate) fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}
