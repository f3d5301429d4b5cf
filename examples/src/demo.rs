//! `demo`: one pass over what the sockets do, on the loopback interface.
//!
//! Each section is one function that tells what happens and fails if that is not what should happen.

mod closing;
mod failing;
mod group;
mod messages;

use core::error::Error;
use core::time::Duration;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anydgram_std::{EventLoop, RemoteInfo, Socket};

type Outcome = Result<(), Box<dyn Error>>;

type Section = fn(&EventLoop) -> Outcome;

/// The sections, in their order.
const SECTIONS: &[(&str, Section)] = &[
    ("Messages both ways", messages::run),
    ("A multicast group that stays on this host", group::run),
    ("An error, in Node's words", failing::run),
    ("Close", closing::run),
];

/// How long a section may take; they need a few milliseconds.
const LIMIT: Duration = Duration::from_secs(2);

/// Runs all sections; the exit code is 0 if all of them went as they should.
#[must_use]
pub fn main() -> ExitCode {
    print("anydgram: Node's dgram sockets, on the operating system's");
    for (number, (title, run)) in (1..).zip(SECTIONS) {
        print(&format!("\n{number}. {title}"));
        let outcome = EventLoop::new().map_err(Box::from);
        if let Err(error) = outcome.and_then(|event_loop| run(&event_loop)) {
            print(&format!("   FAILED  {error}"));
            return ExitCode::FAILURE;
        }
    }
    print("\nAll went as it should.");
    ExitCode::SUCCESS
}

/// Runs the loop until all sockets are closed.
fn run_to_end(event_loop: &EventLoop) -> Outcome {
    if event_loop.run_for(LIMIT)? {
        return Ok(());
    }
    Err(format!("nothing happens any more after {LIMIT:?}").into())
}

fn check(is_so: bool, what: &str) -> Outcome {
    if is_so { Ok(()) } else { Err(what.into()) }
}

fn say(who: &str, what: &str) {
    print(&format!("   {who:<7} {what}"));
}

fn say_listening(who: &str, socket: &Socket) {
    if let Ok(own) = socket.address() {
        say(who, &format!("listening on {}:{}", own.address, own.port));
    }
}

fn say_message(who: &str, data: &[u8], sender: RemoteInfo) {
    let text = String::from_utf8_lossy(data);
    let size = sender.size;
    say(who, &format!("got {text:?}, {size} bytes from {sender}"));
}

fn print(line: &str) {
    // Nobody has to listen to the end.
    writeln!(io::stdout(), "{line}").ok();
}
