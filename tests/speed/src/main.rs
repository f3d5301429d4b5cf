//! `anydgram-speed`: what datagrams on the sockets of Linux cost, of anydgram-std and of what there is beside it.
//!
//! ```text
//!  arguments ──▶ rows ──▶ player ══ pipes ══▶ stage, in a process of peers/…, or of programs/…
//!                  │
//!                  └──▶ results ──▶ table, bars, plot
//! ```
//!
//! ```sh
//! cargo run --release --manifest-path tests/speed/Cargo.toml -- --help
//! cargo run --release --manifest-path tests/speed/Cargo.toml -- calls
//! ```
//!
//! The second counts system calls, by stopping at each (`calls`, `traced`).

#![expect(clippy::disallowed_methods, reason = "what is measured is time")]

mod arguments;
mod bars;
mod calls;
mod peers;
mod player;
mod plot;
mod results;
mod rows;
mod stage;
mod statistics;
mod table;
mod traced;

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use arguments::{Arguments, HELP};
use peers::Peer;
use results::Results;
use rows::Field;
use stage::{Role, Stage};

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let outcome = match words.split_first() {
        Some((first, rest)) if first == "play" => play(rest),
        Some((first, [])) if first == "calls" => calls::count(),
        _ => run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("anydgram-speed: {error} (--help says more)");
            ExitCode::from(2)
        }
    }
}

/// A process that is measured: `play PEER ROLE SIZE NUMBER [ADDRESS PORT]`.
fn play(words: &[String]) -> Result<(), Box<dyn Error>> {
    let [peer, role, size, number, to @ ..] = words else {
        return Err("play is for the program itself".into());
    };
    let to = match to {
        [ip, port] => Some(SocketAddr::new(ip.parse::<IpAddr>()?, port.parse()?)),
        _ => None,
    };
    let own = peers::own();
    let peer = own.iter().find(|known| known.name == peer);
    let (peer, role) = peer.zip(Role::named(role)).ok_or("nobody plays this")?;
    peer.play(role, Stage::new(size.parse()?, number.parse()?, to));
    Ok(())
}

fn run() -> Result<(), Box<dyn Error>> {
    let Some(arguments) = arguments::arguments()? else {
        println!("{HELP}");
        return Ok(());
    };
    raise_limit();
    let field = Field::new(chosen(&arguments.only), arguments.effort);
    let results = measure(&field, &arguments);
    let text = table::tables(&results) + &bars::table(&results);
    println!("{text}");
    if let Some(path) = &arguments.table {
        std::fs::write(path, &text)?;
    }
    if let Some(path) = &arguments.plot {
        std::fs::write(path, plot::plot(&results))?;
    }
    match results.failures {
        0 => Ok(()),
        some => Err(format!("{some} measurements failed").into()),
    }
}

/// Has processes open as many files as they may: many sockets are.
fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    let highest = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, highest) {
        eprintln!(
            "no more than {:?} files may be open: {error}",
            limit.current
        );
    }
}

/// The peers whose names contain one of the words, or all.
fn chosen(only: &[String]) -> Vec<Peer> {
    let is_chosen =
        |peer: &Peer| only.is_empty() || only.iter().any(|word| peer.name.contains(word.as_str()));
    // One group after the other, in tables, too.
    let mut peers = peers::own();
    peers.extend(peers::programs());
    peers.retain(is_chosen);
    peers.sort_by_key(|peer| peer.group as u8);
    peers
}

fn measure(field: &Field, arguments: &Arguments) -> Results {
    let count = |row: &rows::Row| row.field(&field.peers).len() as u64;
    let all = arguments.rows.iter().map(count).sum::<u64>() * arguments.effort.rounds;
    let bar = ProgressBar::new(all);
    let style = "{bar:30} {pos}/{len} {elapsed} (left: {eta}) {msg}";
    bar.set_style(ProgressStyle::with_template(style).expect("it is a template"));
    let mut results = Results::default();
    for row in &arguments.rows {
        results.begin(*row, &row.field(&field.peers));
        if bar.is_hidden() {
            eprintln!("{row}");
        }
        let mut done = |peer: &Peer| {
            bar.set_message(format!("{}, {}", row.word(), peer.name));
            bar.inc(1);
        };
        field.measure(*row, &mut results, &mut done);
    }
    bar.finish_and_clear();
    results
}
