//! Scenarios of several processes: a primary, its workers, and what Node's cluster module does in the same place.
//!
//! `cluster/README.md` describes them. `controller` is the primary's process, `worker` the others.

mod controller;
mod names;
pub(crate) mod worker;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;

use crate::golden;
use crate::mistake::Mistake;
use crate::process::{INSIDE, namespace_script};
use crate::trace::Line;

/// What became of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// As in Node.
    Equal,
    /// The differences.
    Different(Vec<String>),
    /// The machine cannot run it, and why.
    Skipped(String),
}

/// The folder of the scenarios.
#[must_use]
pub fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cluster/scenarios")
}

/// Runs a scenario in processes of its own, and compares with what Node does.
///
/// # Errors
/// Files that cannot be read, a process that cannot be started.
pub fn check(executable: &Path, path: &Path) -> Result<Outcome, Mistake> {
    let golden = crate::judge::beside(path, "goldens", "jsonl");
    let expected = golden::load(&golden)?;
    let mut command = if needs_network(&load(path)?) {
        let mut command = Command::new(namespace_script());
        command.arg(executable);
        command
    } else {
        Command::new(executable)
    };
    let output = command.arg("cluster").arg(path).output();
    let output = output.map_err(|error| Mistake::new(format!("{error}")))?;
    if output.status.code() == Some(crate::process::NO_NAMESPACE) {
        return Ok(Outcome::Skipped(complaint(&output)));
    }
    let trace = golden::parse(&String::from_utf8_lossy(&output.stdout))?;
    let mut texts = golden::differences(&golden::streams(&expected), &golden::streams(&trace));
    if !output.status.success() {
        texts.push(format!("{}: {}", output.status, complaint(&output)));
    }
    Ok(if texts.is_empty() {
        Outcome::Equal
    } else {
        Outcome::Different(texts)
    })
}

/// Runs a scenario in this process and its workers; the trace.
///
/// # Errors
/// A mistake in the scenario, a process that cannot be started.
pub fn trace(executable: &Path, path: &Path) -> Result<Vec<Line>, Mistake> {
    let scenario = load(path)?;
    let is_inside = std::env::var_os(INSIDE).is_some_and(|value| value == "1");
    if needs_network(&scenario) && !is_inside {
        return Err(Mistake::new("this one runs in namespace.sh only"));
    }
    controller::run(executable, &scenario)
}

fn load(path: &Path) -> Result<Line, Mistake> {
    let bad = |error: &dyn core::fmt::Display| Mistake::new(format!("{}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| bad(&error))?;
    serde_json::from_str(&text).map_err(|error| bad(&error))
}

fn needs_network(scenario: &Line) -> bool {
    let needs = scenario.get("needs").and_then(Json::as_array);
    needs.is_some_and(|needs| needs.iter().any(|need| need == "network"))
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}
