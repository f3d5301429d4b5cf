//! Runs the conformance scenarios; `--help` says how.

use std::io::{self, Write as _};
use std::process::ExitCode;

use anydgram_conformance::backend::Kind;

/// Wrong usage, and mistakes in scenarios.
const MISTAKE: u8 = 2;

fn main() -> ExitCode {
    match anydgram_conformance::cli::main(std::env::args_os().skip(1), Kind::start) {
        Ok(code) => code.into(),
        Err(mistake) => {
            // Nothing is left to be done where this cannot be written.
            let told = writeln!(io::stderr(), "anydgram-conformance: {mistake}");
            drop(told);
            MISTAKE.into()
        }
    }
}
