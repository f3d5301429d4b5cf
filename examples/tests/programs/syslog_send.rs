//! The syslog sender, and a server that listens.

use std::net::UdpSocket;

use crate::running::Running;

fn syslog(line: &str) -> Running {
    Running::start(env!("CARGO_BIN_EXE_syslog_send"), line.split_whitespace())
}

fn received(server: &UdpSocket) -> String {
    let mut buffer = [0; 2048];
    let len = server.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..len].to_vec()).unwrap()
}

#[test]
fn a_message_arrives_with_the_address_it_left_from_as_host() {
    for (address, host) in [("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "::1")] {
        let server = UdpSocket::bind(address).unwrap();
        let to = server.local_addr().unwrap();
        let line = format!("{to} it works --severity info --facility local0 --app test");
        let ended = syslog(&line).end();
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
        let message = received(&server);
        let fields: Vec<&str> = message.splitn(8, ' ').collect();
        assert_eq!(fields[0], "<134>1");
        assert_eq!((fields[1].len(), &fields[1][10..11]), (24, "T"));
        assert_eq!(fields[2..4], [host, "test"]);
        assert!(fields[4].parse::<u32>().is_ok());
        assert_eq!(fields[5..], ["-", "-", "it works"]);
    }
}

#[cfg(unix)]
#[test]
fn the_logger_of_this_computer_gets_a_unix_datagram() {
    use std::os::unix::net::UnixDatagram;

    let place = tempfile::TempDir::new().unwrap();
    let path = place.path().join("log");
    let logger = UnixDatagram::bind(&path).unwrap();
    let path = path.to_str().unwrap();
    let ended = syslog(&format!("{path} --severity err --app test it works")).end();
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let mut buffer = [0; 64];
    let len = logger.recv(&mut buffer).unwrap();
    let message = core::str::from_utf8(&buffer[..len]).unwrap();
    let (before, text) = message.split_once("]: ").unwrap();
    let process = before.strip_prefix("<11>test[").unwrap();
    assert!(process.parse::<u32>().is_ok(), "{message}");
    assert_eq!(text, "it works");

    drop(logger);
    let ended = syslog(&format!("{path} nobody hears it")).end();
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.err, format!("connect ECONNREFUSED {path}\n"));
}

#[test]
fn what_goes_wrong_is_said() {
    let ended = syslog("no..such hello").end();
    assert_eq!(ended.code, Some(1));
    assert_eq!(ended.err, "getaddrinfo ENOTFOUND no..such\n");

    let ended = syslog("127.0.0.1").end();
    assert_eq!(ended.code, Some(2));
    assert_eq!(
        ended.err,
        "syslog_send: say something: MESSAGE\nTry syslog_send --help.\n"
    );

    let ended = syslog("--help").end();
    assert_eq!(ended.code, Some(0));
    assert!(ended.out.contains("HOST[:PORT] MESSAGE"));
}
