//! What the program prints: lines for people, or JSON objects.

use core::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Map, Value};

use super::facts::Facts;

/// Where something comes from, or listens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// An IP address, or the address of a Unix socket; empty for a Unix socket without one.
    pub(super) address: &'a str,
    /// Of an IP address: its family, and the port.
    pub(super) port: Option<(&'static str, u16)>,
}

impl Place<'_> {
    /// The place as the first members of an object.
    fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("address".to_owned(), self.address.into());
        if let Some((family, port)) = self.port {
            members.insert("family".to_owned(), family.into());
            members.insert("port".to_owned(), port.into());
        }
        members
    }
}

/// Prints events on one output.
#[derive(Debug)]
pub(super) struct Printer<W> {
    out: W,
    is_json: bool,
}

impl<W: Write> Printer<W> {
    pub(super) const fn new(out: W, is_json: bool) -> Self {
        Self { out, is_json }
    }

    pub(super) const fn is_json(&self) -> bool {
        self.is_json
    }

    pub(super) fn listening(&mut self, place: Place<'_>) -> io::Result<()> {
        if !self.is_json {
            return writeln!(self.out, "listening on {}", end(place));
        }
        self.object("listening", place.members())
    }

    /// A datagram, with what else is known of it if that is wanted: for people on a line of its own.
    pub(super) fn message(
        &mut self,
        sender: Place<'_>,
        data: &[u8],
        facts: Option<&Facts>,
    ) -> io::Result<()> {
        let text = core::str::from_utf8(data);
        if !self.is_json {
            let (sender, size) = (end(sender), bytes(data.len()));
            match text {
                Ok(text) => writeln!(self.out, "{size} from {sender}: {}", printable(text)),
                Err(_) => writeln!(self.out, "{size} from {sender}, hex: {}", hex(data)),
            }?;
            return facts.map_or(Ok(()), |facts| writeln!(self.out, "  {}", facts.text()));
        }
        let (key, value) = match text {
            Ok(text) => ("data", text.to_owned()),
            Err(_) => ("hex", hex(data)),
        };
        let mut members = sender.members();
        members.insert("size".to_owned(), data.len().into());
        members.insert(key.to_owned(), value.into());
        members.extend(facts.map(Facts::members).unwrap_or_default());
        self.object("message", members)
    }

    pub(super) fn sent(&mut self, len: usize) -> io::Result<()> {
        if !self.is_json {
            return writeln!(self.out, "sent {}", bytes(len));
        }
        self.object("sent", Map::from_iter([("bytes".to_owned(), len.into())]))
    }

    /// An error, for JSON readers; people read it on standard error.
    pub(super) fn error(&mut self, code: &str, message: &str) -> io::Result<()> {
        if !self.is_json {
            return Ok(());
        }
        let members = [("code", code), ("message", message)];
        let members = members.map(|(key, value)| (key.to_owned(), value.into()));
        self.object("error", Map::from_iter(members))
    }

    /// The end, which people see by themselves.
    pub(super) fn close(&mut self) -> io::Result<()> {
        if !self.is_json {
            return Ok(());
        }
        self.object("close", Map::new())
    }

    fn object(&mut self, event: &str, members: Map<String, Value>) -> io::Result<()> {
        let mut object = Map::new();
        object.insert("event".to_owned(), event.into());
        object.extend(members);
        writeln!(self.out, "{}", Value::Object(object))
    }
}

fn end(place: Place<'_>) -> String {
    let Place { address, port } = place;
    match port {
        Some((_, port)) if address.contains(':') => format!("[{address}]:{port}"),
        Some((_, port)) => format!("{address}:{port}"),
        None if address.is_empty() => "an unbound socket".to_owned(),
        None => address.to_owned(),
    }
}

fn bytes(len: usize) -> String {
    let unit = if len == 1 { "byte" } else { "bytes" };
    format!("{len} {unit}")
}

/// Keeps a datagram from steering the terminal.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || character == '\\' {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

fn hex(data: &[u8]) -> String {
    data.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENDER: Place<'_> = Place {
        address: "fe80::1%eth0",
        port: Some(("IPv6", 9)),
    };

    fn printed(is_json: bool, data: &[u8]) -> String {
        let mut out = Vec::new();
        let mut printer = Printer::new(&mut out, is_json);
        printer.message(SENDER, data, None).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn people_get_no_control_characters() {
        assert_eq!(
            printed(false, "é\u{1b}[31m\n\\".as_bytes()),
            "9 bytes from [fe80::1%eth0]:9: é\\u{1b}[31m\\n\\\\\n"
        );
        assert_eq!(
            printed(false, b"\xff"),
            "1 byte from [fe80::1%eth0]:9, hex: ff\n"
        );
        assert_eq!(printed(false, b""), "0 bytes from [fe80::1%eth0]:9: \n");
    }

    #[test]
    fn json_is_one_line_with_the_keys_in_order() {
        assert_eq!(
            printed(true, b"a\nb"),
            "{\"event\":\"message\",\"address\":\"fe80::1%eth0\",\"family\":\"IPv6\",\"port\":9,\"size\":3,\"data\":\"a\\nb\"}\n"
        );
        assert!(printed(true, &[0, 0xff]).ends_with("\"size\":2,\"hex\":\"00ff\"}\n"));
    }
}
