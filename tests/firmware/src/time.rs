//! The clock of the laboratory, the one place that asks for the time or waits for it to pass.

use core::time::Duration;
use std::io;
use std::thread;
use std::time::Instant;

/// What time it is.
#[expect(
    clippy::disallowed_methods,
    reason = "processes are waited for in real time"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// When a wait ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    /// In `duration` from now.
    pub(crate) fn after(duration: Duration) -> Self {
        Self(now() + duration)
    }

    /// What is left.
    ///
    /// # Errors
    /// `TimedOut` if that is nothing; `what` was waited for.
    pub(crate) fn left(self, what: &str) -> io::Result<Duration> {
        let left = self.0.saturating_duration_since(now());
        if left.is_zero() {
            let text = format!("waited for {what} in vain");
            return Err(io::Error::new(io::ErrorKind::TimedOut, text));
        }
        Ok(left)
    }

    /// Asks again and again until there is an answer.
    ///
    /// # Errors
    /// `TimedOut` if there is none in time, or what `ask` fails with.
    pub(crate) fn poll<T>(
        self,
        what: &str,
        mut ask: impl FnMut() -> io::Result<Option<T>>,
    ) -> io::Result<T> {
        loop {
            if let Some(answer) = ask()? {
                return Ok(answer);
            }
            pause(self.left(what)?.min(Duration::from_millis(2)));
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing tells when a process has made its socket, or has ended"
)]
fn pause(duration: Duration) {
    thread::sleep(duration);
}
