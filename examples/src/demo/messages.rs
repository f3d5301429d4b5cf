//! A server that answers, and a client that asks.

use core::cell::Cell;

use alloc::rc::Rc;

use anydgram_std::{BindOptions, Datagram, Destination, EventLoop, SocketType};

use super::{Outcome, check, run_to_end, say, say_listening, say_message};

pub(super) fn run(event_loop: &EventLoop) -> Outcome {
    let server = event_loop.create_socket(SocketType::Udp4)?;
    let client = event_loop.create_socket(SocketType::Udp4)?;
    let answers = Rc::new(Cell::new(0));

    server.on_message(|server, message| {
        say_message("server", message.data, message.remote_info());
        let answer: &[&[u8]] = &[b"hello, ", b"client"];
        let answer = Datagram::new(answer).reply_to(message.meta);
        server.send(answer).expect("the server is open");
    });

    let (count, asked) = (Rc::clone(&answers), server.clone());
    client.on_message(move |client, message| {
        say_message("client", message.data, message.remote_info());
        count.set(count.get() + i32::from(message.data == b"hello, client"));
        client.close().expect("the client is open");
        asked.close().expect("the server is open");
    });

    let asking = client.clone();
    server.on_listening(move |server| {
        say_listening("server", server);
        let port = server.address().expect("the server is bound").port;
        let question = Datagram::new("hello, server").to(Destination::new("127.0.0.1", port));
        let sent = asking.send_with(question, |result| match result {
            Ok(bytes) => say("client", &format!("sent {bytes} bytes")),
            Err(error) => say("client", &error.to_string()),
        });
        sent.expect("the client is open");
    });

    server.bind(BindOptions::port(0).address("127.0.0.1"))?;
    run_to_end(event_loop)?;
    check(answers.get() == 1, "the client did not get its answer")
}
