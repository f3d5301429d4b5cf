//! Instructions for each datagram, on each of the three ways to the wire, counted by callgrind.
//!
//! The program runs itself under `valgrind --tool=callgrind`, twice for each case with different numbers of datagrams: the
//! difference is what a datagram costs, and all set-up drops out of it.

mod frames;
mod ring;

use std::hint::black_box;
use std::process::{Command, ExitCode};

use anydgram_size::strategy::direct::Direct;
use anydgram_size::strategy::ports::Ports;
use anydgram_size::strategy::raw::Raw;
use anydgram_size::strategy::{Datagram, Strategy};
use ring::Ring;

const WAYS: [&str; 3] = ["ports", "raw", "direct"];
/// Datagrams of the short and the long run, and between two polls.
const SHORT: usize = 1_024;
const LONG: usize = 3_072;
const BATCH: usize = 32;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        [] => print_table(),
        ["run", way, work, family, size, count] => run(way, work, family, size, count),
        _ => Err("the only argument is none".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn print_table() -> Result<(), String> {
    print!("{:<28}", "instructions for a datagram");
    for way in WAYS {
        print!(" {way:>8}");
    }
    println!();
    for work in ["receive", "send"] {
        for family in ["IPv4", "IPv6"] {
            for size in ["64", "1400"] {
                print!("{:<28}", format!("{work}, {family}, {size} bytes"));
                for way in WAYS {
                    let [few, many] = [SHORT, LONG].map(|count| {
                        instructions(&["run", way, work, family, size, &count.to_string()])
                    });
                    let each = (many? - few?) / (LONG - SHORT) as f64;
                    print!(" {each:>8.0}");
                }
                println!();
            }
        }
    }
    Ok(())
}

/// How many instructions this program takes with these arguments.
fn instructions(arguments: &[&str]) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    let (_, collected) = text.rsplit_once("Collected :").unwrap_or_default();
    let number = collected.split_whitespace().next().map(str::parse);
    match number {
        Some(Ok(number)) if output.status.success() => Ok(number),
        _ => Err(text.into_owned()),
    }
}

fn run(way: &str, work: &str, family: &str, size: &str, count: &str) -> Result<(), String> {
    let parse = |text: &str| text.parse().map_err(|error| format!("{text}: {error}"));
    let case = Case {
        is_send: work == "send",
        is_v6: family == "IPv6",
        size: parse(size)?,
        count: parse(count)?,
    };
    let moved = match way {
        "ports" => carry_out::<Ports>(case),
        "raw" => carry_out::<Raw>(case),
        "direct" => carry_out::<Direct>(case),
        _ => return Err(format!("no way {way}")),
    };
    if moved == case.count {
        Ok(())
    } else {
        Err(format!("{moved} of {count} datagrams came or went"))
    }
}

#[derive(Clone, Copy)]
struct Case {
    is_send: bool,
    is_v6: bool,
    size: usize,
    count: usize,
}

/// Moves datagrams; how many came or went.
fn carry_out<S: Strategy>(case: Case) -> usize {
    let mut ring = Ring::new(frames::question(case.is_v6));
    // SAFETY: a program carries out one case.
    let mut way = unsafe { S::new(0, &mut ring) };
    ring.bring(1);
    while way.receive(0, &mut ring, |_| ()) {}
    way.poll(0, &mut ring);
    ring.replace(frames::datagram(case.is_v6, case.size));
    let payload = vec![b'x'; case.size];
    let datagram = Datagram {
        local: frames::here(case.is_v6),
        peer: frames::there(case.is_v6),
        peer_port: frames::PEER_PORT,
        hop_limit: 64,
        payload: &payload,
    };
    let mut received = 0;
    for batch in 0..case.count / BATCH {
        let now = batch as u64 * 10;
        if case.is_send {
            for _ in 0..BATCH {
                assert!(way.send(now, &mut ring, black_box(&datagram)));
            }
        } else {
            ring.bring(BATCH);
            while way.receive(now, &mut ring, |datagram| {
                assert_eq!(datagram.payload.len(), case.size);
                black_box(datagram);
                received += 1;
            }) {}
        }
        way.poll(now, &mut ring);
    }
    if case.is_send { ring.sent } else { received }
}
