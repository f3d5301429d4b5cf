//! dgramcat's exit codes, and what it says when things go wrong.

use std::net::UdpSocket;

use serde_json::json;

use crate::cat_messages::{cat, events, listen};

/// A port that nobody has at the moment.
fn free_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

#[test]
fn help_and_version_are_no_errors() {
    for line in ["--help", "-h", "listen --help", "send -h"] {
        let ended = cat(line).end();
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{line}");
        assert!(
            ended.out.contains("dgramcat [OPTIONS] listen PORT"),
            "{line}"
        );
    }
    let ended = cat("--version").end();
    assert_eq!(
        ended.out,
        concat!("dgramcat ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn wrong_usage_is_2_and_says_what_to_do() {
    for (line, text) in [
        ("", "say what to do: listen PORT, or send HOST PORT [DATA…]"),
        (
            "listen 65536",
            "PORT takes a number from 0 to 65535, but got '65536'",
        ),
        ("listen 0 --frob", "there is no option --frob"),
        ("listen 0 --tap tap0", "--tap is only for --backend smoltcp"),
        (
            "listen 0 --backend smoltcp --tap tap0",
            "needs an address of its own: add --address CIDR",
        ),
        (
            "listen 0 --join 239.1.1.1@nosuch0",
            "no interface with an address is called 'nosuch0': there are ",
        ),
        (
            "listen 0 --join ff02::1@203.0.113.7",
            "no interface has the address 203.0.113.7",
        ),
        (
            "send 127.0.0.1 9 --multicast-interface nosuch0",
            "no interface with an address is called 'nosuch0'",
        ),
    ] {
        let ended = cat(line).end();
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{line}");
        assert!(ended.err.contains(text), "{line}: {}", ended.err);
        assert!(
            ended.err.ends_with("\nTry dgramcat --help.\n"),
            "{line}: {}",
            ended.err
        );
    }
}

#[test]
fn a_taken_port_is_1_with_nodes_message() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let message = format!("bind EADDRINUSE 127.0.0.1:{port}");
    let ended = cat(&format!("listen {port} --bind 127.0.0.1")).end();
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert_eq!(ended.err, format!("{message}\n"));

    for line in [
        format!("--json listen {port} --bind 127.0.0.1"),
        format!("--json send 127.0.0.1 9 x --bind 127.0.0.1:{port}"),
    ] {
        let ended = cat(&line).end();
        assert_eq!((ended.code, &ended.err), (Some(1), &format!("{message}\n")));
        assert_eq!(
            events(&ended),
            [
                json!({ "event": "error", "code": "EADDRINUSE", "message": message }),
                json!({ "event": "close" }),
            ]
        );
    }
}

#[test]
fn an_unknown_name_is_nodes_error() {
    let ended = cat("send no..such 9 x").end();
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.err, "getaddrinfo ENOTFOUND no..such\n");
}

#[test]
fn a_refusal_is_noticed_on_a_connected_socket() {
    let port = free_port();
    let ended = cat(&format!(
        "--json send 127.0.0.1 {port} x --connect --reply 10"
    ))
    .end();
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("ECONNREFUSED"), "{}", ended.err);
    let events = events(&ended);
    let error = &events[events.len() - 2];
    assert_eq!(
        (&error["event"], &error["code"]),
        (&json!("error"), &json!("ECONNREFUSED"))
    );
}

#[test]
fn a_datagram_that_is_too_long_is_nodes_error() {
    let (_listener, port) = listen("");
    let mut sender = cat(&format!("send 127.0.0.1 {port} -"));
    sender.write("x".repeat(200_000).as_bytes());
    let ended = sender.end();
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.err, format!("send EMSGSIZE 127.0.0.1:{port}\n"));
}

#[test]
fn a_broadcast_without_permission_is_nodes_error() {
    // The broadcast address of the loopback interface: nothing leaves, and without permission not even that.
    let ended = cat("send 127.255.255.255 9 x").end();
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.err, "send EACCES 127.255.255.255:9\n");
}

#[test]
fn the_time_being_up_is_a_failure_only_if_something_is_missing() {
    let ended = cat("--json listen 0 --bind 127.0.0.1 --timeout 0.1").end();
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    assert_eq!(events(&ended)[1..], [json!({ "event": "close" })]);

    let ended = cat("listen 0 --bind 127.0.0.1 --timeout 0.1 --count 2").end();
    assert_eq!(ended.code, Some(1));
    assert_eq!(
        ended.err,
        "dgramcat: the time is up, with 0 of 2 datagrams\n"
    );

    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let ended = cat(&format!("send 127.0.0.1 {port} x --reply 0.1")).end();
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), "sent 1 byte\n"));
    assert_eq!(ended.err, "dgramcat: the time is up, without a reply\n");
}

#[test]
fn who_is_not_waited_for_is_not_printed() {
    let (listener, port) = listen("--echo --count 1");
    let ended = cat(&format!("send 127.0.0.1 {port} x")).end();
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), "sent 1 byte\n"));
    assert_eq!(listener.end().code, Some(0));
}
