//! Instructions for each datagram: this crate, and the UDP sockets of embassy-net itself, on the same driver.
//!
//! | file | has |
//! |---|---|
//! | `case.rs` | what is measured |
//! | `executor.rs` | who polls tasks |
//! | `ring.rs` | the driver |
//! | `ours.rs`, `plain.rs` | the contestants |
//! | `table.rs` | the table, and the targets |
//! | `tests/instructions/` | the program, how it counts, and the frames that come in: what all such programs share |

#![expect(clippy::print_stderr, clippy::print_stdout, reason = "it is a program")]

extern crate alloc;

#[expect(unsafe_code, reason = "an allocator is")]
#[path = "../../backend-smoltcp/src/sys/allocations.rs"]
mod allocations;
#[path = "../../tests/instructions/callgrind.rs"]
mod callgrind;
#[path = "instructions/case.rs"]
mod case;
#[path = "instructions/executor.rs"]
mod executor;
#[path = "../../tests/instructions/frames.rs"]
mod frames;
#[path = "instructions/ours.rs"]
mod ours;
#[path = "instructions/plain.rs"]
mod plain;
#[path = "../../tests/instructions/program.rs"]
mod program;
#[path = "instructions/ring.rs"]
mod ring;
#[path = "instructions/table.rs"]
mod table;

use alloc::rc::Rc;
use std::process::ExitCode;

use case::{Case, Contestant, Work};
use embassy_time::MockDriver;
use executor::Executor;
use program::{Bench, Moved};
use ring::{Control, Ring};

fn main() -> ExitCode {
    program::main::<Embassy>()
}

/// embassy-net's own sockets, and ours.
struct Embassy;

impl Bench for Embassy {
    type Contestant = Contestant;
    type Case = Case;

    const HELP: &str = "\
Instructions for each datagram, beside embassy-net's own UDP sockets, counted by callgrind.

Usage: cargo bench -p anydgram-embassy --bench instructions -- [--check] [FILTER]...

  FILTER   Only the cases whose name has this in it, such as `receive`, ` 64 bytes, 32 ` or `IPv6`
  --check  Fail if a target is missed by more than a hundredth
  --help   Print this";
    const CONTESTANTS: &[Contestant] = &Contestant::ALL;

    fn cases() -> impl Iterator<Item = Case> {
        Case::all()
    }

    fn run(contestant: Contestant, case: Case, count: usize) -> Moved {
        // Of the run before.
        MockDriver::get().reset();
        let mut executor = Executor::default();
        let control = Rc::new(Control::default());
        let ring = Ring::new(case, &control);
        match contestant {
            Contestant::Plain => plain::start(case, ring, &mut executor),
            Contestant::Handler => ours::start_handler(case, ring, &mut executor),
            Contestant::Queue => ours::start_task::<false>(case, ring, &mut executor),
            Contestant::Await => ours::start_task::<true>(case, ring, &mut executor),
        }
        executor.run();
        control.ask();
        executor.run();
        control.begin();
        for _ in 0..count / case.batch {
            match case.work {
                Work::Receive | Work::Echo => control.bring(case.batch),
                Work::Send => control.order(case.batch),
            }
            executor.run();
        }
        control.moved()
    }

    fn expected(case: Case, count: usize) -> Moved {
        let (received, sent) = match case.work {
            Work::Receive => (count, 0),
            Work::Send => (0, count),
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

/// Memory that lives for ever, as firmware has it in a `static`.
fn leaked<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}
