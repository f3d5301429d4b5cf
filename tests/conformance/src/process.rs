//! The processes that scenarios run in: one each, so that nothing of one can reach the next; inside of the network
//! namespace or with inherited sockets where it needs them.

use core::time::Duration;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

use crate::backend::Kind;
use crate::descriptors::{self, Bequest};
use crate::mistake::Mistake;
use crate::scenario::Scenario;

/// For a whole scenario; waits in it have limits of their own.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Says that the process is inside of the namespace.
pub(crate) const INSIDE: &str = "ANYDGRAM_NAMESPACE";

/// Exit codes of `trace`.
pub(crate) const WAITED_IN_VAIN: u8 = 1;
/// The machine cannot make the namespace; `namespace.sh` says so.
pub(crate) const NO_NAMESPACE: i32 = 69;

/// What a process printed that traced a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Traced {
    pub(crate) trace: String,
    /// What it complained about.
    pub(crate) complaint: String,
    pub(crate) end: End,
}

/// How such a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The trace is whole.
    Done,
    /// A wait was in vain.
    InVain,
    /// The machine cannot make the network namespace.
    NoNamespace,
    /// It took too long, and was ended.
    TookTooLong,
    /// Anything else.
    Failed(ExitStatus),
}

/// Runs `EXECUTABLE trace` on a scenario.
///
/// # Errors
/// A process that cannot be started.
pub(crate) fn trace(executable: &Path, kind: Kind, path: &Path) -> Result<Traced, Mistake> {
    let mut command = Command::new(executable);
    command.args(["trace", "--backend", kind.name()]).arg(path);
    command.stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = spawn(&mut command)?;
    let trace = read_all(child.stdout.take());
    let complaint = read_all(child.stderr.take());
    let (trace, end) = match trace.recv_timeout(TIME_LIMIT) {
        Ok(trace) => (trace, end(wait(&mut child)?)),
        Err(_) => {
            if let Err(error) = child.kill() {
                return Err(Mistake::new(format!("a process cannot be ended: {error}")));
            }
            wait(&mut child)?;
            (String::new(), End::TookTooLong)
        }
    };
    Ok(Traced {
        trace,
        complaint: complaint.recv_timeout(TIME_LIMIT).unwrap_or_default(),
        end,
    })
}

fn end(status: ExitStatus) -> End {
    match status.code() {
        Some(0) => End::Done,
        Some(NO_NAMESPACE) => End::NoNamespace,
        Some(code) if code == i32::from(WAITED_IN_VAIN) => End::InVain,
        Some(_) | None => End::Failed(status),
    }
}

fn spawn(command: &mut Command) -> Result<Child, Mistake> {
    command.spawn().map_err(|error| {
        let program = command.get_program().to_string_lossy();
        Mistake::new(format!("{program} cannot be started: {error}"))
    })
}

fn wait(child: &mut Child) -> Result<ExitStatus, Mistake> {
    child
        .wait()
        .map_err(|error| Mistake::new(format!("a process cannot be awaited: {error}")))
}

fn read_all(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What cannot be read is missing in the comparison.
        let is_whole = pipe.is_some_and(|mut pipe| pipe.read_to_end(&mut bytes).is_ok());
        let text = String::from_utf8_lossy(&bytes).into_owned();
        // Nobody waits any more after a time limit.
        sender.send(text).ok().filter(|()| is_whole)
    });
    receiver
}

/// Runs the scenario in another process if it needs that: its exit code; `None` if this process can do it.
///
/// # Errors
/// A process that cannot be started.
pub(crate) fn run_elsewhere(scenario: &Scenario, kind: Kind) -> Result<Option<u8>, Mistake> {
    if !kind.is_of_machine() {
        return Ok(None);
    }
    let executable = std::env::current_exe()
        .map_err(|error| Mistake::new(format!("the runner does not find itself: {error}")))?;
    if scenario.needs_namespace() && std::env::var_os(INSIDE).is_none_or(|value| value != "1") {
        let mut command = Command::new(namespace_script());
        command.arg(executable);
        return exit_code(&mut command, kind, scenario).map(Some);
    }
    if scenario.needs_descriptors() && descriptors::inherited().is_none() {
        let bequest = Bequest::new()?;
        let mut command = Command::new(executable);
        bequest.pass_to(&mut command);
        return exit_code(&mut command, kind, scenario).map(Some);
    }
    Ok(None)
}

fn exit_code(command: &mut Command, kind: Kind, scenario: &Scenario) -> Result<u8, Mistake> {
    command
        .args(["trace", "--backend", kind.name()])
        .arg(&scenario.path);
    let status = wait(&mut spawn(command)?)?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.unwrap_or(u8::MAX))
}

/// The script that makes the namespace.
pub(crate) fn namespace_script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("namespace.sh")
}
