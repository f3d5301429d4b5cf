//! What a board logs: defmt's frames, decoded as they come.

use core::fmt;
use core::time::Duration;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::{fs, thread};

use defmt_decoder::{DecodeError, Table};

use crate::time::Deadline;

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// `error`, `warn`, `info`, `debug` or `trace`; empty if the line was printed without.
    pub level: String,
    /// The board's time in seconds.
    pub time: String,
    /// What it says.
    pub message: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:5} {}", self.time, self.level, self.message)
    }
}

/// The log of a board.
#[derive(Debug)]
pub struct Log {
    lines: Receiver<io::Result<Line>>,
    seen: Vec<Line>,
}

impl Log {
    /// Decodes what comes from `output`, as long as the program at `path` writes.
    ///
    /// # Errors
    /// If that is no program that logs with defmt.
    pub(crate) fn new(path: &Path, output: impl Read + Send + 'static) -> io::Result<Self> {
        let program = fs::read(path)?;
        let table = Table::parse(&program).map_err(io::Error::other)?;
        let table = table.ok_or_else(|| io::Error::other("the program does not log"))?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            if let Err(error) = decode(&table, output, &sender) {
                // Nobody may be there to hear it.
                drop(sender.send(Err(error)));
            }
        });
        Ok(Self {
            lines,
            seen: Vec::new(),
        })
    }

    /// Waits for the next line that has `text` in it; the ones before it are passed.
    ///
    /// # Errors
    /// `TimedOut`, or `UnexpectedEof` if the program has ended, with all that the log has said; or what is not defmt.
    pub fn wait_for(&mut self, text: &str, within: Duration) -> io::Result<Line> {
        let deadline = Deadline::after(within);
        loop {
            let line = self.next(text, deadline).map_err(|error| {
                let text = format!("{error}; the log of the board:\n{self}");
                io::Error::new(error.kind(), text)
            })?;
            if line.message.contains(text) {
                return Ok(line);
            }
        }
    }

    /// All lines up to the end, which the program's end is; those that were passed before among them.
    ///
    /// # Errors
    /// `TimedOut` if it does not end.
    pub fn rest(&mut self, within: Duration) -> io::Result<&[Line]> {
        let deadline = Deadline::after(within);
        loop {
            match self.next("the end", deadline) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(&self.seen),
                Err(error) => return Err(error),
            }
        }
    }

    fn next(&mut self, what: &str, deadline: Deadline) -> io::Result<Line> {
        let left = deadline.left(what)?;
        let line = self
            .lines
            .recv_timeout(left)
            .map_err(|error| match error {
                RecvTimeoutError::Timeout => {
                    io::Error::new(io::ErrorKind::TimedOut, format!("no {what}"))
                }
                RecvTimeoutError::Disconnected => io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("an end, and no {what}"),
                ),
            })??;
        self.seen.push(line.clone());
        Ok(line)
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.seen
            .iter()
            .try_for_each(|line| writeln!(f, "  {line}"))
    }
}

fn decode(
    table: &Table,
    mut output: impl Read,
    lines: &Sender<io::Result<Line>>,
) -> io::Result<()> {
    let mut decoder = table.new_stream_decoder();
    let mut buffer = [0; 1024];
    loop {
        let length = match output.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        decoder.received(buffer.get(..length).unwrap_or_default());
        loop {
            let line = match decoder.decode() {
                Ok(frame) => Line {
                    level: frame.level().map_or("", |level| level.as_str()).to_owned(),
                    time: frame
                        .display_timestamp()
                        .map(|time| time.to_string())
                        .unwrap_or_default(),
                    message: frame.display_message().to_string(),
                },
                Err(DecodeError::UnexpectedEof) => break,
                Err(DecodeError::Malformed) => return Err(io::Error::other("the log is broken")),
            };
            if lines.send(Ok(line)).is_err() {
                return Ok(());
            }
        }
    }
}
