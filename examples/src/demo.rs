//! `demo`: one pass over what the sockets do, on the loopback interface and in memory.
//!
//! Each section is one function that tells what happens and fails if that is not what should happen.

mod closing;
mod failing;
mod group;
mod messages;
mod rendezvous;

use core::error::Error;
use core::time::Duration;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anydgram_std::{EventLoop, RemoteInfo, Socket};

type Outcome = Result<(), Box<dyn Error>>;

type Section = fn() -> Outcome;

/// The sections, in their order.
const SECTIONS: &[(&str, Section)] = &[
    ("Messages both ways", || on_event_loop(messages::run)),
    ("A multicast group that stays on this host", || {
        on_event_loop(group::run)
    }),
    ("An error, in Node's words", || on_event_loop(failing::run)),
    ("Close", || on_event_loop(closing::run)),
    (
        "Two hosts, without listeners, on the operating system's sockets",
        rendezvous::run_on_system,
    ),
    (
        "The same two, unchanged, on a userspace stack in memory",
        rendezvous::run_in_memory,
    ),
];

/// How long a section may take; they need a few milliseconds.
const LIMIT: Duration = Duration::from_secs(2);

/// Runs all sections; the exit code is 0 if all of them went as they should.
#[must_use]
pub fn main() -> ExitCode {
    print("anydgram: Node's dgram sockets, on the operating system's and on a userspace stack");
    for (number, (title, run)) in (1..).zip(SECTIONS) {
        print(&format!("\n{number}. {title}"));
        if let Err(error) = run() {
            print(&format!("   FAILED  {error}"));
            return ExitCode::FAILURE;
        }
    }
    print("\nAll went as it should.");
    ExitCode::SUCCESS
}

fn on_event_loop(section: fn(&EventLoop) -> Outcome) -> Outcome {
    section(&EventLoop::new()?)
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
