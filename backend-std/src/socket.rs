//! The socket handle of the event loop: Node's `dgram.Socket` with Rust's types.
//!
//! Calls go to the core first, which checks them; what has to happen within the call is carried out at once, the
//! rest is left to a turn of the event loop. One concern each in the files below this one.

mod bind;
mod connect;
mod listeners;
mod lookup;
mod membership;
mod options;
mod place;
mod rare;
mod send;
mod send_many;
mod state;

use core::cell::{Cell, RefCell};
use core::fmt;

use alloc::rc::Rc;

use anydgram_core::{BindState, Operation, RecvMeta, Socket as CoreSocket, Stats};

pub use lookup::LookupReply;

use crate::backlog::Backlog;
use crate::emitter::{Emitter, EventName};
use crate::error::Error;
use crate::event::Listener;
use crate::event_loop::{Shared, SocketKey};
use crate::marks::{Mark, Marks};
use crate::options::SocketOptions;
use crate::send_calls::SendCallback;
use crate::sys::OsSocket;
use place::Place;
pub(crate) use rare::Rare;

/// A datagram socket with listeners, on the thread of its [`EventLoop`](crate::EventLoop). Clones are the same socket.
///
/// An open socket lives as long as its loop; dropping its handles does not close it. A listener gets the socket it
/// belongs to, and had better not own a clone of it: the two would keep each other.
///
/// Node: `dgram.Socket`
#[derive(Clone)]
pub struct Socket(pub(crate) Rc<Inner>);

pub(crate) struct Inner {
    pub(crate) state: RefCell<State>,
    emitter: Emitter<Listener>,
    shared: Rc<Shared>,
    /// The place in the loop, while the loop has to know the socket.
    pub(crate) place: Place,
    /// How many binds have been told to have ended.
    pub(crate) told_binds: Cell<u16>,
    pub(crate) marks: Marks,
    pub(crate) backlog: Backlog,
}

/// What changes; never borrowed while the application's code runs.
pub(crate) struct State {
    pub(crate) core: CoreSocket<'static>,
    pub(crate) os: Option<OsSocket>,
    pub(crate) rare: Option<Box<Rare>>,
}

/// Does not keep the loop running while it is open.
const UNREFERENCED: Mark = Mark::new(0);
/// Counts among the sockets that keep the loop running.
const ALIVE: Mark = Mark::new(1);
/// Its turn is to come.
pub(crate) const SCHEDULED: Mark = Mark::new(2);
/// The system tells of it.
pub(crate) const WATCHED: Mark = Mark::new(3);
/// It may have datagrams.
pub(crate) const READABLE: Mark = Mark::new(4);

/// An event of the core, ready to be told.
pub(crate) enum Happened {
    Listening,
    Connect,
    Sent {
        callback: Option<SendCallback>,
        result: Result<usize, Error>,
    },
    Drained,
    Error {
        operation: Operation,
        error: Error,
    },
    Close,
}

impl Socket {
    pub(crate) fn create(shared: &Rc<Shared>, options: SocketOptions) -> Self {
        Self::create_with(shared, options, None)
    }

    pub(crate) fn create_with(
        shared: &Rc<Shared>,
        mut options: SocketOptions,
        listener: Option<Listener>,
    ) -> Self {
        let state = State {
            core: CoreSocket::with_heap(options.core, options.limits),
            os: None,
            rare: Rare::new(&mut options),
        };
        let socket = Self(Rc::new(Inner {
            state: RefCell::new(state),
            emitter: Emitter::new(),
            shared: Rc::clone(shared),
            place: Place::default(),
            told_binds: Cell::new(0),
            marks: Marks::new(),
            backlog: Backlog::default(),
        }));
        if let Some(listener) = listener {
            socket.on_listener(EventName::Message, &listener);
        }
        if let Some(signal) = options.signal {
            socket.obey(&signal);
        }
        socket
    }

    /// Closes the socket. Sends that have not left complete with `ECANCELED`, memberships are released, nothing is
    /// received any more; `close` follows.
    ///
    /// While a bind is under way and calls wait for it, the socket closes when the bind has ended.
    ///
    /// # Errors
    /// `ERR_SOCKET_DGRAM_NOT_RUNNING` if it has been closed before.
    ///
    /// Node: `socket.close`
    pub fn close(&self) -> Result<(), Error> {
        self.0.state.borrow_mut().core.close()?;
        self.0.shared.advance(self, None);
        self.0.shared.schedule(self);
        Ok(())
    }

    /// Closes the socket, and has `callback` called with its `close` event: it is a listener of that event even if
    /// the call fails, as in Node.
    ///
    /// # Errors
    /// As [`close`](Self::close).
    ///
    /// Node: `socket.close(callback)`
    pub fn close_with(&self, callback: impl Fn(&Self) + 'static) -> Result<(), Error> {
        self.on(EventName::Close, move |socket, _| callback(socket));
        self.close()
    }

    /// Keeps the event loop running while the socket is open; so it is by default.
    ///
    /// Node: `socket.ref`
    #[doc(alias = "ref")]
    #[expect(
        clippy::must_use_candidate,
        reason = "returns the socket for chaining, as in Node"
    )]
    pub fn reference(&self) -> &Self {
        self.0.marks.set(UNREFERENCED, false);
        self.count_alive();
        self
    }

    /// Lets the event loop end while the socket is open.
    ///
    /// Node: `socket.unref`
    #[doc(alias = "unref")]
    #[expect(
        clippy::must_use_candidate,
        reason = "returns the socket for chaining, as in Node"
    )]
    pub fn unreference(&self) -> &Self {
        self.0.marks.set(UNREFERENCED, true);
        self.count_alive();
        self
    }

    /// What has been counted since the socket was created: datagrams, drops by reason, failures.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.state.borrow().core.stats()
    }

    /// A number that no other socket of the loop has.
    pub(crate) fn serial(&self) -> u64 {
        let rare = &mut self.0.state.borrow_mut().rare;
        State::serial(rare, || self.0.shared.next_serial())
    }

    /// That number, if somebody has asked for it.
    pub(crate) fn known_serial(&self) -> Option<u64> {
        self.0.state.borrow().known_serial()
    }

    pub(crate) fn close_if_open(&self) {
        if !self.0.state.borrow().core.is_closed() && self.close().is_err() {
            log::debug!("the socket was closed meanwhile");
        }
    }

    pub(crate) fn count_told_bind(&self) {
        let told = &self.0.told_binds;
        told.set(told.get().wrapping_add(1));
    }

    pub(crate) fn forget_signal(&self) {
        let mut state = self.0.state.borrow_mut();
        let registration = state.rare.as_mut().and_then(|rare| rare.signal.take());
        drop(state);
        drop(registration);
    }

    /// Tells the loop whether this socket keeps it running.
    pub(crate) fn count_alive(&self) {
        let is_referenced = !self.0.marks.has(UNREFERENCED);
        let is_alive = is_referenced && self.0.state.borrow().os.is_some();
        if self.0.marks.replace(ALIVE, is_alive) != is_alive {
            self.0.shared.count_alive(is_alive);
        }
    }

    /// Whether the socket is closed and everybody has been told.
    pub(crate) fn is_finished(&self) -> bool {
        self.0.state.borrow().core.is_finished()
    }

    /// Whether nothing can happen with the socket until it is called.
    pub(crate) fn is_idle(&self) -> bool {
        let state = self.0.state.borrow();
        // An abort finds the socket by its place.
        let has_signal = state
            .rare
            .as_ref()
            .is_some_and(|rare| rare.signal.is_some());
        !has_signal
            && state.os.is_none()
            && state.core.bind_state() != BindState::Binding
            && !state.core.is_ready()
    }

    /// Gives the core the block lists as they are now.
    pub(crate) fn sync_block_lists(&self) {
        let mut state = self.0.state.borrow_mut();
        let state = &mut *state;
        if let Some(rare) = &mut state.rare {
            rare.sync_block_lists(&mut state.core);
        }
    }

    /// Whether a datagram is for the application.
    #[inline]
    pub(crate) fn takes(&self, meta: &RecvMeta, data: &[u8]) -> bool {
        let mut state = self.0.state.borrow_mut();
        let State { core, rare, .. } = &mut *state;
        if let Some(rare) = rare {
            rare.sync_block_lists(core);
        }
        core.handle_datagram(meta, data).is_some()
    }

    /// The loop has ended: the socket is closed without further ado, and says so from now on.
    pub(crate) fn abandon(&self) {
        self.forget_signal();
        self.0.place.set(None);
        let mut state = self.0.state.borrow_mut();
        if state.core.close().is_err() {
            log::debug!("the socket was closed already");
        }
        let (os, rare) = (state.os.take(), state.take_rare());
        drop(state);
        drop(os);
        drop(rare);
        self.remove_all(None);
    }

    /// Whether the socket has this descriptor.
    pub(crate) fn has_fd(&self, fd: i32) -> bool {
        cfg_if::cfg_if! {
            if #[cfg(unix)] {
                self.raw_fd() == Some(fd)
            } else {
                let _: i32 = fd;
                false
            }
        }
    }

    fn obey(&self, signal: &crate::AbortSignal) {
        let key = SocketKey {
            place: self.0.shared.attach(self),
            serial: self.serial(),
        };
        match signal.register(self.0.shared.abort_waker(key)) {
            Some(registration) => {
                self.0.state.borrow_mut().rare_mut().signal = Some(registration);
            }
            None => self.close_if_open(),
        }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.state.try_borrow();
        let core = state.as_ref().map(|state| &state.core);
        f.debug_struct("Socket")
            .field("core", &core.ok())
            .field("listeners", &self.0.emitter)
            .finish_non_exhaustive()
    }
}
