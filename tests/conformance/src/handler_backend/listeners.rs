//! The listeners of one socket.

use core::cell::RefCell;

use anydgram_core::dynamic::{EventName, Function, Value};

use crate::backend::{ERROR_MONITOR, EmitterCall};

#[derive(Clone, Debug)]
struct Listener {
    event: String,
    function: u64,
    is_once: bool,
    /// Of a bind: it goes when the bind fails.
    is_of_bind: bool,
}

/// Functions by the events that they listen to.
#[derive(Debug, Default)]
pub(super) struct Listeners(RefCell<Vec<Listener>>);

/// The text of an event's name.
pub(super) fn name(event: &EventName<'_>) -> String {
    match event {
        EventName::Text(text) => text.clone().into_owned(),
        EventName::Symbol(description) => format!("Symbol({description})"),
    }
}

impl Listeners {
    pub(super) fn add(&self, event: &str, function: u64, is_once: bool, is_of_bind: bool) {
        self.0.borrow_mut().push(Listener {
            event: event.to_owned(),
            function,
            is_once,
            is_of_bind,
        });
    }

    pub(super) fn prepend(&self, event: &str, function: u64, is_once: bool) {
        let listener = Listener {
            event: event.to_owned(),
            function,
            is_once,
            is_of_bind: false,
        };
        self.0.borrow_mut().insert(0, listener);
    }

    /// Removes the listener that was added last.
    pub(super) fn remove(&self, event: &str, function: u64) {
        let mut all = self.0.borrow_mut();
        let is_it = |one: &Listener| one.event == event && one.function == function;
        if let Some(at) = all.iter().rposition(is_it) {
            all.remove(at);
        }
    }

    /// A bind has ended.
    pub(super) fn forget_bind(&self) {
        self.0.borrow_mut().retain(|one| !one.is_of_bind);
    }

    /// The functions to call for an event, in order; those that listen once are gone with it.
    pub(super) fn of(&self, event: &str) -> Vec<(u64, bool)> {
        let all = self.0.borrow();
        let its = all.iter().filter(|one| one.event == event);
        its.map(|one| (one.function, one.is_once)).collect()
    }

    /// How many listen to an event.
    pub(super) fn count(&self, event: &str) -> usize {
        self.of(event).len()
    }

    /// What calls of the emitter can be answered without one.
    pub(super) fn call(&self, call: &EmitterCall<'_>) -> Result<Value, Value> {
        let number = |count: usize| Value::from(u32::try_from(count).unwrap_or(u32::MAX));
        Ok(match call {
            EmitterCall::Emit(..) | EmitterCall::MaxListeners => Value::Undefined,
            EmitterCall::Listeners(event) | EmitterCall::RawListeners(event) => {
                let functions = self.of(&name(event)).into_iter();
                let shown = functions.map(|(function, _)| Function::new("", function).into());
                shown.collect::<Vec<Value>>().into()
            }
            EmitterCall::Count(event, function) => {
                let its = self.of(&name(event));
                let wanted = |one: &&(u64, bool)| function.is_none_or(|wanted| wanted == one.0);
                number(its.iter().filter(wanted).count())
            }
            EmitterCall::EventNames => {
                let mut names: Vec<String> = Vec::new();
                for one in self.0.borrow().iter() {
                    if !names.contains(&one.event) {
                        names.push(one.event.clone());
                    }
                }
                let shown = names.into_iter().map(|name| {
                    if name == format!("Symbol({ERROR_MONITOR})") {
                        Value::Symbol(ERROR_MONITOR.into())
                    } else {
                        name.as_str().into()
                    }
                });
                shown.collect::<Vec<Value>>().into()
            }
            EmitterCall::RemoveAll(event) => {
                let event = event.as_ref().map(name);
                let stays =
                    |one: &Listener| event.as_ref().is_some_and(|event| one.event != *event);
                self.0.borrow_mut().retain(stays);
                Value::Undefined
            }
        })
    }
}
