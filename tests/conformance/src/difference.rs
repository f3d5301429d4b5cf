//! Intended differences: the exact edits that turn a golden into our trace.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::golden::Stream;
use crate::mistake::Mistake;
use crate::trace::Line;

/// What differs in one scenario, and the row of the support table that says why.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The row's id.
    pub row: String,
    /// For which backends; `None`: for all.
    pub backends: Option<Vec<String>>,
    /// What has to be changed.
    pub edits: Vec<Edit>,
}

/// One change of a stream.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Edit {
    /// Whose stream.
    pub socket: Option<String>,
    /// At which line of the unedited stream.
    pub at: usize,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of a place in a stream.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "lines come, go or change")]
pub enum Change {
    /// Another line stands there.
    Replace(Line, Line),
    /// The line is missing.
    Delete(Line),
    /// A line comes before.
    Insert(Line),
}

impl Difference {
    /// Reads the file of a scenario, for one backend; `None` if there is nothing for it.
    ///
    /// # Errors
    /// A file that cannot be read, or that is no such file.
    pub fn load(path: &Path, backend: &str) -> Result<Option<Self>, Mistake> {
        if !path.exists() {
            return Ok(None);
        }
        let wrong = |what: &str| Mistake::new(format!("{}: {what}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| wrong(&error.to_string()))?;
        let json: Json = serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
        let parts = if let Json::Array(parts) = json {
            parts
        } else {
            vec![json]
        };
        let mut found = None;
        for part in &parts {
            let part = Self::parse(part).map_err(|mistake| wrong(&mistake.to_string()))?;
            if !part.is_for(backend) {
                continue;
            }
            if found.replace(part).is_some() {
                return Err(wrong(&format!("has two parts for {backend}")));
            }
        }
        Ok(found)
    }

    /// Reads one part of a file.
    ///
    /// # Errors
    /// What is none, and edits in disorder or without effect.
    pub fn parse(json: &Json) -> Result<Self, Mistake> {
        let row = json.get("row").and_then(Json::as_str);
        let row = row.ok_or_else(|| Mistake::new("no \"row\""))?.to_owned();
        let backends = json.get("backends").and_then(Json::as_array).map(|names| {
            let names = names.iter().filter_map(Json::as_str);
            names.map(String::from).collect()
        });
        let edits = json.get("edits").and_then(Json::as_array);
        let edits = edits.ok_or_else(|| Mistake::new("no \"edits\""))?;
        let edits: Result<Vec<Edit>, Mistake> = edits.iter().map(Edit::parse).collect();
        let difference = Self {
            row,
            backends,
            edits: edits?,
        };
        difference.check()?;
        Ok(difference)
    }

    /// How files have it.
    #[must_use]
    pub fn to_json(&self) -> Json {
        let edits: Vec<Json> = self.edits.iter().map(Edit::to_json).collect();
        match &self.backends {
            None => json!({ "row": self.row, "edits": edits }),
            Some(backends) => json!({ "row": self.row, "backends": backends, "edits": edits }),
        }
    }

    fn is_for(&self, backend: &str) -> bool {
        let backends = self.backends.as_ref();
        backends.is_none_or(|backends| backends.iter().any(|name| name == backend))
    }

    fn check(&self) -> Result<(), Mistake> {
        if self.edits.is_empty() {
            return Err(Mistake::new("changes nothing"));
        }
        for (index, edit) in self.edits.iter().enumerate() {
            let wrong = |what: &str| Mistake::new(format!("edit {index} {what}"));
            if let Change::Replace(old, new) = &edit.change
                && old == new
            {
                return Err(wrong("changes nothing"));
            }
            let earlier = self.edits.get(..index).unwrap_or_default();
            let mut of_socket = earlier.iter().filter(|one| one.socket == edit.socket);
            let clashes = |one: &Edit| match one.change {
                Change::Replace(..) | Change::Delete(_) => one.at >= edit.at,
                Change::Insert(_) => one.at > edit.at,
            };
            if of_socket.any(clashes) {
                return Err(wrong("is out of order, or the second for its line"));
            }
        }
        Ok(())
    }

    /// Edits a golden.
    ///
    /// # Errors
    /// The golden says something else than the edits have written down: the file is stale.
    pub fn apply(&self, golden: &[Stream]) -> Result<Vec<Stream>, Mistake> {
        let mut edited = golden.to_vec();
        for edit in &self.edits {
            if !edited.iter().any(|stream| stream.socket == edit.socket) {
                edited.push(Stream {
                    socket: edit.socket.clone(),
                    lines: Vec::new(),
                });
            }
        }
        for stream in &mut edited {
            let edits: Vec<&Edit> = self
                .edits
                .iter()
                .filter(|edit| edit.socket == stream.socket)
                .collect();
            // From the end, so that places stay what they are.
            for edit in edits.into_iter().rev() {
                edit.apply(&mut stream.lines)?;
            }
        }
        edited.retain(|stream| !stream.lines.is_empty());
        Ok(edited)
    }
}

impl Edit {
    fn parse(json: &Json) -> Result<Self, Mistake> {
        let wrong = || Mistake::new(format!("not an edit: {json}"));
        let line = |key: &str| {
            let line = json.get(key).and_then(Json::as_object);
            line.cloned().ok_or_else(wrong)
        };
        let at = json.get("at").and_then(Json::as_u64);
        let at = at.and_then(|at| usize::try_from(at).ok());
        let change = match json.get("op").and_then(Json::as_str) {
            Some("replace") => Change::Replace(line("old")?, line("new")?),
            Some("delete") => Change::Delete(line("old")?),
            Some("insert") => Change::Insert(line("new")?),
            _ => return Err(wrong()),
        };
        Ok(Self {
            socket: json.get("socket").and_then(Json::as_str).map(String::from),
            at: at.ok_or_else(wrong)?,
            change,
        })
    }

    fn to_json(&self) -> Json {
        let (socket, at) = (&self.socket, self.at);
        match &self.change {
            Change::Replace(old, new) => {
                json!({ "socket": socket, "at": at, "op": "replace", "old": old, "new": new })
            }
            Change::Delete(old) => {
                json!({ "socket": socket, "at": at, "op": "delete", "old": old })
            }
            Change::Insert(new) => {
                json!({ "socket": socket, "at": at, "op": "insert", "new": new })
            }
        }
    }

    fn apply(&self, lines: &mut Vec<Line>) -> Result<(), Mistake> {
        let at = self.at;
        let stale = || {
            let socket = self.socket.as_deref().unwrap_or("null");
            Mistake::new(format!(
                "stale difference: socket {socket}, line {at} of the golden is another one"
            ))
        };
        match &self.change {
            Change::Replace(old, new) => {
                let line = lines.get_mut(at).filter(|line| *line == old);
                *line.ok_or_else(stale)? = new.clone();
            }
            Change::Delete(old) => {
                if lines.get(at) != Some(old) {
                    return Err(stale());
                }
                lines.remove(at);
            }
            Change::Insert(new) => {
                if at > lines.len() {
                    return Err(stale());
                }
                lines.insert(at, new.clone());
            }
        }
        Ok(())
    }
}

/// The edits that turn one trace into the other.
#[must_use]
pub fn edits(golden: &[Stream], actual: &[Stream]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for want in golden {
        let have = actual.iter().find(|stream| stream.socket == want.socket);
        let have = have.map_or(&[][..], |stream| &stream.lines);
        edits.extend(edits_of(want.socket.as_ref(), &want.lines, have));
    }
    for have in actual {
        if !golden.iter().any(|stream| stream.socket == have.socket) {
            edits.extend(edits_of(have.socket.as_ref(), &[], &have.lines));
        }
    }
    edits
}

/// Keeps the longest common subsequence; what goes and comes at one place is replaced.
fn edits_of(socket: Option<&String>, want: &[Line], have: &[Line]) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Vec::new();
    let edit = |at, change| Edit {
        socket: socket.cloned(),
        at,
        change,
    };
    let (mut gone, mut come): (Vec<(usize, &Line)>, Vec<&Line>) = (Vec::new(), Vec::new());
    let mut flush = |at: usize, gone: &mut Vec<(usize, &Line)>, come: &mut Vec<&Line>| {
        let pairs = gone.len().min(come.len());
        for ((place, old), new) in gone.drain(..pairs).zip(come.drain(..pairs)) {
            edits.push(edit(place, Change::Replace(old.clone(), new.clone())));
        }
        for (place, old) in gone.drain(..) {
            edits.push(edit(place, Change::Delete(old.clone())));
        }
        for new in come.drain(..) {
            edits.push(edit(at, Change::Insert(new.clone())));
        }
    };
    let (mut at, mut other) = (0, 0);
    while let (old, new) = (want.get(at), have.get(other))
        && (old.is_some() || new.is_some())
    {
        let rest = |at, other| common(want.get(at..), have.get(other..));
        match (old, new) {
            (Some(old), Some(new)) if old == new => {
                flush(at, &mut gone, &mut come);
                (at, other) = (at + 1, other + 1);
            }
            (Some(old), new) if new.is_none() || rest(at + 1, other) >= rest(at, other + 1) => {
                gone.push((at, old));
                at += 1;
            }
            (_, new) => {
                come.extend(new);
                other += 1;
            }
        }
    }
    flush(at, &mut gone, &mut come);
    edits
}

/// The length of the longest common subsequence.
fn common(want: Option<&[Line]>, have: Option<&[Line]>) -> usize {
    let have = have.unwrap_or_default();
    let mut lengths = vec![0; have.len() + 1];
    for old in want.unwrap_or_default() {
        let mut diagonal = 0;
        let mut left = 0;
        for (index, new) in have.iter().enumerate() {
            let Some(above) = lengths.get_mut(index + 1) else {
                break;
            };
            let length = if old == new {
                diagonal + 1
            } else {
                left.max(*above)
            };
            diagonal = core::mem::replace(above, length);
            left = length;
        }
    }
    lengths.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests;
