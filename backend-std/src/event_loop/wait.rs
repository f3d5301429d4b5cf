//! Waiting: what the system and other threads tell, and to which socket.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::io;

use mio::Events;

use super::{ALARM, CHANNEL, Shared, SocketKey};
use crate::error::Error;
use crate::socket::Socket;

impl Shared {
    /// Waits for the system to tell something, then reads what it told.
    pub(super) fn wait(&self, limit: Option<Duration>) -> Result<(), Error> {
        let is_any_readable = self.reading.is_due() || self.unix.is_any_readable();
        let limit = if is_any_readable || !self.turns.is_empty() {
            Some(Duration::ZERO)
        } else {
            sooner(sooner(limit, self.blocked.wait()), self.unix.wait())
        };
        let Some(mut poll) = self.poll.take() else {
            // The loop is run from within a listener that the loop has called: there is no waiting in there.
            return Ok(());
        };
        self.turns.rest();
        let mut events = self
            .events
            .take()
            .unwrap_or_else(|| Events::with_capacity(256));
        let outcome = poll.poll(&mut events, limit);
        self.poll.set(Some(poll));
        if let Err(error) = outcome
            && error.kind() != io::ErrorKind::Interrupted
        {
            log::warn!("waiting for sockets failed: {error}");
        }
        self.note(&events);
        self.events.set(Some(events));
        self.read_all()?;
        self.read_unix()
    }

    /// Notes what the system has told.
    fn note(&self, events: &Events) {
        for event in events {
            if event.token() == ALARM {
                self.take_answers();
                self.take_aborts();
                self.hear_primary();
                continue;
            }
            if event.token() == CHANNEL {
                self.hear_primary();
                continue;
            }
            if self.note_unix(event) {
                continue;
            }
            let socket = self.sockets.borrow().get(event.token().0).cloned();
            let Some(socket) = socket else { continue };
            if event.is_writable() {
                socket.0.backlog.has_room();
                self.schedule(&socket);
            }
            if event.is_readable() || event.is_error() || event.is_read_closed() {
                self.read_later(socket);
            }
        }
        if self.blocked.is_due() {
            for socket in self.blocked.take_due() {
                self.schedule(&socket);
            }
        }
        self.retry_unix();
    }

    fn take_answers(&self) {
        while let Some(answer) = self.resolver.poll_answer() {
            self.lookups.set(self.lookups.get().saturating_sub(1));
            if let Some(socket) = self.find(answer.key.socket) {
                socket.answer_lookup(answer.key.token, answer.result);
                self.schedule(&socket);
            }
        }
    }

    /// Closes the sockets whose signal has aborted.
    pub(super) fn take_aborts(&self) {
        if !self.aborted.is_any.load(Ordering::Acquire) {
            return;
        }
        self.aborted.is_any.store(false, Ordering::Release);
        let aborted = core::mem::take(&mut *self.aborted.keys());
        for key in aborted {
            if let Some(socket) = self.find(key) {
                socket.close_if_open();
            }
        }
    }

    pub(super) fn find(&self, key: SocketKey) -> Option<Socket> {
        let socket = self.sockets.borrow().get(key.place).cloned()?;
        (socket.known_serial() == Some(key.serial)).then_some(socket)
    }
}

/// The shorter of two limits.
fn sooner(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
