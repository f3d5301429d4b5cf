//! Life cycle (L1, L4 to L7 of the reliability bar): states, and the events that come once, first or last.
//!
//! What cannot be seen is a state between two looks: a socket may bind, connect and close within one. Events that waited before a
//! `close` are told after it; messages are not.

use anydgram_core::{BindState, ConnectState, Endpoint, Event, Socket, UnixSocket};

use super::Verdict;

/// What a socket shows of its state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) is_closed: bool,
    pub(super) is_finished: bool,
    pub(super) bind: BindState,
    pub(super) connect: ConnectState,
    /// Where it is bound; `None` unless it is, and open.
    pub(super) local: Option<Endpoint>,
}

impl Seen {
    pub(super) fn of(socket: &Socket<'_>) -> Self {
        Self {
            is_closed: socket.is_closed(),
            is_finished: socket.is_finished(),
            bind: socket.bind_state(),
            connect: socket.connect_state(),
            local: socket.address().ok(),
        }
    }

    /// A Unix socket has no port.
    pub(super) fn of_unix(socket: &UnixSocket<'_>) -> Self {
        Self {
            is_closed: socket.is_closed(),
            is_finished: socket.is_finished(),
            bind: socket.bind_state(),
            connect: socket.connect_state(),
            local: None,
        }
    }

    fn port(&self) -> Option<u16> {
        self.local.map(|local| local.port)
    }
}

/// What is known of the life of a socket.
#[derive(Debug, Default)]
pub(super) struct Life {
    /// It was told that it is bound, and has been since.
    is_listening: bool,
    /// It was told that it is connected, and has been since.
    is_connected: bool,
    was_closed: bool,
    is_over: bool,
}

impl Life {
    /// The socket is told something.
    pub(super) fn tell(&mut self, event: &Event<'_>, seen: Seen) -> Verdict {
        if self.is_over {
            return Err(format!("it was told after its close: {event:?}"));
        }
        match event {
            Event::Listening if self.is_listening => {
                Err("it was bound once, and told twice".into())
            }
            Event::Listening => {
                self.is_listening = true;
                Ok(())
            }
            Event::Connect if self.is_connected => {
                Err("it was connected once, and told twice".into())
            }
            Event::Connect => {
                self.is_connected = true;
                Ok(())
            }
            Event::Message(_) => self.hear(seen),
            Event::Close if !seen.is_closed => Err("it was told of a close, and is open".into()),
            Event::Close => {
                self.is_over = true;
                Ok(())
            }
            Event::Sent { .. } | Event::Drained | Event::Error { .. } | _ => Ok(()),
        }
    }

    /// A message comes.
    pub(super) fn hear(&self, seen: Seen) -> Verdict {
        if self.is_over {
            Err("a message came after its close".into())
        } else if !self.is_listening {
            Err("a message came before the socket was told that it is bound".into())
        } else if seen.is_closed {
            Err("a message came after the close".into())
        } else {
            Ok(())
        }
    }

    /// Somebody else may have told the socket that it is bound.
    pub(super) fn trust(&mut self, seen: Seen) {
        self.is_listening |= seen.bind == BindState::Bound;
    }

    /// The application may have asked for another state.
    pub(super) fn glance(&mut self, seen: Seen) {
        if !seen.is_closed {
            self.is_listening &= seen.bind == BindState::Bound;
            self.is_connected &= seen.connect == ConnectState::Connected;
        }
    }

    /// A look at the socket when there is nothing left to do.
    pub(super) fn look(&mut self, seen: Seen) -> Verdict {
        self.look_at_close(seen)?;
        if seen.is_closed {
            return Ok(());
        }
        let is_connected = seen.connect == ConnectState::Connected;
        if is_connected && seen.bind == BindState::Unbound {
            return Err("it is connected, and not bound".into());
        }
        if seen.bind == BindState::Bound && !matches!(seen.port(), Some(1..)) {
            return Err(format!("it is bound to the port {:?}", seen.port()));
        }
        self.glance(seen);
        Ok(())
    }

    /// What is known of its close agrees with what it shows.
    pub(super) fn look_at_close(&mut self, seen: Seen) -> Verdict {
        if self.was_closed && !seen.is_closed {
            return Err("it was closed, and is open".into());
        }
        self.was_closed = seen.is_closed;
        if self.is_over && !seen.is_finished {
            return Err("it was told of its close, and has not ended".into());
        }
        if seen.is_finished && !self.is_over {
            return Err("it has ended, and was not told of its close".into());
        }
        Ok(())
    }

    /// The last look: all sockets have been closed.
    pub(super) fn end(&self, seen: Seen) -> Verdict {
        if seen.is_finished && self.is_over {
            Ok(())
        } else {
            Err("it has not ended although it was closed".into())
        }
    }
}
