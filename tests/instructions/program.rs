//! What a program that counts instructions is, whatever it measures.
//!
//! It runs itself under `valgrind --tool=callgrind`, twice for each case with different numbers of datagrams: the difference
//! is what a datagram costs, and all set-up drops out of it. Instruction counts do not depend on the load of the machine.
//! Without `--bench`, as `cargo test` runs it, it only looks whether all datagrams arrive, and without any allocation.

use core::fmt::Display;
use std::process::ExitCode;

use crate::{allocations, callgrind};

/// What is measured.
pub(crate) trait Bench {
    /// Whose code runs.
    type Contestant: Copy + Display + 'static;
    /// One line of the table.
    type Case: Copy + Display;

    const HELP: &str;
    const CONTESTANTS: &[Self::Contestant];

    fn cases() -> impl Iterator<Item = Self::Case>;

    /// Moves `count` datagrams.
    fn run(contestant: Self::Contestant, case: Self::Case, count: usize) -> Moved;

    /// How many have to come and go then.
    fn expected(case: Self::Case, count: usize) -> Moved;

    /// Measures and prints case by case; whether all targets were met.
    ///
    /// # Errors
    /// Something could not be measured.
    fn print(
        cases: impl Iterator<Item = Self::Case>,
        measure: impl Fn(Self::Contestant, Self::Case) -> Result<f64, String>,
    ) -> Result<bool, String>;
}

/// How many datagrams came and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) received: usize,
    pub(crate) sent: usize,
}

pub(crate) fn main<B: Bench>() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match outcome::<B>(&arguments) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn outcome<B: Bench>(arguments: &[String]) -> Result<ExitCode, String> {
    if let [run, contestant, case, count] = arguments
        && run == "run"
    {
        let contestant = named(B::CONTESTANTS.iter().copied(), contestant)?;
        let case = named(B::cases(), case)?;
        let count = count.parse().map_err(|_| "the count is no number")?;
        carry_out::<B>(contestant, case, count)?;
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
                println!("{}", B::HELP);
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
    let cases = B::cases().filter(|case| {
        let name = case.to_string();
        filters.iter().all(|filter| name.contains(filter))
    });
    if !measures {
        cases.into_iter().try_for_each(check_case::<B>)?;
        return Ok(ExitCode::SUCCESS);
    }
    callgrind::find()?;
    let all_met = B::print(cases, |contestant, case| {
        callgrind::instructions_per_datagram(contestant, case, SHORT, LONG)
    })?;
    let is_failed = check && !all_met;
    Ok(ExitCode::from(u8::from(is_failed)))
}

/// The one that is called so.
fn named<T: Display>(all: impl IntoIterator<Item = T>, name: &str) -> Result<T, String> {
    let found = all.into_iter().find(|one| one.to_string() == name);
    found.ok_or_else(|| format!("there is no {name}"))
}

/// Whether all datagrams of a case arrive, and none is paid for with an allocation.
fn check_case<B: Bench>(case: B::Case) -> Result<(), String> {
    for &contestant in B::CONTESTANTS {
        // Of the datagrams and of all set-up.
        let [few, many] = [SHORT, LONG].map(|count| {
            let (allocated, done) = allocations::count(|| carry_out::<B>(contestant, case, count));
            done.map(|()| allocated)
        });
        let (few, many) = (few?, many?);
        if few != many {
            return Err(format!(
                "{contestant}, {case}: {few} allocations for {SHORT} datagrams, {many} for {LONG}"
            ));
        }
    }
    Ok(())
}

/// Moves `count` datagrams.
///
/// # Errors
/// Not all of them arrived.
fn carry_out<B: Bench>(
    contestant: B::Contestant,
    case: B::Case,
    count: usize,
) -> Result<(), String> {
    let (expected, moved) = (B::expected(case, count), B::run(contestant, case, count));
    if moved == expected {
        return Ok(());
    }
    Err(format!(
        "{contestant}, {case}: {expected:?} should have come and gone, not {moved:?}"
    ))
}

/// Datagrams of the short and the long run; a multiple of all batches.
const SHORT: usize = 1_024;
const LONG: usize = 3_072;
