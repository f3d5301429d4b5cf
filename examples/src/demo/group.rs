//! A multicast group of which nothing leaves this host: joined and sent to on the loopback interface, with hop limit 0.

use core::cell::RefCell;
use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use alloc::rc::Rc;

use anydgram_std::{
    BindOptions, Datagram, Destination, Error, EventLoop, Interface, Socket, SocketType,
};

use super::{Outcome, check, run_to_end, say, say_message};

/// One of the groups for private use (RFC 2365).
const GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(239, 255, 42, 99));

/// How long the kernel has for a datagram to itself.
const PATIENCE: Duration = Duration::from_millis(300);

pub(super) fn run(event_loop: &EventLoop) -> Outcome {
    let member = event_loop.create_socket(SocketType::Udp4)?;
    let sender = event_loop.create_socket(SocketType::Udp4)?;
    let heard = Rc::new(RefCell::new(Vec::new()));
    let hearing = Rc::clone(&heard);
    member.on_message(move |member, message| {
        say_message("member", message.data, message.remote_info());
        hearing.borrow_mut().push(message.data.to_vec());
        member.close().expect("the member is open");
    });
    member.bind_sync(0)?;
    sender.bind_sync(BindOptions::port(0).address("127.0.0.1"))?;

    if let Err(error) = join_and_send(&member, &sender) {
        say(
            "SKIPPED",
            &format!("this host refuses groups on its loopback interface: {error}"),
        );
        member.close()?;
        sender.close()?;
        return run_to_end(event_loop);
    }
    // The loop ends with the member.
    sender.unreference();
    let is_heard = event_loop.run_for(PATIENCE)?;
    sender.close()?;
    if !is_heard {
        say(
            "SKIPPED",
            "this host loses datagrams to groups on its loopback interface",
        );
        member.close()?;
        return run_to_end(event_loop);
    }
    run_to_end(event_loop)?;
    check(
        *heard.borrow() == [b"hello, everybody"],
        "the member heard something else",
    )
}

/// Nothing is sent before the socket is confined to the loopback interface.
fn join_and_send(member: &Socket, sender: &Socket) -> Result<(), Error> {
    member.add_membership(GROUP, Interface::Address(Ipv4Addr::LOCALHOST))?;
    say(
        "member",
        &format!("joined {GROUP} on the interface of 127.0.0.1"),
    );
    sender.set_multicast_interface("127.0.0.1")?;
    sender.set_multicast_ttl(0)?;
    sender.set_multicast_loopback(true)?;
    let port = member.address()?.port;
    let datagram = Datagram::new("hello, everybody").to(Destination::new(GROUP, port));
    sender.send_with(datagram, |result| match result {
        Ok(bytes) => say(
            "sender",
            &format!("sent {bytes} bytes to the group, with hop limit 0"),
        ),
        Err(error) => say("sender", &error.to_string()),
    })
}
