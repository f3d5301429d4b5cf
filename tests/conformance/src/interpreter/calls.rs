//! Calls: reading their arguments, carrying them out, showing what they return.

use anydgram_core::dynamic::{Call, EventName, Function as Handle, Value, create_socket};
use serde_json::{Value as Json, json};

use super::{Head, Interpreter};
use crate::backend::{EmitterCall, SocketId};
use crate::errors;
use crate::functions::Function;
use crate::mistake::Mistake;

impl Interpreter {
    /// Takes a `create` step.
    pub(super) fn create(
        &self,
        name: &str,
        host: usize,
        (head, args): (&Head<'_>, &[Json]),
        events: &[String],
    ) -> Result<(), Mistake> {
        let args = self.decode_all(args, name)?;
        let created = match create_socket(&args) {
            Ok(call) => self.backend().create(host, &call),
            Err(error) => Err(errors::from_argument(&error)),
        };
        let socket = match created {
            Ok(socket) => socket,
            Err(error) => {
                let error = self.encode_thrown(&error);
                self.line(Some(name), head.with("throws", error));
                return Ok(());
            }
        };
        let mut sockets = self.sockets.borrow_mut();
        match sockets.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = socket,
            None => sockets.push((name.to_owned(), socket)),
        }
        drop(sockets);
        for event in events {
            let function = Function::Listener {
                event: event.clone(),
                owner: name.to_owned(),
            };
            let id = self.functions.borrow_mut().add(function);
            let args = [event.as_str().into(), Handle::new("listener", id).into()];
            self.call_quietly(socket, "on", &args);
        }
        self.line(Some(name), head.with("returns", "socket".into()));
        Ok(())
    }

    /// Takes a `get` step.
    pub(super) fn get(&self, name: &str, property: &str) -> Result<(), Mistake> {
        let socket = self.socket(name)?;
        if property != "type" {
            return Err(Mistake::new(format!("unknown property \"{property}\"")));
        }
        let value = self.backend().socket_type(socket).name();
        self.line(Some(name), json!({ "get": property, "value": value }));
        Ok(())
    }

    /// Takes a `call` step.
    pub(super) fn call_method(
        &self,
        name: &str,
        head: &Head<'_>,
        args: &[Json],
    ) -> Result<(), Mistake> {
        let socket = self.socket(name)?;
        let args = self.decode_all(args, name)?;
        let line = match head.call {
            "@asyncDispose" => {
                self.async_dispose(name, socket);
                head.with("returns", json!({ "$promise": true }))
            }
            "@once" => {
                self.events_once(name, socket, args.first().unwrap_or(&Value::Undefined));
                head.with("returns", json!({ "$promise": true }))
            }
            method => match self.outcome_of(socket, method, &args)? {
                Ok(value) => head.with("returns", self.returned(method, &args, &value)),
                Err(error) => head.with("throws", self.encode_thrown(&error)),
            },
        };
        self.line(Some(name), line);
        for warning in self.backend().take_warnings() {
            let name = name.to_owned();
            self.defer(move |interpreter| {
                let warning = json!({ "name": "MaxListenersExceededWarning", "message": warning });
                interpreter.line(Some(&name), json!({ "warning": warning }));
            });
        }
        Ok(())
    }

    /// A call of the interpreter's own.
    pub(super) fn call_quietly(&self, socket: SocketId, method: &str, args: &[Value]) {
        match self.outcome_of(socket, method, args) {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => self.note(Mistake::new(format!("{method} failed: {error:?}"))),
            Err(mistake) => self.note(mistake),
        }
    }

    fn outcome_of(
        &self,
        socket: SocketId,
        method: &str,
        args: &[Value],
    ) -> Result<Result<Value, Value>, Mistake> {
        if let Some(call) = emitter_call(method, args)? {
            return Ok(self.backend().call_emitter(socket, &call));
        }
        let state = self.backend().state(socket);
        let call = Call::parse(method, &state, args);
        let call = call.ok_or_else(|| Mistake::new(format!("no method {method}")))?;
        Ok(match call {
            Ok(call) => self.backend().call(socket, call),
            Err(error) => Err(errors::from_argument(&error)),
        })
    }

    fn returned(&self, method: &str, args: &[Value], value: &Value) -> Json {
        if CHAINED.contains(&method) {
            return "this".into();
        }
        if RETURN_ARGUMENT.contains(&method) {
            return self.encode(args.first().unwrap_or(&Value::Undefined));
        }
        self.encode(value)
    }
}

/// Methods that return the socket.
const CHAINED: [&str; 13] = [
    "bind",
    "close",
    "ref",
    "unref",
    "on",
    "addListener",
    "once",
    "prependListener",
    "prependOnceListener",
    "off",
    "removeListener",
    "removeAllListeners",
    "setMaxListeners",
];

/// Methods that return their argument as it was given.
const RETURN_ARGUMENT: [&str; 3] = ["setTTL", "setMulticastTTL", "setMulticastLoopback"];

/// Calls of the emitter that the dynamic layer leaves to its owner.
fn emitter_call<'a>(method: &str, args: &'a [Value]) -> Result<Option<EmitterCall<'a>>, Mistake> {
    let event = || event_name(args.first().unwrap_or(&Value::Undefined));
    Ok(Some(match method {
        "emit" => EmitterCall::Emit(event()?, args.get(1..).unwrap_or_default()),
        "listeners" => EmitterCall::Listeners(event()?),
        "rawListeners" => EmitterCall::RawListeners(event()?),
        "listenerCount" => EmitterCall::Count(event()?, args.get(1).and_then(Value::as_function)),
        "eventNames" => EmitterCall::EventNames,
        "removeAllListeners" if args.is_empty() => EmitterCall::RemoveAll(None),
        "removeAllListeners" => EmitterCall::RemoveAll(Some(event()?)),
        "getMaxListeners" => EmitterCall::MaxListeners,
        _ => return Ok(None),
    }))
}

fn event_name(value: &Value) -> Result<EventName<'_>, Mistake> {
    if let Value::Symbol(description) = value {
        return Ok(EventName::Symbol(description));
    }
    value
        .to_text()
        .map(|text| EventName::Text(text.into()))
        .map_err(|error| Mistake::new(error.to_string()))
}
