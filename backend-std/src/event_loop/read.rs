//! Reading: datagrams from ready sockets to their listeners.
//!
//! They are taken from the system in batches and told one by one, each in the pool's memory, with all turns between two
//! of them, as if each had been taken alone. A batch that has begun is finished before another one is taken, also by a
//! loop that a listener runs. What a listener does in the middle of it counts for the rest: of a socket that it closes,
//! the rest is dropped and counted, as it would have been dropped in the system; an `error` that ends the loop leaves the
//! rest for the next run.

use core::cell::{Cell, RefCell};

use alloc::collections::VecDeque;
use alloc::rc::Rc;

use anydgram_core::{Errno, Operation, Syscall, SystemError};

use super::Shared;
use crate::error::Error;
use crate::event::{Event, Message};
use crate::socket::{READABLE, Socket};
use crate::sys::batch::{BATCH, Flow, Pool};

/// How many datagrams a socket may deliver before others have their chance, as in Node.
pub(super) const BUDGET: usize = BATCH;

/// Datagrams on their way to listeners.
#[derive(Default)]
pub(super) struct Reading {
    /// Sockets that may have datagrams.
    readable: RefCell<VecDeque<Socket>>,
    /// What has been taken from the system and not been told yet, and whose it is.
    unread: RefCell<Option<(Socket, Rc<Pool>)>>,
    /// Room that nobody reads into now.
    pool: Cell<Option<Rc<Pool>>>,
}

impl Reading {
    /// Whether there is something to read without the system telling.
    pub(super) fn is_due(&self) -> bool {
        self.unread.borrow().is_some() || !self.readable.borrow().is_empty()
    }

    /// The loop has ended.
    pub(super) fn forget(&self) {
        // Outside of the borrows, as these may be the last handles.
        drop(self.readable.take());
        drop(self.unread.take());
    }

    /// Room that nobody uses: a loop that runs within a listener finds the first one lent.
    fn take_pool(&self) -> Rc<Pool> {
        let pool = self.pool.take().filter(|pool| Rc::strong_count(pool) == 1);
        pool.unwrap_or_else(|| Rc::new(Pool::new()))
    }
}

impl Shared {
    /// Notes that a socket may have datagrams.
    pub(super) fn read_later(&self, socket: Socket) {
        if !socket.0.marks.replace(READABLE, true) {
            self.reading.readable.borrow_mut().push_back(socket);
        }
    }

    /// Forgets what was taken from an earlier system socket of `socket`.
    pub(super) fn forget_unread(&self, socket: &Socket) {
        let is_its = |(of, _): &mut (Socket, Rc<Pool>)| Rc::ptr_eq(&of.0, &socket.0);
        let unread = self.reading.unread.borrow_mut().take_if(is_its);
        drop(unread);
    }

    /// Reads every socket that is ready now, once.
    pub(super) fn read_all(&self) -> Result<(), Error> {
        self.tell_unread()?;
        let ready = self.reading.readable.borrow().len();
        for _ in 0..ready {
            let socket = self.reading.readable.borrow_mut().pop_front();
            let Some(socket) = socket else { break };
            socket.0.marks.set(READABLE, false);
            self.read(&socket)?;
        }
        Ok(())
    }

    /// Reads a socket until it has no more, or others have to have their chance.
    fn read(&self, socket: &Socket) -> Result<(), Error> {
        let mut budget = BUDGET;
        while budget > 0 {
            let mut pool = self.reading.take_pool();
            let filled = {
                let state = socket.0.state.borrow();
                let os = state.os.as_ref();
                os.zip(Rc::get_mut(&mut pool))
                    .map(|(os, pool)| pool.fill(os, budget))
            };
            let Some(filled) = filled else {
                self.reading.pool.set(Some(pool));
                return Ok(());
            };
            match filled {
                Ok(filled) => {
                    budget = budget.saturating_sub(filled.messages);
                    if budget == 0 && !filled.is_drained {
                        // Before they are told: a loop within a listener wants to know, too.
                        self.read_later(socket.clone());
                    }
                    let unread = (socket.clone(), Rc::clone(&pool));
                    *self.reading.unread.borrow_mut() = Some(unread);
                    let told = self.tell_batch(socket, pool);
                    if filled.is_drained || budget == 0 {
                        return told;
                    }
                    if told.is_err() {
                        self.read_later(socket.clone());
                        return told;
                    }
                }
                Err(errno) => {
                    self.reading.pool.set(Some(pool));
                    if matches!(errno, Errno::EAGAIN | Errno::EINTR) {
                        return Ok(());
                    }
                    budget = budget.saturating_sub(1);
                    self.fail(socket, errno);
                    let turned = self.take_turns();
                    if budget == 0 || turned.is_err() {
                        self.read_later(socket.clone());
                    }
                    turned?;
                }
            }
        }
        Ok(())
    }

    /// Tells the datagrams that were taken earlier and have not been told.
    fn tell_unread(&self) -> Result<(), Error> {
        let unread = self.reading.unread.borrow().clone();
        match unread {
            Some((socket, pool)) => self.tell_batch(&socket, pool),
            None => Ok(()),
        }
    }

    /// Tells the datagrams that have been taken, with all turns between two of them.
    fn tell_batch(&self, socket: &Socket, pool: Rc<Pool>) -> Result<(), Error> {
        while !self.tell_run(socket, &pool) {
            self.take_turns()?;
        }
        self.take_turns()?;
        let is_it = |(_, unread): &mut (Socket, Rc<Pool>)| Rc::ptr_eq(unread, &pool);
        let finished = self.reading.unread.borrow_mut().take_if(is_it);
        drop(finished);
        self.reading.pool.set(Some(pool));
        Ok(())
    }

    /// Tells datagrams until there are no more, or something else comes first; whether there are no more.
    ///
    /// Listeners that change are something: those that there are at the beginning hear all that it tells.
    fn tell_run(&self, socket: &Socket, pool: &Pool) -> bool {
        let changes = self.listener_changes.get();
        let listener = socket.sole_listener();
        pool.each(|meta, data| {
            if socket.takes(meta, data) {
                let event = Event::Message(Message { data, meta });
                match &listener {
                    Some(listener) => listener.call(socket, &event),
                    None => {
                        socket.emit_event(&event);
                    }
                }
            }
            if self.is_quiet() && self.listener_changes.get() == changes {
                Flow::GoOn
            } else {
                Flow::Stop
            }
        })
    }

    /// Reports what the system has against reading.
    fn fail(&self, socket: &Socket, errno: Errno) {
        let error = SystemError::new(Syscall::RecvMsg, errno);
        let mut state = socket.0.state.borrow_mut();
        state.core.handle_failure(Operation::Receive, error);
        drop(state);
        self.schedule(socket);
    }
}
