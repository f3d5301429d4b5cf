//! The registry against Node's own record, and what JavaScript has no word for: panics and destructors.

mod golden;
mod reentrancy;

use super::*;

use alloc::string::{String, ToString};
use core::cell::{Cell, RefCell};

/// An owner whose listeners are closures, as a socket's are.
#[derive(Default)]
struct Socket {
    emitter: Emitter<Listener>,
    /// What happened, a line each.
    log: RefCell<Vec<String>>,
    /// Run by [`Owner::warn`].
    on_warning: RefCell<Option<Listener>>,
}

/// A listener that is one with its clones.
type Listener = Rc<dyn Fn(&Socket, Option<Told<'_>>)>;

/// What a listener of a meta event is called with.
struct Told<'a>(&'a Change<'a, Listener>);

impl Owner<Listener> for Socket {
    fn notify(&self, listener: &Listener, change: &Change<'_, Listener>) {
        listener(self, Some(Told(change)));
    }

    fn warn(&self, warning: &MaxListenersWarning) {
        self.say(warning);
        let listener = self.on_warning.borrow().clone();
        if let Some(listener) = listener {
            listener(self, None);
        }
    }
}

impl Socket {
    fn say(&self, line: &impl ToString) {
        self.log.borrow_mut().push(line.to_string());
    }

    fn on(&self, event: impl Into<EventName>, listener: &Listener) {
        self.emitter.on(self, &event.into(), Rc::clone(listener));
    }

    fn once(&self, event: impl Into<EventName>, listener: &Listener) {
        self.emitter.once(self, &event.into(), Rc::clone(listener));
    }

    fn off(&self, event: impl Into<EventName>, listener: &Listener) {
        self.emitter.off(self, &event.into(), listener);
    }

    fn remove_all(&self) {
        self.emitter.remove_all(self, None);
    }

    fn emit(&self, event: impl Into<EventName>) -> bool {
        let call = |listener: &Listener| listener(self, None);
        self.emitter.emit(self, &event.into(), call)
    }

    fn count(&self, event: impl Into<EventName>) -> usize {
        self.emitter.listener_count(&event.into(), None)
    }

    /// What has been said since the last look.
    fn said(&self) -> Vec<String> {
        self.log.take()
    }
}

impl<L: Clone + Identity> Default for Emitter<L> {
    fn default() -> Self {
        Self::new()
    }
}

/// A listener that says `word`.
fn saying(word: &'static str) -> Listener {
    Rc::new(move |socket, _| socket.say(&word))
}

/// A listener that does `action`.
fn doing(action: impl Fn(&Socket) + 'static) -> Listener {
    Rc::new(move |socket, _| action(socket))
}

#[test]
fn the_warning_reads_as_in_node_and_comes_once() {
    let socket = Socket::default();
    for _ in 0..12 {
        socket.on("message", &saying("m"));
    }
    socket.on("close", &saying("c"));
    assert_eq!(
        socket.said(),
        [
            "Possible EventEmitter memory leak detected. 11 message listeners added to [Socket]. \
             MaxListeners is 10. Use emitter.setMaxListeners() to increase limit"
        ]
    );
}

#[test]
fn the_limit_is_ten_until_set() {
    let socket = Socket::default();
    assert_eq!(socket.emitter.max_listeners(), 10);
    for unlimited in [0, usize::MAX] {
        socket.emitter.set_max_listeners(unlimited);
        assert_eq!(socket.emitter.max_listeners(), unlimited);
        for _ in 0..20 {
            socket.on("message", &saying("m"));
        }
    }
    assert!(socket.said().is_empty());
}

#[test]
fn an_error_that_only_monitors_saw_is_unhandled() {
    let socket = Socket::default();
    socket.on(EventName::ErrorMonitor, &saying("monitor"));
    assert!(!socket.emit("error"));
    socket.on("error", &saying("error"));
    assert!(socket.emit("error"));
    assert_eq!(socket.said(), ["monitor", "monitor", "error"]);
}

#[test]
fn listeners_hide_and_raw_listeners_show_once() {
    let socket = Socket::default();
    let (first, second) = (saying("1"), saying("2"));
    socket.on("message", &first);
    socket.once("message", &second);
    let event = EventName::Message;

    let listeners = socket.emitter.listeners(&event);
    assert!(listeners[0].same(&first) && listeners[1].same(&second));
    let raw = socket.emitter.raw_listeners(&event);
    assert!(!raw[0].is_once() && raw[1].is_once());
    assert!(raw[1].listener().same(&second));
    assert_eq!(socket.emitter.listener_count(&event, Some(&second)), 1);
    assert!(socket.emitter.listeners(&EventName::Close).is_empty());
}

#[test]
fn meta_events_tell_the_event_and_the_listener() {
    let socket = Socket::default();
    let listener = saying("m");
    let expected = Rc::clone(&listener);
    let told: Listener = Rc::new(move |socket, told| match told.map(|Told(change)| change) {
        Some(Change::NewListener { event, listener }) => {
            let is_it = listener.same(&expected);
            socket.say(&format!("new {event} {is_it} {}", socket.count("message")));
        }
        Some(Change::RemoveListener { event, listener }) => {
            let is_it = listener.listener().same(&expected);
            socket.say(&format!("gone {event} {is_it} {}", socket.count("message")));
        }
        None => {}
    });
    socket.on("newListener", &told);
    socket.on("removeListener", &told);
    socket.said();
    socket.once("message", &listener);
    socket.off("message", &listener);
    assert_eq!(socket.said(), ["new message true 0", "gone message true 0"]);
}

#[test]
fn debug_prints_counts() {
    let socket = Socket::default();
    socket.on("message", &saying("m"));
    socket.on("message", &saying("m"));
    assert_eq!(format!("{:?}", socket.emitter), "{Message: 2}");
}
