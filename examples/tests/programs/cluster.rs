//! The echo server of several processes: who answers, and what becomes of workers.

use core::time::Duration;
use std::net::UdpSocket;
use std::process::Command;

use crate::running::Running;

fn cluster(line: &str) -> Running {
    Running::start(env!("CARGO_BIN_EXE_cluster"), line.split_whitespace())
}

/// The worker, its process and its port.
fn listening(line: &str) -> (u32, u32, u16) {
    let words: Vec<&str> = line.split([' ', ',', ':']).collect();
    let [
        "worker",
        worker,
        "",
        "process",
        process,
        "",
        "listens",
        "on",
        "127.0.0.1",
        port,
    ] = words.as_slice()
    else {
        panic!("{line}");
    };
    (
        worker.parse().unwrap(),
        process.parse().unwrap(),
        port.parse().unwrap(),
    )
}

/// The worker that answers.
fn ask(port: u16) -> u32 {
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    let limit = Some(Duration::from_secs(30));
    client.set_read_timeout(limit).unwrap();
    client.send_to(b"hello", ("127.0.0.1", port)).unwrap();
    let mut buffer = [0; 64];
    let length = client.recv(&mut buffer).unwrap();
    let answer = String::from_utf8_lossy(&buffer[..length]).into_owned();
    let worker = answer.strip_prefix("worker ").unwrap();
    worker.strip_suffix(": hello").unwrap().parse().unwrap()
}

#[test]
fn workers_answer_on_one_port_until_the_last_has_left() {
    let mut server = cluster("--workers 2 --bind 127.0.0.1 --count 1");
    let one = listening(&server.line());
    let two = listening(&server.line());
    assert_eq!(one.2, two.2);
    let first = ask(one.2);
    assert_eq!(server.line(), format!("worker {first} has left"));
    let second = ask(one.2);
    assert_eq!(server.line(), format!("worker {second} has left"));
    let mut both = [first, second];
    both.sort_unstable();
    assert_eq!(both, [1, 2]);
    let ended = server.end();
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
}

#[test]
fn a_worker_that_crashes_is_replaced() {
    let mut server = cluster("--workers 1 --bind 127.0.0.1 --count 2");
    let (worker, process, port) = listening(&server.line());
    assert_eq!((worker, ask(port)), (1, 1));
    let process = process.to_string();
    let killed = Command::new("kill").args(["-9", &process]).status();
    assert!(killed.unwrap().success());
    let line = "worker 1 has crashed; worker 2 takes its place";
    assert_eq!(server.line(), line);
    let (worker, _, port) = listening(&server.line());
    assert_eq!((worker, ask(port), ask(port)), (2, 2, 2));
    assert_eq!(server.line(), "worker 2 has left");
    assert_eq!(server.end().code, Some(0));
}

#[test]
fn what_goes_wrong_is_said() {
    let ended = cluster("--workers 1 --bind 203.0.113.77").end();
    assert_eq!(ended.code, Some(1));
    let error = "cluster: bind EADDRNOTAVAIL 203.0.113.77\n";
    assert_eq!(ended.err, format!("{error}cluster: worker 1 has failed\n"));

    for line in ["--frob", "--port 70000", "1", "--count some"] {
        let ended = cluster(line).end();
        assert_eq!(ended.code, Some(2), "{line}");
        let try_help = "\nTry cluster --help.\n";
        assert!(ended.err.ends_with(try_help), "{line}: {}", ended.err);
    }
    let ended = cluster("--help").end();
    assert_eq!(ended.code, Some(0));
    assert!(ended.out.starts_with("cluster: "));
}
