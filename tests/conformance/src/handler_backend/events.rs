//! What happens to sockets, as a scenario's functions are called with it.

use anydgram_conformance_agent::Happened;
use anydgram_core::dynamic::{Object, Value};
use anydgram_core::{Address, Endpoint, Error, ErrorAddress, Operation};

use super::network::Network;
use super::{HandlerBackend, INTERFACES};
use crate::backend::{SocketId, Uncaught};
use crate::errors;

/// What has happened, with everything that functions are called with.
pub(super) enum Owned {
    Listening,
    Connect,
    Message(Vec<Value>),
    Sent(u32, Vec<Value>),
    Drained,
    Error(Operation, Value),
    Close,
}

pub(super) fn owned(happened: Happened<'_>) -> Owned {
    match happened {
        Happened::Listening => Owned::Listening,
        Happened::Connect => Owned::Connect,
        Happened::Message { data, sender } => {
            let from = Object::new()
                .with("address", zoned(sender.address))
                .with("family", sender.address.family().name())
                .with("port", sender.port)
                .with("size", number(data.len()));
            Owned::Message(vec![data.into(), from.into()])
        }
        Happened::Sent { number: of, result } => Owned::Sent(
            of,
            match result {
                Ok(bytes) => vec![Value::Null, number(bytes)],
                Err(error) => vec![thrown(error)],
            },
        ),
        Happened::Error { operation, error } => Owned::Error(operation, thrown(error)),
        Happened::Close => Owned::Close,
        Happened::Drained => Owned::Drained,
        Happened::Asked { .. } => unreachable!("a question is no event"),
    }
}

impl<N: Network + 'static> HandlerBackend<N> {
    /// Calls whom an event concerns.
    pub(super) fn call_listeners(&self, socket: SocketId, happened: Owned) {
        let record = self.record(socket);
        match happened {
            Owned::Listening => {
                record.told_binds.set(record.told_binds.get() + 1);
                self.emit(socket, "listening", &[]);
                record.listeners.forget_bind();
                for callback in record.waiting_connects.take() {
                    record.expect_connect(callback);
                }
            }
            Owned::Connect => {
                record.connects.borrow_mut().pop_front();
                self.emit(socket, "connect", &[]);
            }
            Owned::Message(args) => self.emit(socket, "message", &args),
            Owned::Sent(number, args) => {
                let mut sends = record.sends.borrow_mut();
                let at = sends.iter().position(|(of, _)| *of == number);
                let function = at.map(|at| sends.remove(at).1);
                drop(sends);
                self.call_function(function, &args);
            }
            Owned::Drained => self.emit(socket, "drain", &[]),
            Owned::Error(operation, error) => self.tell_error(socket, operation, error),
            Owned::Close => self.emit(socket, "close", &[]),
        }
    }

    fn tell_error(&self, socket: SocketId, operation: Operation, error: Value) {
        let record = self.record(socket);
        match operation {
            Operation::Connect => {
                let callback = record.connects.borrow_mut().pop_front().flatten();
                if let Some(function) = callback {
                    record.listeners.remove("connect", function);
                    return self.call_function(Some(function), &[error]);
                }
            }
            Operation::Bind => {
                record.told_binds.set(record.told_binds.get() + 1);
                record.listeners.forget_bind();
                record.waiting_connects.borrow_mut().clear();
            }
            // The enum may grow.
            Operation::Send
            | Operation::Receive
            | Operation::Option
            | Operation::Membership
            | _ => {}
        }
        self.emit(
            socket,
            "Symbol(events.errorMonitor)",
            core::slice::from_ref(&error),
        );
        if record.listeners.count("error") == 0 {
            let mut uncaught = self.uncaught.borrow_mut();
            uncaught.push_back(Uncaught::new(Some(socket), error));
        } else {
            self.emit(socket, "error", &[error]);
        }
    }

    /// An emission of the program's own; an `error` that nobody hears is thrown.
    pub(super) fn emit_own(
        &self,
        socket: SocketId,
        event: &str,
        args: &[Value],
    ) -> Result<Value, Value> {
        let is_heard = self.record(socket).listeners.count(event) > 0;
        if event == "error" {
            self.emit(socket, "Symbol(events.errorMonitor)", args);
        }
        self.emit(socket, event, args);
        match args.first() {
            Some(error) if event == "error" && !is_heard => Err(error.clone()),
            _ => Ok(is_heard.into()),
        }
    }

    fn emit(&self, socket: SocketId, event: &str, args: &[Value]) {
        let record = self.record(socket);
        for (function, is_once) in record.listeners.of(event) {
            if is_once {
                record.listeners.remove(event, function);
            }
            self.call_function(Some(function), args);
        }
    }

    fn call_function(&self, function: Option<u64>, args: &[Value]) {
        if let (Some(function), Some(script)) = (function, self.script.upgrade()) {
            script.call(function, args);
        }
    }
}

impl super::Record {
    /// The callback of a connect listens, once.
    pub(super) fn expect_connect(&self, callback: Option<u64>) {
        if let Some(function) = callback {
            self.listeners.add("connect", function, true, false);
        }
        self.connects.borrow_mut().push_back(callback);
    }
}

/// An error as a call throws it.
pub(super) fn thrown(error: Error<'_>) -> Value {
    let mut text = error.to_string();
    for (index, name) in INTERFACES {
        text = text.replace(&format!("%{index}"), &format!("%{name}"));
    }
    errors::from_core(error, &text, |address| match address {
        ErrorAddress::Ip(address) => zoned(address).as_str().into(),
        ErrorAddress::Name(name) => name.into(),
        // The enum may grow.
        ErrorAddress::None | ErrorAddress::Undefined | _ => Value::Undefined,
    })
}

/// An address with its zone by name, as Node shows it.
pub(super) fn zoned(address: Address) -> String {
    let plain = Address::new(address.ip());
    let name = INTERFACES
        .iter()
        .find(|(index, _)| *index == address.scope_id());
    match name {
        Some((_, name)) if address.ip().is_ipv6() && address.is_link_local() => {
            format!("{plain}%{name}")
        }
        Some(_) | None => plain.to_string(),
    }
}

/// An address as Node's `address()` gives it.
pub(super) fn endpoint(endpoint: Endpoint) -> Value {
    Object::new()
        .with("address", zoned(endpoint.address))
        .with("family", endpoint.address.family().name())
        .with("port", endpoint.port)
        .into()
}

/// Counts are small.
pub(super) fn number(count: usize) -> Value {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}
