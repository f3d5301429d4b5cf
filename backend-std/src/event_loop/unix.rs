//! Unix sockets in the event loop: their turns, what the system tells of them, and reading.

use core::cell::{Cell, RefCell};
use core::time::Duration;

use alloc::collections::VecDeque;

use anydgram_core::{
    BindState, Errno, Event as CoreEvent, Full, Operation, Syscall, SystemError, UnixMessage,
};
use mio::{Interest, Token};
use slab::Slab;

use super::Shared;
use super::blocked::Blocked;
use super::read::BUDGET;
use super::turns::Turn;
use crate::errno;
use crate::error::Error;
use crate::sys::OsUnixSocket;
use crate::unix::{Flushed, Step, UnixEvent, UnixSocket, flush, step};

/// Room for a datagram: more than Linux lets anybody send by default (`net.core.wmem_default`, 212,992 bytes with overhead).
const BUFFER: usize = 256 * 1024;

/// Marks the tokens of Unix sockets.
const MARK: usize = 1 << (usize::BITS - 2);

/// The loop's Unix sockets.
#[derive(Default)]
pub(super) struct UnixSockets {
    /// Those with which something can happen.
    places: RefCell<Slab<UnixSocket>>,
    /// Those that may have datagrams.
    readable: RefCell<VecDeque<UnixSocket>>,
    /// Those whose peer, or the system, had no room.
    blocked: Blocked<UnixSocket>,
    /// Datagrams are read into it. Taken while a listener runs.
    buffer: Cell<Option<Box<[u8]>>>,
}

/// What a turn has to tell.
enum Happened {
    Event(UnixEvent<'static>),
    Sent(
        Option<crate::send_calls::SendCallback>,
        Result<usize, Error>,
    ),
    Error(Error),
}

impl UnixSockets {
    /// Whether somebody may have datagrams.
    pub(super) fn is_any_readable(&self) -> bool {
        !self.readable.borrow().is_empty()
    }

    /// Whether somebody waits for room.
    pub(super) fn is_any_blocked(&self) -> bool {
        self.blocked.is_any()
    }

    /// How long to wait at most until somebody is to try again.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.blocked.wait()
    }

    /// Ends all of them.
    pub(super) fn abandon(&self) {
        for (_place, socket) in self.places.take() {
            socket.abandon();
        }
        // Outside of the borrows: these may be the last handles.
        drop(self.readable.take());
        self.blocked.forget();
    }
}

impl Shared {
    /// Asks for a turn of the socket.
    pub(crate) fn schedule_unix(&self, socket: &UnixSocket) {
        if self.has_ended.get() {
            socket.abandon();
        } else if !socket.0.is_scheduled.replace(true) {
            self.attach_unix(socket);
            self.turns.push(Turn::Unix(socket.clone()));
        }
    }

    /// Does what is to be done, and tells one event.
    pub(super) fn take_unix_turn(&self, socket: &UnixSocket) {
        socket.0.is_scheduled.set(false);
        if let Some(error) = self.advance_unix(socket) {
            self.emit_unix_error(socket, error);
        }
        if self.tell_unix(socket) {
            self.schedule_unix(socket);
        } else if !socket.0.is_scheduled.get() && socket.is_idle() {
            self.detach_unix(socket);
        }
    }

    /// Does what the socket asks for, and sends what waits; a failure that nobody has been told.
    pub(crate) fn advance_unix(&self, socket: &UnixSocket) -> Option<Error> {
        let mut refused = None;
        let mut state = socket.0.state.borrow_mut();
        let state_mut = &mut *state;
        loop {
            let mut has_acted = false;
            while let Some(step) = step(&mut state_mut.core, state_mut.os.as_mut()) {
                has_acted = true;
                match step {
                    Step::Done => {}
                    Step::Refused(error) => refused = Some(error.into()),
                    Step::Closed => self.close_unix(socket, state_mut.os.take()),
                }
            }
            if !socket.0.backlog.may_ask() {
                break;
            }
            match flush(&mut state_mut.core, state_mut.os.as_ref()) {
                Flushed::Nothing if has_acted => {}
                // A bind or a connect may have waited behind what has left.
                Flushed::Some => {}
                Flushed::Nothing => {
                    self.asked_unix(socket, None);
                    break;
                }
                Flushed::Blocked(full) => {
                    self.asked_unix(socket, Some(full));
                    break;
                }
            }
        }
        drop(state);
        self.watch_unix(socket);
        socket.count_alive();
        refused
    }

    /// Notes what was full when the system was asked.
    pub(crate) fn asked_unix(&self, socket: &UnixSocket, full: Option<Full>) {
        socket.0.backlog.asked(full);
        if full.is_some() {
            self.unix.blocked.add(socket);
        }
    }

    /// Tells the socket's next event; whether there was one.
    fn tell_unix(&self, socket: &UnixSocket) -> bool {
        let Some(happened) = next_event(socket) else {
            return false;
        };
        match happened {
            Happened::Event(event) => {
                socket.emit(&event);
                if matches!(event, UnixEvent::Close) {
                    self.detach_unix(socket);
                }
            }
            Happened::Sent(callback, result) => {
                if let Some(callback) = callback {
                    callback(result);
                }
            }
            Happened::Error(error) => self.emit_unix_error(socket, error),
        }
        true
    }

    /// Emits an error of the socket's own; unhandled, it ends the loop's run.
    fn emit_unix_error(&self, socket: &UnixSocket, error: Error) {
        if !socket.emit(&UnixEvent::Error(&error)) {
            self.leave_unhandled(error);
        }
    }

    /// Has the system tell of datagrams for a bound socket, and of room if one waits for that.
    fn watch_unix(&self, socket: &UnixSocket) {
        let is_bound = socket.bind_state() == BindState::Bound;
        let wanted = match (is_bound, socket.0.backlog.awaits_sign()) {
            (true, true) => Some(Interest::READABLE | Interest::WRITABLE),
            (true, false) => Some(Interest::READABLE),
            (false, true) => Some(Interest::WRITABLE),
            (false, false) => None,
        };
        let watched = socket.0.watched.get();
        if watched == wanted {
            return;
        }
        let token = Token(self.attach_unix(socket) | MARK);
        let mut state = socket.0.state.borrow_mut();
        let Some(os) = state.os.as_mut() else { return };
        let outcome = match (watched, wanted) {
            (None, Some(interest)) => self.registry.register(os, token, interest),
            (Some(_), Some(interest)) => self.registry.reregister(os, token, interest),
            (_, None) => self.registry.deregister(os),
        };
        socket.0.watched.set(wanted);
        if let Err(error) = outcome {
            // It would never be told of a datagram.
            let error = SystemError::new(Syscall::RecvMsg, errno::from_io(&error));
            state.core.handle_failure(Operation::Receive, error);
        }
    }

    /// Closes a system socket, whose file goes with it.
    fn close_unix(&self, socket: &UnixSocket, os: Option<OsUnixSocket>) {
        let Some(mut os) = os else { return };
        socket.0.backlog.forget();
        if socket.0.watched.take().is_some()
            && let Err(error) = self.registry.deregister(&mut os)
        {
            log::debug!("a socket was not watched: {error}");
        }
    }

    /// Notes what the system has told of the socket with this token; whether it is a Unix socket's.
    pub(super) fn note_unix(&self, event: &mio::event::Event) -> bool {
        let Token(token) = event.token();
        if token & MARK == 0 {
            return false;
        }
        let socket = self.unix.places.borrow().get(token & !MARK).cloned();
        if let Some(socket) = socket {
            if event.is_readable() || event.is_error() || event.is_read_closed() {
                self.read_unix_later(&socket);
            }
            if event.is_writable() {
                socket.0.backlog.has_room();
                self.schedule_unix(&socket);
            }
        }
        true
    }

    /// Has those that wait for room try again, if it is time.
    pub(super) fn retry_unix(&self) {
        if self.unix.blocked.is_due() {
            for socket in self.unix.blocked.take_due() {
                self.schedule_unix(&socket);
            }
        }
    }

    fn read_unix_later(&self, socket: &UnixSocket) {
        if !socket.0.is_readable.replace(true) {
            self.unix.readable.borrow_mut().push_back(socket.clone());
        }
    }

    /// Reads every Unix socket that is ready now, once.
    pub(super) fn read_unix(&self) -> Result<(), Error> {
        let ready = self.unix.readable.borrow().len();
        for _ in 0..ready {
            let socket = self.unix.readable.borrow_mut().pop_front();
            let Some(socket) = socket else { break };
            socket.0.is_readable.set(false);
            let buffer = self.unix.buffer.take();
            let mut buffer = buffer.unwrap_or_else(|| vec![0; BUFFER].into_boxed_slice());
            let outcome = self.read_unix_into(&socket, &mut buffer);
            self.unix.buffer.set(Some(buffer));
            outcome?;
        }
        Ok(())
    }

    fn read_unix_into(&self, socket: &UnixSocket, buffer: &mut [u8]) -> Result<(), Error> {
        for _ in 0..BUDGET {
            let received = {
                let state = socket.0.state.borrow();
                state.os.as_ref().map(|os| os.receive(buffer))
            };
            match received {
                None | Some(Err(Errno::EAGAIN)) => return Ok(()),
                Some(Ok(received)) => {
                    let data = buffer.get(..received.len).unwrap_or_default();
                    let message = UnixMessage::new(data, received.sender.address())
                        .of_length(received.wire_len);
                    let mut state = socket.0.state.borrow_mut();
                    let message = state.core.handle_datagram(message);
                    drop(state);
                    if let Some(message) = message {
                        socket.emit(&UnixEvent::Message(message, &received.ancillary));
                    }
                }
                Some(Err(errno)) => {
                    let error = SystemError::new(Syscall::RecvMsg, errno);
                    let mut state = socket.0.state.borrow_mut();
                    state.core.handle_failure(Operation::Receive, error);
                    drop(state);
                    self.schedule_unix(socket);
                }
            }
            if let Err(error) = self.take_turns() {
                self.read_unix_later(socket);
                return Err(error);
            }
        }
        self.read_unix_later(socket);
        Ok(())
    }

    fn attach_unix(&self, socket: &UnixSocket) -> usize {
        socket.0.place.get().unwrap_or_else(|| {
            let place = self.unix.places.borrow_mut().insert(socket.clone());
            socket.0.place.set(Some(place));
            place
        })
    }

    fn detach_unix(&self, socket: &UnixSocket) {
        if let Some(place) = socket.0.place.take() {
            let removed = self.unix.places.borrow_mut().try_remove(place);
            // Outside of the borrow: this may be the last handle of the socket and of its listeners.
            drop(removed);
        }
    }
}

/// The core's next event, in the form in which the loop tells it.
fn next_event(socket: &UnixSocket) -> Option<Happened> {
    let mut state = socket.0.state.borrow_mut();
    let state = &mut *state;
    Some(match state.core.poll_event()? {
        CoreEvent::Listening => Happened::Event(UnixEvent::Listening),
        CoreEvent::Connect => Happened::Event(UnixEvent::Connect),
        CoreEvent::Drained => Happened::Event(UnixEvent::Drain),
        CoreEvent::Close => Happened::Event(UnixEvent::Close),
        CoreEvent::Error { error, .. } => Happened::Error(error.into()),
        CoreEvent::Sent { token, result } => {
            let result = result.map_err(Error::from);
            Happened::Sent(state.sent.take(token), result)
        }
        // Messages come from `handle_datagram` only.
        CoreEvent::Message(_) | _ => return None,
    })
}
