//! `anydgram-model`: all sequences up to a length, against the model.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program for a terminal"
)]

use std::process::ExitCode;
use std::thread;

use anydgram_core::FullQueue;
use anydgram_model::{
    Alphabet, Capacity, Config, Move, Search, UnixCapacity, check, explore_unix, moves_of, text_of,
    trace,
};
use indicatif::{ProgressBar, ProgressStyle};
use lexopt::prelude::*;

const HELP: &str = "anydgram-model: all that can be done to a socket, compared with what has to come of it

Usage:
  anydgram-model [--length N] [--capacity 1|2] [--alphabet small|full|wide|room] [--sockets N]
                 [--full-queue reject|drop-oldest|drop-newest] [--look-up-always] [--merged] [--threads N]
                        runs all sequences of up to N symbols (4 by default), the shorter ones first, each until everything has come
                        to rest, is closed, and has come to rest again. What was reached goes to standard output, the
                        last line with the counts; a violation with the shortest sequence that leads to it.
                        --merged goes on from one sequence only of those that have led to the same state of the model
                        and of the backend.
  anydgram-model --replay 'bind, send, 2:close' [the same options]
                        runs one sequence, and prints what is seen
  anydgram-model --unix [--length N]
                        runs all sequences of N symbols of a Unix socket, with little memory and with enough
  anydgram-model --symbols [--alphabet A]
                        lists the symbols
  anydgram-model --help prints this

Exit code 0: nothing was violated; 1: something was; 2: wrong usage.";

/// What the command line says.
struct Arguments {
    length: u32,
    sockets: usize,
    alphabet: Alphabet,
    config: Config,
    is_merged: bool,
    threads: usize,
    replay: Option<Vec<Move>>,
    lists_symbols: bool,
    is_unix: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("anydgram-model: {error} (--help says more)");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, lexopt::Error> {
    let Some(arguments) = arguments(lexopt::Parser::from_env())? else {
        println!("{HELP}");
        return Ok(true);
    };
    if arguments.lists_symbols {
        for symbol in arguments.alphabet.symbols() {
            println!("{}", symbol.name());
        }
        return Ok(true);
    }
    if arguments.is_unix {
        return Ok(explore_unix_sockets(arguments.length));
    }
    if let Some(moves) = &arguments.replay {
        return Ok(replay(&arguments, moves));
    }
    explore(&arguments)
}

fn arguments(mut parser: lexopt::Parser) -> Result<Option<Arguments>, lexopt::Error> {
    let mut arguments = Arguments {
        length: 4,
        sockets: 1,
        alphabet: Alphabet::Small,
        config: Config::new(Capacity::One),
        is_merged: false,
        threads: thread::available_parallelism().map_or(1, usize::from),
        replay: None,
        lists_symbols: false,
        is_unix: false,
    };
    let mut capacity = Capacity::One;
    let mut policy = FullQueue::Reject;
    let mut looks_up_always = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("length") => arguments.length = parser.value()?.parse()?,
            Long("sockets") => arguments.sockets = parser.value()?.parse()?,
            Long("threads") => arguments.threads = parser.value()?.parse()?,
            Long("merged") => arguments.is_merged = true,
            Long("symbols") => arguments.lists_symbols = true,
            Long("unix") => arguments.is_unix = true,
            Long("look-up-always") => looks_up_always = true,
            Long("replay") => arguments.replay = Some(moves_of(&parser.value()?.string()?)?),
            Long("alphabet") => {
                let names = [
                    ("small", Alphabet::Small),
                    ("room", Alphabet::Room),
                    ("full", Alphabet::Full),
                    ("wide", Alphabet::Wide),
                ];
                arguments.alphabet = one_of(&parser.value()?.string()?, &names)?;
            }
            Long("capacity") => {
                let names = [("1", Capacity::One), ("2", Capacity::Two)];
                capacity = one_of(&parser.value()?.string()?, &names)?;
            }
            Long("full-queue") => {
                let names = [
                    ("reject", FullQueue::Reject),
                    ("drop-oldest", FullQueue::DropOldest),
                    ("drop-newest", FullQueue::DropNewest),
                ];
                policy = one_of(&parser.value()?.string()?, &names)?;
            }
            Short('h') | Long("help") => return Ok(None),
            other @ (Short(_) | Long(_) | Value(_)) => return Err(other.unexpected()),
        }
    }
    if arguments.sockets == 0 {
        return Err("--sockets 0: one at least".into());
    }
    let config = Config::new(capacity).full_queue(policy);
    arguments.config = config.look_up_always(looks_up_always);
    Ok(Some(arguments))
}

fn one_of<T: Copy>(name: &str, all: &[(&str, T)]) -> Result<T, lexopt::Error> {
    let found = all.iter().find(|(other, _)| *other == name);
    let names = || -> Vec<&str> { all.iter().map(|(name, _)| *name).collect() };
    let found = found.ok_or_else(|| format!("'{name}' is none of {}", names().join(", ")))?;
    Ok(found.1)
}

fn explore(arguments: &Arguments) -> Result<bool, lexopt::Error> {
    let symbols = arguments.alphabet.symbols();
    let mut search = Search::new(arguments.config, symbols, arguments.length);
    search.configs = vec![arguments.config; arguments.sockets];
    search.is_merged = arguments.is_merged;
    search.threads = arguments.threads;
    let bar = if search.is_merged {
        ProgressBar::new_spinner()
    } else {
        ProgressBar::new(search.size())
    };
    let style = if search.is_merged {
        "{elapsed_precise} {pos} sequences, {per_sec}"
    } else {
        "{elapsed_precise} {wide_bar} {pos}/{len} sequences, {per_sec}"
    };
    bar.set_style(ProgressStyle::with_template(style).map_err(|error| error.to_string())?);
    let explored = search.run(&|more| bar.inc(more));
    bar.finish_and_clear();
    print!("{}", explored.coverage);
    if let Some(violation) = &explored.violation {
        println!("violated by: {violation}");
        println!("replay: --replay '{}'", text_of(&violation.moves));
    }
    let end = match (search.is_merged, explored.is_complete) {
        (false, _) => "",
        (true, true) => ", and there are no more",
        (true, false) => ", merged",
    };
    println!(
        "{:?}, up to length {}{end}: {explored}",
        arguments.alphabet, explored.length
    );
    Ok(explored.violation.is_none())
}

/// Runs all sequences of a Unix socket; whether nothing was violated.
fn explore_unix_sockets(length: u32) -> bool {
    [UnixCapacity::Small, UnixCapacity::Large]
        .into_iter()
        .all(|capacity| match explore_unix(capacity, length) {
            Ok(count) => {
                println!("{capacity:?}: {count} sequences of {length} symbols");
                true
            }
            Err(violation) => {
                println!("{capacity:?}: {violation}");
                false
            }
        })
}

fn replay(arguments: &Arguments, moves: &[Move]) -> bool {
    let sockets = moves
        .iter()
        .map(|given| given.socket + 1)
        .max()
        .unwrap_or(1);
    let configs = vec![arguments.config; sockets.max(arguments.sockets)];
    let (lines, _) = trace(&configs, moves, None);
    for line in lines {
        println!("{line}");
    }
    match check(&configs, moves, None) {
        Ok(()) => true,
        Err(violation) => {
            println!("violated by: {violation}");
            false
        }
    }
}
