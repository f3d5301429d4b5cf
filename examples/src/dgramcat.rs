//! `dgramcat`: sends and receives datagrams from the command line.
//!
//! ```text
//!  arguments ──▶ given ──▶ plan ──▶ listen or send ◀──▶ run ◀──▶ backend: standard, userspace
//!  (lexopt)      (texts)   (checked)     │    ▲
//!                     printer ◀── session     └── input (arguments or standard input)
//! ```
//! `listen` and `send` are handlers, which know the core only, and run on every backend. A backend is a variant of
//! `plan::Backend`, and a module that implements `run::Network`. `--type unix` is `unix`, on the event loop.

mod facts;
mod given;
mod help;
mod input;
mod interface;
mod interfaces;
mod listen;
mod plan;
mod printer;
mod run;
mod send;
mod session;
mod standard;
mod unix;
#[cfg(target_os = "linux")]
mod userspace;
#[cfg(not(target_os = "linux"))]
#[path = "dgramcat/elsewhere.rs"]
mod userspace;

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anydgram_core::{Metadata, Misuse, Options};

use given::{Given, Usage};
use input::Source;
use listen::Listener;
use plan::{Backend, Plan};
use printer::Printer;
use run::{Network, Task};
use send::Sender;
use session::Session;
use standard::Standard;

/// Runs the program with the arguments of this process.
///
/// The exit code is 0; 1 for a failure of a socket, whose text is on standard error, or when less came than was asked
/// for; 2 for wrong usage.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = env::args_os().skip(1);
    match Given::parse(arguments) {
        Ok(given) if given.has("help") => print(help::HELP),
        Ok(given) if given.has("version") => {
            print(concat!("dgramcat ", env!("CARGO_PKG_VERSION"), "\n"))
        }
        Ok(given) if unix::is_meant(&given) => end(unix::run(&given)),
        Ok(given) => end(Plan::new(&given).map_err(Failure::from).and_then(run)),
        Err(usage) => Failure::from(usage).report(),
    }
}

fn run(plan: Plan) -> Result<(), Failure> {
    let mut network: Box<dyn Network> = match plan.backend {
        Backend::Std => Box::new(Standard::new()?),
        Backend::Smoltcp(userspace) => userspace::open(&userspace)?,
    };
    let interfaces = network.interfaces();
    let mut options = Options::new(plan.socket_type);
    if plan.is_verbose {
        options = options.metadata(Metadata::ALL);
    }
    let printer = Printer::new(io::stdout(), plan.json);
    let session = Session::new(printer, &*interfaces, plan.is_verbose);
    let mut task: Box<dyn Task<'_>> = match plan.task {
        plan::Task::Listen(listen) => Box::new(Listener::new(session, &*interfaces, listen)?),
        plan::Task::Send(send) => {
            send.asked.check(&network.capabilities())?;
            let source = Source::new(&send.data, send.count, network.waker())?;
            let send = (send, options.family());
            Box::new(Sender::new(session, &*interfaces, send, source)?)
        }
    };
    run::run(&mut *network, &mut *task, options)
}

/// Why the program does not end with success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments make no sense.
    Usage(Usage),
    /// Something failed; the text says what.
    Failed(String),
    /// Something failed, and has been said already.
    Reported,
}

impl Failure {
    fn report(self) -> ExitCode {
        match self {
            Self::Usage(usage) => {
                complain(&format!("{usage}\nTry dgramcat --help."));
                ExitCode::from(2)
            }
            Self::Failed(text) => {
                complain(&text);
                ExitCode::FAILURE
            }
            Self::Reported => ExitCode::FAILURE,
        }
    }
}

impl From<Usage> for Failure {
    fn from(usage: Usage) -> Self {
        Self::Usage(usage)
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        Self::Failed(misuse.to_string())
    }
}

impl From<anydgram_std::Error> for Failure {
    fn from(error: anydgram_std::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

fn end(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Says something on standard error; where nobody can hear it, that is no reason to stop.
fn complain(text: &str) {
    writeln!(io::stderr(), "{text}").ok();
}
