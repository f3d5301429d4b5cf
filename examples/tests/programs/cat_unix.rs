//! dgramcat with Unix datagrams.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;

use serde_json::json;
use tempfile::TempDir;

use crate::cat_messages::{cat, events};

fn place() -> (TempDir, String) {
    let place = TempDir::new().unwrap();
    let path = place.path().join("s").to_str().unwrap().to_owned();
    (place, path)
}

#[test]
fn datagrams_go_there_and_back() {
    let (_place, path) = place();
    let options = "--echo --count 2 --timeout 30 --mode 600";
    let mut listener = cat(&format!("--type unix --json listen {path} {options}"));
    let listening = listener.json();
    assert_eq!(listening, json!({ "event": "listening", "address": path }));
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let own = format!("{path}-client");
    let line = format!("--type unix send {path} hello x --bind {own} --reply 30 --connect");
    let sender = cat(&line).end();
    assert_eq!((sender.code, sender.err.as_str()), (Some(0), ""));
    let replies = format!("5 bytes from {path}: hello\n1 byte from {path}: x\n");
    let mut lines: Vec<&str> = sender.out.lines().collect();
    lines.sort_unstable_by_key(|line| !line.starts_with("sent"));
    assert_eq!(
        lines.join("\n") + "\n",
        format!("sent 5 bytes\nsent 1 byte\n{replies}")
    );

    let ended = listener.end();
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let message = |size: usize, data: &str| json!({ "event": "message", "address": own, "size": size, "data": data });
    let sent = |bytes: usize| json!({ "event": "sent", "bytes": bytes });
    let close = json!({ "event": "close" });
    let expected = [
        message(5, "hello"),
        sent(5),
        message(1, "x"),
        sent(1),
        close,
    ];
    assert_eq!(events(&ended), expected);
    assert!(!fs::exists(&path).unwrap() && !fs::exists(&own).unwrap());
}

#[test]
fn lines_of_standard_input_are_sent() {
    let (_place, path) = place();
    let server = UnixDatagram::bind(&path).unwrap();
    let mut sender = cat(&format!("--type unix send {path} -"));
    sender.write(b"one\ntwo\n");
    let mut buffer = [0; 8];
    for expected in [b"one", b"two"] {
        assert_eq!(server.recv(&mut buffer).unwrap(), 3);
        assert_eq!(&buffer[..3], expected);
    }
    let ended = sender.end();
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (Some(0), "sent 3 bytes\nsent 3 bytes\n")
    );
}

#[test]
fn what_goes_wrong_is_said() {
    let (_place, path) = place();
    let ended = cat(&format!("--type unix send {path} x")).end();
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.err, format!("send ENOENT {path}\n"));
    fs::write(&path, "precious").unwrap();
    let ended = cat(&format!("--type unix listen {path}")).end();
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.err, format!("bind EADDRINUSE {path}\n"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    let ended = cat(&format!(
        "--type unix listen {path}-2 --count 1 --timeout 0.1"
    ))
    .end();
    assert_eq!(ended.code, Some(1));
    assert_eq!(
        ended.err,
        "dgramcat: the time is up, with 0 of 1 datagrams\n"
    );
}

#[test]
fn wrong_usage_says_what_to_do() {
    for (line, text) in [
        (
            "--type unix",
            "say what to do: listen PATH, or send PATH [DATA…]",
        ),
        ("--type unix listen", "listen takes one operand: PATH"),
        (
            "--type unix listen p --ipv6-only",
            "--ipv6-only is not for listen with --type unix",
        ),
        (
            "--type unix listen p --mode 888",
            "--mode takes 0 to 777, in octal, but got '888'",
        ),
        (
            "--type unix send p --ttl 1",
            "--ttl is not for send with --type unix",
        ),
        (
            "--type unix send",
            "send takes at least one operand: PATH [DATA…]",
        ),
        ("listen 0 --mode 600", "--mode is only for --type unix"),
    ] {
        let ended = cat(line).end();
        assert_eq!(ended.code, Some(2), "{line}");
        let expected = format!("dgramcat: {text}\nTry dgramcat --help.\n");
        assert_eq!(ended.err, expected, "{line}");
    }
}
