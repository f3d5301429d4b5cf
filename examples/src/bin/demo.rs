//! One pass over what the sockets do: messages, a multicast group, an error, close; and one application on two backends.

use std::io::{self, Write as _};
use std::process::ExitCode;

const HELP: &str = "\
demo: one pass over what the sockets do, on the loopback interface and in memory

Usage: demo

Exit code: 0 if all went as it should; 1 if not; 2 for wrong usage.
";

fn main() -> ExitCode {
    use lexopt::Arg::{Long, Short};
    match lexopt::Parser::from_env().next() {
        Ok(None) => anydgram_examples::demo::main(),
        Ok(Some(Short('h') | Long("help"))) => {
            let printed = io::stdout().write_all(HELP.as_bytes());
            printed.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
        }
        Ok(Some(argument)) => refuse(&argument.unexpected()),
        Err(error) => refuse(&error),
    }
}

fn refuse(error: &lexopt::Error) -> ExitCode {
    writeln!(io::stderr(), "demo: {error}\nTry demo --help.").ok();
    ExitCode::from(2)
}
