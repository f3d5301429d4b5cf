//! Counters: every datagram is delivered, refused or counted here.

use crate::output::Full;

macro_rules! stats {
    (
        often { $($(#[$often_doc:meta])+ $often:ident,)+ }
        dropped { $($(#[$drop_doc:meta])+ $drop:ident,)+ }
        rarely { $($(#[$rare_doc:meta])+ $rare:ident,)+ }
    ) => {
        /// What a socket has counted since it was created. Counters stay at their maximum.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub struct Stats {
            /// Datagrams that the backend has shown to the socket.
            pub received: u32,
            $($(#[$often_doc])+ pub $often: u32,)+
            $($(#[$drop_doc])+ pub $drop: u32,)+
            $($(#[$rare_doc])+ pub $rare: u32,)+
        }

        /// What is counted with each datagram: a part of the socket.
        #[derive(Clone, Copy, Debug, Default)]
        pub(crate) struct Often {
            $(pub(crate) $often: u32,)+
        }

        /// What is counted when something goes wrong: in the socket's memory, which may have to be had first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct Rare {
            $(pub(crate) $drop: u32,)+
            $(pub(crate) $rare: u32,)+
        }

        impl Rare {
            pub(crate) const fn new() -> Self {
                Self { $($drop: 0,)+ $($rare: 0,)+ }
            }
        }

        impl Stats {
            pub(crate) const fn new(often: Often, rare: Rare) -> Self {
                Self {
                    // Of every datagram one of these has been counted.
                    received: often.delivered$(.saturating_add(rare.$drop))+,
                    $($often: often.$often,)+
                    $($drop: rare.$drop,)+
                    $($rare: rare.$rare,)+
                }
            }
        }
    };
}

stats! {
    often {
        /// Datagrams handed on as messages: `received` less the drops.
        delivered,
        /// Datagrams that the stack took.
        sent,
    }
    dropped {
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
    }
    rarely {
        /// Accepted sends that failed.
        failed,
        /// Accepted sends that a close or a failed bind overtook.
        canceled,
        /// Times that a datagram found the stack's buffer full (`EAGAIN`): it waits until the stack tells of room.
        buffer_full,
        /// Times that a datagram found the stack without memory (`ENOBUFS`): it waits for a while.
        memory_full,
        /// Sends refused or dropped because the queue was full ([`Misuse::QueueFull`](crate::Misuse::QueueFull)).
        overflowed,
        /// Inputs under a stale token or in a state that does not expect them.
        stale,
        /// Error events for which there was no room.
        errors_lost,
    }
}

impl Rare {
    /// A datagram found no room.
    pub(crate) fn count_full(&mut self, full: Full) {
        count(match full {
            Full::Buffer => &mut self.buffer_full,
            Full::Memory => &mut self.memory_full,
        });
    }
}

impl Stats {
    /// A datagram found no room.
    pub(crate) fn count_full(&mut self, full: Full) {
        count(match full {
            Full::Buffer => &mut self.buffer_full,
            Full::Memory => &mut self.memory_full,
        });
    }
}

/// Adds one, staying at the maximum.
pub(crate) fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}
