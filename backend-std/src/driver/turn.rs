//! Turns: what a socket has to do, the event that comes of it, and its datagrams.

use anydgram_core::{
    Errno, Event, Family, Handler, Instant, Operation, Socket as CoreSocket, SocketId, Sockets,
    Syscall, SystemError,
};

use super::{Driver, LookupKey, TURNS};
use crate::errno;
use crate::lookup::immediate;
use crate::step::{Question, Step, flush, step};
use crate::sys::batch::{BATCH, Flow};

impl Driver {
    /// Takes turns until none is asked for, or there were too many; whether there were.
    pub(super) fn take_turns<H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> bool {
        for _ in 0..TURNS {
            let Some(id) = sockets.poll_ready() else {
                return false;
            };
            self.take_turn(now, id, sockets, handler);
        }
        true
    }

    /// Takes the datagrams of one socket, up to its budget; whether something is left to do for others.
    pub(super) fn read<H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        id: SocketId,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> bool {
        let mut has_more = false;
        let mut budget = BATCH;
        while budget > 0 {
            let Some(os) = self.table.os(id) else {
                return has_more;
            };
            let filled = self.pool.fill(os, budget);
            let Some(core) = sockets.poll_mut(id) else {
                self.table.close(id, None);
                return has_more;
            };
            let messages = match filled {
                Ok(filled) => {
                    has_more = self.tell(now, id, sockets, handler);
                    if filled.is_drained {
                        return has_more;
                    }
                    filled.messages
                }
                Err(Errno::EAGAIN | Errno::EINTR) => return has_more,
                Err(errno) => {
                    let error = SystemError::new(Syscall::RecvMsg, errno);
                    core.handle_failure(Operation::Receive, error);
                    self.ask_for_turn(id, sockets);
                    has_more = self.take_turns(now, sockets, handler);
                    1
                }
            };
            budget = budget.saturating_sub(messages);
        }
        self.table.read_later(id);
        has_more
    }

    /// Tells the datagrams that have been taken, with all turns between two of them; whether there were too many turns.
    ///
    /// The handler may close the socket, which drops the rest and counts it, or remove it, which drops the rest: either
    /// would have been dropped in the system.
    fn tell<H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        id: SocketId,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> bool {
        let mut has_more = false;
        loop {
            let is_over = self.pool.each(|meta, data| {
                let Some(core) = sockets.poll_mut(id) else {
                    return Flow::Stop;
                };
                if let Some(message) = core.handle_datagram(meta, data) {
                    handler.handle(sockets, id, Event::Message(message));
                }
                // A datagram alone leaves nothing to do; what the handler has called is ready.
                if sockets.has_ready() {
                    Flow::Stop
                } else {
                    Flow::GoOn
                }
            });
            if sockets.has_ready() {
                has_more = self.take_turns(now, sockets, handler);
            }
            if is_over || sockets.poll_mut(id).is_none() {
                break;
            }
        }
        if sockets.poll_mut(id).is_none() {
            self.table.close(id, None);
        }
        has_more
    }

    fn take_turn<H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        id: SocketId,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) {
        let Some(core) = sockets.poll_mut(id) else {
            return;
        };
        let was_connected = self.advance(now, id, core);
        // The event of a connect comes a turn after it, as in Node.
        if !was_connected {
            let Some(event) = core.poll_event() else {
                return;
            };
            if let Some(event) = event.detach(&mut self.name) {
                handler.handle(sockets, id, event);
            }
        }
        self.ask_for_turn(id, sockets);
    }

    /// Asks for another turn of a socket that may have more to do.
    fn ask_for_turn(&mut self, id: SocketId, sockets: &mut Sockets<'_, '_>) {
        if sockets.get_mut(id).is_none() {
            self.table.close(id, None);
        }
    }

    /// Carries out all actions and sends what waits; whether the socket was connected.
    fn advance(&mut self, now: Instant, id: SocketId, core: &mut CoreSocket<'_>) -> bool {
        let mut was_connected = false;
        while let Some(next) = step(core, self.table.os_mut(id)) {
            match next {
                Step::Done => {}
                Step::Opened => {
                    if let Err(error) = self.table.opened(id) {
                        let error = SystemError::new(Syscall::RecvMsg, errno::from_io(&error));
                        core.handle_failure(Operation::Receive, error);
                    }
                }
                Step::Connected => was_connected = true,
                Step::LookUp {
                    token,
                    host,
                    family,
                } => self.look_up(LookupKey { id, token }, core, &host, family),
                Step::Refused { operation, error } => core.handle_failure(operation, error),
                Step::Failed {
                    operation,
                    error,
                    is_told,
                } => {
                    if operation == Operation::Bind {
                        // Of a rebind, an older one may be open.
                        self.table.close(id, None);
                    }
                    if !is_told {
                        core.handle_failure(operation, error);
                    }
                }
                Step::Closed(os) => self.table.close(id, os),
            }
        }
        if self.table.may_ask(id) {
            let full = flush(core, self.table.os(id));
            self.table.asked(now, id, full);
        }
        was_connected
    }

    fn look_up(
        &mut self,
        key: LookupKey,
        core: &mut CoreSocket<'_>,
        host: &Question,
        family: Family,
    ) {
        let answer = |core: &mut CoreSocket<'_>, outcome| core.handle_lookup(key.token, outcome);
        let name = match host {
            Question::Numeric(address) => return answer(core, Ok(*address)),
            Question::Name(name) => name,
        };
        if let Some(address) = immediate(name) {
            return answer(core, Ok(address));
        }
        match self.resolver.look_up(key, name, family) {
            Ok(()) => self.lookups = self.lookups.saturating_add(1),
            // The core has checked the name.
            Err(_) => answer(core, Err(Errno::ENOTFOUND)),
        }
    }
}
