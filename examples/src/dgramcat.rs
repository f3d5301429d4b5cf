//! `dgramcat`: sends and receives datagrams from the command line.
//!
//! ```text
//!  arguments ──▶ given ──▶ plan ──▶ backend (standard) ──▶ session ──▶ printer
//!  (lexopt)      (texts)   (checked)                  ▲
//!                                            input ───┘ (arguments or standard input)
//! ```
//! Everything left of the backend knows nothing of sockets, and `plan::Backend` is the one place where backends are
//! chosen: another one is another variant, and a module beside `standard`.

mod given;
mod help;
mod input;
mod interface;
mod plan;
mod printer;
mod standard;

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use given::{Given, Usage};
use plan::{Backend, Plan};

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
        Ok(given) => match Plan::new(&given).map_err(Failure::from).and_then(run) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => failure.report(),
        },
        Err(usage) => Failure::from(usage).report(),
    }
}

fn run(plan: Plan) -> Result<(), Failure> {
    match plan.backend {
        Backend::Std => standard::run(plan),
    }
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
