//! What the programs cost, beside what they did when `budgets.txt` was written: prints a table, and fails if anything has
//! grown by more than 2 %. With `--bless`, writes the file instead.
//!
//! A compiler of another version, or with a library that was compiled otherwise, has other numbers (its `memcpy` alone
//! makes a difference of a third): they are printed, but not compared.
#![expect(clippy::print_stdout, reason = "a table is what it is for")]

extern crate alloc;

use alloc::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

use anydgram_firmware_tests::{Bench, Firmware, Size};

/// The echo on embassy-net alone, and ours.
const PLAIN: &str = "plain-echo";
const OURS: &str = "echo";
/// All programs whose size counts.
const PROGRAMS: [&str; 4] = [PLAIN, OURS, "discovery", "sntp"];
/// The lengths of payloads.
const LENGTHS: [usize; 3] = [16, 100, 1472];
/// Code of others: how much of it is theirs depends on what the compiler has put where, from one build folder to another.
const FOREIGN: [&str; 4] = [
    "code, embassy-net",
    "code, memcpy",
    "code, smoltcp",
    "code, the standard library",
];
/// How much is growth.
const TOLERANCE: f64 = 1.02;

/// What was measured, by its name.
type Measured = BTreeMap<String, f64>;

fn main() -> io::Result<ExitCode> {
    let is_blessing = match &env::args().skip(1).collect::<Vec<_>>()[..] {
        [] => false,
        [argument] if argument == "--bless" => true,
        _ => return Err(io::Error::other("usage: budgets [--bless]")),
    };
    let Some(measured) = measure()? else {
        return Ok(ExitCode::SUCCESS);
    };
    let compiler = env::var("ANYDGRAM_COMPILER").or_else(|_| compiler())?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("budgets.txt");
    if is_blessing {
        fs::write(&file, written(&compiler, &measured))?;
    }
    let text = fs::read_to_string(&file)?;
    let (committed_by, committed) = read(&text)?;
    let committed = if committed_by == compiler {
        committed
    } else {
        println!("not compared: the budgets are of {committed_by}, this is {compiler}");
        Measured::new()
    };
    let has_grown = print(&measured, &committed);
    print_bars(&measured);
    Ok(if has_grown {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Everything, or nothing where it has to be skipped.
fn measure() -> io::Result<Option<Measured>> {
    let mut measured = Measured::new();
    for program in PROGRAMS {
        let Some(firmware) = Firmware::find(program) else {
            return Ok(None);
        };
        let Size {
            flash,
            ram,
            buffers,
            ..
        } = Size::of(&firmware)?;
        let mut note = |what: &str, bytes: u64| {
            measured.insert(format!("{program}: {what}"), number(bytes));
        };
        note("flash", flash);
        note("RAM", ram);
        note("RAM, buffers", buffers);
        for (bytes, source) in sources(firmware.path())? {
            note(&format!("code, {source}"), bytes);
        }
        if program == PLAIN || program == OURS {
            let mut bench = Bench::new(&firmware)?;
            for length in LENGTHS {
                let count = bench.instructions(length)?;
                measured.insert(instructions(program, length), count);
            }
            let stack = bench.stack()?;
            measured.insert(format!("{program}: stack"), number(stack));
        }
    }
    Ok(Some(measured))
}

/// The bytes of code by where they come from.
fn sources(program: &Path) -> io::Result<Vec<(u64, String)>> {
    let script: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../size/modules.mjs"]
        .iter()
        .collect();
    let output = Command::new("node").arg(script).arg(program).output()?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(io::Error::other(text));
    }
    let text = String::from_utf8(output.stdout).map_err(io::Error::other)?;
    let lines = text.lines().filter_map(|line| {
        let (bytes, source) = line.trim().split_once(' ')?;
        Some((bytes.parse().ok()?, source.to_owned()))
    });
    Ok(lines.collect())
}

fn instructions(program: &str, length: usize) -> String {
    format!("{program}: instructions, {length:4} bytes")
}

/// The compiler on this machine, which takes a library that was compiled with it.
fn compiler() -> io::Result<String> {
    let output = Command::new("rustc").arg("--version").output()?;
    let text = String::from_utf8(output.stdout).map_err(io::Error::other)?;
    Ok(format!("{}, from rustup", text.trim()))
}

/// The contents of the file.
fn written(compiler: &str, measured: &Measured) -> String {
    let lines = measured
        .iter()
        .map(|(name, value)| format!("{value:8} {name}\n"));
    format!("{compiler}\n{}", lines.collect::<String>())
}

fn read(text: &str) -> io::Result<(&str, Measured)> {
    let (compiler, lines) = text
        .split_once('\n')
        .ok_or_else(|| io::Error::other("no compiler"))?;
    let lines = lines.lines().map(|line| {
        let (value, name) = line.trim_start().split_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    });
    let measured: Option<Measured> = lines.collect();
    let measured = measured.ok_or_else(|| io::Error::other("what line is this?"))?;
    Ok((compiler, measured))
}

/// Prints what was measured beside what was committed; whether anything has grown.
fn print(measured: &Measured, committed: &Measured) -> bool {
    let mut has_grown = false;
    println!("{:52} {:>8} {:>8}", "", "now", "budget");
    for (name, value) in measured {
        let Some(budget) = committed.get(name) else {
            println!("{name:52} {value:8}");
            continue;
        };
        let grows = *value > budget * TOLERANCE && !FOREIGN.iter().any(|part| name.contains(part));
        has_grown |= grows;
        let change = if value == budget {
            String::new()
        } else {
            format!("{:+.1} %", (value / budget - 1.0) * 100.0)
        };
        let verdict = if grows { " EXCEEDED" } else { "" };
        println!("{name:52} {value:8} {budget:8} {change}{verdict}");
    }
    has_grown
}

/// Prints what the userspace stack was to cost, beside what it does.
fn print_bars(measured: &Measured) {
    let get = |name: String| measured.get(&name).copied().unwrap_or(f64::NAN);
    let of = |program: &str, what: &str| get(format!("{program}: {what}"));
    let bar = |name: &str, value: f64, most: f64| {
        let verdict = if value <= most { "met" } else { "NOT met" };
        println!("{name:52} {value:8.2} {most:8.2} {verdict}");
    };
    println!(
        "\n{:52} {:>8} {:>8}",
        "echo beside plain-echo", "now", "aim"
    );
    for length in LENGTHS {
        let ratio = get(instructions(OURS, length)) / get(instructions(PLAIN, length));
        bar(&format!("instructions, {length} bytes, times"), ratio, 1.25);
    }
    let more = of(OURS, "flash") - of(PLAIN, "flash");
    bar("flash, KiB more", more / 1024.0, 20.0);
    let state = |program: &str| of(program, "RAM") - of(program, "RAM, buffers");
    let more = state(OURS) - state(PLAIN);
    bar("RAM without buffers, KiB more", more / 1024.0, 2.0);
}

/// Bytes as a number that can be compared with a share of itself.
fn number(bytes: u64) -> f64 {
    u32::try_from(bytes).map_or(f64::INFINITY, f64::from)
}
