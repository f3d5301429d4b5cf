//! A closed socket says so once, takes nothing any more, and lets the loop end.

use core::cell::Cell;

use alloc::rc::Rc;

use anydgram_std::{BindOptions, Datagram, Destination, EventLoop, SocketType};

use super::{LIMIT, Outcome, check, say, say_listening};

pub(super) fn run(event_loop: &EventLoop) -> Outcome {
    let socket = event_loop.create_socket(SocketType::Udp4)?;
    let closes = Rc::new(Cell::new(0));
    let count = Rc::clone(&closes);
    socket.on_close(move |_| {
        say("socket", "closed");
        count.set(count.get() + 1);
    });
    socket.bind_with(BindOptions::port(0).address("127.0.0.1"), |socket| {
        say_listening("socket", socket);
        socket.close().expect("the socket is open");
    })?;
    check(event_loop.run_for(LIMIT)?, "the loop does not end")?;
    check(closes.get() == 1, "there was not exactly one close event")?;

    let late = Datagram::new("too late").to(Destination::local(9));
    let Err(error) = socket.send(late) else {
        return Err("a closed socket has sent".into());
    };
    say("socket", &format!("send after close: {error}"));
    say("", &format!("code {}", error.code()));
    check(
        error.code() == "ERR_SOCKET_DGRAM_NOT_RUNNING",
        "it failed with another error",
    )
}
