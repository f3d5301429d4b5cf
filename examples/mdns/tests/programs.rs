//! A responder and somebody who asks, both edge-mdns on our sockets, in a private network namespace.
#![cfg(target_os = "linux")]

#[expect(dead_code, reason = "shared with tests that use all of it")]
#[path = "../../../backend-std/src/test_namespace.rs"]
mod test_namespace;

use std::io::{BufRead as _, BufReader};
use std::net::UdpSocket;
use std::process::{Child, Command, Output, Stdio};

/// A responder, killed when the test ends.
struct Responder(Child);

impl Responder {
    /// Starts one, and returns when it answers.
    fn start(line: &str) -> Self {
        let mut child = mdns(&format!("respond {line}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = child.stdout.take().unwrap();
        let responder = Self(child);
        let mut told = String::new();
        BufReader::new(out).read_line(&mut told).unwrap();
        assert_eq!(told, "answering for printer.local\n");
        responder
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        // Of no use when it has ended, which only a failure makes it do.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn mdns(line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mdns"));
    command.args(line.split_whitespace());
    command
}

fn query(line: &str) -> Output {
    mdns(&format!("query {line}")).output().unwrap()
}

fn answers(line: &str, address: &str) {
    let Output {
        status,
        stdout,
        stderr,
    } = query(line);
    let (out, err) = (
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr),
    );
    assert_eq!(
        (status.code(), &*out, &*err),
        (Some(0), address, ""),
        "{line}"
    );
}

fn nobody_answers(line: &str) {
    let output = query(line);
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        (output.status.code(), &*err),
        (Some(1), "mdns: nobody answered\n"),
        "{line}"
    );
}

#[test]
fn a_name_is_answered_on_its_interface_only() {
    test_namespace::run(|| {
        // The route of all groups leads to the other one.
        let _responder = Responder::start("--interface any1 printer");
        answers("--interface any1 printer", "198.51.100.10\n");
        answers("--interface any1 PRINTER", "198.51.100.10\n");
        nobody_answers("--interface any1 --timeout 0.5 scanner");
        nobody_answers("--interface any0 --timeout 0.5 printer");
        nobody_answers("--interface any1 --ipv6 --timeout 0.5 printer");
    });
}

#[test]
fn a_name_is_answered_by_ipv6() {
    test_namespace::run(|| {
        let _responder = Responder::start("--interface any1 --ipv6 printer");
        answers("--interface any1 --ipv6 printer", "2001:db8:1::10\n");
        nobody_answers("--interface any1 --ipv6 --timeout 0.5 scanner");
        nobody_answers("--interface any1 --timeout 0.5 printer");
    });
}

#[test]
fn responders_share_the_port_and_survive_garbage() {
    test_namespace::run(|| {
        let first = Responder::start("--interface any1 printer");
        let _second = Responder::start("--interface any0 printer");
        let stranger = UdpSocket::bind("198.51.100.10:0").unwrap();
        for garbage in [&b""[..], b"\xff", &[0; 60_000]] {
            for address in ["198.51.100.10:5353", "224.0.0.251:5353"] {
                // The route of the group is the other interface's, and its frames may be too short.
                stranger.send_to(garbage, address).unwrap();
            }
        }
        answers("--interface any0 printer", "192.0.2.10\n");
        answers("--interface any1 printer", "198.51.100.10\n");
        drop(first);
        nobody_answers("--interface any1 --timeout 0.5 printer");
        answers("--interface any0 printer", "192.0.2.10\n");
    });
}

#[test]
fn wrong_usage_is_2() {
    for line in [
        "",
        "query",
        "query printer",
        "frob --interface lo printer",
        "query --interface lo two.labels",
        "query --interface lo --timeout -1 printer",
        "query --interface lo printer again",
        "respond --frob",
    ] {
        let output = mdns(line).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{line}");
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(err.starts_with("mdns: "), "{line}: {err}");
        assert!(err.ends_with("Try mdns --help.\n"), "{line}: {err}");
    }
    let missing = query("--interface nosuch0 printer");
    let err = String::from_utf8_lossy(&missing.stderr);
    assert_eq!(
        (missing.status.code(), &*err),
        (Some(1), "mdns: no interface nosuch0\n")
    );
    let help = mdns("--help").output().unwrap();
    assert_eq!(help.status.code(), Some(0));
    assert!(help.stdout.starts_with(b"mdns: "));
}
