//! The command line.

use alloc::rc::Weak;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use lexopt::{Arg, Parser, ValueExt as _};
use serde_json::Value as Json;

use crate::backend::{Backend, Kind, Script};
use crate::cluster;
use crate::descriptors;
use crate::interpreter;
use crate::judge::{Judge, beside};
use crate::mistake::Mistake;
use crate::process;
use crate::scenario::{self, Scenario};
use crate::suite::{self, Manner};
use crate::support::Table;
use crate::support_table;

const HELP: &str = "\
Runs the conformance scenarios on a backend, and compares with what Node does.

usage: anydgram-conformance run --backend B [--jobs N] [FILE…]
       anydgram-conformance trace --backend B FILE
       anydgram-conformance record --backend B --row ROW FILE…
       anydgram-conformance cluster FILE
       anydgram-conformance support

run     prints a line for each scenario: ok NAME, FAILED NAME and the difference, excused NAME: REASON
        (the support table says why), or skipped NAME: REASON (the machine cannot run it; a failure
        if CI=true). Without FILE, runs all of tests/conformance/scenarios. The golden of
        scenarios/NAME.json is goldens/NAME.jsonl beside it.
trace   prints the trace of one scenario as JSON lines, as oracle.mjs does.
record  writes differences/NAME.json: what excuses a scenario by row ROW of support.json.
cluster prints the trace of a scenario of several processes (tests/conformance/cluster).
support prints the support table of the README.

  --backend B   std: the sockets of the operating system
                smoltcp: hosts on a userspace stack, on an Ethernet in memory
                embassy: hosts with embassy-net, on an Ethernet in memory
                sim: hosts in a deterministic world, in which nothing goes wrong
                sim-frames: the same, with frames on a switch
                qemu: embassy on boards in QEMU; of anydgram-firmware-conformance in tests/firmware
  --jobs N      how many scenarios run at a time
  --help        prints this

examples:
  cargo run -p anydgram-conformance -- run --backend std
  cargo run -p anydgram-conformance -- run --backend std tests/conformance/scenarios/bind-*.json
  cargo run -p anydgram-conformance -- trace --backend std tests/conformance/scenarios/send-forms.json

exit code: 0 fine, 1 a scenario failed, 2 wrong usage or a mistake in a scenario
";

/// What was asked for.
#[derive(Debug, Default)]
struct Request {
    command: Option<String>,
    backend: Option<String>,
    jobs: Option<usize>,
    row: Option<String>,
    files: Vec<PathBuf>,
}

/// How the backend of a kind is started with the hosts of a scenario.
pub type Start = fn(Kind, &Scenario, Weak<dyn Script>) -> io::Result<Box<dyn Backend>>;

/// Runs the program with the backends that `start` starts; its exit code.
///
/// # Errors
/// Wrong usage, a mistake in a scenario, a machine that cannot run it; to be told on the standard error.
pub fn main(args: impl IntoIterator<Item = OsString>, start: Start) -> Result<u8, Mistake> {
    let request = match parse(args) {
        Ok(Some(request)) => request,
        Ok(None) => return print(HELP),
        Err(error) => return Err(usage(&error.to_string())),
    };
    match request.command.as_deref() {
        Some("run") => run(&request),
        Some("trace") => trace(&request, start),
        Some("record") => record(&request),
        Some("cluster") => cluster_trace(&request),
        Some("cluster-worker") => cluster::worker::main(),
        Some("support") => print(&support_table::markdown(&Table::of_this_project()?)),
        Some(other) => Err(usage(&format!("unknown command \"{other}\""))),
        None => Err(usage(
            "say what to do: run, trace, record, cluster or support",
        )),
    }
}

/// `None`: asks for help.
fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Option<Request>, lexopt::Error> {
    let mut parser = Parser::from_args(args);
    let mut request = Request::default();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("help") | Arg::Short('h') => return Ok(None),
            Arg::Long("backend") => request.backend = Some(parser.value()?.string()?),
            Arg::Long("jobs") => request.jobs = Some(parser.value()?.parse()?),
            Arg::Long("row") => request.row = Some(parser.value()?.string()?),
            Arg::Value(value) if request.command.is_none() => {
                request.command = Some(value.string()?);
            }
            Arg::Value(value) => request.files.push(value.into()),
            Arg::Long(_) | Arg::Short(_) => return Err(arg.unexpected()),
        }
    }
    Ok(Some(request))
}

fn usage(what: &str) -> Mistake {
    Mistake::new(format!("{what}\ntry: anydgram-conformance --help"))
}

impl Request {
    fn kind(&self) -> Result<Kind, Mistake> {
        let known = Kind::ALL.map(Kind::name).join(", ");
        let name = self.backend.as_deref();
        let name = name.ok_or_else(|| usage(&format!("say which --backend: {known}")))?;
        Kind::parse(name)
            .ok_or_else(|| usage(&format!("unknown backend \"{name}\"; there is: {known}")))
    }

    fn judge(&self) -> Result<Judge, Mistake> {
        Judge::new(self.kind()?, executable()?)
    }
}

fn run(request: &Request) -> Result<u8, Mistake> {
    let judge = request.judge()?;
    let paths = if request.files.is_empty() {
        scenario::all(&scenarios())?
    } else {
        request.files.clone()
    };
    let mut manner = Manner::of_environment();
    if let Some(jobs) = request.jobs {
        manner = manner.jobs(jobs);
    }
    let tally = suite::run(&judge, &paths, manner, &mut io::stdout());
    let tally = tally.map_err(|error| unwritable(&error))?;
    Ok(u8::from(!tally.is_good()))
}

/// The folder of the scenarios.
#[must_use]
pub fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn trace(request: &Request, start: Start) -> Result<u8, Mistake> {
    let [file] = request.files.as_slice() else {
        return Err(usage("trace takes one FILE"));
    };
    let kind = request.kind()?;
    let scenario = Scenario::load(file)?;
    if let Some(code) = process::run_elsewhere(&scenario, kind)? {
        return Ok(code);
    }
    let descriptors = descriptors::inherited().unwrap_or_default();
    let outcome = interpreter::run(&scenario, descriptors, |scenario, script| {
        start(kind, scenario, script)
    })
    .map_err(|mistake| Mistake::new(format!("{}: {mistake}", scenario.name)))?;
    let lines = outcome.lines.into_iter();
    let lines: Vec<String> = lines
        .map(|line| format!("{}\n", Json::Object(line)))
        .collect();
    print(&lines.concat())?;
    Ok(if outcome.has_waited_in_vain {
        process::WAITED_IN_VAIN
    } else {
        0
    })
}

fn cluster_trace(request: &Request) -> Result<u8, Mistake> {
    let [file] = request.files.as_slice() else {
        return Err(usage("cluster takes one FILE"));
    };
    let lines = cluster::trace(&executable()?, file)?.into_iter();
    let lines: Vec<String> = lines
        .map(|line| format!("{}\n", Json::Object(line)))
        .collect();
    print(&lines.concat())
}

fn executable() -> Result<PathBuf, Mistake> {
    std::env::current_exe()
        .map_err(|error| Mistake::new(format!("the runner does not find itself: {error}")))
}

fn record(request: &Request) -> Result<u8, Mistake> {
    let row = request.row.as_deref();
    let row = row.ok_or_else(|| usage("record needs a --row of support.json"))?;
    if request.files.is_empty() {
        return Err(usage("record takes one FILE or more"));
    }
    let judge = request.judge()?;
    for file in &request.files {
        let difference = judge.record(file, row)?;
        let path = beside(file, "differences", "json");
        let text = pretty(&difference.to_json());
        fs::write(&path, text)
            .map_err(|error| Mistake::new(format!("{}: {error}", path.display())))?;
        print(&format!("wrote {}\n", path.display()))?;
    }
    Ok(0)
}

/// One edit a line.
fn pretty(difference: &Json) -> String {
    let mut text = String::from("{\n");
    for (key, member) in difference.as_object().into_iter().flatten() {
        match member.as_array() {
            Some(edits) if key == "edits" => {
                let edits: Vec<String> = edits.iter().map(|edit| format!("    {edit}")).collect();
                text.push_str(&format!("  \"edits\": [\n{}\n  ]\n", edits.join(",\n")));
            }
            _ => text.push_str(&format!("  \"{key}\": {member},\n")),
        }
    }
    text.push_str("}\n");
    text
}

fn print(text: &str) -> Result<u8, Mistake> {
    let outcome = io::stdout().write_all(text.as_bytes());
    outcome.map(|()| 0).map_err(|error| unwritable(&error))
}

fn unwritable(error: &io::Error) -> Mistake {
    Mistake::new(format!("the output cannot be written: {error}"))
}
