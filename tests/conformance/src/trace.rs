//! The trace of one run: lines as they happen.

use serde_json::{Map, Value as Json};

/// A line of a trace: its members in the order in which they are printed.
pub type Line = Map<String, Json>;

/// Lines as they happen.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    lines: Vec<Line>,
    has_waited_in_vain: bool,
}

impl Trace {
    /// Adds a line to the stream of a socket, or of the scenario.
    pub(crate) fn add(&mut self, socket: Option<&str>, members: Json) {
        let mut line = Line::new();
        line.insert("socket".into(), socket.into());
        if let Json::Object(members) = members {
            line.extend(members);
        }
        self.lines.push(line);
    }

    /// Notes that a wait was in vain.
    pub(crate) fn add_in_vain(&mut self, wanted: &Line, count: usize) {
        self.has_waited_in_vain = true;
        let mut all = wanted.clone();
        all.insert("count".into(), count.into());
        let socket = wanted.get("socket").and_then(Json::as_str);
        self.add(socket, serde_json::json!({ "inVain": all }));
    }

    /// How many lines there are.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// How many lines have these members; `true` is any value.
    pub(crate) fn count(&self, wanted: &Line) -> usize {
        let fits = |line: &&Line| {
            wanted.iter().all(|(key, value)| match line.get(key) {
                Some(found) => *value == Json::Bool(true) || found == value,
                None => false,
            })
        };
        self.lines.iter().filter(fits).count()
    }

    /// The lines, and whether a wait was in vain.
    pub(crate) fn end(&mut self) -> (Vec<Line>, bool) {
        (core::mem::take(&mut self.lines), self.has_waited_in_vain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_counted_by_their_members() {
        let mut trace = Trace::default();
        trace.add(Some("a"), json!({ "event": "message", "data": "x" }));
        trace.add(Some("a"), json!({ "uncaught": { "name": "Error" } }));
        trace.add(None, json!({ "settled": true }));
        let count = |wanted: Json| trace.count(wanted.as_object().unwrap());
        assert_eq!(count(json!({ "socket": "a" })), 2);
        assert_eq!(count(json!({ "socket": "a", "uncaught": true })), 1);
        assert_eq!(count(json!({ "socket": "a", "event": "close" })), 0);
        assert_eq!(count(json!({ "socket": null })), 1);
        assert_eq!(trace.len(), 3);
    }
}
