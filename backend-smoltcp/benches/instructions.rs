//! Instructions for each datagram: this crate, and the UDP sockets of smoltcp itself, on the same device.
//!
//! | file | has |
//! |---|---|
//! | `case.rs` | what is measured |
//! | `ring.rs` | the device |
//! | `ours.rs`, `raw.rs` | the two contestants |
//! | `table.rs` | the table, and the targets |
//! | `tests/instructions/` | the program, how it counts, and the frames that come in: what all such programs share |

#![expect(clippy::print_stderr, clippy::print_stdout, reason = "it is a program")]

extern crate alloc;

#[expect(unsafe_code, reason = "an allocator is")]
#[path = "../src/sys/allocations.rs"]
mod allocations;
#[path = "../../tests/instructions/callgrind.rs"]
mod callgrind;
#[path = "instructions/case.rs"]
mod case;
#[path = "../../tests/instructions/frames.rs"]
mod frames;
#[path = "instructions/ours.rs"]
mod ours;
#[path = "../../tests/instructions/program.rs"]
mod program;
#[path = "instructions/raw.rs"]
mod raw;
#[path = "instructions/ring.rs"]
mod ring;
#[path = "instructions/table.rs"]
mod table;

use std::process::ExitCode;

use case::{Case, Contestant, Work};
use program::{Bench, Moved};

fn main() -> ExitCode {
    program::main::<Smoltcp>()
}

/// smoltcp's own sockets, and ours.
struct Smoltcp;

impl Bench for Smoltcp {
    type Contestant = Contestant;
    type Case = Case;

    const HELP: &str = "\
Instructions for each datagram, beside smoltcp's own UDP sockets, counted by callgrind.

Usage: cargo bench -p anydgram-smoltcp --bench instructions -- [--check] [FILTER]...

  FILTER   Only the cases whose name has this in it, such as `receive`, `64` or `IPv6`
  --check  Fail if a target is missed by more than a twentieth
  --help   Print this";
    const CONTESTANTS: &[Contestant] = &[Contestant::Ours, Contestant::Raw];

    fn cases() -> impl Iterator<Item = Case> {
        Case::all()
    }

    fn run(contestant: Contestant, case: Case, count: usize) -> Moved {
        match contestant {
            Contestant::Ours => ours::run(case, count),
            Contestant::Raw => raw::run(case, count),
        }
    }

    fn expected(case: Case, count: usize) -> Moved {
        let (received, sent) = match case.work {
            Work::Receive => (count, 0),
            Work::Send | Work::SendAtOnce => (0, count),
            Work::Echo => (count, count),
        };
        Moved { received, sent }
    }

    fn print(
        cases: impl Iterator<Item = Case>,
        measure: impl Fn(Contestant, Case) -> Result<f64, String>,
    ) -> Result<bool, String> {
        table::print(cases, measure)
    }
}
