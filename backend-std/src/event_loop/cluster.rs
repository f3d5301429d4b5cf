//! The loop in a worker of a cluster: binds that its primary is asked for, and their answers.

use core::cell::{Cell, RefCell};
use std::io;
use std::os::fd::AsRawFd as _;

use alloc::task::Wake as _;

use anydgram_core::{
    Action, BindOptions, BindRequest, BindState, Errno, Error as CoreError, Operation, Syscall,
};
use anydgram_core::{Endpoint, ErrorAddress, SystemError};

use super::{CHANNEL, Shared, SocketKey};
use crate::Error;
use crate::cluster::{Asked, Connection, Granted, Said};
use crate::socket::{Rare, Socket, State};
use crate::step::move_in;
use crate::sys::OsSocket;
use crate::sys::open::Opened;

/// What a loop knows of the cluster it is in; nothing as a rule.
#[derive(Default)]
pub(super) struct Cluster {
    connection: RefCell<Option<Connection>>,
    callback: Cell<Option<Box<dyn FnOnce()>>>,
    /// The channel has ended, and the callback waits for what else that has ended.
    is_lost: Cell<bool>,
}

impl Cluster {
    /// Whether a bind waits for the primary.
    pub(super) fn is_waiting(&self) -> bool {
        let connection = self.connection.borrow();
        connection.as_ref().is_some_and(Connection::is_waiting)
    }

    /// Leaves without a word: the loop ends.
    pub(super) fn end(&self) {
        let connection = self.connection.take();
        drop(connection);
        drop(self.callback.take());
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> T) -> Option<T> {
        self.connection.borrow_mut().as_mut().map(work)
    }
}

impl Shared {
    /// The loop's process is a worker.
    pub(crate) fn join_cluster(&self, mut connection: Connection) -> io::Result<()> {
        connection.register(&self.registry, CHANNEL)?;
        self.cluster.connection.replace(Some(connection));
        Ok(())
    }

    /// Whether binds are the primary's to carry out, be it that it has gone.
    pub(crate) fn is_worker(&self) -> bool {
        self.cluster.connection.borrow().is_some()
    }

    /// Whether the primary can be asked.
    pub(crate) fn is_in_cluster(&self) -> bool {
        let is_open = self.cluster.with(|connection| connection.is_open());
        is_open.unwrap_or(false)
    }

    /// Closes what is shared, and leaves.
    pub(crate) fn leave_cluster(&self) {
        let held = self.cluster.with(|connection| connection.held());
        for key in held.unwrap_or_default() {
            if let Some(socket) = self.find(key) {
                socket.close_if_open();
            }
        }
        let was_open = self.cluster.with(Connection::leave);
        if was_open == Some(true) {
            self.alarm.wake_by_ref();
        }
    }

    /// What to call when the channel has ended.
    pub(crate) fn call_after_cluster(&self, callback: impl FnOnce() + 'static) {
        drop(self.cluster.callback.replace(Some(Box::new(callback))));
    }

    /// Does what the primary has said.
    pub(super) fn hear_primary(&self) {
        while let Some(Some(said)) = self.cluster.with(Connection::hear) {
            match said {
                Said::Answer { asked, outcome } => self.take_bind(&asked, outcome),
                Said::Disconnect => self.leave_cluster(),
                Said::Lost => {
                    self.cluster.is_lost.set(true);
                    self.turns.ask();
                }
            }
        }
    }

    /// Tells that the channel has ended, when everything else has been told; whether there was somebody to tell.
    pub(super) fn tell_parting(&self) -> bool {
        let callback = if self.cluster.is_lost.replace(false) {
            self.cluster.callback.take()
        } else {
            None
        };
        callback.map(|callback| callback()).is_some()
    }

    /// Tells the primary that a socket listens, if it is shared.
    pub(super) fn tell_listening(&self, socket: &Socket) {
        if let Some(serial) = socket.known_serial() {
            self.cluster.with(|connection| connection.listening(serial));
        }
    }

    /// Tells the primary that a socket was closed, if it is shared.
    pub(super) fn tell_closed(&self, socket: &Socket) {
        if let Some(serial) = socket.known_serial() {
            self.cluster.with(|connection| connection.close(serial));
        }
    }

    /// Asks the primary for the socket of a bind; whether this is a worker at all.
    pub(super) fn ask_primary(
        &self,
        socket: &Socket,
        rare: &mut Option<Box<Rare>>,
        request: &BindRequest,
    ) -> bool {
        if !self.is_worker() {
            return false;
        }
        let key = SocketKey {
            place: self.attach(socket),
            serial: State::serial(rare, || self.next_serial()),
        };
        let is_answered = self.cluster.with(|connection| connection.ask(key, request));
        if is_answered == Some(true) {
            self.alarm.wake_by_ref();
        }
        true
    }

    /// The primary has answered a bind.
    fn take_bind(&self, asked: &Asked, outcome: Result<Granted, Errno>) {
        let socket = self.find(asked.socket).filter(|socket| {
            let state = socket.0.state.borrow();
            !state.core.is_closed() && state.core.bind_state() == BindState::Binding
        });
        match (socket, outcome) {
            (Some(socket), Ok(granted)) => self.move_in(&socket, asked, granted),
            (Some(socket), Err(errno)) => {
                let error = refusal(&asked.request, errno);
                self.end_bind(&socket, |state| state.core.handle_bind(Err(error.into())));
            }
            // Closed while asking: nobody is told.
            (None, Ok(granted)) => {
                drop(granted.descriptor);
                self.cluster
                    .with(|connection| connection.decline(asked, granted.share));
            }
            (None, Err(_)) => {}
        }
    }

    fn move_in(&self, socket: &Socket, asked: &Asked, granted: Granted) {
        let request = &asked.request;
        let opened =
            OsSocket::from_descriptor(granted.descriptor).and_then(|os| Opened::new(os, request));
        let is_bound = self.end_bind(socket, |state| match opened {
            Ok(opened) => move_in(&mut state.core, &mut state.os, opened, request),
            Err(error) => state.core.handle_bind(Err(error)),
        });
        self.cluster.with(|connection| {
            if is_bound {
                connection.hold(asked, granted.share);
            } else {
                connection.decline(asked, granted.share);
            }
        });
        if is_bound {
            self.opened(socket);
        }
    }

    /// Binds a new socket to a system socket, within the call.
    pub(crate) fn adopt(&self, socket: &Socket, os: OsSocket) -> Result<(), Error> {
        let options = BindOptions::default().fd(os.as_raw_fd()).exclusive(true);
        let mut state = socket.0.state.borrow_mut();
        let state_mut = &mut *state;
        state_mut.core.bind(options)?;
        if let Some(Action::Bind(request)) = state_mut.core.poll_action() {
            match Opened::new(os, &request) {
                Ok(opened) => move_in(&mut state_mut.core, &mut state_mut.os, opened, &request)?,
                Err(error) => state_mut.core.handle_bind(Err(error))?,
            }
        }
        drop(state);
        self.opened(socket);
        self.schedule(socket);
        self.tell_now(socket);
        Ok(())
    }

    /// Ends a bind; whether the socket is bound.
    fn end_bind(
        &self,
        socket: &Socket,
        end: impl FnOnce(&mut State) -> Result<(), CoreError<'static>>,
    ) -> bool {
        let mut state = socket.0.state.borrow_mut();
        let is_told = !state.core.answers_within_call();
        let result = end(&mut state);
        if let Err(error) = result
            && !is_told
        {
            // Of a descriptor, the core takes the call for the one that tells. Here it has returned.
            state.core.handle_failure(Operation::Bind, error);
        }
        drop(state);
        self.schedule(socket);
        result.is_ok()
    }
}

/// Node's error of a bind that the primary has refused.
fn refusal(request: &BindRequest, errno: Errno) -> SystemError<'static> {
    if request.fd.is_some() {
        return SystemError::new(Syscall::Open, errno);
    }
    let Endpoint { address, port, .. } = Endpoint::new(request.address, request.port);
    SystemError::at(Syscall::Bind, errno, ErrorAddress::Ip(address), port)
}
