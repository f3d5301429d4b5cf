//! The echo server on tokio, and who talks to it.

use core::net::SocketAddr;
use core::time::Duration;
use std::net::UdpSocket;

use crate::running::Running;

fn echo(line: &str) -> Running {
    Running::start(env!("CARGO_BIN_EXE_tokio_echo"), line.split_whitespace())
}

#[test]
fn every_datagram_comes_back() {
    for (own, options) in [
        ("127.0.0.1:0", "--bind 127.0.0.1 --count 2"),
        ("[::1]:0", "--ipv6 --bind ::1 --count 2 0"),
    ] {
        let mut server = echo(options);
        let line = server.line();
        let address = line.strip_prefix("listening on ").unwrap();
        let address: SocketAddr = address.parse().unwrap();
        let client = UdpSocket::bind(own).unwrap();
        let limit = Some(Duration::from_secs(5));
        client.set_read_timeout(limit).unwrap();
        for data in [&b"hello"[..], b""] {
            client.send_to(data, address).unwrap();
            let mut buffer = [0; 64];
            let (length, sender) = client.recv_from(&mut buffer).unwrap();
            assert_eq!((&buffer[..length], sender), (data, address));
        }
        let ended = server.end();
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    }
}

#[test]
fn what_goes_wrong_is_said() {
    let ended = echo("--bind 203.0.113.77").end();
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.err, "tokio_echo: bind EADDRNOTAVAIL 203.0.113.77\n");

    for line in ["--frob", "70000", "1 2", "--count some"] {
        let ended = echo(line).end();
        assert_eq!(ended.code, Some(2), "{line}");
        let try_help = "\nTry tokio_echo --help.\n";
        assert!(ended.err.ends_with(try_help), "{line}: {}", ended.err);
    }
    let ended = echo("--help").end();
    assert_eq!(ended.code, Some(0));
    assert!(ended.out.starts_with("tokio_echo: "));
}
