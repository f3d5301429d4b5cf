//! What listening and sending share: printing, failing and closing, each once.

use core::cell::{Cell, RefCell};
use std::io::{self, Stdout};

use anydgram_std::{Error, Message, Socket};

use super::super::printer::{Place, Printer};
use super::super::{Failure, complain};
use super::interfaces::address_text;

/// One socket's run.
#[derive(Debug)]
pub(super) struct Session {
    printer: RefCell<Printer<Stdout>>,
    has_failed: Cell<bool>,
    is_closing: Cell<bool>,
}

impl Session {
    pub(super) const fn new(printer: Printer<Stdout>) -> Self {
        Self {
            printer: RefCell::new(printer),
            has_failed: Cell::new(false),
            is_closing: Cell::new(false),
        }
    }

    pub(super) fn is_json(&self) -> bool {
        self.printer.borrow().is_json()
    }

    /// Whether the end has begun, and what still happens is of no interest.
    pub(super) const fn is_closing(&self) -> bool {
        self.is_closing.get()
    }

    pub(super) fn listening(&self, socket: &Socket) {
        match socket.address() {
            Ok(own) => self.print(socket, |printer| {
                printer.listening(Place {
                    address: &address_text(own),
                    family: own.address.family().name(),
                    port: own.port,
                })
            }),
            Err(error) => self.fail(socket, &error),
        }
    }

    pub(super) fn message(&self, socket: &Socket, message: &Message<'_>) {
        let sender = message.remote_info();
        self.print(socket, |printer| {
            let place = Place {
                address: &sender.address_text(),
                family: sender.family().name(),
                port: sender.port,
            };
            printer.message(place, message.data)
        });
    }

    pub(super) fn sent(&self, socket: &Socket, len: usize) {
        self.print(socket, |printer| printer.sent(len));
    }

    pub(super) fn closed(&self, socket: &Socket) {
        self.print(socket, Printer::close);
    }

    /// Reports an error, and goes on.
    pub(super) fn report(&self, socket: &Socket, error: &Error) {
        self.has_failed.set(true);
        complain(&error.to_string());
        self.print(socket, |printer| {
            printer.error(error.code(), &error.to_string())
        });
    }

    /// Reports an error, and ends.
    pub(super) fn fail(&self, socket: &Socket, error: &Error) {
        if !self.is_closing() {
            self.report(socket, error);
            self.close(socket);
        }
    }

    /// Says why less came than was asked for.
    pub(super) fn disappoint(&self, text: &str) {
        self.has_failed.set(true);
        complain(&format!("dgramcat: {text}"));
    }

    pub(super) fn close(&self, socket: &Socket) {
        if !self.is_closing.replace(true)
            && let Err(error) = socket.close()
        {
            self.report(socket, &error);
        }
    }

    /// How the run has ended.
    pub(super) const fn result(&self) -> Result<(), Failure> {
        if self.has_failed.get() {
            Err(Failure::Reported)
        } else {
            Ok(())
        }
    }

    /// Prints; when nobody reads any more (`dgramcat … | head`), that is the end, too.
    fn print(&self, socket: &Socket, print: impl FnOnce(&mut Printer<Stdout>) -> io::Result<()>) {
        let outcome = print(&mut self.printer.borrow_mut());
        let Err(error) = outcome else { return };
        if error.kind() != io::ErrorKind::BrokenPipe && !self.has_failed.get() {
            self.disappoint(&format!("standard output: {error}"));
        }
        self.close(socket);
    }
}
