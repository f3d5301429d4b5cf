//! Instructions for each datagram: this crate, and the UDP sockets of smoltcp itself, on the same device.
//!
//! The program runs itself under `valgrind --tool=callgrind`, twice for each case with different numbers of datagrams: the
//! difference is what a datagram costs, and all set-up drops out of it. Instruction counts do not depend on the load of
//! the machine. Without `--bench`, as `cargo test` runs it, it only looks whether all datagrams arrive, and without any
//! allocation.
//!
//! | file | has |
//! |---|---|
//! | `case.rs` | what is measured |
//! | `ring.rs` | the device |
//! | `frames.rs` | what comes in |
//! | `ours.rs`, `raw.rs` | the two contestants |
//! | `callgrind.rs` | counting |
//! | `table.rs` | the table, and the targets |

#![expect(clippy::print_stderr, clippy::print_stdout, reason = "it is a program")]

extern crate alloc;

#[expect(unsafe_code, reason = "an allocator is")]
#[path = "../src/sys/allocations.rs"]
mod allocations;
#[path = "instructions/callgrind.rs"]
mod callgrind;
#[path = "instructions/case.rs"]
mod case;
#[path = "instructions/frames.rs"]
mod frames;
#[path = "instructions/ours.rs"]
mod ours;
#[path = "instructions/raw.rs"]
mod raw;
#[path = "instructions/ring.rs"]
mod ring;
#[path = "instructions/table.rs"]
mod table;

use std::process::ExitCode;

use case::{Case, Contestant, Work};

const HELP: &str = "\
Instructions for each datagram, beside smoltcp's own UDP sockets, counted by callgrind.

Usage: cargo bench -p anydgram-smoltcp --bench instructions -- [--check] [FILTER]...

  FILTER   Only the cases whose name has this in it, such as `receive`, `64` or `IPv6`
  --check  Fail if a target is missed by more than a twentieth
  --help   Print this";

/// Datagrams of the short and the long run; a multiple of all batches.
const SHORT: usize = 1_024;
const LONG: usize = 3_072;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match outcome(&arguments) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn outcome(arguments: &[String]) -> Result<ExitCode, String> {
    if let [run, contestant, case, count] = arguments
        && run == "run"
    {
        let contestant = Contestant::parse(contestant)?;
        let count = count.parse().map_err(|_| "the count is no number")?;
        carry_out(contestant, Case::parse(case)?, count)?;
        return Ok(ExitCode::SUCCESS);
    }
    // Cargo says `--bench` when it is to measure; otherwise it wants to know whether everything works.
    let measures = arguments.iter().any(|argument| argument == "--bench");
    let (mut check, mut filters) = (false, Vec::new());
    for argument in arguments {
        match argument.as_str() {
            "--bench" => {}
            "--check" => check = true,
            "--help" => {
                println!("{HELP}");
                return Ok(ExitCode::SUCCESS);
            }
            // Those of other tests mean nothing here.
            option if option.starts_with('-') && !measures => {}
            option if option.starts_with('-') => {
                return Err(format!("unknown option {option}; try --help"));
            }
            filter => filters.push(filter),
        }
    }
    let cases = Case::all().filter(|case| {
        let name = case.to_string();
        filters.iter().all(|filter| name.contains(filter))
    });
    if !measures {
        for case in cases {
            carry_out(Contestant::Raw, case, SHORT)?;
            let few = allocations(case, SHORT)?;
            let many = allocations(case, LONG)?;
            if few != many {
                return Err(format!(
                    "{case}: {few} allocations for {SHORT} datagrams, {many} for {LONG}"
                ));
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    callgrind::find()?;
    let all_met = table::print(cases, |contestant, case| {
        callgrind::instructions_per_datagram(contestant, case, SHORT, LONG)
    })?;
    let is_failed = check && !all_met;
    Ok(ExitCode::from(u8::from(is_failed)))
}

/// Moves `count` datagrams, and counts the allocations of that and of all set-up.
///
/// # Errors
/// Not all of them arrived.
fn allocations(case: Case, count: usize) -> Result<usize, String> {
    let (allocated, done) = allocations::count(|| carry_out(Contestant::Ours, case, count));
    done.map(|()| allocated)
}

/// Moves `count` datagrams.
///
/// # Errors
/// Not all of them arrived.
fn carry_out(contestant: Contestant, case: Case, count: usize) -> Result<(), String> {
    let moved = match contestant {
        Contestant::Ours => ours::run(case, count),
        Contestant::Raw => raw::run(case, count),
    };
    let expected = match case.work {
        Work::Receive => (count, 0),
        Work::Send | Work::SendAtOnce => (0, count),
        Work::Echo => (count, count),
    };
    if (moved.received, moved.sent) == expected {
        Ok(())
    } else {
        Err(format!(
            "{contestant}, {case}: {expected:?} datagrams should have come and gone, not {moved:?}"
        ))
    }
}

/// How many datagrams came and went.
#[derive(Clone, Copy, Debug, Default)]
struct Moved {
    received: usize,
    sent: usize,
}
