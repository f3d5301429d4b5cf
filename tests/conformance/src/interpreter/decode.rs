//! Arguments: from the notation of scenarios to values.

use core::cell::{Cell, RefCell};

use anydgram_core::dynamic::{Bytes, BytesKind, Function as Handle, Object, Value};
use serde_json::{Map, Value as Json};

use super::Interpreter;
use crate::backend::ERROR_MONITOR;
use crate::bytes;
use crate::errors;
use crate::functions::Function;
use crate::mistake::Mistake;
use crate::step::Step;
use crate::symbols::Expanded;

impl Interpreter {
    pub(super) fn decode_all(&self, args: &[Json], owner: &str) -> Result<Vec<Value>, Mistake> {
        args.iter().map(|arg| self.decode(arg, owner)).collect()
    }

    /// `owner` is the socket whose stream gets the lines of callbacks in this value.
    pub(super) fn decode(&self, json: &Json, owner: &str) -> Result<Value, Mistake> {
        Ok(match json {
            Json::Null => Value::Null,
            Json::Bool(value) => (*value).into(),
            Json::Number(number) => number.as_f64().unwrap_or(f64::NAN).into(),
            Json::String(text) => match self.symbols.borrow().expand(text)? {
                Expanded::Number(port) => port.into(),
                Expanded::Text(text) => text.into(),
            },
            Json::Array(items) => self.decode_all(items, owner)?.into(),
            Json::Object(members) => match members.iter().find(|(key, _)| key.starts_with('$')) {
                Some((key, content)) => self.special(key, content, members, owner)?,
                None => {
                    let mut object = Object::new();
                    for (key, member) in members {
                        object = object.with(key, self.decode(member, owner)?);
                    }
                    object.into()
                }
            },
        })
    }

    fn special(
        &self,
        key: &str,
        content: &Json,
        all: &Map<String, Json>,
        owner: &str,
    ) -> Result<Value, Mistake> {
        let text = content.as_str().unwrap_or_default();
        Ok(match key {
            "$undefined" => Value::Undefined,
            "$number" => number(text)?.into(),
            "$bigint" => Value::BigInt(text.into()),
            "$symbol" => Value::Symbol(text.into()),
            "$text" => self.symbols.borrow().expand_to_text(text)?.into(),
            "$sum" => self.sum(content, owner)?.into(),
            "$list" => {
                let length = all.get("length").and_then(Json::as_u64).unwrap_or(0);
                let item = self.decode(content, owner)?;
                (0..length).map(|_| item.clone()).collect::<Vec<_>>().into()
            }
            "$bytes" => self.bytes(content, all)?,
            "$instance" => self.instance(text, all.get("of"))?,
            "$error" => self.error_of(text, all.get("with"), owner)?,
            "$callback" => self.function(text, || callback(text, all, owner))?,
            "$lookup" => self.function(text, || Ok(lookup(text, all, owner)))?,
            "$blocklist" => Value::BlockList(position(&self.block_lists, text)),
            "$signal" => Value::AbortSignal(self.signal(text)),
            "$fd" => self.descriptor(text)?.into(),
            "$socket" => {
                self.socket(text)?;
                Object::of_class("Socket").into()
            }
            "$errorMonitor" => Value::Symbol(ERROR_MONITOR.into()),
            _ => return Err(Mistake::new(format!("unknown value {key}"))),
        })
    }

    pub(super) fn signal(&self, name: &str) -> u64 {
        position(&self.signals, name)
    }

    pub(super) fn block_list(&self, name: &str) -> u64 {
        position(&self.block_lists, name)
    }

    fn sum(&self, parts: &Json, owner: &str) -> Result<f64, Mistake> {
        let mut sum = 0.0;
        for part in parts.as_array().into_iter().flatten() {
            let Value::Number(number) = self.decode(part, owner)? else {
                return Err(Mistake::new(format!("{part} is no number")));
            };
            sum += number;
        }
        Ok(sum)
    }

    fn bytes(&self, content: &Json, all: &Map<String, Json>) -> Result<Value, Mistake> {
        let name = all.get("name").and_then(Json::as_str);
        if let Some(known) = name.and_then(|name| self.buffers.borrow().get(name).cloned()) {
            return Ok(known);
        }
        let kind = all.get("as").and_then(Json::as_str).unwrap_or("Buffer");
        let kind = BytesKind::parse(kind)
            .ok_or_else(|| Mistake::new(format!("unknown kind of bytes: {kind}")))?;
        let value = Value::from(Bytes::new(kind, bytes::parse(content)?));
        if let Some(name) = name {
            let mut buffers = self.buffers.borrow_mut();
            buffers.insert(name.to_owned(), value.clone());
        }
        Ok(value)
    }

    /// Overwrites bytes of a named buffer: what was sent before is not changed by that.
    pub(super) fn mutate(&self, buffer: &str, at: usize, by: &Json) -> Result<(), Mistake> {
        let by = bytes::parse(by)?;
        let mut buffers = self.buffers.borrow_mut();
        let bytes = match buffers.get_mut(buffer) {
            Some(Value::Bytes(view)) => view.bytes.get_mut(at..at + by.len()),
            _ => None,
        };
        let bytes = bytes.ok_or_else(|| Mistake::new(format!("no such bytes in \"{buffer}\"")))?;
        bytes.copy_from_slice(&by);
        Ok(())
    }

    fn instance(&self, class: &str, of: Option<&Json>) -> Result<Value, Mistake> {
        let object = Object::of_class(class);
        let first = of.and_then(|of| of.get(0));
        Ok(match (class, first) {
            ("Date", None) => object.converting_to(0.0),
            ("String", None) => object.converting_to(""),
            ("Number", None) => object.converting_to(0.0),
            ("Boolean", None) => object.converting_to(false),
            ("Date" | "String" | "Number" | "Boolean", Some(value)) => {
                object.converting_to(self.decode(value, "")?)
            }
            _ => object,
        }
        .into())
    }

    pub(super) fn error_of(
        &self,
        text: &str,
        with: Option<&Json>,
        owner: &str,
    ) -> Result<Value, Mistake> {
        let mut error = errors::plain(text);
        for (key, member) in with.and_then(Json::as_object).into_iter().flatten() {
            error = error.with(key, self.decode(member, owner)?);
        }
        Ok(error.into())
    }

    /// One function per label, so that a later step can remove the listener it added.
    fn function(
        &self,
        label: &str,
        make: impl FnOnce() -> Result<Function, Mistake>,
    ) -> Result<Value, Mistake> {
        let known = self.functions.borrow().find(label);
        let id = match known {
            Some(id) => id,
            None => {
                let function = make()?;
                self.functions.borrow_mut().add(function)
            }
        };
        Ok(Handle::new(label, id).into())
    }

    /// Descriptors of sockets outside of this event loop come from the parent process.
    fn descriptor(&self, kind: &str) -> Result<i32, Mistake> {
        if let Some(name) = kind.strip_prefix("socket:") {
            let descriptor = self.backend().descriptor(self.socket(name)?);
            return descriptor
                .ok_or_else(|| Mistake::new(format!("socket \"{name}\" has no descriptor")));
        }
        match kind {
            "closed" => Ok(1000),
            "file" => crate::descriptors::open_file(),
            _ => {
                let inherited = self.descriptors.iter().find(|(name, _)| name == kind);
                let inherited = inherited.map(|(_, descriptor)| *descriptor);
                inherited.ok_or_else(|| Mistake::new(format!("no descriptor \"{kind}\"")))
            }
        }
    }
}

/// The id of a thing that is known by its name.
fn position(names: &RefCell<Vec<String>>, name: &str) -> u64 {
    let mut names = names.borrow_mut();
    let known = names.iter().position(|known| known == name);
    let position = known.unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    });
    u64::try_from(position).unwrap_or(u64::MAX)
}

fn number(text: &str) -> Result<f64, Mistake> {
    match text {
        "NaN" => Ok(f64::NAN),
        "Infinity" => Ok(f64::INFINITY),
        "-Infinity" => Ok(f64::NEG_INFINITY),
        _ => text
            .parse()
            .map_err(|_| Mistake::new(format!("{text} is no number"))),
    }
}

fn callback(label: &str, all: &Map<String, Json>, owner: &str) -> Result<Function, Mistake> {
    let steps = all.get("steps").and_then(Json::as_array);
    let steps: Result<Vec<Step>, Mistake> = steps
        .into_iter()
        .flatten()
        .map(|step| Step::parse(step, true))
        .collect();
    Ok(Function::Callback {
        label: label.to_owned(),
        owner: owner.to_owned(),
        steps: steps?,
        times: all.get("times").and_then(Json::as_u64).unwrap_or(u64::MAX),
        runs: Cell::new(0),
    })
}

fn lookup(label: &str, all: &Map<String, Json>, owner: &str) -> Function {
    let answers = all.get("answers").and_then(Json::as_array);
    Function::Lookup {
        label: label.to_owned(),
        owner: owner.to_owned(),
        answers: answers.cloned().unwrap_or_default(),
        asked: Cell::new(0),
    }
}
