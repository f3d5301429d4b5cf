//! Goldens, and how a trace is compared with one: by stream, for the order between sockets means nothing.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::mistake::Mistake;
use crate::trace::Line;

/// The lines of one socket, or (`None`) of the scenario, in order.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Stream {
    /// The socket's name.
    pub socket: Option<String>,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// Reads a golden: a header, then a trace.
///
/// # Errors
/// A file that cannot be read, or is none.
pub fn load(path: &Path) -> Result<Vec<Line>, Mistake> {
    let text = fs::read_to_string(path)
        .map_err(|error| Mistake::new(format!("{}: cannot be read: {error}", path.display())))?;
    let lines = parse(&text)?;
    match lines.split_first() {
        Some((header, lines)) if header.contains_key("node") => Ok(lines.to_vec()),
        _ => Err(Mistake::new(format!("{}: has no header", path.display()))),
    }
}

/// Reads a trace: a JSON object a line.
///
/// # Errors
/// A line that is none.
pub fn parse(text: &str) -> Result<Vec<Line>, Mistake> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            serde_json::from_str(line)
                .map_err(|error| Mistake::new(format!("not a line of a trace: {line}: {error}")))
        })
        .collect()
}

/// Splits a trace by socket.
#[must_use]
pub fn streams(lines: &[Line]) -> Vec<Stream> {
    let mut streams: Vec<Stream> = Vec::new();
    for line in lines {
        let socket = line.get("socket").and_then(Json::as_str).map(String::from);
        match streams.iter_mut().find(|stream| stream.socket == socket) {
            Some(stream) => stream.lines.push(line.clone()),
            None => streams.push(Stream {
                socket,
                lines: vec![line.clone()],
            }),
        }
    }
    streams
}

/// The first difference of each stream, as text; empty if there is none.
#[must_use]
pub fn differences(expected: &[Stream], actual: &[Stream]) -> Vec<String> {
    let mut texts = Vec::new();
    for want in expected {
        let have = actual.iter().find(|stream| stream.socket == want.socket);
        let have = have.map_or(&[][..], |stream| &stream.lines);
        texts.extend(difference(want.socket.as_deref(), &want.lines, have));
    }
    for have in actual {
        if !expected.iter().any(|stream| stream.socket == have.socket) {
            texts.extend(difference(have.socket.as_deref(), &[], &have.lines));
        }
    }
    texts
}

fn difference(socket: Option<&str>, want: &[Line], have: &[Line]) -> Vec<String> {
    let length = want.len().max(have.len());
    let Some(at) = (0..length).find(|at| want.get(*at) != have.get(*at)) else {
        return Vec::new();
    };
    let shown = |lines: &[Line]| {
        let line = lines.get(at).cloned().map(Json::Object);
        line.map_or_else(|| "(nothing more)".into(), |line| line.to_string())
    };
    vec![
        format!("socket {}, line {at}:", socket.unwrap_or("null")),
        format!("  expected {}", shown(want)),
        format!("  got      {}", shown(have)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Line> {
        parse(text).unwrap()
    }

    #[test]
    fn the_order_between_sockets_means_nothing() {
        let one =
            lines("{\"socket\":\"a\",\"x\":1}\n{\"socket\":null}\n{\"socket\":\"a\",\"x\":2}\n");
        let other =
            lines("{\"socket\":null}\n{\"socket\":\"a\",\"x\":1}\n{\"x\":2,\"socket\":\"a\"}\n");
        assert!(differences(&streams(&one), &streams(&other)).is_empty());
    }

    #[test]
    fn the_first_difference_of_each_stream_is_told() {
        let one = lines("{\"socket\":\"a\",\"x\":1}\n{\"socket\":\"b\",\"x\":2}");
        let other = lines("{\"socket\":\"a\",\"x\":1}\n{\"socket\":\"a\",\"x\":3}");
        let texts = differences(&streams(&one), &streams(&other));
        assert_eq!(
            texts,
            [
                "socket a, line 1:",
                "  expected (nothing more)",
                "  got      {\"socket\":\"a\",\"x\":3}",
                "socket b, line 0:",
                "  expected {\"socket\":\"b\",\"x\":2}",
                "  got      (nothing more)",
            ]
        );
    }
}
