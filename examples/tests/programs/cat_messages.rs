//! dgramcat on loopback: what comes in, what goes out, and when it ends.

use std::net::UdpSocket;

use serde_json::{Value, json};

use crate::running::{DGRAMCAT, Ended, Running};

/// Starts dgramcat with the words of a line.
pub(crate) fn cat(line: &str) -> Running {
    Running::start(DGRAMCAT, line.split_whitespace())
}

/// Starts a listener on a free port that prints JSON, and gives up after ten seconds.
pub(crate) fn listen(options: &str) -> (Running, u64) {
    let mut listener = cat(&format!("--json --timeout 10 listen 0 {options}"));
    let listening = listener.json();
    assert_eq!(listening["event"], "listening", "{listening}");
    let port = listening["port"].as_u64().unwrap();
    (listener, port)
}

/// The events that are left, and the exit code.
pub(crate) fn events(ended: &Ended) -> Vec<Value> {
    let lines = ended.out.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn datagrams_go_there_and_back_as_json() {
    let mut listener = cat("--json listen 0 --bind 127.0.0.1 --echo --count 3 --timeout 10");
    let listening = listener.line();
    let port = serde_json::from_str::<Value>(&listening).unwrap()["port"].clone();
    let expected = format!(
        "{{\"event\":\"listening\",\"address\":\"127.0.0.1\",\"family\":\"IPv4\",\"port\":{port}}}"
    );
    assert_eq!(listening, expected);

    let line = format!("--json send 127.0.0.1 {port} héllo --reply 10");
    let mut arguments: Vec<&str> = line.split(' ').collect();
    arguments.extend(["", "\u{1}\n"]);
    let sender = Running::start(DGRAMCAT, arguments).end();
    assert_eq!((sender.code, sender.err.as_str()), (Some(0), ""));
    let own = events(&sender)[0]["port"].clone();
    let message = |port: &Value, size: usize, data: &str| {
        json!({
            "event": "message", "address": "127.0.0.1", "family": "IPv4", "port": port,
            "size": size, "data": data,
        })
    };
    let sent = |bytes: usize| json!({ "event": "sent", "bytes": bytes });
    let close = json!({ "event": "close" });
    assert_eq!(
        events(&sender),
        [
            json!({ "event": "listening", "address": "0.0.0.0", "family": "IPv4", "port": own }),
            sent(6),
            sent(0),
            sent(2),
            message(&port, 6, "héllo"),
            message(&port, 0, ""),
            message(&port, 2, "\u{1}\n"),
            close.clone(),
        ]
    );
    let listener = listener.end();
    assert_eq!((listener.code, listener.err.as_str()), (Some(0), ""));
    assert_eq!(
        events(&listener),
        [
            message(&own, 6, "héllo"),
            sent(6),
            message(&own, 0, ""),
            sent(0),
            message(&own, 2, "\u{1}\n"),
            sent(2),
            close,
        ]
    );
}

#[test]
fn data_that_is_not_utf8_is_hexadecimal() {
    let (listener, port) = listen("--count 1");
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = format!("127.0.0.1:{port}");
    socket.send_to(b"\xff\0", to).unwrap();
    let message = &events(&listener.end())[0];
    assert_eq!(
        (&message["hex"], &message["size"]),
        (&json!("ff00"), &json!(2))
    );
    assert_eq!(message["data"], Value::Null);
}

#[test]
fn ipv6_works_alike() {
    let (listener, port) = listen("--type udp6 --bind ::1 --echo --count 1");
    let line =
        format!("--json --type udp6 send ::1 {port} six --bind [::1]:0 --connect --reply 10");
    let sender = cat(&line).end();
    assert_eq!(sender.code, Some(0), "{}", sender.err);
    let (sender, listener) = (events(&sender), events(&listener.end()));
    assert_eq!(sender[2]["address"], "::1");
    assert_eq!(sender[2]["port"], port);
    assert_eq!(sender[2]["data"], "six");
    assert_eq!(listener[0]["family"], "IPv6");
    assert_eq!(listener[0]["port"], sender[0]["port"]);
}

#[test]
fn people_read_lines_and_learn_the_port() {
    let mut listener = cat("listen 0 --bind 127.0.0.1 --count 2 --timeout 10 --echo");
    let listening = listener.line();
    let port = listening
        .strip_prefix("listening on 127.0.0.1:")
        .unwrap_or_else(|| panic!("{listening}"))
        .to_owned();
    let sender = cat(&format!("send 127.0.0.1 {port} x yz --reply 10")).end();
    assert_eq!(
        sender.out,
        format!(
            "sent 1 byte\nsent 2 bytes\n1 byte from 127.0.0.1:{port}: x\n2 bytes from 127.0.0.1:{port}: yz\n"
        )
    );
    let listener = listener.end();
    let lines: Vec<&str> = listener.out.lines().collect();
    assert!(lines[0].starts_with("1 byte from 127.0.0.1:") && lines[0].ends_with(": x"));
    assert_eq!(lines[1], "sent 1 byte");
    assert_eq!(lines.len(), 4);
}

#[test]
fn lines_of_standard_input_are_sent_as_they_come() {
    let (mut listener, port) = listen("--count 6");
    let mut sender = cat(&format!("--json send 127.0.0.1 {port} -"));
    assert_eq!(sender.json()["event"], "listening");
    sender.write(b"one\n\nthr");
    assert_eq!(listener.json()["data"], "one");
    assert_eq!(listener.json()["data"], "");
    assert_eq!(sender.json(), json!({ "event": "sent", "bytes": 3 }));
    assert_eq!(sender.json(), json!({ "event": "sent", "bytes": 0 }));
    sender.write(b"ee\r\nfour\n-\nlast");
    let sender = sender.end();
    assert_eq!(sender.code, Some(0), "{}", sender.err);
    let listener = listener.end();
    let data: Vec<Value> = events(&listener)
        .iter()
        .map(|event| event["data"].clone())
        .collect();
    assert_eq!(data[..4], ["three", "four", "-", "last"]);
    assert_eq!(listener.code, Some(0));
}

#[test]
fn an_empty_standard_input_sends_nothing_and_awaits_nothing() {
    let sender = cat("--json send 127.0.0.1 9 - --reply 10").end();
    assert_eq!((sender.code, sender.err.as_str()), (Some(0), ""));
    let events = events(&sender);
    assert_eq!(events[1..], [json!({ "event": "close" })]);
}

#[test]
fn without_data_an_empty_datagram_is_sent_as_often_as_asked() {
    let (listener, port) = listen("--count 4");
    assert_eq!(
        cat(&format!("send 127.0.0.1 {port} --count 2")).end().out,
        "sent 0 bytes\n".repeat(2)
    );
    assert_eq!(
        cat(&format!("send 127.0.0.1 {port} a --count 2"))
            .end()
            .code,
        Some(0)
    );
    let events = events(&listener.end());
    let data: Vec<&Value> = events.iter().map(|event| &event["data"]).collect();
    assert_eq!(data[..4], ["", "", "a", "a"]);
}

#[test]
fn datagrams_leave_from_the_address_that_was_given() {
    let (listener, port) = listen("--count 1");
    let free = UdpSocket::bind("127.0.0.2:0").unwrap();
    let own = free.local_addr().unwrap();
    drop(free);
    let line =
        format!("send 127.0.0.1 {port} x --bind {own} --ttl 3 --multicast-ttl 0 --no-loopback");
    assert_eq!(cat(&line).end().code, Some(0));
    let message = &events(&listener.end())[0];
    assert_eq!(message["address"], "127.0.0.2");
    assert_eq!(message["port"], own.port());
}

#[test]
fn names_are_looked_up() {
    let (listener, port) = listen("--bind localhost --count 1");
    let line = format!("send localhost {port} x --bind localhost:0 --connect");
    assert_eq!(cat(&line).end().code, Some(0));
    assert_eq!(events(&listener.end())[0]["address"], "127.0.0.1");
}

#[test]
fn a_port_can_be_shared_if_both_agree() {
    for option in ["--reuse-addr", "--reuse-port"] {
        let (first, port) = listen(&format!("--bind 127.0.0.1 {option} --count 1"));
        let line =
            format!("--json listen {port} --bind 127.0.0.1 {option} --count 1 --timeout 0.3");
        let mut second = cat(&line);
        assert_eq!(second.json()["port"], port, "{option}");
        drop((first, second));
    }
}

#[test]
fn ipv6_only_keeps_ipv4_out() {
    let (both, port) = listen("--type udp6 --count 1");
    cat(&format!("send 127.0.0.1 {port} four")).end();
    assert_eq!(events(&both.end())[0]["address"], "::ffff:127.0.0.1");

    let (only, port) = listen("--type udp6 --ipv6-only --count 1");
    cat(&format!("send 127.0.0.1 {port} four")).end();
    cat(&format!("--type udp6 send ::1 {port} six")).end();
    assert_eq!(events(&only.end())[0]["data"], "six");
}

#[test]
fn the_listener_ends_when_nobody_reads_it() {
    let (listener, port) = listen("");
    let code = listener.end_unread(|| {
        cat(&format!("send 127.0.0.1 {port} x")).end();
    });
    assert_eq!(code, Some(0));
}
