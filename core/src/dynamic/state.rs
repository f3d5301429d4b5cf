//! What the calls' order of checks depends on.

use crate::socket::{BindState, ConnectState, Socket};

/// The facts about a socket that decide what its arguments mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct State {
    /// Whether it takes calls.
    pub running: bool,
    /// How far binding is.
    pub bind: BindState,
    /// How far connecting is.
    pub connect: ConnectState,
}

impl State {
    /// A new socket's.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            running: true,
            bind: BindState::Unbound,
            connect: ConnectState::Disconnected,
        }
    }

    /// A socket's as it is now.
    #[must_use]
    pub fn of(socket: &Socket<'_>) -> Self {
        Self {
            running: !socket.is_closed(),
            bind: socket.bind_state(),
            connect: socket.connect_state(),
        }
    }

    /// The same but for `running`.
    #[must_use]
    pub const fn running(mut self, running: bool) -> Self {
        self.running = running;
        self
    }

    /// The same but for `bind`.
    #[must_use]
    pub const fn bind(mut self, bind: BindState) -> Self {
        self.bind = bind;
        self
    }

    /// The same but for `connect`.
    #[must_use]
    pub const fn connect(mut self, connect: ConnectState) -> Self {
        self.connect = connect;
        self
    }
}

impl Default for State {
    fn default() -> Self {
        Self::new()
    }
}
