//! The support table: what backends lack, and where they differ from Node on purpose.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::mistake::Mistake;
use crate::need::Need;

/// A row of the support table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Row {
    /// Its id, by which difference files speak of it.
    pub id: String,
    /// What it is about, in a few words.
    pub title: String,
    /// Why it is so.
    pub reason: String,
    /// The need that the backends lack: excuses whole scenarios. `None`: an intended difference.
    pub need: Option<Need>,
    /// Which backends; `None`: all.
    pub backends: Option<Vec<String>>,
    /// Who shows a difference that no scenario of one process can: a file of the repository, `#`, and a part of it.
    pub shown: Option<String>,
}

/// All rows.
#[derive(Clone, Debug)]
pub struct Table(Vec<Row>);

impl Table {
    /// The table of this project.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn of_this_project() -> Result<Self, Mistake> {
        Self::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("support.json"))
    }

    /// Reads `support.json`.
    ///
    /// # Errors
    /// A file that cannot be read, or that is no such file.
    pub fn load(path: &Path) -> Result<Self, Mistake> {
        let wrong = |what: &str| Mistake::new(format!("{}: {what}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| wrong(&error.to_string()))?;
        let json: Json = serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
        let rows = json.get("rows").and_then(Json::as_array);
        let rows = rows.ok_or_else(|| wrong("no \"rows\""))?;
        let rows: Result<Vec<Row>, Mistake> = rows.iter().map(Row::parse).collect();
        Ok(Self(rows.map_err(|mistake| wrong(&mistake.to_string()))?))
    }

    /// The rows, in the order of the file.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.0
    }

    /// The row of an intended difference of a backend.
    ///
    /// # Errors
    /// There is none: nothing excuses the difference.
    pub fn difference(&self, id: &str, backend: &str) -> Result<&Row, Mistake> {
        let mut rows = self.0.iter();
        let row = rows.find(|row| row.id == id && row.need.is_none() && row.is_for(backend));
        row.ok_or_else(|| {
            Mistake::new(format!(
                "support.json has no row \"{id}\" of a difference of {backend}"
            ))
        })
    }

    /// The row that excuses a backend from a need.
    ///
    /// # Errors
    /// There is none: the backend has to have it.
    pub fn lack(&self, need: Need, backend: &str) -> Result<&Row, Mistake> {
        let mut rows = self.0.iter();
        let row = rows.find(|row| row.need == Some(need) && row.is_for(backend));
        row.ok_or_else(|| {
            let need = need.name();
            Mistake::new(format!(
                "support.json does not excuse {backend} from \"{need}\""
            ))
        })
    }
}

impl Row {
    fn parse(json: &Json) -> Result<Self, Mistake> {
        let text = |key: &str| {
            let text = json.get(key).and_then(Json::as_str);
            text.map(String::from)
                .ok_or_else(|| Mistake::new(format!("a row has no \"{key}\": {json}")))
        };
        let need = match json.get("need").and_then(Json::as_str) {
            None => None,
            Some(name) => Some(
                Need::parse(name)
                    .ok_or_else(|| Mistake::new(format!("unknown need \"{name}\"")))?,
            ),
        };
        let backends = json.get("backends").and_then(Json::as_array).map(|names| {
            let names = names.iter().filter_map(Json::as_str);
            names.map(String::from).collect()
        });
        Ok(Self {
            id: text("id")?,
            title: text("title")?,
            reason: text("reason")?,
            need,
            backends,
            shown: json.get("shown").and_then(Json::as_str).map(String::from),
        })
    }

    fn is_for(&self, backend: &str) -> bool {
        let backends = self.backends.as_ref();
        backends.is_none_or(|backends| backends.iter().any(|name| name == backend))
    }
}
