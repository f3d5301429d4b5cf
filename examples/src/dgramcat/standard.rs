//! The backend of the operating system's sockets, on one event loop.

mod interfaces;
mod listen;
mod send;
mod session;

use core::time::Duration;
use std::io;
use std::time::Instant;

use anydgram_std::{Error, EventLoop, Options};

use super::Failure;
use super::plan::{Plan, Task};
use super::printer::Printer;
use session::Session;

/// How long a closed socket has to end, before the program ends without it: a name may be looked up for long.
const FAREWELL: Duration = Duration::from_millis(500);

/// Does what the plan says.
pub(super) fn run(plan: Plan) -> Result<(), Failure> {
    let event_loop = EventLoop::new()?;
    let printer = Printer::new(io::stdout(), plan.json);
    let session = Session::new(printer);
    let options = Options::new(plan.socket_type);
    match plan.task {
        Task::Listen(listen) => listen::run(&event_loop, session, options, &listen),
        Task::Send(send) => send::run(&event_loop, session, options, send),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the program asks for the time"
)]
fn now() -> Instant {
    Instant::now()
}
