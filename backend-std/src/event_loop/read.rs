//! Reading: datagrams from ready sockets to their listeners.

use anydgram_core::{Errno, Operation, Syscall, SystemError};

use super::Shared;
use crate::error::Error;
use crate::event::{Event, Message};
use crate::socket::Socket;

/// How many datagrams a socket may deliver before others have their chance, as in Node.
pub(super) const BUDGET: usize = 32;

/// Room for the longest datagram there is.
const BUFFER: usize = 65_536;

impl Shared {
    /// Notes that a socket may have datagrams.
    pub(super) fn read_later(&self, socket: &Socket) {
        if !socket.0.is_readable.replace(true) {
            self.readable.borrow_mut().push_back(socket.clone());
        }
    }

    /// Reads every socket that is ready now, once.
    pub(super) fn read_all(&self) -> Result<(), Error> {
        let ready = self.readable.borrow().len();
        for _ in 0..ready {
            let socket = self.readable.borrow_mut().pop_front();
            let Some(socket) = socket else { break };
            socket.0.is_readable.set(false);
            self.read(&socket)?;
        }
        Ok(())
    }

    fn read(&self, socket: &Socket) -> Result<(), Error> {
        let buffer = self.buffer.take();
        let mut buffer = buffer.unwrap_or_else(|| vec![0; BUFFER].into_boxed_slice());
        let outcome = self.read_into(socket, &mut buffer);
        self.buffer.set(Some(buffer));
        outcome
    }

    fn read_into(&self, socket: &Socket, buffer: &mut [u8]) -> Result<(), Error> {
        for _ in 0..BUDGET {
            let received = socket
                .0
                .state
                .borrow()
                .os
                .as_ref()
                .map(|os| os.receive(buffer));
            let Some(received) = received else {
                return Ok(());
            };
            match received {
                Ok((len, meta)) => {
                    let data = buffer.get(..len).unwrap_or_default();
                    socket.sync_block_lists();
                    let message = socket
                        .0
                        .state
                        .borrow_mut()
                        .core
                        .handle_datagram(&meta, data);
                    if let Some(message) = message {
                        let message = Message::from(message);
                        socket.emit_event(&Event::Message(message));
                    }
                }
                Err(Errno::EAGAIN | Errno::EINTR) => return Ok(()),
                Err(errno) => {
                    let error = SystemError::new(Syscall::RecvMsg, errno);
                    let mut state = socket.0.state.borrow_mut();
                    state.core.handle_failure(Operation::Receive, error);
                    drop(state);
                    self.schedule(socket);
                }
            }
            if let Err(error) = self.take_turns() {
                self.read_later(socket);
                return Err(error);
            }
        }
        self.read_later(socket);
        Ok(())
    }
}
