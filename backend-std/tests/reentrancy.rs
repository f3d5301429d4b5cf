//! Every call within the handler of every event, and what must hold afterwards: nothing panics, the loop ends, `close`
//! comes once and last.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

extern crate alloc;

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};
use core::time::Duration;

use anydgram_std::{
    BindOptions, Datagram, Destination, Event, EventLoop, EventName, Listener, Socket,
    SocketOptions, SocketType,
};

const LIMIT: Duration = Duration::from_secs(5);

/// Where a call is made from.
const PLACES: [&str; 9] = [
    "listening",
    "connect",
    "message",
    "error",
    "close",
    "sent",
    "newListener",
    "removeListener",
    "lookup",
];

type Action = (&'static str, fn(&EventLoop, &Socket));

/// The calls; results do not matter here, only that every one of them comes back.
const ACTIONS: [Action; 26] = [
    ("bind", |_, s| drop(s.bind(0))),
    ("bind with a name", |_, s| {
        drop(s.bind(BindOptions::port(0).address("localhost")));
    }),
    ("bind in vain", |_, s| {
        drop(s.bind(BindOptions::port(0).address("192.0.2.1")));
    }),
    ("bind_sync", |_, s| drop(s.bind_sync(0))),
    ("connect", |_, s| drop(s.connect(Destination::local(9)))),
    ("connect with a callback", |_, s| {
        drop(s.connect_with(Destination::local(9), drop));
    }),
    ("connect_sync", |_, s| {
        drop(s.connect_sync(Destination::local(9)));
    }),
    ("disconnect", |_, s| drop(s.disconnect())),
    ("send", |_, s| drop(s.send_to("x", Destination::local(9)))),
    ("send to the peer", |_, s| drop(s.send(Datagram::new("x")))),
    ("send to a name", |_, s| {
        drop(s.send_to("x", Destination::new("localhost", 9)));
    }),
    ("send with a callback", |_, s| {
        drop(s.send_with(Datagram::new("x").to(Destination::local(9)), drop));
    }),
    ("close", |_, s| drop(s.close())),
    ("close twice", |_, s| {
        drop(s.close());
        assert!(s.close().is_err());
    }),
    ("set_ttl", |_, s| drop(s.set_ttl(3))),
    ("set_multicast_interface", |_, s| {
        drop(s.set_multicast_interface("127.0.0.1"));
    }),
    ("buffer sizes", |_, s| {
        drop(s.set_receive_buffer_size(10_000));
    }),
    ("drop_membership", |_, s| {
        drop(s.drop_membership(
            "239.1.2.3".parse().unwrap(),
            anydgram_std::Interface::Default,
        ));
    }),
    ("remove all", |_, s| {
        s.remove_all(None);
    }),
    ("remove all of message", |_, s| {
        s.remove_all(Some(&EventName::Message));
    }),
    ("on and off", |_, s| {
        let listener = s.on("message", |_, _| {});
        s.off("message", &listener);
    }),
    ("emit", |_, s| drop(s.emit(&Event::Listening))),
    ("emit an error", |_, s| {
        let error = s.close().and_then(|()| s.close()).unwrap_err();
        drop(s.emit(&Event::Error(&error)));
    }),
    ("unreference", |_, s| {
        s.unreference().reference();
    }),
    ("another socket", |event_loop, _| {
        let other = event_loop.create_socket(SocketType::Udp4).unwrap();
        other.bind_with(0, |other| other.close().unwrap()).unwrap();
    }),
    ("run the loop", |event_loop, _| {
        drop(event_loop.run_for(Duration::from_millis(1)));
    }),
];

/// A socket that reaches every place, with `action` done once at `place`; how often it was, and the events seen.
fn play(place: &'static str, action: fn(&EventLoop, &Socket)) -> (u32, Vec<EventName>) {
    let event_loop = Rc::new(EventLoop::new().unwrap());
    let (acted, log) = (Rc::new(Cell::new(0)), Rc::new(RefCell::new(Vec::new())));
    let act = {
        let (event_loop, acted) = (Rc::downgrade(&event_loop), Rc::clone(&acted));
        Rc::new(move |here: &str, socket: &Socket| {
            if here == place && acted.get() == 0 {
                acted.set(1);
                action(&event_loop.upgrade().unwrap(), socket);
            }
        })
    };
    // A lookup of its own changes when things happen, so only its own case has it.
    let mut options = SocketOptions::from(SocketType::Udp4);
    let late = Rc::new(RefCell::new(None::<Socket>));
    if place == "lookup" {
        let (act, late) = (Rc::clone(&act), Rc::clone(&late));
        options = options.lookup(move |_, family, reply| {
            let socket = late.borrow().clone();
            if let Some(socket) = socket {
                act("lookup", &socket);
            }
            reply.answer(Ok(family.loopback()));
        });
    }
    let socket = event_loop.create_socket(options).unwrap();
    *late.borrow_mut() = Some(socket.clone());
    watch(&socket, &log, &act);
    // A handler of newListener has had its turn by now, and may have bound or closed the socket.
    drop(socket.bind(BindOptions::port(0).address("127.0.0.1")));
    let finished = event_loop
        .run_for(Duration::from_millis(200))
        .unwrap_or(false);
    if !finished {
        drop(socket.close());
    }
    assert!(
        event_loop.run_for(LIMIT).unwrap_or(true),
        "{place}: the loop goes on"
    );
    let seen = log.borrow().clone();
    drop(late.take());
    socket.remove_all(None);
    (acted.get(), seen)
}

/// Goes through all events: binds, hears itself, connects to itself, fails, closes.
fn watch(
    socket: &Socket,
    log: &Rc<RefCell<Vec<EventName>>>,
    act: &Rc<impl Fn(&str, &Socket) + 'static>,
) {
    for name in [
        "listening",
        "connect",
        "message",
        "error",
        "close",
        "newListener",
        "removeListener",
    ] {
        let (log, act) = (Rc::clone(log), Rc::clone(act));
        let listener = Listener::new(move |socket, event| {
            let name = event.name();
            log.borrow_mut().push(name.clone());
            act(&name.to_string(), socket);
            go_on(socket, &name, &act);
        });
        socket.on_listener(name, &listener);
    }
}

fn go_on(socket: &Socket, name: &EventName, act: &Rc<impl Fn(&str, &Socket) + 'static>) {
    match name {
        EventName::Listening => {
            let Ok(address) = socket.address() else {
                return;
            };
            let (act, sender) = (Rc::clone(act), socket.clone());
            let own = Datagram::new("to myself").to(Destination::from(address));
            drop(socket.send_with(own, move |_| act("sent", &sender)));
        }
        EventName::Message => {
            // A port of nobody: the next send is refused, and reading tells.
            drop(socket.connect(Destination::local(1)));
        }
        EventName::Connect => {
            drop(socket.send(Datagram::new("nobody is there")));
            let listener = socket.on("extra", |_, _| {});
            socket.off("extra", &listener);
        }
        EventName::Error => drop(socket.close()),
        EventName::Close
        | EventName::NewListener
        | EventName::RemoveListener
        | EventName::ErrorMonitor
        | EventName::Custom(_)
        | _ => {}
    }
}

#[test]
fn every_call_may_be_made_in_the_handler_of_every_event() {
    for place in PLACES {
        for (what, action) in ACTIONS {
            let (acted, log) = play(place, action);
            assert_eq!(acted, 1, "{place} was not reached for {what}");
            let closes = log.iter().filter(|name| **name == EventName::Close).count();
            assert!(closes <= 1, "{what} in {place}: {log:?}");
            if let (1, Some(at)) = (
                closes,
                log.iter().position(|name| *name == EventName::Close),
            ) {
                let late = log[at + 1..].iter().find(|name| {
                    matches!(
                        name,
                        EventName::Listening | EventName::Connect | EventName::Message
                    )
                });
                let by_hand = place == "close" && what == "emit";
                assert!(late.is_none() || by_hand, "{what} in {place}: {log:?}");
            }
        }
    }
}
