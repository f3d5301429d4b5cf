//! Replays `tests/data/emitter-golden.txt`, which Node wrote (`tests/emitter_oracle.mjs`).

use alloc::collections::{BTreeMap, VecDeque};

use super::*;

#[test]
fn every_recorded_sequence_goes_as_in_node() {
    let mut replayed = 0;
    let (version, sequences) = GOLDEN.split_once('\n').unwrap();
    assert!(version.starts_with("# Node v"), "{version}");
    for sequence in sequences.split("sequence ").skip(1) {
        replay(sequence);
        replayed += 1;
    }
    assert!(replayed >= 480, "{replayed}");
}

fn replay(sequence: &str) {
    let mut lines: VecDeque<_> = sequence.lines().collect();
    let title = lines.pop_front().unwrap();
    let mut scripts = BTreeMap::new();
    while let Some(script) = lines
        .front()
        .and_then(|line| line.strip_prefix("listener "))
    {
        let (name, operations) = script.split_once(": ").unwrap();
        scripts.insert(name, operations.split("; ").collect::<Vec<_>>());
        lines.pop_front();
    }
    let run = Run::new(&scripts);
    let mut done = Vec::new();
    while let Some(line) = lines.pop_front() {
        let operation = line.strip_prefix("do ").expect(title);
        run.execute(operation);
        done.push(line);
        for said in run.log.take() {
            let expected = lines.pop_front();
            let said = format!("= {said}").trim_end().to_string();
            let done = done.join("\n");
            assert_eq!(
                Some(&*said),
                expected.map(str::trim_end),
                "{title}:\n{done}"
            );
        }
    }
}

const GOLDEN: &str = include_str!("../../../tests/data/emitter-golden.txt");

/// A listener of the sequences: a letter, with what it does on its first calls.
struct Scripted<'a> {
    name: &'a str,
    operations: &'a [&'a str],
    calls: Cell<usize>,
}

type Handle<'a> = Rc<Scripted<'a>>;

/// One sequence in execution.
struct Run<'a> {
    emitter: Emitter<Handle<'a>>,
    listeners: BTreeMap<&'a str, Handle<'a>>,
    log: RefCell<Vec<String>>,
}

impl<'a> Owner<Handle<'a>> for Run<'a> {
    fn notify(&self, listener: &Handle<'a>, change: &Change<'_, Handle<'a>>) {
        let line = match change {
            Change::NewListener { event, listener } => {
                format!("newListener {} {}", text(event), listener.name)
            }
            Change::RemoveListener { event, listener } => {
                format!("removeListener {} {}", text(event), raw_name(listener))
            }
        };
        self.call(listener, &line);
    }

    fn warn(&self, warning: &MaxListenersWarning) {
        self.say(format!("warn {warning}"));
    }
}

impl<'a> Run<'a> {
    fn new(scripts: &'a BTreeMap<&str, Vec<&str>>) -> Self {
        let listener = |name| {
            let operations = scripts.get(name).map_or(&[][..], Vec::as_slice);
            let calls = Cell::new(0);
            let scripted = Scripted {
                name,
                operations,
                calls,
            };
            (name, Rc::new(scripted))
        };
        Self {
            emitter: Emitter::new(),
            listeners: ["a", "b", "c", "d"].map(listener).into(),
            log: RefCell::default(),
        }
    }

    fn call(&self, listener: &Handle<'a>, what: &str) {
        self.say(format!("call {} {what}", listener.name));
        if listener.calls.replace(listener.calls.get() + 1) < 2 {
            for operation in listener.operations {
                self.execute(operation);
            }
        }
    }

    fn execute(&self, operation: &str) {
        let mut words = operation.split(' ');
        let verb = words.next().unwrap();
        let argument = words.next();
        let event = argument.map(event_name);
        let listener = words.next().map(|name| Rc::clone(&self.listeners[name]));
        let emitter = &self.emitter;
        match (verb, event, listener) {
            ("on", Some(event), Some(listener)) => emitter.on(self, &event, listener),
            ("once", Some(event), Some(listener)) => emitter.once(self, &event, listener),
            ("prepend", Some(event), Some(listener)) => emitter.prepend(self, &event, listener),
            ("prepend_once", Some(event), Some(listener)) => {
                emitter.prepend_once(self, &event, listener);
            }
            ("off", Some(event), Some(listener)) => emitter.off(self, &event, &listener),
            ("remove_all", event, None) => emitter.remove_all(self, event.as_ref()),
            ("emit", Some(event), None) => self.emit(&event),
            ("max", Some(_), None) => {
                emitter.set_max_listeners(argument.unwrap().parse().unwrap_or(usize::MAX));
            }
            (verb, event, listener) => self.inspect(verb, event.as_ref(), listener.as_ref()),
        }
    }

    fn emit(&self, event: &EventName) {
        let emitted = self.emitter.emit(self, event, |listener| {
            self.call(listener, text(event));
        });
        let result = if *event == EventName::Error && !emitted {
            "unhandled".to_string()
        } else {
            emitted.to_string()
        };
        self.say(format!("emitted {} {result}", text(event)));
    }

    fn inspect(&self, verb: &str, event: Option<&EventName>, listener: Option<&Handle<'a>>) {
        let emitter = &self.emitter;
        let words: Vec<String> = match (verb, event) {
            ("get_max", None) => match emitter.max_listeners() {
                usize::MAX => vec!["Infinity".to_string()],
                max => vec![max.to_string()],
            },
            ("names", None) => {
                let names = emitter.event_names();
                names.iter().map(|name| text(name).to_string()).collect()
            }
            ("count", Some(event)) => vec![emitter.listener_count(event, listener).to_string()],
            ("listeners", Some(event)) => {
                let listeners = emitter.listeners(event);
                listeners.iter().map(|l| l.name.to_string()).collect()
            }
            ("raw", Some(event)) => emitter.raw_listeners(event).iter().map(raw_name).collect(),
            _ => panic!("unknown operation: {verb}"),
        };
        let verb = if verb == "get_max" { "max" } else { verb };
        self.say(format!("{verb} {}", words.join(" ")));
    }

    fn say(&self, line: String) {
        self.log.borrow_mut().push(line);
    }
}

fn event_name(text: &str) -> EventName {
    match text {
        "errorMonitor" => EventName::ErrorMonitor,
        text => text.into(),
    }
}

fn text(event: &EventName) -> &str {
    event.text().unwrap_or("errorMonitor")
}

fn raw_name(raw: &RawListener<Handle<'_>>) -> String {
    let name = raw.listener().name;
    if raw.is_once() {
        format!("once({name})")
    } else {
        name.to_string()
    }
}
