//! What a socket can be asked without asking the system.

use anydgram_core::{BindState, ConnectState, SocketType};

use super::Socket;

impl Socket {
    /// `udp4` or `udp6`.
    ///
    /// Node: `socket.type`
    #[doc(alias = "type")]
    #[must_use]
    pub fn socket_type(&self) -> SocketType {
        self.0.state.borrow().core.options().socket_type
    }

    /// Whether [`close`](Self::close) has been called, and has taken effect.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.state.borrow().core.is_closed()
    }

    /// How far binding is. A closed socket is as far as it was.
    #[must_use]
    pub fn bind_state(&self) -> BindState {
        self.0.state.borrow().core.bind_state()
    }

    /// How far connecting is.
    #[must_use]
    pub fn connect_state(&self) -> ConnectState {
        self.0.state.borrow().core.connect_state()
    }

    /// The system's descriptor, for options that this crate does not know. The socket keeps owning it. `None` before
    /// it is bound, and after it was closed.
    ///
    /// Whoever receives from it takes datagrams away from the socket, and has to take apart those that Linux hands over
    /// together: `UDP_GRO` is on.
    #[cfg(unix)]
    #[must_use]
    pub fn raw_fd(&self) -> Option<i32> {
        use std::os::fd::AsRawFd as _;
        let state = self.0.state.borrow();
        state.os.as_ref().map(|os| os.as_raw_fd())
    }
}
