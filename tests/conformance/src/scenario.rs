//! Scenario files: what can be said about one without running it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::mistake::Mistake;
use crate::need::Need;
use crate::step::Step;
use crate::symbols;

/// A scenario that has been read and checked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// Its name, the file's stem.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What it needs.
    pub needs: Vec<Need>,
    /// On how many hosts it runs.
    pub hosts: usize,
    /// What happens.
    pub steps: Vec<Step>,
    /// The labels of the free ports that it names.
    pub free_ports: Vec<String>,
}

const KEYS: [&str; 7] = ["name", "about", "spec", "needs", "hosts", "node", "steps"];

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// A file that cannot be read, that is no JSON, or that is no scenario.
    pub fn load(path: &Path) -> Result<Self, Mistake> {
        let shown = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| Mistake::new(format!("{shown}: cannot be read: {error}")))?;
        let json: Json = serde_json::from_str(&text)
            .map_err(|error| Mistake::new(format!("{shown}: is no JSON: {error}")))?;
        Self::parse(path, &json).map_err(|mistake| Mistake::new(format!("{shown}: {mistake}")))
    }

    fn parse(path: &Path, json: &Json) -> Result<Self, Mistake> {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let name = json.get("name").and_then(Json::as_str);
        let name = name.filter(|name| Some(*name) == stem);
        let name = name.ok_or_else(|| Mistake::new("\"name\" must be the file's stem"))?;
        for key in json.as_object().iter().flat_map(|object| object.keys()) {
            if !KEYS.contains(&key.as_str()) {
                return Err(Mistake::new(format!("unknown key \"{key}\"")));
            }
        }
        let written = json.get("steps").and_then(Json::as_array);
        let written = written.ok_or_else(|| Mistake::new("\"steps\" must be a list"))?;
        let steps: Result<Vec<Step>, Mistake> = written
            .iter()
            .map(|step| Step::parse(step, false))
            .collect();
        let mut found = symbols::Found::default();
        written.iter().for_each(|step| found.look_in(step));
        let scenario = Self {
            name: name.to_owned(),
            path: path.to_owned(),
            needs: parse_needs(json)?,
            hosts: hosts(json)?,
            steps: steps?,
            free_ports: found.free_ports,
        };
        scenario.check(&found.needs)?;
        Ok(scenario)
    }

    fn check(&self, needed_by_symbols: &[Need]) -> Result<(), Mistake> {
        for need in needed_by_symbols {
            if !self.needs.contains(need) {
                let need = need.name();
                return Err(Mistake::new(format!("a symbol needs \"{need}\"")));
            }
        }
        for step in &self.steps {
            if let Step::Create { host, .. } = step
                && *host >= self.hosts
            {
                return Err(Mistake::new(format!("there is no host {host}")));
            }
        }
        Ok(())
    }

    /// Whether it runs in the private network namespace.
    #[must_use]
    pub fn needs_namespace(&self) -> bool {
        self.needs.iter().any(|need| need.is_of_network())
    }

    /// Whether it runs in a child with inherited descriptors.
    #[must_use]
    pub fn needs_descriptors(&self) -> bool {
        self.needs.contains(&Need::Fd)
    }
}

fn parse_needs(json: &Json) -> Result<Vec<Need>, Mistake> {
    let Some(needs) = json.get("needs") else {
        return Ok(Vec::new());
    };
    let needs = needs
        .as_array()
        .ok_or_else(|| Mistake::new("\"needs\" must be a list"))?;
    needs
        .iter()
        .map(|need| {
            let known = need.as_str().and_then(Need::parse);
            known.ok_or_else(|| Mistake::new(format!("unknown need {need}")))
        })
        .collect()
}

fn hosts(json: &Json) -> Result<usize, Mistake> {
    match json.get("hosts").map(Json::as_u64) {
        None | Some(Some(1)) => Ok(1),
        Some(Some(2)) => Ok(2),
        Some(_) => Err(Mistake::new("\"hosts\" must be 1 or 2")),
    }
}

/// All scenarios of a folder, by name.
///
/// # Errors
/// A folder that cannot be read.
pub fn all(folder: &Path) -> Result<Vec<PathBuf>, Mistake> {
    let unreadable = |error| Mistake::new(format!("{}: cannot be read: {error}", folder.display()));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
