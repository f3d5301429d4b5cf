//! What fails later is an event, and what is wrong at once is the result of the call.

use core::cell::RefCell;

use alloc::rc::Rc;

use anydgram_std::{BindOptions, Datagram, EventLoop, SocketType};

use super::{Outcome, check, run_to_end, say, say_listening};

pub(super) fn run(event_loop: &EventLoop) -> Outcome {
    let first = event_loop.create_socket(SocketType::Udp4)?;
    let taken = first.bind_sync(BindOptions::port(0).address("127.0.0.1"))?;
    say_listening("first", &first);

    let second = event_loop.create_socket(SocketType::Udp4)?;
    let codes = Rc::new(RefCell::new(Vec::new()));
    let noted = Rc::clone(&codes);
    second.on_error(move |second, error| {
        say("second", &format!("error event: {error}"));
        let errno = error.errno().map_or(0, |errno| errno.node_number());
        say("", &format!("code {}, errno {errno}", error.code()));
        noted.borrow_mut().push(error.code());
        second.close().expect("the second is open");
        first.close().expect("the first is open");
    });
    second.bind(BindOptions::port(taken.port).address("127.0.0.1"))?;
    run_to_end(event_loop)?;
    check(
        *codes.borrow() == ["EADDRINUSE"],
        "the second bind did not fail with EADDRINUSE",
    )?;

    let third = event_loop.create_socket(SocketType::Udp4)?;
    let Err(error) = third.send(Datagram::new("to whom?")) else {
        return Err("a datagram without destination was sent".into());
    };
    say("third", &format!("send without destination: {error}"));
    say("", &format!("code {}", error.code()));
    check(
        error.code() == "ERR_SOCKET_BAD_PORT",
        "it failed with another error",
    )?;
    third.close()?;
    run_to_end(event_loop)
}
