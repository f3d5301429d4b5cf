//! Judging one scenario: its trace against the golden, by the support table.

use core::net::Ipv6Addr;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};

use crate::backend::Kind;
use crate::difference::{self, Difference};
use crate::golden::{self, Stream};
use crate::mistake::Mistake;
use crate::need::Need;
use crate::process::{self, End, Traced};
use crate::scenario::Scenario;
use crate::support::Table;

/// What has come of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "it passes, or there is a reason why not"
)]
pub enum Verdict {
    /// The trace is the golden.
    Ok,
    /// The support table says why not.
    Excused(String),
    /// The machine cannot run it.
    Skipped(String),
    /// It should be, and is not.
    Failed(Vec<String>),
}

/// Judges scenarios on one backend.
#[derive(Debug)]
pub struct Judge {
    kind: Kind,
    executable: PathBuf,
    table: Table,
    has_ipv6: bool,
}

impl Judge {
    /// A judge who traces scenarios with `executable`, this program.
    ///
    /// # Errors
    /// A support table that cannot be read.
    pub fn new(kind: Kind, executable: PathBuf) -> Result<Self, Mistake> {
        let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("support.json");
        Ok(Self {
            kind,
            executable,
            table: Table::load(&table)?,
            has_ipv6: UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_ok(),
        })
    }

    /// Judges one scenario.
    #[must_use]
    pub fn judge(&self, path: &Path) -> Verdict {
        self.try_judge(path)
            .unwrap_or_else(|mistake| Verdict::Failed(vec![mistake.to_string()]))
    }

    fn try_judge(&self, path: &Path) -> Result<Verdict, Mistake> {
        let scenario = Scenario::load(path)?;
        if let Some(reason) = self.excuse(&scenario)? {
            return Ok(Verdict::Excused(reason));
        }
        if self.lacks_ipv6(&scenario) {
            return Ok(Verdict::Skipped("this machine has no IPv6".into()));
        }
        let recorded = Difference::load(&beside(path, "differences", "json"), self.kind.stack())?;
        let (golden, traced) = self.golden_and_trace(&scenario)?;
        if let Some(verdict) = broken(&traced) {
            return Ok(verdict);
        }
        let actual = golden::streams(&golden::parse(&traced.trace)?);
        let (expected, row) = match &recorded {
            None => (golden, None),
            Some(recorded) => {
                let row = self.table.difference(&recorded.row, self.kind.stack())?;
                (recorded.apply(&golden)?, Some(row))
            }
        };
        let different = golden::differences(&expected, &actual);
        Ok(match (different.is_empty(), row) {
            (true, None) => Verdict::Ok,
            (true, Some(row)) => Verdict::Excused(format!("{}: {}", row.title, row.reason)),
            (false, None) => Verdict::Failed(different),
            (false, Some(row)) => {
                let with = format!("differs from the golden as edited for \"{}\":", row.id);
                Verdict::Failed(core::iter::once(with).chain(different).collect())
            }
        })
    }

    /// The edits that turn the golden of a scenario into the backend's trace.
    ///
    /// # Errors
    /// A scenario that cannot be run to its end, and one without a difference.
    pub fn record(&self, path: &Path, row: &str) -> Result<Difference, Mistake> {
        let row = self.table.difference(row, self.kind.stack())?;
        let scenario = Scenario::load(path)?;
        let (golden, traced) = self.golden_and_trace(&scenario)?;
        if let Some(Verdict::Failed(texts)) = broken(&traced) {
            return Err(Mistake::new(texts.join("\n")));
        }
        let actual = golden::streams(&golden::parse(&traced.trace)?);
        let difference = Difference {
            row: row.id.clone(),
            backends: None,
            edits: difference::edits(&golden, &actual),
        };
        if difference.edits.is_empty() {
            let name = &scenario.name;
            return Err(Mistake::new(format!(
                "{name} does not differ from its golden"
            )));
        }
        Ok(difference)
    }

    fn golden_and_trace(&self, scenario: &Scenario) -> Result<(Vec<Stream>, Traced), Mistake> {
        let golden = golden::load(&beside(&scenario.path, "goldens", "jsonl"))?;
        let traced = process::trace(&self.executable, self.kind, &scenario.path)?;
        Ok((golden::streams(&golden), traced))
    }

    /// Why the backend need not run a scenario.
    fn excuse(&self, scenario: &Scenario) -> Result<Option<String>, Mistake> {
        let Some(need) = scenario.needs.iter().find(|need| !self.kind.has(**need)) else {
            return Ok(None);
        };
        let row = self.table.lack(*need, self.kind.stack())?;
        Ok(Some(format!("{}: {}", row.title, row.reason)))
    }

    /// Inside of the namespace there is IPv6, or there is no namespace.
    fn lacks_ipv6(&self, scenario: &Scenario) -> bool {
        self.kind.is_of_machine()
            && !self.has_ipv6
            && !scenario.needs_namespace()
            && scenario.needs.contains(&Need::Ipv6)
    }
}

/// What is wrong with a process that has not traced a scenario to its end.
fn broken(traced: &Traced) -> Option<Verdict> {
    let mut texts: Vec<String> = match traced.end {
        End::Done => return None,
        End::InVain => {
            let in_vain = traced
                .trace
                .lines()
                .filter(|line| line.contains("\"inVain\""));
            let in_vain = in_vain.map(|line| format!("waited in vain: {line}"));
            in_vain
                .chain(["the trace:".into()])
                .chain(traced.trace.lines().map(String::from))
                .collect()
        }
        End::NoNamespace => return Some(Verdict::Skipped(traced.complaint.trim().to_owned())),
        End::TookTooLong => vec!["took too long".into()],
        End::Failed(status) => vec![format!("the process ended with {status}")],
    };
    texts.extend(traced.complaint.lines().map(String::from));
    Some(Verdict::Failed(texts))
}

/// The file of the same scenario in a folder beside that of the scenarios.
#[must_use]
pub fn beside(path: &Path, folder: &str, extension: &str) -> PathBuf {
    let here = path.parent().unwrap_or_else(|| Path::new(""));
    let name = path.file_stem().unwrap_or_default();
    let mut file = here.join("..").join(folder).join(name).into_os_string();
    file.push(".");
    file.push(extension);
    file.into()
}
