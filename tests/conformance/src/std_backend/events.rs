//! Events as functions are called with them, and the emitter's own calls.

use alloc::rc::{Rc, Weak};

use anydgram_core::dynamic::{self, Function, Object, Value};
use anydgram_std::{Event, EventName, Listener, Message, Socket, Zoned};

use super::{StdBackend, thrown};
use crate::backend::{ERROR_MONITOR, EmitterCall};
use crate::functions::INTERNAL;

/// What an emission of the program's own carries.
type Carried = Vec<Value>;

impl StdBackend {
    /// The listener of a function.
    pub(super) fn listener(&self, function: u64) -> Listener {
        let mut listeners = self.listeners.borrow_mut();
        let new = || {
            let script = Weak::clone(&self.script);
            let known = Rc::downgrade(&self.listeners);
            Listener::new(move |_, event| {
                let function_of = |listener: &Listener| {
                    let known = known.upgrade();
                    known.map_or(INTERNAL, |known| find(&known.borrow(), listener))
                };
                let args = args_of(event, function_of);
                if let Some(script) = script.upgrade() {
                    script.call(function, &args);
                }
            })
        };
        listeners.entry(function).or_insert_with(new).clone()
    }

    pub(super) fn carry_out_emitter(
        &self,
        socket: &Socket,
        call: &EmitterCall<'_>,
    ) -> Result<Value, Value> {
        Ok(match call {
            EmitterCall::Emit(event, args) => return emit(socket, event, args),
            EmitterCall::Listeners(event) => {
                let listeners = socket.listeners(name(event));
                listeners
                    .iter()
                    .map(|one| self.shown(one))
                    .collect::<Vec<_>>()
                    .into()
            }
            EmitterCall::RawListeners(event) => {
                let listeners = socket.raw_listeners(name(event));
                let shown = listeners.iter().map(|one| self.shown(&one.listener));
                shown.collect::<Vec<_>>().into()
            }
            EmitterCall::Count(event, function) => {
                let listener = function.map(|function| self.listener(function));
                number(socket.listener_count(name(event), listener.as_ref()))
            }
            EmitterCall::EventNames => {
                let names = socket.event_names();
                names.iter().map(name_value).collect::<Vec<_>>().into()
            }
            EmitterCall::RemoveAll(event) => {
                let event = event.as_ref().map(name);
                socket.remove_all(event.as_ref());
                Value::Undefined
            }
            EmitterCall::MaxListeners => number(socket.max_listeners()),
        })
    }

    fn shown(&self, listener: &Listener) -> Value {
        Function::new("", find(&self.listeners.borrow(), listener)).into()
    }
}

fn find(known: &alloc::collections::BTreeMap<u64, Listener>, listener: &Listener) -> u64 {
    let same = known.iter().find(|(_, one)| *one == listener);
    same.map_or(INTERNAL, |(function, _)| *function)
}

/// The event of a name: of the symbols, only one is an event here.
pub(super) fn name(event: &dynamic::EventName<'_>) -> EventName {
    match event {
        dynamic::EventName::Text(text) => EventName::from(&**text),
        dynamic::EventName::Symbol(ERROR_MONITOR) => EventName::ErrorMonitor,
        dynamic::EventName::Symbol(description) => {
            EventName::from(format!("Symbol({description})"))
        }
    }
}

fn name_value(name: &EventName) -> Value {
    match name.text() {
        Some(text) => text.into(),
        None => Value::Symbol(ERROR_MONITOR.into()),
    }
}

/// Counts are small.
pub(super) fn number(count: usize) -> Value {
    u32::try_from(count).unwrap_or(u32::MAX).into()
}

/// An `error` of the program's own that nobody hears is thrown.
fn emit(socket: &Socket, event: &dynamic::EventName<'_>, args: &[Value]) -> Result<Value, Value> {
    let name = name(event);
    let carried: Carried = args.to_vec();
    let event = match (&name, args) {
        (EventName::Listening, []) => Event::Listening,
        (EventName::Connect, []) => Event::Connect,
        (EventName::Close, []) => Event::Close,
        _ => Event::Custom {
            name: &name,
            payload: &carried,
        },
    };
    let is_heard = socket.emit(&event).map_err(|error| thrown(&error))?;
    match (&name, args.first()) {
        (EventName::Error, Some(error)) if !is_heard => Err(error.clone()),
        _ => Ok(is_heard.into()),
    }
}

fn args_of(event: &Event<'_>, function_of: impl Fn(&Listener) -> u64) -> Vec<Value> {
    match event {
        Event::Message(message) => message_args(message),
        Event::Error(error) => vec![thrown(error)],
        Event::NewListener { event, listener } | Event::RemoveListener { event, listener } => {
            let function = Function::new("", function_of(listener));
            vec![name_value(event), function.into()]
        }
        Event::Custom { payload, .. } => payload
            .downcast_ref::<Carried>()
            .cloned()
            .unwrap_or_default(),
        // The enum may grow.
        Event::Listening | Event::Connect | Event::Drain | Event::Close | _ => Vec::new(),
    }
}

fn message_args(message: &Message<'_>) -> Vec<Value> {
    let info = message.remote_info();
    let from = Object::new()
        .with("address", info.address_text())
        .with("family", info.family().name())
        .with("port", info.port)
        .with("size", number(info.size));
    vec![message.data.into(), from.into()]
}

/// An address as Node's `address()` gives it.
pub(super) fn endpoint(endpoint: anydgram_core::Endpoint) -> Value {
    Object::new()
        .with("address", Zoned(endpoint.address).to_string())
        .with("family", endpoint.address.family().name())
        .with("port", endpoint.port)
        .into()
}
