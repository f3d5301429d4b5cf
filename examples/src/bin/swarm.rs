//! Two protocols, each one file that runs on every backend, and in simulated worlds that find their bugs.

use core::time::Duration;
use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anydgram_examples::swarm::{
    Ended, Gossips, Place, Providers, SCENARIOS, run_in_memory, run_on_system,
};
use lexopt::prelude::*;

const HELP: &str = "\
swarm: five nodes of a protocol, on real or userspace sockets; or many, in simulated worlds

Usage:
  swarm gossip [--on system|memory]     nodes that tell each other a value each
  swarm services [--on system|memory]   members of a group that announce a service each
  swarm explore|run|list …              the same nodes in worlds that a seed decides: swarm explore --help
  swarm --help                          prints this

  --on system   on the sockets of this computer, where nothing leaves the loopback interface (the default)
  --on memory   on userspace stacks, with an Ethernet in memory between them

Exit code: 0 if every node came to know all; 1 if not; 2 for wrong usage.
";

fn main() -> ExitCode {
    let command = env::args().nth(1).unwrap_or_default();
    if ["explore", "run", "list"].contains(&command.as_str()) {
        return anydgram_sim::program(&SCENARIOS);
    }
    match arguments() {
        Ok(None) => print(HELP, ExitCode::SUCCESS),
        Ok(Some((protocol, on))) => tell(run(protocol, on)),
        Err(error) => {
            writeln!(io::stderr(), "swarm: {error}\nTry swarm --help.").ok();
            ExitCode::from(2)
        }
    }
}

#[derive(Clone, Copy)]
enum Protocol {
    Gossip,
    Services,
}

#[derive(Clone, Copy)]
enum On {
    System,
    Memory,
}

/// What is asked for; `None`: help.
fn arguments() -> Result<Option<(Protocol, On)>, lexopt::Error> {
    let (mut protocol, mut on) = (None, On::System);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("on") => {
                on = match parser.value()?.string()?.as_str() {
                    "system" => On::System,
                    "memory" => On::Memory,
                    other => return Err(format!("--on '{other}': system or memory").into()),
                };
            }
            Value(name) if protocol.is_none() => {
                protocol = match name.string()?.as_str() {
                    "gossip" => Some(Protocol::Gossip),
                    "services" => Some(Protocol::Services),
                    other => {
                        let all = "gossip, services, explore, run or list";
                        return Err(format!("there is no '{other}': {all}").into());
                    }
                };
            }
            other @ (Short(_) | Long(_) | Value(_)) => return Err(other.unexpected()),
        }
    }
    let missing = "what to run is missing: gossip, services, explore, run or list";
    let protocol = protocol.ok_or(missing)?;
    Ok(Some((protocol, on)))
}

fn run(protocol: Protocol, on: On) -> Ended {
    match (protocol, on) {
        (Protocol::Gossip, On::System) => run_on_system(&Gossips::at(Place::Loopback), LIMIT),
        (Protocol::Gossip, On::Memory) => run_in_memory(&Gossips::at(Place::Network), LIMIT),
        (Protocol::Services, On::System) => run_on_system(&Providers::at(Place::Loopback), LIMIT),
        (Protocol::Services, On::Memory) => run_in_memory(&Providers::at(Place::Network), LIMIT),
    }
}

fn tell(ended: Ended) -> ExitCode {
    let (texts, is_all) = match ended {
        Ok(ended) => ended,
        Err(error) => {
            writeln!(io::stderr(), "swarm: {error}").ok();
            return ExitCode::FAILURE;
        }
    };
    let lines = (0..).zip(&texts);
    let lines: String = lines
        .map(|(node, text)| format!("node {node} {text}\n"))
        .collect();
    if is_all {
        print(&lines, ExitCode::SUCCESS)
    } else {
        writeln!(
            io::stderr(),
            "swarm: not all came to know all within {LIMIT:?}"
        )
        .ok();
        print(&lines, ExitCode::FAILURE)
    }
}

fn print(text: &str, code: ExitCode) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => code,
        Err(_) => ExitCode::FAILURE,
    }
}

/// How long they may take.
const LIMIT: Duration = Duration::from_secs(20);
