//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;

use crate::rows::{Effort, Row};

pub const HELP: &str = "anydgram-speed: what datagrams cost on anydgram-std, beside other ways to send and receive them

Usage:
  anydgram-speed [--rounds N] [--millis N] [--warm-up N] [--rows WORD,…] [--sizes N,…] [--sockets N,…]
                 [--only PART,…] [--table FILE] [--plot FILE] [--seed N]
  anydgram-speed calls     counts system calls, and fails if there are more than settled

  --rounds N     how often each peer is measured in each row (5); they take turns, in another order each round
  --millis N     how long a measurement takes (300)
  --warm-up N    how many milliseconds a process works before (100)
  --rows WORD,…  which rows: flood, paced, ping, churn, memory (all)
  --sizes N,…    the bytes of the datagrams that flood (64,512,1400,8192)
  --sockets N,…  how many sockets are held (1000,10000)
  --only PART,…  which peers: those whose names contain one of the words (all)
  --table FILE   writes the tables, in Markdown, to a file, too
  --plot FILE    writes a picture, in SVG, to a file
  --seed N       makes the orders (1)

Each peer is a process of its own: senders run on processor 0, receivers on processor 1. A sender's time is taken with the
system calls by hand as its receiver, once with one that sleeps and has to be woken, which the sender pays for, and once
with one that does not; a receiver's with them as its sender, which is overload; what is delivered is from a peer to
itself. Loopback charges the way up to the receiver's socket to the sender. Compare figures of one run only.
Tables go to standard output: medians, how far rounds lie from them at most, and in brackets the median of the rounds'
ratios to what a peer is compared with (std, or the system calls by hand), and to Node.";

/// What the command line says.
pub struct Arguments {
    pub effort: Effort,
    pub rows: Vec<Row>,
    pub only: Vec<String>,
    pub table: Option<PathBuf>,
    pub plot: Option<PathBuf>,
}

/// `None` if help was asked for.
pub fn arguments() -> Result<Option<Arguments>, lexopt::Error> {
    let mut all = Arguments {
        effort: Effort {
            rounds: 5,
            warm_up: Duration::from_millis(100),
            time: Duration::from_millis(300),
            seed: 1,
        },
        rows: Vec::new(),
        only: Vec::new(),
        table: None,
        plot: None,
    };
    let mut words: Vec<String> = ["flood", "paced", "ping", "churn", "memory"]
        .map(String::from)
        .into();
    let mut sizes = vec![64, 512, 1400, 8192];
    let mut sockets = vec![1000, 10_000];
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("rounds") => all.effort.rounds = parser.value()?.parse()?,
            Long("millis") => all.effort.time = millis(&mut parser)?,
            Long("warm-up") => all.effort.warm_up = millis(&mut parser)?,
            Long("seed") => all.effort.seed = parser.value()?.parse()?,
            Long("rows") => words = list(&mut parser)?,
            Long("sizes") => sizes = list(&mut parser)?,
            Long("sockets") => sockets = list(&mut parser)?,
            Long("only") => all.only = list(&mut parser)?,
            Long("table") => all.table = Some(parser.value()?.into()),
            Long("plot") => all.plot = Some(parser.value()?.into()),
            Long("help") => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    if sizes.iter().any(|size| !(1..=60_000).contains(size)) {
        return Err("a size is 1 to 60000".into());
    }
    for word in &words {
        let rows = rows(word, &sizes, &sockets);
        all.rows
            .extend(rows.ok_or_else(|| format!("there is no row {word:?}"))?);
    }
    Ok(Some(all))
}

fn rows(word: &str, sizes: &[usize], sockets: &[usize]) -> Option<Vec<Row>> {
    Some(match word {
        "flood" => sizes.iter().copied().map(Row::Flood).collect(),
        "paced" => vec![Row::Paced(50_000)],
        "ping" => vec![Row::PingPong(1), Row::PingPong(64)],
        "churn" => vec![Row::Churn],
        "memory" => sockets.iter().copied().map(Row::Memory).collect(),
        _ => return None,
    })
}

fn millis(parser: &mut lexopt::Parser) -> Result<Duration, lexopt::Error> {
    Ok(Duration::from_millis(parser.value()?.parse()?))
}

/// What commas part.
fn list<T>(parser: &mut lexopt::Parser) -> Result<Vec<T>, lexopt::Error>
where
    T: std::str::FromStr,
    T::Err: Into<Box<dyn std::error::Error + Send + Sync + 'static>>,
{
    let text = parser.value()?.string()?;
    let each = text.split(',').map(|part| {
        part.parse()
            .map_err(|error: T::Err| lexopt::Error::ParsingFailed {
                value: part.into(),
                error: error.into(),
            })
    });
    each.collect()
}
