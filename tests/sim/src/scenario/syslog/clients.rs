//! Clients by handlers: one that is connected, and one that is not, which is bound, and takes a new socket now and then.

use alloc::rc::Rc;

use anydgram_core::{
    BindState, ConnectState, Event, Instant, SendToken, UnixDatagram, UnixMessage,
};

use super::book::{Book, Line};
use super::{LOG, PERIOD};
use crate::unix::{UnixHandler, UnixHost, UnixId, UnixStart};

/// Logs line by line, each when the one before has left or been refused.
pub(super) struct Client {
    number: u8,
    life: u32,
    book: Rc<Book>,
    socket: UnixId,
    next: u32,
    under_way: Option<(SendToken, Line)>,
    wakes_at: Instant,
}

impl Client {
    pub(super) fn start(start: &mut UnixStart<'_>, number: u8, book: Rc<Book>) -> Self {
        let socket = start.host.open();
        Self {
            number,
            life: start.boots,
            book,
            socket,
            next: 0,
            under_way: None,
            wakes_at: start.now,
        }
    }

    const fn is_connected(&self) -> bool {
        self.number == 1
    }

    /// Logs a line, or does what has to be done before.
    fn work(&mut self, host: &mut UnixHost) {
        let is_connected = self.is_connected();
        let Some(socket) = host.get_mut(self.socket) else {
            self.socket = host.open();
            return;
        };
        if is_connected && socket.connect_state() == ConnectState::Disconnected {
            // A failure is told, and it is tried again.
            socket.connect(LOG).ok();
        } else if !is_connected && socket.bind_state() == BindState::Unbound {
            let name = format!("/run/client{}", self.number);
            socket.bind(name.as_str()).ok();
        } else if self.under_way.is_none() {
            let line = Line {
                client: self.number,
                life: self.life,
                number: self.next,
            };
            let bytes = line.bytes();
            let mut datagram = UnixDatagram::new(&bytes[..]);
            if !is_connected {
                datagram = datagram.to(LOG);
            }
            if let Ok(token) = socket.send(datagram) {
                self.next += 1;
                self.under_way = Some((token, line));
            }
        }
    }
}

impl UnixHandler for Client {
    fn handle(&mut self, host: &mut UnixHost, id: UnixId, event: Event<'_>) {
        let Event::Sent { token, result } = event else {
            return;
        };
        let Some((_, line)) = self.under_way.take_if(|(known, _)| *known == token) else {
            return;
        };
        self.book.tell(line, result.is_ok());
        let Some(socket) = host.get_mut(id) else {
            return;
        };
        if result.is_err() && self.is_connected() {
            // The logger that it had may be gone.
            socket.disconnect().ok();
        } else if !self.is_connected() && line.number % 4 == 3 {
            socket.close().ok();
        }
    }

    /// An answer, which says nothing new.
    fn message(&mut self, _: &mut UnixHost, _: UnixId, _: UnixMessage<'_>) {}

    fn wake_at(&self) -> Option<Instant> {
        (!self.book.is_done_with(self.number)).then_some(self.wakes_at)
    }

    fn wake(&mut self, host: &mut UnixHost, now: Instant) {
        self.wakes_at = now.saturating_add(PERIOD);
        self.work(host);
    }
}
