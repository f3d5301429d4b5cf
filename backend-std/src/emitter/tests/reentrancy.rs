//! Acting on the registry from where it calls out: listeners, warnings, destructors, panics.
//!
//! That the results are Node's is the golden's business (its first part is all pairs of operations); here it is that
//! every place allows every operation.

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use super::*;

type Operation = Box<dyn Fn(&Socket)>;

/// Every operation of the registry, on the event that is under way and on another.
fn operations() -> Vec<(&'static str, Operation)> {
    let known = saying("known");
    let known = move || Rc::clone(&known);
    let (on, once, prepend, prepend_once, off) = (known(), known(), known(), known(), known());
    vec![
        ("on", Box::new(move |s: &Socket| s.on("message", &on))),
        ("once", Box::new(move |s| s.once("message", &once))),
        (
            "prepend",
            Box::new(move |s| {
                let listener = Rc::clone(&prepend);
                s.emitter.prepend(s, &EventName::Message, listener);
            }),
        ),
        (
            "prepend_once",
            Box::new(move |s| {
                let listener = Rc::clone(&prepend_once);
                s.emitter.prepend_once(s, &EventName::Message, listener);
            }),
        ),
        ("off", Box::new(move |s| s.off("message", &off))),
        ("remove_all", Box::new(Socket::remove_all)),
        (
            "remove_all of one",
            Box::new(|s| s.emitter.remove_all(s, Some(&EventName::Message))),
        ),
        ("emit", Box::new(|s| s.say(&s.emit("message")))),
        ("emit another", Box::new(|s| s.say(&s.emit("error")))),
        (
            "set_max_listeners",
            Box::new(|s| s.emitter.set_max_listeners(1)),
        ),
        (
            "inspect",
            Box::new(|s| {
                let event = EventName::Message;
                let all = s.emitter.listeners(&event).len();
                assert_eq!(all, s.emitter.raw_listeners(&event).len());
                assert_eq!(all, s.count("message"));
                assert_eq!(all > 0, s.emitter.event_names().contains(&event));
            }),
        ),
    ]
}

/// Puts a listener wherever the registry calls out.
fn install(socket: &Socket, listener: &Listener) {
    for event in ["newListener", "removeListener", "message", "error"] {
        socket.on(event, listener);
    }
    socket.on(EventName::ErrorMonitor, listener);
    socket.once("message", listener);
    socket.on_warning.replace(Some(Rc::clone(listener)));
}

#[test]
fn every_operation_is_allowed_within_every_operation() {
    for (outer_name, outer) in operations() {
        for (inner_name, inner) in operations() {
            let socket = Socket::default();
            socket.emitter.set_max_listeners(2);
            let budget = Cell::new(20);
            let listener = doing(move |socket| {
                if budget.get() > 0 {
                    budget.set(budget.get() - 1);
                    inner(socket);
                }
            });
            install(&socket, &listener);
            for _ in 0..3 {
                outer(&socket);
            }
            socket.remove_all();
            let left = socket.emitter.event_names();
            assert!(left.is_empty(), "{inner_name} in {outer_name}: {left:?}");
        }
    }
}

#[test]
fn a_listener_added_in_a_round_waits_for_the_next() {
    let socket = Socket::default();
    let added = saying("added");
    let adding = doing(move |socket| {
        socket.say(&"adding");
        socket.on("message", &added);
    });
    socket.once("message", &adding);
    assert!(socket.emit("message"));
    assert_eq!(socket.said(), ["adding"]);
    assert!(socket.emit("message"));
    assert_eq!(socket.said(), ["added"]);
}

#[test]
fn a_listener_removed_in_a_round_is_still_called_in_it() {
    let socket = Socket::default();
    let second = saying("second");
    let removed = Rc::clone(&second);
    socket.on(
        "message",
        &doing(move |socket| socket.off("message", &removed)),
    );
    socket.once("message", &second);
    assert!(socket.emit("message"));
    assert_eq!(socket.said(), ["second"]);
    assert!(socket.emit("message"));
    assert!(socket.said().is_empty());
}

#[test]
fn a_once_listener_is_called_once_however_rounds_nest() {
    let socket = Socket::default();
    let listener = doing(|socket| {
        socket.say(&"called");
        socket.emit("message");
    });
    socket.once("message", &listener);
    socket.once("message", &listener);
    assert!(socket.emit("message"));
    assert_eq!(socket.said(), ["called", "called"]);
    assert!(!socket.emit("message"));
}

#[test]
fn a_warning_may_remove_what_caused_it() {
    let socket = Socket::default();
    socket.emitter.set_max_listeners(2);
    socket.on_warning.replace(Some(doing(Socket::remove_all)));
    for _ in 0..7 {
        socket.on("message", &saying("m"));
    }
    assert_eq!(socket.said().len(), 2);
    assert_eq!(socket.count("message"), 1);
}

#[test]
fn a_panicking_listener_ends_the_round_and_nothing_else() {
    let socket = Socket::default();
    socket.once("message", &doing(|_| panic!("on purpose")));
    socket.on("message", &saying("after"));
    let round = catch_unwind(AssertUnwindSafe(|| socket.emit("message")));
    assert!(round.is_err());
    assert!(socket.said().is_empty());

    assert!(socket.emit("message"));
    assert_eq!(socket.said(), ["after"]);
}

/// Uses its socket when it is dropped.
struct Guard(Rc<Socket>);

impl Drop for Guard {
    fn drop(&mut self) {
        let socket = &self.0;
        socket.say(&"dropped");
        socket.on("close", &saying("close"));
        socket.emit("close");
        socket.remove_all();
    }
}

#[test]
fn a_dropped_listener_may_use_the_registry() {
    let removals: [&dyn Fn(&Socket); 4] = [
        &Socket::remove_all,
        &|socket| socket.emitter.remove_all(socket, Some(&EventName::Message)),
        &|socket| {
            socket.emit("message");
        },
        &|socket| {
            let last = socket.emitter.listeners(&EventName::Message).pop();
            socket.off("message", &last.unwrap());
        },
    ];
    for others in 0..3 {
        for (number, removal) in removals.iter().enumerate() {
            for told in [false, true] {
                let socket = Rc::new(Socket::default());
                for _ in 0..others {
                    socket.on("message", &saying("other"));
                }
                if told {
                    socket.on("removeListener", &saying("told"));
                }
                let guard = Guard(Rc::clone(&socket));
                let guarded = doing(move |_| guard.0.say(&"called"));
                socket.once("message", &guarded);
                drop(guarded);
                removal(&socket);
                let said = socket.said();
                let dropped = said.iter().filter(|line| *line == "dropped").count();
                assert_eq!(dropped, 1, "{others} {number} {told}: {said:?}");
                assert!(socket.emitter.event_names().is_empty());
            }
        }
    }
}
