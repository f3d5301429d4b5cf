//! What a primary tells of its workers.

use core::fmt;

use anydgram_core::{Endpoint, Errno, SocketType};

/// The name of a worker: 1 for the first one that a primary spawns, and so on; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkerId(pub(super) u32);

/// What a primary has to tell about its workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WorkerEvent {
    /// The worker has joined: its binds will be asked for here.
    ///
    /// Node: the event `online`
    Online(WorkerId),
    /// A shared socket of the worker listens.
    ///
    /// Node: the event `listening`
    Listening {
        /// Whose socket.
        worker: WorkerId,
        /// `udp4` or `udp6`.
        socket_type: SocketType,
        /// The address it was bound to as it was asked for, with the port it really has.
        address: Endpoint,
        /// The descriptor of the primary that was asked for, if it was.
        fd: Option<i32>,
    },
    /// The worker's channel has ended, and its sockets have been released. The process may live on.
    ///
    /// Node: the event `disconnect`
    Disconnected {
        /// Whose channel.
        worker: WorkerId,
        /// Why.
        cause: Parting,
    },
}

/// Why the channel of a worker has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parting {
    /// On purpose, by a `disconnect` on either side.
    ///
    /// Node: `worker.exitedAfterDisconnect` is true
    Voluntary,
    /// The worker has ended, crashed, or let go of its event loop.
    Gone,
    /// The worker has said what makes no sense, or speaks another version.
    Nonsense,
    /// The system has failed to carry a message.
    Failed(Errno),
}

impl WorkerId {
    /// The number: 1 for the first worker of a primary.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
