//! The command line of `sim`, for scenarios of anybody: runs them with many seeds, and one again.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a program for a terminal"
)]

use core::time::Duration;
use std::io::Write as _;
use std::process::ExitCode;
use std::{env, fs, io};

use crate::scenario::{Explored, Failure, Scenario, explore};
use crate::{Level, Rates, WorldOptions};
use indicatif::{ProgressBar, ProgressStyle};
use lexopt::prelude::*;

const HELP: &str = "sim: hosts, links and faults in a world that a seed decides

Usage:
  sim explore --scenario NAME [--level LEVEL] [--seeds N] [--first SEED] [--no-faults]
                        runs a scenario with N seeds (1,000 by default), from SEED (0) on. What fails is shrunk to the
                        fewest faults, and saved as NAME-SEED.faults. Standard output, how often each fault happened and in
                        the last line what came of it, is the same on every run.
  sim run --scenario NAME [--level LEVEL] [--seed SEED | --script FILE] [--no-faults] [--trace]
          [--pcapng FILE] [--html FILE]
                        runs it once: with the seed, by default that of the environment's SIM_SEED; or with the faults of
                        a file that was saved. --trace prints all that happens; --pcapng writes it for Wireshark,
                        --html for a browser.
  sim list              lists the scenarios
  sim --help            prints this

LEVEL is what cables carry: datagrams (the default), between stacks that know no frames; or frames, between real
stacks on a switch, with ARP, neighbour discovery, IGMP, MLD and fragments.

Exit code 0: nothing was violated; 1: something was; 2: wrong usage.";

/// Does what the command line says with these scenarios: `explore`, `run` and `list`, as `--help` tells. What a `main`
/// ends with.
///
/// # Examples
/// A program of one's own:
/// ```no_run
/// use std::process::ExitCode;
///
/// use anydgram_sim::{Scenario, SegmentOptions, program};
///
/// const QUIET: Scenario = Scenario::new("quiet", "a segment without anybody", |world| {
///     world.add_segment(SegmentOptions::new());
///     world.run_for(core::time::Duration::from_secs(1))
/// });
///
/// fn main() -> ExitCode {
///     program(&[QUIET])
/// }
/// ```
#[must_use]
pub fn program(scenarios: &[Scenario]) -> ExitCode {
    match run(scenarios) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("sim: {error} (--help says more)");
            ExitCode::from(2)
        }
    }
}

/// What the command line says.
struct Arguments {
    scenario: Option<Scenario>,
    seeds: u64,
    first: u64,
    seed: Option<u64>,
    script: Option<String>,
    level: Option<Level>,
    rates: Rates,
    prints_trace: bool,
    pcapng: Option<String>,
    html: Option<String>,
}

fn run(scenarios: &[Scenario]) -> Result<bool, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let command = match parser.next()? {
        Some(Value(command)) => command.string()?,
        Some(Short('h') | Long("help")) => {
            println!("{HELP}");
            return Ok(true);
        }
        Some(other) => return Err(other.unexpected()),
        None => return Err("a command is missing: explore, run or list".into()),
    };
    let arguments = arguments(&mut parser, scenarios)?;
    let Some(arguments) = arguments else {
        println!("{HELP}");
        return Ok(true);
    };
    match command.as_str() {
        "list" => {
            for scenario in scenarios {
                println!("{:12} {}", scenario.name, scenario.about);
            }
            Ok(true)
        }
        "explore" => explore_seeds(&arguments),
        "run" => run_once(&arguments),
        _ => Err(format!("there is no command '{command}': explore, run or list").into()),
    }
}

fn arguments(
    parser: &mut lexopt::Parser,
    scenarios: &[Scenario],
) -> Result<Option<Arguments>, lexopt::Error> {
    let mut arguments = Arguments {
        scenario: None,
        seeds: 1_000,
        first: 0,
        seed: None,
        script: None,
        level: None,
        rates: Rates::all(),
        prints_trace: false,
        pcapng: None,
        html: None,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("scenario") => {
                let name = parser.value()?.string()?;
                let scenario = scenarios.iter().find(|known| known.name == name);
                let none = || format!("there is no scenario '{name}': sim list shows them");
                arguments.scenario = Some(*scenario.ok_or_else(none)?);
            }
            Long("level") => {
                let name = parser.value()?.string()?;
                arguments.level = Some(level(&name)?);
            }
            Long("seeds") => arguments.seeds = parser.value()?.parse()?,
            Long("first") => arguments.first = parser.value()?.parse()?,
            Long("seed") => arguments.seed = Some(parser.value()?.parse()?),
            Long("script") => arguments.script = Some(parser.value()?.string()?),
            Long("no-faults") => arguments.rates = Rates::none(),
            Long("trace") => arguments.prints_trace = true,
            Long("pcapng") => arguments.pcapng = Some(parser.value()?.string()?),
            Long("html") => arguments.html = Some(parser.value()?.string()?),
            Short('h') | Long("help") => return Ok(None),
            other @ (Short(_) | Long(_) | Value(_)) => return Err(other.unexpected()),
        }
    }
    Ok(Some(arguments))
}

fn scenario(arguments: &Arguments) -> Result<Scenario, lexopt::Error> {
    let missing = "--scenario NAME is missing: sim list shows them";
    arguments.scenario.ok_or_else(|| missing.into())
}

fn level(name: &str) -> Result<Level, String> {
    let none = || format!("there is no level '{name}': datagrams or frames");
    Level::named(name).ok_or_else(none)
}

fn explore_seeds(arguments: &Arguments) -> Result<bool, lexopt::Error> {
    let scenario = scenario(arguments)?;
    let bar = ProgressBar::new(arguments.seeds);
    let style = "{elapsed_precise} {wide_bar} {pos}/{len} seeds, {per_sec}, {msg}";
    bar.set_style(ProgressStyle::with_template(style).map_err(|error| error.to_string())?);
    let options = WorldOptions::new(arguments.first)
        .level(arguments.level.unwrap_or_default())
        .rates(arguments.rates);
    let explored = explore(&scenario, &options, arguments.seeds, |so_far: &Explored| {
        bar.set_position(so_far.seeds);
        if so_far.seeds.is_multiple_of(16) {
            let events = per_second(so_far.steps, bar.elapsed());
            let failed = so_far.failed;
            bar.set_message(format!("{events} events/s, {failed} failed"));
        }
        true
    });
    bar.finish_and_clear();
    for failure in &explored.failures {
        report(&scenario, &options, failure)?;
    }
    print!("{}", explored.reach());
    println!("{}: {explored}", scenario.name);
    Ok(explored.failed == 0)
}

fn per_second(count: u64, time: Duration) -> u128 {
    let micros = time.as_micros().max(1);
    u128::from(count).saturating_mul(1_000_000) / micros
}

/// Says what failed, and saves the fewest faults with which it does.
fn report(
    scenario: &Scenario,
    options: &WorldOptions,
    failure: &Failure,
) -> Result<(), lexopt::Error> {
    let Some(violation) = &failure.outcome.violation else {
        return Ok(());
    };
    eprintln!("{} failed: {violation}", scenario.name);
    let least = scenario.shrink(&options.clone().seed(failure.seed), &failure.outcome.faults);
    let file = format!("{}-{}.faults", scenario.name, failure.seed);
    let text = options
        .clone()
        .seed(failure.seed)
        .script(least.clone())
        .to_script();
    fs::write(&file, text).map_err(|error| format!("{file}: {error}"))?;
    eprintln!(
        "  {} of {} faults are enough: sim run --scenario {} --script {file} --trace",
        least.len(),
        failure.outcome.faults.len(),
        scenario.name
    );
    Ok(())
}

fn run_once(arguments: &Arguments) -> Result<bool, lexopt::Error> {
    let scenario = scenario(arguments)?;
    let mut options = match &arguments.script {
        Some(file) => {
            let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
            let none = |error| format!("{file}: {error}");
            WorldOptions::new(0).read_script(&text).map_err(none)?
        }
        None => WorldOptions::new(seed(arguments)?),
    };
    if let Some(level) = arguments.level {
        options = options.level(level);
    }
    options = options.rates(arguments.rates).keep_records();
    let (outcome, written) = scenario.run_and(&options, |world| {
        if arguments.prints_trace {
            for record in world.records() {
                println!("{record}");
            }
        }
        let title = format!("{}, seed {}", scenario.name, options.seed);
        save(arguments.pcapng.as_deref(), |out| world.write_pcapng(out))?;
        save(arguments.html.as_deref(), |out| {
            world.write_timeline(out, &title)
        })
    });
    written?;
    if let Some(violation) = &outcome.violation {
        eprintln!("{} failed: {violation}", scenario.name);
    }
    println!(
        "{}: seed {}, {} datagrams, {} faults, hash {:016x}",
        scenario.name,
        options.seed,
        outcome.datagrams,
        outcome.faults.len(),
        outcome.hash
    );
    Ok(outcome.violation.is_none())
}

/// Writes a file, if one is wanted.
fn save(
    file: Option<&str>,
    write: impl FnOnce(&mut io::BufWriter<fs::File>) -> io::Result<()>,
) -> Result<(), String> {
    let Some(file) = file else { return Ok(()) };
    let written = fs::File::create(file).and_then(|out| {
        let mut out = io::BufWriter::new(out);
        write(&mut out)?;
        out.flush()
    });
    written.map_err(|error| format!("{file}: {error}"))
}

fn seed(arguments: &Arguments) -> Result<u64, lexopt::Error> {
    if let Some(seed) = arguments.seed {
        return Ok(seed);
    }
    match env::var("SIM_SEED") {
        Ok(text) => text
            .parse()
            .map_err(|_| format!("SIM_SEED is no number: '{text}'").into()),
        Err(_) => Err("--seed SEED, --script FILE or SIM_SEED is missing".into()),
    }
}
