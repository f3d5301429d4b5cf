//! Promises: `[Symbol.asyncDispose]()` and `events.once()`, made of calls that every backend has.

use alloc::rc::Rc;
use core::cell::Cell;

use anydgram_core::dynamic::{Function as Handle, Value};
use serde_json::json;

use super::Interpreter;
use crate::backend::SocketId;
use crate::functions::Function;

/// What a promise came to.
type Settled = Result<Value, Value>;

impl Interpreter {
    /// Closes the socket; settles with its `close` event, at once if it is closed.
    pub(super) fn async_dispose(&self, owner: &str, socket: SocketId) {
        let owner = owner.to_owned();
        if !self.backend().state(socket).running {
            self.settle_promise(owner, "@asyncDispose", Ok(Value::Undefined));
            return;
        }
        let resolve = self.internal(move |interpreter, _| {
            interpreter.settle_promise(owner.clone(), "@asyncDispose", Ok(Value::Undefined));
        });
        self.call_quietly(socket, "close", &[resolve]);
    }

    /// Settles with the next such event, or is rejected by an `error`.
    pub(super) fn events_once(&self, owner: &str, socket: SocketId, event: &Value) {
        let error_event = Value::from("error");
        let other = Rc::new(Cell::new(Value::Undefined));
        let resolve = {
            let (owner, other) = (owner.to_owned(), Rc::clone(&other));
            let error_event = error_event.clone();
            self.internal(move |interpreter, args| {
                let args = Value::Array(args.to_vec());
                interpreter.call_quietly(socket, "off", &[error_event.clone(), other.take()]);
                interpreter.settle_promise(owner.clone(), "@once", Ok(args));
            })
        };
        self.call_quietly(socket, "once", &[event.clone(), resolve.clone()]);
        if *event == error_event {
            return;
        }
        let (owner, event) = (owner.to_owned(), event.clone());
        let reject = self.internal(move |interpreter, args| {
            let error = args.first().cloned().unwrap_or_default();
            interpreter.call_quietly(socket, "off", &[event.clone(), resolve.clone()]);
            interpreter.settle_promise(owner.clone(), "@once", Err(error));
        });
        other.set(reject.clone());
        self.call_quietly(socket, "once", &[error_event, reject]);
    }

    fn internal(&self, action: impl Fn(&Self, &[Value]) + 'static) -> Value {
        let function = Function::Internal(Box::new(action));
        let id = self.functions.borrow_mut().add(function);
        Handle::new("", id).into()
    }

    fn settle_promise(&self, owner: String, call: &'static str, settled: Settled) {
        self.defer_more(move |interpreter| {
            let members = match settled {
                Ok(value) => json!({ "resolved": call, "value": interpreter.encode(&value) }),
                Err(error) => {
                    json!({ "rejected": call, "error": interpreter.encode_thrown(&error) })
                }
            };
            interpreter.line(Some(&owner), members);
        });
    }
}
