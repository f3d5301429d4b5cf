//! Netcat for datagrams; `dgramcat --help` says what it does.

use std::process::ExitCode;

fn main() -> ExitCode {
    anydgram_examples::dgramcat::main()
}
