//! Sends one message to a syslog server by UDP, in the format of RFC 5424 (RFC 5426 for the transport), or to the syslog of
//! this computer by a Unix datagram.

extern crate alloc;

use core::cell::RefCell;
use core::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::SystemTime;

use alloc::rc::Rc;

use anydgram_std::{Datagram, Destination, EventLoop, SocketType, UnixDatagram};

const HELP: &str = "\
syslog_send: sends a message to a syslog server by UDP, or to the syslog of this computer

Usage: syslog_send [OPTIONS] HOST[:PORT] MESSAGE…
       syslog_send [OPTIONS] /PATH MESSAGE…        to a Unix socket: /dev/log on Linux, /var/run/syslog on macOS

PORT is 514 unless given; an IPv6 address with a port goes in brackets: [::1]:514.
  --facility NAME  kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock
                   local0 … local7, or 0 to 23 (default user)
  --severity NAME  emerg alert crit err warning notice info debug, or 0 to 7 (default notice)
  --app NAME       which program it is about (default syslog_send)
  --message-id ID  what kind of message it is
  --ipv6           looks HOST up as IPv6

Exit code: 0; 1 when a socket failed (the message is on standard error); 2 for wrong usage.
";

const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
    "ftp", "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4",
    "local5", "local6", "local7",
];

const SEVERITIES: [&str; 8] = [
    "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
];

#[derive(Debug)]
struct Arguments {
    facility: usize,
    severity: usize,
    app: String,
    message_id: String,
    is_ipv6: bool,
    host: String,
    port: u16,
    message: String,
}

fn main() -> ExitCode {
    match parse(lexopt::Parser::from_env()) {
        Ok(Some(arguments)) => match send_somewhere(arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string(), 1),
        },
        Ok(None) => match io::stdout().write_all(HELP.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(error) => fail(&format!("syslog_send: {error}\nTry syslog_send --help."), 2),
    }
}

/// `None`: only help is wanted.
fn parse(mut parser: lexopt::Parser) -> Result<Option<Arguments>, Box<dyn Error>> {
    use lexopt::prelude::{Long, Short, Value, ValueExt as _};
    let (mut facility, mut severity) = (1, 5);
    let (mut app, mut message_id) = ("syslog_send".to_owned(), "-".to_owned());
    let (mut is_ipv6, mut server, mut words) = (false, None, Vec::new());
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("facility") => facility = code(&parser.value()?.string()?, &FACILITIES)?,
            Long("severity") => severity = code(&parser.value()?.string()?, &SEVERITIES)?,
            Long("app") => app = field(&parser.value()?.string()?, 48)?,
            Long("message-id") => message_id = field(&parser.value()?.string()?, 32)?,
            Long("ipv6") => is_ipv6 = true,
            Value(value) if server.is_none() => server = Some(value.string()?),
            Value(value) => words.push(value.string()?),
            Short(_) | Long(_) => return Err(argument.unexpected().into()),
        }
    }
    let server = server.ok_or("name the server: HOST[:PORT]")?;
    let (host, port) = host_and_port(&server)?;
    if words.is_empty() {
        return Err("say something: MESSAGE".into());
    }
    Ok(Some(Arguments {
        facility,
        severity,
        app,
        message_id,
        is_ipv6: is_ipv6 || host.contains(':'),
        host: host.to_owned(),
        port,
        message: words.join(" "),
    }))
}

/// The number of a name, or of itself.
fn code(text: &str, names: &[&str]) -> Result<usize, String> {
    let by_name = names.iter().position(|name| *name == text);
    let number = by_name.or_else(|| text.parse().ok());
    number
        .filter(|number| *number < names.len())
        .ok_or_else(|| format!("'{text}' is none of {}", names.join(" ")))
}

/// A header field: printable ASCII without spaces (RFC 5424 § 6).
fn field(text: &str, longest: usize) -> Result<String, String> {
    let is_printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_printable || text.is_empty() || text.len() > longest {
        let rule = format!("1 to {longest} printable ASCII characters without spaces");
        return Err(format!("'{text}' is not {rule}"));
    }
    Ok(text.to_owned())
}

fn host_and_port(text: &str) -> Result<(&str, u16), Box<dyn Error>> {
    if text.starts_with('/') {
        return Ok((text, 0));
    }
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or("the bracket is not closed")?;
        (
            host,
            port.strip_prefix(':')
                .or_else(|| port.is_empty().then_some("514")),
        )
    } else {
        match text.split_once(':') {
            Some((_, rest)) if rest.contains(':') => (text, Some("514")),
            Some((host, port)) => (host, Some(port)),
            None => (text, Some("514")),
        }
    };
    let port = port.and_then(|port| port.parse().ok());
    let port = port.filter(|port| *port > 0 && !host.is_empty());
    Ok((
        host,
        port.ok_or("the server is HOST, HOST:PORT or [ADDRESS]:PORT")?,
    ))
}

fn send_somewhere(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    if arguments.host.starts_with('/') {
        send_here(&arguments)
    } else {
        send(arguments)
    }
}

/// Sends to a Unix socket. Connected, it waits if the system's logger is slow, in place of losing the message.
fn send_here(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let event_loop = EventLoop::new()?;
    let socket = event_loop.create_unix_socket()?;
    let failure = Rc::new(RefCell::new(None));
    let message = format_local_message(arguments);
    socket.on_error({
        let failure = Rc::clone(&failure);
        move |_, error| *failure.borrow_mut() = Some(error.clone())
    });
    let failed = Rc::clone(&failure);
    socket.on_connect(move |connected| {
        let failed = Rc::clone(&failed);
        connected
            .send_with(UnixDatagram::new(message.as_bytes()), move |result| {
                *failed.borrow_mut() = result.err();
            })
            .expect("it is connected");
    });
    socket.connect(arguments.host.as_str())?;
    event_loop.run()?;
    let failure = failure.take();
    failure.map_or(Ok(()), |error| Err(error.into()))
}

fn send(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let event_loop = EventLoop::new()?;
    let socket_type = if arguments.is_ipv6 {
        SocketType::Udp6
    } else {
        SocketType::Udp4
    };
    let socket = event_loop.create_socket(socket_type)?;
    let failure = Rc::new(RefCell::new(None));
    let (failed, sending) = (Rc::clone(&failure), socket.clone());
    let server = (arguments.host.clone(), arguments.port);
    let destination = Destination::new(server.0.as_str(), server.1);
    // Connected, the socket knows which of this host's addresses the server sees: that names the host.
    socket.connect_with(destination, move |connected| {
        let outcome = connected.and_then(|()| {
            let own = sending.address()?.address.ip().to_string();
            let message = format_message(&arguments, &own, now());
            let (failed, sent) = (Rc::clone(&failed), sending.clone());
            sending.send_with(Datagram::new(message.as_bytes()), move |result| {
                *failed.borrow_mut() = result.err();
                sent.close().expect("the socket is open");
            })
        });
        if let Err(error) = outcome {
            *failed.borrow_mut() = Some(error);
            sending.close().expect("the socket is open");
        }
    })?;
    event_loop.run()?;
    let failure = failure.take();
    failure.map_or(Ok(()), |error| Err(error.into()))
}

/// RFC 5424 § 6.
fn format_message(arguments: &Arguments, host: &str, time: SystemTime) -> String {
    let priority = arguments.facility * 8 + arguments.severity;
    let time = humantime::format_rfc3339_millis(time);
    let process = std::process::id();
    let Arguments {
        app,
        message_id,
        message,
        ..
    } = arguments;
    // Text beyond ASCII is marked as UTF-8 (§ 6.4).
    let mark = if message.is_ascii() { "" } else { "\u{feff}" };
    format!("<{priority}>1 {time} {host} {app} {process} {message_id} - {mark}{message}")
}

/// What loggers take from their own computer: RFC 3164 § 4.1.3, without the time and the host, which they know themselves.
fn format_local_message(arguments: &Arguments) -> String {
    let priority = arguments.facility * 8 + arguments.severity;
    let process = std::process::id();
    let Arguments { app, message, .. } = arguments;
    format!("<{priority}>{app}[{process}]: {message}")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the program asks for the time"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

fn fail(text: &str, code: u8) -> ExitCode {
    writeln!(io::stderr(), "{text}").ok();
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    fn arguments(line: &str) -> Result<Arguments, String> {
        let parsed = parse(lexopt::Parser::from_args(line.split(' ')));
        parsed
            .map_err(|error| error.to_string())
            .map(|arguments| arguments.unwrap())
    }

    #[test]
    fn a_message_has_the_format_of_rfc_5424() {
        let arguments =
            arguments("--facility local4 --severity 3 --app su --message-id ID47 h it failed");
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_065_910_455_003);
        let process = std::process::id();
        assert_eq!(
            format_message(&arguments.unwrap(), "192.0.2.1", time),
            format!("<163>1 2003-10-11T22:14:15.003Z 192.0.2.1 su {process} ID47 - it failed")
        );
    }

    #[test]
    fn text_beyond_ascii_is_marked() {
        let arguments = arguments("h é").unwrap();
        let text = format_message(&arguments, "::1", SystemTime::UNIX_EPOCH);
        assert!(text.starts_with("<13>1 1970-01-01T00:00:00.000Z ::1 syslog_send "));
        assert!(text.ends_with(" - - \u{feff}é"));
    }

    #[test]
    fn servers_are_hosts_with_or_without_port() {
        for (text, expected) in [
            ("logs", ("logs", 514)),
            ("logs:1514", ("logs", 1514)),
            ("127.0.0.1:9", ("127.0.0.1", 9)),
            ("::1", ("::1", 514)),
            ("[::1]", ("::1", 514)),
            ("[::1]:9", ("::1", 9)),
            ("/dev/log", ("/dev/log", 0)),
        ] {
            assert_eq!(host_and_port(text).unwrap(), expected, "{text}");
        }
        for text in [
            "", ":9", "h:", "h:x", "h:0", "h:65536", "[::1", "[::1]9", "[]:9",
        ] {
            assert!(host_and_port(text).is_err(), "{text}");
        }
    }

    #[test]
    fn wrong_usage_says_what_is_wrong() {
        for (line, text) in [
            ("--ipv6", "name the server"),
            ("h", "say something"),
            ("--facility local8 h m", "'local8' is none of kern user"),
            ("--facility 24 h m", "'24' is none of"),
            ("--severity 8 h m", "'8' is none of emerg"),
            ("--app é h m", "printable ASCII"),
            ("--frob h m", "--frob"),
        ] {
            let error = arguments(line).unwrap_err();
            assert!(error.contains(text), "{line}: {error}");
        }
    }
}
