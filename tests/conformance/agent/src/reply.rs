//! What comes back from a command at once.

use anydgram_core::{BindState, ConnectState, Endpoint, Error};
use serde::{Deserialize, Serialize};

use crate::{SocketNumber, wire};

/// An answer, or what the call says against it. No call names a host in its error.
pub type Reply = Result<Answer, Error<'static>>;

/// What a command is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new answer must reach every runner"
)]
pub enum Answer {
    /// It is done.
    Done,
    /// The socket was created.
    Socket(SocketNumber),
    /// An address.
    Endpoint(#[serde(with = "wire")] Endpoint),
    /// How many.
    Count(u32),
    /// How a socket is.
    State {
        /// Whether it is not closed.
        is_running: bool,
        /// How far binding is.
        #[serde(with = "wire")]
        bind: BindState,
        /// How far connecting is.
        #[serde(with = "wire")]
        connect: ConnectState,
    },
    /// Whether there may be more to do at once.
    More(bool),
    /// When there is something to do, in microseconds of the host's time, and that time now.
    Next {
        /// `None`: never, by itself.
        at: Option<u64>,
        /// The time.
        now: u64,
    },
    /// There is no room, or the command means nothing: the scenario cannot go on.
    Impossible,
}
