//! What a socket's clones share: the core, the system's socket, and the events that nobody has asked for.
//!
//! Invariant: between two calls the core has nothing to do but its send queue, and tells nothing but what is in `events`.

use core::mem;
use core::task::{Context, Poll};

use alloc::collections::VecDeque;
use alloc::sync::{Arc, Weak};

use anydgram_core::{
    BindRequest, Errno, Error as CoreError, Event as CoreEvent, Family, Full, LookupToken, Misuse,
    Operation, SendToken, Socket as CoreSocket, Syscall, SystemError,
};
use tokio::runtime::Handle;

use super::event::Event;
use super::lookup::look_up;
use super::signal::Signal;
use super::unread::Unread;
use super::{Shared, send};
use crate::abort::Registration;
use crate::block_list::BlockLists;
use crate::errno;
use crate::error::Error;
use crate::lookup::immediate;
use crate::options::SocketOptions;
use crate::step::{Home, Question, Step, flush, step};
use crate::sys::OsSocket;
use crate::sys::watched::Watched;

pub(super) struct State {
    pub(super) core: CoreSocket<'static>,
    pub(super) home: Reactor,
    block_lists: BlockLists,
    /// What was received beside what was asked for.
    pub(super) unread: Unread,
    /// What has happened, for `next_event`.
    events: VecDeque<Event>,
    /// A task empties the send queue.
    pub(super) is_flushing: bool,
    signal: Option<Registration>,
    /// What that task, and everybody else who has no room, waits for.
    pub(super) room: Arc<Signal>,
    myself: Weak<Shared>,
    wakes: Wakes,
}

/// Whom a call concerns, besides its caller.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wakes {
    pub(super) news: bool,
    pub(super) room: bool,
    pub(super) readable: bool,
}

/// The system's socket in the reactor of the runtime that it was bound in.
#[derive(Debug, Default)]
pub(super) struct Reactor(Option<(Watched, Handle)>);

impl Reactor {
    pub(super) fn watched(&self) -> Option<&Watched> {
        self.0.as_ref().map(|(watched, _)| watched)
    }

    pub(super) fn parts(&self) -> Option<(&Watched, &Handle)> {
        self.0.as_ref().map(|(watched, runtime)| (watched, runtime))
    }

    pub(super) fn runtime(&self) -> Option<&Handle> {
        self.0.as_ref().map(|(_, runtime)| runtime)
    }
}

impl Home for Reactor {
    fn os(&self) -> Option<&OsSocket> {
        self.watched().map(Watched::os)
    }

    fn move_in(&mut self, os: OsSocket, request: &BindRequest) -> Result<(), SystemError<'static>> {
        match Watched::new(os) {
            Ok(watched) => self.0 = Some((watched, Handle::current())),
            Err((os, error)) => {
                let is_adopted = request.fd.is_some();
                if is_adopted {
                    // It stays the caller's, who may have given it to another socket already.
                    mem::forget(os);
                }
                let syscall = if is_adopted {
                    Syscall::Open
                } else {
                    Syscall::Bind
                };
                return Err(SystemError::new(syscall, errno::from_io(&error)));
            }
        }
        Ok(())
    }

    fn move_out(&mut self) -> Option<OsSocket> {
        let (watched, _runtime) = self.0.take()?;
        Some(watched.into_inner())
    }
}

impl State {
    pub(super) fn new(options: SocketOptions, room: Arc<Signal>) -> Result<Self, Error> {
        if options.lookup.is_some() {
            return Err(SystemError::new(Syscall::GetAddrInfo, Errno::ENOTSUP).into());
        }
        // Only a lookup of the application's own wants to see numeric hosts.
        let core = options.core.look_up_always(false);
        Ok(Self {
            core: CoreSocket::with_heap(core, options.limits),
            home: Reactor::default(),
            block_lists: BlockLists::new(options.receive_block_list, options.send_block_list),
            unread: Unread::default(),
            events: VecDeque::new(),
            is_flushing: false,
            signal: None,
            room,
            myself: Weak::new(),
            wakes: Wakes::default(),
        })
    }

    /// The same in its place.
    pub(super) fn of(self, myself: Weak<Shared>) -> Self {
        Self { myself, ..self }
    }

    pub(super) fn take_wakes(&mut self) -> Wakes {
        mem::take(&mut self.wakes)
    }

    pub(super) fn keep(&mut self, registration: Registration) {
        // It may have been closed meanwhile.
        self.signal = (!self.core.is_closed()).then_some(registration);
    }

    pub(super) fn close_if_open(&mut self) {
        if !self.core.is_closed() && self.call(CoreSocket::close).is_err() {
            log::debug!("closing a socket failed");
        }
    }

    /// One command, and everything that it asks for; what fails of that is the result.
    pub(super) fn call<E: Into<Error>>(
        &mut self,
        command: impl FnOnce(&mut CoreSocket<'static>) -> Result<(), E>,
    ) -> Result<(), Error> {
        self.sync_block_lists();
        let outcome = command(&mut self.core);
        // A command that is refused may have asked for something all the same: `connect_sync` binds.
        let carried_out = self.advance();
        self.pump(None, carried_out.is_err());
        outcome.map_err(Into::into)?;
        carried_out.map_err(Into::into)
    }

    /// As [`call`](Self::call) for a command whose failures belong to nobody: they are events.
    pub(super) fn leave<E: Into<Error>>(
        &mut self,
        command: impl FnOnce(&mut CoreSocket<'static>) -> Result<(), E>,
    ) -> Result<(), Error> {
        self.sync_block_lists();
        let outcome = command(&mut self.core);
        if self.advance().is_err() {
            log::trace!("an event tells why");
        }
        self.pump(None, false);
        outcome.map_err(Into::into)
    }

    /// The next event, `None` after the last.
    pub(super) fn poll_event(&mut self) -> Poll<Option<Event>> {
        match self.events.pop_front() {
            None if !self.core.is_finished() => Poll::Pending,
            event => Poll::Ready(event),
        }
    }

    pub(super) fn has_block_lists(&self) -> bool {
        !self.block_lists.is_empty()
    }

    /// Gives the core the block lists as they are now.
    pub(super) fn sync_block_lists(&mut self) {
        if !self.block_lists.is_empty() {
            self.block_lists.sync(&mut self.core);
        }
    }

    /// Takes the core's events; returns how the send of `token` ended. With `was_returned` the failure of a bind or a
    /// connect is the result of a call, and not told again.
    pub(super) fn pump(
        &mut self,
        token: Option<SendToken>,
        was_returned: bool,
    ) -> Option<Result<usize, Error>> {
        let mut sent = None;
        while let Some(event) = self.core.poll_event() {
            if let CoreEvent::Sent { token: of, result } = event {
                if Some(of) == token {
                    sent = Some(result.map_err(Error::from));
                }
                continue;
            }
            if let CoreEvent::Error { operation, .. } = event
                && was_returned
                && matches!(operation, Operation::Bind | Operation::Connect)
            {
                continue;
            }
            if event == CoreEvent::Close {
                self.signal = None;
                self.wakes.readable = true;
                self.wakes.room = true;
            }
            let Some(event) = Event::from_core(event) else {
                continue;
            };
            if self.events.len() >= EVENTS
                && let Some(Event::Error(lost)) = self.events.pop_front()
            {
                log::warn!("nobody has asked for an error: {lost}");
            }
            self.events.push_back(event);
            self.wakes.news = true;
        }
        sent
    }

    /// Sends what waits in the queue as far as there is room; whether nothing is left, or nothing can be done about it.
    pub(super) fn poll_flush(&mut self) -> Poll<()> {
        let core = &mut self.core;
        let Some((watched, runtime)) = self.home.parts() else {
            // Nothing waits for room any more.
            return self.end_flush();
        };
        let mut full = Some(Full::Memory);
        if self.room.may_ask() {
            full = flush(core, Some(watched.os()));
        }
        if full == Some(Full::Buffer) {
            let waker = self.room.waker();
            let mut context = Context::from_waker(&waker);
            let polled = watched.poll_room(&mut context, |os| {
                full = flush(core, Some(os));
                full.map_or(Ok(()), Err)
            });
            if let Poll::Ready(Err(_)) = polled {
                // The runtime ends, and what waits will wait for ever.
                return Poll::Ready(());
            }
        }
        if let Some(full) = full {
            self.room.wake_later(full, runtime);
            return Poll::Pending;
        }
        self.end_flush()
    }

    /// All has left that waited.
    fn end_flush(&mut self) -> Poll<()> {
        self.is_flushing = false;
        self.wakes.room = true;
        self.pump(None, false);
        Poll::Ready(())
    }

    /// Carries out all actions and begins to send what waits; the first failure.
    fn advance(&mut self) -> Result<(), CoreError<'static>> {
        let mut result = Ok(());
        while let Some(next) = step(&mut self.core, &mut self.home) {
            let outcome = match next {
                Step::Done | Step::Connected | Step::Opened => Ok(()),
                Step::Failed { error, .. } => Err(error),
                Step::Refused { error, .. } => Err(error.into()),
                Step::LookUp {
                    token,
                    host,
                    family,
                } => {
                    self.look_up(token, host, family);
                    Ok(())
                }
                Step::Closed(os) => {
                    drop(os);
                    self.drop_unread();
                    Ok(())
                }
            };
            result = result.and(outcome);
        }
        if !self.is_flushing && self.must_wait() {
            self.is_flushing = true;
            if let Some(runtime) = self.home.runtime() {
                let (shared, room) = (Weak::clone(&self.myself), Arc::clone(&self.room));
                drop(runtime.spawn(send::flush_all(shared, room)));
            }
        }
        result
    }

    /// Begins to send what waits in the queue; whether something is left for when there is room.
    fn must_wait(&mut self) -> bool {
        if !self.room.may_ask() {
            return self.core.send_queue_count() > 0;
        }
        let full = flush(&mut self.core, self.home.os());
        full.inspect(|full| self.note(*full)).is_some()
    }

    /// Notes what was full: if nobody will tell when it is not, nobody asks for a while.
    pub(super) fn note(&self, full: Full) {
        if full == Full::Memory
            && let Some(runtime) = self.home.runtime()
        {
            self.room.wake_later(full, runtime);
        }
    }

    /// Looks a name up for the queue.
    fn look_up(&mut self, token: LookupToken, host: Question, family: Family) {
        let name = match host {
            Question::Numeric(address) => return self.core.handle_lookup(token, Ok(address)),
            Question::Name(name) => name,
        };
        if let Some(address) = immediate(&name) {
            return self.core.handle_lookup(token, Ok(address));
        }
        let Some(runtime) = self.home.runtime() else {
            return self.core.handle_lookup(token, Err(Errno::ECANCELED));
        };
        let shared = Weak::clone(&self.myself);
        let waits = runtime.spawn(async move {
            let outcome = look_up(&name, family).await;
            if let Some(shared) = shared.upgrade() {
                let answered = shared.with(|state| {
                    state.leave(|core| {
                        core.handle_lookup(token, outcome);
                        Ok::<(), Misuse>(())
                    })
                });
                debug_assert!(answered.is_ok(), "an answer is not refused");
            }
        });
        drop(waits);
    }
}

/// How many events are kept for `next_event`.
const EVENTS: usize = 64;
