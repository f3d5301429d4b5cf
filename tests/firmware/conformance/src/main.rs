//! The runner of the conformance scenarios, with boards in QEMU as one more backend: `--backend qemu`.
//!
//! Each scenario has boards of its own, which boot in no time: nothing of one can reach the next. `ANYDGRAM_FIRMWARE` names the
//! folder with the program `agent`; without it, each board has it built.

extern crate alloc;

mod board;
mod boards;

use alloc::rc::Weak;
use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anydgram_conformance::backend::{Backend, Kind, Script};
use anydgram_conformance::cli;
use anydgram_conformance::handler_backend::HandlerBackend;
use anydgram_conformance::scenario::Scenario;

use boards::Boards;

/// Wrong usage, and mistakes in scenarios.
const MISTAKE: u8 = 2;

fn main() -> ExitCode {
    match cli::main(env::args_os().skip(1), start) {
        Ok(code) => code.into(),
        Err(mistake) => {
            // Nothing is left to be done where this cannot be written.
            drop(writeln!(
                io::stderr(),
                "anydgram-firmware-conformance: {mistake}"
            ));
            MISTAKE.into()
        }
    }
}

fn start(
    kind: Kind,
    scenario: &Scenario,
    script: Weak<dyn Script>,
) -> io::Result<Box<dyn Backend>> {
    if kind == Kind::Qemu {
        let boards = Boards::boot(scenario)?;
        Ok(Box::new(HandlerBackend::new(script, boards)))
    } else {
        kind.start(scenario, script)
    }
}
