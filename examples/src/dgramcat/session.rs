//! What listening and sending share: printing, failing and closing, each once.

use std::io::{self, Stdout};

use anydgram_core::{Endpoint, Error, Family, Message, Socket};

use super::facts::Facts;
use super::interfaces::{Interfaces, error_text};
use super::printer::{Place, Printer};
use super::{Failure, complain};

/// One socket's run.
pub(super) struct Session<'i> {
    printer: Printer<Stdout>,
    interfaces: &'i dyn Interfaces,
    /// Tells all that is known of datagrams.
    is_verbose: bool,
    has_failed: bool,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Open,
    Closing,
    Closed,
}

impl<'i> Session<'i> {
    pub(super) const fn new(
        printer: Printer<Stdout>,
        interfaces: &'i dyn Interfaces,
        is_verbose: bool,
    ) -> Self {
        Self {
            printer,
            interfaces,
            is_verbose,
            has_failed: false,
            stage: Stage::Open,
        }
    }

    pub(super) const fn is_json(&self) -> bool {
        self.printer.is_json()
    }

    /// Whether the end has begun, and what still happens is of no interest.
    pub(super) fn is_closing(&self) -> bool {
        self.stage != Stage::Open
    }

    /// Whether nothing happens any more.
    pub(super) fn is_closed(&self) -> bool {
        self.stage == Stage::Closed
    }

    pub(super) fn listening(&mut self, socket: &mut Socket<'_>) {
        match socket.address() {
            Ok(own) => {
                let text = self.interfaces.address_text(own.address);
                let outcome = self.printer.listening(place(&text, own));
                self.printed(socket, outcome);
            }
            Err(error) => self.fail(socket, &error),
        }
    }

    pub(super) fn message(&mut self, socket: &mut Socket<'_>, message: &Message<'_>) {
        let sender = message.meta.sender;
        let sender = sender.unwrap_or_else(|| (Family::V4.wildcard(), 0).into());
        let text = self.interfaces.address_text(sender.address);
        let facts = self
            .is_verbose
            .then(|| Facts::new(message, self.interfaces));
        let place = place(&text, sender);
        let outcome = self.printer.message(place, message.data, facts.as_ref());
        self.printed(socket, outcome);
    }

    pub(super) fn sent(&mut self, socket: &mut Socket<'_>, len: usize) {
        let outcome = self.printer.sent(len);
        self.printed(socket, outcome);
    }

    pub(super) fn closed(&mut self) {
        self.stage = Stage::Closed;
        let outcome = self.printer.close();
        self.note(outcome);
    }

    /// Reports an error, and goes on.
    pub(super) fn report(&mut self, socket: &mut Socket<'_>, error: &Error<'_>) {
        self.has_failed = true;
        let text = error_text(self.interfaces, error);
        complain(&text);
        let outcome = self.printer.error(error.code(), &text);
        self.printed(socket, outcome);
    }

    /// Reports an error, and ends.
    pub(super) fn fail(&mut self, socket: &mut Socket<'_>, error: &Error<'_>) {
        if !self.is_closing() {
            self.report(socket, error);
            self.close(socket);
        }
    }

    /// Says why less came than was asked for.
    pub(super) fn disappoint(&mut self, text: &str) {
        self.has_failed = true;
        complain(&format!("dgramcat: {text}"));
    }

    pub(super) fn close(&mut self, socket: &mut Socket<'_>) {
        if self.is_closing() {
            return;
        }
        self.stage = Stage::Closing;
        if let Err(misuse) = socket.close() {
            self.report(socket, &misuse.into());
        }
    }

    /// How the run has ended.
    pub(super) const fn result(&self) -> Result<(), Failure> {
        if self.has_failed {
            Err(Failure::Reported)
        } else {
            Ok(())
        }
    }

    /// When nobody reads any more (`dgramcat … | head`), that is the end, too.
    fn printed(&mut self, socket: &mut Socket<'_>, outcome: io::Result<()>) {
        if outcome.is_err() {
            self.close(socket);
        }
        self.note(outcome);
    }

    fn note(&mut self, outcome: io::Result<()>) {
        if let Err(error) = outcome
            && error.kind() != io::ErrorKind::BrokenPipe
            && !self.has_failed
        {
            self.disappoint(&format!("standard output: {error}"));
        }
    }
}

fn place(address: &str, endpoint: Endpoint) -> Place<'_> {
    Place {
        address,
        port: Some((endpoint.address.family().name(), endpoint.port)),
    }
}
