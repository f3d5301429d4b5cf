//! Turns: what a socket's calls have left to do, and the event that comes of it.

use core::sync::atomic::Ordering;

use anydgram_core::{
    Address, BindState, Errno, Event as CoreEvent, Family, LookupToken, Operation, Syscall,
    SystemError,
};

use super::place::Place;
use super::turns::Turn;
use super::{LookupKey, Shared, SocketKey};
use crate::error::Error;
use crate::event::Event;
use crate::lookup::immediate;
use crate::socket::{Happened, SCHEDULED, Socket};
use crate::step::{Question, Step, step};

/// How many turns are taken before datagrams have their chance again.
const TURNS_IN_A_ROW: usize = 1_024;

/// What came of carrying a socket's actions out.
#[derive(Default)]
pub(crate) struct Advanced {
    was_connected: bool,
    /// The failure that is the call's result.
    pub(crate) claimed: Option<Error>,
}

impl Advanced {
    fn claim(&mut self, error: Error) {
        self.claimed.get_or_insert(error);
    }
}

/// How far the bind of a socket was.
struct Before {
    was_binding: bool,
    told_binds: u16,
}

impl Before {
    fn of(socket: &Socket) -> Self {
        let state = socket.0.state.borrow();
        Self {
            was_binding: state.core.bind_state() == BindState::Binding,
            told_binds: socket.0.told_binds.get(),
        }
    }

    /// Whether it has ended since, and nobody has been told: an answer within an answer may have done so.
    fn has_bind_ended(&self, socket: &Socket) -> bool {
        let now = Self::of(socket);
        self.was_binding && !now.was_binding && self.told_binds == now.told_binds
    }
}

impl Shared {
    /// Asks for a turn of a socket.
    pub(crate) fn schedule(&self, socket: &Socket) {
        if self.has_ended.get() {
            socket.abandon();
        } else if !socket.0.marks.replace(SCHEDULED, true) {
            self.attach(socket);
            self.turns.push(Turn::Udp(socket.clone()));
        }
    }

    /// Whether nobody has asked for anything that is done by [`take_turns`](Self::take_turns).
    #[inline]
    pub(super) fn is_quiet(&self) -> bool {
        !self.turns.is_asked_for() && !self.aborted.is_any.load(Ordering::Acquire)
    }

    /// Takes turns until none is asked for, there have been many, or an error is left unhandled.
    ///
    /// Bounded because a turn can ask for the next: a callback of `send_with` that sends again must not keep datagrams
    /// out for ever.
    #[inline]
    pub(super) fn take_turns(&self) -> Result<(), Error> {
        if self.is_quiet() {
            Ok(())
        } else {
            self.take_all_turns()
        }
    }

    #[inline(never)]
    fn take_all_turns(&self) -> Result<(), Error> {
        for _ in 0..TURNS_IN_A_ROW {
            if let Some(error) = self.unhandled.take() {
                return Err(*error);
            }
            // In Node an abort closes within its call: before everything that was asked for.
            self.take_aborts();
            let turn = self.turns.pop();
            match turn {
                None if self.tell_parting() => {}
                None => {
                    self.turns.end_asking();
                    return Ok(());
                }
                Some(Turn::Udp(socket)) => self.take_turn(&socket),
                Some(Turn::Unix(socket)) => self.take_unix_turn(&socket),
            }
        }
        Ok(())
    }

    fn take_turn(&self, socket: &Socket) {
        socket.0.marks.set(SCHEDULED, false);
        let was_connected = self.advance(socket, None).was_connected;
        self.watch(socket);
        // The event of a connect comes a turn after it, as in Node.
        let is_told = was_connected || self.tell(socket);
        // Nothing comes after `close`.
        if is_told && !socket.is_finished() {
            self.schedule(socket);
        } else {
            self.detach_if_idle(socket);
        }
    }

    /// Does what a socket has to do at once, and tells the end of a bind within it.
    ///
    /// A lookup of the application that answers within its call makes `bind` end within its own, as in Node.
    pub(crate) fn advance_now(&self, socket: &Socket) {
        let before = Before::of(socket);
        self.advance_from(socket, &before);
    }

    /// Takes the answer of an application's own lookup.
    pub(crate) fn answer_now(
        &self,
        socket: &Socket,
        token: LookupToken,
        outcome: Result<Address, Errno>,
    ) {
        let before = Before::of(socket);
        socket.answer_lookup(token, outcome);
        self.advance_from(socket, &before);
    }

    /// Tells the socket's next event within a call.
    pub(crate) fn tell_now(&self, socket: &Socket) {
        self.tell(socket);
    }

    fn advance_from(&self, socket: &Socket, before: &Before) {
        self.advance(socket, None);
        if before.has_bind_ended(socket) {
            self.tell(socket);
        }
        self.schedule(socket);
    }

    /// Carries out all actions and sends what waits. What fails of `claim`, the operation of a call, is that call's
    /// result; the rest is told by event.
    pub(crate) fn advance(&self, socket: &Socket, claim: Option<Operation>) -> Advanced {
        if self.has_ended.get() {
            socket.abandon();
            return Advanced::default();
        }
        socket.sync_block_lists();
        let claims_failure = match claim {
            Some(Operation::Bind | Operation::Connect) => true,
            // A membership binds the socket first.
            Some(Operation::Membership) => {
                socket.0.state.borrow().core.bind_state() != BindState::Bound
            }
            _ => false,
        };
        let mut advanced = Advanced::default();
        while let Some(next) = self.step(socket) {
            match next {
                Step::Done => {}
                Step::Connected => advanced.was_connected = true,
                Step::Opened => self.opened(socket),
                Step::LookUp {
                    token,
                    host,
                    family,
                } => self.look_up(socket, token, &host, family),
                Step::Failed { error, .. } if claims_failure => advanced.claim(error.into()),
                Step::Failed { .. } => {}
                Step::Refused { operation, error } if claim == Some(operation) => {
                    advanced.claim(error.into());
                }
                Step::Refused { operation, error } => {
                    let mut state = socket.0.state.borrow_mut();
                    state.core.handle_failure(operation, error);
                }
                Step::Closed(os) => {
                    self.close(socket, os);
                    self.tell_closed(socket);
                    socket.count_alive();
                }
            }
        }
        self.flush(socket);
        advanced
    }

    fn step(&self, socket: &Socket) -> Option<Step> {
        let mut state = socket.0.state.borrow_mut();
        let state = &mut *state;
        let mut place = Place {
            os: &mut state.os,
            rare: &mut state.rare,
            shared: self,
            socket,
        };
        step(&mut state.core, &mut place)
    }

    /// Tells the socket's next event; whether there was one.
    fn tell(&self, socket: &Socket) -> bool {
        let Some(happened) = socket.next_event() else {
            return false;
        };
        match happened {
            Happened::Listening => {
                socket.count_told_bind();
                socket.emit_event(&Event::Listening);
                self.tell_listening(socket);
                socket.expect_connect();
            }
            Happened::Connect => {
                socket.forget_connect();
                socket.emit_event(&Event::Connect);
            }
            Happened::Drained => {
                socket.emit_event(&Event::Drain);
            }
            Happened::Sent { callback, result } => {
                if let Some(callback) = callback {
                    callback(result);
                }
            }
            Happened::Error { operation, error } => self.tell_error(socket, operation, error),
            Happened::Close => {
                socket.forget_signal();
                socket.emit_event(&Event::Close);
                self.detach(socket);
            }
        }
        true
    }

    fn tell_error(&self, socket: &Socket, operation: Operation, error: Error) {
        if operation == Operation::Bind {
            socket.count_told_bind();
            socket.forget_bind_callback();
            socket.forget_connect_of_bind();
        }
        if operation == Operation::Connect
            && let Some(callback) = socket.take_connect_callback()
        {
            callback(Err(error));
            return;
        }
        socket.emit_error(error);
    }

    fn look_up(&self, socket: &Socket, token: LookupToken, host: &Question, family: Family) {
        if let Some(lookup) = socket.own_lookup() {
            lookup(&question_text(host), family, socket.reply(token));
            return;
        }
        let name = match host {
            Question::Numeric(address) => return socket.answer_lookup(token, Ok(*address)),
            Question::Name(name) => name,
        };
        if let Some(address) = immediate(name) {
            return socket.answer_lookup(token, Ok(address));
        }
        let key = SocketKey {
            place: self.attach(socket),
            serial: socket.serial(),
        };
        match self
            .resolver
            .look_up(LookupKey { socket: key, token }, name, family)
        {
            Ok(()) => self.lookups.set(self.lookups.get().saturating_add(1)),
            // The core has checked the name.
            Err(_) => socket.answer_lookup(token, Err(Errno::ENOTFOUND)),
        }
    }

    /// Refuses a descriptor that one of the loop's sockets has.
    pub(crate) fn check_unknown(&self, fd: i32) -> Result<(), Error> {
        let is_known = self.sockets.borrow().iter().any(|socket| socket.has_fd(fd));
        if is_known {
            return Err(SystemError::new(Syscall::Open, Errno::EEXIST).into());
        }
        Ok(())
    }

    /// The socket's place in the loop.
    pub(crate) fn attach(&self, socket: &Socket) -> usize {
        socket.0.place.get().unwrap_or_else(|| {
            let place = self.sockets.borrow_mut().insert(socket.clone());
            socket.0.place.set(Some(place));
            place
        })
    }

    fn detach(&self, socket: &Socket) {
        if let Some(place) = socket.0.place.take() {
            let removed = self.sockets.borrow_mut().remove(place);
            // Outside of the borrow: this may be the last handle of the socket and of its listeners.
            drop(removed);
        }
    }

    /// Lets go of a socket with which nothing can happen by itself, so that it ends with its last handle.
    fn detach_if_idle(&self, socket: &Socket) {
        if !socket.0.marks.has(SCHEDULED) && socket.is_idle() {
            self.detach(socket);
        }
    }
}

fn question_text(host: &Question) -> String {
    match host {
        Question::Name(name) => name.to_string(),
        Question::Numeric(address) => crate::interfaces::Zoned(*address).to_string(),
    }
}

impl Socket {
    /// The core's next event, in the form in which the loop tells it.
    fn next_event(&self) -> Option<Happened> {
        let mut state = self.0.state.borrow_mut();
        let state = &mut *state;
        Some(match state.core.poll_event()? {
            CoreEvent::Listening => Happened::Listening,
            CoreEvent::Connect => Happened::Connect,
            CoreEvent::Sent { token, result } => Happened::Sent {
                result: result.map_err(Error::from),
                callback: state.take_sent(token),
            },
            CoreEvent::Drained => Happened::Drained,
            CoreEvent::Error { operation, error } => {
                let error = Error::from(error);
                let error = state.name_host(operation, error);
                Happened::Error { operation, error }
            }
            CoreEvent::Close => Happened::Close,
            // Messages come from `handle_datagram` only.
            CoreEvent::Message(_) | _ => return None,
        })
    }
}
