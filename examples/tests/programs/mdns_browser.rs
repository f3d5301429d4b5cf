//! The mDNS browser, and somebody who answers it, in a private network namespace.

use core::net::IpAddr;
use core::time::Duration;

use anydgram_examples::dns::pointer_query;
use anydgram_std::{Datagram, Destination, EventLoop, Interface, Options, Socket, SocketType};

use crate::namespace::inside;
use crate::running::Running;

fn browser(line: &str) -> Running {
    Running::start(env!("CARGO_BIN_EXE_mdns_browser"), line.split_whitespace())
}

/// `_http._tcp.local PTR …`, under an identifier that tells where the answer came from.
fn answer(instance: &str) -> Vec<u8> {
    let mut message = vec![0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    message.extend_from_slice(b"\x05_http\x04_tcp\x05local\0\0\x0c\0\x01\0\0\0\x78");
    let len = u8::try_from(instance.len()).unwrap();
    message.extend_from_slice(&[0, len + 3, len]);
    message.extend_from_slice(instance.as_bytes());
    message.extend_from_slice(b"\xc0\x0c");
    message
}

/// Answers the first question, with much else before and after.
fn respond(socket: &Socket, group: IpAddr) {
    let send = |data: &[u8]| {
        let to = Destination::new(group, 5353);
        socket.send(Datagram::new(data).to(to)).unwrap();
    };
    let mut loops = answer("loop");
    let end = loops.len() - 1;
    loops[end] = u8::try_from(end - 1).unwrap();
    let mut other = answer("another service");
    other[13] = b'X';
    let mut gone = answer("gone");
    gone[36..40].fill(0);
    for data in [
        &b""[..],
        b"\xff",
        &loops,
        &other,
        &gone,
        &answer("my printer"),
        &answer("my printer"),
    ] {
        send(data);
    }
    send(&answer("second"));
    socket.close().unwrap();
}

fn browses(socket_type: SocketType, group: &'static str, own: &str, options: &str) {
    let group: IpAddr = group.parse().unwrap();
    let event_loop = EventLoop::new().unwrap();
    let responder = event_loop
        .create_socket(Options::new(socket_type).reuse_address(true))
        .unwrap();
    responder.on_message(move |socket, message| {
        if message.data == pointer_query("_http._tcp.local").unwrap() {
            respond(socket, group);
        }
    });
    responder.bind_sync(5353).unwrap();
    responder.add_membership(group, Interface::All).unwrap();
    responder.set_multicast_interface(own).unwrap();

    let browser = browser(&format!("_http._tcp.local {options} --timeout 1"));
    let is_done = event_loop.run_for(Duration::from_secs(5)).unwrap();
    assert!(is_done, "nobody asked");
    let ended = browser.end();
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("my printer._http._tcp.local  (from "));
    assert!(lines[1].starts_with("second._http._tcp.local  (from "));
}

#[test]
fn what_answers_is_printed_once_and_garbage_is_not() {
    inside(|| browses(SocketType::Udp4, "224.0.0.251", "198.51.100.10", ""));
}

#[test]
fn ipv6_is_asked_if_wanted() {
    inside(|| browses(SocketType::Udp6, "ff02::fb", "::%any1", "--ipv6"));
}

#[test]
fn wrong_usage_is_2() {
    for line in [
        "--frob",
        "--timeout soon",
        "--timeout -1",
        "a..b c",
        &"x".repeat(64),
    ] {
        let ended = browser(line).end();
        assert_eq!(ended.code, Some(2), "{line}");
        assert!(
            ended.err.starts_with("mdns_browser: "),
            "{line}: {}",
            ended.err
        );
    }
    let ended = browser("--help").end();
    assert_eq!(ended.code, Some(0));
}
