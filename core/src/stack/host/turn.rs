//! Turns: what the sockets have to do, the events that come of it, and what stays on this host.

use super::receive::Receiver;
use super::{Context, Host};
use crate::event::HostName;
use crate::handler::Handler;
use crate::socket::Socket;
use crate::sockets::{SocketId, Sockets};
use crate::stack::packet::Wire;
use crate::time::Instant;

/// How many events are handed on before the next datagram has its turn.
const TURNS: u32 = 1_024;
/// How many datagrams that stay on this host are delivered in one poll.
const BUDGET: u32 = 32;

impl Host<'_> {
    /// Does everything that is there to do: carries out what the sockets ask for, sends what waits, hands events on to
    /// `handler`, and delivers at most 32 datagrams that stay on this host. Whether something is left to do at once.
    ///
    /// All events that wait are handed on before the next datagram is; only an application that answers each event with
    /// another one cannot keep datagrams out: after 1,024 events the next datagram has its turn.
    pub fn poll<W: Wire + ?Sized, H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        wire: &mut W,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> bool {
        sockets.wake_due(now, handler);
        self.retry(sockets);
        let mut has_more = self.take_turns(now, wire, sockets, handler);
        let mut has_room = false;
        for _ in 0..BUDGET {
            if !self.deliver_local(sockets, handler) {
                break;
            }
            has_room = true;
            has_more = self.take_turns(now, wire, sockets, handler);
        }
        has_more || !self.local.is_empty() || (self.is_blocked && has_room)
    }

    /// Has what waits for room offered again, with the next turns: the wire has room. [`poll`](Self::poll) does so each
    /// time; [`step`](Self::step) only when a datagram that stays on this host has made room for another one.
    pub fn retry(&mut self, sockets: &mut Sockets<'_, '_>) {
        if core::mem::take(&mut self.is_blocked) {
            sockets.list_all(|socket| socket.send_queue_count() > 0);
        }
    }

    /// Does one thing that is there to do: what an application wants to be woken for, the turn of one socket, with one event at most, or the delivery of one datagram
    /// that stays on this host. Whether there was one.
    pub fn step<W: Wire + ?Sized, H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        wire: &mut W,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> bool {
        if sockets.wake_due(now, handler) {
            return true;
        }
        match sockets.poll_ready() {
            Some(id) => {
                self.take_turn(&mut Context { now, wire }, id, sockets, handler);
                true
            }
            None => {
                let is_delivered = self.deliver_local(sockets, handler);
                if is_delivered {
                    self.retry(sockets);
                }
                is_delivered
            }
        }
    }

    /// Takes turns until none is asked for, or there were too many; whether there were. To be called after each datagram
    /// that was received.
    pub fn take_turns<W: Wire + ?Sized, H: Handler + ?Sized>(
        &mut self,
        now: Instant,
        wire: &mut W,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> bool {
        let context = &mut Context { now, wire };
        for _ in 0..TURNS {
            let Some(id) = sockets.poll_ready() else {
                return false;
            };
            self.take_turn(context, id, sockets, handler);
        }
        true
    }

    fn take_turn<W: Wire + ?Sized, H: Handler + ?Sized>(
        &mut self,
        context: &mut Context<'_, W>,
        id: SocketId,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) {
        let Some(socket) = sockets.poll_mut(id) else {
            return;
        };
        let was_connected = self.advance(context, id, socket);
        // The event of a connect comes a turn after it, as in Node.
        if !was_connected {
            if !socket.may_tell() {
                return;
            }
            match socket.poll_whole_event() {
                Ok(Some(event)) => handler.handle(sockets, id, event),
                Err(number) if tell_with_name(id, number, sockets, handler) => {}
                Ok(None) | Err(_) => return,
            }
        }
        // Another turn, of a socket that may have more to do.
        if sockets.get_mut(id).is_none() {
            self.forget(context.wire, id);
        }
    }

    /// Carries out all actions and sends what waits; whether the socket was connected.
    fn advance<W: Wire + ?Sized>(
        &mut self,
        context: &mut Context<'_, W>,
        id: SocketId,
        socket: &mut Socket<'_>,
    ) -> bool {
        let mut was_connected = false;
        // Nearly always, there are only datagrams.
        while socket.may_act() {
            let Some(done) = self.act(context, id, socket) else {
                break;
            };
            was_connected |= done.is_connected;
            if let Some((operation, error)) = done.untold {
                socket.handle_failure(operation, error);
            }
        }
        self.flush(context, id, socket);
        was_connected
    }

    /// Delivers the oldest datagram that stays on this host; whether there was one.
    fn deliver_local<H: Handler + ?Sized>(
        &mut self,
        sockets: &mut Sockets<'_, '_>,
        handler: &mut H,
    ) -> bool {
        let Self {
            ports,
            groups,
            interfaces,
            local,
            drops,
            ..
        } = self;
        let Some(datagram) = local.front() else {
            return false;
        };
        Receiver {
            ports,
            groups,
            interfaces,
            drops,
        }
        .deliver(&datagram, sockets, handler);
        local.pop();
        true
    }
}

/// Hands on the event of an entry, with a copy of its name: the handler may do anything to the socket. Whether there was
/// one.
#[cold]
#[inline(never)]
fn tell_with_name<H: Handler + ?Sized>(
    id: SocketId,
    number: u64,
    sockets: &mut Sockets<'_, '_>,
    handler: &mut H,
) -> bool {
    let mut room = HostName::new();
    let socket = sockets.poll_mut(id);
    let event = socket.and_then(|socket| socket.take_settled(number)?.detach(&mut room));
    let is_there = event.is_some();
    if let Some(event) = event {
        handler.handle(sockets, id, event);
    }
    is_there
}
