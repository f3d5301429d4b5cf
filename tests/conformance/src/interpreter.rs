//! Runs the steps of a scenario against a backend.
//!
//! Steps follow each other without a pause. What the interpreter itself defers (answers of scripted lookups, settled
//! promises, warnings) and what the backend defers happens at the next step that waits.

mod calls;
mod decode;
mod encode;
mod lookups;
mod promises;
mod waiting;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::{Rc, Weak};
use core::cell::{OnceCell, RefCell};
use std::io;

use anydgram_core::dynamic::Value;
use serde_json::{Value as Json, json};

use crate::backend::{Backend, Script, SocketId};
use crate::functions::{Function, Functions};
use crate::mistake::Mistake;
use crate::scenario::Scenario;
use crate::step::Step;
use crate::symbols::Symbols;
use crate::trace::{Line, Trace};
use lookups::Question;

/// Something to be done when the current step is over.
type Task = Box<dyn FnOnce(&Interpreter)>;

/// Descriptors that the process has inherited, by their names.
pub type Descriptors = Vec<(String, i32)>;

/// One run of a scenario.
pub(crate) struct Interpreter {
    backend: OnceCell<Box<dyn Backend>>,
    descriptors: Descriptors,
    trace: RefCell<Trace>,
    symbols: RefCell<Symbols>,
    functions: RefCell<Functions>,
    /// Sockets by name; a later one takes over an earlier one's name.
    sockets: RefCell<Vec<(String, SocketId)>>,
    /// Buffers with an identity.
    buffers: RefCell<BTreeMap<String, Value>>,
    /// Block lists and signals; a position is an id.
    block_lists: RefCell<Vec<String>>,
    signals: RefCell<Vec<String>>,
    /// Questions that wait for an `answer` step.
    questions: RefCell<Vec<Question>>,
    /// What Node does in the next tick.
    deferred: RefCell<VecDeque<Task>>,
    /// What Node does as a microtask: when all ticks are over.
    deferred_more: RefCell<VecDeque<Task>>,
    /// The first mistake found inside of a callback.
    mistake: RefCell<Option<Mistake>>,
}

/// What a run yields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The trace.
    pub lines: Vec<Line>,
    /// Whether a wait was in vain.
    pub has_waited_in_vain: bool,
}

/// Runs a scenario on the backend that `start` starts.
///
/// # Errors
/// Mistakes of the scenario, and a machine on which the backend cannot start.
pub fn run(
    scenario: &Scenario,
    descriptors: Descriptors,
    start: impl FnOnce(&Scenario, Weak<dyn Script>) -> io::Result<Box<dyn Backend>>,
) -> Result<Outcome, Mistake> {
    let interpreter = Rc::new(Interpreter::new(descriptors));
    let script: Weak<dyn Script> = Rc::<Interpreter>::downgrade(&interpreter);
    let backend = start(scenario, script)
        .map_err(|error| Mistake::new(format!("the backend cannot start: {error}")))?;
    let is_first = interpreter.backend.set(backend).is_ok();
    debug_assert!(is_first, "an interpreter has one backend");
    interpreter.run(scenario)
}

impl Interpreter {
    fn new(descriptors: Descriptors) -> Self {
        Self {
            backend: OnceCell::new(),
            descriptors,
            trace: RefCell::default(),
            symbols: RefCell::default(),
            functions: RefCell::default(),
            sockets: RefCell::default(),
            buffers: RefCell::default(),
            block_lists: RefCell::default(),
            signals: RefCell::default(),
            questions: RefCell::default(),
            deferred: RefCell::default(),
            deferred_more: RefCell::default(),
            mistake: RefCell::default(),
        }
    }

    fn backend(&self) -> &dyn Backend {
        let backend = self.backend.get().expect("it is set before a run");
        backend.as_ref()
    }

    fn run(&self, scenario: &Scenario) -> Result<Outcome, Mistake> {
        let mut taken = Vec::new();
        for label in &scenario.free_ports {
            let port = self.backend().free_port(&taken);
            let port = port.ok_or_else(|| Mistake::new("no free port found"))?;
            taken.push(port);
            self.symbols.borrow_mut().reserve(label, port);
        }
        for step in &scenario.steps {
            self.step(step)?;
            self.check()?;
        }
        self.settle();
        self.check()?;
        let (lines, has_waited_in_vain) = self.trace.borrow_mut().end();
        Ok(Outcome {
            lines,
            has_waited_in_vain,
        })
    }

    /// Mistakes inside of callbacks come to light here.
    fn check(&self) -> Result<(), Mistake> {
        self.mistake.borrow_mut().take().map_or(Ok(()), Err)
    }

    fn step(&self, step: &Step) -> Result<(), Mistake> {
        self.learn();
        match step {
            Step::Create {
                socket,
                host,
                is_new,
                args,
                events,
                label,
            } => {
                let call = if *is_new {
                    "new Socket"
                } else {
                    "createSocket"
                };
                let head = Head::new(call, label.as_deref());
                self.create(socket, *host, (&head, args), events)?;
            }
            Step::Call {
                socket,
                method,
                args,
                label,
            } => self.call_method(socket, &Head::new(method, label.as_deref()), args)?,
            Step::Get { socket, property } => self.get(socket, property)?,
            Step::Wait { wanted, count } => self.wait(wanted, *count),
            Step::Settle => self.settle(),
            Step::Idle => self.idle(),
            Step::Abort(signal) => self.backend().abort(self.signal(signal)),
            Step::BlockList { list, rules } => self.block(list, rules)?,
            Step::Answer { lookup, question } => self.answer(lookup, *question)?,
            Step::Mutate { buffer, at, bytes } => self.mutate(buffer, *at, bytes)?,
            // Handled where the steps of a callback are taken.
            Step::Throw => {}
        }
        Ok(())
    }

    /// Takes the steps of a callback, up to one that throws.
    fn nested_steps(&self, steps: &[Step]) {
        for step in steps {
            if matches!(step, Step::Throw) {
                return;
            }
            if let Err(mistake) = self.step(step) {
                self.note(mistake);
                return;
            }
        }
    }

    fn note(&self, mistake: Mistake) {
        self.mistake.borrow_mut().get_or_insert(mistake);
    }

    fn defer(&self, task: impl FnOnce(&Self) + 'static) {
        self.deferred.borrow_mut().push_back(Box::new(task));
    }

    fn defer_more(&self, task: impl FnOnce(&Self) + 'static) {
        self.deferred_more.borrow_mut().push_back(Box::new(task));
    }

    fn line(&self, socket: Option<&str>, members: Json) {
        self.trace.borrow_mut().add(socket, members);
    }

    /// Learns the ports that sockets have got meanwhile, so that the next lines can name them.
    fn learn(&self) {
        let sockets = self.sockets.borrow().clone();
        for (name, socket) in sockets {
            if let Some(port) = self.backend().port(socket) {
                self.symbols.borrow_mut().learn(&name, port);
            }
        }
    }

    fn socket(&self, name: &str) -> Result<SocketId, Mistake> {
        let sockets = self.sockets.borrow();
        let socket = sockets.iter().find(|(known, _)| known == name);
        let socket = socket.map(|(_, socket)| *socket);
        socket.ok_or_else(|| Mistake::new(format!("no socket \"{name}\"")))
    }

    fn name_of(&self, socket: SocketId) -> Option<String> {
        let sockets = self.sockets.borrow();
        let found = sockets.iter().find(|(_, known)| *known == socket);
        found.map(|(name, _)| name.clone())
    }
}

impl Script for Interpreter {
    fn call(&self, function: u64, args: &[Value]) {
        let found = self.functions.borrow().get(function);
        match found.as_deref() {
            Some(Function::Listener { event, owner }) => self.heard(owner, event, args),
            Some(Function::Callback {
                label,
                owner,
                steps,
                times,
                runs,
            }) => {
                let args: Vec<Json> = args.iter().map(|arg| self.encode(arg)).collect();
                self.line(Some(owner), json!({ "callback": label, "args": args }));
                runs.set(runs.get() + 1);
                if runs.get() <= *times {
                    self.nested_steps(steps);
                }
            }
            Some(Function::Internal(action)) => action(self, args),
            Some(Function::Lookup { label, .. }) => {
                self.note(Mistake::new(format!(
                    "lookup \"{label}\" was called as a listener"
                )));
            }
            None => self.note(Mistake::new(format!("no function {function}"))),
        }
    }

    fn ask(
        &self,
        lookup: u64,
        host: &str,
        family: anydgram_core::Family,
        reply: crate::backend::Reply,
    ) {
        let found = self.functions.borrow().get(lookup);
        match found.as_deref() {
            Some(Function::Lookup {
                label,
                owner,
                answers,
                asked,
            }) => {
                let number = if family == anydgram_core::Family::V4 {
                    4
                } else {
                    6
                };
                self.learn();
                let host = self.symbols.borrow().text(host);
                let args = json!([host, number, "callback"]);
                self.line(Some(owner), json!({ "lookup": label, "args": args }));
                let last = answers.len().saturating_sub(1);
                let answer = answers.get(asked.get().min(last)).cloned();
                asked.set(asked.get() + 1);
                self.respond(label, answer.unwrap_or_default(), reply);
            }
            Some(_) | None => self.note(Mistake::new(format!("no lookup {lookup}"))),
        }
    }
}

/// How a line about a call begins.
struct Head<'a> {
    call: &'a str,
    label: Option<&'a str>,
}

impl<'a> Head<'a> {
    const fn new(call: &'a str, label: Option<&'a str>) -> Self {
        Self { call, label }
    }

    /// The line, with what came of the call.
    fn with(&self, key: &str, value: Json) -> Json {
        let mut members = Line::new();
        members.insert("call".into(), self.call.into());
        if let Some(label) = self.label {
            members.insert("as".into(), label.into());
        }
        members.insert(key.into(), value);
        members.into()
    }
}
