//! What goes into a trace: values in the notation of scenarios, addresses and ports as symbols.

use anydgram_core::dynamic::{BytesKind, Object, Value};
use serde_json::{Map, Value as Json, json};

use super::Interpreter;
use crate::backend::ERROR_MONITOR;
use crate::bytes;
use crate::errors;

/// The members of an error that programs look at, in the order of a trace.
const ERROR_KEYS: [&str; 8] = [
    "code", "message", "errno", "syscall", "hostname", "address", "port", "info",
];

impl Interpreter {
    /// A value as a trace shows it.
    pub(super) fn encode(&self, value: &Value) -> Json {
        self.learn();
        self.encoded(value)
    }

    /// What was thrown: the members of an error, or any other value.
    pub(super) fn encode_thrown(&self, value: &Value) -> Json {
        self.learn();
        if let Value::Object(object) = value
            && errors::is_error(object)
        {
            return self.error(object);
        }
        self.encoded(value)
    }

    /// A tracing listener was called.
    pub(super) fn heard(&self, owner: &str, event: &str, args: &[Value]) {
        let mut members = Map::new();
        members.insert("event".into(), event.into());
        let encoded: Vec<Json> = args.iter().map(|arg| self.encode(arg)).collect();
        match (event, args) {
            ("message", [Value::Bytes(bytes), _]) => {
                members.insert("data".into(), bytes::describe(&bytes.bytes));
                members.insert("from".into(), encoded.get(1).cloned().unwrap_or_default());
            }
            ("error", [Value::Object(object)]) if errors::is_error(object) => {
                members.insert("error".into(), self.error(object));
            }
            (_, []) => {}
            _ => {
                members.insert("args".into(), encoded.into());
            }
        }
        self.line(Some(owner), members.into());
    }

    fn encoded(&self, value: &Value) -> Json {
        match value {
            Value::Undefined => json!({ "$undefined": true }),
            Value::Null => Json::Null,
            Value::Bool(value) => (*value).into(),
            Value::Number(number) => encode_number(*number),
            Value::BigInt(digits) => json!({ "$bigint": digits }),
            Value::String(text) => self.symbols.borrow().text(text).into(),
            Value::Symbol(description) if description == ERROR_MONITOR => {
                json!({ "$errorMonitor": true })
            }
            Value::Symbol(description) => json!({ "$symbol": description }),
            Value::Bytes(view) if [BytesKind::Buffer, BytesKind::Uint8].contains(&view.kind) => {
                json!({ "$bytes": bytes::describe(&view.bytes) })
            }
            Value::Bytes(view) => json!({ "$instance": view.kind.name() }),
            Value::Array(items) => items.iter().map(|item| self.encoded(item)).collect(),
            Value::Object(object) => self.encode_object(object),
            Value::Function(function) => self.functions.borrow().shown(function.id),
            Value::BlockList(_) => json!({ "$instance": "BlockList" }),
            Value::AbortSignal(_) => json!({ "$instance": "AbortSignal" }),
        }
    }

    fn encode_object(&self, object: &Object) -> Json {
        if errors::is_error(object) {
            return json!({ "$error": self.error(object) });
        }
        match object.class.as_deref() {
            None | Some("Object") => {
                let members = object.entries.iter();
                let members = members.map(|(key, value)| (key.clone(), self.member(key, value)));
                Json::Object(members.collect())
            }
            Some(class) => json!({ "$instance": class }),
        }
    }

    fn error(&self, object: &Object) -> Json {
        let mut shape = Map::new();
        shape.insert("name".into(), object.class.as_deref().into());
        for key in ERROR_KEYS {
            if let Some(value) = object.get(key) {
                shape.insert(key.into(), self.member(key, value));
            }
        }
        shape.into()
    }

    fn member(&self, key: &str, value: &Value) -> Json {
        if let ("port", Value::Number(port)) = (key, value)
            && let Some(symbol) = self.symbols.borrow().port(*port)
        {
            return symbol.into();
        }
        self.encoded(value)
    }
}

/// JSON has no word for what is not finite, nor for negative zero.
#[expect(
    clippy::cast_possible_truncation,
    reason = "whole numbers below 2^53 are exact"
)]
fn encode_number(number: f64) -> Json {
    if number == 0.0 && number.is_sign_negative() {
        return json!({ "$number": "-0" });
    }
    if number.is_nan() {
        return json!({ "$number": "NaN" });
    }
    if number.is_infinite() {
        let text = if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        return json!({ "$number": text });
    }
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        return (number as i64).into();
    }
    number.into()
}
