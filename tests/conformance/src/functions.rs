//! The functions of a run, by the ids under which backends know them.

use alloc::rc::Rc;
use core::cell::Cell;

use anydgram_core::dynamic::Value;
use serde_json::{Value as Json, json};

use crate::interpreter::Interpreter;
use crate::step::Step;

/// The id of functions that are not the scenario's.
pub(crate) const INTERNAL: u64 = 0;

/// What calling a function does.
pub(crate) enum Function {
    /// Traces an event.
    Listener { event: String, owner: String },
    /// Traces a call, then takes steps.
    Callback {
        label: String,
        owner: String,
        steps: Vec<Step>,
        /// In how many calls there are steps.
        times: u64,
        runs: Cell<u64>,
    },
    /// Traces a question, then answers it.
    Lookup {
        label: String,
        owner: String,
        answers: Vec<Json>,
        asked: Cell<usize>,
    },
    /// Settles a promise.
    Internal(Box<Action>),
}

/// What a function of the interpreter's own does with its arguments.
pub(crate) type Action = dyn Fn(&Interpreter, &[Value]);

impl Function {
    /// The name under which scenarios speak of it.
    fn label(&self) -> Option<&str> {
        match self {
            Self::Callback { label, .. } | Self::Lookup { label, .. } => Some(label),
            Self::Listener { .. } | Self::Internal(_) => None,
        }
    }

    fn shown(&self) -> Json {
        match self {
            Self::Listener { event, .. } => json!({ "$listener": event }),
            Self::Callback { label, .. } => json!({ "$callback": label }),
            Self::Lookup { label, .. } => json!({ "$lookup": label }),
            Self::Internal(_) => json!({ "$function": "internal" }),
        }
    }
}

/// All functions of a run.
#[derive(Default)]
pub(crate) struct Functions(Vec<Rc<Function>>);

impl Functions {
    /// The id of the function with this label.
    pub(crate) fn find(&self, label: &str) -> Option<u64> {
        let position = self.0.iter().position(|one| one.label() == Some(label))?;
        Some(id(position))
    }

    pub(crate) fn add(&mut self, function: Function) -> u64 {
        self.0.push(Rc::new(function));
        id(self.0.len() - 1)
    }

    pub(crate) fn get(&self, id: u64) -> Option<Rc<Function>> {
        let position = usize::try_from(id.checked_sub(1)?).ok()?;
        self.0.get(position).cloned()
    }

    /// How a trace names a function.
    pub(crate) fn shown(&self, id: u64) -> Json {
        let internal = || json!({ "$function": "internal" });
        self.get(id)
            .map_or_else(internal, |function| function.shown())
    }
}

/// Ids begin behind [`INTERNAL`].
fn id(position: usize) -> u64 {
    u64::try_from(position).map_or(u64::MAX, |position| position + 1)
}
