//! `sim`: runs the scenarios of this package with many seeds, and one again.

use std::process::ExitCode;

use anydgram_sim::program;
use anydgram_sim::scenario::SCENARIOS;

fn main() -> ExitCode {
    program(&SCENARIOS)
}
